package auditor

import (
	"testing"

	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// costly is a delivery to Milan that says what one hat cost, with what is posted for them and for those that were there before.
func (a *tale) costly(units, minor, before int64) *Act {
	call := a.receiving("milan", "HAT", units)
	call.Request.(*stockpb.ReceiveStockRequest).Lines[0].UnitCost = &retailpb.Money{CurrencyCode: Currency, AmountMinor: minor}
	act, answer := a.received(call)
	a.end(call, answer)
	h := &act.Headers[0]
	h.Entries = append(h.Entries, Entry{From: "goods_received", To: "inventory/HAT", Asset: Currency, Quantity: units * minor})
	if before > 0 {
		h.Entries = append(h.Entries, Entry{From: "inventory_difference", To: "inventory/HAT", Asset: Currency, Quantity: before * minor})
	}
	at := Position{"milan", "HAT"}
	a.books.Worths[at] = Worth{Value: a.books.Worths[at].Value + (units+before)*minor, Unit: minor, Known: true}
	return act
}

func TestWhatGoodsCost(t *testing.T) {
	at := Position{"milan", "HAT"}
	tellAll(t, []storyTold{
		{"a delivery at another cost than it was asked for", ruleCost, func(a *tale) func() {
			act := a.costly(5, 300, 0)
			return func() { act.Headers[0].Entries[1].Quantity++ }
		}},
		{"a delivery whose cost nobody posted", ruleCost, func(a *tale) func() {
			act := a.costly(5, 300, 0)
			return func() { act.Headers[0].Entries = act.Headers[0].Entries[:1] }
		}},
		{"goods that were there before, and cost nothing", ruleCost, func(a *tale) func() {
			a.receive("milan", "HAT", 2)
			act := a.costly(5, 300, 2)
			return func() { act.Headers[0].Entries = act.Headers[0].Entries[:2] }
		}},
		{"a cost that came from elsewhere", ruleCost, func(a *tale) func() {
			act := a.costly(5, 300, 0)
			return func() { act.Headers[0].Entries[1].From = "cost_of_goods" }
		}},
		{"a promise that costs something", ruleCost, func(a *tale) func() {
			a.costly(5, 300, 0)
			_, act := a.hold("till", "HAT", 1)
			return func() {
				act.Headers[0].Entries = append(act.Headers[0].Entries, Entry{From: "inventory/HAT", To: "cost_of_goods", Asset: Currency, Quantity: 300})
			}
		}},
		{"a shelf that is worth more", ruleWorth, func(a *tale) func() {
			a.costly(5, 300, 0)
			return func() { a.books.Worths[at] = Worth{Value: 1501, Unit: 300, Known: true} }
		}},
		{"a unit that costs less", ruleWorth, func(a *tale) func() {
			a.costly(5, 300, 0)
			a.costly(3, 300, 0)
			return func() { a.books.Worths[at] = Worth{Value: 2400, Unit: 299, Known: true} }
		}},
		{"a shelf that is worth something although nobody said what it cost", ruleWorth, func(a *tale) func() {
			a.receive("milan", "HAT", 2)
			return func() { a.books.Worths[at] = Worth{Value: 2, Unit: 1, Known: true} }
		}},
	})
}
