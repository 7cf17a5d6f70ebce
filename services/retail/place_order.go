package retail

import (
	"fmt"
	"time"
)

// Tender is one means of payment that the customer gave.
type Tender struct {
	Kind        string
	AmountMinor int64
	Reference   string
}

// givesChange tells whether what is given beyond what is due comes back as cash.
func (t Tender) givesChange() bool { return t.Kind == "CASH" || t.Kind == "VOUCHER" }

// PlaceOrder prices a basket, takes its tenders and hands the goods over.
type PlaceOrder struct {
	Order       ID
	Transaction ID
	// Number is what people read and say. Where it is taken the command is stale, and the handler mints another.
	Number   string
	Channel  string
	Location string
	Customer ID
	Currency string
	// TaxIncluded is true where the lines' list amounts include tax.
	TaxIncluded bool
	Lines       []BasketLine
	Discounts   []Discount
	Tenders     []Tender
	Reference   string
	// OccurredAt is when it happened in the shop; zero: now.
	OccurredAt time.Time
	// Fact is true at a till, where the goods are in the customer's hand and the sale is not refused for lack of stock.
	Fact bool
	// Buffer is units per position that the channel may not promise.
	Buffer int64
}

// Keys are the order, its number and the positions of its lines.
func (c PlaceOrder) Keys() []Key {
	keys := make([]Key, 0, len(c.Lines)+2)
	keys = append(keys, OrderKey(c.Order), NameKey(NameOrder, c.Number))
	for _, line := range c.Lines {
		keys = append(keys, LevelKey(c.Location, line.SKU))
	}
	return keys
}

// Decide refuses an order that exists, what can't be priced or paid, and outside a till what is short. It posts the sale:
// units to the customer, net to sales, tax to its codes, and what was paid to the tenders.
func (c PlaceOrder) Decide(s State, now time.Time) (Change, Order, error) {
	if s.Row(OrderKey(c.Order)) != nil {
		return Change{}, Order{}, RefuseField(OrderExists, "order", "order %s exists already", c.Order)
	}
	if s.Row(NameKey(NameOrder, c.Number)) != nil {
		return Change{}, Order{}, ErrStale
	}
	lines, taxes, err := price(c.Lines, c.Discounts, c.TaxIncluded)
	if err != nil {
		return Change{}, Order{}, err
	}
	order := Order{
		ID: c.Order, Number: c.Number, State: OrderCompleted, Channel: c.Channel, Location: c.Location, Customer: c.Customer,
		Currency: c.Currency, TaxIncluded: c.TaxIncluded, Lines: lines, Taxes: taxes, Reference: c.Reference,
		OccurredAt: c.OccurredAt, RecordedAt: now, Version: 1,
	}
	if order.OccurredAt.IsZero() {
		order.OccurredAt = now
	}
	if order.Payments, err = settleTenders(c.Tenders, order.Totals().Gross); err != nil {
		return Change{}, Order{}, err
	}
	if err := c.checkStock(s); err != nil {
		return Change{}, Order{}, err
	}
	// Nothing below this line can fail.
	for i := range order.Lines {
		order.Lines[i].Method = CarryOut
		order.Lines[i].Fulfilled = order.Lines[i].Quantity
	}
	subject := OrderPrefix + order.ID.String()
	return Change{
		ID: c.Transaction, Kind: KindSale, Place: c.Location, OccurredAt: order.OccurredAt, Channel: c.Channel, Cause: subject,
		Fact: c.Fact, Entries: order.saleEntries(),
		Rows:   []Row{order, Name{Kind: NameOrder, Value: order.Number, Entity: order.ID, RecordedAt: now}},
		Events: []Event{{Kind: "OrderPlaced", Shard: order.ID.String(), Subject: subject, Version: 1, Body: order}},
	}, order, nil
}

// checkStock sums the demand per SKU; a promise is refused where it is short, a fact only where it can't be counted. The
// demand of a SKU stands at its first line and nothing at the others, so that a refusal names the lines as they were given.
func (c PlaceOrder) checkStock(s State) error {
	demand := make([]Line, len(c.Lines))
	first := make(map[string]int, len(c.Lines))
	for i, line := range c.Lines {
		at, seen := first[line.SKU]
		if !seen {
			at = i
			first[line.SKU] = i
		}
		demand[i].SKU = line.SKU
		demand[at].Quantity += line.Quantity
	}
	if !c.Fact {
		return short(s, c.Location, demand, c.Buffer)
	}
	for i, line := range demand {
		if LevelAt(s, c.Location, line.SKU).Available()-line.Quantity < -unitsMax {
			return RefuseField(QuantityTooLarge, fmt.Sprintf("lines[%d]", i), "%d of %s can't be counted", line.Quantity, line.SKU)
		}
	}
	return nil
}

// settleTenders checks that the tenders cover what is due, and returns the movements with the change.
func settleTenders(tenders []Tender, dueMinor int64) ([]Payment, error) {
	payments := make([]Payment, 0, len(tenders)+1)
	given, changeable := int64(0), int64(0)
	for i, tender := range tenders {
		if tender.AmountMinor > amountMax-given {
			return nil, RefuseField(AmountTooLarge, fmt.Sprintf("tenders[%d]", i), "more is tendered than can be counted")
		}
		given += tender.AmountMinor
		if tender.givesChange() {
			changeable += tender.AmountMinor
		}
		payments = append(payments, Payment{
			Kind: tender.Kind, Movement: MovementPayment, AmountMinor: tender.AmountMinor, Reference: tender.Reference,
		})
	}
	switch change := given - dueMinor; {
	case change < 0:
		return nil, RefuseField(PaymentShort, "tenders", "%d is due and %d was given", dueMinor, given).
			With("due_minor", dueMinor).With("given_minor", given)
	case change > changeable:
		return nil, RefuseField(ChangeNotGiven, "tenders", "%d is due and %d was given; only cash and vouchers give change", dueMinor, given).
			With("due_minor", dueMinor).With("given_minor", given)
	case change > 0:
		payments = append(payments, Payment{Kind: "CASH", Movement: MovementChange, AmountMinor: change})
	}
	return payments, nil
}

// saleEntries are the postings of a sale that is paid and carried out.
func (o Order) saleEntries() []Entry {
	account := OrderPrefix + o.ID.String()
	entries := make([]Entry, 0, len(o.Lines)+len(o.Taxes)+len(o.Payments)+1)
	for _, line := range o.Lines {
		entries = append(entries, Entry{Location: o.Location, From: Available, To: Customer, Asset: line.SKU, Quantity: line.Quantity})
	}
	money := func(from, to string, amountMinor int64) {
		if amountMinor > 0 {
			entries = append(entries, Entry{Location: o.Location, From: from, To: to, Asset: o.Currency, Quantity: amountMinor})
		}
	}
	money(Sales, account, o.Totals().Net)
	for _, tax := range o.Taxes {
		money(TaxPrefix+tax.Code, account, tax.TaxMinor)
	}
	for _, payment := range o.Payments {
		if payment.Movement == MovementChange {
			money(CashTender, account, payment.AmountMinor)
		} else {
			money(account, TenderPrefix+payment.Kind, payment.AmountMinor)
		}
	}
	return entries
}
