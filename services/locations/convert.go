package locations

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// pageDefault is how many a page has where the request does not say.
const pageDefault = 100

// The kinds are stored as the contract names them, without what the names of each enum begin with.
const (
	locationKind   = "LOCATION_KIND_"
	channelKind    = "CHANNEL_KIND_"
	exposureKind   = "EXPOSURE_KIND_"
	sourcingPolicy = "SOURCING_POLICY_"
)

func putLocationFrom(req *pb.PutLocationRequest) (retail.PutLocation, error) {
	given := req.GetLocation()
	location := retail.Location{
		Code: given.GetCode(), Name: given.GetName(), Kind: strings.TrimPrefix(given.GetKind().String(), locationKind),
		Address:    addressFrom(given.GetAddress()),
		LatitudeE7: given.GetLatitudeE7(), LongitudeE7: given.GetLongitudeE7(), TimeZone: given.GetTimeZone(),
		Currency: given.GetCurrencyCode(), TaxJurisdiction: given.GetTaxJurisdiction(),
		OpeningHours: make([]retail.OpeningHours, len(given.GetOpeningHours())), GLN: given.GetGln(),
		LegalName: given.GetLegalName(), TaxID: given.GetTaxId(), Closed: given.GetClosed(), PickupTime: given.GetPickupTime().AsDuration(),
		LeadTime: given.GetLeadTime().AsDuration(), SpecialDays: specialDaysFrom(given.GetSpecialDays()),
	}
	for i, hours := range given.GetOpeningHours() {
		location.OpeningHours[i] = retail.OpeningHours{Weekday: hours.GetWeekday(), Opens: hours.GetOpens(), Closes: hours.GetCloses()}
	}
	return retail.PutLocation{Transaction: ledger.NewID(), Location: location}, checkLocation(location)
}

// checkLocation refuses what the contract can't say in its own terms.
func checkLocation(l retail.Location) error {
	if l.PickupTime%time.Second != 0 {
		return retail.RefuseField(retail.InvalidRequest, "location.pickup_time", "%s is not a whole number of seconds", l.PickupTime)
	}
	if l.LeadTime%time.Second != 0 {
		return retail.RefuseField(retail.InvalidRequest, "location.lead_time", "%s is not a whole number of seconds", l.LeadTime)
	}
	if err := checkSpecialDays(l.SpecialDays); err != nil {
		return err
	}
	// "Local" is whatever the server's own zone is.
	if _, err := time.LoadLocation(l.TimeZone); err != nil || l.TimeZone == "Local" {
		return retail.RefuseField(retail.InvalidRequest, "location.time_zone", "%s is not an IANA time zone", l.TimeZone)
	}
	if _, known := retail.CurrencyExponent(l.Currency); !known {
		return retail.RefuseField(retail.InvalidRequest, "location.currency_code", "%s is not a currency of ISO 4217", l.Currency)
	}
	for i, hours := range l.OpeningHours {
		if hours.Opens >= hours.Closes {
			return retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("location.opening_hours[%d].closes", i),
				"%s is not later than %s", hours.Closes, hours.Opens)
		}
	}
	// A GLN has the check digit of a GTIN-13: GS1 General Specifications, section 7.9.
	if _, ok := retail.GTIN14(l.GLN); l.GLN != "" && !ok {
		return retail.RefuseField(retail.InvalidRequest, "location.gln", "the check digit of %s is wrong", l.GLN)
	}
	return nil
}

// checkSpecialDays refuses days that are none, or stand twice, and hours that end before they begin.
func checkSpecialDays(days []retail.SpecialDay) error {
	first := map[string]int{}
	for i, day := range days {
		field := fmt.Sprintf("location.special_days[%d]", i)
		if _, err := time.Parse(time.DateOnly, day.Date); err != nil {
			return retail.RefuseField(retail.InvalidRequest, field+".date", "%s is not a day", day.Date)
		}
		if before, twice := first[day.Date]; twice {
			return retail.RefuseField(retail.InvalidRequest, field+".date", "the same day stands at special_days[%d] already", before)
		}
		first[day.Date] = i
		for j, hours := range day.Hours {
			if hours.Opens >= hours.Closes {
				return retail.RefuseField(retail.InvalidRequest, fmt.Sprintf("%s.hours[%d].closes", field, j), "%s is not later than %s", hours.Closes, hours.Opens)
			}
		}
	}
	return nil
}

func specialDaysFrom(given []*pb.SpecialDay) []retail.SpecialDay {
	var days []retail.SpecialDay
	for _, day := range given {
		one := retail.SpecialDay{Date: day.GetDate(), Name: day.GetName()}
		for _, hours := range day.GetHours() {
			one.Hours = append(one.Hours, retail.DayHours{Opens: hours.GetOpens(), Closes: hours.GetCloses()})
		}
		days = append(days, one)
	}
	return days
}

