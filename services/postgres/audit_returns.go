package postgres

import (
	"reflect"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// besideReturns is what the returns of a page must agree with, each by its place in the page.
type besideReturns struct {
	acts [][]*act
	// before and after are what others were told of its order by the version before the return and by that of the return; placed
	// is what they were told of the order that left in exchange.
	before, after, placed [][]byte
	holds                 [][]retail.Hold
	found                 map[retail.Key]retail.Row
}

// returnedSQL reads what others were told of the order of each of many returns, in the version that its transaction made and in
// the one before.
const returnedSQL = `
select k.n, p.body, e.body
from unnest($1::uuid[], $2::uuid[], $3::int8[]) as k(id, transaction_id, n)
join events e on e.shard = k.id::text and e.subject = 'order/' || k.id::text and e.transaction_id = k.transaction_id
left join events p on p.shard = k.id::text and p.subject = 'order/' || k.id::text and p.version = e.version - 1`

// proveReturns proves that each return posted what it says, all that its transaction posted, and that its order and its documents
// say the same (L1, L5, L6, L7).
func proveReturns(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	b, err := s.besideReturns(page)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveReturn(e, e.row.(retail.Return), i, b)
		}
	}, nil
}

func (s *snapshot) besideReturns(page []entity) (b besideReturns, err error) {
	of, exchanges := newAsked(), make([]retail.ID, len(page))
	var refs []referred
	for i, e := range page {
		r := e.row.(retail.Return)
		of.returns[r.ID], exchanges[i] = true, r.Exchange
		for _, invoice := range r.Invoices {
			refs = append(refs, referred{key: retail.InvoiceKey(r.Book, invoice)})
		}
		if !r.Request.IsZero() {
			refs = append(refs, referred{key: retail.ReturnRequestKey(r.Request)})
		}
		if !r.Customer.IsZero() {
			refs = append(refs, referred{key: retail.PurchaseKey(r.Customer, retail.PurchaseReturn, r.ID)})
		}
	}
	if b.acts, err = s.acts(page); err != nil {
		return b, err
	}
	places, err := s.around(of)
	if err != nil {
		return b, err
	}
	err = s.book(b.acts, func(i int) map[string]bool {
		return places.books(returnCause + page[i].row.(retail.Return).ID.String())
	})
	if err != nil {
		return b, err
	}
	if b.holds, err = s.holdsOf(exchanges); err != nil {
		return b, err
	}
	if b.found, err = s.existing(refs); err != nil {
		return b, err
	}
	b.before, b.after, b.placed = make([][]byte, len(page)), make([][]byte, len(page)), make([][]byte, len(page))
	asked := newRows([]column{{"id", "uuid"}, {"transaction", "uuid"}, {"n", "int8"}}, false)
	for i, e := range page {
		r := e.row.(retail.Return)
		for side, order := range []retail.ID{r.Order, r.Exchange} {
			if !order.IsZero() && len(b.acts[i]) > 0 {
				asked.id(order).id(b.acts[i][0].transaction).int8(int64(2*i + side)).end()
			}
		}
	}
	found, err := s.query(returnedSQL, asked.params())
	for _, r := range found {
		if n := r.int8(); n%2 == 0 {
			b.before[n/2], b.after[n/2] = r.next(), r.next()
		} else {
			r.next()
			b.placed[n/2] = r.next()
		}
	}
	return b, err
}

