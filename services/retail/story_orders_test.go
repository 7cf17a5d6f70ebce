package retail

import "fmt"

// settling is what an act is told about money, in lines below it.
type settling struct {
	tenders  []BasketTender
	rounding int64
	refunds  []RefundTo
	cashAt   string
	feeMinor int64
	right    ReturnRight
	proof    ReturnProof
	noFee    bool
	operator string
	// rest are the lines that say something else.
	rest    []*words
	because string // why goods are missing that do not come back
}

// settling reads "pays 10.00 EUR CARD", "rounded 0.02 EUR", "refund 10.00 EUR STORE_CREDIT", "cash at MILAN", "fee 5.00 EUR" and "no fee",
// "override" or "manager", "proof RECEIPT" and "operator ANNA".
func (s *story) settling(told telling) settling {
	s.Helper()
	var all settling
	for _, line := range told.lines {
		switch {
		case line.take("pays"):
			all.tenders = append(all.tenders, line.tender(len(all.tenders)))
		case line.take("rounded"):
			all.rounding = line.amount().Minor
		case line.take("refund"):
			all.refunds = append(all.refunds, RefundTo{AmountMinor: line.amount().Minor, Kind: line.next()})
		case line.take("cash"):
			line.take("at")
			all.cashAt = line.next()
		case line.take("fee"):
			all.feeMinor = line.amount().Minor
		case line.take("override"):
			all.right = RightStaff
		case line.take("because"):
			all.because = line.next()
		case line.take("operator"):
			all.operator = line.next()
		case line.take("manager"):
			all.right = RightManager
		case line.take("proof"):
			all.proof = ReturnProof(line.next())
		case line.take("no"):
			all.noFee = line.take("fee")
		default:
			all.rest = append(all.rest, line)
		}
	}
	return all
}

// known returns an order, or one that nobody placed.
func (s *story) known(label string) Order {
	order, found := s.shop.rows[OrderKey(s.id(label))].(Order)
	if !found {
		order = Order{ID: s.id(label)}
	}
	return order
}

// tried remembers that an act was tried on an order in its state.
func (s *story) tried(o Order, act string) {
	state := string(o.State)
	switch {
	case state == "":
		state = "NONE"
	case state == "PENDING_PAYMENT" && !s.shop.now.Before(o.PayBy):
		state = "OVERDUE"
	}
	s.moved["order "+state+" "+act] = true
}

// facts returns the facts of an order that an act left behind.
func facts(o Order, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	return orderFacts(o), nil
}

// pay S1 at MILAN: lines below say how.
func (s *story) pay(w *words, t telling) (map[string]string, error) {
	order := s.known(w.next())
	s.tried(order, "pay")
	w.take("at")
	place, how := w.next(), s.settling(t)
	tenders, err := TendersIn(order.Currency, place, how.tenders, s.stored(order.Customer))
	if err != nil {
		return nil, err
	}
	return facts(submit(s, s.shop, PayOrder{
		Transaction: s.shop.mint(), Order: order.ID, Tenders: tenders, RoundingMinor: how.rounding, Channel: "till",
	}))
}

// goodwill S1 10.00 EUR
func (s *story) goodwill(w *words, t telling) (map[string]string, error) {
	order := s.known(w.next())
	s.tried(order, "goodwill")
	how := s.settling(t)
	return facts(submit(s, s.shop, GrantGoodwill{
		Transaction: s.shop.mint(), Order: order, AmountMinor: w.amount().Minor, RefundTo: how.refunds, CashAt: how.cashAt, Note: "late",
	}))
}

// writeoff S1 10.00 EUR
func (s *story) writeOff(w *words, _ telling) (map[string]string, error) {
	order := s.known(w.next())
	s.tried(order, "writeoff")
	return facts(submit(s, s.shop, WriteOffDebt{Transaction: s.shop.mint(), Order: order.ID, AmountMinor: w.amount().Minor, Note: "gone"}))
}

