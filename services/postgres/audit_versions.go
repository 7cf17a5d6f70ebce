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
			same = same && follows(versions[n-1], order)
		} else {
			same = same && follows(order, order)
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
	if len(after.Lines) != len(before.Lines) || len(after.Payments) < len(before.Payments) ||
		len(after.Documents) < len(before.Documents) || len(after.Intents) < len(before.Intents) {
		return false
	}
	for i, line := range after.Lines {
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
	as.Intents = before.Intents // proveIntents
	as.Lines = slices.Clone(after.Lines)
	for i, was := range before.Lines {
		as.Lines[i].Fulfilled, as.Lines[i].Cancelled, as.Lines[i].Returned = was.Fulfilled, was.Cancelled, was.Returned
	}
	return alike(reflect.ValueOf(before), reflect.ValueOf(as))
}
