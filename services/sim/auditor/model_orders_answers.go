package auditor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	invoicespb "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	tillspb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// compareAnswers holds what every call of an act was answered against the act: a copy is answered as the first was.
func (d *deed) compareAnswers(calls []*Call) {
	for _, call := range calls {
		if call.Outcome != Acknowledged {
			continue
		}
		if diff := d.diffAnswer(call.Answer); diff != "" {
			d.call = call
			d.wrong("an answer is not what happened", diff, d.cause)
		}
	}
}

// diffAnswer says how an answer differs from what happened.
func (d *deed) diffAnswer(answer proto.Message) string {
	switch a := answer.(type) {
	case *orderspb.Order:
		return diffTold(d.order, a)
	case *paymentspb.PaymentLinkSent:
		if a.GetToken() == "" {
			return "a link without a token was sent"
		}
		return diffTold(d.order, a.GetOrder())
	case *paymentspb.PaymentAnswer:
		return d.diffAsked(a.GetOrder().GetId(), a.GetOrder().GetNumber())
	case *paymentspb.PayByLinkAnswer:
		return d.diffAsked(d.order.id, a.GetLink().GetNumber())
	case *fulfilmentspb.Label:
		return d.diffLabel(a)
	case *fulfilmentspb.Fulfilment:
		return diffWork(d.work, d.order, a)
	case *fulfilmentspb.Handover:
		if d.kind == "WORK" {
			return "it was answered that goods were handed over, and a wrong code was counted"
		}
		return firstText(diffWork(d.work, d.order, a.GetFulfilment()), diffTold(d.order, a.GetOrder()), d.diffPaper(0, a.GetInvoice()))
	case *returnspb.Return:
		return d.diffReturn(a)
	case *fulfilmentspb.UndeliveredShipment:
		return firstText(diffWork(d.work, d.order, a.GetFulfilment()), diffTold(d.order, a.GetOrder()), d.diffReturn(a.GetReturned()))
	case *returnspb.Exchange:
		return firstText(d.diffReturn(a.GetReturn()), diffTold(d.sale, a.GetOrder()))
	case *invoicespb.Invoice:
		return d.diffPaper(0, a)
	case *paymentspb.StoredValue:
		return d.diffReplaced(a)
	case *tillspb.CashMovement:
		return d.diffCash(a)
	}
	return fmt.Sprintf("it was answered by a %T", answer)
}

func (d *deed) diffPaper(n int, told *invoicespb.Invoice) string {
	if n >= len(d.papersNew) {
		return "there should be no document"
	}
	return diffDocument(d.papersNew[n], told)
}

func (d *deed) diffReturn(told *returnspb.Return) string {
	if d.back == nil {
		return "nothing should have come back"
	}
	return firstText(d.back.diff(returnTold(told), true), d.back.diffSums(told))
}

func (d *deed) diffReplaced(told *paymentspb.StoredValue) string {
	r, ok := d.call.Request.(*paymentspb.ReplaceGiftCardRequest)
	if !ok {
		return "no card got another number"
	}
	card := d.sold[r.GetNewNumber()]
	key := balanceKey{card.location, cardPrefix + card.id}
	left, _ := d.balances[key].now()
	until, expires := d.expiries[key].now()
	if told.GetAccount() != cardPrefix+card.id || told.GetLocation() != card.location || told.GetBalance().GetAmountMinor() != left ||
		told.GetReplaced() || told.GetReplacements() != card.replacements || told.GetCardKind() != card.kind ||
		expires != (told.GetExpiresAt() != nil) || expires && !told.GetExpiresAt().AsTime().Equal(until) {
		return fmt.Sprintf("it should be %+v with %d on it, and is told as %v", card, left, told)
	}
	return ""
}

func (d *deed) diffCash(told *tillspb.CashMovement) string {
	r, ok := d.call.Request.(*tillspb.RecordCashRequest)
	if !ok || told.GetTransaction() != d.transaction() || told.GetLocation() != r.GetLocation() || told.GetAct() != r.GetAct() ||
		!proto.Equal(told.GetAmount(), r.GetAmount()) || told.GetNote() != r.GetNote() {
		return fmt.Sprintf("cash was moved by transaction %s, and told as %v", d.transaction(), told)
	}
	return ""
}

