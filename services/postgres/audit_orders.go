package postgres

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// namesOfSQL reads what each of many names stands for.
const namesOfSQL = `
select k.n, t.entity from unnest($1::text[], $2::text[]) with ordinality as k(kind, value, n)
join names t on t.kind = k.kind and t.value = k.value`

// proveOrders proves of each order what its lines, taxes and payments come to, and that this is what was posted for it
// (L1, L5, L6).
func proveOrders(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page, func(row retail.Row) string { return row.(retail.Order).Location })
	if err != nil {
		return nil, err
	}
	asked := newRows([]column{{"kind", "text"}, {"value", "text"}}, false)
	for _, e := range page {
		asked.text(retail.NameOrder).text(e.row.(retail.Order).Number).end()
	}
	named, err := s.query(namesOfSQL, asked.params())
	if err != nil {
		return nil, err
	}
	return func() {
		byNumber := make([]retail.ID, len(page))
		for _, r := range named {
			byNumber[r.int8()-1] = r.id()
		}
		for i, e := range page {
			order := e.row.(retail.Order)
			if byNumber[i] != order.ID {
				a.broken("NAMES", e.table, e.text, "its number %s does not stand for it", order.Number)
			}
			a.proveLines(e, order)
			a.proveAmounts(e, order)
			a.proveOrder(e, order, acts[i])
		}
	}, nil
}

// proveLines proves the counts of each line (L5).
func (a *audit) proveLines(e entity, order retail.Order) {
	for _, line := range order.Lines {
		key := fmt.Sprintf("%s/%d", e.text, line.Line)
		switch {
		case line.Quantity <= 0:
			a.broken("L5", orderLines, key, "it is of %d units", line.Quantity)
		case line.Fulfilled < 0 || line.Cancelled < 0 || line.Returned < 0 || line.Fulfilled+line.Cancelled > line.Quantity ||
			line.Returned > line.Fulfilled:
			a.broken("L5", orderLines, key, "of %d units %d are fulfilled, %d cancelled, %d returned",
				line.Quantity, line.Fulfilled, line.Cancelled, line.Returned)
		case order.State == retail.OrderCompleted && line.Fulfilled+line.Cancelled != line.Quantity:
			a.broken("L5", orderLines, key, "of %d units %d are open, and the order is completed",
				line.Quantity, line.Quantity-line.Fulfilled-line.Cancelled)
		case line.Method != retail.CarryOut:
			a.broken("L1", orderLines, key, "%s is no method", line.Method)
		}
	}
	if len(order.Lines) == 0 {
		a.broken("L1", e.table, e.text, "it has no lines")
	}
}

// proveAmounts proves that the amounts of an order follow from each other (L6).
func (a *audit) proveAmounts(e entity, order retail.Order) {
	type rate struct {
		code string
		ppm  int32
	}
	net, tax := map[rate]int64{}, map[rate]int64{}
	for _, line := range order.Lines {
		of := rate{line.TaxCode, line.TaxPPM}
		net[of] += line.NetMinor
		tax[of] += line.TaxMinor
		discounts := int64(0)
		for _, d := range line.Discounts {
			discounts += d.AmountMinor
		}
		key, priced := fmt.Sprintf("%s/%d", e.text, line.Line), line.NetMinor
		if order.TaxIncluded {
			priced = line.GrossMinor
		}
		switch {
		case line.NetMinor+line.TaxMinor != line.GrossMinor:
			a.broken("L6", orderLines, key, "net %d and tax %d are not gross %d", line.NetMinor, line.TaxMinor, line.GrossMinor)
		case line.ListMinor-line.DiscountMinor != priced:
			a.broken("L6", orderLines, key, "%d less %d is not %d", line.ListMinor, line.DiscountMinor, priced)
		case discounts != line.DiscountMinor:
			a.broken("L6", orderLines, key, "its discounts are %d, and not %d", discounts, line.DiscountMinor)
		}
	}
	for _, t := range order.Taxes {
		of := rate{t.Code, t.PPM}
		key := fmt.Sprintf("%s/%s/%d", e.text, t.Code, t.PPM)
		due := portion(t.NetMinor, int64(t.PPM), 1_000_000)
		if order.TaxIncluded {
			due = portion(t.NetMinor+t.TaxMinor, int64(t.PPM), 1_000_000+int64(t.PPM))
		}
		switch {
		case net[of] != t.NetMinor || tax[of] != t.TaxMinor:
			a.broken("L6", orderTaxes, key, "net %d and tax %d, and the lines have %d and %d",
				t.NetMinor, t.TaxMinor, net[of], tax[of])
		case due != t.TaxMinor:
			a.broken("L6", orderTaxes, key, "of %d it is %d, and not %d", t.NetMinor, due, t.TaxMinor)
		}
		delete(net, of)
	}
	for _, line := range order.Lines {
		if _, left := net[rate{line.TaxCode, line.TaxPPM}]; left {
			a.broken("L6", orderLines, fmt.Sprintf("%s/%d", e.text, line.Line), "%s at %d ppm is no tax of the order", line.TaxCode, line.TaxPPM)
		}
	}
}

