package postgres

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// besideOrders is what the orders of a page must agree with, each by its place in the page.
type besideOrders struct {
	acts     [][]*act
	holds    [][]retail.Hold
	invoices []map[retail.ID]retail.Invoice
	// numbered is what each order's number stands for, and cards when the number of each gift card that it sold was given.
	numbered []retail.ID
	cards    map[retail.ID]*record
	// found are its fulfilments, its uses of coupons, and its line in the history of its customer.
	found map[retail.Key]retail.Row
}

const (
	// namesOfSQL reads what each of many names stands for, and since when.
	namesOfSQL = `
select k.n, t.entity, t.recorded_at from unnest($1::text[], $2::text[]) with ordinality as k(kind, value, n)
join names t on t.kind = k.kind and t.value = k.value`

	// cardNamesSQL reads when the numbers of gift cards were given, and what they were sold by.
	cardNamesSQL = `
select t.entity, min(t.recorded_at), b.card_kind, b.card_months, b.card_renewed
from unnest($1::uuid[]) as k(id) join names t on t.kind = 'gift_card' and t.entity = k.id
left join balances b on b.account = 'gift_card/' || k.id::text
group by t.entity, b.card_kind, b.card_months, b.card_renewed`
)

var invoicesOfOrdersSQL = "select k.n, " + prefixed(invoices.table.columns) + `
from unnest($1::uuid[]) with ordinality as k(id, n) join invoices t on t.order_id = k.id`

// proveOrders proves of each order what its lines, taxes and payments come to, and that each of its acts posted and documented
// what it did (L1, L5, L6, L7).
func proveOrders(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	beside, err := s.besideOrders(page)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			order := e.row.(retail.Order)
			if beside.numbered[i] != order.ID {
				a.broken("NAMES", e.table, e.text, "its number %s does not stand for it", order.Number)
			}
			a.proveLines(e, order)
			a.proveAmounts(e, order)
			a.proveOrder(e, order, i, beside)
		}
	}, nil
}

func (s *snapshot) besideOrders(page []entity) (b besideOrders, err error) {
	ids, of := make([]retail.ID, len(page)), newAsked()
	numbers := newRows([]column{{"kind", "text"}, {"value", "text"}}, false)
	cards := map[retail.ID]bool{}
	var refs []referred
	for i, e := range page {
		order := e.row.(retail.Order)
		ids[i], of.orders[order.ID] = order.ID, true
		numbers.text(retail.NameOrder).text(order.Number).end()
		for _, line := range order.Lines {
			if id, card := causeID(line.Account, retail.GiftCardPrefix); card {
				cards[id] = true
			}
			if !line.Fulfilment.IsZero() {
				refs = append(refs, referred{key: retail.FulfilmentKey(line.Location, line.Fulfilment)})
			}
			if !line.Transfer.IsZero() {
				refs = append(refs, referred{key: retail.TransferKey(line.Transfer)})
			}
		}
		refs = append(refs, couponRefs(order)...)
		if !order.Customer.IsZero() {
			refs = append(refs, referred{key: retail.PurchaseKey(order.Customer, retail.PurchaseOrder, order.ID)})
		}
	}
	if b.acts, err = s.acts(page); err != nil {
		return b, err
	}
	places, err := s.around(of)
	if err != nil {
		return b, err
	}
	err = s.book(b.acts, func(i int) map[string]bool { return places.orders[ids[i]].books })
	if err != nil {
		return b, err
	}
	if b.holds, err = s.holdsOf(ids); err != nil {
		return b, err
	}
	if b.invoices, err = s.invoicesOf(ids); err != nil {
		return b, err
	}
	if b.found, err = s.existing(refs); err != nil {
		return b, err
	}
	b.cards = map[retail.ID]*record{}
	if err := s.ofIDs(cardNamesSQL, cards, func(r *record) { b.cards[r.id()] = r }); err != nil {
		return b, err
	}
	b.numbered = make([]retail.ID, len(page))
	named, err := s.query(namesOfSQL, numbers.params())
	for _, r := range named {
		b.numbered[r.int8()-1] = r.id()
	}
	return b, err
}