// orderTold is an order as an answer tells it.
func orderTold(a *orderspb.Order) *bought {
	o := &bought{
		id: a.GetId(), number: a.GetNumber(), state: trimmed(a.GetState(), "ORDER_STATE_"), channel: a.GetChannel(), location: a.GetLocation(),
		customer: a.GetCustomer(), reference: a.GetReference(), buyer: a.GetBillTo().GetName(), recordedAt: a.GetRecordedAt().AsTime(),
		occurredAt: a.GetOccurredAt().AsTime(),
	}
	if a.GetPayBy() != nil {
		o.payBy = a.GetPayBy().AsTime()
	}
	if a.GetPaymentLinkUntil() != nil {
		o.linkUntil = a.GetPaymentLinkUntil().AsTime()
	}
	for _, l := range a.GetLines() {
		o.lines = append(o.lines, boughtLine{
			line: l.GetLine(), sku: l.GetSku(), account: l.GetAccount(), method: trimmed(l.GetMethod(), methodPrefix), location: l.GetLocation(),
			work: l.GetFulfilment(), taxCode: l.GetTaxCode(), taxPPM: l.GetTaxRatePpm(), returnDays: l.GetReturnDays(), quantity: l.GetQuantity(),
			fulfilled: l.GetFulfilledQuantity(), cancelled: l.GetCancelledQuantity(), rejected: l.GetRejectedQuantity(), returned: l.GetReturnedQuantity(),
			list: l.GetListAmount().GetAmountMinor(), discount: l.GetDiscountAmount().GetAmountMinor(), net: l.GetNetAmount().GetAmountMinor(),
			tax: l.GetTaxAmount().GetAmountMinor(), gross: l.GetGrossAmount().GetAmountMinor(), insteadOf: l.GetInsteadOf(),
			from: l.GetFromLocation(), way: l.GetTransfer(), away: l.GetAwayQuantity(), coming: l.GetComingQuantity(),
			issuer: l.GetIssuer(), kind: l.GetCardKind(), policy: l.GetReturnPolicy(), terms: termsTold(l.GetReturnTerms()),
		})
	}
	o.taxes = taxesTold(a.GetTaxes())
	o.moves = movesTold(a.GetPayments())
	for _, p := range a.GetDocuments() {
		o.papers = append(o.papers, paperOf{
			invoice: p.GetInvoice(), kind: p.GetKind(), original: p.GetOriginal(), occurredAt: p.GetOccurredAt().AsTime(),
		})
	}
	return o
}

func termsTold(t *orderspb.ReturnTerms) ReturnTerms {
	return ReturnTerms{
		Condition: conditionNamed(t.GetCondition()), Proof: proofNamed(t.GetProof()), Final: t.GetOverride() == orderspb.ReturnRight_RETURN_RIGHT_NOBODY,
		Part: int64(t.GetFeeBasisPoints()), Each: t.GetUnitFee().GetAmountMinor(),
	}
}

// conditionNamed is "" where none is said.
func conditionNamed(c orderspb.GoodsCondition) string {
	if c == 0 {
		return ""
	}
	return trimmed(c, "GOODS_CONDITION_")
}

// proofNamed is "" where none is said.
func proofNamed(p orderspb.ReturnProof) string {
	if p == 0 {
		return ""
	}
	return trimmed(p, "RETURN_PROOF_")
}

func taxesTold(taxes []*orderspb.OrderTax) (all []taxSum) {
	for _, t := range taxes {
		all = append(all, taxSum{t.GetCode(), t.GetRatePpm(), t.GetNet().GetAmountMinor(), t.GetTax().GetAmountMinor()})
	}
	return all
}

func movesTold(payments []*orderspb.Payment) (all []moneyMove) {
	for _, p := range payments {
		m := moneyMove{
			movement: trimmed(p.GetMovement(), "PAYMENT_MOVEMENT_"), minor: p.GetAmount().GetAmountMinor(), reference: p.GetReference(),
			location: p.GetLocation(),
		}
		if p.GetKind() != orderspb.TenderKind_TENDER_KIND_UNSPECIFIED {
			m.kind = trimmed(p.GetKind(), kindPrefix)
		}
		all = append(all, m)
	}
	return all
}

// diffTold says how a told order differs from the order.
func diffTold(o *bought, a *orderspb.Order) string {
	if o == nil || a == nil {
		return "the order is missing"
	}
	parts := o.diff(orderTold(a), true)
	return firstText(parts[0], parts[1], parts[2], parts[3], diffSums(a))
}

