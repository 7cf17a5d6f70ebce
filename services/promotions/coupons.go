package promotions

import (
	"context"
	"slices"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// ListCoupons returns how often the coupons of a promotion are used.
func (s *Server) ListCoupons(ctx context.Context, req *pb.ListCouponsRequest) (*pb.ListCouponsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	customer, err := retail.ParseID(req.GetCustomer())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	promotion, err := s.promotion(ctx, req.GetPromotion(), "promotion")
	if err != nil {
		return nil, err
	}
	coupons := slices.Clone(promotion.Rule.Coupons)
	slices.Sort(coupons)
	coupons = slices.DeleteFunc(coupons, func(c string) bool { return c <= after })
	answer := &pb.ListCouponsResponse{}
	if limit := page.Size(req.GetPageSize(), pageDefault); len(coupons) > limit {
		coupons = coupons[:limit]
		answer.NextPageToken = page.Token(coupons[limit-1])
	}
	used, err := s.used(ctx, promotion.Code, coupons, customer)
	if err != nil {
		return nil, err
	}
	for _, coupon := range coupons {
		told := &pb.Coupon{
			Coupon: coupon, UsesMax: promotion.Rule.UsesMax, CustomerUsesMax: promotion.Rule.CustomerUsesMax,
			Used: used[retail.NewCouponCount(promotion.Code, coupon, retail.ID{}).ID],
		}
		if !customer.IsZero() {
			told.CustomerUsed = used[retail.NewCouponCount(promotion.Code, coupon, customer).ID]
		}
		answer.Coupons = append(answer.Coupons, told)
	}
	return answer, nil
}

// used reads how often coupons of a promotion are used, by the ids of their counts: by all, and by a customer, if one is named.
func (s *Server) used(ctx context.Context, promotion string, coupons []string, customer retail.ID) (map[retail.ID]int64, error) {
	var ids []retail.ID
	for _, coupon := range coupons {
		ids = append(ids, retail.NewCouponCount(promotion, coupon, retail.ID{}).ID)
		if !customer.IsZero() {
			ids = append(ids, retail.NewCouponCount(promotion, coupon, customer).ID)
		}
	}
	counts, err := s.reads.CouponCounts(ctx, ids)
	used := make(map[retail.ID]int64, len(counts))
	for _, count := range counts {
		used[count.ID] = count.Used
	}
	return used, err
}

// ListCouponUses returns the orders that were counted for a coupon. It names those that the caller may read.
func (s *Server) ListCouponUses(ctx context.Context, req *pb.ListCouponUsesRequest) (*pb.ListCouponUsesResponse, error) {
	before, err := page.Read[retail.ID](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	customer, err := retail.ParseID(req.GetCustomer())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	promotion, err := s.promotion(ctx, req.GetPromotion(), "promotion")
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	uses, err := s.reads.CouponUses(ctx, retail.NewCouponCount(promotion.Code, req.GetCoupon(), customer).ID, before, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListCouponUsesResponse{}
	if len(uses) > limit {
		uses = uses[:limit]
		answer.NextPageToken = page.Token(uses[limit-1].Order)
	}
	for _, u := range uses {
		use := &pb.CouponUse{UsedAt: trade.TimeTo(u.UsedAt), GivenBackAt: trade.TimeTo(u.GivenBackAt)}
		if trade.MayReadOrders(ctx, u.Location) {
			use.Order, use.OrderNumber, use.Customer = u.Order.String(), u.Number, u.Customer.String()
		}
		answer.Uses = append(answer.Uses, use)
	}
	return answer, nil
}
