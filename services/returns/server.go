// Package returns serves goods that come back, whatever channel sold them: quoted, taken back, taken back by right or without a
// receipt, and exchanged.
package returns

import (
	"context"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Reads
	trade.Orders
	trade.Reasons
	Purchases
	Policies
	Requests
	InvoicesOfOrder(ctx context.Context, order retail.ID) ([]retail.Invoice, error)
	Return(ctx context.Context, id retail.ID) (retail.Return, bool, error)
	ReturnsOfOrder(ctx context.Context, order retail.ID) ([]retail.Return, error)
	Lowest
	// LeftAt returns what the goods of an order cost when they left, by line and currency, of those of which that is known.
	LeftAt(ctx context.Context, order retail.ID) ([]retail.LeftAt, error)
}

// Server is aisle.returns.v1.ReturnService.
type Server struct {
	pb.UnimplementedReturnServiceServer
	engine  *ledger.Engine
	reads   Reads
	found   Found
	finders *trade.Finders
	// receipts read what stands on documents.
	receipts *receipts.Maker
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads, found Found, finders *trade.Finders, maker *receipts.Maker) *Server {
	return &Server{engine: engine, reads: reads, found: found, finders: finders, receipts: maker}
}

// QuoteReturn answers what AcceptReturn would. The rule decides on what is read, and what it decided is dropped.
func (s *Server) QuoteReturn(ctx context.Context, req *pb.QuoteReturnRequest) (*pb.ReturnQuote, error) {
	cmd, err := s.plan(ctx, req, time.Now())
	if err != nil {
		return nil, err
	}
	if req.GetByRight() {
		cmd.Right = trade.ReturnRight(ctx)
	}
	seen, err := s.see(ctx, cmd)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if recorded := cmd.Order.RecordedAt; recorded.After(now) { // the database's clock is ahead of ours
		now = recorded
	}
	quote, err := cmd.Quote(seen, now)
	if err != nil {
		return nil, err
	}
	return quoteTo(quote, cmd.Right), nil
}

// see reads what a return is decided by, without locks.
func (s *Server) see(ctx context.Context, cmd retail.AcceptReturn) (retail.State, error) {
	seen := state{cmd.Order.Key(): cmd.Order}
	invoices, err := s.reads.InvoicesOfOrder(ctx, cmd.Order.ID)
	if err != nil {
		return nil, err
	}
	for _, invoice := range invoices {
		seen[invoice.Key()] = invoice
	}
	var accounts []string
	for _, line := range cmd.Order.Lines {
		if line.SKU == "" && line.Account != "" {
			accounts = append(accounts, line.Account)
		}
	}
	if len(accounts) == 0 {
		return seen, nil
	}
	balances, err := s.reads.Balances(ctx, accounts)
	if err != nil {
		return nil, err
	}
	for _, balance := range balances {
		seen[balance.Key()] = balance
	}
	return seen, nil
}

// state is rows as they were read.
type state map[retail.Key]retail.Row

// Row returns a row, or nil.
func (s state) Row(k retail.Key) retail.Row { return s[k] }

// AcceptReturn takes goods back.
func (s *Server) AcceptReturn(ctx context.Context, req *pb.AcceptReturnRequest) (*pb.Return, error) {
	return s.accept(ctx, req, "")
}

// AcceptReturnByRight takes back what the policy does not, by the right of the caller's key.
func (s *Server) AcceptReturnByRight(ctx context.Context, req *pb.AcceptReturnByRightRequest) (*pb.Return, error) {
	return s.accept(ctx, req, trade.ReturnRight(ctx))
}

func (s *Server) accept(ctx context.Context, req goods, right retail.ReturnRight) (*pb.Return, error) {
	now := time.Now()
	accepted, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Return], error) {
		cmd, err := s.plan(ctx, req, now)
		cmd.Right = right
		return cmd, err
	})
	if err != nil {
		return nil, err
	}
	return trade.ReturnTo(accepted), nil
}

