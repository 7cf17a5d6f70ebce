package postgres

import (
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

// promisedOfTransfersSQL reads what lines of orders wait for of each of many transfers, by SKU.
const promisedOfTransfersSQL = `
select k.n, l.sku, sum(coalesce(l.away, 0))::int8, sum(coalesce(l.coming, 0))::int8
from unnest($1::uuid[], $2::uuid[]) with ordinality as k(id, order_id, n)
join order_lines l on l.order_id = k.order_id and l.transfer = k.id
group by k.n, l.sku`

// awaited is what the lines of an order wait for of one SKU of a transfer.
type awaited struct{ away, coming int64 }

// promisedOf reads what the orders of transfers wait for.
func (s *snapshot) promisedOf(page []entity) ([]map[string]awaited, error) {
	asked := newRows([]column{{"id", "uuid"}, {"order_id", "uuid"}}, false)
	all := make([]map[string]awaited, len(page))
	for i, e := range page {
		t := e.row.(retail.Transfer)
		asked.id(t.ID).id(t.Order).end()
		all[i] = map[string]awaited{}
	}
	found, err := s.query(promisedOfTransfersSQL, asked.params())
	for _, r := range found {
		n := r.int8() - 1
		all[n][r.text()] = awaited{r.int8(), r.int8()}
	}
	return all, err
}

// provePromised proves that a transfer still brings what its order waits for (L10): before it is sent no more than was asked for, and
// something; on its way no more than is expected; and after that nothing.
func (a *audit) provePromised(e entity, t retail.Transfer, waits map[string]awaited) {
	any := false
	for _, line := range t.Lines {
		w := waits[line.SKU]
		any = any || w.away > 0
		away, coming := int64(0), int64(0) // at most
		switch t.State {
		case retail.TransferRequested:
			away = line.Requested
		case retail.TransferShipped:
			coming = line.Expected()
		}
		if w.away > away || w.coming > coming {
			a.broken("L10", e.table, e.text, "it is %s, and its order waits for %d of %s to be sent and for %d on their way", t.State, w.away, line.SKU, w.coming)
		}
		delete(waits, line.SKU)
	}
	for sku := range waits {
		a.broken("L10", e.table, e.text, "its order waits for %s, which it does not bring", sku)
	}
	if !t.Order.IsZero() && (t.State == retail.TransferRequested) != any {
		a.broken("L10", e.table, e.text, "it is %s, and its order waits for units to be sent: %v", t.State, any)
	}
}

// bringers are the causes of the acts by which goods of an order are sent, and arrive.
func bringers(order retail.Order) []string {
	var causes []string
	for _, line := range order.Lines {
		if !line.Transfer.IsZero() {
			causes = append(causes, transferCause+line.Transfer.String())
		}
	}
	return causes
}

// proveBringers proves that each line which is brought has its transfer, between its places and for its order (L10).
func (a *audit) proveBringers(e entity, order retail.Order, found map[retail.Key]retail.Row) {
	for _, line := range order.Lines {
		key := fmt.Sprintf("%s/%d", e.text, line.Line)
		brought := !line.Transfer.IsZero()
		if brought != (line.From != "") || line.Away < 0 || line.Coming < 0 || line.Away+line.Coming > line.Quantity-line.Fulfilled-line.Cancelled ||
			line.Away > 0 && line.Coming > 0 || !brought && line.Away+line.Coming != 0 {
			a.broken("L5", orderLines, key, "%d units are to be brought from %q by %s, and %d are on their way", line.Away, line.From, line.Transfer, line.Coming)
		}
		if !brought {
			continue
		}
		t, there := found[retail.TransferKey(line.Transfer)].(retail.Transfer)
		if !there || t.Order != order.ID || t.From != line.From || t.To != line.Location || line.Method != retail.PickUp || line.SKU == "" {
			a.broken("L10", orderLines, key, "its transfer %s is not there, or brings something else", line.Transfer)
		}
	}
}

// proveBrought proves that units of an order were sent and arrived by acts of their transfers, and were given up by those that cancel or
// reject them (L5).
func (a *audit) proveBrought(e entity, acts []*act, versions []retail.Order) bool {
	for n, order := range versions {
		one := acts[n]
		for i, line := range order.Lines {
			was := line
			if n > 0 {
				if i >= len(versions[n-1].Lines) {
					continue // standsFor
				}
				was = versions[n-1].Lines[i]
			} else if was.Coming = 0; line.From != "" {
				was.Away = line.Quantity
			} else {
				was.Away = 0
			}
			if !broughtFollows(was, line, one) {
				a.broken("L5", e.table, e.text, "as version %d others were told of line %d %d units to be sent and %d on their way, after %d and %d",
					one.version, line.Line, line.Away, line.Coming, was.Away, was.Coming)
				return false
			}
		}
	}
	return true
}

// broughtFollows tells whether an act may have changed what of a line is away and on its way.
func broughtFollows(was, is retail.OrderLine, one *act) bool {
	cancelled := is.Cancelled - was.Cancelled
	mine := !is.Transfer.IsZero() && one.header().Cause == transferCause+is.Transfer.String()
	switch one.kind {
	case "UnitsSent":
		if mine {
			return is.Away == 0 && is.Coming == was.Away
		}
	case "UnitsArrived":
		if mine {
			return is.Away == was.Away && is.Coming >= 0 && is.Coming <= was.Coming
		}
	case "UnitsCancelled", "OrderExpired":
		return is.Away == max(0, was.Away-cancelled) && is.Coming == max(0, was.Coming-cancelled)
	case "UnitsRejected":
		return is.Away == max(0, was.Away-cancelled) && is.Coming == was.Coming
	}
	return is.Away == was.Away && is.Coming == was.Coming
}
