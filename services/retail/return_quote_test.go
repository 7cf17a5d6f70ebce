package retail

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestReturnsDoNotKnowTheChannel sells the same goods in every channel, and asks in every channel what they would come back for: of each line
// and in sum it is the same.
func TestReturnsDoNotKnowTheChannel(t *testing.T) {
	channels := []string{"web", "app", "till", "phone", "marketplace"}
	kindOf := map[string]string{"web": "ONLINE_STORE", "app": "APP", "till": "TILL", "phone": "CALL_CENTRE", "marketplace": "MARKETPLACE"}
	seen := map[Reason]int{}
	property := func(t *rapid.T) {
		basket := Basket{Location: "milan", Customer: ID{0xAA}, Now: opening}
		milan := Location{Code: "milan", Currency: "EUR", TaxJurisdiction: "IT"}
		terms := Terms{
			Location: milan, Rates: rates[:3], Places: map[string]Location{"milan": milan},
			PriceList: PriceList{Currency: "EUR", TaxIncluded: rapid.Bool().Draw(t, "tax included")},
		}
		for n := range rapid.IntRange(0, 3).Draw(t, "policies") {
			terms.ReturnPolicies = append(terms.ReturnPolicies, drawPolicy(t, fmt.Sprintf("P%d", n)))
		}
		for range rapid.IntRange(1, 4).Draw(t, "lines") {
			list := &Amount{Currency: "EUR", Minor: rapid.Int64Range(1, 90_00).Draw(t, "list")}
			basket.Lines = append(basket.Lines, BasketItem{Method: CarryOut, Quantity: rapid.Int64Range(1, 3).Draw(t, "units"), LinePrice: list})
			terms.Items = append(terms.Items, Item{
				SKU: rapid.SampledFrom(skus).Draw(t, "sku"), TaxCategory: rapid.SampledFrom(rates[:3]).Draw(t, "rate").Category, Found: true,
				Product: "shirt", Department: "men", ReturnDays: rapid.SampledFrom([]int32{0, 14, 30}).Draw(t, "days"),
				OwnReturnDays: rapid.Bool().Draw(t, "of its own"),
			})
		}
		after := time.Duration(rapid.SampledFrom([]int{0, 1, 24, 25, 14*24 + 1, 31 * 24}).Draw(t, "hours")) * time.Hour
		back := AcceptReturn{Return: ID{1}, Transaction: ID{2}, Location: rapid.SampledFrom(places).Draw(t, "place"),
			Right: rapid.SampledFrom([]ReturnRight{"", RightStaff, RightManager}).Draw(t, "by right"), Proof: rapid.SampledFrom(proofs).Draw(t, "proof")}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			back.Items = append(back.Items, ReturnItem{
				Line: rapid.Int32Range(1, int32(len(basket.Lines))).Draw(t, "line"), Units: rapid.Int64Range(1, 3).Draw(t, "back"), Disposition: ReturnToStock,
				Condition: rapid.SampledFrom(conditions).Draw(t, "condition"),
			})
		}
		byCard := rapid.Int64Range(0, 50_00).Draw(t, "by card")
		var first *ReturnQuote
		for _, sold := range channels {
			s := newShop()
			in := terms
			in.Channel = Channel{Code: sold, Kind: kindOf[sold], Locations: []string{"milan"}}
			asked := basket
			asked.Channel = sold
			c, err := asked.Plan(in)
			if err != nil {
				t.Fatal(err)
			}
			c.Order, c.Transaction, c.Number, c.Issuer, c.Fact = s.mint(), s.mint(), OrderNumber(7919), s.issuer(c.Location), true
			due, err := c.Quote(s, s.now)
			if err != nil {
				t.Fatal(err)
			}
			card := min(byCard, due.DueMinor)
			for _, tender := range []Tender{{Kind: "CARD", AmountMinor: card}, {Kind: "CASH", AmountMinor: due.DueMinor - card}} {
				if tender.Location = c.Location; tender.AmountMinor > 0 {
					c.Tenders = append(c.Tenders, tender)
				}
			}
			order, err := submit(t, s, c)
			if err != nil {
				t.Fatal(err)
			}
			s.now = s.now.Add(after)
			for _, through := range channels {
				r := back
				r.Order, r.Channel, r.Issuer = order, through, s.issuer(order.Location)
				got, err := quoteOf(t, s, r)
				if err != nil {
					t.Fatal(err)
				}
				got.Return.Channel = ""
				for i := range got.Verdicts {
					got.Verdicts[i].parts = nil
					if first == nil && got.Verdicts[i].Refusal != nil {
						seen[got.Verdicts[i].Refusal.Reason]++
					}
				}
				if first == nil {
					first = &got
				} else if diff := difference(*first, got, everything); diff != "" {
					t.Fatalf("sold in %s and brought back through %s it is another quote:\n%s", sold, through, diff)
				}
			}
		}
	}
	var missing []Reason
	for range drawsMax {
		if rapid.Check(t, property); t.Failed() {
			return
		}
		missing = []Reason{FinalSale, ReturnWindowClosed, ReturnTooLarge, ReturnCondition, ProofMissing}
		missing = slices.DeleteFunc(missing, func(r Reason) bool { return seen[r] > 0 })
		if len(missing) == 0 {
			return
		}
	}
	t.Errorf("chance left out what is refused as %s: %v", missing, seen)
}
