package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/gateway"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	someID   = "0198c0de-0000-7000-8000-000000000001"
	adaID    = "0198c0de-0000-7000-8000-00000000ada0"
	staffKey = "staff-key-0123456789abcdef"
	webKey   = "web-key-0123456789abcdef"
	adaKey   = "ada-key-0123456789abcdef"
)

const testKeys = `{"keys": [
  {"name": "staff", "kind": "staff", "key": "` + staffKey + `", "locations": ["*"], "channels": ["*"]},
  {"name": "web", "kind": "site", "key": "` + webKey + `", "locations": ["milan"], "channels": ["web"]},
  {"name": "ada", "kind": "customer", "key": "` + adaKey + `", "channels": ["web"], "customer": "` + adaID + `"}
]}`

// shop answers with what the test put into it.
type shop struct {
	stockv1.UnimplementedStockServiceServer
	catalogv1.UnimplementedCatalogServiceServer
	orders shopOrders
	hold   func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error)
	asked  *stockv1.GetAvailabilityRequest
	code   string
}

type shopOrders struct {
	ordersv1.UnimplementedOrderServiceServer
	placed *ordersv1.PlaceOrderRequest
}

func (s *shop) HoldStock(ctx context.Context, r *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
	if s.hold != nil {
		return s.hold(ctx, r)
	}
	return &stockv1.Hold{Id: someID, Location: r.GetLocation(), State: stockv1.HoldState_HOLD_STATE_HELD}, nil
}

func (s *shop) GetAvailability(
	_ context.Context, r *stockv1.GetAvailabilityRequest,
) (*stockv1.GetAvailabilityResponse, error) {
	s.asked = r
	return &stockv1.GetAvailabilityResponse{Levels: []*stockv1.StockLevel{{
		Location: "milan", Sku: r.GetSkus()[0], OnHand: 9007199254740993,
	}}}, nil
}

func (s *shop) GetProduct(_ context.Context, r *catalogv1.GetProductRequest) (*catalogv1.Product, error) {
	s.code = r.GetCode()
	return &catalogv1.Product{Code: r.GetCode()}, nil
}

func (o *shopOrders) PlaceOrder(_ context.Context, r *ordersv1.PlaceOrderRequest) (*ordersv1.Order, error) {
	o.placed = r
	return &ordersv1.Order{Id: someID}, nil
}

func (o *shopOrders) GetOrder(context.Context, *ordersv1.GetOrderRequest) (*ordersv1.Order, error) {
	return &ordersv1.Order{Id: someID, Customer: someID}, nil
}

