// Package payments serves what stored value is worth: gift cards and customers' credit.
package payments

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Server is aisle.payments.v1.PaymentService.
type Server struct {
	pb.UnimplementedPaymentServiceServer
	reads trade.Stored
}

// New returns the service.
func New(reads trade.Stored) *Server { return &Server{reads: reads} }

// LookupGiftCard returns what is left on a gift card.
func (s *Server) LookupGiftCard(ctx context.Context, req *pb.LookupGiftCardRequest) (*pb.StoredValue, error) {
	cards, err := s.reads.Cards(ctx, []string{req.GetNumber()})
	if err != nil {
		return nil, err
	}
	card, found := cards[req.GetNumber()]
	if !found {
		return nil, retail.RefuseField(retail.UnknownGiftCard, "number", "there is no such gift card")
	}
	return valueTo(card.Balance), nil
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
	return &pb.StoredValue{Balance: trade.MoneyTo(b.Currency, b.AmountMinor), Location: b.Location, Account: b.Account}
}
