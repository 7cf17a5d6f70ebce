package imports

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
)

const aisleText = `
{"method":"aisle.catalog.v1.CatalogService/PutTaxCategory","request":{"taxCategory":{"code":"standard","name":"Standard"}}}
{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{"product":{"code":"shirt","title":"Shirt","taxCategory":"standard","variants":[{"sku":"S"}]}}}
{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{"product":{"code":"shirt","title":"Better shirt","taxCategory":"standard","variants":[{"sku":"S"}]}}}
{"method":"aisle.locations.v1.LocationService/PutLocation","key":"milan","request":{"location":{"code":"milan","name":"Milan","kind":"LOCATION_KIND_STORE","timeZone":"Europe/Rome","currencyCode":"EUR","taxJurisdiction":"IT"}}}
{"method":"aisle.stock.v1.StockService/ReceiveStock","request":{"location":"milan","lines":[{"sku":"S","quantity":"5"}]}}
{"method":"aisle.stock.v1.StockService/ReceiveStock","request":{"lines":[{"quantity":5,"sku":"S"}],"location":"milan"}}
{"method":"aisle.stock.v1.StockService/ReceiveStock","key":"note 17","request":{"location":"milan","lines":[{"sku":"S","quantity":7}]}}
{"method":"aisle.stock.v1.StockService/ReceiveStock","key":"note 17","request":{"location":"milan","lines":[{"sku":"S","quantity":8}]}}
{"method":"aisle.catalog.v1.CatalogService/GetProduct","request":{"code":"shirt"}}
{"method":"aisle.catalog.v1.CatalogService/Nothing","request":{}}
{"method":"no such service","request":{}}
{"method":"aisle.catalog.v1.CatalogService/PutProduct"}
{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{"colour":"red"}}
{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{},"more":1}
not JSON
{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{"product":{"code":"hat","title":"Hat","taxCategory":"none","variants":[{"sku":"H"}]}}}
`

func TestAisle(t *testing.T) {
	s := newShop()
	conn := s.dial(t)
	o := into(t, Options{Format: FormatAisle, Files: []string{write(t, "shop.ndjson", aisleText)}})
	report, err := Run(t.Context(), conn, o)
	if err != nil {
		t.Fatal(err)
	}
	var rejects []string
	for _, r := range report.Rejects {
		rejects = append(rejects, fmt.Sprint(r.Line, " ", r.Reason))
	}
	want := []string{"9 REQUEST_ID_REUSED", "10 NOT_A_MUTATION", "11 NOT_A_MUTATION", "12 NOT_A_MUTATION", "13 MALFORMED", "14 MALFORMED",
		"15 MALFORMED", "16 MALFORMED", "17 UNKNOWN_TAX_CATEGORY"}
	if diff := cmp.Diff(want, rejects); diff != "" {
		t.Error(diff)
	}
	if report.Lines != 16 || report.Imported != 7 || report.Rejected != 9 {
		t.Errorf("%+v", report)
	}
	// The same delivery twice without a key is two deliveries, however it is written.
	if got := s.received[place{"milan", "S"}]; got != 5+5+7 {
		t.Errorf("%d units", got)
	}
	if got := s.products["shirt"].GetTitle(); got != "Better shirt" {
		t.Errorf("%q came last", got)
	}
	before := s.totals()
	if _, err := Run(t.Context(), conn, o); err != nil {
		t.Fatal(err)
	}
	if after := s.totals(); after != before {
		t.Errorf("a second run changed\n%s to\n%s", before, after)
	}
}

func TestAisleKeepsTheOrderOfMethods(t *testing.T) {
	var text strings.Builder
	text.WriteString(strings.SplitAfter(aisleText, "\n")[1])
	for i := range 300 {
		method := []string{"A", "B"}[i/30%2]
		if method == "A" {
			fmt.Fprintf(&text, `{"method":"aisle.catalog.v1.CatalogService/PutProduct","request":{"product":{"code":"p%d","title":"P","taxCategory":"standard","variants":[{"sku":"p%d"}]}}}`+"\n", i, i)
		} else {
			fmt.Fprintf(&text, `{"method":"aisle.catalog.v1.CatalogService/PutTaxCategory","request":{"taxCategory":{"code":"c%d","name":"C"}}}`+"\n", i)
		}
	}
	s := newShop()
	if _, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatAisle, Files: []string{write(t, "f", text.String())}})); err != nil {
		t.Fatal(err)
	}
	if runs := slices.Compact(slices.Clone(s.methods)); len(runs) != 11 {
		t.Errorf("%d runs of one method, want 11: %v", len(runs), runs)
	}
}

func TestRecordIsReadAsWritten(t *testing.T) {
	record := Record{Method: "aisle.catalog.v1.CatalogService/PutTaxCategory", Key: "k", Request: &catalogv1.PutTaxCategoryRequest{
		TaxCategory: &catalogv1.TaxCategory{Code: "standard", Name: "Standard"},
	}}
	line, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var read Record
	if err := json.Unmarshal(line, &read); err != nil {
		t.Fatal(err)
	}
	if read.Method != record.Method || read.Key != record.Key || !proto.Equal(read.Request, record.Request) {
		t.Errorf("%s was read as %+v", line, read)
	}
}

// TestEveryMutationCanBeImported finds a service of the contract whose generated code is not linked in.
func TestEveryMutationCanBeImported(t *testing.T) {
	protos, err := filepath.Glob("../../proto/aisle/*/v1/*.proto")
	if err != nil || len(protos) == 0 {
		t.Fatal(protos, err)
	}
	mutations := 0
	for _, path := range protos {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, after, found := strings.Cut(string(text), "\nservice ")
		if !found {
			continue
		}
		name := "aisle." + filepath.Base(filepath.Dir(filepath.Dir(path))) + ".v1." + strings.Fields(after)[0]
		service, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			t.Errorf("%s: import its generated code in record.go: %v", name, err)
			continue
		}
		methods := service.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			if methods.Get(i).Input().Fields().ByName("request_id") == nil {
				continue
			}
			mutations++
			m, err := methodOf(name + "/" + string(methods.Get(i).Name()))
			if err != nil {
				t.Error(err)
				continue
			}
			m.subjectIn(m.request.New().Interface())
		}
	}
	if mutations < 10 {
		t.Errorf("%d mutations were found", mutations)
	}
}

func TestDerivedID(t *testing.T) {
	// These ids are in the books of whoever imported something: they never change.
	if got, want := factID(FormatCompleteJourney, "basket", "31198705046"), "df81ba53-7124-8017-bfde-0a9a1f8d7c24"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if factID("a", "b") == factID("ab") {
		t.Error("two keys have one id")
	}
}