// invoicesOf reads the documents of orders.
func (s *snapshot) invoicesOf(orders []retail.ID) ([]map[retail.ID]retail.Invoice, error) {
	asked := newRows([]column{{"id", "uuid"}}, false)
	all := make([]map[retail.ID]retail.Invoice, len(orders))
	for i, id := range orders {
		asked.id(id).end()
		all[i] = map[retail.ID]retail.Invoice{}
	}
	found, err := s.query(invoicesOfOrdersSQL, asked.params())
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		n := r.int8() - 1
		if invoice, err := readInvoice(r); err == nil { // one that can't be read is found at its own table
			all[n][invoice.ID] = invoice
		}
	}
	return all, nil
}

// proveLines proves the counts of each line (L5).
func (a *audit) proveLines(e entity, order retail.Order) {
	for _, line := range order.Lines {
		key := fmt.Sprintf("%s/%d", e.text, line.Line)
		carried := line.Method == retail.CarryOut
		switch {
		case line.Quantity <= 0:
			a.broken("L5", orderLines, key, "it is of %d units", line.Quantity)
		case line.Fulfilled < 0 || line.Cancelled < 0 || line.Returned < 0 || line.Fulfilled+line.Cancelled > line.Quantity ||
			line.Returned > line.Fulfilled:
			a.broken("L5", orderLines, key, "of %d units %d are fulfilled, %d cancelled, %d returned",
				line.Quantity, line.Fulfilled, line.Cancelled, line.Returned)
		case line.Rejected < 0 || line.Rejected > line.Cancelled:
			a.broken("L5", orderLines, key, "of %d units that are cancelled %d are rejected", line.Cancelled, line.Rejected)
		case carried && line.Fulfilled != line.Quantity:
			a.broken("L5", orderLines, key, "of %d units that were carried out %d are fulfilled", line.Quantity, line.Fulfilled)
		case !carried && line.Method != retail.PickUp && line.Method != retail.Ship:
			a.broken("L1", orderLines, key, "%s is no method", line.Method)
		case carried != line.Fulfilment.IsZero():
			a.broken("L1", orderLines, key, "%s by the fulfilment %s", line.Method, line.Fulfilment)
		}
	}
	if len(order.Lines) == 0 {
		a.broken("L1", e.table, e.text, "it has no lines")
	}
}

// proveOrder proves the acts of an order: that each posted what it did (L1), that they come to its counts (L5) and to the cent
// to what is owed (L6), and that there is a document for each that wants one (L7).
func (a *audit) proveOrder(e entity, order retail.Order, i int, beside besideOrders) {
	_, name := toldAs(order.Key())
	acts := beside.acts[i]
	if !a.proveActs(e, order.Version, acts, append(bringers(order), name)...) {
		return
	}
	versions, readable := bodies[retail.Order](a, acts)
	if !readable {
		return
	}
	older := olderOrders(versions)
	a.proveFulfilments(e, order, beside.found)
	a.proveBringers(e, order, beside.found)
	a.proveCards(e, order, acts[0], beside.cards)
	if !older {
		purchase := retail.Purchase{Kind: retail.PurchaseOrder, Location: order.Location, OccurredAt: order.OccurredAt}
		a.provePurchase(e, beside.found, order.Customer, order.ID, purchase, acts[0].recordedAt)
	}
	if !a.proveVersions(e, acts, versions) || !a.proveBrought(e, acts, versions) {
		return
	}
	for n, one := range acts {
		if charts[one.act()].cause == retail.OrderPrefix { // the others are proved with their returns
			want := postings{}
			if n == 0 {
				want.placed(versions[0], beside.holds[i])
			} else {
				want.changed(versions[n-1], versions[n])
			}
			a.provePostings(one, want)
			a.proveChannel(one, versions[n])
		}
	}
	a.proveIntents(e, acts, versions)
	a.provePayLink(e, acts, versions)
	a.proveCoupons(e, order, acts, versions, beside.found)
	a.proveState(e, order, acts)
	a.proveSums(e, order, acts)
	if !older {
		a.proveDocuments(e, order, acts, versions, beside.invoices[i])
	}
}