// diffSums says which sums of a told order do not follow from its own lines and payments.
func diffSums(a *orderspb.Order) string {
	o := orderTold(a)
	var list, discount, net, tax, gross int64
	var done, all, back int64
	for _, l := range o.lines {
		if l.insteadOf == 0 {
			list, discount, net, tax, gross = list+l.list, discount+l.discount, net+l.net, tax+l.tax, gross+l.gross
		}
		done, all, back = done+l.fulfilled, all+l.quantity-l.cancelled, back+l.returned
	}
	for i, line := range a.GetLines() {
		if line.GetOpenQuantity() != o.lines[i].open() {
			return fmt.Sprintf("line %d has %d open and is told to have %d", i+1, o.lines[i].open(), line.GetOpenQuantity())
		}
	}
	want := []int64{list, discount, net, tax, gross, o.owed()}
	got := []int64{
		a.GetListTotal().GetAmountMinor(), a.GetDiscountTotal().GetAmountMinor(), a.GetNetTotal().GetAmountMinor(),
		a.GetTaxTotal().GetAmountMinor(), a.GetGrossTotal().GetAmountMinor(), a.GetOwed().GetAmountMinor(),
	}
	if diff := differ("totals (list, discount, net, tax, gross, owed)", want, got); diff != "" {
		return diff
	}
	states := []string{o.payState(), progress(done, all), progress(back, done)}
	return differ("states (payment, fulfilment, return)", states, []string{
		trimmed(a.GetPaymentState(), "PAYMENT_STATE_"), trimmed(a.GetFulfilmentProgress(), "PROGRESS_"), trimmed(a.GetReturnProgress(), "PROGRESS_"),
	})
}

func progress(done, all int64) string {
	switch done {
	case 0:
		return "NONE"
	case all:
		return "FULL"
	}
	return "PARTIAL"
}

// diffWork says how a told fulfilment differs from the fulfilment and its order.
func diffWork(w *handing, o *bought, a *fulfilmentspb.Fulfilment) string {
	if w == nil || o == nil || a == nil {
		return "the fulfilment is missing"
	}
	told := workTold(a)
	want, got := w.text(true), told.text(true)
	if want != got {
		return fmt.Sprintf("the fulfilment should be %s, and is %s", want, got)
	}
	if late := w.late(w.recordedAt); a.GetLate() != late {
		return fmt.Sprintf("the fulfilment is told to be late: %v, and it was: %v", a.GetLate(), late)
	}
	return diffWorkLines(w, o, a)
}

// workTold is a fulfilment as an answer tells it.
func workTold(a *fulfilmentspb.Fulfilment) *handing {
	w := &handing{
		id: a.GetId(), location: a.GetLocation(), order: a.GetOrder(), method: trimmed(a.GetMethod(), methodPrefix),
		state: trimmed(a.GetState(), "FULFILMENT_STATE_"), carrier: a.GetCarrier(), tracking: a.GetTracking(), proof: a.GetProof(),
		collector: collectorText(a.GetCollector()),
		tries:     a.GetCodeTries(), placedAt: a.GetPlacedAt().AsTime(), recordedAt: a.GetRecordedAt().AsTime(),
	}
	if a.GetExpiresAt() != nil {
		w.expiresAt = a.GetExpiresAt().AsTime()
	}
	if a.GetPromisedAt() != nil {
		w.promisedAt = a.GetPromisedAt().AsTime()
	}
	w.attention = new(time.Time)
	if a.GetAttentionAt() != nil {
		*w.attention = a.GetAttentionAt().AsTime()
	}
	for _, p := range a.GetParcels() {
		w.parcels = append(w.parcels, parcelTold(p))
	}
	for _, l := range a.GetLabels() {
		w.labels = append(w.labels, labelTold(l))
	}
	return w
}

