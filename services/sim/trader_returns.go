package sim

import (
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/sim/auditor"
	"strings"
)

// collect hands a methodPickup over: with the code that the shop shows, or a guess.
func (t *trader) collect() (ask, bool) {
	w, ok := t.workBy(methodPickup)
	if !ok {
		return ask{}, false
	}
	request := &fulfilmentspb.CollectPickupRequest{RequestId: t.newID(), Location: w.location, Fulfilment: w.id, Code: "000000", Proof: "identity card"}
	if t.rand.IntN(2) == 0 {
		request.Collector = &fulfilmentspb.Collector{
			Name: pick(t, "", "Ada"), Document: pick(t, fulfilmentspb.DocumentKind_DOCUMENT_KIND_UNSPECIFIED, fulfilmentspb.DocumentKind_DOCUMENT_KIND_PASSPORT),
			SignatureSha256: pick(t, "", strings.Repeat("0a", 32)),
		}
	}
	shown := t.send(t.life, ask{
		method: "fulfilments/GetPickupCode", request: &fulfilmentspb.GetPickupCodeRequest{Location: w.location, Fulfilment: w.id},
	})
	if code, ok := shown.Answer.(*fulfilmentspb.PickupCode); ok && t.rand.IntN(12) > 0 {
		request.Code = code.GetCode()
	}
	looked := t.send(t.life, ask{method: "orders/GetOrder", request: &orderspb.GetOrderRequest{Order: w.order}})
	if order, ok := looked.Answer.(*orderspb.Order); ok {
		t.collected(request, w, order)
	}
	return ask{request: request}, true
}

// collected says which units are collected and what is paid for them: mostly all, and what is still open.
func (t *trader) collected(request *fulfilmentspb.CollectPickupRequest, w workAt, order *orderspb.Order) {
	if t.rand.IntN(4) == 0 {
		for _, l := range order.GetLines() {
			if l.GetFulfilment() == w.id && l.GetOpenQuantity() > 0 {
				request.Lines = append(request.Lines, &orderspb.UnitCount{Line: l.GetLine(), Quantity: 1})
				break
			}
		}
	}
	if due := order.GetGrossTotal().GetAmountMinor() - paid(order); due > 0 && t.rand.IntN(8) > 0 {
		request.Tenders = t.tenders(due)
	}
}

// returnable draws lines of an order that come back: mostly some that can.
func (t *trader) returnable() (order *orderspb.Order, lines []*returnspb.ReturnItem, ok bool) {
	if order, ok = t.order(); !ok {
		return nil, nil, false
	}
	for _, l := range order.GetLines() {
		if l.GetSku() != "" && (l.GetFulfilledQuantity() > 0 || t.rand.IntN(6) == 0) && t.rand.IntN(2) == 0 {
			lines = append(lines, &returnspb.ReturnItem{Line: l.GetLine(), Quantity: min(l.GetQuantity(), t.units()), Reason: "too small", Disposition: pick(t,
				returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK, returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK,
				returnspb.Disposition_DISPOSITION_UNDECIDED, returnspb.Disposition_DISPOSITION_WRITE_OFF, returnspb.Disposition_DISPOSITION_REPAIR),
				Condition: pick(t, orderspb.GoodsCondition_GOODS_CONDITION_UNSPECIFIED, orderspb.GoodsCondition_GOODS_CONDITION_USED,
					orderspb.GoodsCondition_GOODS_CONDITION_UNUSED, orderspb.GoodsCondition_GOODS_CONDITION_SEALED)})
		}
	}
	return order, lines, len(lines) > 0
}

// proof is one that a customer has, most often the best.
func (t *trader) proof() orderspb.ReturnProof {
	return pick(t, orderspb.ReturnProof_RETURN_PROOF_UNSPECIFIED, orderspb.ReturnProof_RETURN_PROOF_IDENTIFIED, orderspb.ReturnProof_RETURN_PROOF_RECEIPT,
		orderspb.ReturnProof_RETURN_PROOF_RECEIPT, orderspb.ReturnProof_RETURN_PROOF_RECEIPT)
}

// refundTo mostly leaves it to the shop where the money goes.
func (t *trader) refundTo() []*orderspb.RefundTo {
	if t.rand.IntN(3) > 0 {
		return nil
	}
	return []*orderspb.RefundTo{{Kind: pick(t, tenderCash, tenderCard, tenderStoreCredit), Amount: euros(1 + t.rand.Int64N(3000))}}
}

