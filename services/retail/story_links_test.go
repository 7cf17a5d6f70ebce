package retail

import "time"

// link S1, or for some time: link S1 for 2h. What it comes to says how long the link is good.
func (s *story) link(w *words, _ telling) (map[string]string, error) {
	order := s.known(w.next())
	s.tried(order, "link")
	c := SendPaymentLink{Transaction: s.shop.mint(), Order: order.ID}
	if w.take("for") {
		c.ValidFor = s.span(w.next())
	}
	linked, err := submit(s, s.shop, c)
	told, err := facts(linked, err)
	if err == nil {
		told["good"] = linked.LinkUntil.Sub(s.shop.now).String()
	}
	return told, err
}

// byLink reads "by link", or "by old link", which is one that was sent before.
func (s *story) byLink(w *words, order Order) time.Time {
	if !w.take("by") {
		return time.Time{}
	}
	if w.take("old") {
		order.LinkUntil = order.LinkUntil.Add(-time.Second)
	}
	w.take("link")
	return order.LinkUntil
}
