package gateway

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// FuzzDiagnose holds the search for a fault against protojson: what that one takes has none, and what it refuses has one,
// or the caller would be told no more than that something is wrong.
func FuzzDiagnose(f *testing.F) {
	for _, seed := range []string{
		`{"requestId": "x", "lines": [{"sku": "a", "quantity": "2", "tillPrice": {"unit": {"amountMinor": 5}}}]}`,
		`{"lines": [{"sku": "a", "gtin": "b"}], "occurredAt": "2026-01-31T15:04:05Z"}`,
		`{"lines": [null], "discounts": null, "tenders": [{"kind": "TENDER_KIND_CASH", "kind": 1}]}`,
		`{"request_id": "x", "requestId": "y"}`, `{"owner": "\ud800"}`, `[]`, `null`, `{`, "{\"location\": \"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	message := (&ordersv1.PlaceOrderRequest{}).ProtoReflect().Descriptor()
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(bytes.TrimSpace(text)) == 0 {
			t.Skip("read as a message without fields")
		}
		refused := protojson.Unmarshal(text, &ordersv1.PlaceOrderRequest{})
		if fault := diagnoseBody(text, message); (refused == nil) != (fault == nil) {
			t.Fatalf("%q: found %v, protojson says %v", text, fault, refused)
		}
	})
}
