package stock

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// ListOversellCases returns what a location owes to promises it can't keep, or what it owed.
func (s *Server) ListOversellCases(ctx context.Context, req *pb.ListOversellCasesRequest) (*pb.ListOversellCasesResponse, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return nil, err
	}
	after, err := page.Read[retail.CaseMark](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	list := s.reads.OpenCases
	if req.GetState() == pb.OversellCaseState_OVERSELL_CASE_STATE_SETTLED {
		list = s.reads.SettledCases
	}
	cases, err := list(ctx, req.GetLocation(), after, limit+1)
	if err != nil {
		return nil, err
	}
	return casesTo(cases, limit), nil
}

// GetOversellCase returns a case.
func (s *Server) GetOversellCase(ctx context.Context, req *pb.GetOversellCaseRequest) (*pb.OversellCase, error) {
	found, err := s.oversellCase(ctx, req)
	if err != nil {
		return nil, err
	}
	return caseTo(found), nil
}

// named is a request that names a case.
type named interface {
	GetLocation() string
	GetSku() string
	GetCase() string
}

func (s *Server) oversellCase(ctx context.Context, req named) (retail.ShownCase, error) {
	if err := s.knowLocation(ctx, req.GetLocation()); err != nil {
		return retail.ShownCase{}, err
	}
	id, err := retail.ParseID(req.GetCase())
	if err != nil {
		return retail.ShownCase{}, retail.RefuseField(retail.InvalidRequest, "case", "must be a uuid")
	}
	found, there, err := s.reads.Case(ctx, req.GetLocation(), req.GetSku(), id)
	if err == nil && !there {
		err = retail.Refuse(retail.UnknownCase, "there is no oversell case %s of %s at %s", req.GetCase(), req.GetSku(), req.GetLocation())
	}
	return found, err
}

// ResolveOversellCase ends a case whose units were there.
func (s *Server) ResolveOversellCase(ctx context.Context, req *pb.ResolveOversellCaseRequest) (*pb.OversellCase, error) {
	transaction := ledger.NewID()
	resolved, err := ledger.Replan(ctx, s.engine, func(ctx context.Context) (retail.Command[retail.CaseResolved], error) {
		open, err := s.oversellCase(ctx, req)
		if err != nil {
			return nil, err
		}
		reason, err := trade.Reason(ctx, s.reads, req.GetReason(), "reason")
		if err != nil {
			return nil, err
		}
		return retail.ResolveOversell{
			Transaction: transaction, Location: open.Location, SKU: open.SKU, Case: open.Transaction, Note: req.GetNote(),
		}.By(reason)
	})
	if err != nil {
		return nil, err
	}
	request, _ := ledger.RequestFrom(ctx) // who asks is who did it: nobody else is told of this request
	return caseTo(retail.ShownCase{
		Location: resolved.Location, SKU: resolved.SKU, OversellCase: resolved.Case,
		Settlement: retail.Settlement{
			Kind: retail.KindResolve, Cause: resolved.Cause, Actor: request.Actor, Reason: resolved.Reason, Note: resolved.Note,
		},
	}), nil
}

func casesTo(cases []retail.ShownCase, limit int) *pb.ListOversellCasesResponse {
	answer := &pb.ListOversellCasesResponse{}
	if len(cases) > limit {
		cases = cases[:limit]
		last := cases[limit-1]
		answer.NextPageToken = page.Token(retail.CaseMark{OpenedAt: last.OpenedAt, SKU: last.SKU, Transaction: last.Transaction})
	}
	for _, c := range cases {
		answer.Cases = append(answer.Cases, caseTo(c))
	}
	return answer
}

func caseTo(c retail.ShownCase) *pb.OversellCase {
	answer := &pb.OversellCase{
		Id: c.Transaction.String(), Location: c.Location, Sku: c.SKU, Units: c.Units, OpenUnits: c.OpenUnits,
		OpenedAt: timestamppb.New(c.OpenedAt), Order: c.Order(),
	}
	for _, promise := range c.AtRisk() {
		if !promise.Hold.IsZero() {
			answer.HoldsAtRisk = append(answer.HoldsAtRisk, promise.Hold.String())
			answer.PromisesAtRisk = append(answer.PromisesAtRisk, &pb.PromiseAtRisk{Hold: promise.Hold.String(), Units: promise.Units})
			continue
		}
		answer.PromisesAtRisk = append(answer.PromisesAtRisk, &pb.PromiseAtRisk{
			Order: promise.Order.String(), Fulfilment: promise.Fulfilment.String(), Units: promise.Units,
		})
	}
	if of := c.Settlement; of.Kind != "" {
		answer.Settlement = &pb.CaseSettlement{
			Transaction: c.SettledBy.String(), Kind: string(of.Kind), SettledAt: timestamppb.New(c.RecordedAt), Actor: of.Actor, Cause: of.Cause,
			Reason: of.Reason, Note: of.Note,
		}
	}
	return answer
}
