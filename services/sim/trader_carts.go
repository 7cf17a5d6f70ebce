package sim

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	cartspb "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

// devices is how many devices there are of which nobody knows whose they are. Few, so that several clients meet at the same.
const devices = 4

func (t *trader) device() string { return fmt.Sprintf("a-device-of-somebody-%d", t.rand.IntN(devices)) }

// cartOwner is a customer, or a device.
func (t *trader) cartOwner() (customer, device string) {
	if t.rand.IntN(2) == 0 {
		return "", t.device()
	}
	return pick(t, t.shop.Customers...), ""
}

// fillCart puts something else into a cart, mostly into one that was seen.
func (t *trader) fillCart() (ask, bool) {
	request := &cartspb.PutCartRequest{RequestId: t.newID(), Channel: pick(t, "shop", "app"), Remind: t.rand.IntN(3) == 0}
	request.Customer, request.Device = t.cartOwner()
	if seen, ok := one(t.known, &t.known.carts, t.rand); ok && t.rand.IntN(3) > 0 {
		version := seen.Answer.(*cartspb.Cart).GetVersion()
		request.Customer, request.Device = ownerOf(seen.Request.(owned))
		request.Version = &version
	}
	for range t.rand.IntN(4) {
		line := &cartspb.CartLine{
			Sku: t.item().SKU, Quantity: t.units(), Method: pick(t, methodPickup, methodShip), Location: t.store(), Note: pick(t, "", "", "a gift"),
		}
		if from := t.store(); line.Method == methodPickup && from != line.Location && t.rand.IntN(3) == 0 {
			line.FromLocation = from
		}
		request.Lines = append(request.Lines, line)
	}
	if request.Remind && len(request.Lines) > 0 {
		request.Contact = &orderspb.Contact{Email: "shopper@example.com"}
	}
	return ask{request: request}, true
}

// owned is a request that names a cart by its owner.
type owned interface {
	GetCustomer() string
	GetDevice() string
}

// ownerOf is whose cart was answered: where two were merged, the customer's.
func ownerOf(r owned) (customer, device string) {
	if r.GetCustomer() != "" {
		return r.GetCustomer(), ""
	}
	return "", r.GetDevice()
}

// mergeCarts logs somebody in.
func (t *trader) mergeCarts() (ask, bool) {
	return ask{request: &cartspb.MergeCartsRequest{
		RequestId: t.newID(), Channel: pick(t, "shop", "app"), Customer: pick(t, t.shop.Customers...), Device: t.device(),
	}}, true
}

func (t *trader) getCart() (ask, bool) {
	request := &cartspb.GetCartRequest{}
	request.Customer, request.Device = t.cartOwner()
	return ask{request: request}, true
}

// convertCart orders what is in a cart, as somebody saw it a while ago, now and then with something besides.
func (t *trader) convertCart() (ask, bool) {
	seen, ok := one(t.known, &t.known.carts, t.rand)
	if !ok {
		return ask{}, false
	}
	cart := seen.Answer.(*cartspb.Cart)
	customer, device := ownerOf(seen.Request.(owned))
	request := &orderspb.PlaceOrderRequest{
		RequestId: t.newID(), Channel: pick(t, "shop", "shop", "app"), Location: "online", Customer: customer, Reference: "cart",
		Cart: &orderspb.CartRef{Device: device, Version: cart.GetVersion()},
	}
	if device != "" {
		request.Customer = t.customer()
	}
	if t.rand.IntN(4) == 0 {
		request.Lines = append(request.Lines, line(t.item().SKU, 1, methodShip, t.store()))
	}
	all := proto.CloneOf(request)
	for _, l := range cart.GetLines() {
		all.Lines = append(all.Lines, line(l.GetSku(), l.GetQuantity(), l.GetMethod(), l.GetLocation()))
	}
	request.Tenders = t.tenders(t.price(all))
	t.named(request)
	return ask{request: request}, true
}
