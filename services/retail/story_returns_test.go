package retail

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// accepting reads "R1 of S1 at ROME 2h ago", and below it "line 1 x1 RETURN_TO_STOCK", with "UNUSED" or the like behind it, and what is said about
// money.
func (s *story) accepting(w *words, how settling, act string) (AcceptReturn, error) {
	s.Helper()
	c := AcceptReturn{Return: s.id(w.next()), Channel: "till", Transaction: s.shop.mint(), FeeMinor: how.feeMinor, RefundTo: how.refunds, Right: how.right,
		Proof: how.proof, NoFee: how.noFee}
	if !w.take("of") {
		s.fail("a return of what?")
	}
	c.Order = s.known(w.next())
	if act != "returnquote" { // nothing is tried
		s.tried(c.Order, act)
	}
	c.Issuer = s.shop.issuer(c.Order.Location)
	if !w.take("at") {
		s.fail("a return is at a place")
	}
	c.Location = w.next()
	if place, known := s.shop.rows[LocationKey(c.Location)].(Location); known {
		c.Currency = place.Currency
	}
	c.LeftAt = s.shop.leftAt(c.Order.ID)
	for _, line := range how.rest {
		if !line.take("line") {
			continue
		}
		item := ReturnItem{Line: int32(line.count()), Units: line.count(), Disposition: ReturnToStock}
		if line.more() && !slices.Contains(conditions, GoodsCondition(line.all[0])) {
			item.Disposition = Disposition(line.next())
		}
		if line.more() {
			item.Condition = GoodsCondition(line.next())
		}
		c.Items = append(c.Items, item)
	}
	c.Operator = how.operator
	var err error
	if how.because != "" {
		if c, err = c.By(s.reason(how.because)); err != nil {
			return c, err
		}
	}
	if act != "exchange" {
		c.OccurredAt, err = s.happened(w)
	}
	return c, err
}

