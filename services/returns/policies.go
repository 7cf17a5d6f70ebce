package returns

import (
	"context"
	"slices"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Policies is where return policies are found, and what they are for.
type Policies interface {
	trade.Variants
	// ProductsByCode returns those products among some that are there, in any order.
	ProductsByCode(ctx context.Context, codes []string) ([]retail.Product, error)
	// ReturnPoliciesAfter returns return policies by code, after one.
	ReturnPoliciesAfter(ctx context.Context, after string, limit int) ([]retail.ReturnPolicy, error)
}

// policiesPage is how many policies a page has where the request does not say.
const policiesPage = 100

// PutReturnPolicy creates or replaces a policy.
func (s *Server) PutReturnPolicy(ctx context.Context, req *pb.PutReturnPolicyRequest) (*pb.ReturnPolicy, error) {
	policy, err := policyFrom(req.GetReturnPolicy())
	if err != nil {
		return nil, err
	}
	if err := s.know(ctx, policy.For); err != nil {
		return nil, err
	}
	lasting, err := s.reads.ReturnPolicies(ctx)
	if err != nil {
		return nil, err
	}
	others := 0
	for _, other := range lasting {
		if other.Code != policy.Code {
			others++
		}
	}
	policy, err = ledger.Submit(ctx, s.engine, retail.PutReturnPolicy{Transaction: ledger.NewID(), Policy: policy, Others: others})
	if err != nil {
		return nil, err
	}
	return policyTo(policy), nil
}

// know refuses a policy of a SKU or a product that is not there. All that is there stays there.
func (s *Server) know(ctx context.Context, of retail.ReturnPolicyFor) error {
	products, err := s.reads.ProductsByCode(ctx, of.Products)
	if err != nil {
		return err
	}
	for i, code := range of.Products {
		if !slices.ContainsFunc(products, func(p retail.Product) bool { return p.Code == code }) {
			return retail.RefuseField(retail.UnknownProduct, trade.Each("return_policy.products")(i), "there is no product %s", code).
				With("product", code)
		}
	}
	return trade.KnowSKUs(ctx, s.reads, of.SKUs, trade.Each("return_policy.skus"))
}

// ListReturnPolicies returns policies by code.
func (s *Server) ListReturnPolicies(ctx context.Context, req *pb.ListReturnPoliciesRequest) (*pb.ListReturnPoliciesResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), policiesPage)
	policies, err := s.reads.ReturnPoliciesAfter(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListReturnPoliciesResponse{}
	if len(policies) > limit {
		policies = policies[:limit]
		answer.NextPageToken = page.Token(policies[limit-1].Code)
	}
	for _, policy := range policies {
		answer.ReturnPolicies = append(answer.ReturnPolicies, policyTo(policy))
	}
	return answer, nil
}

// policyFrom reads a policy. Its terms are checked by the rule.
func policyFrom(given *pb.ReturnPolicy) (retail.ReturnPolicy, error) {
	p := retail.ReturnPolicy{
		Code: given.GetCode(), Name: given.GetName(), Days: given.GetDays(), Retired: given.GetRetired(), For: retail.ReturnPolicyFor{
			SKUs: given.GetSkus(), Products: given.GetProducts(), Departments: given.GetDepartments(), Brands: given.GetBrands(),
			TaxCategories: given.GetTaxCategories(), Priority: given.GetPriority(),
		},
	}
	var err error
	if p.Terms, err = trade.ReturnTermsFrom(given.GetTerms(), "return_policy.terms"); err != nil {
		return p, err
	}
	if p.For.SoldFrom, err = trade.InstantFrom(given.GetSoldFrom(), "return_policy.sold_from"); err != nil {
		return p, err
	}
	p.For.SoldUntil, err = trade.InstantFrom(given.GetSoldUntil(), "return_policy.sold_until")
	return p, err
}

func policyTo(p retail.ReturnPolicy) *pb.ReturnPolicy {
	return &pb.ReturnPolicy{
		Code: p.Code, Name: p.Name, Skus: p.For.SKUs, Products: p.For.Products, Departments: p.For.Departments, Brands: p.For.Brands,
		TaxCategories: p.For.TaxCategories, SoldFrom: trade.TimeTo(p.For.SoldFrom), SoldUntil: trade.TimeTo(p.For.SoldUntil),
		Priority: p.For.Priority, Days: p.Days, Terms: trade.ReturnTermsTo(p.Terms, p.Terms.FeeCurrency), Retired: p.Retired,
	}
}
