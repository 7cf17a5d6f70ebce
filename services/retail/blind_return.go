package retail

import (
	"fmt"
	"time"
)

// AcceptBlindReturn takes goods back that nobody can show a receipt for, by the terms of its currency. It is booked where it happens: no sale
// is known.
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
	// Terms are those of the currency; without a currency: there are none. Beyond is true where somebody with the right goes beyond them.
	Terms      BlindTerms
	Beyond     bool
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
	// MostMinor is the most that is given for all of its units where the terms look for a lowest price, with tax where all prices are.
	MostMinor int64
}

// BlindBasket is what a basket that comes back without a receipt is read by.
type BlindBasket struct {
	// Dispositions are those of its lines.
	Dispositions []Disposition
	// Terms are those of the currency; without a currency: there are none. Beyond is true where somebody with the right goes beyond them.
	Terms  BlindTerms
	Beyond bool
	// Lowest is the least that was paid for one unit in the days of the terms, with tax, by SKU.
	Lowest map[string]int64
}

// PlanBlindReturn reads the basket as goods that come back without a receipt, at the prices that its lines bring, or at the most that may be
// given for them.
func (b Basket) PlanBlindReturn(t Terms, blind BlindBasket) (AcceptBlindReturn, error) {
	cmd := AcceptBlindReturn{
		Location: b.Location, Channel: b.Channel, Customer: b.Customer, Currency: b.CurrencyAt(t.Location), OccurredAt: b.OccurredAt,
		TaxIncluded: t.PriceList.TaxIncluded, Terms: blind.Terms, Beyond: blind.Beyond,
	}
	if cmd.Currency != t.Location.Currency {
		return cmd, RefuseField(CurrencyMismatch, "currency_code", "%s keeps its books in %s", b.Location, t.Location.Currency)
	}
	for i, item := range b.Lines {
		path := fmt.Sprintf("lines[%d]", i)
		if item.CardNumber != "" {
			return cmd, RefuseField(InvalidRequest, path, "a gift card comes back with its receipt")
		}
		line, err := b.blindLine(item, t, blind, cmd.Currency, i)
		if err != nil {
			return cmd, err
		}
		line.Disposition = blind.Dispositions[i]
		cmd.Lines = append(cmd.Lines, line)
	}
	return cmd, nil
}

// blindLine finds what comes back by a line, and at what price.
func (b Basket) blindLine(item BasketItem, t Terms, blind BlindBasket, currency string, n int) (BlindLine, error) {
	path, at := fmt.Sprintf("lines[%d]", n), b.OccurredAt
	if at.IsZero() {
		at = b.Now
	}
	priced := item.UnitPrice != nil || item.LinePrice != nil
	if !priced {
		if blind.Terms.PriceDays == 0 {
			return BlindLine{}, RefuseField(InvalidRequest, path+".till_price", "says what is given for it")
		}
		if lowest, found := blind.Lowest[t.Items[n].SKU]; found && item.Charge == nil { // instead of a price that there may not be
			item.UnitPrice = &Amount{Currency: currency, Minor: lowest}
		}
	}
	found, err := item.line(t, currency, at, path, n)
	if err != nil {
		return BlindLine{}, err
	}
	line := BlindLine{BasketLine: found, Reason: item.Note}
	if blind.Terms.PriceDays > 0 && item.Charge == nil {
		if line.MostMinor, err = item.most(t.Items[n], blind.Lowest, t.PriceList.TaxIncluded, at, line.Tax, path); err != nil {
			return line, err
		}
	}
	if !priced {
		line.ListMinor = line.MostMinor
	}
	return line, nil
}

// most is the most that is given for all units: the least that was paid for one, or what one costs now, whichever is less; nothing, where
// neither is known.
func (i BasketItem) most(item Item, lowest map[string]int64, included bool, at time.Time, tax TaxRate, path string) (most int64, err error) {
	paid, sold := lowest[item.SKU]
	if sold {
		if most, err = i.times(paid, item, path); err != nil {
			return 0, err
		}
		if !included { // prices are without tax here, and with it no more than that
			most, _ = mulDivFloor(most, 1_000_000, 1_000_000+int64(tax.PPM))
		}
	}
	if price, found := PriceAt(item.Prices, at); found {
		costs, err := i.times(price.UnitMinor, item, path)
		if err != nil {
			return 0, err
		}
		if !sold || costs < most {
			most = costs
		}
	}
	return most, nil
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
	if err := c.within(lines); err != nil {
		return Change{}, Return{}, err
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

// within refuses what goes beyond the terms.
func (c AcceptBlindReturn) within(lines []OrderLine) error {
	if c.Terms.none() || c.Beyond {
		return nil
	}
	if err := c.Terms.refunds(c.RefundKind); err != nil {
		return err
	}
	for i, line := range lines {
		if most := c.Lines[i].MostMinor; c.Terms.PriceDays > 0 && line.ListMinor-line.DiscountMinor > most {
			return RefuseField(PriceTooHigh, fmt.Sprintf("lines[%d].till_price", i), "without a receipt at most %d is given for %d of it, the lowest price in %d days",
				most, line.Quantity, c.Terms.PriceDays).With("most_minor", most)
		}
	}
	if c.Customer.IsZero() {
		return RefuseField(CustomerMissing, "customer", "without a receipt goods come back from somebody who is known")
	}
	return nil
}

// issueBlind makes the document of goods without a receipt: it has no order and no original.
func (d *deal) issueBlind(units []UnitRange, of ID) {
	pretended := d.order.ID
	d.order.ID = ID{}
	d.issue(InvoiceRectificativeSimplified, units, Invoice{}, of)
	d.order.ID = pretended
}
