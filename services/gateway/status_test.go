package gateway_test

import (
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/gateway"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

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

// brokenConn is a connection that fails as the library does, or worse.
type brokenConn struct {
	grpc.ClientConnInterface
	err error
}

func (c brokenConn) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	if c.err == nil {
		panic("secret of the house")
	}
	return c.err
}

func TestErrorsOfLibraries(t *testing.T) {
	for _, c := range []struct {
		name         string
		err          error
		status, code int
		reason       string
	}{
		{"a request that is not liked", status.Error(codes.InvalidArgument, "secret"), 400, 3, "INVALID_REQUEST"},
		{"a server that is not there", status.Error(codes.Unavailable, "dial tcp secret"), 503, 14, "UNAVAILABLE"},
		{"a message that is too large", status.Error(codes.ResourceExhausted, "secret"), 429, 8, "OVERLOADED"},
		{"a deadline", status.Error(codes.DeadlineExceeded, "secret"), 504, 4, "CANCELLED"},
		{"a call that is not served", status.Error(codes.Unimplemented, "unknown service secret"), 501, 12, "INVALID_REQUEST"},
		{"a fault of the library", status.Error(codes.Internal, "secret"), 500, 13, "INTERNAL"},
		{"an error that is no status", errors.New("secret"), 500, 13, "INTERNAL"},
		{"a panic", nil, 500, 13, "INTERNAL"},
	} {
		t.Run(c.name+" is told in our own words", func(t *testing.T) {
			handler, err := gateway.New(gateway.Config{Conn: brokenConn{err: c.err}, Logger: quiet()})
			if err != nil {
				t.Fatal(err)
			}
			site := httptest.NewServer(handler)
			defer site.Close()
			got := send(t, site, "GET", "/v1/products", staffKey, "")
			got.want(t, c.status, c.code, c.reason)
			if strings.Contains(got.body, "secret") {
				t.Errorf("leaks %s", got.body)
			}
		})
	}
}
