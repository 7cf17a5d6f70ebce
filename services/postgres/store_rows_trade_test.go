package postgres_test

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/retail"
)

var (
	orderStates = []retail.OrderState{
		retail.OrderPendingPayment, retail.OrderConfirmed, retail.OrderCompleted, retail.OrderCancelled, retail.OrderExpired,
	}
	movements = []retail.Movement{
		retail.MovementPayment, retail.MovementChange, retail.MovementRefund, retail.MovementFee, retail.MovementGoodwill,
		retail.MovementLoss, retail.MovementRoundedDown, retail.MovementRoundedUp,
	}
	fulfilmentStates = []retail.FulfilmentState{
		retail.FulfilmentNew, retail.FulfilmentAccepted, retail.FulfilmentPicking, retail.FulfilmentReady, retail.FulfilmentCollected,
		retail.FulfilmentPacked, retail.FulfilmentShipped, retail.FulfilmentDelivered, retail.FulfilmentNoShow, retail.FulfilmentCancelled,
		retail.FulfilmentRefused, retail.FulfilmentRejected, retail.FulfilmentLost, retail.FulfilmentReturned,
	}
	invoiceKinds = []retail.InvoiceKind{
		retail.InvoiceSimplified, retail.InvoiceFull, retail.InvoiceFullReplacingSimplified, retail.InvoiceRectificativeSimplified,
		retail.InvoiceRectificativeFull,
	}
)

// orNull is what a column holds that is null where there is nothing to say.
func orNull[V comparable](v V) any {
	var nothing V
	if v == nothing {
		return nil
	}
	return v
}

func pointee[V any](v *V) any {
	if v == nil {
		return nil
	}
	return *v
}

func jsonOrNull[V any](v *V) any {
	if v == nil {
		return nil
	}
	return asJSON(v)
}

// tradeOf makes a sample of a kind that lives in one table, of which keep takes the key over from the row before.
func tradeOf[R retail.Row](table string, fit func(*rapid.T, *R, string), keep func(*R, R), columnsOf func(R) columns) sample {
	draw := func(t *rapid.T, name string) R {
		row := drawAny[R]().Draw(t, table)
		fit(t, &row, name)
		return row
	}
	s := sample{
		draw:    func(t *rapid.T, name string) retail.Row { return draw(t, name) },
		columns: func(row retail.Row) map[string][]columns { return map[string][]columns{table: {columnsOf(row.(R))}} },
	}
	if keep != nil {
		s.change = func(t *rapid.T, before retail.Row) retail.Row {
			row := draw(t, before.Key().Place)
			keep(&row, before.(R))
			return row
		}
	}
	return s
}

