package demo

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/imports"
)

// requests are all requests of one kind.
func requests[T proto.Message]() []T {
	var found []T
	for r := range Records() {
		if request, ok := r.Request.(T); ok {
			found = append(found, request)
		}
	}
	return found
}

func TestRecordsKeepTheContract(t *testing.T) {
	keys := map[string]bool{}
	for r := range Records() {
		message := proto.Clone(r.Request).ProtoReflect()
		message.Set(message.Descriptor().Fields().ByName("request_id"), protoreflect.ValueOfString("0198c0de-0000-7000-8000-000000000001"))
		if err := protovalidate.Validate(message.Interface()); err != nil {
			t.Errorf("%s %v: %v", r.Method, r.Request, err)
		}
		_, delivery := r.Request.(*stockpb.ReceiveStockRequest)
		if delivery != (r.Key != "") || keys[r.Key] && delivery {
			t.Errorf("%s has the key %q; deliveries have one, each its own, and nothing else has", r.Method, r.Key)
		}
		keys[r.Key] = true
	}
}

func TestRecordsAreTheSameEachTime(t *testing.T) {
	var first []imports.Record
	for r := range Records() {
		first = append(first, r)
	}
	at := 0
	for r := range Records() {
		if was := first[at]; r.Method != was.Method || r.Key != was.Key || !proto.Equal(r.Request, was.Request) {
			t.Fatalf("record %d is %v, and was %v", at, r, was)
		}
		at++
	}
}

func TestProducts(t *testing.T) {
	products := requests[*catalogpb.PutProductRequest]()
	if len(products) != 150 {
		t.Errorf("%d products", len(products))
	}
	skus, barcodes, sentences := map[string]bool{}, map[string]bool{}, map[string]int{}
	once := func(what string, seen map[string]bool, value string) {
		if seen[value] {
			t.Errorf("%s %s stands there twice", what, value)
		}
		seen[value] = true
	}
	for _, request := range products {
		product := request.GetProduct()
		said := strings.Split(strings.TrimSuffix(product.GetDescription(), "."), ". ")
		if len(said) < 4 {
			t.Errorf("%s has little to say: %s", product.GetCode(), product.GetDescription())
		}
		for _, sentence := range said {
			sentences[sentence]++
		}
		if !strings.HasPrefix(product.GetBrand(), brand+" ") {
			t.Errorf("%s is of the brand %q", product.GetCode(), product.GetBrand())
		}
		for _, v := range product.GetVariants() {
			once("the SKU", skus, v.GetSku())
			if len(v.GetBarcodes()) != 1 {
				t.Fatalf("%s has the barcodes %v", v.GetSku(), v.GetBarcodes())
			}
			gtin := v.GetBarcodes()[0]
			once("the barcode", barcodes, gtin)
			// 20 to 29 are left to each company's own use (GS1 General Specifications, section 1.4).
			if len(gtin) != 13 || gtin[0] != '2' || imports.CheckDigit(gtin[:12]) != gtin[12] {
				t.Errorf("%s has the barcode %s", v.GetSku(), gtin)
			}
		}
	}
	// What is said of a family may be said of its five, and of others washed like them; all else is one product's own.
	own := 0
	for sentence, times := range sentences {
		if times > 25 {
			t.Errorf("%d products say %q", times, sentence)
		}
		if times == 1 {
			own++
		}
	}
	if own < 2*len(products) {
		t.Errorf("only %d sentences are one product's own", own)
	}
}

// TestWhatProductsSay holds what products say in other languages against what they say in English.
func TestWhatProductsSay(t *testing.T) {
	ofMaterial := 0
	for _, request := range requests[*catalogpb.PutProductRequest]() {
		product := request.GetProduct()
		if len(product.GetTranslations()) != len(languages) {
			t.Errorf("%s speaks %d languages", product.GetCode(), len(product.GetTranslations()))
		}
		for _, translation := range product.GetTranslations() {
			if len(translation.GetOptions()) != len(product.GetOptions()) || strings.HasPrefix(translation.GetTitle(), " ") {
				t.Errorf("%s in %s: %v", product.GetCode(), translation.GetLanguage(), translation)
			}
			for i, option := range translation.GetOptions() {
				values := slices.Clone(option.GetValues())
				slices.Sort(values)
				if len(slices.Compact(values)) != len(product.GetOptions()[i].GetValues()) {
					t.Errorf("%s in %s has the values %v", product.GetCode(), translation.GetLanguage(), option.GetValues())
				}
			}
		}
		if product.GetAttributes()[0].GetAttribute() == "material" {
			ofMaterial++
		}
	}
	if ofMaterial < 75 {
		t.Errorf("only %d products say what they are made of", ofMaterial)
	}
}

