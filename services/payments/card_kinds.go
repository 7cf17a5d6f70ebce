package payments

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// cardKindsDefault is how many kinds a page has where the request does not say.
const cardKindsDefault = 100

// PutCardKind creates or replaces a kind of gift cards.
func (s *Server) PutCardKind(ctx context.Context, req *pb.PutCardKindRequest) (*pb.CardKind, error) {
	kind, err := cardKindFrom(req.GetCardKind())
	if err != nil {
		return nil, err
	}
	put, err := ledger.Submit(ctx, s.engine, retail.PutCardKind{Transaction: ledger.NewID(), Kind: kind})
	if err != nil {
		return nil, err
	}
	return cardKindTo(put), nil
}

// ListCardKinds returns kinds by code.
func (s *Server) ListCardKinds(ctx context.Context, req *pb.ListCardKindsRequest) (*pb.ListCardKindsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), cardKindsDefault)
	kinds, err := s.reads.CardKinds(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListCardKindsResponse{}
	if len(kinds) > limit {
		kinds = kinds[:limit]
		answer.NextPageToken = page.Token(kinds[limit-1].Code)
	}
	for _, kind := range kinds {
		answer.CardKinds = append(answer.CardKinds, cardKindTo(kind))
	}
	return answer, nil
}

// cardKindFrom refuses limits in another currency than the kind's, and such as no amount keeps.
func cardKindFrom(given *pb.CardKind) (retail.CardKind, error) {
	kind := retail.CardKind{
		Code: given.GetCode(), Name: given.GetName(), Currency: given.GetCurrencyCode(), ValidMonths: given.GetValidMonths(),
		Renewed: given.GetRenewed(), Retired: given.GetRetired(),
	}
	limits := given.GetLimits()
	for _, limit := range []struct {
		given *money.Money
		field string
		minor *int64
	}{
		{limits.GetMostBalance(), "most_balance", &kind.MostBalanceMinor}, {limits.GetLeastLoad(), "least_load", &kind.LeastLoadMinor},
		{limits.GetMostLoad(), "most_load", &kind.MostLoadMinor},
	} {
		if limit.given == nil {
			continue
		}
		field := "card_kind.limits." + limit.field
		amount, err := trade.AmountFrom(limit.given, field, 1)
		if err != nil {
			return kind, err
		}
		if amount.Currency != kind.Currency {
			return kind, retail.RefuseField(retail.InvalidRequest, field+".currency_code", "cards of the kind are in %s", kind.Currency)
		}
		*limit.minor = amount.Minor
	}
	for _, most := range []int64{kind.MostBalanceMinor, kind.MostLoadMinor} {
		if most > 0 && kind.LeastLoadMinor > most {
			return kind, retail.RefuseField(retail.InvalidRequest, "card_kind.limits.least_load", "nothing can be put on a card: at least %d, and at most %d",
				kind.LeastLoadMinor, most)
		}
	}
	if kind.Renewed && kind.ValidMonths == 0 {
		return kind, retail.RefuseField(retail.InvalidRequest, "card_kind.renewed", "what is good for ever is not renewed")
	}
	return kind, nil
}

func cardKindTo(k retail.CardKind) *pb.CardKind {
	return &pb.CardKind{
		Code: k.Code, Name: k.Name, CurrencyCode: k.Currency, Limits: limitsTo(k), ValidMonths: k.ValidMonths, Renewed: k.Renewed, Retired: k.Retired,
	}
}

func limitsTo(k retail.CardKind) *pb.CardLimits {
	limit := func(minor int64) *money.Money {
		if minor == 0 {
			return nil
		}
		return trade.MoneyTo(k.Currency, minor)
	}
	return &pb.CardLimits{MostBalance: limit(k.MostBalanceMinor), LeastLoad: limit(k.LeastLoadMinor), MostLoad: limit(k.MostLoadMinor)}
}

// limitsOf are the limits of a card of a kind; nil: it is of none.
func (s *Server) limitsOf(ctx context.Context, kind string) (*pb.CardLimits, error) {
	if kind == "" {
		return nil, nil
	}
	found, _, err := s.reads.CardKind(ctx, kind)
	if err != nil {
		return nil, err
	}
	return limitsTo(found), nil
}
