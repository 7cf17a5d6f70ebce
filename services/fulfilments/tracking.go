package fulfilments

import (
	"context"
	"strings"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// trackingStatus is what the names of the contract's statuses begin with; they are stored without it.
const trackingStatus = "TRACKING_STATUS_"

// RecordTracking notes what a carrier says of a parcel.
func (s *Server) RecordTracking(ctx context.Context, req *pb.RecordTrackingRequest) (*pb.Fulfilment, error) {
	f, err := s.fulfilment(ctx, req)
	if err != nil {
		return nil, err
	}
	cmd := retail.TrackParcel{Work: workOn(f), Parcel: req.GetParcel()}
	for _, e := range req.GetEvents() {
		cmd.Events = append(cmd.Events, retail.TrackingEvent{
			ID: e.GetEventId(), Status: retail.TrackingStatus(strings.TrimPrefix(e.GetStatus().String(), trackingStatus)), At: e.GetTime().AsTime(),
			Place: e.GetPlace(), Text: e.GetText(),
		})
	}
	return told(ledger.Submit(ctx, s.engine, cmd))
}

func trailTo(trail []retail.TrackingEvent) (events []*pb.TrackingEvent) {
	for _, e := range trail {
		events = append(events, &pb.TrackingEvent{
			EventId: e.ID, Status: pb.TrackingStatus(pb.TrackingStatus_value[trackingStatus+string(e.Status)]), Time: trade.TimeTo(e.At),
			Place: e.Place, Text: e.Text,
		})
	}
	return events
}
