package imports

import (
	"io"
	"iter"
	"slices"
	"sync/atomic"

	"google.golang.org/protobuf/types/known/timestamppb"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// openBasketsMax bounds the baskets of one second that are gathered at once.
const openBasketsMax = 10_000

// journeyBasket is the lines of one basket.
type journeyBasket struct {
	// first is the basket's first line, with which the others must agree.
	first journeyLine
	// lines are those with goods and those with nothing but a coupon, in the order of the file.
	lines []journeyLine
}

// sold are the lines with goods.
func (b *journeyBasket) sold() iter.Seq[journeyLine] {
	return func(yield func(journeyLine) bool) {
		for _, line := range b.lines {
			if line.kind == goodsSold && !yield(line) {
				return
			}
		}
	}
}

// journeyFile reads a transactions file basket by basket. The file's clock tells when a basket is whole: it is kept open as
// long as lines of the same second follow, so that memory holds the baskets of one second. A part of a basket that comes
// later than that is a basket with the same id and another content, which the server refuses and the reject file names.
type journeyFile struct {
	journeyReader
	source source
	// line takes each line that can be read, before anything is made of it; nil: nothing does.
	line func(journeyLine)
	// basket takes each basket, in the order of their first lines; reject takes lines that are in none.
	basket func(*journeyBasket) error
	reject func(Reject) error
	open   []*journeyBasket
}

// read reads the whole file, copying its text to also where that is not nil.
func (f *journeyFile) read(count *atomic.Int64, also io.Writer) error {
	header := func(at columns) { f.at = at }
	if err := f.source.eachLine(count, also, journeyTransactionColumns, header, f.take, f.reject); err != nil {
		return err
	}
	return f.closeBaskets("")
}

// take adds a line to its basket.
func (f *journeyFile) take(o origin) error {
	line, fault := f.parse(o)
	if fault != nil {
		return f.reject(*fault)
	}
	if f.line != nil {
		f.line(line)
	}
	at := slices.IndexFunc(f.open, func(b *journeyBasket) bool { return b.first.basket == line.basket })
	if at < 0 {
		if err := f.closeBaskets(line.stamp); err != nil {
			return err
		}
		at = len(f.open)
		f.open = append(f.open, &journeyBasket{first: line})
	}
	b := f.open[at]
	if line.store != b.first.store || line.household != b.first.household || line.stamp != b.first.stamp {
		return f.reject(line.reject(reasonBasketDisagrees, "basket %s began in line %d with store %s, household %s and time %s",
			line.basket, b.first.number, b.first.store, b.first.household, b.first.stamp))
	}
	if line.kind == nothingSold {
		return f.reject(line.reject(reasonNothingSold, "quantity 0, and every amount 0"))
	}
	b.lines = append(b.lines, line)
	return nil
}

// closeBaskets hands out the baskets that no further line can belong to, now that the file's clock shows stamp.
func (f *journeyFile) closeBaskets(stamp string) error {
	kept := f.open[:0]
	for i, b := range f.open {
		if b.first.stamp == stamp && len(f.open)-i < openBasketsMax {
			kept = append(kept, b)
			continue
		}
		if err := f.hand(b); err != nil {
			return err
		}
	}
	clear(f.open[len(kept):])
	f.open = kept
	return nil
}

// hand hands a basket out. Coupons without goods were taken for nothing that could be paid for.
func (f *journeyFile) hand(b *journeyBasket) error {
	if slices.ContainsFunc(b.lines, func(line journeyLine) bool { return line.kind == goodsSold }) {
		return f.basket(b)
	}
	for _, line := range b.lines {
		if err := f.reject(line.reject(reasonLoneCoupon, "basket %s has nothing else, so there is nothing to pay", line.basket)); err != nil {
			return err
		}
	}
	return nil
}

// sum adds up a column of the basket.
func (b *journeyBasket) sum(column journeyColumn) int64 {
	sum := int64(0)
	for _, line := range b.lines {
		sum += line.sums[column]
	}
	return sum
}

// request is the basket as a sale at a till. Nothing in it depends on anything but the basket's lines and the options.
func (b *journeyBasket) request(o *Options) *ordersv1.PlaceOrderRequest {
	money := func(minor int64) *retailv1.Money {
		return &retailv1.Money{CurrencyCode: o.Currency, AmountMinor: minor}
	}
	first := b.first
	request := &ordersv1.PlaceOrderRequest{
		RequestId: factID(FormatCompleteJourney, "basket", first.basket),
		Channel:   o.Channel, Location: first.store, Customer: derivedID(FormatCompleteJourney, "household", first.household),
		CurrencyCode: o.Currency, Reference: first.basket, OccurredAt: timestamppb.New(first.at),
	}
	for sold := range b.sold() {
		line := &ordersv1.BasketLine{
			Item: &ordersv1.BasketLine_Sku{Sku: sold.product}, Quantity: sold.sums[journeyUnits],
			Method: ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
			TillPrice: &ordersv1.TillPrice{
				Price: &ordersv1.TillPrice_Line{Line: money(sold.shelfMinor())}, Reason: "imported",
			},
		}
		for _, column := range []journeyColumn{journeyRetail, journeyMatch} {
			if sold.sums[column] > 0 {
				line.Discounts = append(line.Discounts, &ordersv1.Discount{
					Code: journeyNames[column], Value: &ordersv1.Discount_Amount{Amount: money(sold.sums[column])},
				})
			}
		}
		if sold.assumed {
			line.Note = assumedNote
		}
		request.Lines = append(request.Lines, line)
	}
	// Coupons beyond what is due come back as change, which the server works out.
	due, coupons := b.sum(journeySales), b.sum(journeyCoupon)
	if coupons > 0 {
		request.Tenders = append(request.Tenders, &ordersv1.Tender{
			Kind: ordersv1.TenderKind_TENDER_KIND_VOUCHER, Amount: money(coupons), Reference: journeyNames[journeyCoupon],
		})
	}
	if due > coupons {
		request.Tenders = append(request.Tenders, &ordersv1.Tender{
			Kind: ordersv1.TenderKind_TENDER_KIND_CASH, Amount: money(due - coupons),
		})
	}
	return request
}
