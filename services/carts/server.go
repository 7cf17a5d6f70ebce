// Package carts serves what people mean to buy: one cart for each customer and each device, the same in every channel. It is converted to
// an order by whoever places one (package orders).
package carts

import (
	"context"

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
	return told(cart, err)
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
		if err := s.open(ctx, cmd.Channel); err != nil {
			return nil, err
		}
		return cmd, s.know(ctx, cmd.Lines)
	})
	if err == nil {
		err = s.keepContact(ctx, cart, contact)
	}
	return told(cart, err)
}

// keepContact keeps how somebody is reminded of a cart that was put, or forgets it. A cart is left behind a second later at the soonest, and
// a request that ends in between has no answer and comes again.
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
		return cmd, s.open(ctx, cmd.Channel)
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
func (s *Server) open(ctx context.Context, code string) error {
	channel, err := trade.Channel(ctx, s.reads, code)
	if err != nil {
		return err
	}
	return channel.Open()
}

// know refuses SKUs and places that are not there.
func (s *Server) know(ctx context.Context, lines []retail.CartLine) error {
	skus := make([]string, len(lines))
	for i, line := range lines {
		skus[i] = line.SKU
		if line.Location == "" {
			continue
		}
		if _, err := trade.Place(ctx, s.reads, line.Location, trade.Each("lines")(i)+".location"); err != nil {
			return err
		}
	}
	return trade.KnowSKUs(ctx, s.reads, skus, func(i int) string { return trade.Each("lines")(i) + ".sku" })
}
