package demo

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	replenishmentpb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/imports"
)

// What the demo's greeting speaks of.
const (
	Barcelona = "bcn-gracia"
	// SKU is a shirt that most shops have.
	SKU = "ALBA-LINEN-SHIRT-SAND-M"
)

// hours are spans of a week by weekday from Monday; none: closed.
type hours [7][]span

type span struct{ opens, closes string }

// week opens from Monday to Saturday alike.
func week(weekday, saturday, sunday []span) hours {
	return hours{weekday, weekday, weekday, weekday, weekday, saturday, sunday}
}

func open(opens, closes string) []span { return []span{{opens, closes}} }

// store is a place as it is written down here.
type store struct {
	code, name, street, postalCode, city, region, country string
	kind                                                  locationspb.LocationKind
	latitudeE7, longitudeE7                               int32
	zone, currency                                        string
	hours                                                 hours
	// size is how deep its shelves are: 1 is a small shop.
	size int
}

const (
	shop      = locationspb.LocationKind_LOCATION_KIND_STORE
	warehouse = locationspb.LocationKind_LOCATION_KIND_WAREHOUSE
	online    = locationspb.LocationKind_LOCATION_KIND_ONLINE
)

// stores are all places. Coordinates are of the quarter, opening hours as such shops there keep them: a pause at midday in
// small Spanish and Italian towns, closed Sundays in Germany, open ones in tourist quarters.
var stores = []store{
	{"bcn-gracia", "Barcelona Gràcia", "Carrer del Llimoner 41", "08012", "Barcelona", "Catalunya", "ES", shop, 414032000, 21568000, "Europe/Madrid", "EUR", week(open("10:00", "20:30"), open("10:00", "21:00"), nil), 3},
	{"bcn-born", "Barcelona Born", "Carrer de les Veles 8", "08003", "Barcelona", "Catalunya", "ES", shop, 413851000, 21826000, "Europe/Madrid", "EUR", week(open("10:30", "20:30"), open("10:30", "21:00"), open("12:00", "20:00")), 2},
	{"mad-salesas", "Madrid Salesas", "Calle del Almendro Alto 17", "28004", "Madrid", "Comunidad de Madrid", "ES", shop, 404255000, -36942000, "Europe/Madrid", "EUR", week(open("10:00", "21:00"), open("10:00", "21:00"), open("12:00", "20:00")), 3},
	{"vlc-russafa", "València Russafa", "Carrer del Taronger 22", "46006", "València", "Comunitat Valenciana", "ES", shop, 394607000, -3732000, "Europe/Madrid", "EUR", week([]span{{"10:00", "14:00"}, {"17:00", "20:30"}}, open("10:30", "20:30"), nil), 1},
	{"lis-chiado", "Lisboa Chiado", "Rua das Andorinhas 56", "1200-152", "Lisboa", "Lisboa", "PT", shop, 387108000, -91421000, "Europe/Lisbon", "EUR", week(open("10:00", "20:00"), open("10:00", "20:00"), open("11:00", "19:00")), 2},
	{"opo-baixa", "Porto Baixa", "Rua do Moinho Velho 103", "4000-321", "Porto", "Porto", "PT", shop, 411480000, -86110000, "Europe/Lisbon", "EUR", week(open("10:00", "19:30"), open("10:00", "19:30"), nil), 1},
	{"par-marais", "Paris Marais", "Rue des Trois Lanternes 12", "75004", "Paris", "Île-de-France", "FR", shop, 488575000, 23588000, "Europe/Paris", "EUR", week(open("10:30", "19:30"), open("10:30", "20:00"), open("12:00", "19:00")), 3},
	{"lyo-presquile", "Lyon Presqu'île", "Rue du Tisserand 30", "69002", "Lyon", "Auvergne-Rhône-Alpes", "FR", shop, 457620000, 48320000, "Europe/Paris", "EUR", week(open("10:00", "19:00"), open("10:00", "19:30"), nil), 1},
	{"mil-brera", "Milano Brera", "Via dei Gelsi 5", "20121", "Milano", "Lombardia", "IT", shop, 454720000, 91880000, "Europe/Rome", "EUR", week(open("10:00", "19:30"), open("10:00", "20:00"), open("11:00", "19:00")), 3},
	{"rom-monti", "Roma Monti", "Via del Fico Antico 64", "00184", "Roma", "Lazio", "IT", shop, 418955000, 124926000, "Europe/Rome", "EUR", week([]span{{"10:00", "13:30"}, {"15:30", "20:00"}}, open("10:00", "20:00"), open("11:00", "19:00")), 2},
	{"ber-mitte", "Berlin Mitte", "Alte Weberstraße 27", "10119", "Berlin", "Berlin", "DE", shop, 525290000, 134010000, "Europe/Berlin", "EUR", week(open("11:00", "20:00"), open("10:00", "20:00"), nil), 2},
	{"lon-shoreditch", "London Shoreditch", "14 Cordwainer Yard", "E2 7DJ", "London", "Greater London", "GB", shop, 515246000, -775000, "Europe/London", "GBP", week(open("10:00", "19:00"), open("10:00", "20:00"), open("11:00", "18:00")), 2},
	{"zaz-warehouse", "Zaragoza warehouse", "Polígono Las Encinas, nave 3", "50197", "Zaragoza", "Aragón", "ES", warehouse, 416080000, -9640000, "Europe/Madrid", "EUR", hours{}, 12},
	{"web", "Web shop", "Carrer del Llimoner 43", "08012", "Barcelona", "Catalunya", "ES", online, 414032000, 21568000, "Europe/Madrid", "EUR", hours{}, 0},
}

