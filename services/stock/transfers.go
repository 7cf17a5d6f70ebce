package stock

import (
	"cmp"
	"context"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// RequestTransfer asks another location of ours for goods.
func (s *Server) RequestTransfer(ctx context.Context, req *pb.RequestTransferRequest) (*pb.Transfer, error) {
	cmd, err := requestFrom(req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Transfer], error) {
		_, err := s.betweenPlaces(ctx, cmd.From, cmd.To, cmd.Lines)
		return cmd, err
	}))
}

// DeclineTransfer says that a request will not be shipped.
func (s *Server) DeclineTransfer(ctx context.Context, req *pb.DeclineTransferRequest) (*pb.Transfer, error) {
	return s.endRequest(ctx, req, retail.EndRequest{As: retail.TransferDeclined})
}

// CancelTransfer takes a request back.
func (s *Server) CancelTransfer(ctx context.Context, req *pb.CancelTransferRequest) (*pb.Transfer, error) {
	return s.endRequest(ctx, req, retail.EndRequest{As: retail.TransferCancelled})
}

// ending is a request to end a request for goods.
type ending interface {
	GetTransfer() string
	GetLocation() string
	GetAnswer() string
}

// endRequest ends a request for goods by who was asked or who asks, which never changes, so that a plain read may tell.
func (s *Server) endRequest(ctx context.Context, req ending, cmd retail.EndRequest) (*pb.Transfer, error) {
	t, err := s.transfer(ctx, req.GetTransfer())
	if err != nil {
		return nil, err
	}
	if err := cmd.By(t, req.GetLocation()); err != nil {
		return nil, err
	}
	cmd.Transfer, cmd.Transaction, cmd.Answer = t.ID, ledger.NewID(), req.GetAnswer()
	return told(ledger.Submit(ctx, s.engine, cmd))
}

// ShipTransfer sends goods to another location of ours.
func (s *Server) ShipTransfer(ctx context.Context, req *pb.ShipTransferRequest) (*pb.Transfer, error) {
	cmd, err := s.shipFrom(ctx, req)
	if err != nil {
		return nil, err
	}
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Transfer], error) {
		to, err := s.betweenPlaces(ctx, cmd.From, cmd.To, cmd.Lines)
		cmd.Currency = to.Currency
		return cmd, err
	}))
}

// shipFrom is what is to be sent. What was asked for, and between which places, never changes, so that a plain read may name it.
func (s *Server) shipFrom(ctx context.Context, req *pb.ShipTransferRequest) (retail.ShipTransfer, error) {
	cmd := retail.ShipTransfer{
		Transfer: ledger.NewID(), Transaction: ledger.NewID(), From: req.GetFromLocation(), To: req.GetToLocation(),
		Lines: linesFrom(req.GetLines()), Reference: req.GetReference(),
	}
	if req.GetTransfer() == "" {
		if len(cmd.Lines) == 0 {
			return cmd, retail.RefuseField(retail.InvalidRequest, "lines", "nothing is to be sent")
		}
		return cmd, eachOnce(cmd.Lines, "lines")
	}
	t, err := s.transfer(ctx, req.GetTransfer())
	switch {
	case err != nil:
		return cmd, err
	case t.From != cmd.From:
		return cmd, retail.RefuseField(retail.InvalidRequest, "from_location", "another location was asked for it")
	case t.To != cmd.To:
		return cmd, retail.RefuseField(retail.InvalidRequest, "to_location", "another location asked for it")
	}
	cmd.Transfer, cmd.Requested, cmd.Order, cmd.Whole = t.ID, true, t.Order, len(cmd.Lines) == 0
	for i := 0; i < len(t.Lines) && len(req.GetLines()) == 0; i++ {
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: t.Lines[i].SKU, Quantity: t.Lines[i].Requested})
	}
	return cmd, eachOnce(cmd.Lines, "lines")
}

// betweenPlaces refuses goods that nobody knows, and places between which none can go: one that is closed is emptied, and gets none. It
// returns the place that they go to.
func (s *Server) betweenPlaces(ctx context.Context, from, to string, lines []retail.Line) (retail.Location, error) {
	if _, err := trade.Place(ctx, s.reads, from, "from_location"); err != nil {
		return retail.Location{}, err
	}
	place, err := trade.Place(ctx, s.reads, to, "to_location")
	if err != nil {
		return place, err
	}
	if err := place.Open("to_location"); err != nil {
		return place, err
	}
	return place, s.knowSKUs(ctx, lines)
}

func told(t retail.Transfer, err error) (*pb.Transfer, error) {
	if err != nil {
		return nil, err
	}
	return transferTo(t), nil
}

