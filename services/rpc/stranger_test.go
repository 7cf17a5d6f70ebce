package rpc

import (
	"context"
	"testing"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// TestStrangers lets those call who have no key, where the contract says that anyone may.
func TestStrangers(t *testing.T) {
	inside, leave := make(chan struct{}, 2), make(chan struct{})
	s := &shop{}
	s.orders.get = func(context.Context, *ordersv1.GetOrderRequest) (*ordersv1.Order, error) {
		inside <- struct{}{}
		<-leave
		return &ordersv1.Order{}, nil
	}
	conn := open(t, s, func(c *Config) { c.InFlight = 2 })
	payments := paymentsv1.NewPaymentServiceClient(conn)
	look := &paymentsv1.GetPaymentLinkRequest{Token: "x"}
	pay := &paymentsv1.PayByLinkRequest{
		RequestId: someID, Token: "x", Card: "tok_ok", Amount: &retailv1.Money{CurrencyCode: "EUR", AmountMinor: 1},
	}

	t.Run("a key is not asked for, nor looked at", func(t *testing.T) {
		for _, ctx := range []context.Context{t.Context(), as(t, webKey), as(t, "no key at all")} {
			if _, err := payments.GetPaymentLink(ctx, look); err != nil {
				t.Error(err)
			}
			if answer, err := payments.PayByLink(ctx, pay); err != nil || answer.GetActionUrl() != "aisle/anyone" {
				t.Errorf("%v, %v", answer, err)
			}
		}
	})
	t.Run("what they say is held against the rules", func(t *testing.T) {
		_, err := payments.PayByLink(t.Context(), &paymentsv1.PayByLinkRequest{RequestId: someID, Token: "x", Card: "4242424242424242"})
		wantTold(t, err, "InvalidArgument INVALID_REQUEST [amount card]")
		_, err = payments.GetPaymentLink(t.Context(), &paymentsv1.GetPaymentLinkRequest{Token: "x\x00"})
		wantTold(t, err, "InvalidArgument INVALID_REQUEST [token]")
	})
	t.Run("they never take all the room", func(t *testing.T) {
		done := make(chan error, 1)
		go func() {
			_, err := ordersv1.NewOrderServiceClient(conn).GetOrder(as(t, staffKey), &ordersv1.GetOrderRequest{Order: someID})
			done <- err
		}()
		<-inside
		_, err := payments.GetPaymentLink(t.Context(), look)
		wantTold(t, err, "ResourceExhausted OVERLOADED")
		close(leave)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := payments.GetPaymentLink(t.Context(), look); err != nil {
			t.Error(err)
		}
	})
}
