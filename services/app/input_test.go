package app_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// TestBadInput sends what nobody should send, through both doors, and finds the field named and no trace.
func TestBadInput(t *testing.T) {
	w := open(t)
	megabyte := strings.Repeat("x", 1<<20)
	hold := func(field, value string) string {
		fields := map[string]string{"location": `"milan"`, "channel": `"web"`, "owner": `"a"`, "lines": `[{"sku":"SHIRT-S","quantity":"1"}]`}
		fields[field] = value
		var all []string
		for name, value := range fields {
			all = append(all, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	for _, c := range []struct{ name, method, body, field string }{
		{"no request id", "stock/HoldStock", `{"requestId":"","location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "request_id"},
		{"a request id that is none", "stock/HoldStock", `{"requestId":"1","location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "request_id"},
		{"no lines", "stock/HoldStock", hold("lines", `[]`), "lines"},
		{"quantity zero", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S"}]`), "lines[0].quantity"},
		{"negative quantity", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S","quantity":"-1"}]`), "lines[0].quantity"},
		{"overflowing quantity", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S","quantity":"9223372036854775807"}]`), "lines[0].quantity"},
		{"the same SKU twice", "stock/HoldStock", hold("lines", `[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-M","quantity":"1"},{"sku":"SHIRT-S","quantity":"1"}]`), "lines[2].sku"},
		{"the same SKU twice", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-S","quantity":"1"}]}`, "lines[1].sku"},
		{"the same SKU twice", "stock/AdjustStock", `{"location":"milan","reason":"x","lines":[{"sku":"SHIRT-S","difference":"1"},{"sku":"SHIRT-S","difference":"1"}]}`, "lines[1].sku"},
		{"a megabyte", "stock/HoldStock", hold("owner", `"`+megabyte+`"`), "owner"},
		{"a megabyte of SKU", "stock/HoldStock", hold("lines", `[{"sku":"`+megabyte+`","quantity":"1"}]`), "lines[0].sku"},
		{"U+0000", "stock/HoldStock", hold("owner", `"a\u0000b"`), "owner"},
		{"no end", "stock/HoldStock", hold("timeToLive", `"2678401s"`), "time_to_live"},
		{"a hold of no time", "stock/HoldStock", hold("timeToLive", `"0s"`), "time_to_live"},
		{"a negative hold", "stock/HoldStock", hold("timeToLive", `"-1s"`), "time_to_live"},
		{"an unknown kind of place", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":99,"timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT"}}`, "location.kind"},
		{"no kind of place", "locations/PutLocation", `{"location":{"code":"x","name":"X","timeZone":"UTC","currencyCode":"EUR","taxJurisdiction":"IT"}}`, "location.kind"},
		{"an unknown zone", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"Mars/Base","currencyCode":"EUR","taxJurisdiction":"IT"}}`, "location.time_zone"},
		{"an unknown currency", "locations/PutLocation", `{"location":{"code":"x","name":"X","kind":"LOCATION_KIND_STORE","timeZone":"UTC","currencyCode":"QQQ","taxJurisdiction":"IT"}}`, "location.currency_code"},
		{"a wrong check digit", "catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","variants":[{"sku":"P","barcodes":["4006381333932"]}]}}`, "product.variants[0].barcodes[0]"},
		{"a variant of another size", "catalog/PutProduct", `{"product":{"code":"p","title":"P","taxCategory":"standard","options":[{"name":"Size","values":["S"]}],"variants":[{"sku":"P","optionValues":["XXL"]}]}}`, "product.variants[0].option_values[0]"},
		{"a negative price", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"SHIRT-S","unitPrice":` + eur(-1) + `}]}`, "prices[0].unit_price.amount_minor"},
		{"an unknown tender", "orders/PlaceOrder", sale(`,"tenders":[{"kind":77,"amount":` + eur(1995) + `}]`), "tenders[0].kind"},
		{"a negative tender", "orders/PlaceOrder", sale(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":` + eur(-5) + `}]`), "tenders[0].amount.amount_minor"},
		{"a tender of nothing", "orders/PlaceOrder", sale(`,"tenders":[{"kind":"TENDER_KIND_CASH","amount":` + eur(0) + `}]`), "tenders[0].amount.amount_minor"},
		{"a negative discount", "orders/PlaceOrder", sale(`,"discounts":[{"code":"X","amount":` + eur(-5) + `}]` + paid("CASH", 1995)), "discounts[0].amount.amount_minor"},
		{"a discount of more than all", "orders/PlaceOrder", sale(`,"discounts":[{"code":"X","basisPoints":10001}]` + paid("CASH", 1995)), "discounts[0].basis_points"},
		{"a sale of tomorrow", "orders/PlaceOrder", sale(`,"occurredAt":"2099-01-01T00:00:00Z"` + paid("CASH", 1995)), "occurred_at"},
		{"a line of nothing", "orders/PlaceOrder", `{"channel":"till","location":"milan","lines":[{"quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}]}`, "lines[0].item"},
		{"a barcode with a wrong check digit", "orders/PlaceOrder", `{"channel":"till","location":"milan","lines":[{"gtin":"4006381333932","quantity":"1","method":"FULFILMENT_METHOD_CARRY_OUT"}]}`, "lines[0].gtin"},
		{"a number with a slip", "orders/LookupOrder", `{"number":"0000000001"}`, "number"},
		{"orders of nobody", "orders/ListOrders", `{}`, ""},
		{"a forged page token", "orders/ListOrders", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "stock/ListOversellCases", `{"location":"milan","pageToken":"forged"}`, "page_token"},
		{"a forged page token", "catalog/ListProducts", `{"pageToken":"%%%"}`, "page_token"},
		{"the same SKU asked twice", "stock/GetAvailability", `{"skus":["SHIRT-S","SHIRT-S"]}`, "skus"},
	} {
		t.Run(c.method+" refuses "+c.name, func(t *testing.T) {
			w.in(t).refused("staff", c.method, c.body, "INVALID_REQUEST", c.field)
		})
	}

	t.Run("refuses broken UTF-8 in protobuf with the field", func(t *testing.T) {
		raw, err := hex.DecodeString("0a24" + hex.EncodeToString([]byte(newUUID())) + "1203ff41ff") // request_id, location
		if err != nil {
			t.Fatal(err)
		}
		broken := &emptypb.Empty{}
		broken.ProtoReflect().SetUnknown(raw)
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+secret("staff"))
		err = w.conn.Invoke(ctx, "/aisle.stock.v1.StockService/HoldStock", broken, &emptypb.Empty{})
		if s := status.Convert(err); s.Code() != codes.InvalidArgument || !strings.Contains(fmt.Sprint(s.Details()), "location") {
			t.Errorf("%v %v", s, s.Details())
		}
	})

	for _, c := range []struct{ name, body string }{
		{"broken UTF-8", "{\"owner\":\"\xff\xfe\"}"}, {"what is not JSON", "{"}, {"an unknown field", `{"colour":"red"}`},
		{"a text for a number", `{"lines":[{"quantity":"many"}]}`}, {"an unknown name of a kind", `{"location":{"kind":"CASTLE"}}`},
		{"two values", `{} {}`}, {"nothing", ``},
	} {
		t.Run("refuses "+c.name+" over REST", func(t *testing.T) {
			w := w.in(t)
			before := w.fingerprint()
			path, method, verb := "/v1/locations/milan/holds", "stock/HoldStock", http.MethodPost
			if strings.Contains(c.body, "CASTLE") {
				path, method, verb = "/v1/locations/x", "locations/PutLocation", http.MethodPut
			}
			a := w.http("staff", method, verb, path, []byte(c.body))
			if a.code != "400" || a.reason != "INVALID_REQUEST" || a.message == "" {
				t.Errorf("%+v", a)
			}
			if after := w.fingerprint(); after != before {
				t.Error("it left a trace")
			}
		})
	}
	w.audit()
}

func TestRights(t *testing.T) {
	w := open(t)
	theirs := w.must("staff", "orders/PlaceOrder", sale(`,"customer":"`+bob+`"`+paid("CASH", 1995)))
	mine := w.must("staff", "orders/PlaceOrder", sale(`,"customer":"`+ada+`"`+paid("CASH", 1995)))
	for _, c := range []struct{ name, key, method, body, reason string }{
		{"nobody reads without a key", "nobody", "stock/GetAvailability", `{"skus":["SHIRT-S"]}`, "UNAUTHENTICATED"},
		{"a site may not receive goods", "site", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"SHIRT-S","quantity":"1"}]}`, "PERMISSION_DENIED"},
		{"a till may not sell elsewhere", "till", "orders/PlaceOrder", strings.ReplaceAll(sale(paid("CASH", 1995)), "milan", "rome"), "PERMISSION_DENIED"},
		{"a till may not sell through another channel", "till", "orders/PlaceOrder", strings.ReplaceAll(sale(paid("CASH", 1995)), `"till"`, `"web"`), "PERMISSION_DENIED"},
		{"a site may not look past its channel", "site", "stock/GetAvailability", `{"skus":["SHIRT-S"]}`, "PERMISSION_DENIED"},
		{"a shopper may not list another's purchases", "ada", "orders/ListOrders", `{"customer":"` + bob + `"}`, "PERMISSION_DENIED"},
		{"a shopper may not list a shop's sales", "ada", "orders/ListOrders", `{"location":"milan"}`, "PERMISSION_DENIED"},
		{"a shopper does not learn of another's order", "ada", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, theirs.at("id")), "UNKNOWN_ORDER"},
		{"nor by its number", "ada", "orders/LookupOrder", fmt.Sprintf(`{"number":%q}`, theirs.at("number")), "UNKNOWN_ORDER"},
		{"a shopper rings no sale", "ada", "orders/PlaceOrder", sale(paid("CASH", 1995)), "PERMISSION_DENIED"},
		{"a till does not change the catalogue", "till", "catalog/PutTaxCategory", `{"taxCategory":{"code":"x","name":"X"}}`, "PERMISSION_DENIED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.in(t).refused(c.key, c.method, c.body, c.reason, "")
		})
	}
	w.must("ada", "orders/GetOrder", fmt.Sprintf(`{"order":%q}`, mine.at("id")))
}