// companies sell in each country, as invoices name them: legal name and tax number. The numbers are nobody's.
var companies = map[string][2]string{
	"ES": {"Lindström & Vale España, SL", "B00617206"},
	"PT": {"Lindström & Vale Portugal, Unipessoal Lda", "500000174"},
	"FR": {"Lindström & Vale France SARL", "FR00300000174"},
	"IT": {"Lindström & Vale Italia srl", "IT00000000174"},
	"DE": {"Lindström & Vale Deutschland GmbH", "DE000000174"},
	"GB": {"Lindström & Vale UK Ltd", "GB000000174"},
}

// pickupTime is how long a shop keeps what is ready: a small one has little room.
func (s store) pickupTime() *durationpb.Duration {
	switch {
	case s.kind != shop:
		return nil
	case s.size == 1:
		return durationpb.New(4 * 24 * time.Hour)
	}
	return durationpb.New(7 * 24 * time.Hour)
}

// leadTime is how long a shop takes to have a pickup ready: a small one has nobody to spare.
func (s store) leadTime() *durationpb.Duration {
	switch {
	case s.kind != shop:
		return nil
	case s.size == 1:
		return durationpb.New(4 * time.Hour)
	}
	return durationpb.New(time.Hour)
}

// specialDays are the holidays that all countries share, in the years that the demo is likely to be looked at. Warehouses have no
// public hours.
func (s store) specialDays() []*locationspb.SpecialDay {
	if s.kind != shop {
		return nil
	}
	var days []*locationspb.SpecialDay
	for year := 2026; year <= 2028; year++ {
		days = append(days,
			&locationspb.SpecialDay{Date: fmt.Sprintf("%d-01-01", year), Name: "New Year"},
			&locationspb.SpecialDay{
				Date: fmt.Sprintf("%d-12-24", year), Name: "Christmas Eve", Hours: []*locationspb.DayHours{{Opens: "10:00", Closes: "14:00"}},
			},
			&locationspb.SpecialDay{Date: fmt.Sprintf("%d-12-25", year), Name: "Christmas"},
		)
	}
	return days
}

// buffers keep back what a shop would rather sell to who stands in it: parcels leave it only while it has more than two.
func buffers() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, s := range stores {
			if s.kind != shop {
				continue
			}
			put := &stockpb.PutBuffersRequest{Location: s.code, Buffers: []*stockpb.Buffer{
				{Method: orderspb.FulfilmentMethod_FULFILMENT_METHOD_SHIP, Units: 2, BasisPoints: 1000},
			}}
			if !yield(statement("aisle.stock.v1.StockService/PutBuffers", put)) {
				return
			}
		}
	}
}

