// Package carts serves what people mean to buy: one cart for each customer and each device, the same in every channel. It is converted to
// an order by whoever places one (package orders).
package carts

import (
	"cmp"
	"context"
	"slices"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Carts
	trade.Channels
	trade.Places
	trade.Variants
	trade.Buffers
	// Holds returns holds in the order asked; one that is not there is without an id.
	Holds(ctx context.Context, refs []retail.HoldRef) ([]retail.Hold, error)
}

// Contacts keep how shoppers are reminded of their carts, beside the books.
type Contacts interface {
	// PutCartContact keeps it for a cart as of the version that she agreed with.
	PutCartContact(ctx context.Context, cart retail.ID, version int64, c retail.Contact) error
	// EndCartContact forgets it, unless somebody is still to be reminded of the cart.
	EndCartContact(ctx context.Context, cart retail.ID) error
}

// Server is aisle.carts.v1.CartService.
type Server struct {
	pb.UnimplementedCartServiceServer
	engine   *ledger.Engine
	reads    Reads
	contacts Contacts
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads, contacts Contacts) *Server {
	return &Server{engine: engine, reads: reads, contacts: contacts}
}

// GetCart returns a cart.
func (s *Server) GetCart(ctx context.Context, req *pb.GetCartRequest) (*pb.Cart, error) {
	owner, err := ownerFrom(req)
	if err != nil {
		return nil, err
	}
	cart, found, err := s.reads.Cart(ctx, retail.CartID(owner))
	if err == nil && !found {
		cart = retail.NewCart(owner)
	}
	var holds []retail.Hold
	if err == nil && len(cart.Holds) > 0 {
		holds, err = s.reads.Holds(ctx, retail.RefsOf(cart.Holds))
	}
	return told(cart.Still(holds, time.Now()), err)
}

// PutCart replaces all that is in a cart.
func (s *Server) PutCart(ctx context.Context, req *pb.PutCartRequest) (*pb.Cart, error) {
	cmd, err := putFrom(req)
	if err != nil {
		return nil, err
	}
	contact, err := contactFrom(req)
	if err != nil {
		return nil, err
	}
	cart, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Cart], error) {
		channel, err := s.open(ctx, cmd.Channel)
		if err != nil {
			return nil, err
		}
		if err := s.know(ctx, cmd.Lines); err != nil {
			return nil, err
		}
		cmd.Keep, err = s.keeping(ctx, channel, cmd.Lines, cmd.Owner)
		return cmd, err
	})
	if err == nil {
		err = s.keepContact(ctx, cart, contact)
	}
	return told(cart, err)
}

// keepContact keeps how somebody is reminded of a cart that was put, or forgets it. A cart is left behind a second later at the soonest, and
// a request that ends in between has no answer, and does it when it comes again, within a day.
func (s *Server) keepContact(ctx context.Context, cart retail.Cart, contact *retail.Contact) error {
	switch {
	case !cart.Remind:
		return s.contacts.EndCartContact(ctx, cart.ID)
	case contact != nil:
		return s.contacts.PutCartContact(ctx, cart.ID, cart.Version, *contact)
	}
	return nil
}

// MergeCarts puts what is in a device's cart into a customer's.
func (s *Server) MergeCarts(ctx context.Context, req *pb.MergeCartsRequest) (*pb.Cart, error) {
	cmd, err := mergeFrom(req)
	if err != nil {
		return nil, err
	}
	cart, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Cart], error) {
		channel, err := s.open(ctx, cmd.Channel)
		if err != nil {
			return nil, err
		}
		cmd.Keep, err = s.keeping(ctx, channel, nil, cmd.Customer, cmd.Device)
		return cmd, err
	})
	if err == nil {
		err = s.contacts.EndCartContact(ctx, retail.CartID(cmd.Device))
	}
	return told(cart, err)
}

// told tells a cart that a command came to.
func told(cart retail.Cart, err error) (*pb.Cart, error) {
	if err != nil {
		return nil, err
	}
	return cartTo(cart), nil
}

// open refuses a channel that is not there, or is retired.
func (s *Server) open(ctx context.Context, code string) (retail.Channel, error) {
	channel, err := trade.Channel(ctx, s.reads, code)
	if err != nil {
		return channel, err
	}
	return channel, channel.Open()
}

// keeping reads how what is in carts is held: these lines, or those that are in them.
func (s *Server) keeping(ctx context.Context, channel retail.Channel, lines []retail.CartLine, owners ...string) (retail.CartKeeping, error) {
	keep := channel.Keeping()
	var refs []retail.HoldRef
	for _, owner := range owners {
		cart, _, err := s.reads.Cart(ctx, retail.CartID(owner))
		if err != nil {
			return keep, err
		}
		refs = append(refs, retail.RefsOf(cart.Holds)...)
		if len(owners) > 1 {
			lines = append(lines, cart.Lines...)
		}
	}
	var err error
	if len(refs) > 0 {
		if keep.Held, err = s.reads.Holds(ctx, refs); err != nil {
			return keep, err
		}
	}
	if keep.For == 0 {
		return keep, nil
	}
	for _, line := range lines {
		code := cmp.Or(line.From, line.Location, keep.SellsAt)
		if code == "" {
			continue
		}
		keep.Positions = append(keep.Positions, retail.LevelKey(code, line.SKU))
		if slices.ContainsFunc(keep.Places, func(p retail.CartPlace) bool { return p.Location == code }) {
			continue
		}
		place, err := trade.Place(ctx, s.reads, code, "channel")
		if err != nil {
			return keep, err
		}
		keep.Places = append(keep.Places, channel.HoldsAt(place, ledger.NewID()))
	}
	rules, err := s.reads.Buffers(ctx, keep.Positions)
	keep.Buffers = retail.NewBuffers(channel, rules)
	return keep, err
}

// know refuses SKUs and places that are not there.
func (s *Server) know(ctx context.Context, lines []retail.CartLine) error {
	skus := make([]string, len(lines))
	for i, line := range lines {
		skus[i] = line.SKU
		for _, named := range []struct{ field, code string }{{"location", line.Location}, {"from_location", line.From}} {
			if named.code == "" {
				continue
			}
			if _, err := trade.Place(ctx, s.reads, named.code, trade.Each("lines")(i)+"."+named.field); err != nil {
				return err
			}
		}
	}
	return trade.KnowSKUs(ctx, s.reads, skus, func(i int) string { return trade.Each("lines")(i) + ".sku" })
}
