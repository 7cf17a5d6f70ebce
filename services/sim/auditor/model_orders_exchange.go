package auditor

import (
	"slices"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// exchange takes goods back and sells others. What would be given back pays for what leaves, tender by tender: what was asked for by
// name pays last.
func (d *deed) exchange(r *returnspb.ExchangeGoodsRequest) string {
	if r.GetSale().GetLocation() != r.GetLocation() {
		return "INVALID_REQUEST"
	}
	if reason := d.takeBack(r, r.GetOverride()); reason != "" {
		return reason
	}
	if d.swapped = d.swap(r); len(d.swapped) != len(r.GetSwaps()) {
		return "INVALID_REQUEST"
	}
	id := d.mint("OrderPlaced", 0)
	d.back.exchange = id
	sale := r.GetSale()
	back := slices.Clone(d.back.moves)
	named := func(m moneyMove) int {
		for _, want := range r.GetRefundTo() {
			if trimmed(want.GetKind(), kindPrefix) == m.kind {
				return 1
			}
		}
		return 0
	}
	slices.SortStableFunc(back, func(a, b moneyMove) int { return named(a) - named(b) })
	due := d.comesTo(sale) - sale.GetCashRounding().GetAmountMinor()
	var by paying
	for _, m := range back {
		if part := min(max(0, due), m.minor); part > 0 && m.movement == moveRefund && m.kind != "" {
			due -= part
			m.movement, m.minor = movePayment, part
			by.tenders = append(by.tenders, m)
		}
	}
	d.order.intents = slices.Clone(d.resting)
	moved := d.order.paysWith(by.tenders)
	d.order.askOn()
	by.carriedOver, by.rounding = len(by.tenders), sale.GetCashRounding().GetAmountMinor()
	added, reason := d.tenders(sale.GetTenders(), sale.GetLocation(), &bought{
		id: id, customer: sale.GetCustomer(), location: sale.GetLocation(), moves: by.tenders,
	})
	if reason != "" {
		return reason
	}
	by.tenders = append(by.tenders, added...)
	if d.sale, reason = d.sell(sale, id, by); reason != "" {
		return reason
	}
	d.sale.intents = moved
	d.kind, d.book, d.channel, d.cause = "EXCHANGE", r.GetLocation(), sale.GetChannel(), "return/"+d.back.id
	return ""
}

// swap is what lines of the sale cost that are swapped for units of the same product, each for others: as much as these were worth. In the
// shop of the simulation every product has one SKU. What can't be swapped is not among them.
func (d *deed) swap(r *returnspb.ExchangeGoodsRequest) map[int]int64 {
	costs, units := map[int]int64{}, map[int32][]unitSpan{}
	for _, back := range d.back.lines {
		for at := back.from; at < back.until; at++ {
			units[back.line] = append(units[back.line], unitSpan{back.line, at, at + 1})
		}
	}
	for _, swap := range r.GetSwaps() {
		at, left := int(swap.GetSaleLine())-1, units[swap.GetLine()]
		if at >= len(r.GetSale().GetLines()) {
			continue
		}
		leaves, line := r.GetSale().GetLines()[at], d.order.line(swap.GetLine())
		if _, already := costs[at]; already || line == nil || leaves.GetSku() != line.sku || leaves.GetQuantity() > int64(len(left)) {
			continue
		}
		for _, u := range left[:leaves.GetQuantity()] {
			_, _, worth := line.worth(u.From, u.Until)
			costs[at] += worth
		}
		units[swap.GetLine()] = left[leaves.GetQuantity():]
	}
	return costs
}

// comesTo is what a basket costs.
func (d *deed) comesTo(r *orderspb.PlaceOrderRequest) (gross int64) {
	row := d.rows.Orders[d.mint("OrderPlaced", 0)]
	if row != nil && len(row.lines) != len(r.GetLines()) {
		row = nil
	}
	quiet := d.newDeed(d.position, nil, d.call) // what is wrong with a price is found when it is sold
	quiet.swapped = d.swapped
	for _, line := range quiet.priced(r, row) {
		gross += line.gross
	}
	return gross
}