// portion is amount*part/whole to the nearest, halves away from zero: how tax is rounded, said apart from the rule.
func portion(amount, part, whole int64) int64 {
	if amount < 0 || part < 0 {
		return -1 // of nothing that a sale has
	}
	hi, lo := bits.Mul64(uint64(amount), uint64(part))
	lo, carry := bits.Add64(lo, uint64(whole)/2, 0)
	if hi += carry; hi >= uint64(whole) {
		return -1
	}
	quotient, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(quotient)
}

// proveOrder proves that what was posted for an order is what it says: entry by entry for its sale (L1), in units per SKU
// (L5), and in money to the cent, on its own account and on the others (L6).
func (a *audit) proveOrder(e entity, order retail.Order, acts []*act) {
	if !a.proveActs(e, order.Version, acts, retail.KindSale) {
		return
	}
	sale := acts[0].header
	a.proveEntries(sale, entriesOf(order))
	if !sale.OccurredAt.Equal(order.OccurredAt) || sale.Channel != order.Channel {
		a.broken("L1", transactionsTable, idText(sale.Location, sale.ID), "it happened at %s through %s, and its order at %s through %s",
			sale.OccurredAt, sale.Channel, order.OccurredAt, order.Channel)
	}
	posted, account := fold(acts, order), retail.OrderPrefix+order.ID.String()
	units, accounts := map[string]int64{}, map[string]int64{}
	gross := int64(0)
	for _, line := range order.Lines {
		units[line.SKU] += line.Fulfilled
		accounts[retail.Sales] -= worth(line.NetMinor, line)
		gross += worth(line.GrossMinor, line)
	}
	for _, t := range order.Taxes {
		accounts[retail.TaxPrefix+t.Code] -= t.TaxMinor
	}
	owed := gross
	for _, p := range order.Payments {
		switch {
		case p.Movement == retail.MovementPayment:
			accounts[retail.TenderPrefix+p.Kind] += p.AmountMinor
			owed -= p.AmountMinor
		default:
			accounts[retail.TenderPrefix+p.Kind] -= p.AmountMinor
			owed += p.AmountMinor
		}
	}
	accounts[account] = owed
	if order.State == retail.OrderCompleted && owed != 0 {
		a.broken("L6", e.table, e.text, "%d is owed, and it is completed", owed)
	}
	a.sameSums("L5", e, "units of %s: %d were handed over, and %d are fulfilled", posted.units, units)
	a.sameSums("L6", e, "%s comes to %d, and should to %d", posted.accounts, accounts)
}

