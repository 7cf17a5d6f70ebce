package retail

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// cut is how much of a total the first units of all are worth, rounded down; by fractions, and not by the code of the rules.
func cut(total, first, all int64) int64 {
	if all == 0 {
		return 0
	}
	product := new(big.Int).Mul(big.NewInt(total), big.NewInt(first))
	return product.Quo(product, big.NewInt(all)).Int64()
}

// upTo is what the first units of a line are worth: gross by units, tax by the cents of that gross, net the rest.
func upTo(l OrderLine, units int64) (net, tax, gross int64) {
	gross = cut(l.GrossMinor, units, l.Quantity)
	tax = cut(l.TaxMinor, gross, l.GrossMinor)
	return gross - tax, tax, gross
}

// between is what units from (included) to until (excluded) of a line are worth.
func between(l OrderLine, from, until int64) (net, tax, gross int64) {
	n1, t1, g1 := upTo(l, from)
	n2, t2, g2 := upTo(l, until)
	return n2 - n1, t2 - t1, g2 - g1
}

// auditOrders proves L5: of every line what was ordered is open, handed over or cancelled, and what left and came back over all
// channels together is what lines and returns say.
func auditOrders(t rapid.TB, b books, k kept, headers []Header) {
	t.Helper()
	gone := map[Key]int64{} // to customers, by where from
	back := map[ID]map[int32]int64{}
	for _, r := range k.returns {
		back[r.Order] = auditReturn(t, r, gone, back[r.Order])
	}
	delete(back, ID{}) // what came back without a receipt is of no order
	for _, o := range k.orders {
		open, handed := false, false
		for _, l := range o.Lines {
			if l.Open() < 0 || min(l.Fulfilled, l.Cancelled, l.Returned) < 0 || l.Returned > l.Fulfilled || l.Returned != back[o.ID][l.Line] {
				t.Fatalf("L5: line %d of order %s, of which %d came back: %+v", l.Line, o.Number, back[o.ID][l.Line], l)
			}
			if l.SKU != "" {
				gone[LevelKey(l.Location, l.SKU)] += l.Fulfilled
			}
			open, handed = open || l.Fulfilled+l.Cancelled < l.Quantity, handed || l.Fulfilled > 0
		}
		auditState(t, o, open, handed, k)
	}
	for key, units := range b.units {
		if units["customer"] != gone[key] {
			t.Fatalf("L5: %d of %+v went to customers, by the lines of orders and returns %d", units["customer"], key, gone[key])
		}
		delete(gone, key)
	}
	for key, units := range gone {
		if units != 0 {
			t.Fatalf("L5: %d of %+v are said to have left, and no entry says so", units, key)
		}
	}
	auditPlacing(t, k.orders, headers)
}

// auditReturn takes what came back off what went, and adds it to what came back of each line.
func auditReturn(t rapid.TB, r Return, gone map[Key]int64, back map[int32]int64) map[int32]int64 {
	t.Helper()
	if back == nil {
		back = map[int32]int64{}
	}
	for _, l := range r.Lines {
		units := l.Units.Until - l.Units.From
		if units <= 0 || l.NetMinor+l.TaxMinor != l.GrossMinor || min(l.NetMinor, l.TaxMinor) < 0 {
			t.Fatalf("L5: return %+v", l)
		}
		if l.SKU != "" {
			gone[LevelKey(r.Location, l.SKU)] -= units
		}
		back[l.Units.Line] += units
	}
	return back
}

