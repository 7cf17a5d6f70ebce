package payments

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

const (
	// casesDefault is how many cases a page has where the request does not say.
	casesDefault = 50
	// looksMax is how many payments are looked at for one page: most that gave less than they were to are of orders that are paid.
	looksMax = 1000
)

// Cases reads payments that somebody may have to see to.
type Cases interface {
	// IntentCases returns payments before a mark, the newest first: those whose money is to go somewhere, or those that gave less than
	// they were to.
	IntentCases(ctx context.Context, short bool, before retail.IntentMark, limit int) ([]retail.PlacedIntent, error)
	OrdersByID(ctx context.Context, ids []retail.ID) ([]retail.Order, error)
}

// ListPaymentCases lists money without an order, or orders without their money.
func (s *Server) ListPaymentCases(ctx context.Context, req *pb.ListPaymentCasesRequest) (*pb.ListPaymentCasesResponse, error) {
	at, err := page.Read[retail.IntentMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	short := req.GetKind() == pb.PaymentCaseKind_PAYMENT_CASE_KIND_ORDER_WITHOUT_PAYMENT
	limit, answer := page.Size(req.GetPageSize(), casesDefault), &pb.ListPaymentCasesResponse{}
	for looked := 0; looked < looksMax; {
		found, err := s.reads.IntentCases(ctx, short, at, limit)
		if err != nil {
			return nil, err
		}
		ids := make([]retail.ID, len(found))
		for i, f := range found {
			ids[i] = f.Order
		}
		orders, err := s.reads.OrdersByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		of := make(map[retail.ID]retail.Order, len(orders))
		for _, order := range orders {
			of[order.ID] = order
		}
		for _, f := range found {
			at = f.Mark
			if one := caseOf(of[f.Order], f.Intent, short); one != nil {
				answer.Cases = append(answer.Cases, one)
			}
			if len(answer.Cases) == limit {
				answer.NextPageToken = page.Token(at)
				return answer, nil
			}
		}
		if len(found) < limit {
			return answer, nil
		}
		looked += len(found)
	}
	answer.NextPageToken = page.Token(at)
	return answer, nil
}

// caseOf is the case that a payment of an order is; nil: it is none. An order without its money is told once, by the last that gave less.
func caseOf(order retail.Order, intent retail.ID, short bool) *pb.PaymentCase {
	i, found := order.Intent(intent)
	minor := order.HeldBack(i)
	if short {
		minor = order.Uncovered()
	}
	if !found || minor == 0 || short && order.ShortBy() != intent {
		return nil
	}
	return &pb.PaymentCase{
		Order: trade.OrderTo(order), Intent: intent.String(), Amount: trade.MoneyTo(order.Currency, minor), Refusals: i.Refusals, Problem: i.Problem,
		AskAgainAt: trade.TimeTo(i.AskAgainAt),
	}
}
