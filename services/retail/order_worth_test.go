package retail

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawLine draws a line as pricing leaves it: tax is at most what is left of the gross.
func drawLine(t *rapid.T) OrderLine {
	gross := rapid.OneOf(rapid.Int64Range(0, 30), rapid.Int64Range(0, 500_00), rapid.Int64Range(0, amountMax)).Draw(t, "gross")
	tax := rapid.Int64Range(0, gross).Draw(t, "tax")
	n := rapid.OneOf(rapid.Int64Range(1, 20), rapid.Int64Range(1, 1_000_000)).Draw(t, "units")
	return OrderLine{Line: 1, Quantity: n, GrossMinor: gross, TaxMinor: tax, NetMinor: gross - tax}
}

func TestOrderLineUnitsWorth(t *testing.T) {
	t.Run("sums to the line however it is cut, and no part is negative", rapid.MakeCheck(func(t *rapid.T) {
		l := drawLine(t)
		cuts := append(rapid.SliceOfN(rapid.Int64Range(0, l.Quantity), 0, 12).Draw(t, "cuts"), 0, l.Quantity)
		slices.Sort(cuts)
		var net, tax, gross int64
		for i := 1; i < len(cuts); i++ {
			n, x, g := l.UnitsWorth(cuts[i-1], cuts[i])
			wantNet, wantTax, wantGross := between(l, cuts[i-1], cuts[i])
			if n+x != g || min(n, x, g) < 0 || n != wantNet || x != wantTax || g != wantGross {
				t.Fatalf("units %d to %d of %+v are worth %d, %d, %d", cuts[i-1], cuts[i], l, n, x, g)
			}
			net, tax, gross = net+n, tax+x, gross+g
		}
		if net != l.NetMinor || tax != l.TaxMinor || gross != l.GrossMinor {
			t.Fatalf("the parts of %+v come to %d, %d, %d", l, net, tax, gross)
		}
	}))
	t.Run("is within two cents of the exact share of the tax", rapid.MakeCheck(func(t *rapid.T) {
		l := drawLine(t)
		units := rapid.Int64Range(0, l.Quantity).Draw(t, "first units")
		_, tax, _ := l.UnitsWorth(0, units)
		off := new(big.Rat).Mul(big.NewRat(l.TaxMinor, l.Quantity), big.NewRat(units, 1))
		if off.Sub(off, big.NewRat(tax, 1)); off.Abs(off).Cmp(big.NewRat(2, 1)) >= 0 {
			t.Fatalf("%d of %+v carry %d of tax", units, l, tax)
		}
	}))
}

// drawParts cuts units into parts.
func drawParts(t *rapid.T, units int64, what string) []int64 {
	var parts []int64
	for units > 0 {
		part := rapid.Int64Range(1, units).Draw(t, what)
		parts, units = append(parts, part), units-part
	}
	return parts
}