// auditState checks that an order's state, and those of its fulfilments, are what its counts say.
func auditState(t rapid.TB, o Order, open, handed bool, k kept) {
	t.Helper()
	states := map[bool][]OrderState{true: {"PENDING_PAYMENT", "CONFIRMED"}, false: {"CANCELLED", "EXPIRED"}}[open]
	if !open && handed {
		states = []OrderState{"COMPLETED"}
	}
	if !slices.Contains(states, o.State) || (o.State == "PENDING_PAYMENT") && o.PayBy.IsZero() {
		t.Fatalf("order %s is %s, and not one of %v: %+v", o.Number, o.State, states, o)
	}
	for _, f := range k.works {
		if f.Order != o.ID {
			continue
		}
		of := func(l OrderLine) bool { return l.Fulfilment == f.ID }
		opens := slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return of(l) && l.Open() > 0 })
		gave := slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return of(l) && l.Fulfilled > 0 })
		ends := map[FulfilmentState]bool{"COLLECTED": gave, "SHIPPED": gave, "DELIVERED": gave, "CANCELLED": !gave, "EXPIRED_NO_SHOW": true, "REFUSED_BY_CUSTOMER": !gave, "REJECTED": !gave,
			"LOST": gave, "RETURNED_TO_SENDER": gave}
		waits := slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return of(l) && l.Away+l.Coming > 0 })
		if waits != (f.State == "AWAITING_TRANSFER") {
			t.Fatalf("fulfilment %+v of order %+v, whose goods are to be brought: %v", f, o, waits)
		}
		lawful, ended := ends[f.State]
		if !slices.ContainsFunc(o.Lines, of) || ended == opens || ended && !lawful {
			t.Fatalf("fulfilment %+v of order %+v", f, o)
		}
	}
}

// auditPlacing checks that the sale of an order happened when and where the order says.
func auditPlacing(t rapid.TB, orders []Order, headers []Header) {
	t.Helper()
	placed := map[string]Header{}
	for _, h := range headers {
		if h.Kind == KindSale && placed[h.Cause].ID.IsZero() {
			placed[h.Cause] = h
		}
	}
	for _, o := range orders {
		h, sold := placed["order/"+o.ID.String()]
		if sold && (!h.OccurredAt.Equal(o.OccurredAt) || h.Channel != o.Channel || h.Location != o.Location) {
			t.Fatalf("order %s happened at %s in %s, and its transaction is %+v", o.Number, o.OccurredAt, o.Channel, h)
		}
	}
}

// ways say for each movement of money what it adds to what the customer owes, and the account where no tender names it.
var ways = map[Movement]struct {
	sign    int64
	account string
}{
	"PAYMENT": {-1, ""}, "CHANGE": {1, ""}, "REFUND": {1, ""}, "FEE": {1, "fees"}, "GOODWILL": {-1, "goodwill"}, "LOSS": {-1, "loss"},
	"ROUNDED_DOWN": {-1, "rounding"}, "ROUNDED_UP": {1, "rounding"},
}

// paper are accounts of money, by book and currency, as orders and returns say they must be.
type paper map[[2]string]map[string]int64

func (p paper) add(place, currency, account string, minor int64) {
	book := [2]string{place, currency}
	if p[book] == nil {
		p[book] = map[string]int64{}
	}
	p[book][account] += minor
}

// moved books a movement of money on the far side of an order's account, and says what it adds to that.
func (p paper) moved(t rapid.TB, book, currency string, m Payment) int64 {
	t.Helper()
	way, known := ways[m.Movement]
	if !known || m.AmountMinor <= 0 || m.Location == book {
		t.Fatalf("L6: %+v in the book of %s", m, book)
	}
	account := way.account
	switch {
	case account != "":
	case m.Account != "":
		account = m.Account
	default:
		account = "tender/" + m.Kind
	}
	added := way.sign * m.AmountMinor
	if m.Location == "" {
		p.add(book, currency, account, -added)
		return added
	}
	p.add(m.Location, currency, account, -added)
	p.add(m.Location, currency, "settlement/"+book, added)
	p.add(book, currency, "settlement/"+m.Location, -added)
	return added
}

