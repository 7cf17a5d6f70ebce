package rpc

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// rawCodec sends bytes as they are, as a client in another language might.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (rawCodec) Unmarshal(mem.BufferSlice, any) error { return nil }

func wire(t *testing.T, message proto.Message) []byte {
	t.Helper()
	text, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBrokenMessages(t *testing.T) {
	conn := open(t, &shop{})
	send := func(method string, text []byte) error {
		return conn.Invoke(as(t, webKey), method, text, nil, grpc.ForceCodecV2(rawCodec{}))
	}
	hold := wire(t, holdRequest())
	const unlikely = "RED-42"
	swap := func(with string) []byte { return bytes.ReplaceAll(hold, []byte(unlikely), []byte(with)) }
	second := holdRequest()
	second.Lines = append(second.Lines, &stockv1.HoldLine{Sku: "BLU-42", Quantity: 1})

	for _, c := range []struct {
		name, method string
		text         []byte
		want         string
	}{
		{"a whole message passes", stockv1.StockService_HoldStock_FullMethodName, hold, okay},
		{"text that is not UTF-8", stockv1.StockService_HoldStock_FullMethodName, swap("RED\xff42"),
			"InvalidArgument INVALID_REQUEST [lines[0].sku]"},
		{"text that is not UTF-8 in the second line", stockv1.StockService_HoldStock_FullMethodName,
			bytes.ReplaceAll(wire(t, second), []byte("BLU-42"), []byte("BLU\xc3\x2842")[:6]),
			"InvalidArgument INVALID_REQUEST [lines[1].sku]"},
		{"text with U+0000", stockv1.StockService_HoldStock_FullMethodName, swap("RED\x0042"),
			"InvalidArgument INVALID_REQUEST [lines[0].sku]"},
		{"a message that is cut short in a field", stockv1.StockService_HoldStock_FullMethodName, hold[:10],
			"InvalidArgument INVALID_REQUEST [request_id]"},
		{"a message that is cut short in a line", stockv1.StockService_HoldStock_FullMethodName, hold[:len(hold)-1],
			"InvalidArgument INVALID_REQUEST [lines[0]]"},
		{"a field number that does not exist", stockv1.StockService_HoldStock_FullMethodName, []byte{0x07, 0xff},
			"InvalidArgument INVALID_REQUEST []"},
		{"noise", stockv1.StockService_HoldStock_FullMethodName, bytes.Repeat([]byte{0xff}, 100),
			"InvalidArgument INVALID_REQUEST []"},
		{"a message without a field that is not there", "/grpc.health.v1.Health/Check", []byte{0x0a, 0x02, 0xc3, 0x28},
			"InvalidArgument INVALID_REQUEST [service]"},
		{"a forged mark is refused like any other", stockv1.StockService_HoldStock_FullMethodName,
			protowire.AppendBytes(bytes.Clone(faultTag), []byte{0xff}), "InvalidArgument INVALID_REQUEST []"},
	} {
		t.Run(c.name, func(t *testing.T) { wantTold(t, send(c.method, c.text), c.want) })
	}

	t.Run("says what is wrong with the text", func(t *testing.T) {
		err := send(stockv1.StockService_HoldStock_FullMethodName, swap("RED\x0042"))
		want := "The request is not valid: lines[0].sku: holds the character U+0000, which no text may have"
		if got := status.Convert(err).Message(); got != want {
			t.Errorf("got %q", got)
		}
	})
	t.Run("does not tell a stranger what is wrong", func(t *testing.T) {
		err := conn.Invoke(as(t, "0123456789012345678901"), stockv1.StockService_HoldStock_FullMethodName,
			swap("RED\xff42"), nil, grpc.ForceCodecV2(rawCodec{}))
		wantTold(t, err, unknownKey)
	})
	t.Run("a zero that is a number passes", func(t *testing.T) {
		zero := append(bytes.Clone(hold), 0x38, 0x00)
		wantTold(t, send(stockv1.StockService_HoldStock_FullMethodName, zero), okay)
	})
}

func TestLargeMessages(t *testing.T) {
	stock := stockv1.NewStockServiceClient(open(t, &shop{}))

	t.Run("a text of a megabyte is refused for its length, by field", func(t *testing.T) {
		r := holdRequest()
		r.Owner = strings.Repeat("x", 1<<20)
		_, err := stock.HoldStock(as(t, webKey), r)
		wantTold(t, err, "InvalidArgument INVALID_REQUEST [owner]")
		if size := len(statusText(err)); size > 1000 {
			t.Errorf("the answer has %d bytes", size)
		}
	})
	t.Run("a message of five megabytes is refused", func(t *testing.T) {
		r := holdRequest()
		r.Owner = strings.Repeat("x", 5<<20)
		_, err := stock.HoldStock(as(t, webKey), r)
		if status.Code(err) != codes.ResourceExhausted {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a thousand bad lines are told by the first fifty", func(t *testing.T) {
		r := &stockv1.ReceiveStockRequest{RequestId: someID, Location: "milan"}
		for range 1000 {
			r.Lines = append(r.Lines, &stockv1.ReceiveLine{})
		}
		_, err := stock.ReceiveStock(as(t, tabletKey), r)
		for _, detail := range status.Convert(err).Details() {
			if bad, ok := detail.(*errdetails.BadRequest); ok && len(bad.GetFieldViolations()) == violationsMax {
				return
			}
		}
		t.Errorf("got %v", err)
	})
}

// FuzzCodec holds the codec against gRPC's own: what that one takes, ours takes and decodes the same, but for U+0000 in
// text; what that one fails on, ours marks.
func FuzzCodec(f *testing.F) {
	for _, message := range []proto.Message{
		holdRequest(),
		&ordersv1.PlaceOrderRequest{RequestId: someID, Lines: []*ordersv1.BasketLine{{
			Item: &ordersv1.BasketLine_Sku{Sku: "RED-42"}, Note: "\x00",
		}}},
		&grpc_health_v1.HealthCheckRequest{},
	} {
		text, err := proto.Marshal(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(text[:len(text)/2])
		f.Add(bytes.ReplaceAll(text, []byte("RED"), []byte("R\xffD")))
	}
	c := newCodec()
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, kind := range []proto.Message{&stockv1.HoldStockRequest{}, &ordersv1.PlaceOrderRequest{}} {
			if bytes.Contains(text, faultTag) {
				t.Skip("a forged mark")
			}
			plain, ours := proto.Clone(kind), proto.Clone(kind)
			failed := proto.Unmarshal(text, plain)
			if err := c.Unmarshal(mem.BufferSlice{mem.SliceBuffer(text)}, ours); err != nil {
				t.Fatal(err)
			}
			fault := faultIn(ours.ProtoReflect())
			wanted := failed != nil || hasZero(plain.ProtoReflect()) || overwrittenZero(text, plain)
			if (fault != nil) != wanted {
				t.Fatalf("%x: fault %v, decoding %v", text, fault, failed)
			}
			if fault == nil && !proto.Equal(plain, ours) {
				t.Fatalf("%x: %v is not %v", text, ours, plain)
			}
		}
	})
}

// hasZero looks for U+0000 in the decoded message, the slow way.
func hasZero(message protoreflect.Message) (found bool) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if !field.IsList() {
			found = found || hasZeroIn(field, value)
			return !found
		}
		for i := range value.List().Len() {
			found = found || hasZeroIn(field, value.List().Get(i))
		}
		return !found
	})
	return found
}

func hasZeroIn(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
	switch field.Kind() {
	case protoreflect.StringKind:
		return strings.Contains(value.String(), "\x00")
	case protoreflect.MessageKind:
		return hasZero(value.Message())
	}
	return false
}

// overwrittenZero tells whether a field that came twice had U+0000 the first time. Ours refuses that too.
func overwrittenZero(text []byte, decoded proto.Message) bool {
	again, err := proto.Marshal(decoded)
	return err == nil && len(again) != len(text) && findFault(text, decoded.ProtoReflect().Descriptor(), "") != nil
}
