package orders

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pageDefault is how many orders a page has where the request does not say.
const pageDefault = 50

func payFrom(req *pb.PayOrderRequest, order retail.Order) (retail.PayOrder, error) {
	cmd := retail.PayOrder{Transaction: ledger.NewID(), Order: order.ID, Channel: req.GetChannel()}
	var err error
	cmd.RoundingMinor, err = trade.RoundingIn(req.GetCashRounding(), order.Currency)
	return cmd, err
}

func ordersTo(orders []retail.Order, limit int) *pb.ListOrdersResponse {
	answer := &pb.ListOrdersResponse{}
	if len(orders) > limit {
		orders = orders[:limit]
		last := orders[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.OccurredAt, ID: last.ID})
	}
	for _, order := range orders {
		answer.Orders = append(answer.Orders, trade.OrderTo(order))
	}
	return answer
}