// takeBack is the act "return R1 of S1 at ROME".
func (s *story) takeBack(w *words, t telling) (map[string]string, error) {
	c, err := s.accepting(w, s.settling(t), t.verb)
	if err != nil {
		return nil, err
	}
	r, err := submitAsQuoted(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return returnFacts(r), nil
}

// quoteReturn is the act "returnquote R1 of S1 at ROME": as in a return, and nothing becomes of it. Without lines it is of all that can still
// come back.
func (s *story) quoteReturn(w *words, t telling) (map[string]string, error) {
	c, err := s.accepting(w, s.settling(t), t.verb)
	if err != nil {
		return nil, err
	}
	q, err := quoteOf(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	facts := returnFacts(q.Return)
	facts["lines"] = fmt.Sprint(len(q.Verdicts))
	for i, v := range q.Verdicts {
		at := fmt.Sprintf("lines[%d].", i)
		facts[at+"line"], facts[at+"units"], facts[at+"left"] = fmt.Sprint(v.Item.Line), fmt.Sprint(v.Item.Units), fmt.Sprint(v.Left)
		facts[at+"is"], facts[at+"until"] = "OK", "never"
		if v.Refusal != nil {
			facts[at+"is"] = string(v.Refusal.Reason)
		}
		if !v.Until.IsZero() {
			facts[at+"until"] = v.Until.Format(time.RFC3339)
		}
		facts[at+"by_right"], facts[at+"gross"] = cmp.Or(string(v.Right), "NONE"), shownAs(v.Line.GrossMinor, q.Return.Currency)
		facts[at+"fee"], facts[at+"policy"] = shownAs(v.FeeMinor, q.Return.Currency), cmp.Or(v.Terms.Policy, "NONE")
	}
	return facts, nil
}

// quoteOf asks what a return would come to, twice, and nothing is changed by it.
func quoteOf(t rapid.TB, s *shop, c AcceptReturn) (ReturnQuote, error) {
	t.Helper()
	given, rows := deepCopy(c), deepCopy(s.rows)
	q, err := c.Quote(s, s.now)
	unchanged(t, "the command", given, c)
	unchanged(t, "the rows", rows, s.rows)
	again, againErr := c.Quote(s, s.now)
	if diff := difference(q, again, everything); diff != "" || !reflect.DeepEqual(err, againErr) {
		t.Fatalf("a return is quoted otherwise when asked again: %v, then %v\n%s", err, againErr, diff)
	}
	return q, err
}

// submitAsQuoted accepts a return, and holds against it what it was quoted before: the first line that may not come back refuses it, and
// where all may, what is given is what was quoted.
func submitAsQuoted(t rapid.TB, s *shop, c AcceptReturn) (Return, error) {
	t.Helper()
	q, quoteErr := quoteOf(t, s, c)
	r, err := submit(t, s, c)
	if c.claims() && c.Reason == "" { // which a quote is not asked for
		return r, err
	}
	want := quoteErr
	if at := slices.IndexFunc(q.Verdicts, func(v Verdict) bool { return !v.Takes(c.Right) }); at >= 0 {
		want = q.Verdicts[at].refusedTo(c.Right)
	}
	var refusal, quoted *Refusal
	switch {
	case errors.As(err, &refusal) && errors.As(want, &quoted):
		if refusal.Reason != quoted.Reason && quoteErr == nil {
			t.Fatalf("it was quoted as %v, and is refused as %v", quoted, refusal)
		}
	case (err == nil) != (want == nil):
		t.Fatalf("it was quoted as %v, and %v became of it", want, err)
	case err == nil:
		said := r
		said.ID, said.Invoices = ID{}, nil
		if diff := difference(q.Return, said, everything); diff != "" {
			t.Fatalf("it came to something else than was quoted (-quote +return):\n%s", diff)
		}
	}
	return r, err
}

// returnFacts are what came back, and what was given for it.
func returnFacts(r Return) map[string]string {
	refunded, fee := int64(0), int64(0)
	for _, p := range r.Refunds {
		switch {
		case p.Movement == MovementRefund && p.Kind != "":
			refunded += p.AmountMinor
		case p.Movement == MovementFee:
			fee += p.AmountMinor
		}
	}
	facts := map[string]string{
		"documents": fmt.Sprint(len(r.Invoices)), "movements": fmt.Sprint(len(r.Refunds)), "operator": r.Operator, "overrides": "unasked",
	}
	if r.Overrides != nil {
		facts["overrides"] = strings.ReplaceAll(strings.Trim(fmt.Sprint(r.Overrides), "[]"), " ", "+")
	}
	for name, minor := range map[string]int64{"gross": r.GrossMinor(), "refunded": refunded, "fee": fee} {
		facts[name] = shownAs(minor, r.Currency)
	}
	return facts
}

// lose S1 at MILAN because lost; comeback S1 at MILAN; either of one parcel: lose S1 at MILAN parcel 2 because lost. Below "line 1 x1 RETURN_TO_STOCK"; with no lines all that the carrier has.
func (s *story) failShipment(w *words, t telling) (map[string]string, error) {
	order, f := s.workOn(w, t.verb)
	back := AcceptReturn{
		Return: s.shop.mint(), Transaction: s.shop.mint(), Order: order, Location: f.Location, Channel: order.Channel,
		LeftAt: s.shop.leftAt(order.ID), Issuer: s.shop.issuer(order.Location), Note: "said the carrier",
	}
	if place, known := s.shop.rows[LocationKey(f.Location)].(Location); known {
		back.Currency = place.Currency
	}
	for _, line := range t.lines {
		line.take("line")
		item := ReturnItem{Line: int32(line.count()), Units: line.count(), Disposition: Undecided}
		if line.more() {
			item.Disposition = Disposition(line.next())
		}
		back.Items = append(back.Items, item)
	}
	c := FailShipment{Fulfilment: f.ID, Parcel: w.parcel(), Back: back}
	s.triedParcel(f, c.Parcel, t.verb)
	if w.take("because") {
		var err error
		if c, err = c.By(s.reason(w.next())); err != nil {
			return nil, err
		}
		c.Lost = true
	}
	failed, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	facts := orderFacts(failed.Order)
	for name, fact := range returnFacts(failed.Return) {
		facts["back."+name] = fact
	}
	work := s.workFacts(failed.Fulfilment)
	facts["is"], facts["parcels"] = work["is"], work["parcels"]
	return facts, nil
}

// blindterms EUR lowest 30 by CASH by STORE_CREDIT
func (s *story) putBlindTerms(w *words, _ telling) (map[string]string, error) {
	terms := BlindTerms{Currency: w.next()}
	if w.take("lowest") {
		terms.PriceDays = int32(w.count())
	}
	for w.take("by") {
		terms.RefundKinds = append(terms.RefundKinds, w.next())
	}
	_, err := submit(s, s.shop, PutBlindTerms{Transaction: s.shop.mint(), Terms: terms})
	return nil, err
}

// refundterms EUR PROPORTIONAL cash 50.00 EUR
func (s *story) putRefundTerms(w *words, _ telling) (map[string]string, error) {
	terms := RefundTerms{Currency: w.next(), RefundRule: RefundRule{Order: RefundOrder(w.next())}}
	if w.take("cash") {
		terms.CashMaxMinor = w.amount().Minor
	}
	_, err := submit(s, s.shop, PutRefundTerms{Transaction: s.shop.mint(), Terms: terms})
	return nil, err
}

// lowestSold is the least that was paid for one unit of each SKU that was sold since.
func (s *story) lowestSold(currency string, since time.Time) map[string]int64 {
	lowest := map[string]int64{}
	for _, row := range s.shop.rows {
		order, ok := row.(Order)
		if !ok || order.Currency != currency || order.OccurredAt.Before(since) {
			continue
		}
		for _, l := range order.Lines {
			unit := l.GrossMinor / l.Quantity
			if least, known := lowest[l.SKU]; l.SKU != "" && l.Fulfilled > 0 && unit > 0 && (!known || unit < least) {
				lowest[l.SKU] = unit
			}
		}
	}
	return lowest
}

// blind R1 at MILAN in TILL by CASH for ANNA beyond: goods without a receipt, at the prices below.
func (s *story) blind(w *words, t telling) (map[string]string, error) {
	id := s.id(w.next())
	b, blind := Basket{Now: s.shop.now}, BlindBasket{}
	kind := ""
	for w.more() {
		switch word := w.next(); word {
		case "at":
			b.Location = w.next()
		case "in":
			b.Channel = w.next()
		case "by":
			kind = w.next()
		case "for":
			b.Customer = s.id(w.next())
		case "paid":
			b.Currency = w.next()
		case "beyond":
			blind.Beyond = true
		}
	}
	for i, line := range t.lines {
		b.Lines = append(b.Lines, s.item(line, fmt.Sprintf("lines[%d]", i)))
		disposition := ReturnToStock
		if line.more() {
			disposition = Disposition(line.next())
		}
		blind.Dispositions = append(blind.Dispositions, disposition)
	}
	terms := s.terms(b)
	if found, known := s.shop.rows[BlindTermsKey(b.CurrencyAt(terms.Location))].(BlindTerms); known {
		blind.Terms, blind.Lowest = found, s.lowestSold(found.Currency, found.PricesSince(s.shop.now))
	}
	c, err := b.PlanBlindReturn(terms, blind)
	if err != nil {
		return nil, err
	}
	c.Return, c.Transaction, c.RefundKind, c.Issuer = id, s.shop.mint(), kind, s.shop.issuer(b.Location)
	r, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return returnFacts(r), nil
}

// exchange R1 of S1 at ROME for S2 at ROME in TILL: below, "back" begins what comes back, "swaps 1 for 2" says that line 1 of what leaves
// costs what units of line 2 that come back were worth, and all else is as in an order.
func (s *story) exchange(w *words, t telling) (map[string]string, error) {
	back := telling{}
	out := telling{}
	var swaps []Swap
	for _, line := range t.lines {
		switch {
		case line.take("back"):
			back.lines = append(back.lines, line)
		case line.take("swaps"):
			swap := Swap{Line: int32(line.count())}
			line.take("for")
			swap.For = int32(line.count())
			swaps = append(swaps, swap)
		default:
			out.lines = append(out.lines, line)
		}
	}
	returned, err := s.accepting(w, s.settling(back), t.verb)
	if err != nil {
		return nil, err
	}
	if !w.take("for") {
		s.fail("an exchange for what?")
	}
	b, number, err := s.basket(w, out)
	if err != nil {
		return nil, err
	}
	if b.Customer.IsZero() {
		b.Customer = returned.Order.Customer
	}
	if b, err = b.Swapping(swaps); err != nil {
		return nil, err
	}
	sale, err := s.planned(b, number)
	if err != nil {
		return nil, Under(err, "sale")
	}
	sale.Issuer.Invoices = returned.Issuer.Invoices
	for i, swap := range swaps {
		of := ItemRef{}
		if at := returned.Order.line(swap.For); at >= 0 {
			of.SKU = returned.Order.Lines[at].SKU
		}
		swaps[i].Product, swaps[i].Of = s.catalogued(b.Lines[swap.Line-1].Item, "").Product, s.catalogued(of, "").Product
	}
	done, err := submit(s, s.shop, Exchange{Return: returned, Sale: sale, Swaps: swaps})
	if err != nil {
		return nil, err
	}
	facts := orderFacts(done.Order)
	for name, fact := range returnFacts(done.Return) {
		facts["back."+name] = fact
	}
	return facts, nil
}
