package catalog

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// tee is a product with nothing wrong.
func tee() *pb.Product {
	return &pb.Product{
		Code: "tee", Title: "Tee", TaxCategory: "standard",
		Options: []*pb.Option{{Name: "Colour", Values: []string{"Red", "Blue"}}, {Name: "Size", Values: []string{"S", "M"}}},
		Variants: []*pb.Variant{
			{Sku: "RED-S", OptionValues: []string{"Red", "S"}, Barcodes: []string{"4006381333931"}},
			{Sku: "RED-M", OptionValues: []string{"Red", "M"}, Barcodes: []string{"96385074", "5901234123457"}},
			{Sku: "BLUE-M", OptionValues: []string{"Blue", "M"}},
		},
	}
}

// at is an instant of one day.
func at(hour int) *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC))
}

// wantField checks that a request was refused for one field, or not at all.
func wantField(t *testing.T, err error, field string) {
	t.Helper()
	refusal := (*retail.Refusal)(nil)
	switch {
	case field == "" && err != nil:
		t.Errorf("refused: %v", err)
	case field != "" && (!errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || refusal.Field != field):
		t.Errorf("%#v, want INVALID_REQUEST of %s", err, field)
	}
}

func TestProduct(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*pb.Product)
		field  string
	}{
		{"takes a product with nothing wrong", func(*pb.Product) {}, ""},
		{"takes one variant without options", func(p *pb.Product) { p.Options, p.Variants = nil, []*pb.Variant{{Sku: "TEE"}} }, ""},
		{"refuses two variants without options",
			func(p *pb.Product) { p.Options, p.Variants = nil, []*pb.Variant{{Sku: "A"}, {Sku: "B"}} },
			"product.variants[1].option_values"},
		{"refuses a SKU twice", func(p *pb.Product) { p.Variants[2].Sku = "RED-S" }, "product.variants[2].sku"},
		{"refuses a barcode on two variants", func(p *pb.Product) { p.Variants[2].Barcodes = []string{"4006381333931"} },
			"product.variants[2].barcodes[0]"},
		{"refuses a barcode twice, however many digits it is written in",
			func(p *pb.Product) { p.Variants[1].Barcodes[1] = "00000096385074" },
			"product.variants[1].barcodes[1]"},
		{"refuses a wrong check digit",
			func(p *pb.Product) { p.Variants[1].Barcodes[1] = "5901234123458" }, "product.variants[1].barcodes[1]"},
		{"refuses an option twice", func(p *pb.Product) { p.Options[1].Name = "Colour" }, "product.options[1].name"},
		{"refuses a value that is not the option's", func(p *pb.Product) { p.Variants[1].OptionValues[1] = "XL" },
			"product.variants[1].option_values[1]"},
		{"refuses too few values",
			func(p *pb.Product) { p.Variants[0].OptionValues = []string{"Red"} }, "product.variants[0].option_values"},
		{"refuses values without options", func(p *pb.Product) { p.Options = nil }, "product.variants[0].option_values"},
		{"refuses a combination twice",
			func(p *pb.Product) { p.Variants[2].OptionValues[0] = "Red" }, "product.variants[2].option_values"},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := tee()
			c.change(p)
			_, err := productFrom(p)
			wantField(t, err, c.field)
		})
	}
	t.Run("answers what was put, with barcodes of 14 digits", func(t *testing.T) {
		product, err := productFrom(tee())
		if err != nil {
			t.Fatal(err)
		}
		want := tee()
		want.Variants[0].Barcodes = []string{"04006381333931"}
		want.Variants[1].Barcodes = []string{"00000096385074", "05901234123457"}
		if diff := cmp.Diff(want, productTo(product, ""), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTaxRates(t *testing.T) {
	rate := func(category string, from, until *timestamppb.Timestamp) *pb.TaxRate {
		return &pb.TaxRate{TaxCategory: category, Code: "VAT", RatePpm: 210_000, ValidFrom: from, ValidUntil: until}
	}
	tooMany := make([]*pb.TaxRate, taxCategoriesMax+1)
	for i := range tooMany {
		tooMany[i] = rate(fmt.Sprint(i), nil, nil)
	}
	for _, c := range []struct {
		what  string
		rates []*pb.TaxRate
		field string
	}{
		{"takes spans that touch",
			[]*pb.TaxRate{rate("standard", nil, at(1)), rate("standard", at(2), nil), rate("standard", at(1), at(2))}, ""},
		{"takes one span for several categories", []*pb.TaxRate{rate("standard", nil, nil), rate("books", nil, nil)}, ""},
		{"refuses spans that overlap",
			[]*pb.TaxRate{rate("standard", at(3), at(5)), rate("books", nil, nil), rate("standard", at(4), nil)}, "rates[2].valid_from"},
		{"refuses two without an end", []*pb.TaxRate{rate("standard", nil, nil), rate("standard", at(1), nil)}, "rates[1].valid_from"},
		{"refuses an empty span", []*pb.TaxRate{rate("standard", at(1), at(1))}, "rates[0].valid_until"},
		{"refuses an instant that does not exist",
			[]*pb.TaxRate{rate("standard", &timestamppb.Timestamp{Seconds: math.MaxInt64}, nil)}, "rates[0].valid_from"},
		{"refuses an end that stands for none",
			[]*pb.TaxRate{rate("standard", nil, timestamppb.New(time.Time{}))}, "rates[0].valid_until"},
		{"refuses more categories than a transaction takes", tooMany, "rates"},
	} {
		t.Run(c.what, func(t *testing.T) {
			req := &pb.PutTaxRatesRequest{Jurisdiction: "ES", Rates: c.rates}
			cmd, err := putTaxRatesFrom(req)
			wantField(t, err, c.field)
			if err != nil {
				return
			}
			want := &pb.TaxRates{Jurisdiction: "ES", Rates: c.rates}
			if diff := cmp.Diff(want, taxRatesTo("ES", cmd.TaxRates.Rates), protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPrices(t *testing.T) {
	price := func(sku string, minor int64, from, until *timestamppb.Timestamp) *pb.Price {
		return &pb.Price{Sku: sku, UnitPrice: &money.Money{CurrencyCode: "EUR", AmountMinor: minor}, ValidFrom: from, ValidUntil: until}
	}
	for _, c := range []struct {
		what   string
		prices []*pb.Price
		field  string
	}{
		{"takes several starts of a variant, and nothing for a price",
			[]*pb.Price{price("A", 0, nil, nil), price("A", 1, at(1), nil), price("B", 1, nil, nil)}, ""},
		{"refuses a start twice",
			[]*pb.Price{price("A", 1, at(1), nil), price("B", 1, at(1), nil), price("A", 2, at(1), at(2))}, "prices[2].valid_from"},
		{"refuses no start twice", []*pb.Price{price("A", 1, nil, nil), price("A", 2, nil, at(2))}, "prices[1].valid_from"},
		{"refuses a negative price", []*pb.Price{price("A", -1, nil, nil)}, "prices[0].unit_price.amount_minor"},
		{"refuses an end before the start", []*pb.Price{price("A", 1, at(2), at(1))}, "prices[0].valid_until"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := pricesFrom(&pb.PutPricesRequest{Prices: c.prices})
			wantField(t, err, c.field)
		})
	}
}

func TestPriceList(t *testing.T) {
	for code, field := range map[string]string{"EUR": "", "XXX": "price_list.currency_code"} {
		_, err := putPriceListFrom(&pb.PutPriceListRequest{PriceList: &pb.PriceList{Code: "shops", CurrencyCode: code}})
		wantField(t, err, field)
	}
}

func TestPages(t *testing.T) {
	t.Run("begin where the page before ended", func(t *testing.T) {
		first := productsTo([]retail.Product{{Code: "a"}, {Code: "b/é"}, {Code: "c"}}, 2, "")
		if after, err := page.Read[string](first.GetNextPageToken()); len(first.GetProducts()) != 2 || after != "b/é" || err != nil {
			t.Errorf("%d products, then after %q, %v", len(first.GetProducts()), after, err)
		}
		if last := productsTo([]retail.Product{{Code: "a"}, {Code: "b"}}, 2, ""); last.GetNextPageToken() != "" || len(last.GetProducts()) != 2 {
			t.Errorf("last page: %v", last)
		}
	})
}