func TestSizesStandInTheirOrder(t *testing.T) {
	letters := []string{"XS", "S", "M", "L", "XL", "XXL"}
	for _, request := range requests[*catalogpb.PutProductRequest]() {
		if request.GetProduct().GetTaxCategory() == "books" {
			continue
		}
		sizes := request.GetProduct().GetOptions()[1].GetValues()
		ordered := slices.IsSorted(sizes) || slices.Equal(sizes, letters) || slices.Equal(sizes, []string{"S/M", "L/XL"}) ||
			slices.Equal(sizes, sizeRuns["belt"])
		if !ordered {
			t.Errorf("%s has the sizes %v", request.GetProduct().GetCode(), sizes)
		}
	}
}

func TestPlaces(t *testing.T) {
	kinds := map[locationspb.LocationKind]int{}
	weeks := map[string]bool{}
	closedOnSunday := 0
	for _, request := range requests[*locationspb.PutLocationRequest]() {
		location := request.GetLocation()
		kinds[location.GetKind()]++
		if location.GetKind() != locationspb.LocationKind_LOCATION_KIND_STORE {
			continue
		}
		week, sunday := "", false
		for _, span := range location.GetOpeningHours() {
			week += span.String()
			sunday = sunday || span.GetWeekday() == 7
			if span.GetCloses() <= span.GetOpens() {
				t.Errorf("%s closes before it opens: %v", location.GetCode(), span)
			}
		}
		weeks[week] = true
		if !sunday {
			closedOnSunday++
		}
	}
	if kinds[shop] != 12 || kinds[warehouse] != 1 || kinds[online] != 1 {
		t.Errorf("places by kind: %v", kinds)
	}
	if len(weeks) < 6 || closedOnSunday == 0 || closedOnSunday == 12 {
		t.Errorf("%d different weeks, %d shops closed on Sunday", len(weeks), closedOnSunday)
	}
}

func TestTaxRatesFollowOneAnother(t *testing.T) {
	for _, request := range requests[*catalogpb.PutTaxRatesRequest]() {
		open := map[string]int{}
		for i, rate := range request.GetRates() {
			if rate.GetValidUntil() == nil {
				open[rate.GetTaxCategory()]++
				continue
			}
			if next := request.GetRates()[i+1]; !proto.Equal(next.GetValidFrom(), rate.GetValidUntil()) || next.GetTaxCategory() != rate.GetTaxCategory() {
				t.Errorf("%s: %v does not follow %v", request.GetJurisdiction(), next, rate)
			}
		}
		if !maps.Equal(open, map[string]int{"standard": 1, "books": 1}) {
			t.Errorf("%s: rates in force: %v", request.GetJurisdiction(), open)
		}
	}
}

func TestStockLooksLikeShops(t *testing.T) {
	skus := map[string]bool{}
	for _, request := range requests[*catalogpb.PutProductRequest]() {
		for _, v := range request.GetProduct().GetVariants() {
			skus[v.GetSku()] = true
		}
	}
	lines := map[string]int{}
	deepest := int64(0)
	for _, request := range requests[*stockpb.ReceiveStockRequest]() {
		for _, line := range request.GetLines() {
			if !skus[line.GetSku()] {
				t.Errorf("stock of %s, which nobody sells", line.GetSku())
			}
			lines[request.GetLocation()]++
			deepest = max(deepest, line.GetQuantity())
		}
	}
	for location, count := range lines {
		if count == len(skus) {
			t.Errorf("%s has every size of everything", location)
		}
	}
	if len(lines) != 13 || deepest < 30 {
		t.Errorf("stock at %d places, at most %d of one size", len(lines), deepest)
	}
	t.Log(len(skus), "variants, positions per place:", lines)
}