// TestWhatComesBackInPartsComesToTheWhole hands a line over in any parts, each with its document, and takes it back in any other
// parts, at any place: what is given back, and what the documents take off, come to what was paid, to the cent.
func TestWhatComesBackInPartsComesToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newShop()
		n := rapid.Int64Range(1, 13).Draw(t, "units")
		stock := MoveStock{Transaction: s.mint(), Kind: KindReceive, Location: "milan", Lines: []Line{{"RED-42", n}}, Cause: "opening"}
		if _, err := submit(t, s, stock); err != nil {
			t.Fatal(err)
		}
		work := Fulfilment{ID: s.mint(), Location: "milan", Method: PickUp}
		place := PlaceOrder{
			Order: s.mint(), Transaction: s.mint(), Number: "N", Channel: "web", Location: "shop", Currency: "EUR",
			TaxIncluded: rapid.Bool().Draw(t, "tax included"), Fulfilments: []Fulfilment{work},
			Lines: []BasketLine{{
				SKU: "RED-42", Quantity: n, ListMinor: rapid.Int64Range(0, 200).Draw(t, "list"), Tax: rapid.SampledFrom(rates).Draw(t, "rate"),
				Method: PickUp, Location: "milan", ReturnDays: 30,
			}},
		}
		place.Offers = drawOffers(t, place.Lines)
		gross, _, _ := basketAsked{lines: place.Lines, offers: place.Offers, included: place.TaxIncluded}.exactly()
		if card := gross / 3; gross > 0 {
			place.Tenders = []Tender{{Kind: "CARD", AmountMinor: card, Location: "shop"}, {Kind: "CASH", AmountMinor: gross - card, Location: "shop"}}
		}
		order, err := submit(t, s, place)
		if err == nil {
			_, err = submit(t, s, AdvanceFulfilment{Work: s.workOn(Fulfilment{ID: work.ID, Location: "milan", Order: place.Order}), To: FulfilmentReady, KeepFor: 1 << 40})
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range drawParts(t, n, "handed over") {
			handed, err := submit(t, s, HandOver{
				Method: PickUp, Fulfilment: work.ID, Transaction: s.mint(), Location: "milan", Order: order, CodeRight: true, Issuer: s.issuer("shop"),
				Lines: []UnitCount{{1, part}},
			})
			if err != nil {
				t.Fatal(err)
			}
			order = handed.Order
		}
		s.audit(t)
		back := int64(0)
		for _, part := range drawParts(t, n, "brought back") {
			r, err := submit(t, s, AcceptReturn{
				Return: s.mint(), Transaction: s.mint(), Order: order, Location: anyPlace.Draw(t, "at"), Channel: "till", Issuer: s.issuer("shop"),
				Items: []ReturnItem{{Line: 1, Units: part, Disposition: ReturnToStock}},
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range r.Refunds {
				back += p.AmountMinor
			}
			order = s.rows[order.Key()].(Order)
		}
		s.audit(t)
		documents := int64(0)
		for _, of := range order.Documents {
			doc := s.rows[InvoiceKey("shop", of.Invoice)].(Invoice)
			sign := int64(1)
			if corrects(doc.Kind) {
				sign = -1
			}
			documents += sign * doc.Totals().Gross
		}
		if back != gross || documents != 0 || order.Balance() != 0 {
			t.Fatalf("%d was paid, %d given back, %d is left on documents and %d on the order", gross, back, documents, order.Balance())
		}
	})
}

// aged is a shop with an order that was collected in two parts, for commands that were planned on what it was before.
func aged(t *testing.T) (s *shop, before, now Order, work Fulfilment) {
	t.Helper()
	s = newShop()
	work = Fulfilment{ID: s.mint(), Location: "milan", Method: PickUp}
	accept := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := submit(t, s, MoveStock{Transaction: s.mint(), Kind: KindReceive, Location: "milan", Lines: []Line{{"RED-42", 2}}, Cause: "opening"})
	accept(err)
	before, err = submit(t, s, PlaceOrder{
		Order: s.mint(), Transaction: s.mint(), Number: "N", Channel: "web", Location: "milan", Currency: "EUR", Fulfilments: []Fulfilment{work},
		Lines: []BasketLine{{SKU: "RED-42", Quantity: 2, Method: PickUp, Location: "milan", ReturnDays: 30}},
	})
	accept(err)
	_, err = submit(t, s, AdvanceFulfilment{Work: s.workOn(Fulfilment{ID: work.ID, Location: "milan", Order: before.ID}), To: FulfilmentReady, KeepFor: 1 << 40})
	accept(err)
	handed, err := submit(t, s, HandOver{
		Method: PickUp, Fulfilment: work.ID, Transaction: s.mint(), Location: "milan", Order: before, CodeRight: true, Issuer: s.issuer("milan"),
		Lines: []UnitCount{{1, 1}},
	})
	accept(err)
	return s, before, handed.Order, work
}

