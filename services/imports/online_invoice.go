package imports

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	fulfilmentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// orderLinesMax is how many lines the contract allows in one order, and in one return.
const orderLinesMax = 500

// descriptionMax is the longest description of a charge.
const descriptionMax = 200

// act is one thing that an invoice comes to, with the lines that it is about, by their places in the invoice.
type act struct {
	lines []int
	// do carries it out. A refusal of the whole act is an error; left is what was refused once the act was there.
	do func(ctx context.Context) (left *Refusal, err error)
	// done counts it.
	done func(*Report)
}

// dealing makes the acts of one invoice. Nothing in them depends on anything but the files and the options.
type dealing struct {
	*run
	*onlineInvoice
	sold soldLines
	acts []act
	// paidMinor is what was paid, per line, for what comes back of known orders; atSale are the units of those.
	paidMinor, atSale map[int]int64
}

// deal makes them: an order, cut into parts of what one may hold; what is written off; and what comes back.
func (d *dealing) deal() {
	d.paidMinor, d.atSale = map[int]int64{}, map[int]int64{}
	orders := slices.Collect(slices.Chunk(d.of(goodsOrdered, charged), orderLinesMax))
	for part, lines := range orders {
		d.order(lines, part+1, len(orders))
	}
	for part, lines := range slices.Collect(slices.Chunk(d.of(writtenOff), receiveLinesMax)) {
		d.writeOff(lines, part+1)
	}
	d.takeBack(d.of(cameBack, givenBack))
}

// of are the lines of some kinds.
func (d *dealing) of(kinds ...onlineKind) []int {
	var found []int
	for i, line := range d.lines {
		if slices.Contains(kinds, line.kind) {
			found = append(found, i)
		}
	}
	return found
}

func (d *dealing) id(what string, part int) string {
	return factID(FormatOnlineRetail, what, d.first().invoice, fmt.Sprint(part))
}

func (d *dealing) occurredAt() *timestamppb.Timestamp { return timestamppb.New(d.first().at) }

func (d *dealing) customer() string {
	if d.first().customer == "" {
		return ""
	}
	return derivedID(FormatOnlineRetail, "customer", d.first().customer)
}

func (d *dealing) money(minor int64) *retailv1.Money {
	return &retailv1.Money{CurrencyCode: d.Currency, AmountMinor: minor}
}

// order places the lines as an order of the web shop, packs and sends it. An order without goods has nothing to send, and is
// carried out on the spot.
func (d *dealing) order(lines []int, part, parts int) {
	id := d.id("order", part)
	request := &ordersv1.PlaceOrderRequest{
		RequestId: d.id("place", part), Order: id, Channel: d.Channel, Location: d.Channel, Customer: d.customer(),
		CurrencyCode: d.Currency, Reference: d.first().invoice, OccurredAt: d.occurredAt(),
	}
	if parts > 1 {
		request.Reference = fmt.Sprintf("%s (%d of %d)", d.first().invoice, part, parts)
	}
	ships := slices.ContainsFunc(lines, func(i int) bool { return d.lines[i].goods() })
	due := int64(0)
	for number, i := range lines {
		line := d.basketLine(i, d.lines[i].units)
		if ships {
			line.Method, line.Location = ordersv1.FulfilmentMethod_FULFILMENT_METHOD_SHIP, d.Location
		}
		request.Lines = append(request.Lines, line)
		due += d.lines[i].minor
		d.sold.add(d.lines[i], id, number+1)
	}
	if due > 0 {
		request.Tenders = []*ordersv1.Tender{{
			Kind: ordersv1.TenderKind_TENDER_KIND_CARD, Amount: d.money(due), Reference: request.GetReference(),
		}}
	}
	d.acts = append(d.acts, act{lines: lines, done: func(r *Report) { r.Orders++ }, do: func(ctx context.Context) (*Refusal, error) {
		order, err := d.orders.PlaceOrder(ctx, request)
		if err != nil || !ships {
			return nil, err
		}
		err = d.send(ctx, order, part)
		if refusal := refusalOf(err); refusal != nil {
			return refusal, nil
		}
		return nil, err
	}})
}

