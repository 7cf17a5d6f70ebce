package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Exchange takes goods back and sells others, in one act. What would be given back pays for what leaves, tender by tender, so
// that the new order carries what the customer paid by; the difference is paid, or given back.
type Exchange struct {
	Return AcceptReturn
	Sale   PlaceOrder
	// Swaps are the lines of the sale that cost what units which come back were worth, and not what their product costs now.
	Swaps []Swap
}

// Swap is a line of a sale that is the same product as units that come back, in any size and colour. It costs what these were worth at
// their sale, to the cent and with tax, of which today's rate says how much of it is tax; so it is even, whatever became of the price.
type Swap struct {
	// Line is that of the sale, and For that of the order of which units come back, both from 1.
	Line, For int32
	// Product is what the one belongs to, and Of what the other does, as the catalogue has them; empty: it does not have it.
	Product, Of string
}

// Swapping marks the lines of a basket that are swapped.
func (b Basket) Swapping(swaps []Swap) (Basket, error) {
	b.Lines = slices.Clone(b.Lines)
	for i, swap := range swaps {
		if swap.Line < 1 || int(swap.Line) > len(b.Lines) {
			return b, RefuseField(InvalidRequest, fmt.Sprintf("swaps[%d].sale_line", i), "there is no line %d of the sale", swap.Line)
		}
		b.Lines[swap.Line-1].Swapped = true
	}
	return b, nil
}

// swappedReason is the reason of the price of a line that is swapped.
const swappedReason = "exchanged"

// Exchanged is what became of it.
type Exchanged struct {
	Return Return `json:"return"`
	Order  Order  `json:"order"`
}

// Keys are those of both.
func (c Exchange) Keys() []Key {
	keys := append(c.Return.Keys(), c.Sale.Keys()...)
	slices.SortFunc(keys, CompareKeys)
	return slices.Compact(keys)
}

// Decide refuses what a return or a sale would refuse.
func (c Exchange) Decide(s State, now time.Time) (Change, Exchanged, error) {
	if c.Return.Order.Currency != c.Sale.Currency {
		return Change{}, Exchanged{}, RefuseField(CurrencyMismatch, "sale.currency_code", "what comes back was sold in %s", c.Return.Order.Currency)
	}
	r, err := c.Return.plan(s, now, c.Return.terms())
	if err != nil {
		return Change{}, Exchanged{}, err
	}
	if c.Sale.Lines, err = c.swapped(r); err != nil {
		return Change{}, Exchanged{}, err
	}
	c.Sale = c.Sale.counting(s) // what it comes to is asked before it is planned
	sale := c.Sale
	sale.spent = r.cards()
	if sale.Tenders, err = c.tenders(r.refunds); err != nil {
		return Change{}, Exchanged{}, Under(err, "sale")
	}
	p, err := sale.plan(s, now)
	if err != nil {
		return Change{}, Exchanged{}, Under(err, "sale")
	}
	if err := r.mayPay(sale.Tenders...); err != nil {
		return Change{}, Exchanged{}, err
	}
	if issuer := sale.issuer(); issuer.Point != "" {
		if err := issuer.mayIssue(len(r.originals) + 1); err != nil {
			return Change{}, Exchanged{}, err
		}
	}
	// Nothing below this line can fail.
	r.answer.Exchange = sale.Order
	back := newDeal(s, r.before, c.Return.Transaction, c.Return.Issuer, c.Return.OccurredAt, now)
	moved := back.exchange(sale.Tenders)
	r.apply(back)
	out := newDeal(s, p.order, c.Return.Transaction, sale.issuer(), sale.OccurredAt, now)
	out.order.Intents = moved
	out.issuer.Invoices = out.issuer.Invoices[min(len(back.invoices), len(out.issuer.Invoices)):]
	if out.point.Key() == back.point.Key() {
		out.point = back.point
	}
	p.apply(out)
	change := back.with(out).change(KindExchange, c.Return.Location, sale.Channel, r.answer.subject())
	change.Fact, change.Reason = sale.Fact, c.Return.Reason
	return change, Exchanged{Return: r.answer, Order: out.order}, nil
}

