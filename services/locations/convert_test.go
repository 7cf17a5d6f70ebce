package locations

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// milan is a location with nothing wrong.
func milan() *pb.Location {
	return &pb.Location{
		Code: "milan", Name: "Milano Duomo", Kind: pb.LocationKind_LOCATION_KIND_HEAD_OFFICE, TimeZone: "Europe/Rome", CurrencyCode: "EUR",
		Address:         &pb.Address{Street: "Via Torino 1", PostalCode: "20123", City: "Milano", Region: "MI", CountryCode: "IT"},
		TaxJurisdiction: "IT", LatitudeE7: 454641943, LongitudeE7: 91896346, Gln: "4006381333931",
		OpeningHours: []*pb.OpeningHours{{Weekday: 1, Opens: "09:00", Closes: "13:00"}, {Weekday: 1, Opens: "15:00", Closes: "24:00"}},
	}
}

func TestLocation(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*pb.Location)
		field  string
	}{
		{"takes a location with nothing wrong", func(*pb.Location) {}, ""},
		{"takes one of which little is known", func(l *pb.Location) { l.Address, l.OpeningHours, l.Gln = nil, nil, "" }, ""},
		{"refuses a time zone that is none", func(l *pb.Location) { l.TimeZone = "Europe/Atlantis" }, "location.time_zone"},
		{"refuses the server's own time zone", func(l *pb.Location) { l.TimeZone = "Local" }, "location.time_zone"},
		{"refuses a currency that is none", func(l *pb.Location) { l.CurrencyCode = "ABC" }, "location.currency_code"},
		{"refuses closing before opening",
			func(l *pb.Location) { l.OpeningHours[1].Closes = "14:59" }, "location.opening_hours[1].closes"},
		{"refuses closing at opening", func(l *pb.Location) { l.OpeningHours[0].Closes = "09:00" }, "location.opening_hours[0].closes"},
		{"refuses a wrong check digit", func(l *pb.Location) { l.Gln = "4006381333932" }, "location.gln"},
	} {
		t.Run(c.what, func(t *testing.T) {
			l := milan()
			c.change(l)
			cmd, err := putLocationFrom(&pb.PutLocationRequest{Location: l})
			if c.field != "" {
				wantField(t, err, c.field)
				return
			}
			if diff := cmp.Diff(l, locationTo(cmd.Location), protocmp.Transform()); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	refusal := (*retail.Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != field {
		t.Errorf("%#v, want INVALID_REQUEST of %s", err, field)
	}
}

func TestChannel(t *testing.T) {
	web := func() *pb.Channel {
		return &pb.Channel{
			Code: "web", Name: "Web shop", Kind: pb.ChannelKind_CHANNEL_KIND_ONLINE_STORE, SellingLocation: "online",
			Locations: []string{"milan", "rome"}, PriceLists: []string{"eur"},
			HoldTime: durationpb.New(15 * time.Minute), SafetyBuffer: 2, Retired: true,
		}
	}
	t.Run("is answered as it was put", func(t *testing.T) {
		cmd, err := putChannelFrom(&pb.PutChannelRequest{Channel: web()})
		if diff := cmp.Diff(web(), channelTo(cmd.Channel), protocmp.Transform()); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if got := placesOf(cmd.Channel); !cmp.Equal(got, []string{"online", "milan", "rome"}) {
			t.Errorf("names the places %v", got)
		}
	})
	t.Run("holds for whole seconds", func(t *testing.T) {
		odd := web()
		odd.HoldTime = durationpb.New(1500 * time.Millisecond)
		_, err := putChannelFrom(&pb.PutChannelRequest{Channel: odd})
		wantField(t, err, "channel.hold_time")
	})
}

func TestPages(t *testing.T) {
	t.Run("begin where the page before ended", func(t *testing.T) {
		locations := locationsTo([]retail.Location{{Code: "a"}, {Code: "b"}}, 1)
		channels := channelsTo([]retail.Channel{{Code: "a"}, {Code: "b"}}, 1)
		for _, token := range []string{locations.GetNextPageToken(), channels.GetNextPageToken()} {
			if after, err := page.Read[string](token); after != "a" || err != nil {
				t.Errorf("after %q, %v", after, err)
			}
		}
	})
}