func (a *audit) proveReturn(e entity, r retail.Return, i int, b besideReturns) {
	_, name := toldAs(r.Key())
	acts := b.acts[i]
	purchase := retail.Purchase{Kind: retail.PurchaseReturn, Location: r.Book, OccurredAt: r.OccurredAt}
	a.provePurchase(e, b.found, r.Customer, r.ID, purchase, r.RecordedAt)
	asked, _ := b.found[retail.ReturnRequestKey(r.Request)].(retail.ReturnRequest)
	if !r.Request.IsZero() && !slices.Contains(asked.Returns, r.ID) {
		a.broken("L5", e.table, e.text, "the request %s by which it came does not name it", r.Request)
	}
	if !a.proveActs(e, r.Version, acts, name) {
		return
	}
	one := acts[0]
	h := one.header()
	if r.Version != 1 || (h.Kind == retail.KindExchange) == r.Exchange.IsZero() || !h.OccurredAt.Equal(r.OccurredAt) ||
		len(r.Lines) == 0 {
		a.broken("L1", e.table, e.text, "it happened at %s, and a %s at %s is for it", r.OccurredAt, h.Kind, h.OccurredAt)
	}
	gone := h.Reason != ""
	for _, l := range r.Lines {
		if missing := l.Disposition == retail.Lost || l.Disposition == retail.Kept; missing != gone || missing && l.Disposition != r.Lines[0].Disposition {
			a.broken("L1", e.table, e.text, "what is lost or kept is so for a reason, and nothing else comes back for one: %q", h.Reason)
			break
		}
	}
	want, channel := postings{}, r.Channel // none: whatever its key came by
	want.cameBack(r)
	var issued []retail.ID
	if r.Order.IsZero() {
		want.blind(r)
		issued = a.proveBlind(e, r, one, b.found)
	} else {
		versions, readable := bodies[retail.Order](a, []*act{
			{transaction: one.transaction, kind: "OrderReturned", body: b.before[i]},
			{transaction: one.transaction, kind: "OrderReturned", body: b.after[i]},
		})
		if !readable {
			return
		}
		olderOrders(versions)
		if !follows(versions[0], versions[1]) {
			return // it is found with the order
		}
		want.changed(versions[0], versions[1])
		if channel == versions[0].Channel {
			channel = "" // it may be what did not arrive, which is its order's and comes by whoever says so
		}
		issued = a.proveReturned(e, r, asked, versions[0], versions[1])
	}
	if !r.Exchange.IsZero() {
		placed, readable := bodies[retail.Order](a, []*act{{transaction: one.transaction, kind: "OrderPlaced", body: b.placed[i]}})
		if !readable {
			return
		}
		want.placed(placed[0], b.holds[i])
		channel = placed[0].Channel
	}
	if channel != "" && h.Channel != channel {
		a.broken("L1", transactionsTable, idText(h.Location, h.ID), "it came through the channel %s, and not through %s",
			h.Channel, channel)
	}
	if !slices.Equal(r.Invoices, issued) {
		a.broken("L7", e.table, e.text, "it names other documents than correct what came back")
	}
	a.provePostings(one, want)
}

// proveReturned proves that a return says of units what its order does, and returns the documents that the order got by it.
func (a *audit) proveReturned(e entity, r retail.Return, asked retail.ReturnRequest, before, after retail.Order) []retail.ID {
	if r.Book != after.Location || r.Customer != after.Customer || r.Currency != after.Currency {
		a.broken("L1", e.table, e.text, "it is not in the book, the name or the currency of its order")
	}
	_, returned := grown(before, after)
	aside := []retail.Reason{}
	for _, line := range r.Lines {
		var back bool
		if returned, back = without(returned, line.Units); !back {
			a.broken("L5", e.table, e.text, "%s did not come back to its order", unitsText(line.Units))
			continue
		}
		of := after.Lines[line.Units.Line-1]
		if reason := setAside(after, of, line, r, asked); reason != "" && !slices.Contains(aside, reason) {
			aside = append(aside, reason)
		}
		gross, tax := worth(of, line.Units.From, line.Units.Until)
		want := retail.ReturnLine{
			Units: line.Units, SKU: of.SKU, Account: of.Account, Description: of.Description, Disposition: line.Disposition, Reason: line.Reason,
			Condition: line.Condition,
			NetMinor:  gross - tax, TaxMinor: tax, GrossMinor: gross, TaxCode: of.TaxCode, TaxPPM: of.TaxPPM,
		}
		if line != want {
			a.broken("L6", e.table, e.text, "%s are worth something else", unitsText(line.Units))
		}
	}
	// Of an exchange it is not proved how much of the cash paid for what left, nor is there a counter where goods come by post.
	if beyond := beyondCash(before.Refund.CashMaxMinor, r); beyond && (r.Exchange.IsZero() || slices.Contains(r.Overrides, retail.CashLimit)) {
		aside = append(aside, retail.CashLimit)
	}
	if r.Overrides != nil && !slices.Equal(r.Overrides, aside) {
		a.broken("L1", e.table, e.text, "it says that %q of the policy was set aside, and it was %q", r.Overrides, aside)
	}
	if len(returned) > 0 {
		a.broken("L5", e.table, e.text, "%s came back to its order, and not by it", unitsText(returned[0]))
	}
	if moved := after.Payments[len(before.Payments):]; !alike(reflect.ValueOf(moved), reflect.ValueOf(r.Refunds)) {
		a.broken("L6", e.table, e.text, "it gave back otherwise than its order says")
	}
	var issued []retail.ID
	for _, doc := range after.Documents[len(before.Documents):] {
		issued = append(issued, doc.Invoice)
	}
	return issued
}

// keptQuiet is how long ago a till may say that goods came back.
const keptQuiet = 72 * time.Hour