// diffWorkLines says how the lines of a told fulfilment differ from its order's.
func diffWorkLines(w *handing, o *bought, a *fulfilmentspb.Fulfilment) string {
	var want, got []string
	for _, l := range o.lines {
		if l.work == w.id {
			want = append(want, fmt.Sprintf("%d %s %d open %d picked %d", l.line, l.sku, l.quantity, l.open(), w.waits(&l)))
		}
	}
	for _, l := range a.GetLines() {
		got = append(got, fmt.Sprintf("%d %s %d open %d picked %d", l.GetLine(), l.GetSku(), l.GetQuantity(), l.GetOpenQuantity(), l.GetPickedQuantity()))
	}
	want = append(want, fmt.Sprintf("owed %d order %s of %q", o.owed(), o.number, o.customer))
	got = append(got, fmt.Sprintf("owed %d order %s of %q", a.GetOwed().GetAmountMinor(), a.GetOrderNumber(), a.GetCustomer()))
	return differ("lines of the fulfilment", want, got)
}

// returnTold is a return as an answer tells it.
func returnTold(a *returnspb.Return) *takenBack {
	t := &takenBack{
		id: a.GetId(), order: a.GetOrder(), location: a.GetLocation(), book: a.GetBook(), channel: a.GetChannel(), customer: a.GetCustomer(),
		exchange: a.GetExchangeOrder(), note: a.GetNote(), recordedAt: a.GetRecordedAt().AsTime(), moves: movesTold(a.GetRefunds()),
		invoices: a.GetInvoices(), operator: a.GetOperator(), overrides: a.GetOverrides(), proof: proofNamed(a.GetProof()),
	}
	for _, l := range a.GetLines() {
		t.lines = append(t.lines, backLine{
			line: l.GetLine(), until: l.GetQuantity(), sku: l.GetSku(), disposition: trimmed(l.GetDisposition(), "DISPOSITION_"),
			net: l.GetNetAmount().GetAmountMinor(), tax: l.GetTaxAmount().GetAmountMinor(), gross: l.GetGrossAmount().GetAmountMinor(),
			condition: conditionNamed(l.GetCondition()),
		})
	}
	return t
}

// diffSums says which sums of a told return are off.
func (t *takenBack) diffSums(a *returnspb.Return) string {
	gross, refund := int64(0), int64(0)
	for _, l := range t.lines {
		gross += l.gross
	}
	for _, m := range t.moves {
		if m.movement == moveRefund && m.kind != "" {
			refund += m.minor
		}
	}
	return differ("totals (gross, refund)", []int64{gross, refund},
		[]int64{a.GetGrossTotal().GetAmountMinor(), a.GetRefundTotal().GetAmountMinor()})
}

// diffDocument says how a told document differs. Its hash is over the record beside it, whoever reads it.
func diffDocument(p *paper, a *invoicespb.Invoice) string {
	told := &paper{
		id: a.GetId(), location: a.GetLocation(), point: a.GetPoint(), number: a.GetNumber(), kind: trimmed(a.GetKind(), "INVOICE_KIND_"),
		series: a.GetSeries(), order: a.GetOrder(), returned: a.GetReturn(), original: a.GetOriginal(), originalNumber: a.GetOriginalNumber(),
		customer: a.GetCustomer(), buyer: a.GetBuyer().GetName(), sequence: a.GetSequence(), position: a.GetChainPosition(),
		previous: a.GetPreviousHash(), hash: a.GetHash(), taxes: taxesTold(a.GetTaxes()), issuedAt: a.GetIssuedAt().AsTime(),
		occurredAt: a.GetOccurredAt().AsTime(),
	}
	var net, tax, gross int64
	for _, l := range a.GetLines() {
		line := paperLine{
			unitSpan{l.GetLine(), 0, l.GetQuantity()}, l.GetSku(), l.GetNetAmount().GetAmountMinor(), l.GetTaxAmount().GetAmountMinor(),
			l.GetGrossAmount().GetAmountMinor(), l.GetTaxCode(), l.GetTaxRatePpm(),
		}
		told.lines = append(told.lines, line)
		net, tax, gross = net+line.NetMinor, tax+line.TaxMinor, gross+line.GrossMinor
	}
	sum := sha256.Sum256([]byte(a.GetRecord()))
	if hex.EncodeToString(sum[:]) != a.GetHash() {
		return fmt.Sprintf("the hash of document %s is not that of its record", a.GetId())
	}
	return firstText(p.diff(told, true), differ("totals of the document", []int64{net, tax, gross}, []int64{
		a.GetNetTotal().GetAmountMinor(), a.GetTaxTotal().GetAmountMinor(), a.GetGrossTotal().GetAmountMinor(),
	}))
}
