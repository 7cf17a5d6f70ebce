package rpc

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestPanic(t *testing.T) {
	s, log := &shop{}, &journal{}
	s.stock.hold = func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) { panic("the shelf fell over") }
	stock := stockv1.NewStockServiceClient(open(t, s, func(c *Config) { c.Logger = log.logger() }))

	_, err := stock.HoldStock(as(t, webKey), holdRequest())
	wantTold(t, err, "Internal INTERNAL")
	if status.Convert(err).Message() != "internal error" || strings.Contains(statusText(err), "shelf") {
		t.Errorf("leaks %v", err)
	}
	traceID := errorInfo(t, err).GetMetadata()["trace_id"]
	for _, want := range []string{"level=ERROR", "the shelf fell over", "call_test.go", "trace_id=" + traceID, "actor=web", "request_id=" + someID} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}

	t.Run("the server lives on", func(t *testing.T) {
		s.stock.hold = nil
		_, err := stock.HoldStock(as(t, webKey), holdRequest())
		wantTold(t, err, okay)
	})
}

func TestRequestInContext(t *testing.T) {
	s := &shop{}
	var got ledger.Request
	s.stock.hold = func(ctx context.Context, _ *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
		var ok bool
		if got, ok = ledger.RequestFrom(ctx); !ok {
			t.Error("no request in the context")
		}
		return &stockv1.Hold{}, nil
	}
	stock := stockv1.NewStockServiceClient(open(t, s))
	send := func(key string, r *stockv1.HoldStockRequest) ledger.Request {
		t.Helper()
		if _, err := stock.HoldStock(as(t, key), r); err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := send(webKey, holdRequest())

	t.Run("it has the id and the name of the key", func(t *testing.T) {
		id, _ := retail.ParseID(someID)
		if first.ID != id || first.Actor != "web" || first.Bulk || first.Fingerprint == [32]byte{} {
			t.Errorf("got %+v", first)
		}
	})
	t.Run("the same request again has the same fingerprint", func(t *testing.T) {
		if diff := cmp.Diff(first, send(webKey, holdRequest())); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("any other content has another fingerprint", func(t *testing.T) {
		seen := map[[32]byte]string{first.Fingerprint: "the first"}
		for name, change := range map[string]func(*stockv1.HoldStockRequest){
			"quantity": func(r *stockv1.HoldStockRequest) { r.Lines[0].Quantity++ },
			"owner":    func(r *stockv1.HoldStockRequest) { r.Owner += "!" },
			"location": func(r *stockv1.HoldStockRequest) { r.Location = "rome" },
			"lines":    func(r *stockv1.HoldStockRequest) { r.Lines = append(r.Lines, r.Lines[0]) },
		} {
			r := holdRequest()
			change(r)
			print := send(webKey, r).Fingerprint
			if other, ok := seen[print]; ok {
				t.Errorf("another %s has the fingerprint of %s", name, other)
			}
			seen[print] = name
		}
	})
	t.Run("another caller or another method has another fingerprint", func(t *testing.T) {
		if send(anywebKey, holdRequest()).Fingerprint == first.Fingerprint {
			t.Error("two callers have one fingerprint")
		}
		a, _ := fingerprintOf("/a", "x", holdRequest())
		b, _ := fingerprintOf("/b", "x", holdRequest())
		if a == b {
			t.Error("two methods have one fingerprint")
		}
	})
	t.Run("a key for bulk work says so", func(t *testing.T) {
		bulk := &Principal{Name: "import", Bulk: true}
		c := &call{method: &method{policy: &policy{name: "/a"}}, caller: bulk, requestID: someID}
		ctx, err := (&door{}).remember(t.Context(), c, holdRequest())
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := ledger.RequestFrom(ctx); !r.Bulk || r.Actor != "import" {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("a large request leaves no large buffer behind", func(t *testing.T) {
		r := holdRequest()
		r.Owner = strings.Repeat("x", 2*fingerprintBytesMax)
		if _, err := fingerprintOf("/a", "x", r); err != nil {
			t.Fatal(err)
		}
		if kept := cap(*fingerprintBuffers.Get().(*[]byte)); kept > fingerprintBytesMax {
			t.Errorf("%d bytes are kept", kept)
		}
	})
}

func TestLog(t *testing.T) {
	s, log := &shop{}, &journal{}
	stock := stockv1.NewStockServiceClient(open(t, s, func(c *Config) {
		c.Logger, c.SlowCall = log.logger(), 20*time.Millisecond
	}))
	lines := func() []string { return strings.Split(strings.TrimSpace(log.String()), "\n") }
	last := func() string { all := lines(); return all[len(all)-1] }

	for _, c := range []struct {
		name, key string
		hold      func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error)
		request   *stockv1.HoldStockRequest
		want      []string
	}{
		{"a call that went well is a line at level debug", webKey, nil, holdRequest(),
			[]string{"level=DEBUG", "method=/aisle.stock.v1.StockService/HoldStock", "code=OK", "took=", "actor=web", "request_id=" + someID}},
		{"a refusal is told by its reason", webKey, func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
			return nil, retail.Refuse(retail.OutOfStock, "Ada Lovelace wants too much.")
		}, holdRequest(), []string{"level=INFO", "code=FAILED_PRECONDITION", "reason=OUT_OF_STOCK"}},
		{"overload is a warning", webKey, func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
			return nil, ledger.ErrOverloaded
		}, holdRequest(), []string{"level=WARN", "code=RESOURCE_EXHAUSTED", "reason=OVERLOADED"}},
		{"a slow call is a warning", webKey, func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
			began := time.Now()
			for time.Since(began) < 20*time.Millisecond {
			}
			return &stockv1.Hold{}, nil
		}, holdRequest(), []string{"level=WARN", "code=OK"}},
		{"a broken request is told", webKey, nil, &stockv1.HoldStockRequest{}, []string{"level=INFO", "reason=INVALID_REQUEST"}},
		{"a stranger is told", "SECRET-SECRET-SECRET-SECRET", nil, holdRequest(),
			[]string{"level=INFO", "code=UNAUTHENTICATED", "reason=UNAUTHENTICATED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(log.String())
			s.stock.hold = c.hold
			_, _ = stock.HoldStock(as(t, c.key), c.request)
			for _, want := range c.want {
				if !strings.Contains(last(), want) {
					t.Errorf("lacks %q: %s", want, last())
				}
			}
			if got := strings.Count(log.String()[before:], "\n"); got != 1 {
				t.Errorf("%d lines", got)
			}
		})
	}
	t.Run("no key and nothing of what people say stands in it", func(t *testing.T) {
		for _, never := range []string{webKey, "SECRET", "Ada", "cart 7"} {
			if strings.Contains(log.String(), never) {
				t.Errorf("%q stands in the log", never)
			}
		}
	})
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	stock := stockv1.NewStockServiceClient(open(t, &shop{}, func(c *Config) { c.Metrics = registry }))
	for range 3 {
		_, err := stock.HoldStock(as(t, webKey), holdRequest())
		wantTold(t, err, okay)
	}
	_, err := stock.HoldStock(as(t, tabletKey), holdRequest())
	wantTold(t, err, denied)

	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if labels["method"] == "aisle.stock.v1.StockService/HoldStock" {
				name := strings.TrimSpace(family.GetName() + " " + labels["code"])
				got[name] = metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount())
			}
		}
	}
	want := map[string]float64{
		"aisle_rpc_requests_total OK":                3,
		"aisle_rpc_requests_total PERMISSION_DENIED": 1,
		"aisle_rpc_duration_seconds":                 4,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// newTestDoor returns a door for these services, without a server around it; for none, those of stock and orders.
func newTestDoor(services ...protoreflect.ServiceDescriptor) (*door, error) {
	if len(services) == 0 {
		services = []protoreflect.ServiceDescriptor{
			stockv1.File_aisle_stock_v1_stock_proto.Services().Get(0),
			ordersv1.File_aisle_orders_v1_orders_proto.Services().Get(0),
		}
	}
	keys, err := ParseKeys([]byte(testKeys))
	if err != nil {
		return nil, err
	}
	d := &door{keys: keys, logger: slog.New(slog.DiscardHandler), slowCall: time.Minute, methods: map[string]*method{}}
	return d, d.learn(services, nil)
}

// fakeStream delivers one request to a stream's handler.
type fakeStream struct {
	grpc.ServerStream
	ctx     context.Context
	request proto.Message
}

func (s *fakeStream) Context() context.Context { return s.ctx }

func (s *fakeStream) RecvMsg(m any) error {
	proto.Merge(m.(proto.Message), s.request)
	return nil
}

func TestStreams(t *testing.T) {
	service := contract(t, ".made.Read", &retailv1.Access{Scopes: []string{"stock.read"}, Location: "place"},
		func(m *descriptorpb.MethodDescriptorProto) { m.ServerStreaming = proto.Bool(true) })
	d, err := newTestDoor(service)
	if err != nil {
		t.Fatal(err)
	}
	watch := func(method, key, request string, handler grpc.StreamHandler) error {
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+key))
		stream := &fakeStream{ctx: ctx, request: parse(t, service, request).Interface()}
		return d.stream(nil, stream, &grpc.StreamServerInfo{FullMethod: method}, handler)
	}
	reached := false
	receive := func(_ any, stream grpc.ServerStream) error {
		reached = true
		return stream.RecvMsg(dynamicpb.NewMessage(service.Methods().Get(0).Input()))
	}

	const do = "/made.MadeService/Do"
	for _, c := range []struct {
		name, method, key, request, want string
		reached                          bool
	}{
		{"opens for a key that covers what it asks for", do, tillKey, `place: "milan"`, okay, true},
		{"ends for a key that does not", do, tillKey, `place: "rome"`, denied, true},
		{"does not open for a key without the scope", do, importKey, `place: "milan"`, denied, false},
		{"does not open for a stranger", do, "x", `place: "milan"`, unknownKey, false},
		{"does not open where no rule says who may", "/made.MadeService/Other", staffKey, ``, denied, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			reached = false
			wantTold(t, watch(c.method, c.key, c.request, receive), c.want)
			if reached != c.reached {
				t.Errorf("the handler was reached: %v", reached)
			}
		})
	}
	t.Run("ends with a fault of ours when its handler panics", func(t *testing.T) {
		wantTold(t, watch(do, tillKey, ``, func(any, grpc.ServerStream) error { panic("boom") }), "Internal INTERNAL")
	})
	t.Run("a call to a method that no rule is known for is denied", func(t *testing.T) {
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+staffKey))
		_, err := d.unary(ctx, holdRequest(), &grpc.UnaryServerInfo{FullMethod: "/made.MadeService/Other"},
			func(context.Context, any) (any, error) { return nil, nil })
		wantTold(t, err, denied)
	})
}
