// Package promotions serves the discounts that the retailer gives by itself. They are given by QuoteOrder and PlaceOrder.
package promotions

import (
	"context"
	"fmt"
	"slices"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	Channel(ctx context.Context, code string) (retail.Channel, bool, error)
	// KnownSKUs returns those of the SKUs that no product has.
	KnownSKUs(ctx context.Context, skus []string) (missing []string, err error)
	// ProductsByCode returns those products among some that are there, in any order.
	ProductsByCode(ctx context.Context, codes []string) ([]retail.Product, error)
	Promotion(ctx context.Context, code string) (retail.Promotion, bool, error)
	// Promotions returns those that are not retired and have not ended, which callers must not change.
	Promotions(ctx context.Context) ([]retail.Promotion, error)
	// PromotionsAfter returns promotions by code, after one.
	PromotionsAfter(ctx context.Context, after string, limit int) ([]retail.Promotion, error)
	// CouponCounts returns those that there are, in no order.
	CouponCounts(ctx context.Context, ids []retail.ID) ([]retail.CouponCount, error)
	// CouponUses returns the orders that a count has counted, those placed last first, before one; zero: the last.
	CouponUses(ctx context.Context, count, before retail.ID, limit int) ([]retail.CountedUse, error)
}

// pageDefault is how many promotions a page has where the request does not say.
const pageDefault = 100

// Server is aisle.promotions.v1.PromotionService.
type Server struct {
	pb.UnimplementedPromotionServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// PutPromotion creates or replaces a promotion.
func (s *Server) PutPromotion(ctx context.Context, req *pb.PutPromotionRequest) (*pb.Promotion, error) {
	promotion, err := promotionFrom(req.GetPromotion())
	if err != nil {
		return nil, err
	}
	if err := s.know(ctx, promotion.Rule); err != nil {
		return nil, err
	}
	lasting, err := s.reads.Promotions(ctx)
	if err != nil {
		return nil, err
	}
	others := 0
	for _, other := range lasting {
		if other.Code != promotion.Code {
			others++
		}
	}
	promotion, err = ledger.Submit(ctx, s.engine, retail.PutPromotion{Transaction: ledger.NewID(), Promotion: promotion, Others: others})
	if err != nil {
		return nil, err
	}
	return promotionTo(promotion), nil
}

// know refuses a promotion of a channel, a SKU or a product that is not there. All that is there stays there.
func (s *Server) know(ctx context.Context, rule retail.PromotionRule) error {
	for i, code := range rule.Channels {
		_, found, err := s.reads.Channel(ctx, code)
		if err != nil {
			return err
		}
		if !found {
			return retail.RefuseField(retail.UnknownChannel, fmt.Sprintf("promotion.channels[%d]", i), "there is no channel %s", code).
				With("channel", code)
		}
	}
	products, err := s.reads.ProductsByCode(ctx, rule.Products)
	if err != nil {
		return err
	}
	for i, code := range rule.Products {
		if !slices.ContainsFunc(products, func(p retail.Product) bool { return p.Code == code }) {
			return retail.RefuseField(retail.UnknownProduct, fmt.Sprintf("promotion.products[%d]", i), "there is no product %s", code).
				With("product", code)
		}
	}
	return trade.KnowSKUs(ctx, s.reads, rule.SKUs, trade.Each("promotion.skus"))
}

// GetPromotion returns a promotion.
func (s *Server) GetPromotion(ctx context.Context, req *pb.GetPromotionRequest) (*pb.Promotion, error) {
	promotion, err := s.promotion(ctx, req.GetCode(), "code")
	if err != nil {
		return nil, err
	}
	return promotionTo(promotion), nil
}

func (s *Server) promotion(ctx context.Context, code, field string) (retail.Promotion, error) {
	promotion, found, err := s.reads.Promotion(ctx, code)
	if err == nil && !found {
		err = retail.RefuseField(retail.UnknownPromotion, field, "there is no promotion %s", code).With("promotion", code)
	}
	return promotion, err
}

// ListPromotions returns promotions by code.
func (s *Server) ListPromotions(ctx context.Context, req *pb.ListPromotionsRequest) (*pb.ListPromotionsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	promotions, err := s.reads.PromotionsAfter(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	return promotionsTo(promotions, limit), nil
}