// rules are how much a shop is to have of whatever it has: with fewer than two of a size it is filled up to four. Suppliers
// send six at least, in three days.
func rules() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, s := range stores {
			if s.kind != shop {
				continue
			}
			put := &replenishmentpb.PutStockRulesRequest{Location: s.code, Rules: []*replenishmentpb.StockRule{
				{Minimum: 2, Target: 4, PackSize: 6, LeadDays: 3, LowBelow: 2},
			}}
			if !yield(statement("aisle.replenishment.v1.ReplenishmentService/PutStockRules", put)) {
				return
			}
		}
	}
}

func places() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, s := range stores {
			location := &locationspb.Location{
				Code: s.code, Name: s.name, Kind: s.kind, LatitudeE7: s.latitudeE7, LongitudeE7: s.longitudeE7,
				TimeZone: s.zone, CurrencyCode: s.currency, TaxJurisdiction: s.country,
				LegalName: companies[s.country][0], TaxId: companies[s.country][1], PickupTime: s.pickupTime(),
				LeadTime: s.leadTime(), SpecialDays: s.specialDays(),
				Address: &locationspb.Address{Street: s.street, PostalCode: s.postalCode, City: s.city, Region: s.region, CountryCode: s.country},
			}
			for day, spans := range s.hours {
				for _, span := range spans {
					location.OpeningHours = append(location.OpeningHours, &locationspb.OpeningHours{Weekday: int32(day + 1), Opens: span.opens, Closes: span.closes})
				}
			}
			if !yield(statement("aisle.locations.v1.LocationService/PutLocation", &locationspb.PutLocationRequest{Location: location})) {
				return
			}
		}
	}
}

func channels() iter.Seq[imports.Record] {
	hour := int64(3600)
	bands := &locationspb.StockExposure{Kind: locationspb.ExposureKind_EXPOSURE_KIND_BAND, FewFrom: 1, ManyFrom: 5}
	all := []*locationspb.Channel{
		{Code: "web", Name: "Web shop", Kind: locationspb.ChannelKind_CHANNEL_KIND_ONLINE_STORE, SafetyBuffer: 1, HoldTime: &durationpb.Duration{Seconds: hour / 4}, Exposure: bands},
		{Code: "app", Name: "Mobile app", Kind: locationspb.ChannelKind_CHANNEL_KIND_APP, SafetyBuffer: 1, HoldTime: &durationpb.Duration{Seconds: hour / 2}, Exposure: bands},
		{Code: "till", Name: "Tills", Kind: locationspb.ChannelKind_CHANNEL_KIND_TILL, HoldTime: &durationpb.Duration{Seconds: 8 * hour}},
		{Code: "phone", Name: "Phone line", Kind: locationspb.ChannelKind_CHANNEL_KIND_CALL_CENTRE, HoldTime: &durationpb.Duration{Seconds: 24 * hour}},
	}
	return func(yield func(imports.Record) bool) {
		for _, c := range all[:2] { // carts are left behind soon, so that the mailbox shows it
			c.CartsLeftAfter, c.CartReminders = &durationpb.Duration{Seconds: 120}, true
			c.Sourcing = &locationspb.Sourcing{Policy: locationspb.SourcingPolicy_SOURCING_POLICY_FEWEST_PARCELS}
			c.ShipToStore = &locationspb.ShipToStore{}
			c.Reroute = []orderspb.FulfilmentMethod{
				orderspb.FulfilmentMethod_FULFILMENT_METHOD_PICKUP, orderspb.FulfilmentMethod_FULFILMENT_METHOD_SHIP,
			}
		}
		all[1].CartHold = &durationpb.Duration{Seconds: 900}
		for _, c := range all {
			c.PriceLists = []string{"eur", "gbp"}
			if !yield(statement("aisle.locations.v1.LocationService/PutChannel", &locationspb.PutChannelRequest{Channel: c})) {
				return
			}
		}
	}
}

// rate is a VAT rate: in parts per million, from a day on, in the country's own time zone, until the next rate of that
// category there.
type rate struct {
	country, category, code string
	ppm                     int32
	from                    string
}

