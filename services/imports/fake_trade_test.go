package imports

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"

	fulfilmentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// trade is what the shop knows of orders that are sent, and of what comes back.
type trade struct {
	placed  map[string]*placedOrder
	packed  map[string]bool
	shipped map[string]bool
	// stocked is what is available.
	stocked     map[place]int64
	adjustments []*stockv1.AdjustStockRequest
	returned    []returnedGoods
}

// placedOrder is an order with what came back of it, per line.
type placedOrder struct {
	*ordersv1.PlaceOrderRequest
	back []int64
}

// returnedGoods is a return as the ledger would tell it.
type returnedGoods struct {
	// location took the goods, book the money back.
	location, book string
	at             time.Time
	receipt        bool
	lines          []returnedLine
}

type returnedLine struct {
	sku, account string
	units, minor int64
}

func newTrade() trade {
	return trade{placed: map[string]*placedOrder{}, packed: map[string]bool{}, shipped: map[string]bool{}, stocked: map[place]int64{}}
}

// listOf is a line at its till price.
func listOf(line *ordersv1.BasketLine) int64 {
	if unit := line.GetTillPrice().GetUnit(); unit != nil {
		return unit.GetAmountMinor() * line.GetQuantity()
	}
	return line.GetTillPrice().GetLine().GetAmountMinor()
}

// accountOf is what a line is booked to.
func accountOf(line *ordersv1.BasketLine) string {
	if charge := line.GetCharge(); charge != nil {
		return "charges/" + charge.GetCode()
	}
	return "sales"
}

// promise takes what is sent off the shelf, or refuses.
func (s *shop) promise(r *ordersv1.PlaceOrderRequest) error {
	wanted := map[place]int64{}
	for _, line := range r.GetLines() {
		if line.GetMethod() == ordersv1.FulfilmentMethod_FULFILMENT_METHOD_SHIP && line.GetCharge() == nil {
			wanted[place{line.GetLocation(), line.GetSku()}] += line.GetQuantity()
		}
	}
	for at, units := range wanted {
		if s.stocked[at] < units {
			return refuse(codes.FailedPrecondition, "OUT_OF_STOCK")
		}
	}
	for at, units := range wanted {
		s.stocked[at] -= units
	}
	return nil
}

// remember keeps an order by its id, and answers with its fulfilment, which has the order's id.
func (s *shop) remember(r *ordersv1.PlaceOrderRequest) *ordersv1.Order {
	order := &ordersv1.Order{Id: r.GetOrder(), Location: r.GetLocation(), Reference: r.GetReference()}
	if r.GetOrder() == "" {
		return order
	}
	s.placed[r.GetOrder()] = &placedOrder{r, make([]int64, len(r.GetLines()))}
	for i, line := range r.GetLines() {
		answer := &ordersv1.OrderLine{Line: int32(i + 1)}
		if line.GetMethod() == ordersv1.FulfilmentMethod_FULFILMENT_METHOD_SHIP {
			answer.Fulfilment = r.GetOrder()
		}
		order.Lines = append(order.Lines, answer)
	}
	return order
}

func (s *shop) ReadyFulfilment(_ context.Context, r *fulfilmentsv1.ReadyFulfilmentRequest) (*fulfilmentsv1.Fulfilment, error) {
	if s.placed[r.GetFulfilment()] == nil {
		return nil, refuse(codes.NotFound, "UNKNOWN_FULFILMENT")
	}
	s.packed[r.GetFulfilment()] = true
	return &fulfilmentsv1.Fulfilment{}, nil
}

func (s *shop) ShipFulfilment(_ context.Context, r *fulfilmentsv1.ShipFulfilmentRequest) (*fulfilmentsv1.Handover, error) {
	if !s.packed[r.GetFulfilment()] || s.shipped[r.GetFulfilment()] {
		return nil, refuse(codes.FailedPrecondition, "FULFILMENT_STATE")
	}
	s.shipped[r.GetFulfilment()] = true
	for _, line := range s.placed[r.GetFulfilment()].GetLines() {
		if line.GetCharge() == nil {
			s.sold[place{line.GetLocation(), line.GetSku()}] += line.GetQuantity()
		}
	}
	return &fulfilmentsv1.Handover{}, nil
}

