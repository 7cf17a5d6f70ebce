package retail

import (
	"slices"
	"time"
)

// IssueFullInvoice turns a ticket into a full invoice to a buyer. The full one stands in for the ticket, so that its turnover
// counts once; a ticket is turned once.
type IssueFullInvoice struct {
	Transaction ID
	Ticket      ID
	// Order is the order as it was read.
	Order  Order
	Buyer  Party
	Issuer Issuer
}

// Keys are the order, the ticket, the name that says it was replaced, and the issuing point.
func (c IssueFullInvoice) Keys() []Key {
	return []Key{
		OrderKey(c.Order.ID), InvoiceKey(c.Order.Location, c.Ticket), NameKey(NameReplaced, c.Ticket.String()), c.Issuer.Key(),
	}
}

// Decide refuses what is no ticket, a ticket that was replaced before, and one of which something came back.
func (c IssueFullInvoice) Decide(s State, now time.Time) (Change, Invoice, error) {
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	ticket, there := lookup[Invoice](s, InvoiceKey(c.Order.Location, c.Ticket))
	if !found || !there {
		return Change{}, Invoice{}, Refuse(UnknownInvoice, "there is no invoice %s", c.Ticket)
	}
	if ticket.Kind != InvoiceSimplified {
		return Change{}, Invoice{}, Refuse(InvoiceExists, "%s is a full invoice already", ticket.Number)
	}
	if s.Row(NameKey(NameReplaced, c.Ticket.String())) != nil {
		return Change{}, Invoice{}, Refuse(InvoiceExists, "%s was turned into a full invoice before", ticket.Number)
	}
	corrected := func(d OrderDocument) bool { return d.Kind.Rectifies() && d.Original == c.Ticket }
	if slices.ContainsFunc(order.Documents, corrected) {
		return Change{}, Invoice{}, Refuse(InvoiceCorrected, "something of %s came back; what is left can't be told on a full invoice", ticket.Number)
	}
	if err := c.Issuer.mayIssue(1); err != nil {
		return Change{}, Invoice{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, order, c.Transaction, c.Issuer, time.Time{}, now)
	doc := ticket
	doc.ID, doc.Kind, doc.Buyer, doc.Transaction = c.Issuer.Invoices[0], InvoiceFullReplacingSimplified, &c.Buyer, c.Transaction
	doc.Original, doc.OriginalNumber = ticket.ID, ticket.Number
	d.register(doc)
	units := make([]UnitRange, len(ticket.Lines))
	for i, line := range ticket.Lines {
		units[i] = line.UnitRange
	}
	d.order.Documents = append(d.order.Documents, OrderDocument{
		Invoice: doc.ID, Kind: doc.Kind, Original: ticket.ID, OccurredAt: ticket.OccurredAt, Units: units,
	})
	d.rows = append(d.rows, Name{Kind: NameReplaced, Value: ticket.ID.String(), Entity: doc.ID, RecordedAt: now})
	d.tellOrder("OrderInvoiced")
	return d.change(KindInvoice, order.Location, "", order.subject()), d.invoices[0], nil
}