// swapped are the lines of the sale, those that are swapped at what the units were worth that they are swapped for: each unit that comes
// back for one of them at most, in the order of the swaps.
func (c Exchange) swapped(r *returning) ([]BasketLine, error) {
	lines, swapped, used := slices.Clone(c.Sale.Lines), make([]bool, len(c.Sale.Lines)), map[int32]int64{}
	for i, swap := range c.Swaps {
		field := fmt.Sprintf("swaps[%d]", i)
		at := int(swap.Line) - 1
		if at < 0 || at >= len(lines) || !lines[at].Swapped || swapped[at] {
			return nil, RefuseField(InvalidRequest, field+".sale_line", "there is no line %d of the sale, or it is swapped already", swap.Line)
		}
		back := int64(0)
		for _, line := range r.answer.Lines {
			if line.Units.Line == swap.For && line.SKU != "" {
				back += line.Units.Until - line.Units.From
			}
		}
		if back == 0 {
			return nil, RefuseField(InvalidRequest, field+".line", "no goods of line %d come back", swap.For)
		}
		line, of := &lines[at], r.before.Lines[swap.For-1]
		if line.SKU != of.SKU && (swap.Product != swap.Of || swap.Product == "") {
			return nil, RefuseField(InvalidRequest, field+".sale_line", "%s is another product than %s", line.SKU, of.SKU)
		}
		from := of.Returned + used[swap.For]
		if left := back - used[swap.For]; line.Quantity > left {
			return nil, RefuseField(InvalidRequest, field+".sale_line", "%d leave for the %d that come back", line.Quantity, left)
		}
		_, _, line.ListMinor = of.UnitsWorth(from, from+line.Quantity)
		used[swap.For] += line.Quantity
		swapped[at] = true
	}
	for at, line := range lines {
		if line.Swapped && !swapped[at] {
			return nil, RefuseField(InvalidRequest, fmt.Sprintf("sale.lines[%d]", at), "it is swapped for nothing")
		}
	}
	return lines, nil
}

// cards are what a return takes from gift cards that come back.
func (r *returning) cards() map[Key]int64 {
	spent := map[Key]int64{}
	for _, line := range r.answer.Lines {
		if hasFloor(line.Account) {
			issuer := r.before.Lines[line.Units.Line-1].Issuer
			spent[BalanceKey(cmp.Or(issuer, r.before.Location), line.Account)] += line.NetMinor
		}
	}
	return spent
}

// tenders are what is given back, as far as it pays for the sale, and what the customer adds. What was asked for by name pays last.
func (c Exchange) tenders(refunds []Payment) ([]Tender, error) {
	wanted := func(p Payment) int {
		return slices.IndexFunc(c.Return.RefundTo, func(w RefundTo) bool { return w.Kind == p.Kind })
	}
	refunds = slices.Clone(refunds)
	slices.SortStableFunc(refunds, func(a, b Payment) int { return min(1, wanted(a)+1) - min(1, wanted(b)+1) })
	lines, _, err := price(c.Sale.Lines, c.Sale.Discounts, c.Sale.Offers, c.Sale.TaxIncluded)
	if err != nil {
		return nil, err
	}
	due := -c.Sale.RoundingMinor
	for _, line := range lines {
		due += line.GrossMinor
	}
	var tenders []Tender
	for _, p := range refunds {
		if part := min(max(0, due), p.AmountMinor); part > 0 && p.Kind != "" { // what was never paid pays for nothing
			due -= part
			at := p.Location
			if at == "" {
				at = c.Return.Order.Location
			}
			tenders = append(tenders, Tender{
				Kind: p.Kind, AmountMinor: part, Reference: p.Reference, Location: at, Account: p.Account, exchanged: true,
			})
		}
	}
	return append(tenders, c.Sale.Tenders...), nil
}

// with joins two deals of one act. A point that both issue from is written once, as the later deal left it.
func (d *deal) with(later *deal) *deal {
	if later.point.Code == "" {
		later.point = d.point
	} else if d.point.Key() != later.point.Key() {
		d.rows = append(d.rows, d.point)
	}
	d.entries = append(d.entries, later.entries...)
	d.rows = append(d.rows, later.rows...)
	d.events = append(d.events, later.events...)
	d.invoices = append(d.invoices, later.invoices...)
	d.issued = append(d.issued, later.issued...)
	d.point = later.point
	return d
}
