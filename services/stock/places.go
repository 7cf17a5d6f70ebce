package stock

import (
	"cmp"
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// What a question about places goes by where it does not say.
const (
	radiusDefault = 50_000 // metres
	placesDefault = 20
)

// nearPlace is a location, and how far it is.
type nearPlace struct {
	retail.Location
	metres int64
}

// around returns the places within a radius of a point that suit, nearest first. Places without coordinates are near nothing.
func around(at trade.Point, radius int64, places []retail.Location, suits func(retail.Location) bool) []nearPlace {
	var near []nearPlace
	for _, place := range places {
		if trade.PointOf(place).IsNowhere() || !suits(place) {
			continue
		}
		if metres := at.Metres(trade.PointOf(place)); metres <= radius {
			near = append(near, nearPlace{place, metres})
		}
	}
	slices.SortFunc(near, func(a, b nearPlace) int {
		return cmp.Or(cmp.Compare(a.metres, b.metres), cmp.Compare(a.Code, b.Code))
	})
	return near
}

// serving tells which places may serve a channel by a method.
func serving(channel retail.Channel, method retail.Method) func(retail.Location) bool {
	return func(l retail.Location) bool { return channel.MayServe(l, method) }
}

// nearRequest is a question about places around a point.
type nearRequest interface {
	GetLocation() string
	GetLatitudeE7() int32
	GetLongitudeE7() int32
}

// placeIn finds a location among all, or refuses the request's field. One that another process made a moment ago is read alone.
func (s *Server) placeIn(ctx context.Context, all []retail.Location, code, field string) (retail.Location, error) {
	at, found := slices.BinarySearchFunc(all, code, func(l retail.Location, code string) int { return cmp.Compare(l.Code, code) })
	if found {
		return all[at], nil
	}
	return trade.Place(ctx, s.reads, code, field)
}

// origin is the point that a question is about, and refuses a location that has no coordinates.
func (s *Server) origin(ctx context.Context, near nearRequest, all []retail.Location) (trade.Point, error) {
	given := trade.Point{LatitudeE7: near.GetLatitudeE7(), LongitudeE7: near.GetLongitudeE7()}
	if near.GetLocation() == "" {
		return given, nil
	}
	if !given.IsNowhere() {
		return given, retail.RefuseField(retail.InvalidRequest, "near.location", "the point is a location or coordinates, not both")
	}
	place, err := s.placeIn(ctx, all, near.GetLocation(), "near.location")
	if err != nil {
		return given, err
	}
	if trade.PointOf(place).IsNowhere() {
		return given, retail.RefuseField(retail.InvalidRequest, "near.location", "%s has no coordinates", place.Code)
	}
	return trade.PointOf(place), nil
}

func placesTo(places []nearPlace, now time.Time, distances bool) []*pb.Place {
	var all []*pb.Place
	for _, place := range places {
		one := placeTo(place.Location, now)
		if distances {
			one.DistanceMetres = &place.metres
		}
		all = append(all, one)
	}
	return all
}

// placeTo tells a location as it is at an instant.
func placeTo(l retail.Location, now time.Time) *pb.Place {
	place := &pb.Place{
		Location: l.Code, Name: l.Name, Kind: locationspb.LocationKind(locationspb.LocationKind_value["LOCATION_KIND_"+l.Kind]),
	}
	if a := l.Address; a != (retail.Address{}) {
		place.Address = &locationspb.Address{
			Street: a.Street, PostalCode: a.PostalCode, City: a.City, Region: a.Region, CountryCode: a.CountryCode,
		}
	}
	zone := trade.Zone(l)
	if l.HasHours() {
		place.Opening = openingTo(l.OpeningAt(now, zone), zone)
	}
	if l.Kind == retail.Store {
		if ready, opens := l.ReadyAt(now, zone); opens {
			place.PickupReadyAt = timestamppb.New(ready)
		}
	}
	return place
}

func openingTo(o retail.Opening, zone *time.Location) *pb.Opening {
	opening := &pb.Opening{Open: o.Open, TimeZone: zone.String(), ClosesAt: trade.TimeTo(o.Closes), OpensAt: trade.TimeTo(o.Opens)}
	next := o.Opens
	if o.Open {
		next = o.Closes
	}
	if !next.IsZero() {
		opening.LocalTime = next.In(zone).Format(time.RFC3339)
	}
	return opening
}
