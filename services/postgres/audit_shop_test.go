package postgres_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// shop is a small retailer on a database of its own, written by the engine and by nothing else.
type shop struct {
	t      testing.TB
	db     *postgres.DB
	engine *ledger.Engine
	// owner is a superuser's connection, for what only somebody with bad intentions or bad luck does.
	owner *pgx.Conn
	// card is a gift card of Rome's, for work.
	card retail.Tender
}

// newShop opens a shop on a database of its own, on which the owner executed something before.
func newShop(t testing.TB, before ...string) *shop {
	t.Helper()
	urls := pgtest.New(t)
	for _, statement := range before {
		owner, err := pgx.Connect(t.Context(), urls.OwnerURL)
		if err == nil {
			_, err = owner.Exec(t.Context(), statement)
			owner.Close(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.URL, Writers: 3, Readers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	engine := ledger.NewEngine(db.Store(), ledger.Config{Lanes: 2, Alarmed: func(err error) { t.Error(err) }})
	owner, err := pgx.Connect(t.Context(), urls.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { owner.Close(context.Background()) })
	return &shop{t: t, db: db, engine: engine, owner: owner}
}

// as carries a command out for a new request.
func as[R any](s *shop, cmd retail.Command[R]) R {
	s.t.Helper()
	r, err := attempt(s, cmd)
	if err != nil {
		s.t.Errorf("%T: %v", cmd, err) // not fatal: shops have many hands
	}
	return r
}

func attempt[R any](s *shop, cmd retail.Command[R]) (R, error) {
	ctx := ledger.WithRequest(context.Background(), ledger.Request{ID: ledger.NewID(), Actor: "till 1"})
	return ledger.Submit(ctx, s.engine, cmd)
}

// execute runs a statement as the superuser.
func (s *shop) execute(sql string, args ...any) int64 {
	s.t.Helper()
	tag, err := s.owner.Exec(s.t.Context(), sql, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

// open fills the shop with a little of everything there is.
func (s *shop) open() *shop {
	s.t.Helper()
	s.catalogue()
	receive := func(location string, lines ...retail.Line) {
		as(s, retail.MoveStock{
			Transaction: ledger.NewID(), Kind: retail.KindReceive, Location: location, Cause: "delivery 7", Lines: lines,
			Costs: []retail.Cost{{Minor: 4_51, Currency: "EUR"}, {}},
		})
	}
	receive("milan", retail.Line{SKU: "RED-42", Quantity: 20}, retail.Line{SKU: "BLUE-40", Quantity: 9})
	receive("rome", retail.Line{SKU: "RED-42", Quantity: 2}, retail.Line{SKU: "BLUE-40", Quantity: 1})
	as(s, retail.MoveStock{
		Transaction: ledger.NewID(), Kind: retail.KindAdjust, Location: "milan", Cause: "report 3", Reason: "flood", Note: "the cellar",
		OccurredAt: time.Now().Add(-time.Hour),
		Lines:      []retail.Line{{SKU: "BLUE-40", Quantity: -1}, {SKU: "RED-42", Quantity: 3}},
	})

	for _, r := range []retail.RecordStock{
		{Act: retail.ActFound, Reason: "found", Lines: []retail.StockLine{{SKU: "BLUE-40", From: "found", To: "inspection", Quantity: 6}}},
		{Act: retail.ActInspect, Reason: "cleared", Note: "all but one", Lines: []retail.StockLine{
			{SKU: "BLUE-40", From: "inspection", To: "available", Quantity: 1}, {SKU: "BLUE-40", From: "inspection", To: "damaged", Quantity: 2},
		}},
		{Act: retail.ActQuarantine, Reason: "suspect", Lines: []retail.StockLine{{SKU: "BLUE-40", From: "inspection", To: "quarantine", Quantity: 2}}},
		{Act: retail.ActRestore, Reason: "repaired", Lines: []retail.StockLine{{SKU: "BLUE-40", From: "damaged", To: "available", Quantity: 1}}},
		{Act: retail.ActDamage, Reason: "broken", Lines: []retail.StockLine{{SKU: "BLUE-40", From: "available", To: "damaged", Quantity: 1}}},
		{Act: retail.ActWriteOff, Reason: "flood", Lines: []retail.StockLine{{SKU: "BLUE-40", From: "damaged", To: "shrinkage", Quantity: 1}}},
	} {
		r.Transaction, r.Location, r.Cause, r.OccurredAt = ledger.NewID(), "milan", "report 4", time.Now().Add(-time.Minute)
		as(s, r)
	}

	as(s, hold("milan", time.Hour, retail.Line{SKU: "RED-42", Quantity: 2}, retail.Line{SKU: "BLUE-40", Quantity: 1}))
	released := as(s, hold("milan", time.Hour, retail.Line{SKU: "RED-42", Quantity: 4}))
	as(s, retail.EndHold{Hold: released.ID, Transaction: ledger.NewID(), Location: "milan", Lines: released.Lines})
	expired := as(s, hold("milan", time.Microsecond, retail.Line{SKU: "RED-42", Quantity: 1}, retail.Line{SKU: "BLUE-40", Quantity: 2}))
	as(s, retail.EndHold{Hold: expired.ID, Transaction: ledger.NewID(), Location: "milan", Lines: expired.Lines, Sweep: true})

	s.sell(sale("milan", "web", true))
	s.sell(sale("milan", "till", false))
	short := sale("rome", "till", true) // sells more than is there
	short.Fact = true
	s.sell(short)
	s.sell(short)
	receive("rome", retail.Line{SKU: "RED-42", Quantity: 5}, retail.Line{SKU: "BLUE-40", Quantity: 1})
	s.trade()
	return s
}

func hold(location string, ttl time.Duration, lines ...retail.Line) retail.PlaceHold {
	return retail.PlaceHold{
		Hold: ledger.NewID(), Transaction: ledger.NewID(), Location: location, Channel: "web", Owner: "cart 5", Lines: lines, TimeToLive: ttl,
	}
}

// sale is a basket with all that prices can have: discounts of lines and of the basket, two rates of tax, several tenders
// and change.
func sale(location, channel string, taxIncluded bool) retail.PlaceOrder {
	standard, reduced := retail.TaxRate{Code: "IVA22", PPM: 220_000}, retail.TaxRate{Code: "IVA4", PPM: 40_000}
	cmd := retail.PlaceOrder{
		Channel: channel, Location: location, Customer: ledger.NewID(), Currency: "EUR", TaxIncluded: taxIncluded, Issuer: issuer(location),
		Lines: []retail.BasketLine{
			{SKU: "RED-42", Description: "Runner, red, 42", Quantity: 3, ListMinor: 29_97, PriceReason: "price match", Note: "gift wrap",
				Discounts: []retail.Discount{{Code: "SPRING", BasisPoints: 1000}, {Code: "STAFF", AmountMinor: 150}}, Tax: standard},
			{SKU: "BLUE-40", Description: "Runner, blue, 40", Quantity: 1, ListMinor: 12_49, Tax: reduced},
			{SKU: "RED-42", Description: "Runner, red, 42", Quantity: 1, ListMinor: 0, PriceReason: "gift", Tax: standard},
		},
		Discounts: []retail.Discount{{Code: "WELCOME", BasisPoints: 500}},
		Tenders: []retail.Tender{
			{Kind: "CARD", AmountMinor: 10_00, Reference: "auth 77", Location: location}, {Kind: "CASH", AmountMinor: 50_00, Location: location},
		},
		Reference: "receipt 12", OccurredAt: time.Now().Add(-time.Minute).Truncate(time.Microsecond),
	}
	for i := range cmd.Lines {
		cmd.Lines[i].Method, cmd.Lines[i].Location, cmd.Lines[i].ReturnDays = retail.CarryOut, location, 30
	}
	return cmd
}

// issuer is who issues the documents of a place, with ids for as many as one act may make.
func issuer(location string) retail.Issuer {
	i := retail.Issuer{
		Location: location, Point: retail.ServerPoint, Year: 2026,
		Seller: retail.Party{Name: "Aisle of " + location, TaxID: "IT01234567890", Address: retail.Address{City: location, CountryCode: "IT"}},
	}
	for range 8 {
		i.Invoices = append(i.Invoices, ledger.NewID())
	}
	return i
}

func (s *shop) sell(cmd retail.PlaceOrder) retail.Order {
	s.t.Helper()
	cmd.Order, cmd.Transaction, cmd.Number = ledger.NewID(), ledger.NewID(), retail.OrderNumber(rand.Uint64())
	cmd.Issuer = issuer(cmd.Location)
	return as(s, cmd)
}

// chainCard is the kind of the cards that are sold.
var chainCard = retail.CardKind{Code: "chain", Name: "The chain's own", Currency: "EUR", LeastLoadMinor: 1, MostLoadMinor: 100_00, ValidMonths: 24, Renewed: true}

// shoeTerms are those that shoes come back by.
var shoeTerms = retail.ReturnTerms{
	UntilAtLeast: time.Date(2036, 1, 15, 0, 0, 0, 0, time.UTC), Condition: retail.Unused, FeeBasisPoints: 1_000, FeeUnitMinor: 50, FeeCurrency: "EUR",
	Proof: retail.ProofReceipt, Override: retail.RightManager,
}

// soldTerms are those that a line comes back by that was sold by a policy.
var soldTerms = retail.ReturnTerms{
	Policy: "shoes", Condition: retail.Used, FeeBasisPoints: 1_000, FeeUnitMinor: 3, Proof: retail.ProofIdentified, Override: retail.RightManager,
}

// catalogue puts master data, some of it twice.
func (s *shop) catalogue() {
	s.t.Helper()
	id := ledger.NewID
	for _, code := range []string{"standard", "books"} {
		as(s, retail.PutTaxCategory{Transaction: id(), TaxCategory: retail.TaxCategory{Code: code, Name: "Taxed as " + code}})
	}
	for _, name := range []string{"Flood", "High water"} {
		as(s, retail.PutStockReason{Transaction: id(), Reason: retail.StockReason{
			Code: "flood", Name: name, Acts: []retail.StockAct{retail.ActAdjust, retail.ActWriteOff},
		}})
	}
	for _, most := range []int64{90_00, 150_00} {
		kind := chainCard
		kind.MostBalanceMinor = most
		as(s, retail.PutCardKind{Transaction: id(), Kind: kind})
	}
	for _, days := range []int32{0, 30} {
		as(s, retail.PutBlindTerms{Transaction: id(), Terms: retail.BlindTerms{Currency: "EUR", PriceDays: days, RefundKinds: []string{retail.StoreCredit}}})
	}
	for _, most := range []int64{0, 500_00} {
		as(s, retail.PutRefundTerms{Transaction: id(), Terms: retail.RefundTerms{Currency: "EUR", RefundRule: retail.RefundRule{
			Order: retail.Proportional, CashMaxMinor: most,
		}}})
	}
	as(s, retail.PutTaxRates{Transaction: id(), TaxRates: retail.TaxRates{Jurisdiction: "IT", Rates: []retail.TaxRate{
		{Category: "standard", Code: "IVA22", PPM: 220_000}, {Category: "books", Code: "IVA4", PPM: 40_000},
	}}})
	for _, code := range []string{"milan", "rome"} {
		as(s, retail.PutLocation{Transaction: id(), Location: retail.Location{
			Code: code, Name: "Shop of " + code, Kind: "STORE", TimeZone: "Europe/Rome", Currency: "EUR", TaxJurisdiction: "IT",
			Address: retail.Address{Street: "Via Roma 1", City: code, CountryCode: "IT"}, LatitudeE7: 454_642_000, LongitudeE7: 91_900_000,
			OpeningHours: []retail.OpeningHours{{Weekday: 1, Opens: "09:00", Closes: "20:00"}}, GLN: "8001234567895",
			LeadTime: time.Hour, SpecialDays: []retail.SpecialDay{{Date: "2026-12-25", Name: "Christmas"}},
		}})
	}
	for _, name := range []string{"Retail", "Retail prices"} {
		as(s, retail.PutPriceList{Transaction: id(), PriceList: retail.PriceList{Code: "retail", Name: name, Currency: "EUR", TaxIncluded: true}})
	}
	for _, code := range []string{"till", "web"} {
		as(s, retail.PutChannel{Transaction: id(), Channel: retail.Channel{
			Code: code, Name: "Sold by " + code, Kind: "TILL", SellingLocation: "milan", Locations: []string{"milan", "rome"},
			PriceLists: []string{"retail"}, HoldTime: time.Minute, SafetyBuffer: 1,
			SafetyBasisPoints: 100, Shows: retail.Exposure{Kind: retail.ShowsBand, FewFrom: 1, ManyFrom: 5},
			Sourcing: retail.Sourcing{Policy: retail.SourceNominated, Locations: []string{"rome", "milan"}},
			Reroute:  []retail.Method{retail.PickUp, retail.Ship},
		}})
	}
	for _, name := range []string{"Material", "Fabric"} {
		as(s, retail.PutAttribute{Transaction: id(), Attribute: retail.Attribute{
			Code: "material", Name: name, Names: []retail.LocalText{{Language: "es", Text: "Material"}}, Type: retail.AttributeChoice,
			Choices: []retail.Choice{{Code: "linen", Name: "Linen"}, {Code: "leather", Name: "Leather"}},
		}})
	}
	as(s, retail.PutAttribute{Transaction: id(), Attribute: retail.Attribute{
		Code: "weight", Name: "Weight", Type: retail.AttributeNumber, Unit: "g", Choices: []retail.Choice{},
	}})
	var before retail.Product
	for _, barcodes := range [][]string{{"00012345678905", "04006381333931"}, {"04006381333931"}} {
		product := retail.Product{
			Code: "runner", Title: "Runner", Description: "A shoe", Brand: "Aisle", Department: "shoes", TaxCategory: "standard",
			Options: []retail.Option{{Name: "colour", Values: []string{"red", "blue"}}},
			Variants: []retail.Variant{
				{SKU: "RED-42", OptionValues: []string{"red"}, Barcodes: barcodes, Aliases: []string{"ROSSO-42"},
					Images: []retail.Image{{URL: "https://img.example/red", Alt: "A red shoe"}}},
				{SKU: "BLUE-40", OptionValues: []string{"blue"}, Attributes: []retail.AttributeValue{{Attribute: "weight", Number: "310"}}},
			},
			Attributes:   []retail.AttributeValue{{Attribute: "material", Choices: []string{"leather"}}},
			Translations: []retail.Translation{{Language: "es", Title: "Zapatilla"}},
			Images:       []retail.Image{{URL: "https://img.example/runner", Alt: "A shoe"}},
		}
		put, err := retail.NewPutProduct(id(), before, product)
		if err != nil {
			s.t.Fatal(err)
		}
		before = as(s, put)
	}
	for _, part := range []int32{1_000, 1_500} {
		as(s, retail.PutPromotion{Transaction: id(), Promotion: retail.Promotion{Code: "summer", Name: "Summer", Rule: retail.PromotionRule{
			Kind: retail.PromotionPercent, BasisPoints: part, Channels: []string{"web"}, Products: []string{"runner"}, SKUs: []string{"RED-42"},
			LeastMinor: 5_00, Currency: "EUR", ValidFrom: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), MembersOnly: true, Exclusive: true, Priority: 1,
		}, ValidUntil: time.Date(2036, 7, 1, 0, 0, 0, 0, time.UTC), Retired: part > 1_000}})
	}
	for _, days := range []int32{30, 60} {
		as(s, retail.PutReturnPolicy{Transaction: id(), Policy: retail.ReturnPolicy{Code: "shoes", Name: "Shoes", Days: days, For: retail.ReturnPolicyFor{
			Products: []string{"runner"}, SKUs: []string{"RED-42"}, SoldFrom: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Priority: 1,
		}, Terms: shoeTerms}})
	}
	for _, keep := range []int64{0, 1} {
		as(s, retail.PutBuffers{Transaction: id(), Location: "milan", Rules: []retail.NewBufferRule{
			{SKU: "RED-42", BufferRule: retail.BufferRule{Method: retail.Ship, Channel: "web", Units: keep}}, {BufferRule: retail.BufferRule{Units: keep}},
		}})
	}
	for _, minimum := range []int64{1, 2} {
		as(s, retail.PutStockRules{Transaction: id(), Location: "milan", Rules: []retail.StockRule{
			{Location: "milan", SKU: "RED-42", Minimum: minimum, Target: 30, PackSize: 6, LeadDays: 3, LowBelow: 4},
			{Location: "milan", Minimum: minimum, Target: minimum, PackSize: 1, LowBelow: 1},
		}})
	}
	for _, price := range []int64{9_99, 8_99} {
		puts, err := retail.NewPutPrices(retail.PriceList{Code: "retail", Currency: "EUR"}, []retail.NewPrice{
			{SKU: "RED-42", Currency: "EUR", Price: retail.Price{UnitMinor: price}},
			{SKU: "BLUE-40", Currency: "EUR", Price: retail.Price{UnitMinor: 12_49}},
		}, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, put := range puts {
			put.Transaction = id()
			as(s, put)
		}
	}
}

func (s *shop) audit() []postgres.Finding {
	s.t.Helper()
	found, _, err := s.db.Audit(s.t.Context(), postgres.AuditOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func (s *shop) count(table string) (n int64) {
	s.t.Helper()
	if err := s.owner.QueryRow(s.t.Context(), "select count(*) from "+table).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}
