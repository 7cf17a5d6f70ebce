package sim

import (
	fulfilmentspb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/carrier"
)

// buyLabel asks a carrier for a label, which is declined, is answered late, or is not taken back now and then. It says what goes in the parcel.
func (t *trader) buyLabel() (ask, bool) {
	w, ok := t.workBy(methodShip)
	return ask{request: &fulfilmentspb.BuyLabelRequest{
		RequestId: t.newID(), Location: w.location, Fulfilment: w.id, WeightGrams: t.rand.Int64N(3) * 700,
		Service:   pick(t, "", "", "", "fast", carrier.PretendDeclined, carrier.PretendLost, carrier.PretendCancelRefused),
		Lines:     []*orderspb.UnitCount{{Line: 1 + t.rand.Int32N(3), Quantity: 1 + t.rand.Int64N(2)}},
		Recipient: ada(),
	}}, ok
}

// ada is whom all parcels are for.
func ada() *retailpb.Recipient {
	return &retailpb.Recipient{Name: "Ada", Street: "Via Roma 1", PostalCode: "20121", City: "Milano", CountryCode: "IT"}
}

// voidLabel gives a label back.
func (t *trader) voidLabel() (ask, bool) {
	l, ok := one(t.known, &t.known.labels, t.rand)
	return ask{request: &fulfilmentspb.VoidLabelRequest{
		RequestId: t.newID(), Location: l.GetLocation(), Fulfilment: l.GetFulfilment(), Label: l.GetRequestId(),
	}}, ok
}

// shipUnder sends what a label is for.
func (t *trader) shipUnder() (ask, bool) {
	l, ok := one(t.known, &t.known.labels, t.rand)
	return ask{request: &fulfilmentspb.ShipFulfilmentRequest{
		RequestId: t.newID(), Location: l.GetLocation(), Fulfilment: l.GetFulfilment(), Label: l.GetRequestId(),
	}}, ok
}
