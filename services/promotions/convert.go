package promotions

import (
	pb "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// promotionFrom reads a promotion. What it gives is checked by the rule.
func promotionFrom(given *pb.Promotion) (retail.Promotion, error) {
	p := retail.Promotion{Code: given.GetCode(), Name: given.GetName(), Retired: given.GetRetired(), Rule: retail.PromotionRule{
		Order: given.GetScope() == pb.PromotionScope_PROMOTION_SCOPE_ORDER, SKUs: given.GetSkus(), Products: given.GetProducts(),
		Departments: given.GetDepartments(), Brands: given.GetBrands(), Channels: given.GetChannels(), MembersOnly: given.GetMembersOnly(),
		Exclusive: given.GetExclusive(), Priority: given.GetPriority(), Coupons: given.GetCoupons(),
		UsesMax: given.GetUsesMax(), CustomerUsesMax: given.GetCustomerUsesMax(),
	}}
	rule := &p.Rule
	switch gives := given.GetGives().(type) {
	case *pb.Promotion_BasisPoints:
		rule.Kind, rule.BasisPoints = retail.PromotionPercent, gives.BasisPoints
	case *pb.Promotion_NForM:
		rule.Kind, rule.Units, rule.Paid = retail.PromotionNForM, gives.NForM.GetUnits(), gives.NForM.GetPaid()
	case *pb.Promotion_Amount:
		amount, err := trade.AmountFrom(gives.Amount, "promotion.amount", 1)
		if err != nil {
			return p, err
		}
		rule.Kind, rule.AmountMinor, rule.Currency = retail.PromotionAmount, amount.Minor, amount.Currency
	}
	if given.GetLeast() != nil {
		least, err := trade.AmountFrom(given.GetLeast(), "promotion.least", 1)
		if err != nil {
			return p, err
		}
		if rule.Currency != "" && rule.Currency != least.Currency {
			return p, retail.RefuseField(retail.InvalidRequest, "promotion.least.currency_code", "must be that of the amount, %s", rule.Currency)
		}
		rule.LeastMinor, rule.Currency = least.Minor, least.Currency
	}
	var err error
	if rule.ValidFrom, err = trade.InstantFrom(given.GetValidFrom(), "promotion.valid_from"); err != nil {
		return p, err
	}
	if p.ValidUntil, err = trade.InstantFrom(given.GetValidUntil(), "promotion.valid_until"); err != nil {
		return p, err
	}
	if !p.ValidUntil.IsZero() && !rule.ValidFrom.Before(p.ValidUntil) {
		return p, retail.RefuseField(retail.InvalidRequest, "promotion.valid_until", "is not later than valid_from")
	}
	return p, nil
}

func promotionTo(p retail.Promotion) *pb.Promotion {
	rule := p.Rule
	told := &pb.Promotion{
		Code: p.Code, Name: p.Name, Scope: pb.PromotionScope_PROMOTION_SCOPE_LINE, Skus: rule.SKUs, Products: rule.Products,
		Departments: rule.Departments, Brands: rule.Brands, Channels: rule.Channels, ValidFrom: trade.TimeTo(rule.ValidFrom),
		ValidUntil: trade.TimeTo(p.ValidUntil), MembersOnly: rule.MembersOnly, Exclusive: rule.Exclusive, Priority: rule.Priority,
		Retired: p.Retired, Coupons: rule.Coupons, UsesMax: rule.UsesMax, CustomerUsesMax: rule.CustomerUsesMax,
	}
	if rule.Order {
		told.Scope = pb.PromotionScope_PROMOTION_SCOPE_ORDER
	}
	switch rule.Kind {
	case retail.PromotionPercent:
		told.Gives = &pb.Promotion_BasisPoints{BasisPoints: rule.BasisPoints}
	case retail.PromotionAmount:
		told.Gives = &pb.Promotion_Amount{Amount: amountTo(rule, rule.AmountMinor)}
	case retail.PromotionNForM:
		told.Gives = &pb.Promotion_NForM{NForM: &pb.NForM{Units: rule.Units, Paid: rule.Paid}}
	}
	if rule.LeastMinor > 0 {
		told.Least = amountTo(rule, rule.LeastMinor)
	}
	return told
}

func amountTo(rule retail.PromotionRule, minor int64) *money.Money {
	return trade.MoneyTo(rule.Currency, minor)
}

func promotionsTo(promotions []retail.Promotion, limit int) *pb.ListPromotionsResponse {
	answer := &pb.ListPromotionsResponse{}
	if len(promotions) > limit {
		promotions = promotions[:limit]
		answer.NextPageToken = page.Token(promotions[limit-1].Code)
	}
	for _, promotion := range promotions {
		answer.Promotions = append(answer.Promotions, promotionTo(promotion))
	}
	return answer
}
