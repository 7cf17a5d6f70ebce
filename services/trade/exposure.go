package trade

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

type boundKey struct{}

// Bound returns a context that says that the caller's key is bound to channels: it sees stock as they show it. The rights
// interceptor makes it; nothing else does.
func Bound(ctx context.Context, channels []string) context.Context {
	return context.WithValue(ctx, boundKey{}, channels)
}

// IsBound tells whether the caller's key is bound to channels.
func IsBound(ctx context.Context) bool {
	_, bound := ctx.Value(boundKey{}).([]string)
	return bound
}

type orderReachKey struct{}

// ReadsOrders returns a context that says of which places the caller's key may read orders. The rights interceptor makes it; nothing else does.
func ReadsOrders(ctx context.Context, of func(location string) bool) context.Context {
	return context.WithValue(ctx, orderReachKey{}, of)
}

// MayReadOrders tells whether the caller's key may read the orders of a place, whatever else it asks for.
func MayReadOrders(ctx context.Context, location string) bool {
	of, told := ctx.Value(orderReachKey{}).(func(string) bool)
	return told && of(location)
}

// Shows is how exactly the caller may see stock through a channel. A key for all channels sees everything.
func Shows(ctx context.Context, channel retail.Channel) retail.Exposure {
	if !IsBound(ctx) {
		return retail.Exposure{}
	}
	return channel.Shows
}

// SeesCounts tells whether the caller may see counts of stock whatever channel it names. A key that is bound to a channel that
// shows none sees none where a call names no channel either.
func SeesCounts(ctx context.Context, reads Channels) (bool, error) {
	codes, _ := ctx.Value(boundKey{}).([]string)
	for _, code := range codes {
		channel, found, err := reads.Channel(ctx, code)
		if err != nil {
			return false, err
		}
		if found && !channel.Shows.Counts() {
			return false, nil
		}
	}
	return true, nil
}