func specialDaysTo(days []retail.SpecialDay) []*pb.SpecialDay {
	var all []*pb.SpecialDay
	for _, day := range days {
		one := &pb.SpecialDay{Date: day.Date, Name: day.Name}
		for _, hours := range day.Hours {
			one.Hours = append(one.Hours, &pb.DayHours{Opens: hours.Opens, Closes: hours.Closes})
		}
		all = append(all, one)
	}
	return all
}

func addressFrom(a *pb.Address) retail.Address {
	return retail.Address{
		Street: a.GetStreet(), PostalCode: a.GetPostalCode(), City: a.GetCity(), Region: a.GetRegion(), CountryCode: a.GetCountryCode(),
	}
}

func locationTo(l retail.Location) *pb.Location {
	location := &pb.Location{
		Code: l.Code, Name: l.Name, Kind: pb.LocationKind(pb.LocationKind_value[locationKind+l.Kind]),
		LatitudeE7: l.LatitudeE7, LongitudeE7: l.LongitudeE7, TimeZone: l.TimeZone, CurrencyCode: l.Currency,
		TaxJurisdiction: l.TaxJurisdiction, Gln: l.GLN, LegalName: l.LegalName, TaxId: l.TaxID, Closed: l.Closed,
		SpecialDays: specialDaysTo(l.SpecialDays),
	}
	if l.PickupTime > 0 {
		location.PickupTime = durationpb.New(l.PickupTime)
	}
	if l.LeadTime > 0 {
		location.LeadTime = durationpb.New(l.LeadTime)
	}
	if a := l.Address; a != (retail.Address{}) {
		location.Address = &pb.Address{
			Street: a.Street, PostalCode: a.PostalCode, City: a.City, Region: a.Region, CountryCode: a.CountryCode,
		}
	}
	for _, hours := range l.OpeningHours {
		location.OpeningHours = append(location.OpeningHours, &pb.OpeningHours{
			Weekday: hours.Weekday, Opens: hours.Opens, Closes: hours.Closes,
		})
	}
	return location
}

func locationsTo(locations []retail.Location, limit int) *pb.ListLocationsResponse {
	answer := &pb.ListLocationsResponse{}
	if len(locations) > limit {
		locations = locations[:limit]
		answer.NextPageToken = page.Token(locations[limit-1].Code)
	}
	for _, location := range locations {
		answer.Locations = append(answer.Locations, locationTo(location))
	}
	return answer
}

func putChannelFrom(req *pb.PutChannelRequest) (retail.PutChannel, error) {
	given := req.GetChannel()
	channel := retail.Channel{
		Code: given.GetCode(), Name: given.GetName(), Kind: strings.TrimPrefix(given.GetKind().String(), channelKind),
		SellingLocation: given.GetSellingLocation(), Locations: list(given.GetLocations()), PriceLists: list(given.GetPriceLists()),
		HoldTime: given.GetHoldTime().AsDuration(), SafetyBuffer: given.GetSafetyBuffer(), Retired: given.GetRetired(),
		SafetyBasisPoints: given.GetSafetyBasisPoints(), Reroute: trade.MethodsFrom(given.GetReroute()),
		CartsLeftAfter: given.GetCartsLeftAfter().AsDuration().Truncate(time.Second), CartReminders: given.GetCartReminders(),
		CartHold: given.GetCartHold().AsDuration().Truncate(time.Second),
	}
	if channel.CartReminders && channel.CartsLeftAfter == 0 {
		return retail.PutChannel{}, retail.RefuseField(retail.InvalidRequest, "channel.cart_reminders",
			"says that shoppers are reminded of carts that they left behind, and carts_left_after not when they are")
	}
	var err error
	if channel.Shows, err = exposureFrom(given.GetExposure()); err != nil {
		return retail.PutChannel{}, err
	}
	if channel.Sourcing, err = sourcingFrom(given.GetSourcing()); err != nil {
		return retail.PutChannel{}, err
	}
	if given.GetShipToStore() != nil {
		channel.ShipToStore = retail.ShipToStore{Allowed: true, From: given.GetShipToStore().GetFromLocations()}
	}
	cmd := retail.PutChannel{Transaction: ledger.NewID(), Channel: channel}
	if channel.HoldTime%time.Second != 0 {
		return cmd, retail.RefuseField(retail.InvalidRequest, "channel.hold_time", "%s is not a whole number of seconds", channel.HoldTime)
	}
	return cmd, nil
}

// The bands of a channel that does not say from how many units on they are.
const (
	fewDefault  = 1
	manyDefault = 10
)

