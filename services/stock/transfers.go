package stock

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// ShipTransfer sends goods to another location of ours.
func (s *Server) ShipTransfer(ctx context.Context, req *pb.ShipTransferRequest) (*pb.Transfer, error) {
	cmd := retail.ShipTransfer{
		Transfer: ledger.NewID(), Transaction: ledger.NewID(), From: req.GetFromLocation(), To: req.GetToLocation(),
		Lines: linesFrom(req.GetLines()), Reference: req.GetReference(),
	}
	if err := eachOnce(cmd.Lines, "lines"); err != nil {
		return nil, err
	}
	return told(ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.Transfer], error) {
		if _, err := trade.Place(ctx, s.reads, cmd.From, "from_location"); err != nil { // a place that is closed is emptied
			return nil, err
		}
		to, err := trade.Place(ctx, s.reads, cmd.To, "to_location")
		if err != nil {
			return nil, err
		}
		if err := to.Open("to_location"); err != nil {
			return nil, err
		}
		cmd.Currency = to.Currency
		return cmd, s.knowSKUs(ctx, cmd.Lines)
	}))
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

// ListTransfers returns what a location sent and what it gets.
func (s *Server) ListTransfers(ctx context.Context, req *pb.ListTransfersRequest) (*pb.ListTransfersResponse, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.OrderMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), transfersDefault)
	found, err := s.reads.Transfers(ctx, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return transfersTo(found, limit), nil
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

func transferTo(t retail.Transfer) *pb.Transfer {
	answer := &pb.Transfer{
		Id: t.ID.String(), FromLocation: t.From, ToLocation: t.To, Reference: t.Reference,
		State:     pb.TransferState(pb.TransferState_value["TRANSFER_STATE_"+string(t.State)]),
		ShippedAt: timestamppb.New(t.ShippedAt), RecordedAt: timestamppb.New(t.RecordedAt),
	}
	for _, line := range t.Lines {
		answer.Lines = append(answer.Lines, &pb.TransferLine{
			Sku: line.SKU, Shipped: line.Shipped, Received: line.Received, Missing: line.Missing, Damaged: line.Damaged, Over: line.Over,
		})
	}
	return answer
}

func transfersTo(found []retail.Transfer, limit int) *pb.ListTransfersResponse {
	answer := &pb.ListTransfersResponse{}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		answer.NextPageToken = page.Token(retail.OrderMark{OccurredAt: last.ShippedAt, ID: last.ID})
	}
	for _, t := range found {
		answer.Transfers = append(answer.Transfers, transferTo(t))
	}
	return answer
}
