package rpc

import (
	"context"
	"testing"

	"google.golang.org/grpc/health/grpc_health_v1"

	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

func TestCrowd(t *testing.T) {
	inside, leave := make(chan struct{}, 1), make(chan struct{})
	s := &shop{}
	s.stock.hold = func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) {
		inside <- struct{}{}
		<-leave
		return &stockv1.Hold{}, nil
	}
	conn := open(t, s, func(c *Config) { c.InFlight = 1 })
	stock := stockv1.NewStockServiceClient(conn)
	first := make(chan error, 1)
	go func() {
		_, err := stock.HoldStock(as(t, webKey), holdRequest())
		first <- err
	}()
	<-inside

	t.Run("refuses one write more than fits, before anybody looks at it", func(t *testing.T) {
		_, err := stock.HoldStock(as(t, "no key at all"), &stockv1.HoldStockRequest{})
		wantTold(t, err, "ResourceExhausted OVERLOADED")
	})
	t.Run("lets reads pass, which have room of their own, and health checks", func(t *testing.T) {
		if _, err := stock.GetAvailability(as(t, webKey), &stockv1.GetAvailabilityRequest{Skus: []string{"RED-42"}, Channel: "web"}); err != nil {
			t.Error(err)
		}
		if _, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("has room again when somebody has left", func(t *testing.T) {
		close(leave)
		if err := <-first; err != nil {
			t.Error(err)
		}
		if _, err := stock.HoldStock(as(t, webKey), holdRequest()); err != nil {
			t.Error(err)
		}
	})
}
