package bench

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/health/grpc_health_v1"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// holdTime is far longer than any run, so that no hold expires and is swept.
const holdTime = 24 * time.Hour

// fingerprint stands for what the interceptor would have made of the request.
var fingerprint = [32]byte{1}

// holdInProcess places holds on the engine, as the handler does.
func (s *stage) holdInProcess(place func() (location, sku string)) call {
	return func(ctx context.Context) (promise, error) {
		location, sku := place()
		ctx = ledger.WithRequest(ctx, ledger.Request{ID: ledger.NewID(), Fingerprint: fingerprint, Actor: "bench"})
		held, err := ledger.Submit(ctx, s.engine, retail.PlaceHold{
			Hold: ledger.NewID(), Transaction: ledger.NewID(), Location: location, Channel: channelCode, Owner: ownerName,
			Lines: []retail.Line{{SKU: sku, Quantity: 1}}, TimeToLive: holdTime,
		})
		return promise{place: location, hold: held.ID}, err
	}
}

// holdOverGRPC places holds as a client does.
func (s *stage) holdOverGRPC(place func() (location, sku string)) call {
	turn := s.turn()
	return func(ctx context.Context) (promise, error) {
		location, sku := place()
		held, err := stockpb.NewStockServiceClient(turn()).HoldStock(s.authorised(ctx), &stockpb.HoldStockRequest{
			RequestId: requestID(), Location: location, Channel: channelCode, Owner: ownerName,
			Lines: []*stockpb.HoldLine{{Sku: sku, Quantity: 1}},
		})
		if err != nil {
			return promise{}, err
		}
		id, err := retail.ParseID(held.GetId())
		return promise{place: location, hold: id}, err
	}
}

// availabilityOverGRPC asks what 50 places have of one article.
func (s *served) availabilityOverGRPC(article func() (sku string)) call {
	turn := s.turn()
	return func(ctx context.Context) (promise, error) {
		sku := article()
		answer, err := stockpb.NewStockServiceClient(turn()).GetAvailability(s.authorised(ctx), &stockpb.GetAvailabilityRequest{
			Skus: []string{sku}, Locations: placeCodes[:placesAsked], Channel: channelCode,
		})
		if err == nil && len(answer.GetLevels()) != placesAsked {
			err = fmt.Errorf("availability at %d places was answered with %d", placesAsked, len(answer.GetLevels()))
		}
		return promise{}, err
	}
}

// emptyOverGRPC asks for nothing.
func (s *served) emptyOverGRPC() call {
	turn := s.turn()
	return func(ctx context.Context) (promise, error) {
		_, err := grpc_health_v1.NewHealthClient(turn()).Check(s.authorised(ctx), &grpc_health_v1.HealthCheckRequest{})
		return promise{}, err
	}
}
