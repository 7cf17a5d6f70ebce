package payments

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Links makes the tokens of links to pay by: an order's id, when the link ends, and the first half of an HMAC of both. So a token can be
// made again and is stored nowhere, and one that is forged is refused before anything is read.
type Links struct {
	secret []byte
	// page is where customers pay, followed by "/" and the token; empty: nowhere.
	page string
}

const (
	// secretMin is how many bytes a secret has at least.
	secretMin = 32
	// claimLen is what a token says: the order's id, and the microseconds of when it ends.
	claimLen = 16 + 8
	// macLen is how much of the HMAC stands in a token: nobody guesses 128 bits.
	macLen = 16
)

// NewLinks returns the maker of a secret, which all processes on one database share. The page is where customers pay; empty: nowhere.
func NewLinks(secret []byte, page string) (*Links, error) {
	if len(secret) < secretMin {
		return nil, fmt.Errorf("the secret of links to pay by has %d bytes, and needs %d", len(secret), secretMin)
	}
	return &Links{secret: secret, page: strings.TrimSuffix(page, "/")}, nil
}

func (l *Links) mac(claim []byte) []byte {
	mac := hmac.New(sha256.New, l.secret)
	mac.Write([]byte("aisle/payment-link/2\x00")) // 2 is the version of how tokens are made
	mac.Write(claim)
	return mac.Sum(nil)[:macLen]
}

// Token opens the link that an order has.
func (l *Links) Token(o retail.Order) string {
	claim := binary.BigEndian.AppendUint64(append(make([]byte, 0, claimLen+macLen), o.ID[:]...), uint64(o.LinkUntil.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(claim, l.mac(claim)...))
}

// URL is where the customer pays by the link that an order has; empty: nowhere.
func (l *Links) URL(o retail.Order) string {
	if l.page == "" {
		return ""
	}
	return l.page + "/" + l.Token(o)
}

// Opens returns what a token that was made here says, whatever became of its order since.
func (l *Links) Opens(token string) (order retail.ID, until time.Time, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(text) != claimLen+macLen || !hmac.Equal(text[claimLen:], l.mac(text[:claimLen])) {
		return order, until, false
	}
	return retail.ID(text[:16]), time.UnixMicro(int64(binary.BigEndian.Uint64(text[16:]))).UTC(), true
}

// Contacts keep how customers are told, beside the books.
type Contacts interface {
	// ChangeContact keeps how the customer of an order is told of it from now on, as a request says that was not carried out yet.
	ChangeContact(ctx context.Context, order retail.ID, c retail.Contact, request retail.ID) error
	// ChangeFinders keeps what an order is found by of the contact that it has from now on, as a request says that was not carried out yet.
	ChangeFinders(ctx context.Context, order retail.ID, finders []retail.Finder, request retail.ID) error
}

// SendPaymentLink sends the customer of an order a link to pay by.
func (s *Server) SendPaymentLink(ctx context.Context, req *pb.SendPaymentLinkRequest) (*pb.PaymentLinkSent, error) {
	order, err := trade.Order(ctx, s.reads, req.GetOrder())
	if err != nil {
		return nil, err
	}
	if given := req.GetContact(); given != nil {
		contact, err := retail.NewContact(given.GetEmail(), given.GetPhone(), given.GetLanguage())
		if err != nil {
			return nil, err
		}
		request, err := retail.ParseID(req.GetRequestId())
		if err != nil {
			return nil, retail.RefuseField(retail.InvalidRequest, "request_id", "must be a uuid")
		}
		if order.Payable(time.Now()) == nil { // before the link is sent: whoever reads that it was finds the contact there
			if err := s.contacts.ChangeContact(ctx, order.ID, contact, request); err != nil {
				return nil, err
			}
			if err := s.contacts.ChangeFinders(ctx, order.ID, s.finders.OfContact(contact), request); err != nil {
				return nil, err
			}
		}
	}
	order, err = ledger.Submit(ctx, s.engine, retail.SendPaymentLink{
		Transaction: ledger.NewID(), Order: order.ID, ValidFor: req.GetValidFor().AsDuration(),
	})
	if err != nil {
		return nil, err
	}
	return &pb.PaymentLinkSent{Order: trade.OrderTo(order), Token: s.links.Token(order), Url: s.links.URL(order)}, nil
}

// linked returns the order that a token was made for, and when its link ends.
func (s *Server) linked(ctx context.Context, token string) (retail.Order, time.Time, error) {
	id, until, ok := s.links.Opens(token)
	if !ok {
		return retail.Order{}, until, retail.NoLink()
	}
	order, found, err := s.reads.Order(ctx, id)
	if err == nil && !found {
		err = retail.NoLink()
	}
	return order, until, err
}

// GetPaymentLink shows what is to be paid by a link.
func (s *Server) GetPaymentLink(ctx context.Context, req *pb.GetPaymentLinkRequest) (*pb.PaymentLink, error) {
	order, until, err := s.linked(ctx, req.GetToken())
	if err != nil {
		return nil, err
	}
	if !order.Linked(until, time.Now()) {
		return nil, retail.NoLink()
	}
	return s.linkTo(ctx, order)
}

// PayByLink has the provider keep all that is due.
func (s *Server) PayByLink(ctx context.Context, req *pb.PayByLinkRequest) (*pb.PayByLinkAnswer, error) {
	order, until, err := s.linked(ctx, req.GetToken())
	if err != nil {
		return nil, err
	}
	if s.processor.Provider() == nil {
		return nil, noProvider()
	}
	cmd := retail.AskProvider{
		Transaction: ledger.NewID(), Order: order.ID, Step: retail.StepAuthorise, Token: req.GetCard(), Link: until,
		Provider: s.processor.Provider().Name(),
	}
	if cmd.Intent, err = retail.ParseID(req.GetRequestId()); err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "request_id", "must be a uuid")
	}
	if cmd.AmountMinor, err = trade.MinorFrom(req.GetAmount(), "amount", order.Currency); err != nil {
		if !order.Linked(until, time.Now()) { // it tells nobody else the order's currency
			err = retail.NoLink()
		}
		return nil, err
	}
	asked, err := s.begin(ctx, cmd)
	if err != nil {
		return nil, err
	}
	finished, err := s.processor.answer(ctx, asked, cmd.Intent)
	if err != nil {
		return nil, err
	}
	if !finished.Order.Linked(until, time.Now()) { // what she began is told her, and of what became of the order since no more than that
		return &pb.PayByLinkAnswer{Link: linkState(finished.Order), ActionUrl: finished.ActionURL}, nil
	}
	link, err := s.linkTo(ctx, finished.Order)
	return &pb.PayByLinkAnswer{Link: link, ActionUrl: finished.ActionURL}, err
}

