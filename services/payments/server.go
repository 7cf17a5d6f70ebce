// Package payments serves payments through a provider outside (processor.go), links by which customers pay (links.go), and stored value: what gift cards and customers' credit are
// worth, and what becomes of a card that was lost.
package payments

import (
	"context"
	"errors"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Reads is what the service reads outside the engine.
type Reads interface {
	trade.Stored
	trade.Places
	trade.Orders
	Cases
	// CardKinds returns kinds of gift cards by code, after one.
	CardKinds(ctx context.Context, after string, limit int) ([]retail.CardKind, error)
}

// Server is aisle.payments.v1.PaymentService.
type Server struct {
	pb.UnimplementedPaymentServiceServer
	engine    *ledger.Engine
	reads     Reads
	contacts  Contacts
	processor *Processor
	links     *Links
	finders   *trade.Finders
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads, contacts Contacts, processor *Processor, links *Links, finders *trade.Finders) *Server {
	return &Server{engine: engine, reads: reads, contacts: contacts, processor: processor, links: links, finders: finders}
}

// AuthorisePayment has the provider keep an amount for an order. The payment is named by the request.
func (s *Server) AuthorisePayment(ctx context.Context, req *pb.AuthorisePaymentRequest) (*pb.PaymentAnswer, error) {
	return s.ask(ctx, req, retail.AskProvider{Step: retail.StepAuthorise, Token: req.GetToken()}, req.GetRequestId(), req.GetAmount())
}

// CapturePayment takes what is authorised.
func (s *Server) CapturePayment(ctx context.Context, req *pb.CapturePaymentRequest) (*pb.PaymentAnswer, error) {
	return s.ask(ctx, req, retail.AskProvider{Step: retail.StepCapture}, req.GetIntent(), req.GetAmount())
}

// VoidPayment lets go what is authorised.
func (s *Server) VoidPayment(ctx context.Context, req *pb.VoidPaymentRequest) (*pb.PaymentAnswer, error) {
	return s.ask(ctx, req, retail.AskProvider{Step: retail.StepVoid}, req.GetIntent(), nil)
}

// RefundPayment asks once more for what is to go back.
func (s *Server) RefundPayment(ctx context.Context, req *pb.RefundPaymentRequest) (*pb.PaymentAnswer, error) {
	return s.ask(ctx, req, retail.AskProvider{Step: retail.StepRefund}, req.GetIntent(), nil)
}

// ask records what the provider is asked, asks it, and records what it answers. What was asked and is not answered is no error: it is
// asked again until it is.
func (s *Server) ask(
	ctx context.Context, req interface{ GetOrder() string }, cmd retail.AskProvider, intent string, amount *money.Money,
) (*pb.PaymentAnswer, error) {
	if s.processor.Provider() == nil {
		return nil, noProvider()
	}
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	if cmd.Intent, err = retail.ParseID(intent); err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "intent", "must be a uuid")
	}
	if amount != nil {
		if cmd.AmountMinor, err = trade.MinorFrom(amount, "amount", order.Currency); err != nil {
			return nil, err
		}
	}
	cmd.Transaction, cmd.Order, cmd.Provider = ledger.NewID(), order.ID, s.processor.Provider().Name()
	asked, err := s.begin(ctx, cmd)
	if err != nil {
		return nil, err
	}
	finished, err := s.processor.answer(ctx, asked, cmd.Intent)
	if err != nil {
		return nil, err
	}
	return &pb.PaymentAnswer{Order: trade.OrderTo(finished.Order), ActionUrl: finished.ActionURL}, nil
}

// begin records what the provider is asked. Where nothing is owed because the customer has not agreed yet to what was asked before, she pays
// otherwise now, and that is given up.
func (s *Server) begin(ctx context.Context, cmd retail.AskProvider) (retail.Order, error) {
	asked, err := ledger.Submit(ctx, s.engine, cmd)
	refusal := (*retail.Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != retail.NothingOwed || !s.processor.giveWay(ctx, cmd) {
		return asked, err
	}
	cmd.Transaction = ledger.NewID()
	return ledger.Submit(ctx, s.engine, cmd)
}

func noProvider() error {
	return retail.Refuse(retail.NoPaymentProvider, "no provider of payments is set up")
}

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
	value.Limits, err = s.limitsOf(ctx, value.GetCardKind())
	return value, err
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
		Replacements: replaced.Replacements, CardKind: replaced.Kind, ExpiresAt: trade.TimeTo(replaced.ExpiresAt),
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
	return &pb.StoredValue{
		Balance: trade.MoneyTo(b.Currency, b.AmountMinor), Location: b.Location, Account: b.Account, Replacements: b.Replacements,
		CardKind: b.Terms.Kind, ExpiresAt: trade.TimeTo(b.ExpiresAt),
	}
}