func (s *shop) AdjustStock(_ context.Context, r *stockv1.AdjustStockRequest) (*stockv1.StockChange, error) {
	for _, line := range r.GetLines() {
		if s.variants[line.GetSku()] == "" {
			return nil, refuse(codes.NotFound, "UNKNOWN_SKU")
		}
	}
	for _, line := range r.GetLines() {
		s.stocked[place{r.GetLocation(), line.GetSku()}] += line.GetDifference()
	}
	s.adjustments = append(s.adjustments, r)
	return &stockv1.StockChange{}, nil
}

func (s *shop) AcceptReturnByRight(_ context.Context, r *returnsv1.AcceptReturnByRightRequest) (*returnsv1.Return, error) {
	order := s.placed[r.GetOrder()]
	if order == nil {
		return nil, refuse(codes.NotFound, "UNKNOWN_ORDER")
	}
	ships := slices.ContainsFunc(order.GetLines(), func(l *ordersv1.BasketLine) bool { return l.GetCharge() == nil })
	for _, item := range r.GetLines() {
		at := int(item.GetLine()) - 1
		if ships && !s.shipped[r.GetOrder()] || order.back[at]+item.GetQuantity() > order.GetLines()[at].GetQuantity() {
			return nil, refuse(codes.FailedPrecondition, "RETURN_TOO_LARGE")
		}
	}
	goods := returnedGoods{location: r.GetLocation(), book: order.GetLocation(), at: r.GetOccurredAt().AsTime(), receipt: true}
	for _, item := range r.GetLines() {
		at := int(item.GetLine()) - 1
		line, from := order.GetLines()[at], order.back[at]
		order.back[at] += item.GetQuantity()
		worth := listOf(line)*order.back[at]/line.GetQuantity() - listOf(line)*from/line.GetQuantity()
		goods.lines = append(goods.lines, s.back(r.GetLocation(), line, item.GetQuantity(), worth))
	}
	s.returned = append(s.returned, goods)
	return &returnsv1.Return{}, nil
}

func (s *shop) AcceptBlindReturn(_ context.Context, r *returnsv1.AcceptBlindReturnRequest) (*returnsv1.Return, error) {
	goods := returnedGoods{location: r.GetLocation(), book: r.GetLocation(), at: r.GetOccurredAt().AsTime()}
	for _, item := range r.GetLines() {
		line := item.GetItem()
		if line.GetCharge() == nil && s.variants[line.GetSku()] == "" {
			return nil, refuse(codes.NotFound, "UNKNOWN_SKU")
		}
		goods.lines = append(goods.lines, s.back(r.GetLocation(), line, line.GetQuantity(), listOf(line)))
	}
	s.returned = append(s.returned, goods)
	return &returnsv1.Return{}, nil
}

// back puts units on the shelf again.
func (s *shop) back(location string, line *ordersv1.BasketLine, units, minor int64) returnedLine {
	if line.GetCharge() == nil {
		s.stocked[place{location, line.GetSku()}] += units
	}
	return returnedLine{sku: line.GetSku(), account: accountOf(line), units: units, minor: minor}
}

// totals are what was sent, missing and brought back.
func (t *trade) totals() string {
	adjusted, blind, units, minor := int64(0), 0, int64(0), int64(0)
	for _, adjustment := range t.adjustments {
		for _, line := range adjustment.GetLines() {
			adjusted += line.GetDifference()
		}
	}
	for _, goods := range t.returned {
		if !goods.receipt {
			blind++
		}
		for _, line := range goods.lines {
			units, minor = units+line.units, minor+line.minor
		}
	}
	return fmt.Sprintf("%d shipped, %d adjusted, %d returns and %d blind: %d units, %d back", len(t.shipped), adjusted,
		len(t.returned)-blind, blind, units, minor)
}
