// Package orders serves sales in every channel: placing an order, and finding it again.
package orders

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Location(ctx context.Context, code string) (retail.Location, bool, error)
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	PriceList(ctx context.Context, code string) (retail.PriceList, bool, error)
	TaxRates(ctx context.Context, jurisdiction string) ([]retail.TaxRate, error)
	// Items returns what is sold under SKUs or barcodes, in the order asked, with their prices in one list.
	Items(ctx context.Context, refs []retail.ItemRef, priceList string) ([]retail.Item, error)
	Order(ctx context.Context, id retail.ID) (retail.Order, bool, error)
	OrderByNumber(ctx context.Context, number string) (retail.Order, bool, error)
	// Orders returns orders of a customer, a selling location or both, newest first, after a mark.
	Orders(ctx context.Context, customer retail.ID, location string, after retail.OrderMark, limit int) ([]retail.Order, error)
}

// Server is aisle.orders.v1.OrderService.
type Server struct {
	pb.UnimplementedOrderServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// PlaceOrder rings a sale.
func (s *Server) PlaceOrder(ctx context.Context, req *pb.PlaceOrderRequest) (*pb.Order, error) {
	basket, err := basketFrom(req, time.Now())
	if err != nil {
		return nil, err
	}
	placed, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Order], error) {
		return s.plan(ctx, basket)
	})
	if err != nil {
		return nil, err
	}
	return orderTo(placed), nil
}

// plan reads what decides the price of a basket, and makes the command of it.
func (s *Server) plan(ctx context.Context, b retail.Basket) (retail.Command[retail.Order], error) {
	terms, err := s.terms(ctx, b)
	if err != nil {
		return nil, err
	}
	refs := make([]retail.ItemRef, len(b.Lines))
	for i, line := range b.Lines {
		refs[i] = line.Item
	}
	if terms.Items, err = s.reads.Items(ctx, refs, terms.PriceList.Code); err != nil {
		return nil, err
	}
	cmd, err := b.Plan(terms)
	if err != nil {
		return nil, err
	}
	cmd.Transaction, cmd.Number = ledger.NewID(), retail.OrderNumber(randomBits())
	if cmd.Order.IsZero() {
		cmd.Order = ledger.NewID()
	}
	return cmd, nil
}

// terms reads the channel, the place, its taxes and the price list that applies.
func (s *Server) terms(ctx context.Context, b retail.Basket) (retail.Terms, error) {
	terms := retail.Terms{}
	var found bool
	var err error
	if terms.Channel, found, err = s.reads.Channel(ctx, b.Channel); err != nil {
		return terms, err
	} else if !found {
		return terms, retail.RefuseField(retail.UnknownChannel, "channel", "there is no channel %s", b.Channel).With("channel", b.Channel)
	}
	if terms.Location, found, err = s.reads.Location(ctx, b.Location); err != nil {
		return terms, err
	} else if !found {
		return terms, retail.RefuseField(retail.UnknownLocation, "location", "there is no location %s", b.Location).With("location", b.Location)
	}
	if terms.Rates, err = s.reads.TaxRates(ctx, terms.Location.TaxJurisdiction); err != nil {
		return terms, err
	}
	for _, code := range terms.Channel.PriceLists {
		list, found, err := s.reads.PriceList(ctx, code)
		if err != nil {
			return terms, err
		}
		if found && list.Currency == b.CurrencyAt(terms.Location) {
			terms.PriceList = list
			break
		}
	}
	return terms, nil
}

// GetOrder returns an order.
func (s *Server) GetOrder(ctx context.Context, req *pb.GetOrderRequest) (*pb.Order, error) {
	id, err := retail.ParseID(req.GetOrder())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "order", "must be a uuid")
	}
	order, found, err := s.reads.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.Refuse(retail.UnknownOrder, "there is no order %s", req.GetOrder())
	}
	return orderTo(order), nil
}

// LookupOrder returns an order by the number that people read and say.
func (s *Server) LookupOrder(ctx context.Context, req *pb.LookupOrderRequest) (*pb.Order, error) {
	number, ok := retail.ParseOrderNumber(req.GetNumber())
	if !ok {
		return nil, retail.RefuseField(retail.InvalidRequest, "number", "is not an order number: the check character does not agree")
	}
	order, found, err := s.reads.OrderByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.Refuse(retail.UnknownOrder, "there is no order %s", number)
	}
	return orderTo(order), nil
}

// ListOrders returns a customer's purchases over all channels, or a place's sales, newest first.
func (s *Server) ListOrders(ctx context.Context, req *pb.ListOrdersRequest) (*pb.ListOrdersResponse, error) {
	customer, err := retail.ParseID(req.GetCustomer())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	after, err := page.Read[retail.OrderMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	orders, err := s.reads.Orders(ctx, customer, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return ordersTo(orders, limit), nil
}