// plan reads the order and makes the command that takes some of it back.
func (s *Server) plan(ctx context.Context, req goods, now time.Time) (retail.AcceptReturn, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return retail.AcceptReturn{}, err
	}
	place, err := trade.Place(ctx, s.reads, req.GetLocation(), "location")
	if err != nil {
		return retail.AcceptReturn{}, err
	}
	seller, err := trade.Place(ctx, s.reads, order.Location, "order")
	if err != nil {
		return retail.AcceptReturn{}, err
	}
	cmd, err := goodsFrom(req, order, now)
	if err != nil {
		return cmd, err
	}
	// Read after the order: what left since then has a document, by which the command is stale.
	if cmd.LeftAt, err = s.reads.LeftAt(ctx, order.ID); err != nil {
		return cmd, err
	}
	cmd.Return, cmd.Transaction, cmd.Currency = ledger.NewID(), ledger.NewID(), place.Currency
	cmd.Issuer = trade.Issuer(seller, len(order.Documents), now)
	if claim, ok := req.(interface{ GetStockReason() string }); ok && claim.GetStockReason() != "" {
		reason, err := trade.Reason(ctx, s.reads, claim.GetStockReason(), "stock_reason")
		if err != nil {
			return cmd, err
		}
		return cmd.By(reason)
	}
	return cmd, nil
}

// ExchangeGoods takes goods back and sells others.
func (s *Server) ExchangeGoods(ctx context.Context, req *pb.ExchangeGoodsRequest) (*pb.Exchange, error) {
	now := time.Now()
	basket, err := saleFrom(req, now)
	if err != nil {
		return nil, err
	}
	exchanged, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Exchanged], error) {
		cmd, err := s.planExchange(ctx, req, basket, now)
		return cmd, err
	})
	if err != nil {
		return nil, err
	}
	return &pb.Exchange{Return: trade.ReturnTo(exchanged.Return), Order: trade.OrderTo(exchanged.Order)}, nil
}

// planExchange makes the command that takes goods back and sells others.
func (s *Server) planExchange(ctx context.Context, req *pb.ExchangeGoodsRequest, basket retail.Basket, now time.Time) (retail.Exchange, error) {
	back, err := s.plan(ctx, req, now)
	if err != nil {
		return retail.Exchange{}, err
	}
	if req.GetOverride() {
		back.Right = trade.ReturnRight(ctx)
	}
	out, err := trade.Plan(ctx, s.reads, basket)
	if err != nil {
		return retail.Exchange{}, retail.Under(err, "sale")
	}
	out.Transaction = back.Transaction
	out.Issuer.Invoices = append(back.Issuer.Invoices, out.Issuer.Invoices...)
	swaps, err := s.swaps(ctx, req.GetSwaps(), out, back.Order)
	return retail.Exchange{Return: back, Sale: out, Swaps: swaps}, err
}

// swaps reads which lines are swapped, and which products they and those of the order belong to.
func (s *Server) swaps(ctx context.Context, asked []*pb.Swap, sale retail.PlaceOrder, order retail.Order) ([]retail.Swap, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	swaps := swapsFrom(asked)
	refs := make([]retail.ItemRef, 0, 2*len(swaps))
	for _, swap := range swaps {
		of := retail.ItemRef{}
		if swap.For <= int32(len(order.Lines)) {
			of.SKU = order.Lines[swap.For-1].SKU
		}
		refs = append(refs, retail.ItemRef{SKU: sale.Lines[swap.Line-1].SKU}, of)
	}
	items, err := s.reads.Items(ctx, refs, "")
	if err != nil {
		return nil, err
	}
	for i := range swaps {
		swaps[i].Product, swaps[i].Of = items[2*i].Product, items[2*i+1].Product
	}
	return swaps, nil
}

// GetReturn returns a return.
func (s *Server) GetReturn(ctx context.Context, req *pb.GetReturnRequest) (*pb.Return, error) {
	id, err := retail.ParseID(req.GetReturn())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "return", "must be a uuid")
	}
	found, there, err := s.reads.Return(ctx, id)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, retail.Refuse(retail.UnknownReturn, "there is no return %s", req.GetReturn())
	}
	return trade.ReturnTo(found), nil
}

// ListOrderReturns returns what came back of an order.
func (s *Server) ListOrderReturns(ctx context.Context, req *pb.ListOrderReturnsRequest) (*pb.ListOrderReturnsResponse, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	found, err := s.reads.ReturnsOfOrder(ctx, order.ID)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListOrderReturnsResponse{Customer: order.Customer.String()}
	for _, one := range found {
		answer.Returns = append(answer.Returns, trade.ReturnTo(one))
	}
	return answer, nil
}
