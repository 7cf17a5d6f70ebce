package retail

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestReturnsDoNotKnowTheChannel sells the same goods in every channel, and asks in every channel what they would come back for: of each line
// and in sum it is the same.
func TestReturnsDoNotKnowTheChannel(t *testing.T) {
	channels := []string{"web", "app", "till", "phone", "marketplace"}
	seen := map[Reason]int{}
	rapid.Check(t, func(t *rapid.T) {
		sale := PlaceOrder{Currency: "EUR", TaxIncluded: rapid.Bool().Draw(t, "tax included"), Location: "milan", Fact: true, Customer: ID{0xAA}}
		for range rapid.IntRange(1, 4).Draw(t, "lines") {
			sale.Lines = append(sale.Lines, BasketLine{
				SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 3).Draw(t, "units"), Method: CarryOut, Location: "milan",
				ListMinor: rapid.Int64Range(1, 90_00).Draw(t, "list"), Tax: rapid.SampledFrom(rates[:3]).Draw(t, "rate"),
				ReturnDays: rapid.SampledFrom([]int32{0, 14, 30}).Draw(t, "days"),
			})
		}
		after := time.Duration(rapid.IntRange(0, 31*24).Draw(t, "hours")) * time.Hour
		back := AcceptReturn{Return: ID{1}, Transaction: ID{2}, Location: rapid.SampledFrom(places).Draw(t, "place"), Override: rapid.Bool().Draw(t, "by right")}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			back.Items = append(back.Items, ReturnItem{
				Line: rapid.Int32Range(1, int32(len(sale.Lines))).Draw(t, "line"), Units: rapid.Int64Range(1, 3).Draw(t, "back"), Disposition: ReturnToStock,
			})
		}
		byCard := rapid.Int64Range(0, 50_00).Draw(t, "by card")
		var first *ReturnQuote
		for _, sold := range channels {
			s := newShop()
			c := sale
			c.Order, c.Transaction, c.Number, c.Channel, c.Issuer = s.mint(), s.mint(), OrderNumber(7919), sold, s.issuer(sale.Location)
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
	})
	for _, reason := range []Reason{FinalSale, ReturnWindowClosed, ReturnTooLarge} {
		if seen[reason] == 0 {
			t.Errorf("chance left out what is refused as %s: %v", reason, seen)
		}
	}
}
