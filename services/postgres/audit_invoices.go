package postgres

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

func rectifies(k retail.InvoiceKind) bool {
	return k == retail.InvoiceRectificativeSimplified || k == retail.InvoiceRectificativeFull
}

func documentKey(e entity, n int) string { return fmt.Sprintf("%s/%d", e.text, n+1) }

// proveDocuments proves that an order has one document for each handover, about the units that were handed over; for what came
// back, documents that correct those of these units; and for each ticket that was turned into a full invoice, that (L7). So the
// documents of an order add up to what was handed over, and to what came back.
func (a *audit) proveDocuments(
	e entity, order retail.Order, acts []*act, versions []retail.Order, issued map[retail.ID]retail.Invoice,
) {
	from := 0
	for n, one := range acts {
		after := versions[n]
		before := retail.Order{Lines: make([]retail.OrderLine, len(after.Lines))}
		if n > 0 {
			before = versions[n-1]
		}
		handed, returned := grown(before, after)
		for at := from; at < len(after.Documents); at++ {
			doc := after.Documents[at]
			invoice, found := issued[doc.Invoice]
			if !found || invoice.Transaction != one.transaction || invoice.Kind != doc.Kind || invoice.Original != doc.Original ||
				!slices.Equal(rangesOf(invoice), doc.Units) || !invoice.OccurredAt.Equal(doc.OccurredAt) {
				a.broken("L7", orderDocuments, documentKey(e, at), "the invoice %s is not there, or says otherwise", doc.Invoice)
				continue
			}
			a.proveInvoiceOf(order, invoice, one)
			switch {
			case rectifies(doc.Kind):
				returned = a.proveRectifying(e, at, after, invoice, issued, returned)
			case doc.Kind == retail.InvoiceFullReplacingSimplified:
				a.proveReplacing(e, at, after, invoice, issued)
			case !sameRanges(doc.Units, handed):
				a.broken("L7", orderDocuments, documentKey(e, at), "it is about other units than were handed over")
			default:
				handed = nil
			}
		}
		if len(handed) > 0 {
			a.broken("L7", e.table, e.text, "there is no document for %s, handed over by its version %d", unitsText(handed[0]), one.version)
		}
		if len(returned) > 0 {
			a.broken("L7", e.table, e.text, "no document corrects %s, returned by its version %d", unitsText(returned[0]), one.version)
		}
		from = len(after.Documents)
	}
	if len(issued) != from {
		a.broken("L7", e.table, e.text, "%d invoices are for it, and it names %d", len(issued), from)
	}
}

// grown returns the units that were handed over and that came back between two versions of an order.
func grown(before, after retail.Order) (handed, returned []retail.UnitRange) {
	for i, was := range before.Lines { // of what another place took over just now nothing was handed over
		line := after.Lines[i]
		if line.Fulfilled > was.Fulfilled {
			handed = append(handed, retail.UnitRange{Line: line.Line, From: was.Fulfilled, Until: line.Fulfilled})
		}
		if line.Returned > was.Returned {
			returned = append(returned, retail.UnitRange{Line: line.Line, From: was.Returned, Until: line.Returned})
		}
	}
	return handed, returned
}

func rangesOf(i retail.Invoice) []retail.UnitRange {
	units := make([]retail.UnitRange, len(i.Lines))
	for n, line := range i.Lines {
		units[n] = line.UnitRange
	}
	return units
}

// sameRanges compares units, in any order.
func sameRanges(x, y []retail.UnitRange) bool {
	byLine := func(a, b retail.UnitRange) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.From, b.From))
	}
	return slices.Equal(slices.SortedFunc(slices.Values(x), byLine), slices.SortedFunc(slices.Values(y), byLine))
}

// without takes units away from others, and tells whether they were among them.
func without(all []retail.UnitRange, units retail.UnitRange) ([]retail.UnitRange, bool) {
	for i, of := range all {
		if of.Line == units.Line && of.From <= units.From && units.Until <= of.Until && units.From < units.Until {
			rest := slices.Delete(slices.Clone(all), i, i+1)
			for _, part := range [][2]int64{{of.From, units.From}, {units.Until, of.Until}} {
				if part[0] < part[1] {
					rest = append(rest, retail.UnitRange{Line: of.Line, From: part[0], Until: part[1]})
				}
			}
			return rest, true
		}
	}
	return all, false
}