// auditMoney proves L6: the account of each order holds what is owed, and every other cent is in an account that says why.
func auditMoney(t rapid.TB, b books, k kept, headers []Header) {
	t.Helper()
	want := paper{}
	for _, o := range k.orders {
		balance, owed, paid := int64(0), int64(0), int64(0)
		for _, l := range o.Lines {
			net, tax, gross := upTo(l, l.Fulfilled)
			netBack, taxBack, grossBack := upTo(l, l.Returned)
			sold, returned := "sales", "sales_returns"
			if l.Account != "" {
				sold, returned = l.Account, l.Account
			}
			book := o.Location
			if l.Issuer != "" { // the card is owed there, and here is what was paid for it
				book = l.Issuer
				want.add(book, o.Currency, "settlement/"+o.Location, net-netBack)
				want.add(o.Location, o.Currency, "settlement/"+book, netBack-net)
			}
			want.add(book, o.Currency, sold, -net)
			want.add(book, o.Currency, returned, netBack)
			want.add(o.Location, o.Currency, "tax/"+l.TaxCode, taxBack-tax)
			balance += gross - grossBack
			_, _, still := between(l, l.Fulfilled, l.Quantity-l.Cancelled)
			owed += still
		}
		for _, p := range o.Payments {
			added := want.moved(t, o.Location, o.Currency, p)
			balance += added
			if p.Kind != "" {
				paid -= added
			}
		}
		want.add(o.Location, o.Currency, "order/"+o.ID.String(), balance)
		auditOwed(t, o, balance, balance+owed, paid)
	}
	for _, r := range k.returns {
		if r.Order.IsZero() {
			want.blind(t, r)
		}
	}
	for _, h := range headers {
		for _, e := range h.Entries {
			if (h.Kind == KindCash || h.Kind == KindBreakage) && !countsUnits(e.From) {
				want.add(e.Location, e.Asset, e.From, -e.Quantity)
				want.add(e.Location, e.Asset, e.To, e.Quantity)
			}
		}
	}
	if diff := difference(nonZero(want), nonZero(b.money)); diff != "" {
		t.Fatalf("L6: the money accounts differ from the orders (-orders +entries):\n%s", diff)
	}
}

// auditOwed checks what an order says is owed against paper, and that nobody ever gets more than was paid.
func auditOwed(t rapid.TB, o Order, balance, owed, paid int64) {
	t.Helper()
	if o.Balance() != balance || o.Owed() != owed {
		t.Fatalf("L6: order %s says %d and %d, on paper it is %d and %d", o.Number, o.Balance(), o.Owed(), balance, owed)
	}
	if paid < 0 {
		t.Fatalf("L6: of order %s %d more was given back than was paid: %+v", o.Number, -paid, o.Payments)
	}
	lent := int64(0) // what goods may leave for before it is paid: what a provider said that it keeps
	for _, i := range o.Intents {
		if i.Steps > 1 || i.Step == "" && i.State != "DECLINED" {
			lent += i.AmountMinor
		}
	}
	if balance > lent {
		t.Fatalf("L6: order %s was handed over, and %d is not paid", o.Number, balance)
	}
	auditIntents(t, o, balance, owed)
	ended := o.State == "COMPLETED" || o.State == "CANCELLED" || o.State == "EXPIRED"
	if ended && (balance < 0 || balance > lent) {
		t.Fatalf("L6: order %s has ended as %s, and %d is left on it", o.Number, o.State, balance)
	}
}

// blind books what came back without a receipt.
func (p paper) blind(t rapid.TB, r Return) {
	t.Helper()
	left := int64(0)
	for _, l := range r.Lines {
		returned := "sales_returns"
		if l.Account != "" {
			returned = l.Account
		}
		p.add(r.Book, r.Currency, returned, l.NetMinor)
		p.add(r.Book, r.Currency, "tax/"+l.TaxCode, l.TaxMinor)
		left -= l.GrossMinor
	}
	for _, refund := range r.Refunds {
		left += p.moved(t, r.Book, r.Currency, refund)
	}
	if left != 0 {
		t.Fatalf("L6: of return %s %d is left", r.ID, left)
	}
}

// nonZero leaves out accounts that came back to nothing, those of what goods cost, which auditValue proves, and books without any.
func nonZero(all map[[2]string]map[string]int64) map[[2]string]map[string]int64 {
	kept := map[[2]string]map[string]int64{}
	for book, accounts := range all {
		accounts = maps.Clone(accounts)
		maps.DeleteFunc(accounts, func(account string, sum int64) bool {
			return sum == 0 || ofValue(account) || strings.HasPrefix(account, "transit/")
		})
		if len(accounts) > 0 {
			kept[book] = accounts
		}
	}
	return kept
}