// worth is the part of a line's total that its fulfilled units are worth; counts that make no sense are worth nothing.
func worth(totalMinor int64, line retail.OrderLine) int64 {
	if totalMinor < 0 || line.Fulfilled < 0 || line.Fulfilled > line.Quantity || line.Quantity == 0 {
		return 0
	}
	return retail.UnitsWorth(totalMinor, line.Quantity, 0, line.Fulfilled)
}

// folded is what the entries of some transactions come to.
type folded struct {
	units    map[string]int64 // from here to customers, by SKU
	accounts map[string]int64 // of money
}

func fold(acts []*act, order retail.Order) folded {
	f := folded{units: map[string]int64{}, accounts: map[string]int64{}}
	for _, one := range acts {
		for _, entry := range one.header.Entries {
			switch {
			case entry.To == retail.Customer:
				f.units[entry.Asset] += entry.Quantity
			case retail.KindOf(entry.From) == retail.MoneyAccount && entry.Asset == order.Currency:
				f.accounts[entry.From] -= entry.Quantity
				f.accounts[entry.To] += entry.Quantity
			}
		}
	}
	return f
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

// entriesOf is what a sale that is paid and carried out posts, said apart from the rule.
func entriesOf(o retail.Order) []retail.Entry {
	account := retail.OrderPrefix + o.ID.String()
	var entries []retail.Entry
	add := func(from, to, asset string, quantity int64) {
		if quantity != 0 {
			entries = append(entries, retail.Entry{Location: o.Location, From: from, To: to, Asset: asset, Quantity: quantity})
		}
	}
	net := int64(0)
	for _, line := range o.Lines {
		add(retail.Available, retail.Customer, line.SKU, line.Quantity)
		net += line.NetMinor
	}
	add(retail.Sales, account, o.Currency, net)
	for _, t := range o.Taxes {
		add(retail.TaxPrefix+t.Code, account, o.Currency, t.TaxMinor)
	}
	for _, p := range o.Payments {
		if p.Movement == retail.MovementPayment {
			add(account, retail.TenderPrefix+p.Kind, o.Currency, p.AmountMinor)
		} else {
			add(retail.CashTender, account, o.Currency, p.AmountMinor)
		}
	}
	return entries
}

// ordersNamedSQL reads the order that each of many names stands for, and when others were told that it was placed.
const ordersNamedSQL = `
select k.n, o.number, e.recorded_at
from unnest($1::uuid[]) with ordinality as k(id, n) join orders o on o.id = k.id
left join events e on e.shard = k.id::text and e.subject = 'order/' || k.id::text and e.version = 1`

// proveNames proves that each order number stands for an order that has it, and is one that people can type.
func proveNames(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	asked := newRows([]column{{"id", "uuid"}}, false)
	for _, e := range page {
		asked.id(e.row.(retail.Name).Entity).end()
	}
	found, err := s.query(ordersNamedSQL, asked.params())
	if err != nil {
		return nil, err
	}
	return func() {
		orders := make([]*record, len(page))
		for _, r := range found {
			orders[r.int8()-1] = r
		}
		for i, e := range page {
			name := e.row.(retail.Name)
			if name.Kind != retail.NameOrder {
				a.broken("NAMES", e.table, e.text, "%s is no kind of name", name.Kind)
				continue
			}
			if typed, right := retail.ParseOrderNumber(name.Value); !right || typed != name.Value {
				a.broken("NAMES", e.table, e.text, "its check character is wrong, or it is not written as numbers are")
			}
			switch r := orders[i]; {
			case r == nil:
				a.broken("NAMES", e.table, e.text, "the order %s is not there", name.Entity)
			case r.text() != name.Value:
				a.broken("NAMES", e.table, e.text, "the order %s has another number", name.Entity)
			case r.values[2] != nil && !r.time().Equal(name.RecordedAt):
				a.broken("NAMES", e.table, e.text, "it was given at %s, and its order placed at another time", name.RecordedAt)
			}
		}
	}, nil
}