// ReceiveTransfer records what arrived of a transfer.
func (s *Server) ReceiveTransfer(ctx context.Context, req *pb.ReceiveTransferRequest) (*pb.Transfer, error) {
	t, err := s.transfer(ctx, req.GetTransfer())
	if err != nil {
		return nil, err
	}
	if t.To != req.GetLocation() {
		return nil, retail.RefuseField(retail.InvalidRequest, "location", "it was sent to another location")
	}
	cmd := retail.ReceiveTransfer{
		Transfer: t.ID, Transaction: ledger.NewID(), From: t.From, To: t.To, Lines: linesFrom(req.GetLines()),
		Damaged: linesFrom(req.GetDamaged()), Close: req.GetCloseShort(), Note: req.GetNote(),
	}
	if err := cmp.Or(eachOnce(cmd.Lines, "lines"), eachOnce(cmd.Damaged, "damaged")); err != nil {
		return nil, err
	}
	for _, line := range t.Lines {
		cmd.Expected = append(cmd.Expected, line.SKU)
	}
	if !t.Order.IsZero() {
		if cmd.Order, err = trade.Order(ctx, s.reads, t.Order.String()); err != nil {
			return nil, err
		}
	}
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Transfer], error) {
		if req.GetReason() == "" {
			return cmd, nil
		}
		to, err := trade.Place(ctx, s.reads, cmd.To, "location")
		if err != nil {
			return nil, err
		}
		cmd.Currency = to.Currency
		reason, err := trade.Reason(ctx, s.reads, req.GetReason(), "reason")
		if err != nil {
			return nil, err
		}
		return cmd.By(reason)
	}))
}

// GetTransfer returns a transfer.
func (s *Server) GetTransfer(ctx context.Context, req *pb.GetTransferRequest) (*pb.Transfer, error) {
	return told(s.transfer(ctx, req.GetTransfer()))
}

func (s *Server) transfer(ctx context.Context, text string) (retail.Transfer, error) {
	id, err := retail.ParseID(text)
	if err != nil {
		return retail.Transfer{}, retail.RefuseField(retail.InvalidRequest, "transfer", "must be a uuid")
	}
	t, found, err := s.reads.Transfer(ctx, id)
	if err == nil && !found {
		err = retail.Refuse(retail.UnknownTransfer, "there is no transfer %s", text)
	}
	return t, err
}

// ListTransfers returns what a location is asked for, sent and gets.
func (s *Server) ListTransfers(ctx context.Context, req *pb.ListTransfersRequest) (*pb.ListTransfersResponse, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.OrderMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), transfersDefault)
	found, err := s.reads.Transfers(ctx, transfersFrom(req), after, limit+1)
	if err != nil {
		return nil, err
	}
	return transfersTo(found, limit), nil
}

// transfersFrom is which transfers are asked for.
func transfersFrom(req *pb.ListTransfersRequest) retail.TransfersOf {
	of := retail.TransfersOf{From: req.GetLocation(), To: req.GetLocation()}
	switch req.GetDirection() {
	case pb.TransferDirection_TRANSFER_DIRECTION_IN:
		of.From = ""
	case pb.TransferDirection_TRANSFER_DIRECTION_OUT:
		of.To = ""
	}
	for _, state := range req.GetStates() {
		of.States = append(of.States, retail.TransferState(strings.TrimPrefix(state.String(), "TRANSFER_STATE_")))
	}
	return of
}

// transfersDefault is how many transfers a page has where the request does not say.
const transfersDefault = 50

func linesFrom(lines []*pb.HoldLine) []retail.Line {
	all := make([]retail.Line, len(lines))
	for i, line := range lines {
		all[i] = retail.Line{SKU: line.GetSku(), Quantity: line.GetQuantity()}
	}
	return all
}

func requestFrom(req *pb.RequestTransferRequest) (retail.RequestTransfer, error) {
	cmd := retail.RequestTransfer{
		Transfer: ledger.NewID(), Transaction: ledger.NewID(), From: req.GetFromLocation(), To: req.GetToLocation(),
		Lines: linesFrom(req.GetLines()), Purpose: req.GetPurpose(), Reference: req.GetReference(), WantedOn: req.GetWantedOn(),
	}
	if cmd.WantedOn != "" {
		if err := retail.CalendarDay(cmd.WantedOn, "wanted_on"); err != nil {
			return cmd, err
		}
	}
	return cmd, eachOnce(cmd.Lines, "lines")
}

func transferTo(t retail.Transfer) *pb.Transfer {
	answer := &pb.Transfer{
		Id: t.ID.String(), FromLocation: t.From, ToLocation: t.To, Reference: t.Reference,
		State:     pb.TransferState(pb.TransferState_value["TRANSFER_STATE_"+string(t.State)]),
		ShippedAt: trade.TimeTo(t.ShippedAt), RecordedAt: timestamppb.New(t.RecordedAt), RequestedAt: trade.TimeTo(t.RequestedAt),
		Purpose: t.Purpose, WantedOn: t.WantedOn, Answer: t.Answer, Order: t.Order.String(),
	}
	for _, line := range t.Lines {
		answer.Lines = append(answer.Lines, &pb.TransferLine{
			Sku: line.SKU, Shipped: line.Shipped, Received: line.Received, Missing: line.Missing, Damaged: line.Damaged, Over: line.Over,
			Requested: line.Requested, Kept: line.Kept, Lacked: line.Lacked,
		})
	}
	return answer
}

func transfersTo(found []retail.Transfer, limit int) *pb.ListTransfersResponse {
	answer := &pb.ListTransfersResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.BegunAt(), ID: last.ID})
	}
	for _, t := range found {
		answer.Transfers = append(answer.Transfers, transferTo(t))
	}
	return answer
}
