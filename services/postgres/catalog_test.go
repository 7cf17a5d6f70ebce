package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// office is one process that keeps master data.
type office struct {
	*postgres.DB
	engine *ledger.Engine
}

func openOffice(t *testing.T, database *pgtest.Database) office {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: database.URL, Writers: 3, Readers: 3})
	if err != nil {
		t.Fatal(err)
	}
	engine := ledger.NewEngine(db.Store(), ledger.Config{Alarmed: func(err error) { t.Error(err) }})
	t.Cleanup(func() {
		if err := engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return office{db, engine}
}

// submit carries a command out under a request id of its own.
func submit[R any](t *testing.T, o office, cmd retail.Command[R]) R {
	t.Helper()
	result, err := ledger.Submit(asOffice(t), o.engine, cmd)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func asOffice(t *testing.T) context.Context {
	return ledger.WithRequest(t.Context(), ledger.Request{ID: ledger.NewID(), Actor: "office"})
}

// putProduct plans on what is stored, as often as that changes meanwhile.
func putProduct(t *testing.T, o office, p retail.Product) (retail.Product, error) {
	return ledger.Replan(asOffice(t), o.engine, func(ctx context.Context) (retail.Command[retail.Product], error) {
		before, _, err := o.Product(ctx, p.Code)
		if err != nil {
			return nil, err
		}
		return retail.NewPutProduct(ledger.NewID(), before, p)
	})
}

// want checks what a read found.
func want[T any](t *testing.T, what string, want, got T, found bool, err error) {
	t.Helper()
	if err != nil || !found {
		t.Fatalf("%s: found %t, %v", what, found, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const (
	teeCode  = "04006381333931"
	mugCode  = "05901234123457"
	freeCode = "00012345678905"
)

var (
	milan = retail.Location{
		Code: "milan", Name: "Milano Duomo", Kind: "STORE",
		Address:    retail.Address{Street: "Via Torino 1", City: "Milano", CountryCode: "IT"},
		LatitudeE7: 454641943, LongitudeE7: -91896346, TimeZone: "Europe/Rome", Currency: "EUR", TaxJurisdiction: "IT",
		OpeningHours: []retail.OpeningHours{{Weekday: 1, Opens: "09:30", Closes: "24:00"}}, GLN: "4006381333931",
	}
	web = retail.Channel{
		Code: "web", Name: "Web shop", Kind: "ONLINE_STORE", SellingLocation: "milan", Locations: []string{"milan"},
		PriceLists: []string{"eur"}, HoldTime: 15 * time.Minute, SafetyBuffer: 2,
	}
	shops    = retail.PriceList{Code: "eur", Name: "Shops", Currency: "EUR", TaxIncluded: true}
	standard = retail.TaxCategory{Code: "standard", Name: "Standard"}
	italy    = retail.TaxRates{Jurisdiction: "IT", Rates: []retail.TaxRate{
		{Category: "standard", Code: "IT-IVA-22", PPM: 220_000, ValidFrom: time.Date(2013, 10, 1, 0, 0, 0, 0, time.UTC)},
	}}
	tee = retail.Product{
		Code: "tee", Title: "Tee 100% cotton", Description: "Soft.", Brand: "Aisle", Department: "Men", TaxCategory: "standard",
		Options: []retail.Option{{Name: "Size", Values: []string{"S", "M"}}},
		Variants: []retail.Variant{
			{SKU: "TEE-S", OptionValues: []string{"S"}, Barcodes: []string{teeCode}},
			{SKU: "TEE-M", OptionValues: []string{"M"}, Barcodes: []string{}},
		},
	}
	mug = retail.Product{
		Code: "mug", Title: "Mug_large", TaxCategory: "standard",
		Variants: []retail.Variant{{SKU: "MUG", OptionValues: []string{}, Barcodes: []string{mugCode}}},
	}
)

// stock gives an office a small catalogue.
func stock(t *testing.T, o office) {
	t.Helper()
	submit(t, o, retail.PutTaxCategory{Transaction: ledger.NewID(), TaxCategory: standard})
	submit(t, o, retail.PutPriceList{Transaction: ledger.NewID(), PriceList: shops})
	for _, p := range []retail.Product{tee, mug} {
		if _, err := putProduct(t, o, p); err != nil {
			t.Fatal(err)
		}
	}
	putPrice(t, o, "TEE-S", 1995)
}

func putPrice(t *testing.T, o office, sku string, unitMinor int64) {
	t.Helper()
	price := retail.NewPrice{SKU: sku, Currency: "EUR", Price: retail.Price{UnitMinor: unitMinor}}
	pieces, err := retail.NewPutPrices(shops, []retail.NewPrice{price}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pieces[0].Transaction = ledger.NewID()
	submit(t, o, pieces[0])
}

func TestMasterData(t *testing.T) {
	t.Run("is read as it was put", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		stock(t, o)
		place := submit(t, o, retail.PutLocation{Transaction: ledger.NewID(), Location: milan})
		channel := submit(t, o, retail.PutChannel{Transaction: ledger.NewID(), Channel: web})
		rates := submit(t, o, retail.PutTaxRates{Transaction: ledger.NewID(), TaxRates: italy})

		gotPlace, found, err := o.Location(t.Context(), "milan")
		want(t, "location", place, gotPlace, found, err)
		gotChannel, found, err := o.Channel(t.Context(), "web")
		want(t, "channel", channel, gotChannel, found, err)
		gotRates, err := o.TaxRates(t.Context(), "IT")
		want(t, "tax rates", rates.Rates, gotRates, true, err)
		gotList, found, err := o.PriceList(t.Context(), "eur")
		gotList.RecordedAt, gotList.Version = time.Time{}, 0
		want(t, "price list", shops, gotList, found, err)
		sku, gotTee, found, err := o.ProductByBarcode(t.Context(), teeCode)
		gotTee.RecordedAt, gotTee.Version = time.Time{}, 0
		want(t, "product", tee, gotTee, found && sku == "TEE-S", err)
		prices, err := o.Prices(t.Context(), "eur", []string{"TEE-M", "TEE-S"})
		if err != nil || len(prices) != 1 || prices[0].SKU != "TEE-S" || prices[0].Prices[0].UnitMinor != 1995 {
			t.Errorf("prices: %+v, %v", prices, err)
		}
	})

	t.Run("is not there before it is put", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		_, location, errLocation := o.Location(t.Context(), "milan")
		_, channel, errChannel := o.Channel(t.Context(), "web")
		_, list, errList := o.PriceList(t.Context(), "eur")
		rates, errRates := o.TaxRates(t.Context(), "IT")
		_, _, barcode, errBarcode := o.ProductByBarcode(t.Context(), teeCode)
		if err := errors.Join(errLocation, errChannel, errList, errRates, errBarcode); err != nil {
			t.Fatal(err)
		}
		if location || channel || list || barcode || len(rates) > 0 {
			t.Errorf("found %t, %t, %t, %t, %v in an empty database", location, channel, list, barcode, rates)
		}
		unknown, err := o.UnknownLocations(t.Context(), []string{"milan", "rome"})
		if err != nil || fmt.Sprint(unknown) != "[milan rome]" {
			t.Errorf("unknown: %v, %v", unknown, err)
		}
	})

	t.Run("is seen at once where it was put, and by others that ask for it as it is now", func(t *testing.T) {
		t.Parallel()
		database := pgtest.New(t)
		here, there := openOffice(t, database), openOffice(t, database)
		for i := range 20 {
			renamed := milan
			renamed.Name = fmt.Sprint("Milano ", i)
			submit(t, here, retail.PutLocation{Transaction: ledger.NewID(), Location: renamed})
			if got, _, err := here.Location(t.Context(), "milan"); err != nil || got.Name != renamed.Name {
				t.Fatalf("%q, %v after %q was put", got.Name, err, renamed.Name)
			}
			if got, _, err := there.LocationNow(t.Context(), "milan"); err != nil || got.Name != renamed.Name {
				t.Fatalf("elsewhere %q, %v after %q was put", got.Name, err, renamed.Name)
			}
		}
	})

	t.Run("comes in pages", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		for _, code := range []string{"Zoo", "milan", "a b"} {
			named := milan
			named.Code = code
			submit(t, o, retail.PutLocation{Transaction: ledger.NewID(), Location: named})
		}
		var codes []string
		for after := ""; ; {
			page, err := o.Locations(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, location := range page {
				codes = append(codes, location.Code)
			}
			if len(page) < 2 {
				break
			}
			after = page[1].Code
		}
		if got := fmt.Sprintf("%q", codes); got != `["Zoo" "a b" "milan"]` {
			t.Errorf("codes %s", got)
		}
	})
}

func TestCatalogue(t *testing.T) {
	t.Run("finds items by SKU and by barcode, in the order asked", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		stock(t, o)
		asked := []retail.ItemRef{{GTIN: mugCode}, {SKU: "NONE"}, {SKU: "TEE-S"}, {GTIN: freeCode}, {GTIN: teeCode}}
		items, err := o.Items(t.Context(), asked, "eur")
		days := int32(retail.DefaultReturnDays)
		priced := retail.Item{
			SKU: "TEE-S", Title: tee.Title, TaxCategory: "standard", Product: "tee", Department: tee.Department, Brand: tee.Brand,
			ReturnDays: days, Prices: []retail.Price{{UnitMinor: 1995}}, Found: true,
		}
		none := retail.Item{ReturnDays: days}
		want(t, "items", []retail.Item{
			{SKU: "MUG", Title: "Mug_large", TaxCategory: "standard", Product: "mug", ReturnDays: days, Found: true}, none, priced, none, priced,
		}, items, true, err)
		items, err = o.Items(t.Context(), []retail.ItemRef{{SKU: "TEE-S"}}, "")
		priced.Prices = nil
		want(t, "items without a price list", []retail.Item{priced}, items, true, err)
	})

	t.Run("knows a SKU as soon as it is put", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		submit(t, o, retail.PutTaxCategory{Transaction: ledger.NewID(), TaxCategory: standard})
		for _, missing := range []string{"[MUG TEE-S]", "[TEE-S]"} {
			got, err := o.KnownSKUs(t.Context(), []string{"MUG", "TEE-S", "MUG"})
			if err != nil || fmt.Sprint(got) != missing {
				t.Errorf("missing %v, %v; want %s", got, err, missing)
			}
			if _, err := putProduct(t, o, mug); err != nil {
				t.Fatal(err)
			}
		}
	})

	t.Run("is searched by what people type, whatever that means to the database", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		stock(t, o)
		for query, codes := range map[string]string{
			"": "[mug tee]", "TEE": "[tee]", "cotton": "[tee]", "0% c": "[tee]", "%": "[tee]", "_": "[mug]", `\`: "[]", "mu": "[mug]",
		} {
			found, err := o.Products(t.Context(), query, "", 10)
			var got []string
			for _, product := range found {
				got = append(got, product.Code)
			}
			if err != nil || fmt.Sprint(got) != codes {
				t.Errorf("%q finds %v, %v; want %s", query, got, err, codes)
			}
		}
	})

	t.Run("frees a barcode that a product gives up", func(t *testing.T) {
		t.Parallel()
		o := openOffice(t, pgtest.New(t))
		stock(t, o)
		bare := mug
		bare.Variants = []retail.Variant{{SKU: "MUG", OptionValues: []string{}, Barcodes: []string{}}}
		if _, err := putProduct(t, o, bare); err != nil {
			t.Fatal(err)
		}
		if _, _, found, err := o.ProductByBarcode(t.Context(), mugCode); found || err != nil {
			t.Errorf("found %t, %v", found, err)
		}
		grown := tee
		grown.Variants = append(grown.Variants[:1:1], retail.Variant{SKU: "TEE-M", OptionValues: []string{"M"}, Barcodes: []string{mugCode}})
		if _, err := putProduct(t, o, grown); err != nil {
			t.Fatal(err)
		}
		if sku, _, found, err := o.ProductByBarcode(t.Context(), mugCode); sku != "TEE-M" || !found || err != nil {
			t.Errorf("%s, %t, %v", sku, found, err)
		}
	})

	t.Run("gives a barcode that two servers put at once to one of them", func(t *testing.T) {
		t.Parallel()
		database := pgtest.New(t)
		here, there := openOffice(t, database), openOffice(t, database)
		submit(t, here, retail.PutTaxCategory{Transaction: ledger.NewID(), TaxCategory: standard})
		for round := range 20 {
			var both sync.WaitGroup
			var errs [2]error
			for i, o := range []office{here, there} {
				both.Go(func() {
					p := retail.Product{Code: fmt.Sprintf("product-%d-%d", round, i), Title: "Thing", TaxCategory: "standard"}
					p.Variants = []retail.Variant{{SKU: p.Code, Barcodes: []string{fmt.Sprintf("%014d", round)}}}
					_, errs[i] = putProduct(t, o, p)
				})
			}
			both.Wait()
			lost := errs[0]
			if lost == nil {
				lost = errs[1]
			}
			refusal := (*retail.Refusal)(nil)
			if (errs[0] == nil) == (errs[1] == nil) || !errors.As(lost, &refusal) || refusal.Reason != retail.BarcodeTaken {
				t.Fatalf("%v and %v, want one BARCODE_TAKEN", errs[0], errs[1])
			}
		}
	})

	t.Run("makes one version for each put that two servers carry out at once", func(t *testing.T) {
		t.Parallel()
		database := pgtest.New(t)
		here, there := openOffice(t, database), openOffice(t, database)
		submit(t, here, retail.PutTaxCategory{Transaction: ledger.NewID(), TaxCategory: standard})
		var all sync.WaitGroup
		var carriedOut atomic.Int64
		for i := range 10 {
			all.Go(func() {
				switch _, err := putProduct(t, []office{here, there}[i%2], mug); {
				case err == nil:
					carriedOut.Add(1)
				case !errors.Is(err, retail.ErrStale): // it may give up, and then it has done nothing
					t.Error(err)
				}
			})
		}
		all.Wait()
		got, found, err := here.Product(t.Context(), "mug")
		if err != nil || !found || got.Version != carriedOut.Load() || got.Version < 2 {
			t.Errorf("version %d after %d puts, %v", got.Version, carriedOut.Load(), err)
		}
	})
}
