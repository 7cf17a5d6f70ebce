package retail

import (
	"time"

	"pgregory.net/rapid"
)

// sendLink lets an order be paid by a link.
func (s *trial) sendLink(t *rapid.T) {
	paper := s.trade(t)
	c := SendPaymentLink{
		Transaction: s.mint(), Order: paper.id, ValidFor: rapid.SampledFrom([]time.Duration{0, 0, time.Minute, 10 * time.Hour}).Draw(t, "good for"),
	}
	asked := int64(0)
	for _, i := range s.row(paper).Intents {
		if i.Step == "AUTHORISE" {
			asked += i.StepMinor
		}
	}
	gone := s.gone(paper)
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(gone, OrderGone), reasonIf(!gone && paper.owed()-paper.secured() <= asked, NothingOwed)) {
		return
	}
	earlier := paper.link
	paper.link = s.now.Add(c.ValidFor)
	if c.ValidFor == 0 {
		paper.link = s.now.Add(72 * time.Hour)
	}
	if waits := !paper.payBy.IsZero(); waits && (c.ValidFor == 0 || paper.payBy.Before(paper.link)) {
		paper.link = paper.payBy
	}
	paper.link = paper.link.Truncate(time.Second)
	if !earlier.IsZero() {
		paper.link = paper.link.Add(time.Duration(earlier.Nanosecond() + 1000))
		if !paper.payBy.IsZero() && paper.link.After(paper.payBy) {
			paper.link = paper.link.Add(-time.Second)
		}
	}
}

// byLink has an authorisation come by a link now and then: one that is good or not, for what is due or not.
func (s *trial) byLink(t *rapid.T, paper *paperOrder, c *AskProvider, most int64) (wrong []Reason) {
	if paper.link.IsZero() || rapid.Bool().Draw(t, "by no link") {
		return nil
	}
	c.Link = rapid.SampledFrom([]time.Time{paper.link, paper.link, paper.link.Add(-time.Second)}).Draw(t, "link")
	c.AmountMinor = rapid.SampledFrom([]int64{most, most, most - 1}).Draw(t, "by link")
	bad := !c.Link.Equal(paper.link) || !s.now.Before(c.Link)
	return []Reason{reasonIf(bad, UnknownPaymentLink), reasonIf(c.AmountMinor != most || most <= 0, PaymentStep)}
}
