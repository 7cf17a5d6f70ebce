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
		"price_reason text", "note text", "fulfil_location text", "fulfilment uuid", "account text", "return_days int4", "instead_of int4",
		"from_location text", "transfer uuid", "away int8", "coming int8", "issuer text", "card_kind text", "card_months int4",
		"card_renewed bool", "rejected int8", "return_terms text")
	orderTaxes    = newTable("order_taxes", 3, "order_id uuid", "code text", "ppm int4", "net_minor int8", "tax_minor int8").append()
	orderPayments = newTable("order_payments", 2, "order_id uuid", "payment int4", "kind text", "movement text",
		"amount_minor int8", "reference text", "location text", "account text", "occurred_at timestamptz").append()
	orderDocuments = newTable("order_documents", 2, "order_id uuid", "document int4", "invoice uuid", "kind text", "original uuid",
		"occurred_at timestamptz", "units text").append()
	paymentIntents = newTable("payment_intents", 2, "order_id uuid", "intent int4", "id uuid", "provider text", "state text",
		"amount_minor int8", "authorised_minor int8", "captured_minor int8", "refunded_minor int8", "moved_minor int8", "token text",
		"reference text", "step text", "step_minor int8", "steps int4", "problem text", "asked_at timestamptz",
		"captures_once bool", "moved_from uuid", "refusals int4", "ask_again_at timestamptz")
)

var orders = register(retail.TableOrders, &stored{
	table: newTable("orders", 1, "id uuid", "number text", "state text", "channel text", "location text", "customer uuid",
		"currency text", "tax_included bool", "reference text", "occurred_at timestamptz", "recorded_at timestamptz", "version int8",
		"pay_by timestamptz", "bill_to text", "link_until timestamptz", "refund_terms text"),
	children: []table{orderLines, orderTaxes, orderPayments, orderDocuments, paymentIntents},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		return readOrder(r, children)
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
				if i >= len(was.Lines) {
					writeOrderLine(w.insert(orderLines), order, line)
				} else if was := was.Lines[i]; line.Fulfilled != was.Fulfilled || line.Cancelled != was.Cancelled || line.Returned != was.Returned ||
					line.Away != was.Away || line.Coming != was.Coming {
					writeOrderLine(w.update(orderLines), order, line)
				}
			}
			writePayments(w, order, len(was.Payments))
			writeDocuments(w, order, len(was.Documents))
			writeIntents(w, order, was)
			return nil
		}
		writeOrder(w.insert(kinds[retail.TableOrders].table), order)
		for _, line := range order.Lines {
			writeOrderLine(w.insert(orderLines), order, line)
		}
		for _, t := range order.Taxes {
			w.insert(orderTaxes).id(order.ID).text(t.Code).int4(t.PPM).int8(t.NetMinor).int8(t.TaxMinor).end()
		}
		writePayments(w, order, 0)
		writeDocuments(w, order, 0)
		writeIntents(w, order, retail.Order{})
		return nil
	},
})

func writeOrder(r *rows, o retail.Order) {
	r.id(o.ID).text(o.Number).text(string(o.State)).text(o.Channel).text(o.Location).id(o.Customer).text(o.Currency).
		bool(o.TaxIncluded).text(o.Reference).time(o.OccurredAt).time(o.RecordedAt).int8(o.Version).timeOrNull(o.PayBy)
	jsonOrNull(r, o.BillTo).timeOrNull(o.LinkUntil).refundRule(o.Refund).end()
}

// writePayments writes the movements of money that came after the first n, which never change.
func writePayments(w *writer, o retail.Order, n int) {
	for i, p := range o.Payments[n:] {
		w.insert(orderPayments).id(o.ID).int4(int32(n + i + 1)).text(p.Kind).text(string(p.Movement)).int8(p.AmountMinor).
			text(p.Reference).textOrNull(p.Location).textOrNull(p.Account).timeOrNull(p.OccurredAt).end()
	}
}

// writeDocuments writes the documents that came after the first n.
func writeDocuments(w *writer, o retail.Order, n int) {
	for i, d := range o.Documents[n:] {
		w.insert(orderDocuments).id(o.ID).int4(int32(n + i + 1)).id(d.Invoice).text(string(d.Kind)).id(d.Original).
			time(d.OccurredAt).text(toJSON(d.Units)).end()
	}
}

// writeIntents writes the payments by providers that are new, or not as they were.
func writeIntents(w *writer, o, was retail.Order) {
	for n, i := range o.Intents {
		if n < len(was.Intents) && i == was.Intents[n] {
			continue
		}
		r := w.insert(paymentIntents)
		if n < len(was.Intents) {
			r = w.update(paymentIntents)
		}
		r.id(o.ID).int4(int32(n + 1)).id(i.ID).text(i.Provider).text(string(i.State)).int8(i.AmountMinor).int8(i.AuthorisedMinor).
			int8(i.CapturedMinor).int8(i.RefundedMinor).int8(i.MovedMinor).text(i.Token).text(i.Reference).text(string(i.Step)).
			int8(i.StepMinor).int4(i.Steps).text(i.Problem).time(i.AskedAt).trueOrNull(i.CapturesOnce).id(i.MovedFrom).int4OrNull(i.Refusals).timeOrNull(i.AskAgainAt).end()
	}
}

