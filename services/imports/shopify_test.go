package imports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const shopifyHeader = "Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU," +
	"Variant Inventory Qty,Variant Price,Variant Barcode,Image Src\n"

// catalogOf writes what the shop's catalogue holds, one line per variant.
func catalogOf(s *shop) []string {
	var lines []string
	for _, product := range s.products {
		for _, variant := range product.GetVariants() {
			price := "no price"
			if p := s.prices[variant.GetSku()]; p != nil {
				price = fmt.Sprintf("%d %s", p.GetUnitPrice().GetAmountMinor(), p.GetUnitPrice().GetCurrencyCode())
			}
			lines = append(lines, fmt.Sprintf("%s: %s %v %v %s", product.GetCode(), variant.GetSku(), variant.GetOptionValues(),
				variant.GetBarcodes(), price))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestShopify(t *testing.T) {
	text := shopifyHeader +
		"shirt,Shirt,<p>Soft &amp; warm</p>,Orilla,Shirts,Size,S,Colour,Red,SH-S-R,3,19.99,4006381333931,https://pictures/1\n" +
		"shirt,,,,,,M,,Red,,0,19.99,4006381333932,\n" + // a barcode with a wrong check digit, no SKU
		"shirt,,,,,,S/M,,Red,,2,20,,\n" + // a value whose spelling is lost in a SKU
		"shirt,,,,,,,,,,,,,https://pictures/2\n" + // a picture
		"shirt,,,,,,L,,Red,SH-S-R,1,19.99,,\n" + // a SKU that is there already
		"shirt,,,,,,L,,,,1,19.99,,\n" + // an option value that is missing
		"mug,Mug,,Orilla,,Title,Default Title,,,'0042,-2,9.999,,\n" + // sold before it was there; a price too fine
		"lamp,Lamp,,,,Title,Default Title,,,,1.5,,,\n" + // neither price nor whole units
		"\"vase\",\"Vase\nwith two lines\",,,,Title,Default Title,,,,4,5,,\n" +
		"bad \"row,x\n" +
		"box,,,,,Title,Default Title,,,,1,5,,\n" // no title: the server refuses it
	s := newShop()
	conn := s.dial(t)
	o := into(t, Options{Format: FormatShopify, Files: []string{write(t, "shop.csv", text)}, Location: "main", Currency: "EUR", TaxIncluded: true})
	report, err := Run(t.Context(), conn, o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"lamp: lamp [] [] no price",
		"mug: 0042 [] [] no price",
		"shirt: SH-S-R [S Red] [4006381333931] 1999 EUR",
		"shirt: shirt-m-red [M Red] [] 1999 EUR",
		"shirt: shirt-s-m-red-" + hashOf("S/M\x00Red") + " [S/M Red] [] 2000 EUR",
		"vase: vase [] [] 500 EUR",
	}
	if diff := cmp.Diff(want, catalogOf(s)); diff != "" {
		t.Error(diff)
	}
	shirt := s.products["shirt"]
	if shirt.GetDescription() != "Soft & warm" || shirt.GetBrand() != "Orilla" || !slices.Equal(shirt.GetOptions()[0].GetValues(), []string{"S", "M", "S/M"}) {
		t.Errorf("%v", shirt)
	}
	opening := map[place]int64{{"main", "SH-S-R"}: 3, {"main", "shirt-s-m-red-" + hashOf("S/M\x00Red")}: 2, {"main", "vase"}: 4}
	if diff := cmp.Diff(opening, s.received); diff != "" {
		t.Error(diff)
	}
	var rejects []string
	for _, r := range report.Rejects {
		rejects = append(rejects, fmt.Sprint(r.Line, " ", strings.TrimRight(strings.SplitN(r.Reason, ":", 2)[0], " ")))
	}
	slices.Sort(rejects)
	wantRejects := []string{"12 MALFORMED", "13 INVALID_REQUEST", "3 BARCODE_LEFT_OUT", "6 TWICE", "7 MALFORMED", "8 PRICE_LEFT_OUT",
		"8 STOCK_LEFT_OUT", "9 PRICE_LEFT_OUT", "9 STOCK_LEFT_OUT"}
	slices.Sort(wantRejects)
	if diff := cmp.Diff(wantRejects, rejects); diff != "" {
		t.Error(diff)
	}
	if report.Lines != 11 || report.Imported != 7 || report.Rejected != 4 || report.Partly != 5 || report.Products != 4 {
		t.Errorf("%+v", report)
	}
	if !s.lists["shopify"].GetTaxIncluded() || s.places["main"].GetCurrencyCode() != "EUR" || !s.categories["standard"] {
		t.Error("the list, the place or the tax category was not created as asked")
	}

	t.Run("a second run adds nothing", func(t *testing.T) {
		before := s.totals()
		if _, err := Run(t.Context(), conn, o); err != nil {
			t.Fatal(err)
		}
		if after := s.totals(); after != before {
			t.Errorf("%s\n%s", before, after)
		}
	})
	t.Run("another quantity is not received on top of the first", func(t *testing.T) {
		changed := o
		changed.Files = []string{write(t, "later.csv", strings.Replace(text, "SH-S-R,3,19.99", "SH-S-R,9,24.99", 1))}
		report, err := Run(t.Context(), conn, into(t, changed))
		if err != nil {
			t.Fatal(err)
		}
		if s.received[place{"main", "SH-S-R"}] != 3 || s.prices["SH-S-R"].GetUnitPrice().GetAmountMinor() != 2499 || report.Partly != 6 {
			t.Errorf("%d units, price %v, %+v", s.received[place{"main", "SH-S-R"}], s.prices["SH-S-R"], report)
		}
	})
}

func TestShopifyNewHeader(t *testing.T) {
	text := "Title,URL handle,Description,Vendor,Type,SKU,Barcode,Option1 name,Option1 value,Price,Inventory quantity,Product image URL\n" +
		"Cup,cup,A cup,Orilla,Mugs,C-1,,Title,Default Title,4.50,7,\n"
	s := newShop()
	o := into(t, Options{Format: FormatShopify, Files: []string{write(t, "new.csv", text)}})
	if _, err := Run(t.Context(), s.dial(t), o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cup: C-1 [] [] 450 USD"}, catalogOf(s)); diff != "" || s.received[place{"shopify", "C-1"}] != 7 {
		t.Error(diff, s.received)
	}
}

func TestShopifyNeedsItsColumns(t *testing.T) {
	o := into(t, Options{Format: FormatShopify, Files: []string{write(t, "x.csv", "Handle,Title\nx,X\n")}})
	if _, err := Run(t.Context(), newShop().dial(t), o); err == nil || !strings.Contains(err.Error(), "Option1 Value, Variant Price") {
		t.Error(err)
	}
}

func TestDerivedSKU(t *testing.T) {
	for _, test := range []struct {
		handle string
		values []string
		want   string
	}{
		{"shirt", nil, "shirt"},
		{"shirt", []string{"Small", "Dark Blue"}, "shirt-small-dark-blue"},
		{"shirt", []string{"Größe 40"}, "shirt-größe-40"},
		{"shirt", []string{"40.5"}, "shirt-40-5-" + hashOf("40.5")},
		{strings.Repeat("h", 70), nil, strings.Repeat("h", 55) + "-" + hashOf(strings.Repeat("h", 70))},
	} {
		if got := derivedSKU(test.handle, test.values); got != test.want || len([]rune(got)) > codeRunesMax {
			t.Errorf("%s %v: %s, want %s", test.handle, test.values, got, test.want)
		}
	}
}

func TestShopifyReal(t *testing.T) {
	for file, want := range map[string]struct {
		lines, products, variants, units int64
	}{
		"apparel.csv":         {22, 20, 22, 22},
		"home-and-garden.csv": {21, 20, 21, 65},
		"jewelery.csv":        {41, 0, 0, 0},
	} {
		t.Run(file, func(t *testing.T) {
			s := newShop()
			report, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatShopify, Files: []string{realData(t, "shopify", file)}}))
			if err != nil {
				t.Fatal(err)
			}
			t.Log(report.String())
			if report.Lines != want.lines || report.Rejected != 0 || report.Partly != 0 {
				t.Errorf("%+v", report)
			}
			if want.products > 0 && (report.Products != want.products || report.Sums[0].Imported != want.variants || report.Sums[2].Imported != want.units) {
				t.Errorf("%+v", report)
			}
		})
	}
}