func (o *shopOrders) ListOrders(context.Context, *ordersv1.ListOrdersRequest) (*ordersv1.ListOrdersResponse, error) {
	return &ordersv1.ListOrdersResponse{}, nil
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open starts the shop's server on a loopback port and a gateway in front of it.
func open(t *testing.T, s *shop) *httptest.Server {
	t.Helper()
	keys, err := rpc.ParseKeys([]byte(testKeys))
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.NewServer(rpc.Config{Keys: keys, Logger: quiet(), Register: func(r grpc.ServiceRegistrar) {
		stockv1.RegisterStockServiceServer(r, s)
		ordersv1.RegisterOrderServiceServer(r, &s.orders)
		catalogv1.RegisterCatalogServiceServer(r, s)
	}})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return front(t, listener.Addr().String())
}

// front starts a gateway in front of an address.
func front(t *testing.T, address string) *httptest.Server {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	handler, err := gateway.New(gateway.Config{Conn: conn, Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	return site
}

// answer is an HTTP answer, read.
type answer struct {
	status int
	header http.Header
	body   string
	// code, message and details are those of a google.rpc.Status.
	code    int
	message string
	reason  string
	fields  []string
}

func send(t *testing.T, site *httptest.Server, method, path, key, body string) answer {
	t.Helper()
	return sendReader(t, site, method, path, key, strings.NewReader(body))
}

func sendReader(t *testing.T, site *httptest.Server, method, path, key string, body io.Reader) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, site.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	got, err := site.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: got.StatusCode, header: got.Header, body: string(text)}
	if a.status < 400 {
		return a
	}
	var told struct {
		Code    int
		Message string
		Details []struct {
			Type            string `json:"@type"`
			Reason, Domain  string
			FieldViolations []struct{ Field string }
		}
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatalf("%d %q is not a JSON error: %v", a.status, text, err)
	}
	a.code, a.message = told.Code, told.Message
	for _, detail := range told.Details {
		if detail.Type == "type.googleapis.com/google.rpc.ErrorInfo" && detail.Domain == "aisle.retail" {
			a.reason = detail.Reason
		}
		for _, v := range detail.FieldViolations {
			a.fields = append(a.fields, v.Field)
		}
	}
	return a
}

func (a answer) want(t *testing.T, status, code int, reason string, fields ...string) {
	t.Helper()
	if a.status != status || a.code != code || a.reason != reason {
		t.Errorf("got %d, code %d, %s, want %d, code %d, %s: %s", a.status, a.code, a.reason, status, code, reason, a.body)
	}
	if diff := cmp.Diff(fields, a.fields); diff != "" {
		t.Errorf("fields: %s", diff)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type is %q", got)
	}
}

const (
	holdPath = "/v1/locations/milan/holds"
	holdBody = `{"requestId": "` + someID + `", "channel": "web", "owner": "cart 7", "timeToLive": "900s",
		"lines": [{"sku": "RED-42", "quantity": 2}]}`
)

func TestCalls(t *testing.T) {
	s := &shop{}
	site := open(t, s)

	t.Run("a POST becomes a call, and its answer JSON", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, webKey, holdBody)
		var hold map[string]any
		if err := json.Unmarshal([]byte(got.body), &hold); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if hold["state"] != "HOLD_STATE_HELD" || hold["location"] != "milan" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("got %v", hold)
		}
	})
	t.Run("zeros are written, absent messages are not, 64 bits are strings", func(t *testing.T) {
		got := send(t, site, "GET", "/v1/availability?skus=RED-42&skus=BLU-42&channel=web", webKey, "")
		var reply struct{ Levels []map[string]any }
		if err := json.Unmarshal([]byte(got.body), &reply); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if level := reply.Levels[0]; level["available"] != "0" || level["onHand"] != "9007199254740993" {
			t.Errorf("got %v", level)
		}
		if diff := cmp.Diff([]string{"RED-42", "BLU-42"}, s.asked.GetSkus()); diff != "" || s.asked.GetChannel() != "web" {
			t.Errorf("asked %v: %s", s.asked, diff)
		}
		order := send(t, site, "GET", "/v1/orders/"+someID, staffKey, "")
		if strings.Contains(order.body, "null") || !strings.Contains(order.body, `"lines":`) {
			t.Errorf("got %s", order.body)
		}
	})
	t.Run("fields are read by either name, numbers as strings or numbers", func(t *testing.T) {
		got := send(t, site, "POST", "/v1/orders", webKey, `{"request_id": "`+someID+`", "channel": "web", "location": "milan",
			"lines": [{"sku": "RED-42", "quantity": "2", "method": "FULFILMENT_METHOD_CARRY_OUT"},
			          {"gtin": "40123455", "quantity": 3, "method": 1}]}`)
		if got.status != 200 || s.orders.placed.GetLines()[0].GetQuantity() != 2 || s.orders.placed.GetLines()[1].GetQuantity() != 3 {
			t.Errorf("%d %s: %v", got.status, got.body, s.orders.placed)
		}
	})
	t.Run("a code in a path may have what codes have", func(t *testing.T) {
		for _, code := range []string{"RED-42", "a:b", "a b", "ä€", "..", "100%", "a+b", "a?b#c", "SKU:release"} {
			got := send(t, site, "GET", "/v1/products/"+escape(code), staffKey, "")
			if got.status != 200 || s.code != code {
				t.Errorf("%q arrived as %q: %d %s", code, s.code, got.status, got.body)
			}
		}
	})
	t.Run("an answer of ten megabytes arrives", func(t *testing.T) {
		s.hold = func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
			return &stockv1.Hold{Owner: strings.Repeat("x", 10<<20)}, nil
		}
		defer func() { s.hold = nil }()
		if got := send(t, site, "POST", holdPath, webKey, holdBody); got.status != 200 || len(got.body) < 10<<20 {
			t.Errorf("%d, %d bytes", got.status, len(got.body))
		}
	})
	t.Run("answers are for the caller alone", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, webKey, holdBody)
		if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" ||
			got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("got %v", got.header)
		}
		for name := range got.header {
			if strings.HasPrefix(name, "Grpc-") {
				t.Errorf("%s tells of what is behind", name)
			}
		}
	})
}