// operator is who stands at the counter, where the till says so.
func (t *trader) operator() string { return pick(t, "", "Ada", "Bea") }

func (t *trader) acceptReturn() (ask, bool) {
	order, lines, ok := t.returnable()
	request := &returnspb.AcceptReturnRequest{
		RequestId: t.newID(), Location: t.store(), Order: order.GetId(), Lines: lines, RefundTo: t.refundTo(), Channel: "till", Note: "counter",
		Proof: t.proof(), Operator: t.operator(),
	}
	if t.rand.IntN(8) == 0 {
		request.Fee = euros(1 + t.rand.Int64N(300))
	}
	return ask{request: request}, ok
}

func (t *trader) acceptReturnByRight() (ask, bool) {
	order, lines, ok := t.returnable()
	return ask{request: &returnspb.AcceptReturnByRightRequest{
		StockReason: t.claim(lines), RequestId: t.newID(), Location: t.store(), Order: order.GetId(), Lines: lines, RefundTo: t.refundTo(), Channel: "till", Note: "by right",
		Proof: t.proof(), Operator: t.operator(),
	}}, ok
}

func (t *trader) quoteReturn() (ask, bool) {
	order, lines, ok := t.returnable()
	if t.rand.IntN(3) == 0 { // of all that can come back
		lines = nil
	}
	return ask{request: &returnspb.QuoteReturnRequest{Location: t.store(), Order: order.GetId(), Lines: lines, ByRight: t.rand.IntN(4) == 0, Proof: t.proof()}}, ok
}

func (t *trader) blindReturn() (ask, bool) {
	item := t.item()
	goods := line(item.SKU, t.units(), methodCarryOut, "")
	goods.TillPrice = &orderspb.TillPrice{Price: &orderspb.TillPrice_Unit{Unit: t.money(item.UnitMinor)}, Reason: "lowest price of late"}
	return ask{request: &returnspb.AcceptBlindReturnRequest{
		RequestId: t.newID(), Location: t.store(), Channel: "till", Customer: pick(t, t.shop.Customers...), CurrencyCode: auditor.Currency,
		Lines:      []*returnspb.BlindItem{{Item: goods, Disposition: returnspb.Disposition_DISPOSITION_RETURN_TO_STOCK}},
		RefundKind: tenderStoreCredit, Note: "no receipt", Operator: t.operator(),
	}}, true
}

func (t *trader) exchange() (ask, bool) {
	order, lines, ok := t.returnable()
	sale, _ := t.tillSale()
	leaves := sale.request.(*orderspb.PlaceOrderRequest)
	request := &returnspb.ExchangeGoodsRequest{
		RequestId: t.newID(), Location: leaves.GetLocation(), Order: order.GetId(), Lines: lines, Channel: "till", Note: "another size", Sale: leaves,
		Override: t.rand.IntN(4) == 0, Proof: t.proof(), Operator: t.operator(),
	}
	if ok && t.rand.IntN(2) == 0 {
		t.swap(request, order)
	}
	if ok && t.rand.IntN(2) == 0 {
		request.StockReason = t.claim(lines)
	}
	return ask{request: request}, ok
}

// claim has the customer keep what is to come back, now and then, and says why: mostly rightly so.
func (t *trader) claim(lines []*returnspb.ReturnItem) (reason string) {
	if t.rand.IntN(3) > 0 {
		return ""
	}
	for i, item := range lines {
		if i == 0 || t.rand.IntN(8) > 0 {
			item.Disposition = returnspb.Disposition_DISPOSITION_KEPT
		}
	}
	if t.rand.IntN(8) == 0 {
		return ""
	}
	return "broken"
}

// swap swaps what comes back first for the same in another size, mostly: now and then it is something else, or too much.
func (t *trader) swap(request *returnspb.ExchangeGoodsRequest, order *orderspb.Order) {
	back := request.GetLines()[0]
	request.Swaps = []*returnspb.Swap{{SaleLine: 1, Line: back.GetLine()}}
	if t.rand.IntN(6) > 0 {
		for _, l := range order.GetLines() {
			if l.GetLine() == back.GetLine() {
				request.Sale.Lines[0] = line(l.GetSku(), min(back.GetQuantity(), t.units()), methodCarryOut, "")
			}
		}
	}
	if t.rand.IntN(2) == 0 {
		request.Sale.Tenders = nil
	}
}