func init() {
	samples[retail.TableFulfilments] = tradeOf("fulfilments", func(t *rapid.T, f *retail.Fulfilment, name string) {
		f.Location, f.Method = name, retail.PickUp
		f.State = rapid.SampledFrom(fulfilmentStates).Draw(t, "state")
		f.CodeCount, f.Tries = f.CodeCount&0xffff, f.Tries&0xffff
		if f.Collector.Document, f.Collector.SignatureSHA256 = "", ""; f.Version&1 == 1 {
			f.Collector.Document, f.Collector.SignatureSHA256 = retail.DocumentPassport, strings.Repeat("0a", 32)
		}
		positive(&f.Version)
	}, func(f *retail.Fulfilment, before retail.Fulfilment) { f.ID = before.ID }, fulfilmentColumns)
	samples[retail.TableReturns] = tradeOf("returns", func(_ *rapid.T, r *retail.Return, _ string) {
		positive(&r.Version)
	}, nil, returnColumns)
	samples[retail.TableInvoices] = tradeOf("invoices", func(t *rapid.T, i *retail.Invoice, name string) {
		i.Location, i.Kind = name, rapid.SampledFrom(invoiceKinds).Draw(t, "kind")
		positive(&i.Sequence)
		positive(&i.Position)
	}, nil, invoiceColumns)
	samples[retail.TableIssuingPoints] = tradeOf("issuing_points", func(_ *rapid.T, p *retail.IssuingPoint, name string) {
		p.Location = name
		positive(&p.Records)
		positive(&p.Version)
	}, func(p *retail.IssuingPoint, before retail.IssuingPoint) { p.Code = before.Code }, func(p retail.IssuingPoint) columns {
		return columns{
			"location": p.Location, "code": p.Code, "series": asJSON(p.Series), "records": p.Records, "head": p.Head,
			"version": p.Version, "recorded_at": p.RecordedAt,
		}
	})
	samples[retail.TableBalances] = tradeOf("balances", func(t *rapid.T, b *retail.Balance, name string) {
		b.Location = name
		b.Replacements = rapid.Int64Range(0, 3).Draw(t, "replacements")
		within(&b.Terms.ValidMonths, 600)
		b.Terms.ValidMonths = max(0, b.Terms.ValidMonths)
		positive(&b.AmountMinor)
		positive(&b.Version)
	}, func(b *retail.Balance, before retail.Balance) { b.Account = before.Account }, func(b retail.Balance) columns {
		return columns{
			"location": b.Location, "account": b.Account, "currency": b.Currency, "amount_minor": b.AmountMinor, "version": b.Version,
			"recorded_at": b.RecordedAt, "replacements": orNull(b.Replacements),
			"card_kind": orNull(b.Terms.Kind), "card_months": orNull(b.Terms.ValidMonths), "card_renewed": orNull(b.Terms.Renewed),
			"expires_at": orNull(b.ExpiresAt),
		}
	})
	samples[retail.TablePurchases] = tradeOf("purchases", func(t *rapid.T, p *retail.Purchase, _ string) {
		kinds := []retail.PurchaseKind{retail.PurchaseOrder, retail.PurchaseReturn, retail.PurchaseInvoice}
		p.Kind = rapid.SampledFrom(kinds).Draw(t, "kind")
	}, nil, func(p retail.Purchase) columns {
		return columns{
			"customer": uuid(p.Customer), "entity": uuid(p.Entity), "kind": string(p.Kind), "location": p.Location,
			"occurred_at": p.OccurredAt, "recorded_at": p.RecordedAt,
		}
	})
	samples[retail.TableCouponCounts] = tradeOf("coupon_counts", func(t *rapid.T, c *retail.CouponCount, _ string) {
		positive(&c.Used)
	}, func(c *retail.CouponCount, before retail.CouponCount) { c.ID = before.ID }, func(c retail.CouponCount) columns {
		return columns{
			"id": uuid(c.ID), "promotion": c.Promotion, "coupon": c.Coupon, "customer": uuid(c.Customer), "used": c.Used,
			"recorded_at": c.RecordedAt,
		}
	})
	samples[retail.TableCouponUses] = tradeOf("coupon_uses", func(t *rapid.T, u *retail.CouponUse, _ string) {
		u.Kind = rapid.SampledFrom([]retail.CouponUseKind{retail.CouponUsed, retail.CouponGivenBack}).Draw(t, "kind")
	}, nil, func(u retail.CouponUse) columns {
		return columns{"count_id": uuid(u.Count), "kind": string(u.Kind), "order_id": uuid(u.Order), "recorded_at": u.RecordedAt}
	})
	samples[retail.TableReturnRequests] = tradeOf("return_requests", func(t *rapid.T, r *retail.ReturnRequest, _ string) {
		r.State = rapid.SampledFrom(retail.ReturnRequestStates).Draw(t, "state")
		r.Wish = rapid.SampledFrom([]retail.ReturnWish{retail.WishRefund, retail.WishExchange}).Draw(t, "wish")
		r.Refund = rapid.SampledFrom([]retail.RefundTiming{"", retail.RefundOnInspection, retail.RefundOnReceipt}).Draw(t, "refund")
		if r.ExpiresAt = (time.Time{}); r.Refund != "" {
			r.ExpiresAt = drawTime.Filter(func(at time.Time) bool { return !at.IsZero() }).Draw(t, "expires at")
		}
		if len(r.Wrong) == 0 {
			r.Wrong = nil
		}
		if len(r.Returns) == 0 {
			r.Returns = nil
		}
		positive(&r.Version)
	}, func(r *retail.ReturnRequest, before retail.ReturnRequest) { r.ID = before.ID }, func(r retail.ReturnRequest) columns {
		return columns{
			"id": uuid(r.ID), "order_id": uuid(r.Order), "customer": uuid(r.Customer), "channel": r.Channel, "location": r.Location,
			"state": string(r.State), "wish": string(r.Wish), "label": r.Label, "carrier": r.Carrier, "tracking": r.Tracking,
			"refund": orNull(string(r.Refund)), "asked_at": r.AskedAt, "expires_at": orNull(r.ExpiresAt), "lines": asJSON(r.Lines),
			"wrong": listOrNull(r.Wrong), "returns": listOrNull(r.Returns), "note": r.Note, "answer": r.Answer, "recorded_at": r.RecordedAt,
			"version": r.Version,
		}
	})
	samples[retail.TableCarts] = tradeOf("carts", func(t *rapid.T, c *retail.Cart, _ string) {
		c.State = rapid.SampledFrom([]retail.CartState{retail.CartOpen, retail.CartConverted, retail.CartMerged}).Draw(t, "state")
		positive(&c.Version)
		positive(&c.Converted)
		if c.Order.IsZero() {
			c.Converted = 0
		}
		if len(c.Holds) == 0 || c.HeldUntil.IsZero() {
			c.Holds, c.HeldUntil = nil, time.Time{}
		}
	}, func(c *retail.Cart, before retail.Cart) { c.ID = before.ID }, func(c retail.Cart) columns {
		return columns{
			"id": uuid(c.ID), "owner": c.Owner, "state": string(c.State), "channel": c.Channel, "lines": asJSON(c.Lines),
			"order_id": uuid(c.Order), "converted": orNull(c.Converted), "merged_into": uuid(c.Into), "recorded_at": c.RecordedAt,
			"version": c.Version, "left_at": orNull(c.LeftAt), "remind": orNull(c.Remind),
			"holds": listOrNull(c.Holds), "held_until": orNull(c.HeldUntil),
		}
	})
	samples[retail.TableTransfers] = sample{draw: drawTransfer, change: changeTransfer, columns: transferColumns}
}