func TestPlannedOnWhatChanged(t *testing.T) {
	s, before, now, work := aged(t)
	item := []ReturnItem{{Line: 1, Units: 1, Disposition: ReturnToStock}}
	// paid is the order with a gift card that paid for some of it since it was read.
	paid := now
	paid.Payments = append(slices.Clip(now.Payments), Payment{
		Kind: GiftCard, Movement: MovementPayment, AmountMinor: 1, Account: GiftCardPrefix + "x", Location: "rome",
	})
	seen := &window{shop: &shop{now: s.now, rows: map[Key]Row{paid.Key(): paid}}, named: []Key{paid.Key()}}
	for what, err := range map[string]error{
		"a return that does not know the last document": func() error {
			_, err := submit(t, s, AcceptReturn{Return: s.mint(), Transaction: s.mint(), Order: before, Location: "milan", Items: item, Issuer: s.issuer("milan")})
			return err
		}(),
		"a cancellation that does not know of a card": func() error {
			_, _, err := CancelUnits{Order: now, Why: CancelAsked}.Decide(seen, s.now)
			return err
		}(),
		"goodwill that does not know of a card": func() error {
			_, _, err := GrantGoodwill{Order: now, AmountMinor: 1}.Decide(seen, s.now)
			return err
		}(),
		"a return that does not know of a card": func() error {
			_, _, err := AcceptReturn{Order: now, Location: "milan", Items: item}.Decide(seen, s.now)
			return err
		}(),
		"a return that knows another document": func() error {
			other := now
			other.Documents = []OrderDocument{{Invoice: s.mint()}}
			_, _, err := AcceptReturn{Return: s.mint(), Transaction: s.mint(), Order: other, Location: "milan", Items: item}.Decide(
				&window{shop: s, named: []Key{now.Key()}}, s.now)
			return err
		}(),
		"a handover of another order's work": func() error {
			other := now
			other.ID = s.mint()
			_, err := submit(t, s, HandOver{Method: PickUp, Fulfilment: work.ID, Transaction: s.mint(), Location: "milan", Order: other, CodeRight: true, Issuer: s.issuer("milan")})
			return err
		}(),
		"a card that was sold since": func() error {
			sell := PlaceOrder{
				Transaction: s.mint(), Channel: "till", Location: "milan", Currency: "EUR", Fact: true, Issuer: s.issuer("milan"),
				Lines: []BasketLine{{Quantity: 1, Method: CarryOut, Location: "milan", Card: &CardSale{ID: s.mint(), Number: "G1", New: true}}},
			}
			sell.Order, sell.Number = s.mint(), "A"
			if _, err := submit(t, s, sell); err != nil {
				t.Fatal(err)
			}
			sell.Order, sell.Number = s.mint(), "B"
			_, err := submit(t, s, sell)
			return err
		}(),
	} {
		if !errors.Is(err, ErrStale) {
			t.Errorf("%s is not stale: %v", what, err)
		}
	}
}

func TestChain(t *testing.T) {
	s, _, now, work := aged(t)
	_, err := submit(t, s, HandOver{Method: PickUp, Fulfilment: work.ID, Transaction: s.mint(), Location: "milan", Order: now, CodeRight: true, Issuer: s.issuer("milan")})
	if err != nil {
		t.Fatal(err)
	}
	var docs []Invoice
	for _, of := range s.rows[now.Key()].(Order).Documents {
		docs = append(docs, s.rows[InvoiceKey("milan", of.Invoice)].(Invoice))
	}
	whole := func(spoil func(docs []Invoice)) string {
		copied, chain := slices.Clone(docs), &Chain{}
		spoil(copied)
		for _, doc := range copied {
			if fault := chain.Add(doc); fault != "" {
				return fault
			}
		}
		return ""
	}
	for what, c := range map[string]struct {
		spoil func([]Invoice)
		sound bool
	}{
		"as it was issued":             {func([]Invoice) {}, true},
		"without the first":            {func(d []Invoice) { d[0] = d[1] }, false},
		"with a number left out":       {func(d []Invoice) { d[1].Sequence++ }, false},
		"with another record before":   {func(d []Invoice) { d[1].Previous = d[1].Hash }, false},
		"with another name on it":      {func(d []Invoice) { d[0].Seller.Name = "Nobody" }, false},
		"with a cent less of tax":      {func(d []Invoice) { d[1].Lines = []InvoiceLine{{TaxMinor: 1}} }, false},
		"with another hash at its end": {func(d []Invoice) { d[1].Hash = d[0].Hash }, false},
	} {
		if fault := whole(c.spoil); (fault == "") != c.sound {
			t.Errorf("a chain %s: %q", what, fault)
		}
	}
}