// proveChannel proves that a sale says when and through which channel as its order does (L1). What is done to it later comes by whatever
// channel it comes.
func (a *audit) proveChannel(one *act, order retail.Order) {
	h := one.header()
	key := idText(h.Location, h.ID)
	if h.Kind == retail.KindSale && h.Channel != order.Channel {
		a.broken("L1", transactionsTable, key, "it came through the channel %s, and its order through %s", h.Channel, order.Channel)
	}
	if h.Kind == retail.KindSale && !h.OccurredAt.Equal(order.OccurredAt) {
		a.broken("L1", transactionsTable, key, "it happened at %s, and its order at %s", h.OccurredAt, order.OccurredAt)
	}
}

// proveState proves that the state of an order follows from its counts (L5).
func (a *audit) proveState(e entity, order retail.Order, acts []*act) {
	open, handed := false, false
	for _, line := range order.Lines {
		open = open || line.Fulfilled+line.Cancelled < line.Quantity
		handed = handed || line.Fulfilled > 0
	}
	expired := slices.ContainsFunc(acts, func(one *act) bool { return one.kind == "OrderExpired" })
	want := retail.OrderCancelled
	switch {
	case open && order.State == retail.OrderPendingPayment && !order.PayBy.IsZero():
		want = retail.OrderPendingPayment
		if owed := owed(order, false); owed <= secured(order) {
			a.broken("L6", e.table, e.text, "%d is owed, and it waits for payment", owed)
		}
	case open:
		want = retail.OrderConfirmed
	case handed:
		want = retail.OrderCompleted
	case expired:
		want = retail.OrderExpired
	}
	if order.State != want {
		a.broken("L5", e.table, e.text, "it is %s, and by the counts of its lines %s", order.State, want)
	}
}

// owed is what the customer owes: of units that were handed over, or of all that are not cancelled, less those that came back,
// and of the movements of money.
func owed(order retail.Order, handedOver bool) int64 {
	sum := int64(0)
	for _, line := range order.Lines {
		until := line.Quantity - line.Cancelled
		if handedOver {
			until = line.Fulfilled
		}
		gross, _ := worth(line, line.Returned, until)
		sum += gross
	}
	for _, m := range order.Payments {
		if raises[m.Movement] {
			sum += m.AmountMinor
		} else {
			sum -= m.AmountMinor
		}
	}
	return sum
}

// proveSums proves that the acts of an order come to its counts, in units per SKU (L5), and that its account comes to what is
// owed, over all books and to the cent (L6). An exchange takes back of one order and hands over of another in one transaction.
func (a *audit) proveSums(e entity, order retail.Order, acts []*act) {
	out, back := map[string]int64{}, map[string]int64{}
	account, sum := orderAccount(order), int64(0)
	for n, one := range acts {
		for _, h := range one.headers {
			for _, entry := range h.Entries {
				switch {
				case entry.To == retail.Customer && (n == 0 || h.Kind != retail.KindExchange):
					out[entry.Asset] += entry.Quantity
				case entry.From == retail.Customer && n > 0:
					back[entry.Asset] += entry.Quantity
				case entry.From == account:
					sum -= entry.Quantity
				case entry.To == account:
					sum += entry.Quantity
				}
			}
		}
	}
	fulfilled, returned := map[string]int64{}, map[string]int64{}
	for _, line := range order.Lines {
		if line.SKU != "" {
			fulfilled[line.SKU] += line.Fulfilled
			returned[line.SKU] += line.Returned
		}
	}
	a.sameSums("L5", e, "units of %s: %d were handed over, and %d are fulfilled", out, fulfilled)
	a.sameSums("L5", e, "units of %s: %d came back, and %d are returned", back, returned)
	if owed := owed(order, true); sum != owed {
		a.broken("L6", e.table, e.text, "its account comes to %d, and %d is owed", sum, owed)
	}
}

// sameSums compares two sums by name.
func (a *audit) sameSums(invariant string, e entity, format string, got, want map[string]int64) {
	for name := range want {
		if _, both := got[name]; !both {
			got[name] = 0
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if got[name] != want[name] {
			a.broken(invariant, e.table, e.text, format, name, got[name], want[name])
		}
	}
}
