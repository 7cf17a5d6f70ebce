package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// What orders are made of: three lines of one unit each, that stand beside each other in the catalogue, shipped from one place.
const (
	linesPerOrder = 3
	priceMinor    = 1000
	priceListCode = "web-eur"
)

// loadPrices gives every article its price.
func (s *stage) loadPrices(ctx context.Context) error {
	prices := &catalogpb.PutPricesRequest{RequestId: requestID(), PriceList: priceListCode}
	for _, sku := range slices.Concat(articleCodes, saleCodes) {
		prices.Prices = append(prices.Prices, &catalogpb.Price{
			Sku: sku, UnitPrice: &money.Money{CurrencyCode: "EUR", AmountMinor: priceMinor},
		})
	}
	_, err := catalogpb.NewCatalogServiceClient(s.conns[0]).PutPrices(ctx, prices)
	return err
}

// pickOrder draws a place and the first of three articles.
func pickOrder(hot bool) (place string, first int) {
	if hot {
		return placeCodes[hotPlace], hotArticle
	}
	return placeCodes[rand.N(places)], rand.N(articles - linesPerOrder + 1)
}

// orderOverGRPC places orders as a web shop does.
func (s *stage) orderOverGRPC(hot bool) call {
	turn := s.turn()
	return func(ctx context.Context) (promise, error) {
		place, first := pickOrder(hot)
		req := &orderspb.PlaceOrderRequest{
			RequestId: requestID(), Channel: channelCode, Location: place,
			Tenders: []*orderspb.Tender{{
				Kind:   orderspb.TenderKind_TENDER_KIND_CARD,
				Amount: &money.Money{CurrencyCode: "EUR", AmountMinor: linesPerOrder * priceMinor},
			}},
		}
		for _, sku := range articleCodes[first : first+linesPerOrder] {
			req.Lines = append(req.Lines, &orderspb.BasketLine{
				Item: &orderspb.BasketLine_Sku{Sku: sku}, Quantity: 1, Method: orderspb.FulfilmentMethod_FULFILMENT_METHOD_SHIP,
			})
		}
		placed, err := orderspb.NewOrderServiceClient(turn()).PlaceOrder(s.authorised(ctx), req)
		if err != nil {
			return promise{}, err
		}
		id, err := retail.ParseID(placed.GetId())
		return promise{place: place, order: id}, err
	}
}

// samples is how many orders are looked at. One time in ten ends in a zero, which JSON leaves out, several times over in one order.
const samples = 5

// sampleOrder places orders and sees how long the events and the answer of the longest are that Aisle wrote, so that pgbench writes as
// many bytes.
func (s *stage) sampleOrder(ctx context.Context, place call) (orderBytes, error) {
	var order, work, answer int
	for range samples {
		placed, err := place(ctx)
		if err != nil {
			return orderBytes{}, err
		}
		var ofOrder, ofWork, ofAnswer int
		err = s.conn.QueryRow(ctx, `
select (select length(body) from events where transaction_id = t.id and kind = 'OrderPlaced'),
	(select length(body) from events where transaction_id = t.id and kind = 'FulfilmentPlaced'), length(r.answer)
from ledger_transactions t join requests r on r.id = t.request_id
where t.cause = $1`, retail.OrderPrefix+placed.order.String()).Scan(&ofOrder, &ofWork, &ofAnswer)
		if err != nil {
			return orderBytes{}, err
		}
		order, work, answer = max(order, ofOrder), max(work, ofWork), max(answer, ofAnswer)
	}
	return orderBytes{strings.Repeat("o", order), strings.Repeat("w", work), strings.Repeat("a", answer)}, nil
}

// newOrdersSQL counts the units that orders of a slice promise, by position, and how many orders those are.
const newOrdersSQL = `
select l.fulfil_location, l.sku, sum(l.quantity)::int8, (select count(*) from orders where recorded_at >= $1)
from orders o join order_lines l on l.order_id = o.id
where o.recorded_at >= $1
group by 1, 2`

// proveOrders holds what is committed now at each position against the orders that were added, and looks every acknowledged
// order up by its id.
func (a *auditor) proveOrders(ctx context.Context, _ side, did outcome) error {
	promised, orders := map[position]int64{}, int64(0)
	rows, err := a.conn.Query(ctx, newOrdersSQL, a.began)
	if err != nil {
		return err
	}
	var at position
	var units int64
	_, err = pgx.ForEachRow(rows, []any{&at.place, &at.article, &units, &orders}, func() error {
		promised[at] = units
		return nil
	})
	if err != nil {
		return err
	}
	levels, err := a.levels(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for at, level := range levels {
		if level.committed-a.committed[at] != promised[at] {
			wrong = append(wrong, fmt.Errorf("%s of %s commits %d more units, and there are orders of %d",
				at.article, at.place, level.committed-a.committed[at], promised[at]))
		}
	}
	if orders != did.orders {
		wrong = append(wrong, fmt.Errorf("%d orders were acknowledged, and there are %d", did.orders, orders))
	}
	ids := make([][16]byte, 0, len(did.promises))
	for _, promised := range did.promises {
		if !promised.order.IsZero() {
			ids = append(ids, promised.order)
		}
	}
	var found int
	if err := a.conn.QueryRow(ctx, "select count(*) from orders where id = any($1::uuid[])", ids).Scan(&found); err != nil {
		return err
	}
	if found != len(ids) {
		wrong = append(wrong, fmt.Errorf("%d of %d acknowledged orders are not there", len(ids)-found, len(ids)))
	}
	return errors.Join(wrong...)
}