// exposureFrom reads how exactly a channel shows stock. Exact is stored as nothing, as it was before there was any other.
func exposureFrom(given *pb.StockExposure) (retail.Exposure, error) {
	few, many := given.GetFewFrom(), given.GetManyFrom()
	switch given.GetKind() {
	case pb.ExposureKind_EXPOSURE_KIND_BAND:
		few = cmp.Or(few, fewDefault)
		many = cmp.Or(many, max(manyDefault, 2*few))
		if many <= few {
			return retail.Exposure{}, retail.RefuseField(retail.InvalidRequest, "channel.exposure.many_from", "%d is not more than few_from", many)
		}
		return retail.Exposure{Kind: retail.ShowsBand, FewFrom: few, ManyFrom: many}, nil
	case pb.ExposureKind_EXPOSURE_KIND_YES_NO:
		if few > 0 || many > 0 {
			return retail.Exposure{}, retail.RefuseField(retail.InvalidRequest, "channel.exposure", "yes or no has no bands")
		}
		return retail.Exposure{Kind: retail.ShowsYesNo}, nil
	}
	if few > 0 || many > 0 {
		return retail.Exposure{}, retail.RefuseField(retail.InvalidRequest, "channel.exposure", "exact counts have no bands")
	}
	return retail.Exposure{}, nil
}

func exposureTo(e retail.Exposure) *pb.StockExposure {
	if e.Counts() {
		return nil
	}
	return &pb.StockExposure{Kind: pb.ExposureKind(pb.ExposureKind_value[exposureKind+string(e.Kind)]), FewFrom: e.FewFrom, ManyFrom: e.ManyFrom}
}

// list is never null, neither in the books nor in events.
func list(codes []string) []string { return append([]string{}, codes...) }

// placesOf returns every location that a channel names.
func placesOf(c retail.Channel) []string {
	var places []string
	if c.SellingLocation != "" {
		places = append(places, c.SellingLocation)
	}
	places = append(places, c.Locations...)
	return append(append(places, c.Sourcing.Locations...), c.ShipToStore.From...)
}

// sourcingFrom reads how a channel chooses who sends. Places are nominated by the policy of that name only.
func sourcingFrom(given *pb.Sourcing) (retail.Sourcing, error) {
	if given == nil {
		return retail.Sourcing{}, nil
	}
	s := retail.Sourcing{
		Policy: retail.SourcingPolicy(strings.TrimPrefix(given.GetPolicy().String(), sourcingPolicy)), Locations: given.GetLocations(),
	}
	if (s.Policy == retail.SourceNominated) != (len(s.Locations) > 0) {
		return s, retail.RefuseField(retail.InvalidRequest, "channel.sourcing.locations", "must be given with NOMINATED, and with nothing else")
	}
	return s, nil
}

func sourcingTo(s retail.Sourcing) *pb.Sourcing {
	if s.Policy == "" {
		return nil
	}
	return &pb.Sourcing{Policy: pb.SourcingPolicy(pb.SourcingPolicy_value[sourcingPolicy+string(s.Policy)]), Locations: s.Locations}
}

func shipToStoreTo(s retail.ShipToStore) *pb.ShipToStore {
	if !s.Allowed {
		return nil
	}
	return &pb.ShipToStore{FromLocations: s.From}
}

func channelTo(c retail.Channel) *pb.Channel {
	channel := &pb.Channel{
		Code: c.Code, Name: c.Name, Kind: pb.ChannelKind(pb.ChannelKind_value[channelKind+c.Kind]),
		SellingLocation: c.SellingLocation, Locations: c.Locations, PriceLists: c.PriceLists,
		HoldTime: durationpb.New(c.HoldTime), SafetyBuffer: c.SafetyBuffer, Retired: c.Retired,
		SafetyBasisPoints: c.SafetyBasisPoints, Exposure: exposureTo(c.Shows), Sourcing: sourcingTo(c.Sourcing),
		Reroute:     trade.MethodsTo(c.Reroute),
		ShipToStore: shipToStoreTo(c.ShipToStore), CartReminders: c.CartReminders,
	}
	if c.CartsLeftAfter > 0 {
		channel.CartsLeftAfter = durationpb.New(c.CartsLeftAfter)
	}
	if c.CartHold > 0 {
		channel.CartHold = durationpb.New(c.CartHold)
	}
	return channel
}

func channelsTo(channels []retail.Channel, limit int) *pb.ListChannelsResponse {
	answer := &pb.ListChannelsResponse{}
	if len(channels) > limit {
		channels = channels[:limit]
		answer.NextPageToken = page.Token(channels[limit-1].Code)
	}
	for _, channel := range channels {
		answer.Channels = append(answer.Channels, channelTo(channel))
	}
	return answer
}