// send packs an order and gives it to a carrier.
func (d *dealing) send(ctx context.Context, order *ordersv1.Order, part int) error {
	at := slices.IndexFunc(order.GetLines(), func(l *ordersv1.OrderLine) bool { return l.GetFulfilment() != "" })
	if at < 0 {
		return fmt.Errorf("order %s of invoice %s has no fulfilment", order.GetId(), d.first().invoice)
	}
	fulfilment := order.GetLines()[at].GetFulfilment()
	_, err := d.fulfilments.ReadyFulfilment(ctx, &fulfilmentsv1.ReadyFulfilmentRequest{
		RequestId: d.id("packed", part), Location: d.Location, Fulfilment: fulfilment,
	})
	if err != nil {
		return err
	}
	_, err = d.fulfilments.ShipFulfilment(ctx, &fulfilmentsv1.ShipFulfilmentRequest{
		RequestId: d.id("shipped", part), Location: d.Location, Fulfilment: fulfilment,
		// The file does not say who carries it, only how far.
		Carrier: cutTo("to "+cmp.Or(d.first().country, "an unknown country"), 100), OccurredAt: d.occurredAt(),
	})
	return err
}

// basketLine is some units of a line at its own price. A price finer than the currency stands in the note as it is, and the
// amount of the line is rounded.
func (d *dealing) basketLine(i int, units int64) *ordersv1.BasketLine {
	line := d.lines[i]
	b := &ordersv1.BasketLine{
		Quantity: units, Method: ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
		TillPrice: &ordersv1.TillPrice{Reason: "imported"},
	}
	if line.goods() {
		b.Item = &ordersv1.BasketLine_Sku{Sku: line.code}
	} else {
		b.Item = &ordersv1.BasketLine_Charge{Charge: &ordersv1.Charge{
			Code: line.code, Description: cutTo(cmp.Or(line.description, line.code), descriptionMax), TaxCategory: d.TaxCategory,
		}}
	}
	unitMinor, exact, _ := line.unitPrice.minor(exponentOf(d.Currency)) // parse has counted more
	if exact {
		b.TillPrice.Price = &ordersv1.TillPrice_Unit{Unit: d.money(unitMinor)}
		return b
	}
	minor, _, _ := line.worth(units, d.Currency)
	b.TillPrice.Price = &ordersv1.TillPrice_Line{Line: d.money(minor)}
	b.Note = fmt.Sprintf("unit price %s %s", line.priceText, d.Currency)
	return b
}

// writeOff records units that are missing. The note is the warehouse's.
func (d *dealing) writeOff(lines []int, part int) {
	request := &stockv1.AdjustStockRequest{
		RequestId: d.id("write-off", part), Location: d.Location, OccurredAt: d.occurredAt(),
		Reason: "write-off", Reference: writeOffReference + d.first().invoice,
	}
	for _, i := range lines {
		line := d.lines[i]
		request.Note = cmp.Or(request.GetNote(), line.description)
		at := slices.IndexFunc(request.GetLines(), func(l *stockv1.AdjustLine) bool { return l.GetSku() == line.code })
		if at < 0 {
			at = len(request.GetLines())
			request.Lines = append(request.Lines, &stockv1.AdjustLine{Sku: line.code})
		}
		request.Lines[at].Difference -= line.units
	}
	request.Note = cutTo(request.GetNote(), 500)
	d.acts = append(d.acts, act{lines: lines, done: func(r *Report) { r.WriteOffs++ }, do: func(ctx context.Context) (*Refusal, error) {
		_, err := d.stock.AdjustStock(ctx, request)
		return nil, err
	}})
}

// writeOffReference is how the reference of every write-off begins, by which they are found.
const writeOffReference = "write-off "

// backOf is what a cancellation gives back of one order.
type backOf struct {
	order string
	items []*returnsv1.ReturnItem
	lines []int
}