// vat are the rates of the six countries for what the demo sells, the present ones and those before them. Germany
// lowered its rates for half of 2020. Source: the VAT rates that the European Commission and HMRC publish.
var vat = []rate{
	{"ES", "standard", "ES-IVA-18", 180_000, "2010-07-01"},
	{"ES", "standard", "ES-IVA-21", 210_000, "2012-09-01"},
	{"ES", "books", "ES-IVA-4", 40_000, "1995-01-01"},
	{"PT", "standard", "PT-IVA-21", 210_000, "2010-07-01"},
	{"PT", "standard", "PT-IVA-23", 230_000, "2011-01-01"},
	{"PT", "books", "PT-IVA-6", 60_000, "2010-07-01"},
	{"FR", "standard", "FR-TVA-19.6", 196_000, "2000-04-01"},
	{"FR", "standard", "FR-TVA-20", 200_000, "2014-01-01"},
	{"FR", "books", "FR-TVA-5.5", 55_000, "2013-01-01"},
	{"IT", "standard", "IT-IVA-21", 210_000, "2011-09-17"},
	{"IT", "standard", "IT-IVA-22", 220_000, "2013-10-01"},
	{"IT", "books", "IT-IVA-4", 40_000, "1989-01-01"},
	{"DE", "standard", "DE-USt-19", 190_000, "2007-01-01"},
	{"DE", "standard", "DE-USt-16", 160_000, "2020-07-01"},
	{"DE", "standard", "DE-USt-19", 190_000, "2021-01-01"},
	{"DE", "books", "DE-USt-7", 70_000, "1983-07-01"},
	{"DE", "books", "DE-USt-5", 50_000, "2020-07-01"},
	{"DE", "books", "DE-USt-7", 70_000, "2021-01-01"},
	{"GB", "standard", "GB-VAT-17.5", 175_000, "2010-01-01"},
	{"GB", "standard", "GB-VAT-20", 200_000, "2011-01-04"},
	{"GB", "books", "GB-VAT-0", 0, "1973-04-01"},
}

// zones are where each country's days begin.
var zones = map[string]string{
	"ES": "Europe/Madrid", "PT": "Europe/Lisbon", "FR": "Europe/Paris", "IT": "Europe/Rome", "DE": "Europe/Berlin",
	"GB": "Europe/London",
}

// begins is the first instant of the rate.
func (r rate) begins() *timestamppb.Timestamp {
	zone, err := time.LoadLocation(zones[r.country])
	if err != nil {
		panic(err) // a table of this file is wrong
	}
	day, err := time.ParseInLocation(time.DateOnly, r.from, zone)
	if err != nil {
		panic(err)
	}
	return timestamppb.New(day)
}

func taxes() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, c := range []*catalogpb.TaxCategory{{Code: "standard", Name: "Clothes, shoes and accessories"}, {Code: "books", Name: "Books"}} {
			if !yield(statement("aisle.catalog.v1.CatalogService/PutTaxCategory", &catalogpb.PutTaxCategoryRequest{TaxCategory: c})) {
				return
			}
		}
		for _, country := range slices.Sorted(maps.Keys(zones)) {
			request := &catalogpb.PutTaxRatesRequest{Jurisdiction: country}
			for i, r := range vat {
				if r.country != country {
					continue
				}
				put := &catalogpb.TaxRate{TaxCategory: r.category, Code: r.code, RatePpm: r.ppm, ValidFrom: r.begins()}
				if next := i + 1; next < len(vat) && vat[next].country == country && vat[next].category == r.category {
					put.ValidUntil = vat[next].begins()
				}
				request.Rates = append(request.Rates, put)
			}
			if !yield(statement("aisle.catalog.v1.CatalogService/PutTaxRates", request)) {
				return
			}
		}
	}
}

func priceLists() iter.Seq[imports.Record] {
	return func(yield func(imports.Record) bool) {
		for _, l := range []*catalogpb.PriceList{
			{Code: "eur", Name: "Euro area", CurrencyCode: "EUR", TaxIncluded: true},
			{Code: "gbp", Name: "United Kingdom", CurrencyCode: "GBP", TaxIncluded: true},
		} {
			if !yield(statement("aisle.catalog.v1.CatalogService/PutPriceList", &catalogpb.PutPriceListRequest{PriceList: l})) {
				return
			}
		}
	}
}
