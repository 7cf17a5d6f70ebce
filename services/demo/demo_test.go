package demo

import (
	"strings"
	"testing"

	"buf.build/go/protovalidate"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

func TestRecords(t *testing.T) {
	var products, shops int
	skus, barcodes, keys, descriptions := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	once := func(what string, seen map[string]bool, value string) {
		if seen[value] {
			t.Errorf("%s %s stands there twice", what, value)
		}
		seen[value] = true
	}
	for r := range Records() {
		once("the key", keys, r.Key)
		switch request := r.Request.(type) {
		case *catalogpb.PutProductRequest:
			products++
			request.RequestId = "0198c0de-0000-7000-8000-000000000001"
			if err := protovalidate.Validate(request); err != nil {
				t.Errorf("%s: %v", r.Key, err)
			}
			once("the description", descriptions, request.Product.Description)
			if len(strings.Split(request.Product.Description, ".")) < 3 {
				t.Errorf("%s has little to say: %s", r.Key, request.Product.Description)
			}
			for _, v := range request.Product.Variants {
				once("the SKU", skus, v.Sku)
				once("the barcode", barcodes, v.Barcodes[0])
			}
		case *locationspb.PutLocationRequest:
			if request.Location.Kind == locationspb.LocationKind_LOCATION_KIND_STORE {
				shops++
			}
		case *stockpb.ReceiveStockRequest:
			for _, line := range request.Lines {
				if !skus[line.Sku] {
					t.Errorf("stock of %s, which nobody sells", line.Sku)
				}
			}
		}
	}
	if products != 150 || shops != 12 {
		t.Errorf("%d products in %d shops", products, shops)
	}
	t.Log(len(skus), "variants,", len(keys), "records")
}

func TestRecordsAreTheSameEachTime(t *testing.T) {
	var first []string
	for r := range Records() {
		text, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, r.Key+string(rune(len(text)%7)))
	}
	at := 0
	for r := range Records() {
		if !strings.HasPrefix(first[at], r.Key) {
			t.Fatalf("record %d is %s, was %s", at, r.Key, first[at])
		}
		at++
	}
}
