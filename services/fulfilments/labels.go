package fulfilments

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/genproto/googleapis/api/httpbody"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	orders "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	common "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/asking"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// labelState is what the names of the contract's states begin with; they are stored without it.
const labelState = "LABEL_STATE_"

// BuyLabel asks the carrier for a label. The label is named by the request.
func (s *Server) BuyLabel(ctx context.Context, req *pb.BuyLabelRequest) (*pb.Label, error) {
	if s.labeller.carrier == nil {
		return nil, noCarrier()
	}
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	label, err := retail.ParseID(req.GetRequestId())
	if err != nil {
		return nil, retail.RefuseField(retail.InvalidRequest, "request_id", "must be a uuid")
	}
	by, _ := ledger.RequestFrom(ctx)
	to := trade.RecipientFrom(req.GetRecipient())
	if _, asked := f.Label(label); req.GetRecipient() == nil && !asked {
		var said bool
		if to, said, err = s.labeller.recipients.ShipTo(ctx, f.Order); err == nil && !said {
			err = retail.RefuseField(retail.InvalidRequest, "recipient", "whom is it for? its order does not say; say it here, or of the order (PutShipTo)")
		}
		if err != nil {
			return nil, err
		}
	}
	kept, err := s.labeller.recipients.PutRecipient(ctx, f.Order, by, to)
	if err != nil {
		return nil, err
	}
	size := req.GetSize()
	asked, err := ledger.Submit(ctx, s.engine, retail.BuyLabel{
		Work: workOn(f), Label: label, Provider: s.labeller.carrier.Name(), Service: req.GetService(), Lines: trade.UnitsFrom(req.GetLines()),
		WeightGrams: req.GetWeightGrams(),
		Size:        retail.ParcelSize{LengthMM: size.GetLengthMm(), WidthMM: size.GetWidthMm(), HeightMM: size.GetHeightMm()},
	})
	if err != nil {
		if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) {
			s.labeller.drop(ctx, by)
		}
		return nil, err
	}
	if !kept && to != (retail.Recipient{}) {
		if err := s.labeller.recipients.KeepRecipient(ctx, f.Order, by, to); err != nil {
			return nil, err
		}
	}
	return s.answered(ctx, asked, label)
}

// GetRecipient returns whom a shipment is for.
func (s *Server) GetRecipient(ctx context.Context, req *pb.GetRecipientRequest) (*common.Recipient, error) {
	f, err := s.fulfilment(ctx, req)
	if err == nil {
		err = f.MustBe(retail.Ship)
	}
	if err != nil {
		return nil, err
	}
	to, said, err := s.labeller.recipients.ShipTo(ctx, f.Order)
	if err != nil || !said {
		return &common.Recipient{}, err
	}
	return trade.RecipientTo(to), nil
}

// VoidLabel asks the carrier to take a label back.
func (s *Server) VoidLabel(ctx context.Context, req *pb.VoidLabelRequest) (*pb.Label, error) {
	f, label, err := s.labelled(ctx, req)
	if err == nil && label.State != retail.LabelRequested { // what was not answered is given up without asking anybody
		err = s.carries(label)
	}
	if err != nil {
		return nil, err
	}
	asked, err := ledger.Submit(ctx, s.engine, retail.VoidLabel{Work: workOn(f), Label: label.ID})
	if err != nil {
		return nil, err
	}
	return s.answered(ctx, asked, label.ID)
}

// answered is the label that a step came to.
func (s *Server) answered(ctx context.Context, asked retail.Worked, id retail.ID) (*pb.Label, error) {
	label, err := s.labeller.answer(ctx, asked.Fulfilment, id)
	if err != nil {
		return nil, err
	}
	return labelTo(label), nil
}

// PrintLabel returns what is stuck on the parcel.
func (s *Server) PrintLabel(ctx context.Context, req *pb.PrintLabelRequest) (*httpbody.HttpBody, error) {
	_, label, err := s.labelled(ctx, req)
	if err == nil {
		err = s.carries(label)
	}
	if err != nil {
		return nil, err
	}
	if label.State != retail.LabelIssued && label.State != retail.LabelUsed || label.Step != "" {
		return nil, retail.RefuseField(retail.LabelStep, "label", "it is %s", label.State).With("state", label.State)
	}
	bounded, cancel := context.WithTimeout(ctx, asking.Longest)
	defer cancel()
	document, err := s.labeller.carrier.Document(bounded, label.Reference)
	if err != nil {
		return nil, fmt.Errorf("%w: the carrier's document: %w", ledger.ErrUnavailable, err)
	}
	return &httpbody.HttpBody{ContentType: document.MediaType, Data: document.Bytes}, nil
}

// carries refuses a label of a carrier that is not set up.
func (s *Server) carries(label retail.Label) error {
	if !s.labeller.carries(label) {
		return noCarrier()
	}
	return nil
}

// labelled reads the fulfilment and the label that a request names.
func (s *Server) labelled(ctx context.Context, req interface {
	named
	GetLabel() string
},
) (retail.Fulfilment, retail.Label, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return f, retail.Label{}, err
	}
	id, err := retail.ParseID(req.GetLabel())
	if err != nil {
		return f, retail.Label{}, retail.RefuseField(retail.InvalidRequest, "label", "must be a uuid")
	}
	label, found := f.Label(id)
	if !found {
		return f, label, retail.RefuseField(retail.UnknownLabel, "label", "the shipment has no label %s", id)
	}
	return f, label, nil
}

// labelFrom is the label that is on a parcel; zero: it has none of ours, and the request says who carries it.
func labelFrom(req *pb.ShipFulfilmentRequest) (label retail.ID, err error) {
	switch {
	case req.GetLabel() == "" && req.GetCarrier() == "":
		err = retail.RefuseField(retail.InvalidRequest, "carrier", "who carries it, or which label is on it?")
	case req.GetLabel() != "":
		if label, err = retail.ParseID(req.GetLabel()); err != nil {
			err = retail.RefuseField(retail.InvalidRequest, "label", "must be a uuid")
		}
	}
	return label, err
}

func noCarrier() error {
	return retail.Refuse(retail.NoCarrier, "no carrier is set up that is asked for labels")
}

func labelTo(l retail.Label) *pb.Label {
	answer := &pb.Label{
		Id: l.ID.String(), State: pb.LabelState(pb.LabelState_value[labelState+string(l.State)]), Waiting: l.Step != "", Provider: l.Provider,
		Service: l.Service, WeightGrams: l.WeightGrams, Carrier: l.Carrier, Tracking: l.Tracking, Reference: l.Reference, Problem: string(l.Problem),
		AskedAt: trade.TimeTo(l.AskedAt),
	}
	for _, u := range l.Units {
		answer.Lines = append(answer.Lines, &orders.UnitCount{Line: u.Line, Quantity: u.Units})
	}
	if l.Size != (retail.ParcelSize{}) {
		answer.Size = &pb.ParcelSize{LengthMm: l.Size.LengthMM, WidthMm: l.Size.WidthMM, HeightMm: l.Size.HeightMM}
	}
	if l.Currency != "" {
		answer.Price = trade.MoneyTo(l.Currency, l.PriceMinor)
	}
	return answer
}
