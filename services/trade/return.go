package trade

import (
	"strings"

	returns "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

const dispositionPrefix = "DISPOSITION_"

// DispositionFrom reads what becomes of a unit that came back.
func DispositionFrom(d returns.Disposition) retail.Disposition {
	return retail.Disposition(strings.TrimPrefix(d.String(), dispositionPrefix))
}

// ItemsFrom reads what came back of an order.
func ItemsFrom(lines []*returns.ReturnItem) []retail.ReturnItem {
	items := make([]retail.ReturnItem, len(lines))
	for i, item := range lines {
		items[i] = retail.ReturnItem{
			Line: item.GetLine(), Units: item.GetQuantity(), Disposition: DispositionFrom(item.GetDisposition()), Reason: item.GetReason(),
			Condition: ConditionFrom(item.GetCondition()),
		}
	}
	return items
}

// ReturnTo is a return as it is told.
func ReturnTo(r retail.Return) *returns.Return {
	refunded := int64(0)
	for _, p := range r.Refunds {
		if p.Movement == retail.MovementRefund && p.Kind != "" { // without a tender it went back to an account of ours
			refunded += p.AmountMinor
		}
	}
	answer := &returns.Return{
		Id: r.ID.String(), Order: r.Order.String(), Location: r.Location, Book: r.Book, Channel: r.Channel, Customer: r.Customer.String(),
		GrossTotal: MoneyTo(r.Currency, r.GrossMinor()), RefundTotal: MoneyTo(r.Currency, refunded),
		Refunds: PaymentsTo(r.Refunds, r.Currency, r.Book), ExchangeOrder: r.Exchange.String(), Note: r.Note, Operator: r.Operator,
		Proof: ProofTo(r.Proof), Request: r.Request.String(),
		OccurredAt: TimeTo(r.OccurredAt), RecordedAt: TimeTo(r.RecordedAt),
	}
	for _, reason := range r.Overrides {
		answer.Overrides = append(answer.Overrides, string(reason))
	}
	for _, l := range r.Lines {
		line := &returns.ReturnLine{
			Sku: l.SKU, Description: l.Description, Quantity: l.Units.Until - l.Units.From, Reason: l.Reason,
			Disposition: returns.Disposition(returns.Disposition_value[dispositionPrefix+string(l.Disposition)]),
			NetAmount:   MoneyTo(r.Currency, l.NetMinor), TaxAmount: MoneyTo(r.Currency, l.TaxMinor),
			GrossAmount: MoneyTo(r.Currency, l.GrossMinor), Condition: ConditionTo(l.Condition),
		}
		if !r.Order.IsZero() {
			line.Line = l.Units.Line
		}
		answer.Lines = append(answer.Lines, line)
	}
	for _, invoice := range r.Invoices {
		answer.Invoices = append(answer.Invoices, invoice.String())
	}
	return answer
}
