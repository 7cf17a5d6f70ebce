package messages

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/messages/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// pageDefault is how many messages a page has where the request does not say.
const pageDefault = 50

// Listed is what the service reads and changes.
type Listed interface {
	// Message returns a message.
	Message(ctx context.Context, id retail.ID) (retail.Message, bool, error)
	// Retry has a message that failed sent after all, in one transaction with what sends it; any other stays as it is.
	Retry(ctx context.Context, id retail.ID, enqueue func(ctx context.Context, tx pgx.Tx) error) error
	// EraseContact forgets how the customer of an order, or whoever filled a cart, is told, and tells whether it was known.
	EraseContact(ctx context.Context, about retail.ID) (erased bool, err error)
	// Messages returns messages about an order or a cart, in a state or both, the newest first, before one.
	Messages(
		ctx context.Context, about retail.ID, state retail.MessageState, before retail.ID, limit int,
	) ([]retail.Message, error)
}

// Server is aisle.messages.v1.MessageService.
type Server struct {
	pb.UnimplementedMessageServiceServer
	store Listed
	jobs  *river.Client[pgx.Tx]
}

// New returns the service. It sends nothing itself: any process that does has what it queues.
func New(store Listed) *Server {
	jobs, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Schema: schema})
	if err != nil {
		panic(err) // what it is made of is written here
	}
	return &Server{store: store, jobs: jobs}
}

// ListMessages returns messages, the newest first.
func (s *Server) ListMessages(ctx context.Context, req *pb.ListMessagesRequest) (*pb.ListMessagesResponse, error) {
	about, err := aboutFrom(req)
	if err != nil {
		return nil, err
	}
	before, err := page.Read[retail.ID](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	found, err := s.store.Messages(ctx, about, stateFrom(req.GetState()), before, limit+1)
	if err != nil {
		return nil, err
	}
	answer := &pb.ListMessagesResponse{}
	if len(found) > limit {
		found = found[:limit]
		answer.NextPageToken = page.Token(found[limit-1].ID)
	}
	for _, m := range found {
		answer.Messages = append(answer.Messages, messageTo(m))
	}
	return answer, nil
}

// RetryMessage sends a message that is FAILED after all.
func (s *Server) RetryMessage(ctx context.Context, req *pb.RetryMessageRequest) (*pb.Message, error) {
	id, err := retail.ParseID(req.GetMessage())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "message", "must be a uuid")
	}
	err = s.store.Retry(ctx, id, func(ctx context.Context, tx pgx.Tx) error {
		_, err := s.jobs.InsertTx(ctx, tx, job{id.String()}, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	m, found, err := s.store.Message(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownMessage, "message", "there is no message %s", id).With("message", id.String())
	}
	return messageTo(m), nil
}

// EraseContact forgets how the customer of an order, or whoever filled a cart, is told.
func (s *Server) EraseContact(ctx context.Context, req *pb.EraseContactRequest) (*pb.EraseContactResponse, error) {
	about, err := aboutFrom(req)
	if err == nil && about.IsZero() {
		err = retail.RefuseField(retail.InvalidRequest, "order", "name an order or a cart")
	}
	if err != nil {
		return nil, err
	}
	erased, err := s.store.EraseContact(ctx, about)
	return &pb.EraseContactResponse{Erased: erased}, err
}

// aboutFrom is the order or the cart that a request names; absent: neither.
func aboutFrom(req interface {
	GetOrder() string
	GetCart() string
}) (retail.ID, error) {
	order, err := retail.ParseID(req.GetOrder())
	if err != nil {
		return order, retail.RefuseField(retail.InvalidRequest, "order", "must be a uuid")
	}
	cart, err := retail.ParseID(req.GetCart())
	switch {
	case err != nil:
		return cart, retail.RefuseField(retail.InvalidRequest, "cart", "must be a uuid")
	case !order.IsZero() && !cart.IsZero():
		return cart, retail.RefuseField(retail.InvalidRequest, "cart", "name an order or a cart, one of the two")
	case !cart.IsZero():
		return cart, nil
	}
	return order, nil
}

// The prefixes of the contract's names.
const (
	kindPrefix   = "MESSAGE_KIND_"
	mediumPrefix = "MESSAGE_MEDIUM_"
	statePrefix  = "MESSAGE_STATE_"
)

func stateFrom(state pb.MessageState) retail.MessageState {
	if state == pb.MessageState_MESSAGE_STATE_UNSPECIFIED {
		return ""
	}
	return retail.MessageState(state.String()[len(statePrefix):])
}

func messageTo(m retail.Message) *pb.Message {
	told := &pb.Message{
		Id: m.ID.String(), Kind: pb.MessageKind(pb.MessageKind_value[kindPrefix+string(m.Kind)]),
		Medium: pb.MessageMedium(pb.MessageMedium_value[mediumPrefix+string(m.Medium)]), Order: m.Order.String(),
		Cart: m.Cart.String(), Language: m.Language,
		State: pb.MessageState(pb.MessageState_value[statePrefix+string(m.State)]), DueTime: timestamppb.New(m.DueAt),
		CreateTime: timestamppb.New(m.CreatedAt), Tries: m.Tries, Problem: m.Problem,
	}
	if !m.SettledAt.IsZero() {
		told.SettleTime = timestamppb.New(m.SettledAt)
	}
	return told
}
