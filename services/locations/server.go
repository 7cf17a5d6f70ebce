// Package locations serves the places that have stock of their own and the channels through which a retailer sells.
package locations

import (
	"context"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// Reads is what the service reads outside the engine. Who has just put something may ask another process for it, so that
// nothing here comes from a cache.
type Reads interface {
	LocationNow(ctx context.Context, code string) (retail.Location, bool, error)
	// Locations returns locations by code, after one.
	Locations(ctx context.Context, after string, limit int) ([]retail.Location, error)
	// UnknownLocations returns the codes that no location has.
	UnknownLocations(ctx context.Context, codes []string) ([]string, error)
	ChannelNow(ctx context.Context, code string) (retail.Channel, bool, error)
	// Channels returns channels by code, after one.
	Channels(ctx context.Context, after string, limit int) ([]retail.Channel, error)
}

// Server is aisle.locations.v1.LocationService.
type Server struct {
	pb.UnimplementedLocationServiceServer
	engine *ledger.Engine
	reads  Reads
}

// New returns the service.
func New(engine *ledger.Engine, reads Reads) *Server { return &Server{engine: engine, reads: reads} }

// PutLocation creates or replaces a location.
func (s *Server) PutLocation(ctx context.Context, req *pb.PutLocationRequest) (*pb.Location, error) {
	cmd, err := putLocationFrom(req)
	if err != nil {
		return nil, err
	}
	location, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return locationTo(location), nil
}

// GetLocation returns a location.
func (s *Server) GetLocation(ctx context.Context, req *pb.GetLocationRequest) (*pb.Location, error) {
	location, found, err := s.reads.LocationNow(ctx, req.GetCode())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownLocation, "code", "there is no location %s", req.GetCode()).
			With("location", req.GetCode())
	}
	return locationTo(location), nil
}

// ListLocations returns locations by code.
func (s *Server) ListLocations(ctx context.Context, req *pb.ListLocationsRequest) (*pb.ListLocationsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	locations, err := s.reads.Locations(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	return locationsTo(locations, limit), nil
}

// PutChannel creates or replaces a channel.
func (s *Server) PutChannel(ctx context.Context, req *pb.PutChannelRequest) (*pb.Channel, error) {
	cmd, err := putChannelFrom(req)
	if err != nil {
		return nil, err
	}
	if cmd.UnknownLocations, err = s.reads.UnknownLocations(ctx, placesOf(cmd.Channel)); err != nil {
		return nil, err
	}
	channel, err := ledger.Submit(ctx, s.engine, cmd)
	if err != nil {
		return nil, err
	}
	return channelTo(channel), nil
}

// GetChannel returns a channel.
func (s *Server) GetChannel(ctx context.Context, req *pb.GetChannelRequest) (*pb.Channel, error) {
	channel, found, err := s.reads.ChannelNow(ctx, req.GetCode())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, retail.RefuseField(retail.UnknownChannel, "code", "there is no channel %s", req.GetCode()).
			With("channel", req.GetCode())
	}
	return channelTo(channel), nil
}

// ListChannels returns channels by code.
func (s *Server) ListChannels(ctx context.Context, req *pb.ListChannelsRequest) (*pb.ListChannelsResponse, error) {
	after, err := page.Read[string](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	limit := page.Size(req.GetPageSize(), pageDefault)
	channels, err := s.reads.Channels(ctx, after, limit+1)
	if err != nil {
		return nil, err
	}
	return channelsTo(channels, limit), nil
}