func writeOrderLine(r *rows, o retail.Order, l retail.OrderLine) {
	r.id(o.ID).int4(l.Line).text(l.SKU).text(l.Description).text(string(l.Method)).int8(l.Quantity).int8(l.Fulfilled).
		int8(l.Cancelled).int8(l.Returned).int8(l.ListMinor).int8(l.DiscountMinor).int8(l.NetMinor).int8(l.TaxMinor).
		int8(l.GrossMinor).text(l.TaxCode).int4(l.TaxPPM).text(toJSON(l.Discounts)).text(l.PriceReason).text(l.Note).
		textOrNull(l.Location).id(l.Fulfilment).textOrNull(l.Account).int4(l.ReturnDays)
	r.int4OrNull(l.InsteadOf).textOrNull(l.From).id(l.Transfer).int8OrNull(l.Away).int8OrNull(l.Coming).textOrNull(l.Issuer).
		terms(l.Terms).int8OrNull(l.Rejected).returnTerms(l.ReturnTerms).end()
}

func readOrder(r *record, children [][]*record) (retail.Order, error) {
	lines, taxes, payments, documents, intents := children[0], children[1], children[2], children[3], children[4]
	order := retail.Order{
		ID: r.id(), Number: r.text(), State: retail.OrderState(r.text()), Channel: r.text(), Location: r.text(), Customer: r.id(),
		Currency: r.text(), TaxIncluded: r.bool(), Reference: r.text(), OccurredAt: r.time(), RecordedAt: r.time(), Version: r.int8(),
		PayBy: r.timeOrZero(),
	}
	var err error
	if order.BillTo, err = jsonOrNil[retail.Party](r); err != nil {
		return order, fmt.Errorf("buyer of order %s: %w", order.ID, err)
	}
	order.LinkUntil = r.timeOrZero()
	if order.Refund, err = r.refundRule(); err != nil {
		return order, fmt.Errorf("refund terms of order %s: %w", order.ID, err)
	}
	for _, l := range lines {
		l.at = 1
		line := retail.OrderLine{
			Line: l.int4(), SKU: l.text(), Description: l.text(), Method: retail.Method(l.text()), Quantity: l.int8(), Fulfilled: l.int8(),
			Cancelled: l.int8(), Returned: l.int8(), ListMinor: l.int8(), DiscountMinor: l.int8(), NetMinor: l.int8(),
			TaxMinor: l.int8(), GrossMinor: l.int8(), TaxCode: l.text(), TaxPPM: l.int4(),
		}
		if err := json.Unmarshal(l.next(), &line.Discounts); err != nil {
			return order, fmt.Errorf("discounts of order %s line %d: %w", order.ID, line.Line, err)
		}
		line.PriceReason, line.Note = l.text(), l.text()
		line.Location, line.Fulfilment, line.Account, line.ReturnDays = l.text(), l.id(), l.text(), retail.DefaultReturnDays
		if line.Location == "" { // older than the column
			line.Location = order.Location
		}
		if !l.isNull() {
			line.ReturnDays = l.int4()
		} else {
			l.next()
		}
		line.InsteadOf = l.int4Or0()
		line.From, line.Transfer, line.Away, line.Coming, line.Issuer = l.text(), l.id(), l.int8Or0(), l.int8Or0(), l.text()
		line.Terms = l.terms()
		line.Rejected = l.int8Or0()
		if line.ReturnTerms, err = l.returnTerms(); err != nil {
			return order, fmt.Errorf("return terms of order %s line %d: %w", order.ID, line.Line, err)
		}
		order.Lines = append(order.Lines, line)
	}
	for _, t := range taxes {
		t.at = 1
		order.Taxes = append(order.Taxes, retail.OrderTax{Code: t.text(), PPM: t.int4(), NetMinor: t.int8(), TaxMinor: t.int8()})
	}
	for _, p := range payments {
		p.at = 2
		order.Payments = append(order.Payments, retail.Payment{
			Kind: p.text(), Movement: retail.Movement(p.text()), AmountMinor: p.int8(), Reference: p.text(), Location: p.text(),
			Account: p.text(), OccurredAt: p.timeOrZero(),
		})
	}
	for _, d := range documents {
		d.at = 2
		document := retail.OrderDocument{Invoice: d.id(), Kind: retail.InvoiceKind(d.text()), Original: d.id(), OccurredAt: d.time()}
		if err := d.json(&document.Units); err != nil {
			return order, fmt.Errorf("units of document %s: %w", document.Invoice, err)
		}
		order.Documents = append(order.Documents, document)
	}
	for _, i := range intents {
		i.at = 2
		order.Intents = append(order.Intents, retail.Intent{
			ID: i.id(), Provider: i.text(), State: retail.IntentState(i.text()), AmountMinor: i.int8(), AuthorisedMinor: i.int8(),
			CapturedMinor: i.int8(), RefundedMinor: i.int8(), MovedMinor: i.int8(), Token: i.text(), Reference: i.text(),
			Step: retail.IntentStep(i.text()), StepMinor: i.int8(), Steps: i.int4(), Problem: i.text(), AskedAt: i.time(),
			CapturesOnce: i.isTrue(), MovedFrom: i.id(), Refusals: i.int4Or0(), AskAgainAt: i.timeOrZero(),
		})
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
