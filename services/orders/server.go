// Package orders serves orders in every channel: quoting and placing them, paying, cancelling and settling them, and finding them again.
package orders

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Reads
	trade.Carts
	trade.Orders
	OrderByNumber(ctx context.Context, number string) (retail.Order, bool, error)
	// Orders returns orders of a customer, a selling location or both, newest first, after a mark.
	Orders(ctx context.Context, customer retail.ID, location string, after retail.OrderMark, limit int) ([]retail.Order, error)
	// OrderSteps returns what became of an order, oldest first, after a place in the log.
	OrderSteps(ctx context.Context, order retail.ID, after int64, limit int) ([]retail.OrderStep, error)
	// AllLocations returns every location by code, which callers must not change.
	AllLocations(ctx context.Context) ([]retail.Location, error)
	// CouponCounts returns those that there are, in no order.
	CouponCounts(ctx context.Context, ids []retail.ID) ([]retail.CouponCount, error)
	// LevelsOf returns the positions that there are of SKUs at places, in no order.
	LevelsOf(ctx context.Context, skus, locations []string) ([]retail.Level, error)
}

// Server is aisle.orders.v1.OrderService.
type Server struct {
	pb.UnimplementedOrderServiceServer
	engine   *ledger.Engine
	reads    Reads
	contacts Contacts
	finders  *trade.Finders
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads, contacts Contacts, finders *trade.Finders) *Server {
	return &Server{engine: engine, reads: reads, contacts: contacts, finders: finders}
}

// PlaceOrder places an order.
func (s *Server) PlaceOrder(ctx context.Context, req *pb.PlaceOrderRequest) (*pb.Order, error) {
	basket, err := trade.BasketFrom(req, time.Now())
	if err != nil {
		return nil, err
	}
	customer, err := s.customer(ctx, req, &basket)
	if err != nil {
		return nil, err
	}
	var sourced sourcing
	order, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (cmd retail.Command[retail.Order], err error) {
		if sourced, err = s.source(ctx, basket, req.GetDestination()); err != nil {
			return nil, err
		}
		return trade.Planned(sourced.terms, sourced.basket)
	})
	if err = customer.settle(ctx, err); err == nil && basket.Cart != nil {
		err = s.contacts.EndCartContact(ctx, retail.CartID(basket.Cart.Owner))
	}
	return told(order, s.instead(ctx, sourced, err))
}

// told tells an order that a command came to.
func told(order retail.Order, err error) (*pb.Order, error) {
	if err != nil {
		return nil, err
	}
	return trade.OrderTo(order), nil
}

// PayOrder takes money for an order.
func (s *Server) PayOrder(ctx context.Context, req *pb.PayOrderRequest) (*pb.Order, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	if _, err := trade.Till(ctx, s.reads, req.GetLocation(), order.Currency, "location"); err != nil {
		return nil, err
	}
	cmd, err := payFrom(req, order)
	if err != nil {
		return nil, err
	}
	given, err := trade.TendersFrom(req.GetTenders())
	if err != nil {
		return nil, err
	}
	if cmd.Tenders, err = trade.Tenders(ctx, s.reads, given, order.Currency, req.GetLocation(), order.Customer); err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, cmd))
}

// CancelLines gives up units of an order.
func (s *Server) CancelLines(ctx context.Context, req *pb.CancelLinesRequest) (*pb.Order, error) {
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Order], error) {
		order, refunds, err := s.givingBack(ctx, req)
		return retail.CancelUnits{
			Transaction: ledger.NewID(), Order: order, Lines: trade.UnitsFrom(req.GetLines()), Why: retail.CancelAsked,
			RefundTo: refunds, CashAt: req.GetCashLocation(), Picked: req.GetPicked(), Note: req.GetNote(),
		}, err
	}))
}

// givingBack is a request that may give money back.
type givingBack interface {
	GetOrder() string
	GetRefundTo() []*pb.RefundTo
	GetCashLocation() string
}

// givingBack reads the order of such a request, and how money shall go back.
func (s *Server) givingBack(ctx context.Context, req givingBack) (retail.Order, []retail.RefundTo, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return order, nil, err
	}
	refunds, err := trade.RefundsFrom(req.GetRefundTo(), order.Currency)
	if err != nil {
		return order, nil, err
	}
	return order, refunds, s.drawer(ctx, req.GetCashLocation(), order.Currency)
}

// drawer refuses a drawer of a place that is not there, whose book would have nobody, and one with money of another currency.
func (s *Server) drawer(ctx context.Context, location, currency string) error {
	if location == "" {
		return nil
	}
	_, err := trade.Till(ctx, s.reads, location, currency, "cash_location")
	return err
}

// GrantGoodwill gives the customer something for nothing.
func (s *Server) GrantGoodwill(ctx context.Context, req *pb.GrantGoodwillRequest) (*pb.Order, error) {
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Order], error) {
		order, refunds, err := s.givingBack(ctx, req)
		if err != nil {
			return nil, err
		}
		amount, err := trade.MinorFrom(req.GetAmount(), "amount", order.Currency)
		return retail.GrantGoodwill{
			Transaction: ledger.NewID(), Order: order, AmountMinor: amount, RefundTo: refunds, CashAt: req.GetCashLocation(), Note: req.GetReason(),
		}, err
	}))
}

// WriteOffDebt gives up what a customer owes.
func (s *Server) WriteOffDebt(ctx context.Context, req *pb.WriteOffDebtRequest) (*pb.Order, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	amount, err := trade.MinorFrom(req.GetAmount(), "amount", order.Currency)
	if err != nil {
		return nil, err
	}
	return told(ledger.Submit(ctx, s.engine, retail.WriteOffDebt{
		Transaction: ledger.NewID(), Order: order.ID, AmountMinor: amount, Note: req.GetReason(),
	}))
}

// GetOrder returns an order.
func (s *Server) GetOrder(ctx context.Context, req *pb.GetOrderRequest) (*pb.Order, error) {
	return told(trade.Order(ctx, s.reads, req.GetOrder()))
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
	return trade.OrderTo(order), nil
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