// escape escapes every byte that is not a letter or a digit, and dots too.
func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func TestErrors(t *testing.T) {
	s := &shop{}
	site := open(t, s)
	hold := func(refusal error) answer {
		s.hold = func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) { return nil, refusal }
		return send(t, site, "POST", holdPath, webKey, holdBody)
	}

	for _, c := range []struct {
		name         string
		err          error
		status, code int
		reason       string
	}{
		{"out of stock", retail.Refuse(retail.OutOfStock, "Two are left."), 400, 9, "OUT_OF_STOCK"},
		{"an unknown SKU", retail.Refuse(retail.UnknownSKU, "No such SKU."), 404, 5, "UNKNOWN_SKU"},
		{"a request id with another request", retail.Refuse(retail.RequestIDReused, "Another."), 409, 6, "REQUEST_ID_REUSED"},
		{"a quantity beyond counting", retail.Refuse(retail.QuantityTooLarge, "Many."), 400, 11, "QUANTITY_TOO_LARGE"},
		{"overload", ledger.ErrOverloaded, 429, 8, "OVERLOADED"},
		{"no database", ledger.ErrUnavailable, 503, 14, "UNAVAILABLE"},
		{"a stale plan", ledger.ErrStale, 409, 10, "STALE"},
		{"a deadline", context.DeadlineExceeded, 504, 4, "CANCELLED"},
		{"a fault of ours", errors.New("secret of the house"), 500, 13, "INTERNAL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := hold(c.err)
			got.want(t, c.status, c.code, c.reason)
			if strings.Contains(got.body, "secret") {
				t.Errorf("leaks %s", got.body)
			}
		})
	}
	t.Run("a refusal keeps its message and names the field", func(t *testing.T) {
		got := hold(retail.RefuseField(retail.UnknownSKU, "lines[0].sku", "There is no RED-42.").With("sku", "RED-42"))
		got.want(t, 404, 5, "UNKNOWN_SKU", "lines[0].sku")
		if got.message != "There is no RED-42." || !strings.Contains(got.body, `"sku"`) {
			t.Errorf("got %s", got.body)
		}
	})
	t.Run("who is overloaded says when to come back", func(t *testing.T) {
		if got := hold(ledger.ErrOverloaded).header.Get("Retry-After"); got != "1" {
			t.Errorf("Retry-After is %q", got)
		}
	})
	s.hold = nil

	t.Run("without a key", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, "", holdBody)
		got.want(t, 401, 16, "UNAUTHENTICATED")
		if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("WWW-Authenticate is %q", got.header.Get("WWW-Authenticate"))
		}
	})
	t.Run("with a key for another place", func(t *testing.T) {
		send(t, site, "POST", "/v1/locations/rome/holds", webKey, holdBody).want(t, 403, 7, "PERMISSION_DENIED")
	})
	t.Run("the path names the place, whatever the body says", func(t *testing.T) {
		body := strings.Replace(holdBody, "{", `{"location": "milan", `, 1)
		send(t, site, "POST", "/v1/locations/rome/holds", webKey, body).want(t, 403, 7, "PERMISSION_DENIED")
	})
	t.Run("another's order", func(t *testing.T) {
		send(t, site, "GET", "/v1/orders/"+someID, adaKey, "").want(t, 404, 5, "UNKNOWN_ORDER")
	})
	t.Run("a call that is not there yet", func(t *testing.T) {
		send(t, site, "GET", "/v1/locations/milan/oversell-cases", staffKey, "").want(t, 501, 12, "INVALID_REQUEST")
	})
}

