// Package tills serves what happens to the cash of a location beside sales, and what its terminals verify receipts by.
package tills

import (
	"context"
	"strings"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/receipts"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// Server is aisle.tills.v1.TillService.
type Server struct {
	pb.UnimplementedTillServiceServer
	engine   *ledger.Engine
	reads    trade.Places
	receipts *receipts.Maker
}

// New returns the service.
func New(engine *ledger.Engine, reads trade.Places, maker *receipts.Maker) *Server {
	return &Server{engine: engine, reads: reads, receipts: maker}
}

// GetReceiptKeys returns what receipts are verified by.
func (s *Server) GetReceiptKeys(context.Context, *pb.GetReceiptKeysRequest) (*pb.ReceiptKeys, error) {
	return &pb.ReceiptKeys{Keys: []*pb.ReceiptKey{{Id: s.receipts.ID(), PublicKey: s.receipts.Public()}}}, nil
}

// RecordCash records cash that was counted or carried away.
func (s *Server) RecordCash(ctx context.Context, req *pb.RecordCashRequest) (*pb.CashMovement, error) {
	place, err := trade.Place(ctx, s.reads, req.GetLocation(), "location")
	if err != nil {
		return nil, err
	}
	cmd, err := cashFrom(req, place, time.Now())
	if err != nil {
		return nil, err
	}
	moved, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return cashTo(moved), nil
}

const actPrefix = "CASH_ACT_"

func cashFrom(req *pb.RecordCashRequest, place retail.Location, now time.Time) (retail.MoveCash, error) {
	cmd := retail.MoveCash{
		Transaction: ledger.NewID(), Location: place.Code, Currency: place.Currency, Note: req.GetNote(),
		Act: retail.CashAct(strings.TrimPrefix(req.GetAct().String(), actPrefix)),
	}
	var err error
	if cmd.AmountMinor, err = trade.MinorFrom(req.GetAmount(), "amount", place.Currency); err != nil {
		return cmd, err
	}
	cmd.OccurredAt, err = retail.OccurredAt(req.GetOccurredAt() != nil, req.GetOccurredAt().AsTime(), now)
	return cmd, err
}

func cashTo(m retail.CashMoved) *pb.CashMovement {
	return &pb.CashMovement{
		Transaction: m.Transaction.String(), Location: m.Location, Act: pb.CashAct(pb.CashAct_value[actPrefix+string(m.Act)]),
		Amount: trade.MoneyTo(m.Currency, m.AmountMinor), Note: m.Note, RecordedAt: trade.TimeTo(m.RecordedAt),
	}
}
