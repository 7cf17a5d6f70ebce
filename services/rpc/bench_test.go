package rpc

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// BenchmarkCall measures a call over loopback, by itself and through the door. The difference is what the door costs.
func BenchmarkCall(b *testing.B) {
	s := &shop{}
	bare := grpc.NewServer()
	s.register(bare)
	for _, server := range []struct {
		name string
		conn *grpc.ClientConn
	}{{"bare", serve(b, bare)}, {"door", open(b, s)}} {
		stock := stockv1.NewStockServiceClient(server.conn)
		for _, call := range []struct {
			name string
			do   func(context.Context) error
		}{
			{"read", func(ctx context.Context) error {
				_, err := stock.GetAvailability(ctx, &stockv1.GetAvailabilityRequest{Skus: []string{"RED-42"}, Channel: "web"})
				return err
			}},
			{"hold", func(ctx context.Context) error {
				_, err := stock.HoldStock(ctx, holdRequest())
				return err
			}},
		} {
			b.Run(server.name+"/"+call.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) {
					ctx := as(b, webKey)
					for pb.Next() {
						if err := call.do(ctx); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}

// BenchmarkChain measures the interceptor alone.
func BenchmarkChain(b *testing.B) {
	d, err := newTestDoor()
	if err != nil {
		b.Fatal(err)
	}
	basket := &ordersv1.PlaceOrderRequest{RequestId: someID, Location: "milan", Channel: "web"}
	for range 10 {
		basket.Lines = append(basket.Lines, &ordersv1.BasketLine{
			Item: &ordersv1.BasketLine_Sku{Sku: "RED-42"}, Quantity: 1,
			Method: ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
		})
	}
	ctx := metadata.NewIncomingContext(b.Context(), metadata.Pairs("authorization", "Bearer "+webKey))
	answer := &stockv1.Hold{}
	handler := func(context.Context, any) (any, error) { return answer, nil }
	for _, call := range []struct {
		name, method string
		request      proto.Message
	}{
		{"read", stockv1.StockService_GetAvailability_FullMethodName,
			&stockv1.GetAvailabilityRequest{Skus: []string{"RED-42"}, Channel: "web"}},
		{"hold", stockv1.StockService_HoldStock_FullMethodName, holdRequest()},
		{"basket of ten", ordersv1.OrderService_PlaceOrder_FullMethodName, basket},
	} {
		b.Run(call.name, func(b *testing.B) {
			b.ReportAllocs()
			info := &grpc.UnaryServerInfo{FullMethod: call.method}
			for b.Loop() {
				if _, err := d.unary(ctx, call.request, info, handler); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCodec measures decoding against gRPC's own codec.
func BenchmarkCodec(b *testing.B) {
	text, err := proto.Marshal(holdRequest())
	if err != nil {
		b.Fatal(err)
	}
	ours := newCodec()
	for _, c := range []struct {
		name      string
		unmarshal func(mem.BufferSlice, any) error
	}{{"grpc", ours.CodecV2.Unmarshal}, {"ours", ours.Unmarshal}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			data := mem.BufferSlice{mem.SliceBuffer(text)}
			for b.Loop() {
				if err := c.unmarshal(data, &stockv1.HoldStockRequest{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