// proveInvoiceOf proves that an invoice says of its order, and of the units that it is about, what they are worth (L7).
func (a *audit) proveInvoiceOf(order retail.Order, i retail.Invoice, one *act) {
	key := idText(i.Location, i.ID)
	buyer := order.BillTo
	wantKind := retail.InvoiceSimplified
	if buyer != nil {
		wantKind = retail.InvoiceFull
	}
	first := !rectifies(i.Kind) && i.Kind != retail.InvoiceFullReplacingSimplified
	happened := one.header().OccurredAt
	switch {
	case i.Order != order.ID || i.Customer != order.Customer || i.Currency != order.Currency || i.Location != order.Location:
		a.broken("L7", invoices.table, key, "it is not of its order, or not in the name, the currency or the book of it")
	case first && (i.Kind != wantKind || i.Kind == retail.InvoiceFull && !alike(reflect.ValueOf(i.Buyer), reflect.ValueOf(buyer))):
		a.broken("L7", invoices.table, key, "it is a %s to another buyer than the order's", i.Kind)
	case first && (!i.Original.IsZero() || i.OriginalNumber != "" || !i.Return.IsZero()):
		a.broken("L7", invoices.table, key, "it corrects or replaces %s, and is a %s", i.OriginalNumber, i.Kind)
	case !i.IssuedAt.Equal(one.recordedAt):
		a.broken("L7", invoices.table, key, "it was issued at %s, and its units moved at %s", i.IssuedAt, one.recordedAt)
	case i.Kind != retail.InvoiceFullReplacingSimplified && one.act() != retail.KindExchange && !i.OccurredAt.Equal(happened):
		a.broken("L7", invoices.table, key, "its units moved at %s, and not at %s", happened, i.OccurredAt)
	}
	for n, line := range i.Lines {
		if line.Line < 1 || int(line.Line) > len(order.Lines) {
			a.broken("L7", invoices.table, key, "its order has no line %d", line.Line)
			continue
		}
		of := order.Lines[line.Line-1]
		gross, tax := worth(of, line.From, line.Until)
		want := retail.InvoiceLine{
			UnitRange: line.UnitRange, SKU: of.SKU, Description: of.Description, NetMinor: gross - tax, TaxMinor: tax, GrossMinor: gross,
			TaxCode: of.TaxCode, TaxPPM: of.TaxPPM,
		}
		if line != want {
			a.broken("L7", invoices.table, key, "its line %d is not what %s are worth", n+1, unitsText(line.UnitRange))
		}
	}
	a.proveInvoiceTaxes(i, key)
}

// proveInvoiceTaxes proves that the taxes of an invoice are the sums of its lines (L7).
func (a *audit) proveInvoiceTaxes(i retail.Invoice, key string) {
	type rate struct {
		code string
		ppm  int32
	}
	sums := map[rate][2]int64{}
	for _, line := range i.Lines {
		of := rate{line.TaxCode, line.TaxPPM}
		sums[of] = [2]int64{sums[of][0] + line.NetMinor, sums[of][1] + line.TaxMinor}
	}
	same := len(sums) == len(i.Taxes)
	for _, t := range i.Taxes {
		same = same && sums[rate{t.Code, t.PPM}] == [2]int64{t.NetMinor, t.TaxMinor}
	}
	if !same || len(i.Lines) == 0 {
		a.broken("L7", invoices.table, key, "its taxes are not the sums of its lines")
	}
}

// proveRectifying proves that an invoice corrects the one in force for units that came back, and returns those that are still to
// be corrected (L7).
func (a *audit) proveRectifying(
	e entity, at int, order retail.Order, i retail.Invoice, issued map[retail.ID]retail.Invoice, returned []retail.UnitRange,
) []retail.UnitRange {
	key := documentKey(e, at)
	original, there := issued[i.Original]
	kind := retail.InvoiceRectificativeFull
	if original.Kind == retail.InvoiceSimplified {
		kind = retail.InvoiceRectificativeSimplified
	}
	replaced := slices.ContainsFunc(order.Documents[:at], func(d retail.OrderDocument) bool {
		return d.Kind == retail.InvoiceFullReplacingSimplified && d.Original == i.Original
	})
	switch {
	case !there || rectifies(original.Kind) || replaced || original.Position >= i.Position && original.Point == i.Point:
		a.broken("L7", orderDocuments, key, "it corrects %s, which is not in force", i.Original)
	case kind != i.Kind || i.OriginalNumber != original.Number || i.Return.IsZero() ||
		!alike(reflect.ValueOf(i.Buyer), reflect.ValueOf(original.Buyer)):
		a.broken("L7", orderDocuments, key, "as a %s to this buyer it does not correct %s", i.Kind, original.Number)
	}
	covered := rangesOf(original)
	for _, units := range rangesOf(i) {
		var among, back bool
		if covered, among = without(covered, units); !among {
			a.broken("L7", orderDocuments, key, "%s are not on %s", unitsText(units), original.Number)
		}
		if returned, back = without(returned, units); !back {
			a.broken("L7", orderDocuments, key, "%s did not come back by this act", unitsText(units))
		}
	}
	return returned
}

// proveReplacing proves that an invoice says what the ticket said that it stands in for, to a buyer, and that it is the only one
// (L7).
func (a *audit) proveReplacing(e entity, at int, order retail.Order, i retail.Invoice, issued map[retail.ID]retail.Invoice) {
	ticket, there := issued[i.Original]
	before := slices.ContainsFunc(order.Documents[:at], func(d retail.OrderDocument) bool { return d.Original == i.Original })
	if !there || before || ticket.Kind != retail.InvoiceSimplified || i.Buyer == nil || i.OriginalNumber != ticket.Number {
		a.broken("L7", orderDocuments, documentKey(e, at), "it can't stand in for %s", i.OriginalNumber)
		return
	}
	if !slices.Equal(i.Lines, ticket.Lines) || !slices.Equal(i.Taxes, ticket.Taxes) || i.Seller != ticket.Seller ||
		!i.OccurredAt.Equal(ticket.OccurredAt) || i.Return != ticket.Return {
		a.broken("L7", orderDocuments, documentKey(e, at), "it says otherwise than %s", ticket.Number)
	}
}