func fulfilmentColumns(f retail.Fulfilment) columns {
	return columns{
		"location": f.Location, "id": uuid(f.ID), "order_id": uuid(f.Order), "method": string(f.Method), "state": string(f.State),
		"expires_at": orNull(f.ExpiresAt), "carrier": f.Carrier, "tracking": f.Tracking, "code_count": f.CodeCount, "tries": f.Tries,
		"proof": f.Proof, "placed_at": f.PlacedAt, "recorded_at": f.RecordedAt, "version": f.Version,
		"promised_at": orNull(f.PromisedAt), "picked": listOrNull(f.Picked),
		"collector_name": orNull(f.Collector.Name), "collector_document": orNull(string(f.Collector.Document)),
		"collector_signature": orNull(f.Collector.SignatureSHA256), "parcels": listOrNull(f.Parcels),
		"labels":       listOrNull(f.Labels),
		"attention_at": orNull(f.AttentionAt),
	}
}

func returnColumns(r retail.Return) columns {
	overrides := any(nil)
	if r.Overrides != nil {
		overrides = asJSON(r.Overrides)
	}
	return columns{
		"id": uuid(r.ID), "order_id": uuid(r.Order), "location": r.Location, "book": r.Book, "channel": r.Channel,
		"customer": uuid(r.Customer), "currency": r.Currency, "lines": asJSON(r.Lines), "refunds": asJSON(r.Refunds),
		"invoices": asJSON(r.Invoices), "exchange": uuid(r.Exchange), "note": r.Note, "occurred_at": r.OccurredAt,
		"recorded_at": r.RecordedAt, "version": r.Version, "overrides": overrides, "operator": orNull(r.Operator),
		"proof": orNull(string(r.Proof)), "request": uuid(r.Request),
	}
}

func invoiceColumns(i retail.Invoice) columns {
	return columns{
		"location": i.Location, "id": uuid(i.ID), "point": i.Point, "number": i.Number, "kind": string(i.Kind), "series": i.Series,
		"sequence": i.Sequence, "order_id": uuid(i.Order), "return_id": uuid(i.Return), "transaction_id": uuid(i.Transaction),
		"original": uuid(i.Original), "original_number": i.OriginalNumber, "customer": uuid(i.Customer), "seller": asJSON(i.Seller),
		"buyer": jsonOrNull(i.Buyer), "currency": i.Currency, "lines": asJSON(i.Lines), "taxes": asJSON(i.Taxes),
		"occurred_at": i.OccurredAt, "issued_at": i.IssuedAt, "position": i.Position, "previous": i.Previous, "hash": i.Hash,
	}
}

func drawTransfer(t *rapid.T, name string) retail.Row {
	x := drawAny[retail.Transfer]().Draw(t, "transfer")
	x.From, x.To, x.State = name, name+" too", retail.TransferShipped
	x.WantedOn = rapid.SampledFrom([]string{"", "2026-05-04"}).Draw(t, "wanted on")
	x.RequestedAt = rapid.SampledFrom([]time.Time{{}, drawTime.Draw(t, "requested")}).Draw(t, "requested at")
	unsent := !x.RequestedAt.IsZero() && rapid.Bool().Draw(t, "unsent")
	switch x.ShippedAt = drawTime.Draw(t, "shipped"); {
	case unsent:
		x.State, x.ShippedAt = retail.TransferRequested, time.Time{}
	case x.ShippedAt.IsZero():
		x.ShippedAt = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	}
	positive(&x.Version)
	for i := range x.Lines {
		x.Lines[i].Shipped, x.Lines[i].Received, x.Lines[i].Missing = x.Lines[i].Shipped&(1<<40)+9, 1, 2
		x.Lines[i].Damaged, x.Lines[i].Over, x.Lines[i].Requested = x.Lines[i].Damaged&1, x.Lines[i].Over&3, x.Lines[i].Requested&(1<<40)
		if positive(&x.Lines[i].Cost.Minor); !x.Lines[i].Cost.Known() {
			x.Lines[i].Cost = retail.Cost{}
		}
		if unsent {
			x.Lines[i] = retail.TransferLine{SKU: x.Lines[i].SKU, Requested: x.Lines[i].Requested + 1}
			continue
		}
		if x.Lines[i].Kept, x.Lines[i].Lacked = 0, 0; !x.Order.IsZero() {
			x.Lines[i].Kept, x.Lines[i].Lacked = 1, 2
		}
	}
	return x
}

