package retail

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// quote asks what an order comes to before it is placed, and by chance sends what was quoted back with it, as it is or with a figure
// that is another. It returns why the order is refused then.
func (s *trial) quote(t *rapid.T, c *PlaceOrder, short bool) (*Quote, Reason) {
	given := deepCopy(*c)
	q, err := c.Quote(s.shop, s.now)
	unchanged(t, "the command", given, *c)
	if err != nil {
		return nil, "" // what it refuses, the order is refused for
	}
	if short != (len(q.Short) > 0) {
		t.Fatalf("short on paper: %v, quoted: %+v", short, q.Short)
	}
	for _, one := range q.Short {
		if one.Wanted <= one.Sellable || len(one.Lines) == 0 || one.Lines[0] != one.Line || q.InStock(one.Line) {
			t.Fatalf("%+v is no shortage", one)
		}
	}
	if rapid.Bool().Draw(t, "unquoted") {
		return &q, ""
	}
	c.Quoted = deepCopy(&q.Figures)
	if rapid.IntRange(0, 3).Draw(t, "quoted") > 0 {
		return &q, ""
	}
	line := &c.Quoted.Lines[rapid.IntRange(0, len(c.Lines)-1).Draw(t, "line")]
	by := rapid.SampledFrom([]int64{-1, 1, 1_00}).Draw(t, "by")
	figure := rapid.SampledFrom([]*int64{&line.ListMinor, &line.DiscountMinor, &line.NetMinor, &line.TaxMinor, &line.GrossMinor}).Draw(t, "figure")
	*figure += by
	return &q, QuoteChanged
}

// checkQuoted holds an order that was placed against what was quoted just before.
func checkQuoted(t *rapid.T, quote *Quote, order Order) {
	t.Helper()
	if quote == nil {
		t.Fatal("it was placed and could not be quoted")
	}
	same(t, "figure", quote.Figures, figuresOf(order))
	same(t, "tax", quote.Order.Taxes, order.Taxes)
	same(t, "total", quote.Order.Totals(), order.Totals())
	due := int64(0)
	for i, line := range order.Lines {
		if line.Method == CarryOut {
			due += line.GrossMinor
		}
		if line.Discounts == nil != (quote.Order.Lines[i].Discounts == nil) {
			t.Fatalf("line %d has other discounts than were quoted", i+1)
		}
	}
	if quote.DueMinor != due || len(quote.Short) > 0 {
		t.Fatalf("%d was due, and %d quoted; short %+v", due, quote.DueMinor, quote.Short)
	}
}

// TestFiguresStand tells so many changes one by one, and counts all; figures of another basket are no quote of this one.
func TestFiguresStand(t *testing.T) {
	order := Order{Currency: "EUR"}
	for range 100 {
		order.Lines = append(order.Lines, OrderLine{ListMinor: 100, GrossMinor: 100, NetMinor: 100})
	}
	var none *Figures
	if err := none.stand(order); err != nil {
		t.Errorf("nothing was quoted: %v", err)
	}
	quoted := figuresOf(order)
	if err := quoted.stand(order); err != nil {
		t.Errorf("nothing changed: %v", err)
	}
	var refusal *Refusal
	less := Figures{Currency: "EUR", Lines: quoted.Lines[:99]}
	if err := less.stand(order); !errors.As(err, &refusal) || refusal.Reason != InvalidRequest || refusal.Field != "quoted.lines" {
		t.Errorf("another basket: %v", err)
	}
	quoted = figuresOf(order)
	quoted.Currency = "USD"
	for i := range quoted.Lines {
		quoted.Lines[i].TaxCode, quoted.Lines[i].TaxPPM = "IVA", 1
	}
	err := quoted.stand(order)
	if !errors.As(err, &refusal) || refusal.Reason != QuoteChanged || refusal.Details["changes"] != "201" {
		t.Fatalf("all changed: %v", err)
	}
	if n := len(refusal.Details); n != 2*quoteToldMax+1 {
		t.Errorf("%d facts are told", n)
	}
	for name, want := range map[string]string{
		"currency_code.quoted": "USD", "currency_code.now": "EUR", "lines[0].tax_code.quoted": "IVA", "lines[0].tax_code.now": "",
		"lines[0].tax_rate_ppm.quoted": "1", "lines[0].tax_rate_ppm.now": "0",
	} {
		if got := refusal.Details[name]; got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}

// TestAroundShort has the nearest places of each method first, and no more than are looked at.
func TestAroundShort(t *testing.T) {
	var all []Location
	metres := map[string]int64{}
	for i := range 2 * QuotePlacesMax {
		code := fmt.Sprintf("s%02d", i)
		all, metres[code] = append(all, Location{Code: code, Kind: Store}), int64(1000-i)
	}
	all = append(all, Location{Code: "w", Kind: Warehouse}, Location{Code: "here", Kind: Store}, Location{Code: "shut", Kind: Store, Closed: true})
	metres["w"], metres["shut"], metres["s39"] = 1, 1, -1
	found := AroundShort(Channel{}, "here", "", all, func(l Location) int64 { return metres[l.Code] })
	var pickups, ships []string
	for _, p := range found {
		if p.Method == PickUp {
			pickups = append(pickups, p.Location.Code)
		} else {
			ships = append(ships, p.Location.Code)
		}
	}
	if len(pickups) != QuotePlacesMax || pickups[0] != "s38" || len(ships) != QuotePlacesMax || ships[0] != "w" || ships[1] != "s38" {
		t.Errorf("around are %v and %v", pickups, ships)
	}
	if strings.Contains(strings.Join(append(pickups, ships...), " "), "s39") {
		t.Error("what is nobody knows where is nearer than others")
	}
}