// takeBack takes goods and money back: a return for each order that something comes back of, and what has no receipt in one
// more: goods at the warehouse that takes them in, money without goods in the web shop's own book.
func (d *dealing) takeBack(lines []int) {
	var orders []*backOf
	goods, money := &blindReturn{location: d.Location}, &blindReturn{location: d.Channel}
	for _, i := range lines {
		pieces, rest := d.sold.take(d.lines[i])
		for _, piece := range pieces {
			d.paidMinor[i] += piece.minor
			d.atSale[i] += piece.units
			at := slices.IndexFunc(orders, func(b *backOf) bool { return b.order == piece.order })
			if at < 0 {
				at = len(orders)
				orders = append(orders, &backOf{order: piece.order})
			}
			orders[at].add(piece, i)
		}
		if rest > 0 {
			blind := goods
			if !d.lines[i].goods() {
				blind = money
			}
			blind.add(d, i, rest)
		}
	}
	part := 0
	for _, back := range orders {
		part++
		d.acceptReturn(back, part)
	}
	for _, blind := range []*blindReturn{goods, money} {
		for from := 0; from < len(blind.items); from += orderLinesMax {
			until := min(from+orderLinesMax, len(blind.items))
			part++
			d.acceptBlindReturn(blind.location, blind.items[from:until], blind.lines[from:until], part)
		}
	}
}

// add adds units of one line of the order. An order has no more lines than a return may.
func (b *backOf) add(p piece, line int) {
	at := slices.IndexFunc(b.items, func(item *returnsv1.ReturnItem) bool { return item.GetLine() == p.line })
	if at < 0 {
		at = len(b.items)
		b.items = append(b.items, &returnsv1.ReturnItem{Line: p.line, Disposition: returnsv1.Disposition_DISPOSITION_RETURN_TO_STOCK})
	}
	b.items[at].Quantity += p.units
	if !slices.Contains(b.lines, line) {
		b.lines = append(b.lines, line)
	}
}

// acceptReturn takes goods of one order back. It happened, whatever policy would be in force today, so that it is accepted by
// right. What is given back follows from what was paid.
func (d *dealing) acceptReturn(back *backOf, part int) {
	request := &returnsv1.AcceptReturnByRightRequest{
		RequestId: d.id("return", part), Location: d.Location, Order: back.order, Lines: back.items, Channel: d.Channel,
		OccurredAt: d.occurredAt(), Note: d.first().invoice,
	}
	d.acts = append(d.acts, act{lines: back.lines, done: func(r *Report) { r.Returns++ }, do: func(ctx context.Context) (*Refusal, error) {
		_, err := d.returns.AcceptReturnByRight(ctx, request)
		return nil, err
	}})
}

// blindReturn is what comes back without a receipt at one place; items and lines stand side by side.
type blindReturn struct {
	location string
	items    []*returnsv1.BlindItem
	lines    []int
}

func (b *blindReturn) add(d *dealing, line int, units int64) {
	b.items = append(b.items, &returnsv1.BlindItem{
		Item: d.basketLine(line, units), Disposition: returnsv1.Disposition_DISPOSITION_RETURN_TO_STOCK,
	})
	b.lines = append(b.lines, line)
}

func (d *dealing) acceptBlindReturn(location string, items []*returnsv1.BlindItem, lines []int, part int) {
	request := &returnsv1.AcceptBlindReturnRequest{
		RequestId: d.id("return", part), Location: location, Channel: d.Channel, Customer: d.customer(), CurrencyCode: d.Currency,
		Lines: items, RefundKind: ordersv1.TenderKind_TENDER_KIND_CARD, OccurredAt: d.occurredAt(), Note: d.first().invoice,
	}
	d.acts = append(d.acts, act{lines: lines, done: func(r *Report) { r.BlindReturns++ }, do: func(ctx context.Context) (*Refusal, error) {
		_, err := d.returns.AcceptBlindReturn(ctx, request)
		return nil, err
	}})
}