// changeTransfer draws what arrives: more of each line. What was asked for is declined.
func changeTransfer(t *rapid.T, before retail.Row) retail.Row {
	x := before.(retail.Transfer)
	if x.State == retail.TransferRequested {
		x.State, x.RecordedAt, x.Version, x.Answer = retail.TransferDeclined, drawTime.Draw(t, "recorded"), 2, "no"
		return x
	}
	x.State, x.RecordedAt, x.Version = retail.TransferReceived, drawTime.Draw(t, "recorded"), 2
	x.Lines = append([]retail.TransferLine(nil), x.Lines...)
	for i := range x.Lines {
		x.Lines[i].Received, x.Lines[i].Missing, x.Lines[i].Damaged = 5, 3, 2
	}
	return x
}

func transferColumns(row retail.Row) map[string][]columns {
	x := row.(retail.Transfer)
	all := map[string][]columns{"transfers": {{
		"id": uuid(x.ID), "sender": x.From, "receiver": x.To, "state": string(x.State), "reference": x.Reference,
		"shipped_at": orNull(x.ShippedAt), "recorded_at": x.RecordedAt, "version": x.Version, "requested_at": orNull(x.RequestedAt),
		"purpose": orNull(x.Purpose), "wanted_on": orNull(x.WantedOn), "answer": orNull(x.Answer), "order_id": uuid(x.Order),
	}}}
	for i, l := range x.Lines {
		all["transfer_lines"] = append(all["transfer_lines"], columns{
			"transfer_id": uuid(x.ID), "line": int32(i + 1), "sku": l.SKU, "shipped": l.Shipped, "received": l.Received, "missing": l.Missing,
			"damaged": orNull(l.Damaged), "beyond": orNull(l.Over), "cost_minor": nil, "cost_currency": nil, "requested": orNull(l.Requested),
			"kept": orNull(l.Kept), "lacked": orNull(l.Lacked),
		})
		if l.Cost.Known() {
			line := all["transfer_lines"][i]
			line["cost_minor"], line["cost_currency"] = l.Cost.Minor, l.Cost.Currency
		}
	}
	return all
}

// drawIntent draws one whose amounts are possible.
func drawIntent(t *rapid.T) retail.Intent {
	i := drawAny[retail.Intent]().Draw(t, "intent")
	i.State = rapid.SampledFrom([]retail.IntentState{retail.IntentCreated, retail.IntentCaptured, retail.IntentRefundFailed}).Draw(t, "state")
	i.Step = rapid.SampledFrom([]retail.IntentStep{"", retail.StepAuthorise, retail.StepRefund}).Draw(t, "step")
	i.StepMinor, i.Steps = 0, rapid.Int32Range(1, 9).Draw(t, "steps")
	if i.Step != "" {
		i.StepMinor = 7
	}
	positive(&i.AmountMinor)
	i.AuthorisedMinor = i.AmountMinor
	i.CapturedMinor, i.RefundedMinor, i.MovedMinor = i.AmountMinor/2, i.AmountMinor/4, i.AmountMinor/8
	return i
}

// termsOrNull is null where no policy held.
func termsOrNull(t retail.ReturnTerms) any {
	if t == (retail.ReturnTerms{}) {
		return nil
	}
	return asJSON(t)
}

// refundOrNull is how money goes back, as a column.
func refundOrNull(rule retail.RefundRule) any {
	if rule == (retail.RefundRule{}) {
		return nil
	}
	return asJSON(rule)
}

// refundTermsKind are the terms of refunds, as rows.
var refundTermsKind = kindOf("refund_terms", func(t *retail.RefundTerms, name string) {
	t.Currency, t.Order = name, retail.Proportional
	for _, minor := range []*int64{&t.CashMaxMinor, &t.OfflineMaxMinor, &t.Version} {
		positive(minor)
	}
}, func(t retail.RefundTerms) columns {
	return columns{
		"currency": t.Currency, "tender_order": string(t.Order), "cash_max_minor": t.CashMaxMinor, "offline_max_minor": t.OfflineMaxMinor,
		"recorded_at": t.RecordedAt, "version": t.Version,
	}
})
