package retail

import "time"

// AcceptBlindReturn takes goods back that nobody can show a receipt for, at a price that somebody with the right decides. It is
// booked where it happens: no sale is known.
type AcceptBlindReturn struct {
	Return      ID
	Transaction ID
	Location    string
	Channel     string
	Customer    ID
	Currency    string
	TaxIncluded bool
	// Lines are what came back, at the price that is given for it, which includes tax where TaxIncluded is true.
	Lines []BlindLine
	// RefundKind is the tender by which all of it is given back.
	RefundKind string
	OccurredAt time.Time
	// Operator is who stood at the counter; empty: not said.
	Operator string
	Note     string
	Issuer   Issuer
}

// BlindLine is one line without a receipt.
type BlindLine struct {
	BasketLine
	Disposition Disposition
	Reason      string
}

// Keys are where the goods go, credit that may be given, and the issuing point.
func (c AcceptBlindReturn) Keys() []Key {
	keys := []Key{c.Issuer.Key()}
	for _, line := range c.Lines {
		if line.SKU != "" {
			keys = append(keys, LevelKey(c.Location, line.SKU))
		}
	}
	if c.RefundKind == StoreCredit {
		keys = append(keys, BalanceKey(c.Location, StoreCreditPrefix+c.Customer.String()))
	}
	return keys
}

// Decide refuses what can't be counted, credit for nobody, and a gift card: there is none to give it back to.
func (c AcceptBlindReturn) Decide(s State, now time.Time) (Change, Return, error) {
	basket := make([]BasketLine, len(c.Lines))
	for i, line := range c.Lines {
		basket[i] = line.BasketLine
	}
	lines, taxes, err := price(basket, nil, nil, c.TaxIncluded)
	if err != nil {
		return Change{}, Return{}, err
	}
	if c.RefundKind == GiftCard {
		return Change{}, Return{}, RefuseField(InvalidRequest, "refund_kind", "no card is known to have paid; give credit, or sell a card")
	}
	refund := Payment{Kind: c.RefundKind, Movement: MovementRefund}
	if c.RefundKind == StoreCredit {
		if c.Customer.IsZero() {
			return Change{}, Return{}, RefuseField(CustomerMissing, "customer", "credit is given to a customer, and there is none")
		}
		refund.Account = StoreCreditPrefix + c.Customer.String()
	}
	order := Order{ID: c.Return, Location: c.Location, Customer: c.Customer, Currency: c.Currency, Lines: lines, Taxes: taxes}
	refund.AmountMinor = order.Totals().Gross
	if err := countable(s, c.Location, now, refund); err != nil {
		return Change{}, Return{}, err
	}
	if err := c.Issuer.mayIssue(1); err != nil {
		return Change{}, Return{}, err
	}
	// Nothing below this line can fail.
	// What came back is told as an order of its own that nobody placed: its account carries what is owed for it, and it is not
	// kept.
	d := newDeal(s, order, c.Transaction, c.Issuer, c.OccurredAt, now)
	answer := Return{
		ID: c.Return, Location: c.Location, Book: c.Location, Channel: c.Channel, Customer: c.Customer, Currency: c.Currency,
		Operator: c.Operator, Note: c.Note, OccurredAt: d.at, RecordedAt: now, Version: 1,
	}
	var units []UnitRange
	for i, line := range d.order.Lines {
		if line.SKU != "" {
			d.move(c.Location, Customer, c.Lines[i].Disposition.account(), line.SKU, line.Quantity)
		}
		of := UnitRange{Line: line.Line, Until: line.Quantity}
		units = append(units, of)
		answer.Lines = append(answer.Lines, ReturnLine{
			Units: of, SKU: line.SKU, Account: line.Account, Description: line.Description, Disposition: c.Lines[i].Disposition, Reason: c.Lines[i].Reason,
			NetMinor: line.NetMinor, TaxMinor: line.TaxMinor, GrossMinor: line.GrossMinor, TaxCode: line.TaxCode, TaxPPM: line.TaxPPM,
		})
	}
	d.giveBack(units)
	d.pay(refund)
	answer.Refunds = d.order.Payments
	d.issueBlind(units, c.Return)
	answer.Invoices = []ID{d.invoices[0].ID}
	d.remember(c.Customer, PurchaseReturn, c.Return)
	d.rows = append(d.rows, answer)
	d.tell("ReturnAccepted", answer.ID.String(), answer.subject(), 1, answer)
	return d.change(KindReturn, c.Location, c.Channel, answer.subject()), answer, nil
}

// issueBlind makes the document of goods without a receipt: it has no order and no original.
func (d *deal) issueBlind(units []UnitRange, of ID) {
	pretended := d.order.ID
	d.order.ID = ID{}
	d.issue(InvoiceRectificativeSimplified, units, Invoice{}, of)
	d.order.ID = pretended
}