// setAside is the reason for which the policy of the sale does not take back units that a return says came back, by post as of when they were asked
// for, and in any condition where nobody looked before; empty: it does.
func setAside(
	order retail.Order, line retail.OrderLine, back retail.ReturnLine, r retail.Return, request retail.ReturnRequest,
) retail.Reason {
	brought := r.OccurredAt
	if earliest := r.RecordedAt.Add(-keptQuiet); brought.Before(earliest) {
		brought = earliest
	}
	if !r.Request.IsZero() {
		brought = request.AskedAt
	}
	better := map[string]int{"USED": 1, "UNUSED": 2, "SEALED": 3, "IDENTIFIED": 1, "RECEIPT": 2}
	asked, first := line.ReturnTerms, firstOut(order, back.Units)
	switch {
	case first.IsZero(): // nothing says since when
	case line.ReturnDays == 0:
		return retail.FinalSale
	case brought.After(first.AddDate(0, 0, int(line.ReturnDays))) && brought.After(asked.UntilAtLeast):
		return retail.ReturnWindowClosed
	case better[string(back.Condition)] < better[string(asked.Condition)] && (r.Request.IsZero() || request.Refund != retail.RefundOnReceipt):
		return retail.ReturnCondition
	case better[string(r.Proof)] < better[string(asked.Proof)]:
		return retail.ProofMissing
	}
	return ""
}

// beyondCash tells whether a return over a counter gave more back in cash than one return does; 0: than any amount.
func beyondCash(mostMinor int64, r retail.Return) bool {
	cash := int64(0)
	for _, p := range r.Refunds {
		if p.Kind == retail.Cash {
			cash += p.AmountMinor
		}
	}
	return mostMinor > 0 && cash > mostMinor && r.Request.IsZero()
}

// firstOut is when the first of some units of an order was handed over; zero: nothing says so.
func firstOut(order retail.Order, units retail.UnitRange) (first time.Time) {
	for _, doc := range order.Documents {
		if doc.Kind.Rectifies() || doc.Kind == retail.InvoiceFullReplacingSimplified || !first.IsZero() && !doc.OccurredAt.Before(first) {
			continue
		}
		meets := func(of retail.UnitRange) bool {
			return of.Line == units.Line && max(of.From, units.From) < min(of.Until, units.Until)
		}
		if slices.ContainsFunc(doc.Units, meets) {
			first = doc.OccurredAt
		}
	}
	return first
}

// proveBlind proves that goods without a receipt were paid for to the cent (L6), and that one document says what the return does
// (L7). It returns that document.
func (a *audit) proveBlind(e entity, r retail.Return, one *act, found map[retail.Key]retail.Row) []retail.ID {
	left := int64(0)
	for _, m := range r.Refunds {
		if raises[m.Movement] {
			left += m.AmountMinor
		} else {
			left -= m.AmountMinor
		}
	}
	var lines []retail.InvoiceLine
	for _, line := range r.Lines {
		left -= line.GrossMinor
		if line.NetMinor+line.TaxMinor != line.GrossMinor {
			a.broken("L6", e.table, e.text, "net %d and tax %d are not gross %d", line.NetMinor, line.TaxMinor, line.GrossMinor)
		}
		lines = append(lines, retail.InvoiceLine{
			UnitRange: line.Units, SKU: line.SKU, Description: line.Description, NetMinor: line.NetMinor, TaxMinor: line.TaxMinor,
			GrossMinor: line.GrossMinor, TaxCode: line.TaxCode, TaxPPM: line.TaxPPM,
		})
	}
	if r.Overrides != nil {
		a.broken("L1", e.table, e.text, "without a receipt there is no policy to be set aside: %q", r.Overrides)
	}
	if left != 0 || r.Book != r.Location {
		a.broken("L6", e.table, e.text, "%d more was given back than came back, in the book of %s", left, r.Book)
	}
	if len(r.Invoices) != 1 {
		return nil
	}
	i, there := found[retail.InvoiceKey(r.Book, r.Invoices[0])].(retail.Invoice)
	if !there || i.Kind != retail.InvoiceRectificativeSimplified || !i.Order.IsZero() || i.Return != r.ID || !i.Original.IsZero() ||
		i.OriginalNumber != "" || i.Transaction != one.transaction || i.Customer != r.Customer || i.Currency != r.Currency ||
		!i.OccurredAt.Equal(r.OccurredAt) || !i.IssuedAt.Equal(r.RecordedAt) || i.Buyer != nil || !slices.Equal(i.Lines, lines) {
		a.broken("L7", e.table, e.text, "the document %s is not there, or says otherwise", r.Invoices[0])
		return r.Invoices
	}
	a.proveInvoiceTaxes(i, idText(i.Location, i.ID))
	return r.Invoices
}