// cancel S1, or some of it: cancel S1 line 1 x2, line 2 x1. Or cancel S1 at MILAN, expire S1, noshow S1 at MILAN, refuse S1 at MILAN line 1 x1.
func (s *story) cancel(w *words, t telling) (map[string]string, error) {
	label := w.next()
	order, how := s.known(label), s.settling(t)
	c := CancelUnits{
		Transaction: s.shop.mint(), Order: order, Why: CancelAsked, RefundTo: how.refunds, CashAt: how.cashAt, Note: "asked",
	}
	switch t.verb {
	case "expire":
		c.Why = CancelUnpaid
	case "noshow":
		c.Why = CancelNoShow
	case "refuse":
		c.Why = CancelRefused
	}
	if w.take("at") {
		f := s.fulfilment(order, w.next(), t.verb)
		s.worked(f, t.verb)
		c.Fulfilment = f.ID
	} else {
		s.tried(order, t.verb)
	}
	c.Lines, c.Picked = w.units(), w.take("picked")
	return facts(submit(s, s.shop, c))
}

// reject S1 at MILAN line 1 x1 because lost, or because broken unfit; with no lines all that is open there. Or, at who was to send it:
// reject S1 at MILAN from ROME because lost. Then where else they may come from:
// else line 1 collected at ROME, else line 1 sent from TURIN.
func (s *story) reject(w *words, t telling) (map[string]string, error) {
	order, f := s.workOn(w, t.verb)
	c := RejectUnits{
		Fulfilment: f.ID, Transaction: s.shop.mint(), Location: f.Location, Order: order, Shortfall: Missing, Note: "looked twice",
	}
	if w.take("from") {
		c.From = w.next()
	}
	c.Lines = w.units()
	if !w.take("because") {
		s.fail("because of what?")
	}
	reason := s.reason(w.next())
	if w.take("unfit") {
		c.Shortfall = Unfit
	}
	for w.take("else") { // else line 1 collected at ROME, else line 1 sent from ROME
		w.take("line")
		other := Another{Line: int32(w.count()), Method: PickUp}
		if w.next() == "sent" {
			other.Method = Ship
		}
		w.next()
		other.Location = w.next()
		c.Others = append(c.Others, other)
		if c.fulfilment(other) < 0 {
			c.Fulfilments = append(c.Fulfilments, Fulfilment{ID: s.shop.mint(), Location: other.Location, Method: other.Method})
		}
	}
	c, err := c.By(reason)
	if err != nil {
		return nil, err
	}
	return facts(submit(s, s.shop, c))
}

// units reads "line 1 x2, line 2 x1".
func (w *words) units() []UnitCount {
	var units []UnitCount
	for w.take("line") {
		units = append(units, UnitCount{Line: int32(w.count()), Units: w.count()})
	}
	return units
}

// invoice S1 document 1 to ACME: the first document of the order becomes a full invoice.
func (s *story) invoice(w *words, _ telling) (map[string]string, error) {
	order := s.known(w.next())
	s.tried(order, "invoice")
	c := IssueFullInvoice{Transaction: s.shop.mint(), Order: order, Ticket: s.shop.mint(), Issuer: s.shop.issuer(order.Location)}
	if w.take("document") {
		if n := w.count(); n <= int64(len(order.Documents)) {
			c.Ticket = order.Documents[n-1].Invoice
		}
	}
	w.take("to")
	c.Buyer = Party{Name: w.next(), TaxID: "IT00743110157"}
	doc, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return documentFacts(doc), nil
}

// documentFacts are a document as people read it.
func documentFacts(doc Invoice) map[string]string {
	t := doc.Totals()
	units := int64(0)
	for _, l := range doc.Lines {
		units += l.Quantity()
	}
	facts := map[string]string{
		"kind": string(doc.Kind), "number": doc.Number, "lines": fmt.Sprint(len(doc.Lines)), "units": fmt.Sprint(units), "corrects": doc.OriginalNumber,
	}
	if doc.Buyer != nil {
		facts["to"] = doc.Buyer.Name
	}
	for name, minor := range map[string]int64{"net": t.Net, "tax": t.Tax, "gross": t.Gross} {
		facts[name] = shownAs(minor, doc.Currency)
	}
	return facts
}
