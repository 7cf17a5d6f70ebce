package auditor

import (
	"fmt"
	"slices"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

const ruleQuoted = "an order is not what was quoted"

// judgeQuoted finds an order that comes to something else than the figures that it was placed with.
func (m *orderModel) judgeQuoted(call *Call) {
	r, ok := call.Request.(*orderspb.PlaceOrderRequest)
	if !ok || r.GetQuoted() == nil {
		return
	}
	if diff := diffFigures(r.GetQuoted(), call.Answer.(*orderspb.Order)); diff != "" {
		m.find(Finding{Rule: ruleQuoted, Text: describe(call) + ": " + diff, Subjects: []string{"request/" + call.RequestID}, Calls: []int{call.Number}})
	}
}

// diffFigures says how an order differs from what was quoted; "" where it does not.
func diffFigures(quoted *orderspb.QuotedFigures, told *orderspb.Order) string {
	if len(quoted.GetLines()) != len(told.GetLines()) {
		return fmt.Sprintf("%d lines were quoted, and it has %d", len(quoted.GetLines()), len(told.GetLines()))
	}
	for i, l := range told.GetLines() {
		q := quoted.GetLines()[i]
		was := [5]int64{q.GetListMinor(), q.GetDiscountMinor(), q.GetNetMinor(), q.GetTaxMinor(), q.GetGrossMinor()}
		is := [5]int64{
			l.GetListAmount().GetAmountMinor(), l.GetDiscountAmount().GetAmountMinor(), l.GetNetAmount().GetAmountMinor(),
			l.GetTaxAmount().GetAmountMinor(), l.GetGrossAmount().GetAmountMinor(),
		}
		if was != is || q.GetTaxCode() != l.GetTaxCode() || q.GetTaxRatePpm() != l.GetTaxRatePpm() {
			return fmt.Sprintf("line %d was quoted %v %s, and is %v %s", i+1, was, q.GetTaxCode(), is, l.GetTaxCode())
		}
	}
	return ""
}

// judgeQuoteOrder holds a quote against the price list, and its parts against each other. Baskets with discounts, till prices and
// barcodes are not priced.
func (m *orderModel) judgeQuoteOrder(call *Call, r *orderspb.QuoteOrderRequest, told *orderspb.Quote) string {
	if len(told.GetLines()) != len(r.GetLines()) || len(told.GetFigures().GetLines()) != len(r.GetLines()) {
		return fmt.Sprintf("%d lines were asked for, and %d quoted", len(r.GetLines()), len(told.GetLines()))
	}
	basket, diff := m.quotedBy(call, r, told)
	if diff != "" {
		return diff
	}
	given := m.shop.Give(basket, m.sold(r.GetLines()))
	list, gross, due := int64(0), int64(0), int64(0)
	for i, line := range told.GetLines() {
		of, figure := r.GetLines()[i], told.GetFigures().GetLines()[i]
		minor, priced := figure.GetGrossMinor(), len(of.GetDiscounts())+len(r.GetDiscounts()) == 0 && of.GetTillPrice() == nil
		item, known := m.items[of.GetSku()]
		switch {
		case known && priced && (figure.GetListMinor() != item.UnitMinor*of.GetQuantity() || minor != given[i]):
			return fmt.Sprintf("line %d comes to %d of %d, its price is %d, and promotions leave %d", i+1, minor, figure.GetListMinor(), item.UnitMinor, given[i])
		case minor != figure.GetNetMinor()+figure.GetTaxMinor() || minor != figure.GetListMinor()-figure.GetDiscountMinor():
			return fmt.Sprintf("line %d does not add up", i+1)
		case line.GetGrossAmount().GetAmountMinor() != minor || line.GetSku() != of.GetSku() || line.GetPromise().GetMethod() != of.GetMethod():
			return fmt.Sprintf("line %d is told otherwise than its figures", i+1)
		}
		short := slices.ContainsFunc(told.GetShortages(), func(s *orderspb.QuoteShortage) bool {
			return slices.Contains(s.GetLines(), int32(i+1)) && s.GetSku() == of.GetSku() && s.GetWanted() > s.GetSellable()
		})
		if short == line.GetPromise().GetInStock() {
			return fmt.Sprintf("line %d is short: %v, and promised: %v", i+1, short, !short)
		}
		list, gross = list+figure.GetListMinor(), gross+minor
		if trimmed(of.GetMethod(), methodPrefix) == carryOut {
			due += minor
		}
	}
	if told.GetListTotal().GetAmountMinor() != list || told.GetGrossTotal().GetAmountMinor() != gross || told.GetDueNow().GetAmountMinor() != due {
		return "its totals are not the sums of its lines"
	}
	return ""
}
