package auditor

import (
	"fmt"
	"slices"
	"time"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

const methodPrefix = "FULFILMENT_METHOD_"

// placeOrder prices a basket, takes its tenders, hands over what is carried out and promises the rest.
func (d *deed) placeOrder(r *orderspb.PlaceOrderRequest) string {
	id := d.mint("OrderPlaced", 0)
	tenders, reason := d.tenders(r.GetTenders(), r.GetLocation(), &bought{
		id: id, customer: r.GetCustomer(), location: r.GetLocation(),
	})
	if reason != "" {
		return reason
	}
	d.kind, d.book, d.channel, d.cause = "SALE", r.GetLocation(), r.GetChannel(), "order/"+id
	o, reason := d.sell(r, id, paying{tenders: tenders, rounding: r.GetCashRounding().GetAmountMinor()})
	d.order = o
	return reason
}

// sell makes a new order.
func (d *deed) sell(r *orderspb.PlaceOrderRequest, id string, by paying) (*bought, string) {
	if _, exists := d.orders[firstText(r.GetOrder(), id)].now(); exists && d.act != nil {
		return nil, "ORDER_EXISTS"
	}
	row := d.rows.Orders[id]
	if d.act != nil && (row == nil || row.ordered() != len(r.GetLines()) || r.GetOrder() != "" && r.GetOrder() != id) {
		d.wrong("an order is not as it was placed", fmt.Sprintf("%q was placed, and %q with other lines, or none, is in the rows", r.GetOrder(), id),
			"order/"+id)
		row = nil
	}
	o := &bought{
		id: id, state: confirmed, channel: r.GetChannel(), location: r.GetLocation(), customer: r.GetCustomer(), reference: r.GetReference(),
		buyer: r.GetBillTo().GetName(), occurredAt: d.at, recordedAt: d.now,
	}
	if row != nil {
		o.number = row.number
	}
	o.lines = d.priced(r, row)
	d.tax(o, row)
	if reason := d.limit(o); reason != "" {
		return o, reason
	}
	if reason := d.countCoupons(r, o); reason != "" {
		return o, reason
	}
	return o, d.take(r, o, by)
}

// priced makes the lines, with what promotions give: nothing on baskets that were sold before, nor beside discounts, which the row has.
func (d *deed) priced(r *orderspb.PlaceOrderRequest, row *bought) (lines []boughtLine) {
	given := r.GetOccurredAt() == nil && len(r.GetDiscounts()) == 0
	goods := make([]Sold, len(r.GetLines()))
	for i, of := range r.GetLines() {
		lines = append(lines, d.price(r, of, i, row))
		given = given && len(of.GetDiscounts()) == 0
		if _, swapped := d.swapped[i]; swapped {
			continue
		}
		if l := lines[i]; of.GetTillPrice() == nil {
			goods[i] = Sold{l.sku, l.quantity, l.list}
		}
	}
	if !given {
		return lines
	}
	for i, left := range d.shop.Give(r, goods) {
		if goods[i].SKU != "" {
			lines[i].gross, lines[i].discount = left, lines[i].list-left
		}
	}
	return lines
}

// price makes one line. What it comes to follows from the price list, or from the till's price; discounts, which are spread by a rule
// of the shop's, are taken from the row, and have to be within it.
func (d *deed) price(r *orderspb.PlaceOrderRequest, of *orderspb.BasketLine, i int, row *bought) boughtLine {
	line := boughtLine{
		line: int32(i + 1), sku: of.GetSku(), quantity: of.GetQuantity(), method: trimmed(of.GetMethod(), methodPrefix),
		location: firstText(of.GetLocation(), r.GetLocation()),
	}
	if line.from = of.GetFromLocation(); line.from != "" {
		line.away = line.quantity
	}
	if row != nil {
		was := row.lines[i]
		if line.way = was.way; (line.way != "") != (line.from != "") {
			d.wrong("a line is brought by no transfer, or by one for nothing", fmt.Sprintf("line %d", line.line))
		}
		line.work, line.account, line.taxCode, line.taxPPM, line.returnDays = was.work, was.account, was.taxCode, was.taxPPM, was.returnDays
		if of.GetGtin() != "" {
			line.sku = was.sku
		}
	}
	item, known := d.items[line.sku]
	if known {
		line.account, line.taxCode, line.taxPPM, line.returnDays = "", item.TaxCode, int32(item.TaxPPM), item.ReturnDays
		for _, p := range d.shop.Policies {
			if p.SKU == line.sku {
				line.policy, line.terms = p.Code, p.Terms
			}
		}
		line.list = item.UnitMinor * line.quantity
	}
	if till := of.GetTillPrice(); till.GetLine() != nil {
		line.list = till.GetLine().GetAmountMinor()
	} else if till.GetUnit() != nil {
		line.list = till.GetUnit().GetAmountMinor() * line.quantity
	}
	switch {
	case of.GetCharge() != nil:
		line.account = "charges/" + of.GetCharge().GetCode()
	case of.GetGiftCard() != nil:
		card := d.soldCard(r, of.GetGiftCard().GetNumber(), of.GetGiftCard().GetKind())
		line.account, line.taxCode, line.taxPPM, line.kind = cardPrefix+card.id, "OUT", 0, card.kind
		if card.location != r.GetLocation() {
			line.issuer = card.location
		}
	}
	if minor, swapped := d.swapped[i]; swapped {
		line.list = minor
	}
	line.gross = line.list
	if row != nil && (len(of.GetDiscounts()) > 0 || len(r.GetDiscounts()) > 0) {
		line.discount = row.lines[i].discount
		line.gross -= line.discount
		if line.discount < 0 || line.gross < 0 {
			d.wrong("a discount is not one", fmt.Sprintf("%d off %d", line.discount, line.list))
		}
	}
	return line
}

// soldCard is the gift card that is sold, or topped up, which wherever that is goes to the book that issued it.
func (d *deed) soldCard(r *orderspb.PlaceOrderRequest, number, kind string) giftCard {
	id := d.rows.Cards[number]
	if card, sold := d.cards[number].now(); sold {
		if d.act != nil && card.lost {
			d.wrong("a gift card is topped up by a number that was lost", maskedCard(number))
		}
		return card
	}
	if d.act != nil && id == "" {
		d.wrong("a gift card that was sold is not known", maskedCard(number))
	}
	d.sold[number] = giftCard{id: id, location: r.GetLocation(), kind: kind}
	return d.sold[number]
}

// tax computes the tax per rate, once for the whole order, and gives the lines their shares: as the row has them, for they are the
// shop's to choose, but together they are the tax, and none is off the exact part by a cent.
func (d *deed) tax(o *bought, row *bought) {
	sums := map[taxSum]int64{}
	for _, l := range o.lines {
		sums[taxSum{Code: l.taxCode, PPM: l.taxPPM}] += l.gross
	}
	for rate, gross := range sums {
		tax, shared := includedTax(gross, rate.PPM), int64(0)
		for i := range o.lines {
			l := &o.lines[i]
			if l.taxCode != rate.Code || l.taxPPM != rate.PPM {
				continue
			}
			if row != nil {
				l.tax = row.lines[i].tax
			}
			l.net, shared = l.gross-l.tax, shared+l.tax
			if exact := share(tax, l.gross, max(1, gross)); d.act != nil && (l.tax < exact || l.tax > exact+1) {
				d.wrong("tax is shared wrongly", fmt.Sprintf("line %d has %d of %d, and its part is %d", l.line, l.tax, tax, exact), "order/"+o.id)
			}
		}
		if d.act != nil && shared != tax {
			d.wrong("tax does not add up", fmt.Sprintf("the lines of %s have %d, and it is %d", rate.Code, shared, tax), "order/"+o.id)
		}
		o.taxes = append(o.taxes, taxSum{rate.Code, rate.PPM, gross - tax, tax})
	}
	sortTaxes(o.taxes)
}

// take takes the tenders, moves the goods and issues the document.
func (d *deed) take(r *orderspb.PlaceOrderRequest, o *bought, by paying) string {
	promised := func(l boughtLine) bool { return l.method != carryOut }
	by.mayOwe = slices.ContainsFunc(o.lines, promised)
	moves, reason := o.pay(by)
	if reason != "" {
		return reason
	}
	for _, m := range moves {
		d.move(o, m)
	}
	waits := r.GetPaymentTime().AsDuration()
	if o.owed() > 0 && waits > 0 {
		o.state, o.payBy = pendingPayment, d.now.Add(waits.Truncate(time.Microsecond))
	}
	var carried []unitSpan
	works := map[string]*handing{}
	d.released = len(r.GetHolds()) > 0
	for i := range o.lines {
		l := &o.lines[i]
		if !promised(*l) {
			carried = append(carried, unitSpan{l.line, 0, l.quantity})
			l.fulfilled = l.quantity
			d.moveUnits(l.location, "available", "customer", l.sku, l.quantity)
			continue
		}
		d.moveUnits(firstText(l.from, l.location), "available", "committed", l.sku, l.quantity)
		d.promise(o, l, works)
	}
	if o.due() > 0 {
		return "PAYMENT_SHORT"
	}
	if len(carried) > 0 {
		d.earn(o, carried, false)
		d.issue(o, firstPaper(o), carried, nil, "")
	}
	d.close(o)
	return ""
}

// promise enters the line into the fulfilment of its place and method.
func (d *deed) promise(o *bought, l *boughtLine, works map[string]*handing) {
	if d.act == nil {
		return
	}
	key := l.location + " " + l.method
	w := works[key]
	switch {
	case w == nil && l.work == "":
		d.wrong("a promise without a fulfilment", fmt.Sprintf("line %d", l.line), "order/"+o.id)
		return
	case w == nil:
		if !slices.Contains(d.minted["FulfilmentPlaced"], l.work) {
			d.wrong("a fulfilment was not told of", l.work, "order/"+o.id)
		}
		w = &handing{id: l.work, location: l.location, order: o.id, method: l.method, state: workNew, placedAt: d.now}
		if o.awaits(w.id) {
			w.state = workAwaiting
		}
		w.promisedAt = d.promised(w)
		works[key] = w
		d.closeWork(w)
	case w.id != l.work:
		d.wrong("two fulfilments for one place and method", w.id+" and "+l.work, "order/"+o.id)
	}
}

// tenders are the movements of what a customer gave at a place. Stored value is spent in the book that issued it; by which books a
// credit was spent, where several owe it, is taken from the row.
func (d *deed) tenders(given []*orderspb.Tender, place string, o *bought) (moves []moneyMove, reason string) {
	spent := map[balanceKey]int64{}
	row := d.rows.Orders[o.id]
	for _, t := range given {
		m := moneyMove{
			kind: trimmed(t.GetKind(), kindPrefix), movement: movePayment, minor: t.GetAmount().GetAmountMinor(), reference: t.GetReference(),
			location: place,
		}
		parts := []moneyMove{m}
		switch {
		case !inEuros(t.GetAmount()):
			return nil, "CURRENCY_MISMATCH"
		case m.kind == byCard:
			card, sold := d.cards[t.GetReference()].now()
			if !sold && d.act != nil {
				return nil, "UNKNOWN_GIFT_CARD"
			}
			if card.lost && d.act != nil {
				return nil, "GIFT_CARD_REPLACED"
			}
			parts[0].location, parts[0].account, parts[0].reference = card.location, cardPrefix+card.id, maskedCard(t.GetReference())
		case m.kind == byCredit && o.customer == "":
			return nil, "BALANCE_SHORT"
		case m.kind == byCredit:
			parts = splitCredit(m, o, row, len(o.moves)+len(moves))
		}
		for _, part := range parts {
			if stored(part.account) {
				key := balanceKey{part.location, part.account}
				if spent[key] += part.minor; d.left(key.location, key.account) < spent[key] {
					return nil, "BALANCE_SHORT"
				}
			}
		}
		moves = append(moves, parts...)
	}
	return moves, ""
}

// splitCredit finds the payments of the row, from one on, that make up a tender of store credit.
func splitCredit(m moneyMove, o *bought, row *bought, from int) (parts []moneyMove) {
	m.account = creditPrfix + o.customer
	if row != nil {
		left := m.minor
		for _, paid := range row.moves[min(from, len(row.moves)):] {
			if left > 0 && paid.kind == byCredit && paid.movement == movePayment && paid.minor <= left {
				part := m
				part.location, part.minor = paid.location, paid.minor
				parts, left = append(parts, part), left-paid.minor
			} else if len(parts) > 0 {
				break
			}
		}
		if left == 0 {
			return parts
		}
	}
	return []moneyMove{m}
}
