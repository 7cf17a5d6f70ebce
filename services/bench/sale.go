package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// The flash sale: 2,000 buyers come at once for 500 pairs in 20 shops of one town, as many to each shop. A depot beside the town has
// plenty of the same to send. Each sale is of an article of its own, the first of them is only looked at.
const (
	saleBuyers   = 2000
	saleShops    = 20
	pairsPerShop = 25
	pairs        = saleShops * pairsPerShop
	depotCode    = "depot"
	saleArticles = 1 + 2*rounds
	// saleClients are those of pgbench, which opens a connection each; 8 to 40 were equally fast. Each is 100 buyers, one after another.
	saleClients = 20
	// buyerPause is how long a buyer waits who was told that the shop is full of buyers, the first time; then twice as long, to the most.
	buyerPause, buyerPauseMax = 50 * time.Millisecond, 400 * time.Millisecond
)

var saleCodes = numbered("pair-%03d", saleArticles)

// loadSale makes the depot, and brings the pairs to it and to the shops.
func (s *stage) loadSale(ctx context.Context) error {
	depot := &locationspb.Location{
		Code: depotCode, Name: "Depot", Kind: locationspb.LocationKind_LOCATION_KIND_WAREHOUSE, TimeZone: "Europe/Madrid",
		CurrencyCode: "EUR", TaxJurisdiction: jurisdiction,
	}
	depot.LatitudeE7, depot.LongitudeE7 = inTown(saleShops)
	_, err := locationspb.NewLocationServiceClient(s.conns[0]).PutLocation(ctx, &locationspb.PutLocationRequest{RequestId: requestID(), Location: depot})
	if err != nil {
		return err
	}
	for _, code := range append([]string{depotCode}, placeCodes[:saleShops]...) {
		delivery := &stockpb.ReceiveStockRequest{RequestId: requestID(), Location: code, Reference: "for the sale"}
		for _, sku := range saleCodes {
			line := &stockpb.ReceiveLine{Sku: sku, Quantity: pairsPerShop}
			if code == depotCode {
				line.Quantity = unitsDeep
			}
			delivery.Lines = append(delivery.Lines, line)
		}
		if _, err := stockpb.NewStockServiceClient(s.conns[0]).ReceiveStock(ctx, delivery); err != nil {
			return err
		}
	}
	return nil
}

// inTown is where the nth shop of the sale stands: a street further north than the one before.
func inTown(n int) (latitudeE7, longitudeE7 int32) { return 404_000_000 + int32(n)*10_000, -37_000_000 }

// sale lets one side sell the pairs of the next article, and fails unless exactly these are sold. The rate is buyers answered a second.
func (s *stage) sale(ctx context.Context, who side) (outcome, error) {
	s.sales++
	article := saleCodes[1+s.sales%(saleArticles-1)]
	if who == sameWork {
		did, err := s.pgbench.sale(ctx, article)
		did.orders = pairs // which the auditor holds against what is there
		return did, err
	}
	buyers := &buyers{stage: s, turn: s.turn(), article: article}
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	promises := make([]promise, saleBuyers)
	for i := range saleBuyers {
		group.Go(func() (err error) {
			promises[i], err = buyers.buy(ctx, placeCodes[i%saleShops])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return outcome{}, err
	}
	did := outcome{perSecond: saleBuyers / time.Since(began).Seconds(), done: saleBuyers}
	for _, bought := range promises {
		if bought != (promise{}) {
			did.promises = append(did.promises, bought)
		}
	}
	did.orders = int64(len(did.promises))
	did.note = fmt.Sprintf("%d of %d buyers got a pair, the others were told where else", did.orders, saleBuyers)
	if asked := buyers.again.Load(); asked > 0 {
		did.note += fmt.Sprintf("; %d were asked to come again", asked)
	}
	if did.orders != pairs {
		return did, fmt.Errorf("%d pairs were sold of %d", did.orders, pairs)
	}
	return did, nil
}

// buyers want an article.
type buyers struct {
	*stage
	turn    func() grpc.ClientConnInterface
	article string
	// again counts how often one was told that too many are there.
	again atomic.Int64
}

// buy is what one buyer does: she orders a pair to collect in her shop, and where none is left she is told where else there is one. It returns
// none where she got none, and fails where nobody tells her where else.
func (b *buyers) buy(ctx context.Context, shop string) (promise, error) {
	order := b.saleOrder(b.article, shop)
	placed, err := patiently(ctx, b, func(ctx context.Context) (*orderspb.Order, error) {
		return orderspb.NewOrderServiceClient(b.turn()).PlaceOrder(b.authorised(ctx), order)
	})
	if err == nil {
		id, err := retail.ParseID(placed.GetId())
		return promise{place: shop, order: id}, err
	}
	if facts, short := outOfStock(err); !short {
		return promise{}, err
	} else if facts["lines[0].alternatives[0].location"] == "" {
		return promise{}, errors.New("a buyer was refused, and not told where else there is a pair")
	}
	return promise{}, nil
}

// patiently asks again, a little later each time, where too many ask at once.
func patiently[T any](ctx context.Context, b *buyers, ask func(context.Context) (T, error)) (T, error) {
	for wait := buyerPause; ; wait = min(2*wait, buyerPauseMax) {
		answer, err := ask(ctx)
		if status.Code(err) != codes.ResourceExhausted {
			return answer, err
		}
		b.again.Add(1)
		pause(ctx, wait)
	}
}

// saleOrder is an order of one pair, to be collected in a shop and paid by card.
func (s *stage) saleOrder(article, shop string) *orderspb.PlaceOrderRequest {
	return &orderspb.PlaceOrderRequest{
		RequestId: requestID(), Channel: channelCode, Location: shop,
		Lines: []*orderspb.BasketLine{{
			Item: &orderspb.BasketLine_Sku{Sku: article}, Quantity: 1, Method: orderspb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP,
		}},
		Tenders: []*orderspb.Tender{{
			Kind: orderspb.TenderKind_TENDER_KIND_CARD, Amount: &money.Money{CurrencyCode: "EUR", AmountMinor: priceMinor},
		}},
	}
}

// pairOverGRPC buys a pair of the article that is only looked at, in the first shop.
func (s *stage) pairOverGRPC(ctx context.Context) (promise, error) {
	b := &buyers{stage: s, turn: s.turn(), article: saleCodes[0]}
	return b.buy(ctx, placeCodes[0])
}

// sale runs the same by hand: as many buyers, to the same shops.
func (p *pgbench) sale(ctx context.Context, article string) (outcome, error) {
	report, _, err := p.script(ctx, saleSQL, map[string]any{
		"article": article, "shops": saleShops, "order_body": p.pair.order, "work_body": p.pair.work, "order_answer": p.pair.answer,
	}, fmt.Sprintf("--client=%d", saleClients), fmt.Sprintf("--transactions=%d", saleBuyers/saleClients))
	if err != nil {
		return outcome{}, err
	}
	rate, err := number(rateText, report, 1)
	if err == nil && !strings.Contains(report, fmt.Sprintf("processed: %d/%d", saleBuyers, saleBuyers)) {
		err = fmt.Errorf("pgbench served not all buyers:\n%s", report)
	}
	return outcome{perSecond: rate, done: saleBuyers}, err
}
