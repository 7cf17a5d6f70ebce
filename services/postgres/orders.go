package postgres

import (
	"encoding/json"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var (
	orderLines = newTable("order_lines", 2, "order_id uuid", "line int4", "sku text", "description text", "method text",
		"quantity int8", "fulfilled int8", "cancelled int8", "returned int8", "list_minor int8", "discount_minor int8",
		"net_minor int8", "tax_minor int8", "gross_minor int8", "tax_code text", "tax_ppm int4", "discounts text",
		"price_reason text", "note text")
	orderTaxes    = newTable("order_taxes", 3, "order_id uuid", "code text", "ppm int4", "net_minor int8", "tax_minor int8").append()
	orderPayments = newTable("order_payments", 2, "order_id uuid", "payment int4", "kind text", "movement text",
		"amount_minor int8", "reference text").append()
)

var orders = register(retail.TableOrders, &stored{
	table: newTable("orders", 1, "id uuid", "number text", "state text", "channel text", "location text", "customer uuid",
		"currency text", "tax_included bool", "reference text", "occurred_at timestamptz", "recorded_at timestamptz", "version int8"),
	children: []table{orderLines, orderTaxes, orderPayments},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		return readOrder(r, children[0], children[1], children[2])
	},
	save: func(w *writer, before, after retail.Row) error {
		order, ok := after.(retail.Order)
		if !ok {
			return fmt.Errorf("%T is not an order", after)
		}
		if before != nil {
			writeOrder(w.update(kinds[retail.TableOrders].table), order)
			was := before.(retail.Order)
			for i, line := range order.Lines {
				if was := was.Lines[i]; line.Fulfilled != was.Fulfilled || line.Cancelled != was.Cancelled || line.Returned != was.Returned {
					writeOrderLine(w.update(orderLines), order, line)
				}
			}
			return nil
		}
		writeOrder(w.insert(kinds[retail.TableOrders].table), order)
		for _, line := range order.Lines {
			writeOrderLine(w.insert(orderLines), order, line)
		}
		for _, t := range order.Taxes {
			w.insert(orderTaxes).id(order.ID).text(t.Code).int4(t.PPM).int8(t.NetMinor).int8(t.TaxMinor).end()
		}
		for i, p := range order.Payments {
			w.insert(orderPayments).id(order.ID).int4(int32(i + 1)).text(p.Kind).text(p.Movement).int8(p.AmountMinor).
				text(p.Reference).end()
		}
		return nil
	},
})

func writeOrder(r *rows, o retail.Order) {
	r.id(o.ID).text(o.Number).text(string(o.State)).text(o.Channel).text(o.Location).id(o.Customer).text(o.Currency).
		bool(o.TaxIncluded).text(o.Reference).time(o.OccurredAt).time(o.RecordedAt).int8(o.Version).end()
}

func writeOrderLine(r *rows, o retail.Order, l retail.OrderLine) {
	r.id(o.ID).int4(l.Line).text(l.SKU).text(l.Description).text(l.Method).int8(l.Quantity).int8(l.Fulfilled).
		int8(l.Cancelled).int8(l.Returned).int8(l.ListMinor).int8(l.DiscountMinor).int8(l.NetMinor).int8(l.TaxMinor).
		int8(l.GrossMinor).text(l.TaxCode).int4(l.TaxPPM).text(toJSON(l.Discounts)).text(l.PriceReason).text(l.Note).end()
}

func readOrder(r *record, lines, taxes, payments []*record) (retail.Order, error) {
	order := retail.Order{
		ID: r.id(), Number: r.text(), State: retail.OrderState(r.text()), Channel: r.text(), Location: r.text(), Customer: r.id(),
		Currency: r.text(), TaxIncluded: r.bool(), Reference: r.text(), OccurredAt: r.time(), RecordedAt: r.time(), Version: r.int8(),
	}
	for _, l := range lines {
		l.at = 1
		line := retail.OrderLine{
			Line: l.int4(), SKU: l.text(), Description: l.text(), Method: l.text(), Quantity: l.int8(), Fulfilled: l.int8(),
			Cancelled: l.int8(), Returned: l.int8(), ListMinor: l.int8(), DiscountMinor: l.int8(), NetMinor: l.int8(),
			TaxMinor: l.int8(), GrossMinor: l.int8(), TaxCode: l.text(), TaxPPM: l.int4(),
		}
		if err := json.Unmarshal(l.next(), &line.Discounts); err != nil {
			return order, fmt.Errorf("discounts of order %s line %d: %w", order.ID, line.Line, err)
		}
		line.PriceReason, line.Note = l.text(), l.text()
		order.Lines = append(order.Lines, line)
	}
	for _, t := range taxes {
		t.at = 1
		order.Taxes = append(order.Taxes, retail.OrderTax{Code: t.text(), PPM: t.int4(), NetMinor: t.int8(), TaxMinor: t.int8()})
	}
	for _, p := range payments {
		p.at = 2
		order.Payments = append(order.Payments, retail.Payment{Kind: p.text(), Movement: p.text(), AmountMinor: p.int8(), Reference: p.text()})
	}
	return order, nil
}

var _ = register(retail.TableNames, &stored{
	table: newTable("names", 2, "kind text", "value text", "entity uuid", "recorded_at timestamptz").append(),
	load: func(r *record, _ [][]*record) (retail.Row, error) {
		return retail.Name{Kind: r.text(), Value: r.text(), Entity: r.id(), RecordedAt: r.time()}, nil
	},
	save: func(w *writer, _, after retail.Row) error {
		name := after.(retail.Name)
		w.insert(kinds[retail.TableNames].table).text(name.Kind).text(name.Value).id(name.Entity).time(name.RecordedAt).end()
		return nil
	},
})