// linkState is a link to pay by with what is said of one that nothing is to be paid by.
func linkState(o retail.Order) *pb.PaymentLink {
	state := "PAYMENT_LINK_STATE_" + string(o.LinkState(time.Now()))
	return &pb.PaymentLink{Number: o.Number, State: pb.PaymentLinkState(pb.PaymentLinkState_value[state])}
}

// linkTo shows a link to whoever has it.
func (s *Server) linkTo(ctx context.Context, o retail.Order) (*pb.PaymentLink, error) {
	link := linkState(o)
	if link.State != pb.PaymentLinkState_PAYMENT_LINK_STATE_DUE && link.State != pb.PaymentLinkState_PAYMENT_LINK_STATE_ASKED {
		return link, nil
	}
	shop, _, err := s.reads.Location(ctx, o.Location)
	if err != nil {
		return nil, err
	}
	link.Shop, link.ValidUntil = shop.Seller().Name, trade.TimeTo(o.LinkUntil)
	link.Due = trade.MoneyTo(o.Currency, o.LinkDue())
	total := int64(0)
	for _, l := range o.Lines {
		until := l.Quantity - l.Cancelled
		if until == l.Returned {
			continue
		}
		_, _, gross := l.UnitsWorth(l.Returned, until)
		total += gross
		line := &pb.PaymentLinkLine{
			Description: l.Description, Quantity: until - l.Returned, Amount: trade.MoneyTo(o.Currency, gross), Method: trade.MethodTo(l.Method),
		}
		if line.Description == "" {
			line.Description = l.SKU
		}
		if l.Method == retail.PickUp {
			place, _, err := s.reads.Location(ctx, l.Location)
			if err != nil {
				return nil, err
			}
			line.Place, line.Address = place.Name, place.Address.OneLine()
		}
		link.Lines = append(link.Lines, line)
	}
	link.Total = trade.MoneyTo(o.Currency, total)
	return link, nil
}
