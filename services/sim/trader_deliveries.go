package sim

import (
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
)

// The days on which deliveries are expected: long gone, and far off, so that the clock of a run says the same of them throughout.
var deliveryDays = []string{"2020-01-06", "2099-05-04", "2099-05-05"}

func (t *trader) announce() (ask, bool) {
	request := &deliveriespb.AnnounceDeliveryRequest{
		RequestId: t.newID(), Location: t.store(), Supplier: pick(t, "ACME", "ZETA"), ExpectedOn: pick(t, deliveryDays...),
		Kind: pick(t, deliveriespb.DeliveryKind_DELIVERY_KIND_PURCHASE_ORDER, deliveriespb.DeliveryKind_DELIVERY_KIND_SHIPPING_NOTICE),
	}
	if t.rand.IntN(2) == 0 { // mostly one that somebody else has or will have
		request.Reference = pick(t, "PO-1", "PO-2", "PO-3", t.newID())
	}
	for _, sku := range t.skus(3) {
		request.Lines = append(request.Lines, &deliveriespb.AnnouncedLine{Sku: sku, Quantity: 1 + t.rand.Int64N(8)})
	}
	return ask{request: request}, true
}

func (t *trader) amend() (ask, bool) {
	d, ok := one(t.known, &t.known.bringing, t.rand)
	request := &deliveriespb.AmendDeliveryRequest{
		RequestId: t.newID(), Location: d.GetLocation(), Delivery: d.GetId(), ExpectedOn: pick(t, deliveryDays...),
	}
	for _, sku := range t.skus(2) {
		request.Lines = append(request.Lines, &deliveriespb.AmendedLine{Sku: sku, Quantity: t.rand.Int64N(9)})
	}
	return ask{request: request}, ok
}

func (t *trader) unload() (ask, bool) {
	d, ok := one(t.known, &t.known.bringing, t.rand)
	request := &deliveriespb.ReceiveDeliveryRequest{
		RequestId: t.newID(), Location: d.GetLocation(), Delivery: d.GetId(), DeliveryNote: pick(t, "", "N-1", "N-2", "N-3"),
	}
	if t.rand.IntN(4) == 0 { // all that is expected
		return ask{request: request}, ok
	}
	for _, sku := range t.skus(3) {
		line := &deliveriespb.ArrivedLine{
			Item: &deliveriespb.ArrivedLine_Sku{Sku: sku}, Quantity: t.rand.Int64N(5), Damaged: pick[int64](t, 0, 0, 1), Reason: pick(t, "", "wet", "late"),
			UnitCost: t.cost(),
		}
		if line.Quantity+line.Damaged > 0 {
			request.Lines = append(request.Lines, line)
		}
	}
	return ask{request: request}, ok
}

func (t *trader) closeOff() (ask, bool) {
	d, ok := one(t.known, &t.known.bringing, t.rand)
	return ask{request: &deliveriespb.CloseDeliveryRequest{
		RequestId: t.newID(), Location: d.GetLocation(), Delivery: d.GetId(), Reason: "strike",
	}}, ok
}

func (t *trader) getDelivery() (ask, bool) {
	d, ok := one(t.known, &t.known.bringing, t.rand)
	return ask{request: &deliveriespb.GetDeliveryRequest{Location: d.GetLocation(), Delivery: d.GetId()}}, ok
}

func (t *trader) getPromise() (ask, bool) {
	return ask{request: &deliveriespb.GetAvailableToPromiseRequest{Location: t.store(), Skus: t.skus(3), Quantity: t.rand.Int64N(5)}}, true
}
