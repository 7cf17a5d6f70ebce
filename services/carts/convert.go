package carts

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// owned is a request that names a cart by its owner.
type owned interface {
	GetCustomer() string
	GetDevice() string
}

// ownerFrom reads whose cart it is.
func ownerFrom(req owned) (string, error) {
	customer, err := retail.ParseID(req.GetCustomer())
	switch {
	case err != nil:
		return "", retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	case customer.IsZero() == (req.GetDevice() == ""):
		return "", retail.RefuseField(retail.InvalidRequest, "device", "a cart is a customer's or a device's, one of the two")
	case customer.IsZero():
		return retail.CartOfDevice(req.GetDevice()), nil
	}
	return retail.CartOfCustomer(customer), nil
}

func putFrom(req *pb.PutCartRequest) (retail.PutCart, error) {
	cmd := retail.PutCart{
		Transaction: ledger.NewID(), Channel: req.GetChannel(), Seen: req.Version != nil, Version: req.GetVersion(),
		Remind: req.GetRemind(), Contact: req.GetContact() != nil,
	}
	for _, line := range req.GetLines() {
		cmd.Lines = append(cmd.Lines, retail.CartLine{
			SKU: line.GetSku(), Quantity: line.GetQuantity(), Method: trade.MethodFrom(line.GetMethod()), Location: line.GetLocation(),
			Note: line.GetNote(), From: line.GetFromLocation(),
		})
	}
	var err error
	cmd.Owner, err = ownerFrom(req)
	return cmd, err
}

// contactFrom reads how a shopper is to be reminded; nil: as before.
func contactFrom(req *pb.PutCartRequest) (*retail.Contact, error) {
	given := req.GetContact()
	if given == nil {
		return nil, nil
	}
	if !req.GetRemind() || len(req.GetLines()) == 0 {
		return nil, retail.RefuseField(retail.InvalidRequest, "contact", "a contact is kept only to remind somebody who agrees of what is in the cart")
	}
	contact, err := retail.NewContact(given.GetEmail(), given.GetPhone(), given.GetLanguage())
	return &contact, err
}

func mergeFrom(req *pb.MergeCartsRequest) (retail.MergeCarts, error) {
	customer, err := retail.ParseID(req.GetCustomer())
	if err != nil {
		return retail.MergeCarts{}, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	return retail.MergeCarts{
		Transaction: ledger.NewID(), Device: retail.CartOfDevice(req.GetDevice()), Customer: retail.CartOfCustomer(customer),
		Channel: req.GetChannel(),
	}, nil
}

var states = map[retail.CartState]pb.CartState{
	retail.CartOpen:      pb.CartState_CART_STATE_OPEN,
	retail.CartConverted: pb.CartState_CART_STATE_CONVERTED,
	retail.CartMerged:    pb.CartState_CART_STATE_MERGED,
}

func cartTo(c retail.Cart) *pb.Cart {
	cart := &pb.Cart{
		Id: c.ID.String(), Customer: c.Customer().String(), State: states[c.State], Channel: c.Channel, Order: c.Order.String(),
		MergedInto: c.Into.String(), Version: c.Version, RecordedAt: trade.TimeTo(c.RecordedAt),
		LeftAt: trade.TimeTo(c.LeftAt), Remind: c.Remind, HeldUntil: trade.TimeTo(c.HeldUntil),
	}
	for _, line := range c.Lines {
		cart.Lines = append(cart.Lines, &pb.CartLine{
			Sku: line.SKU, Quantity: line.Quantity, Method: trade.MethodTo(line.Method), Location: line.Location, Note: line.Note,
			Held: line.Held, FromLocation: line.From,
		})
	}
	return cart
}
