// Package payments serves stored value: what gift cards and customers' credit are worth, and what becomes of a card that was lost.
package payments

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Stored
	trade.Places
}

// Server is aisle.payments.v1.PaymentService.
type Server struct {
	pb.UnimplementedPaymentServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// LookupGiftCard returns what is left on a gift card.
func (s *Server) LookupGiftCard(ctx context.Context, req *pb.LookupGiftCardRequest) (*pb.StoredValue, error) {
	card, err := s.card(ctx, req.GetNumber())
	if err != nil {
		return nil, err
	}
	if card.Lost {
		card.Balance.AmountMinor = 0
	}
	value := valueTo(card.Balance)
	value.Replaced = card.Lost
	return value, nil
}

// card is the gift card that has a number, or had it.
func (s *Server) card(ctx context.Context, number string) (retail.Card, error) {
	cards, err := s.reads.Cards(ctx, []string{number})
	if err != nil {
		return retail.Card{}, err
	}
	card, found := cards[number]
	if !found {
		return card, retail.RefuseField(retail.UnknownGiftCard, "number", "there is no such gift card")
	}
	return card, nil
}

// ReplaceGiftCard gives a lost gift card another number.
func (s *Server) ReplaceGiftCard(ctx context.Context, req *pb.ReplaceGiftCardRequest) (*pb.StoredValue, error) {
	if _, err := trade.Place(ctx, s.reads, req.GetLocation(), "location"); err != nil {
		return nil, err
	}
	replaced, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.CardReplaced], error) {
		card, err := s.card(ctx, req.GetNumber())
		return retail.ReplaceCard{
			Transaction: ledger.NewID(), Location: req.GetLocation(), Card: card, Number: req.GetNumber(), NewNumber: req.GetNewNumber(),
			Note: req.GetNote(),
		}, err
	})
	if err != nil {
		return nil, err
	}
	return &pb.StoredValue{
		Balance: trade.MoneyTo(replaced.Currency, replaced.AmountMinor), Location: replaced.Issuer, Account: replaced.Account,
		Replacements: replaced.Replacements,
	}, nil
}

// GetStoreCredit returns what we owe a customer as credit.
func (s *Server) GetStoreCredit(ctx context.Context, req *pb.GetStoreCreditRequest) (*pb.GetStoreCreditResponse, error) {
	customer, err := retail.ParseID(req.GetCustomer())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "customer", "must be a uuid")
	}
	balances, err := s.reads.Balances(ctx, []string{retail.StoreCreditPrefix + customer.String()})
	if err != nil {
		return nil, err
	}
	answer := &pb.GetStoreCreditResponse{}
	for _, balance := range balances {
		answer.Credits = append(answer.Credits, valueTo(balance))
	}
	return answer, nil
}

func valueTo(b retail.Balance) *pb.StoredValue {
	return &pb.StoredValue{Balance: trade.MoneyTo(b.Currency, b.AmountMinor), Location: b.Location, Account: b.Account, Replacements: b.Replacements}
}
