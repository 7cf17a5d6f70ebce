package orders

import (
	"context"
	"errors"
	"fmt"
	"slices"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	common "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Contacts keep how customers are told, and whom their parcels are for, beside the books.
type Contacts interface {
	// PutContact keeps how the customer of an order is told of it that a request is about to place. Not done is it where another request that
	// names the order said so before.
	PutContact(ctx context.Context, order retail.ID, by ledger.Request, c retail.Contact) (done bool, err error)
	// KeepContact keeps it as the request says that placed the order, and DropContact forgets what one says that was refused.
	KeepContact(ctx context.Context, order retail.ID, by ledger.Request, c retail.Contact) error
	DropContact(ctx context.Context, order retail.ID, by ledger.Request) error
	// PutShipTo, KeepShipTo and DropShipTo are the same of whom an order is sent to.
	PutShipTo(ctx context.Context, order retail.ID, by ledger.Request, to retail.Recipient) (done bool, err error)
	KeepShipTo(ctx context.Context, order retail.ID, by ledger.Request, to retail.Recipient) error
	DropShipTo(ctx context.Context, order retail.ID, by ledger.Request) error
	// SayShipTo keeps whom an order is sent to that did not say so, and tells whether that is what is kept now.
	SayShipTo(ctx context.Context, order retail.ID, to retail.Recipient) (kept bool, err error)
	// PutFinders keeps what an order is found by that a request is about to place, and DropFinders forgets what one says that was refused.
	PutFinders(ctx context.Context, order retail.ID, by ledger.Request, finders []retail.Finder) error
	DropFinders(ctx context.Context, order retail.ID, by ledger.Request) error
	// EndCartContact forgets how somebody was to be reminded of a cart, unless she still is.
	EndCartContact(ctx context.Context, cart retail.ID) error
}

// PutShipTo keeps whom an order is sent to.
func (s *Server) PutShipTo(ctx context.Context, req *pb.PutShipToRequest) (*common.Recipient, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(order.Lines, func(l retail.OrderLine) bool { return l.Open() > 0 }) {
		return nil, retail.Refuse(retail.AlreadyHandedOver, "nothing of order %s is open", order.Number)
	}
	to := trade.RecipientFrom(req.GetShipTo())
	kept, err := s.contacts.SayShipTo(ctx, order.ID, to)
	if err == nil && !kept {
		err = retail.RefuseField(retail.Immutable, "ship_to", "the order says already whom it is sent to; the label of a parcel may say another")
	}
	if err != nil {
		return nil, err
	}
	return trade.RecipientTo(to), nil
}

// customer is what a request says of the customer of the order that it is to place, to be kept beside the books.
type customer struct {
	contacts Contacts
	order    retail.ID
	by       ledger.Request
	// contact is how she is told, and shipTo whom her parcels are for; nil: it does not say.
	contact *retail.Contact
	shipTo  *retail.Recipient
	// finders are what of hers it is found by. Each request keeps its own.
	finders []retail.Finder
	// told and sent are whether they are kept already.
	told, sent bool
}

// customer keeps how the customer of an order is told, whom its parcels are for, and what of hers it is found by, before it is placed: whoever reads
// that it was finds that there. It counts for nothing until the request is carried out, and what is kept of one that comes to nothing is forgotten after a day.
func (s *Server) customer(ctx context.Context, req *pb.PlaceOrderRequest, basket *retail.Basket) (c customer, err error) {
	c.contacts = s.contacts
	if req.GetContact() == nil && req.GetShipTo() == nil && len(req.GetFinders()) == 0 {
		return c, nil
	}
	for i, given := range req.GetFinders() {
		finder, err := s.finders.From(given, fmt.Sprintf("finders[%d]", i))
		if err != nil {
			return c, err
		}
		c.finders = append(c.finders, finder)
	}
	if basket.Order.IsZero() {
		basket.Order = ledger.NewID()
	}
	c.order = basket.Order
	c.by, _ = ledger.RequestFrom(ctx)
	if given := req.GetContact(); given != nil {
		contact, err := retail.NewContact(given.GetEmail(), given.GetPhone(), given.GetLanguage())
		if err != nil {
			return c, err
		}
		if c.told, err = s.contacts.PutContact(ctx, c.order, c.by, contact); err != nil {
			return c, err
		}
		c.contact = &contact
		c.finders = append(c.finders, s.finders.OfContact(contact)...)
	}
	if len(c.finders) > 0 {
		if err := s.contacts.PutFinders(ctx, c.order, c.by, c.finders); err != nil {
			return c, err
		}
	}
	if given := req.GetShipTo(); given != nil {
		to := trade.RecipientFrom(given)
		if c.sent, err = s.contacts.PutShipTo(ctx, c.order, c.by, to); err != nil {
			return c, err
		}
		c.shipTo = &to
	}
	return c, nil
}

// settle keeps what the request says where it was carried out, and another one that was not had said so before, and forgets it where it was
// refused. It returns what became of the request.
func (c customer) settle(ctx context.Context, became error) error {
	if became != nil {
		if refusal := (*retail.Refusal)(nil); errors.As(became, &refusal) {
			c.drop(ctx)
		}
		return became
	}
	var failed []error
	if c.contact != nil && !c.told {
		failed = append(failed, c.contacts.KeepContact(ctx, c.order, c.by, *c.contact))
	}
	if c.shipTo != nil && !c.sent {
		failed = append(failed, c.contacts.KeepShipTo(ctx, c.order, c.by, *c.shipTo))
	}
	return errors.Join(failed...)
}

// drop forgets what a request says that was refused. What is not dropped goes by itself, in time.
func (c customer) drop(ctx context.Context) {
	if len(c.finders) > 0 {
		_ = c.contacts.DropFinders(ctx, c.order, c.by)
	}
	if c.contact != nil {
		_ = c.contacts.DropContact(ctx, c.order, c.by)
	}
	if c.shipTo != nil {
		_ = c.contacts.DropShipTo(ctx, c.order, c.by)
	}
}