func TestRequestsThatCannotBeRead(t *testing.T) {
	site := open(t, &shop{})
	const refused = "INVALID_REQUEST"
	line := func(text string) string {
		return strings.Replace(holdBody, `{"sku": "RED-42", "quantity": 2}`, text, 1)
	}
	order := func(text string) string {
		return `{"requestId": "` + someID + `", "channel": "web", "location": "milan", "lines": [` + text + `]}`
	}

	for _, c := range []struct {
		name, method, path, body string
		fields                   []string
		says                     string
	}{
		{"JSON that is cut short", "POST", holdPath, holdBody[:40], []string{""}, "the body is not valid JSON: line 1, column 40: unexpected end of JSON input"},
		{"JSON that is none", "POST", holdPath, "{\n  \"owner\": cart}", []string{""}, "the body is not valid JSON: line 2, column 12: invalid character 'c'"},
		{"something behind the end", "POST", holdPath, holdBody + "x", []string{""}, "not valid JSON"},
		{"a second object", "POST", holdPath, holdBody + holdBody, []string{""}, "invalid character '{' after top-level value"},
		{"a list", "POST", holdPath, `[]`, []string{""}, "the body must be a JSON object"},
		{"a form", "POST", holdPath, "owner=ada", []string{""}, "the body is not valid JSON"},
		{"an unknown field", "POST", holdPath, strings.Replace(holdBody, `"channel"`, `"chanel"`, 1), []string{"chanel"},
			"chanel: is not a field that this call has"},
		{"an unknown field in a line", "POST", holdPath, line(`{"sku": "RED-42", "colour": "red"}`), []string{"lines[0].colour"}, ""},
		{"a field twice", "POST", holdPath, strings.Replace(holdBody, "{", `{"owner": "x", `, 1), []string{"owner"}, "more than once"},
		{"a field twice by both names", "POST", holdPath, strings.Replace(holdBody, "{", `{"request_id": "x", `, 1),
			[]string{"request_id"}, "more than once"},
		{"a text for a number", "POST", holdPath, line(`{"sku": "RED-42", "quantity": "two"}`), []string{"lines[0].quantity"},
			"must be a whole number of at most 64 bits"},
		{"half a unit", "POST", holdPath, line(`{"sku": "RED-42", "quantity": 2.5}`), []string{"lines[0].quantity"}, ""},
		{"a number beyond 64 bits", "POST", holdPath, line(`{"sku": "RED-42", "quantity": 9223372036854775808}`),
			[]string{"lines[0].quantity"}, ""},
		{"a number for a text", "POST", holdPath, line(`{"sku": 42, "quantity": 1}`), []string{"lines[0].sku"}, "must be a text"},
		{"an object for a list", "POST", holdPath, strings.Replace(holdBody, "[", "", 1)[:len(holdBody)-3] + "}", []string{"lines"}, "must be a list"},
		{"a text for an object", "POST", holdPath, line(`"RED-42"`), []string{"lines[0]"}, "must be a JSON object"},
		{"a duration without a unit", "POST", holdPath, strings.Replace(holdBody, "900s", "900", 1), []string{"time_to_live"}, `such as "900s"`},
		{"a time without a zone", "POST", "/v1/orders", strings.Replace(order(``), "{", `{"occurredAt": "2026-01-31T15:04:05", `, 1),
			[]string{"occurred_at"}, "with a zone"},
		{"a value that the contract does not have", "POST", "/v1/orders", order(`{"method": "TELEPORT"}`), []string{"lines[0].method"},
			"must be one of FULFILMENT_METHOD_CARRY_OUT"},
		{"the number of one that it does not have", "POST", "/v1/orders", order(`{"sku": "R", "quantity": 1, "method": 77}`),
			[]string{"lines[0].method"}, ""},
		{"two of a choice", "POST", "/v1/orders", order(`{"sku": "R", "gtin": "40123455"}`), []string{"lines[0].item"}, "one of gtin, sku"},
		{"text that is not UTF-8", "POST", holdPath, line("{\"sku\": \"RED\xff42\", \"quantity\": 2}"), []string{"lines[0].sku"}, "UTF-8"},
		{"text with half a surrogate", "POST", holdPath, line(`{"sku": "\ud800", "quantity": 2}`), []string{"lines[0].sku"}, ""},
		{"text with U+0000", "POST", holdPath, line(`{"sku": "RED\u000042", "quantity": 2}`), []string{"lines[0].sku"}, "U+0000"},
		{"nothing", "POST", holdPath, "", []string{"request_id", "channel", "owner", "lines"}, ""},
		{"a name that goes on and on", "POST", holdPath, `{"` + strings.Repeat("ä", 1000) + `": 1}`, []string{strings.Repeat("ä", 50)}, ""},

		{"an unknown parameter", "GET", "/v1/availability?skus=RED-42&chanel=web", "", []string{"chanel"}, "is not a parameter of this call"},
		{"a parameter that is no number", "GET", "/v1/orders?customer=" + adaID + "&pageSize=ten", "", []string{"pageSize"},
			"must be a whole number of at most 32 bits"},
		{"a parameter twice", "GET", "/v1/orders?customer=" + adaID + "&pageSize=1&pageSize=2", "", []string{"pageSize"}, "more than once"},
		{"a parameter that is not UTF-8", "GET", "/v1/availability?skus=%ff", "", []string{"skus"}, "UTF-8"},
		{"a parameter with U+0000", "GET", "/v1/availability?skus=a%00b", "", []string{"skus[0]"}, "U+0000"},
		{"a query that is none", "GET", "/v1/availability?skus=%zz", "", []string{""}, "the query is not well-formed"},
		{"a path that is not UTF-8", "GET", "/v1/products/%ff", "", []string{""}, "the path is not valid UTF-8"},
		{"parameters beside a body", "POST", holdPath + "?channel=app", holdBody, []string{"channel"}, "reads its body only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := send(t, site, c.method, c.path, staffKey, c.body)
			got.want(t, 400, 3, refused, c.fields...)
			if !strings.Contains(got.message, c.says) {
				t.Errorf("says %q", got.message)
			}
			for _, never := range []string{"proto:", "strconv", "grpc", "\u00a0"} {
				if strings.Contains(got.message, never) {
					t.Errorf("%q is not for people: %q", never, got.message)
				}
			}
		})
	}

	t.Run("a text of a megabyte is refused by its field", func(t *testing.T) {
		got := send(t, site, "POST", holdPath, staffKey, strings.Replace(holdBody, "cart 7", strings.Repeat("x", 1<<20), 1))
		got.want(t, 400, 3, refused, "owner")
		if len(got.body) > 1000 {
			t.Errorf("the answer has %d bytes", len(got.body))
		}
	})
	five := bytes.Repeat([]byte(" "), 5<<20)
	t.Run("a body of five megabytes is refused", func(t *testing.T) {
		sendReader(t, site, "POST", holdPath, staffKey, bytes.NewReader(five)).want(t, 413, 3, refused)
	})
	t.Run("a body of five megabytes that does not say so is refused", func(t *testing.T) {
		sendReader(t, site, "POST", holdPath, staffKey, io.MultiReader(bytes.NewReader(five))).want(t, 413, 3, refused)
	})
	t.Run("an unknown path", func(t *testing.T) {
		for _, path := range []string{"/v1/", "/v1/socks", "/v1/products/a/b", "/socks", "/v2/products", "//", "/docs/../x", "/v1"} {
			send(t, site, "GET", path, staffKey, "").want(t, 404, 5, refused)
		}
	})
	t.Run("another method", func(t *testing.T) {
		for _, method := range []string{"DELETE", "PATCH", "OPTIONS"} {
			send(t, site, method, "/v1/orders", staffKey, "").want(t, 405, 12, refused)
		}
	})
	t.Run("a method in a header changes nothing", func(t *testing.T) {
		r, _ := http.NewRequestWithContext(t.Context(), "POST", site.URL+"/v1/products/x", strings.NewReader(""))
		r.Header.Set("X-HTTP-Method-Override", "GET")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+staffKey)
		got, err := site.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		if got.StatusCode != 405 {
			t.Errorf("got %d", got.StatusCode)
		}
	})
}

func TestUnreachableService(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	site := front(t, address)

	got := send(t, site, "GET", "/v1/products", staffKey, "")
	got.want(t, 503, 14, "UNAVAILABLE")
	if strings.Contains(got.body, "127.0.0.1") || got.header.Get("Retry-After") != "1" {
		t.Errorf("got %s, %v", got.body, got.header)
	}
}

// get reads a page, without judging it.
func get(t *testing.T, site *httptest.Server, path string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", site.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := site.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: got.StatusCode, header: got.Header, body: string(text)}
}
