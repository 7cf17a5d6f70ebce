package postgres

import (
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// olderOrders tells whether an order was placed before lines said where they leave from, and fills in what was so for all of
// them. Such an order has no documents and is in no history.
func olderOrders(versions []retail.Order) bool {
	older := false
	for v := range versions {
		order := &versions[v]
		for i := range order.Lines {
			if line := &order.Lines[i]; line.Location == "" {
				line.Location, line.ReturnDays = order.Location, retail.DefaultReturnDays
				older = true
			}
		}
	}
	return older
}

// proveVersions proves that each version of an order differs from the one before in nothing but what may change: counts that
// grow, movements of money and documents that are added (L9).
func (a *audit) proveVersions(e entity, acts []*act, versions []retail.Order) bool {
	for n, order := range versions {
		one := acts[n]
		same := order.ID == e.row.(retail.Order).ID && order.Version == one.version && order.RecordedAt.Equal(one.recordedAt)
		if n > 0 {
			same = same && follows(versions[n-1], order) && (len(order.Lines) == len(versions[n-1].Lines) || addsLines(one.kind, order.Lines[len(versions[n-1].Lines):])) &&
				rejects(one.kind, versions[n-1], order)
		} else {
			same = same && follows(order, order) && !slices.ContainsFunc(order.Lines, func(l retail.OrderLine) bool { return l.InsteadOf != 0 || l.Rejected != 0 })
		}
		if !same {
			a.broken("L9", e.table, e.text, "others were told as version %d what can't follow from version %d", one.version, one.version-1)
			return false
		}
	}
	return true
}

// follows tells whether an order may have become another version of itself.
func follows(before, after retail.Order) bool {
	if len(after.Lines) < len(before.Lines) || len(after.Payments) < len(before.Payments) ||
		len(after.Documents) < len(before.Documents) || len(after.Intents) < len(before.Intents) {
		return false
	}
	for i, line := range after.Lines {
		if i >= len(before.Lines) {
			if line.Line != int32(i+1) || !standsFor(line, before, after) {
				return false
			}
			continue
		}
		was := before.Lines[i]
		if line.Line != int32(i+1) || line.Fulfilled < was.Fulfilled || line.Cancelled < was.Cancelled || line.Returned < was.Returned {
			return false
		}
	}
	if after.State == retail.OrderPendingPayment && before.State != retail.OrderPendingPayment {
		return false
	}
	if after.State == retail.OrderConfirmed && before.State == retail.OrderPendingPayment && owed(after, false) > secured(after) {
		return false
	}
	as := after
	as.State, as.Version, as.RecordedAt = before.State, before.Version, before.RecordedAt
	as.Payments, as.Documents = after.Payments[:len(before.Payments)], after.Documents[:len(before.Documents)]
	as.Intents, as.LinkUntil = before.Intents, before.LinkUntil // proveIntents, provePayLink
	as.Lines = slices.Clone(after.Lines[:len(before.Lines)])
	for i, was := range before.Lines {
		as.Lines[i].Fulfilled, as.Lines[i].Cancelled, as.Lines[i].Rejected, as.Lines[i].Returned = was.Fulfilled, was.Cancelled, was.Rejected, was.Returned
		as.Lines[i].Away, as.Lines[i].Coming = was.Away, was.Coming // proveBrought
	}
	return alike(reflect.ValueOf(before), reflect.ValueOf(as))
}

// rejects tells whether what became rejected is what an act says: all that a place does not have, where that was counted yet, and nothing else.
func rejects(kind string, before, after retail.Order) bool {
	lines := after.Lines[:len(before.Lines)]
	counted := slices.ContainsFunc(lines, func(l retail.OrderLine) bool { return l.Rejected != before.Lines[l.Line-1].Rejected })
	return !slices.ContainsFunc(lines, func(l retail.OrderLine) bool {
		was, want := before.Lines[l.Line-1], int64(0)
		if counted && kind == "UnitsRejected" {
			want = l.Cancelled - was.Cancelled
		}
		return l.Rejected-was.Rejected != want
	})
}

// addsLines tells whether an act may add lines to an order: goods where others hand them over instead, and what is charged for goods.
func addsLines(kind string, lines []retail.OrderLine) bool {
	goods := func(l retail.OrderLine) bool { return l.SKU != "" }
	return kind == "UnitsRejected" || (kind == "UnitsCancelled" || kind == "OrderReturned") && !slices.ContainsFunc(lines, goods)
}

// standsFor tells whether a line that was added hands over what was just cancelled of another, from another place and at its prices. What is
// charged goes where goods are still handed over in the same way, and so does what just came back of it.
func standsFor(line retail.OrderLine, before, after retail.Order) bool {
	at := int(line.InsteadOf) - 1
	if at < 0 || at >= len(before.Lines) || line.Fulfilled != 0 || line.Cancelled != 0 || line.Rejected != 0 || line.Returned != 0 ||
		line.From != "" || !line.Transfer.IsZero() || line.Away != 0 || line.Coming != 0 {
		return false
	}
	was, now := before.Lines[at], after.Lines[at]
	until := was.Quantity - was.Cancelled
	moved, anew := now.Cancelled-was.Cancelled, line.SKU == "" && now.Returned > was.Returned
	if anew {
		until, moved = now.Returned, now.Returned-was.Returned
	}
	gross, tax := worth(was, until-line.Quantity, until)
	if line.Quantity != moved || line.GrossMinor != gross || line.TaxMinor != tax ||
		line.Fulfilment.IsZero() || line.Fulfilment == was.Fulfilment && !anew || line.SKU != "" && line.Location == was.Location {
		return false
	}
	goods := func(l retail.OrderLine) bool {
		return l.SKU != "" && l.Open() > 0 && l.Fulfilment == line.Fulfilment && l.Location == line.Location && l.Method == was.Method
	}
	if line.SKU == "" && !slices.ContainsFunc(after.Lines, goods) {
		return false
	}
	as := line
	as.Line, as.InsteadOf, as.Location, as.Method, as.Fulfilment = was.Line, was.InsteadOf, was.Location, was.Method, was.Fulfilment
	as.Quantity, as.Fulfilled, as.Cancelled, as.Rejected, as.Returned = was.Quantity, was.Fulfilled, was.Cancelled, was.Rejected, was.Returned
	as.ListMinor, as.DiscountMinor, as.Discounts = was.ListMinor, was.DiscountMinor, was.Discounts // proved with all amounts
	as.NetMinor, as.TaxMinor, as.GrossMinor = was.NetMinor, was.TaxMinor, was.GrossMinor
	as.From, as.Transfer, as.Away, as.Coming = was.From, was.Transfer, was.Away, was.Coming
	return alike(reflect.ValueOf(was), reflect.ValueOf(as))
}
