package postgres_test

import (
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// counting begins a count at a place, and returns what its acts name.
func (s *shop) counting(place string, zones ...string) retail.CountAct {
	act := retail.CountAct{Location: place, Count: ledger.NewID(), Transaction: ledger.NewID()}
	as(s, retail.OpenCount{CountAct: act, Name: "spring", Zones: zones})
	return act
}

// next is the act after another.
func next(act retail.CountAct) retail.CountAct {
	act.Transaction = ledger.NewID()
	return act
}

// reading is what somebody read of a count.
func reading(act retail.CountAct, zone string, pass int32, ago time.Duration, lines ...retail.ReadingLine) retail.RecordReading {
	return retail.RecordReading{Transaction: ledger.NewID(), Reading: retail.Reading{
		Location: act.Location, Count: act.Count, ID: ledger.NewID(), Counter: "ann", Zone: zone, Pass: pass,
		ReadAt: time.Now().Add(-ago).Truncate(time.Microsecond), Lines: lines,
	}}
}

// comesTo is what a count comes to, and the count.
func (s *shop) comesTo(act retail.CountAct, q retail.CountQuery) (retail.Count, []retail.CountedSKU) {
	s.t.Helper()
	q.Limit = max(q.Limit, 100)
	count, found, counted, err := s.db.CountedSKUs(s.t.Context(), act.Location, act.Count, q)
	if err != nil || !found {
		s.t.Fatalf("found %v: %v", found, err)
	}
	return count, counted
}

// review decides about all that was counted.
func (s *shop) review(act retail.CountAct, decision retail.Decision) {
	count, counted := s.comesTo(act, retail.CountQuery{})
	cmd := retail.ReviewVariances{CountAct: next(act), Planned: count.Version}
	for _, sku := range counted {
		cmd.SKUs = append(cmd.SKUs, retail.ReviewedSKU{
			SKU: sku.SKU, Decision: decision, Note: "seen", Counted: sku.Counted, Moment: sku.Moment,
		})
	}
	as(s, cmd)
}

// post posts what was accepted.
func (s *shop) post(act retail.CountAct) retail.CountPosted {
	count, counted := s.comesTo(act, retail.CountQuery{Accepted: true})
	return as(s, retail.PostCount{CountAct: next(act), Planned: count.Version, SKUs: retail.Accepted(counted), Reason: "yearly"})
}

// counted are counts in every state, with differences both ways, passes, tags and unknowns.
func (s *shop) counted() {
	s.t.Helper()
	act := s.counting("rome", "A")
	as(s, reading(act, "A", 1, time.Hour, retail.ReadingLine{SKU: "RED-42", Quantity: 900}))
	as(s, reading(act, "A", 2, time.Minute,
		retail.ReadingLine{SKU: "RED-42", Quantity: 40}, retail.ReadingLine{Code: "09999999999994", Quantity: 2},
		retail.ReadingLine{SKU: "RED-42", Code: "04006381333931", Unit: "https://id.gs1.org/01/04006381333931/21/7", Quantity: 1}))
	as(s, reading(act, "B", 1, time.Minute, retail.ReadingLine{SKU: "BLUE-40", Quantity: 70}))
	as(s, retail.DismissUnknown{CountAct: next(act), DismissedCode: retail.DismissedCode{Code: "09999999999994", Note: "a customer's"}})
	as(s, retail.CompleteCount{CountAct: next(act), WholeScope: true})
	s.review(act, retail.VarianceAccepted)
	s.post(act)
	as(s, retail.MoveStock{ // what arrives late
		Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: "rome", Cause: "theft", OccurredAt: time.Now().Add(-2 * time.Hour),
		Lines: []retail.Line{{SKU: "RED-42", Quantity: -1}},
	})
	s.review(act, retail.VarianceAccepted)
	s.post(act)
	as(s, retail.CloseCount{CountAct: next(act), Note: "done"})

	ignored := s.counting("milan")
	as(s, reading(ignored, "", 1, 0, retail.ReadingLine{SKU: "RED-42", Quantity: 1}))
	as(s, retail.CompleteCount{CountAct: next(ignored)})
	s.review(ignored, retail.VarianceIgnored)
	as(s, retail.CancelCount{CountAct: next(s.counting("milan")), Note: "rain"})
	s.counting("milan", "A", "B")
}

// TestCountedSKUs counts what the books say otherwise, and finds what it should in the order of the SKUs, page by page.
func TestCountedSKUs(t *testing.T) {
	t.Parallel()
	s := newShop(t).open()
	act := s.counting("milan", "A")
	as(s, reading(act, "A", 1, time.Hour, retail.ReadingLine{SKU: "RED-42", Quantity: 50}))
	as(s, reading(act, "A", 2, 20*time.Minute, retail.ReadingLine{SKU: "RED-42", Quantity: 5},
		retail.ReadingLine{SKU: "RED-42", Code: "04006381333931", Unit: "u1", Quantity: 1}))
	as(s, reading(act, "", 1, 10*time.Minute, retail.ReadingLine{SKU: "RED-42", Code: "04006381333931", Unit: "u1", Quantity: 1},
		retail.ReadingLine{SKU: "BLUE-40", Quantity: 0}, retail.ReadingLine{Code: "09999999999994", Quantity: 3}))

	levels, err := s.db.Levels(t.Context(), []string{"RED-42"}, []string{"milan"})
	if err != nil {
		t.Fatal(err)
	}
	_, counted := s.comesTo(act, retail.CountQuery{})
	if len(counted) != 2 || counted[0].SKU != "BLUE-40" || counted[1].Counted != 6 || !counted[1].Read || counted[0].Counted != 0 {
		t.Fatalf("counted %+v", counted)
	}
	if red := counted[1]; red.Level.Version != levels[0].Version || red.Moment.Sub(red.First) < 9*time.Minute {
		t.Errorf("red is %+v", red)
	}

	t.Run("goes on after a SKU, and knows only those asked for", func(t *testing.T) {
		for _, q := range []retail.CountQuery{{After: "BLUE-40"}, {SKUs: []string{"RED-42", "none"}}} {
			if _, found := s.comesTo(act, q); len(found) != 1 || found[0].SKU != "RED-42" {
				t.Errorf("%+v: %+v", q, found)
			}
		}
		if _, found := s.comesTo(act, retail.CountQuery{Accepted: true}); len(found) != 0 {
			t.Errorf("accepted are %+v", found)
		}
	})
	t.Run("takes what moved after the reading into account, by when it happened", func(t *testing.T) {
		move := func(units int64, ago time.Duration) {
			as(s, retail.MoveStock{
				Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: "milan", Cause: "x", OccurredAt: time.Now().Add(-ago),
				Lines: []retail.Line{{SKU: "RED-42", Quantity: units}},
			})
		}
		count, before := s.comesTo(act, retail.CountQuery{SKUs: []string{"RED-42"}})
		move(-3, time.Minute) // after the reading
		move(-2, time.Hour)   // before it
		_, after := s.comesTo(act, retail.CountQuery{SKUs: []string{"RED-42"}})
		if was, is := before[0].Expected(count), after[0].Expected(count); is != was-2 {
			t.Errorf("%d were expected, and now %d", was, is)
		}
		if after[0].After != before[0].After-3 {
			t.Errorf("%d moved after it, and now %d", before[0].After, after[0].After)
		}
	})
	t.Run("lists what nobody knows", func(t *testing.T) {
		_, found, unknowns, err := s.db.Unknowns(t.Context(), "milan", act.Count, "", 10)
		if err != nil || !found || len(unknowns) != 1 || unknowns[0].Units != 3 || unknowns[0].Code != "09999999999994" {
			t.Errorf("%+v: found %v, %v", unknowns, found, err)
		}
	})
	t.Run("counts what nobody read as none, where all was looked at", func(t *testing.T) {
		as(s, retail.CompleteCount{CountAct: next(act), WholeScope: true})
		count, counted := s.comesTo(act, retail.CountQuery{})
		if !count.WholeScope || len(counted) < 2 {
			t.Errorf("%+v of %+v", counted, count)
		}
		for _, sku := range counted {
			if !sku.Read && (sku.Counted != 0 || !sku.Moment.Equal(count.WholeAt)) {
				t.Errorf("%+v", sku)
			}
		}
	})
	wantNothing(t, s.audit())
}
