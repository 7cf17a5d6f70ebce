package messages

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/messages/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// pageDefault is how many messages a page has where the request does not say.
const pageDefault = 50

// Listed is what the service reads.
type Listed interface {
	// Messages returns messages of an order, in a state or both, the newest first, before one.
	Messages(
		ctx context.Context, order retail.ID, state retail.MessageState, before retail.ID, limit int,
	) ([]retail.Message, error)
}

// Server is aisle.messages.v1.MessageService.
type Server struct {
	pb.UnimplementedMessageServiceServer
	store Listed
}

// New returns the service.
func New(store Listed) *Server { return &Server{store: store} }

// ListMessages returns messages, the newest first.
func (s *Server) ListMessages(ctx context.Context, req *pb.ListMessagesRequest) (*pb.ListMessagesResponse, error) {
	order, err := retail.ParseID(req.GetOrder())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "order", "must be a uuid")
	}
	before, err := page.Read[retail.ID](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	found, err := s.store.Messages(ctx, order, stateFrom(req.GetState()), before, limit+1)
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
		Medium: pb.MessageMedium(pb.MessageMedium_value[mediumPrefix+string(m.Medium)]), Order: m.Order.String(), Language: m.Language,
		State: pb.MessageState(pb.MessageState_value[statePrefix+string(m.State)]), DueTime: timestamppb.New(m.DueAt),
		CreateTime: timestamppb.New(m.CreatedAt), Tries: m.Tries, Problem: m.Problem,
	}
	if !m.SettledAt.IsZero() {
		told.SettleTime = timestamppb.New(m.SettledAt)
	}
	return told
}
