package retail

import (
	"errors"
	"fmt"
	"testing"
)

// tee is a product with variants written as "SKU barcode barcode".
func tee(code string, variants ...[]string) Product {
	p := Product{Code: code, Title: "Tee", TaxCategory: "standard"}
	for _, v := range variants {
		p.Variants = append(p.Variants, Variant{SKU: v[0], Barcodes: v[1:]})
	}
	return p
}

// planned plans a put on what is stored, as the handler does.
func planned(m *masterData, p Product) PutProduct {
	m.t.Helper()
	before, _ := m.rows[p.Key()].(Product)
	cmd, err := NewPutProduct(ID{9}, before, p)
	if err != nil {
		m.t.Fatal(err)
	}
	return cmd
}

// holderOf is the variant that a barcode stands for.
func holderOf(m *masterData, gtin string) string {
	barcode, _ := m.rows[BarcodeKey(gtin)].(Barcode)
	return barcode.SKU
}

const (
	codeA = "04006381333931"
	codeB = "05901234123457"
)

func withStandardTax(t *testing.T) *masterData {
	m := newMasterData(t)
	accept(m, PutTaxCategory{Transaction: ID{1}, TaxCategory: TaxCategory{Code: "standard"}})
	return m
}

func TestPutProduct(t *testing.T) {
	t.Run("gives SKUs to their product for good", func(t *testing.T) {
		m := withStandardTax(t)
		accept(m, planned(m, tee("tee", []string{"TEE-S"}, []string{"TEE-M"})))
		if got := m.rows[SKUKey("TEE-M")].(SKU).Product; got != "tee" {
			t.Errorf("TEE-M belongs to %q", got)
		}
		refuse(m, planned(m, tee("other", []string{"OTHER"}, []string{"TEE-M"})), SKUTaken, "product.variants[1].sku")
		refuse(m, planned(m, tee("tee", []string{"TEE-M"})), VariantMissing, "product.variants")
		got := accept(m, planned(m, tee("tee", []string{"TEE-L"}, []string{"TEE-M"}, []string{"TEE-S"})))
		if len(got.Variants) != 3 || got.Version != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("refuses a tax category that is not there", func(t *testing.T) {
		m := newMasterData(t)
		refuse(m, planned(m, tee("tee", []string{"TEE-S"})), UnknownTaxCategory, "product.tax_category")
	})
	t.Run("gives a barcode to one variant at a time", func(t *testing.T) {
		m := withStandardTax(t)
		accept(m, planned(m, tee("tee", []string{"TEE-S", codeA}, []string{"TEE-M"})))
		refuse(m, planned(m, tee("other", []string{"OTHER", codeB, codeA})), BarcodeTaken, "product.variants[0].barcodes[1]")
		if holderOf(m, codeB) != "" {
			t.Error("a refused put left a barcode behind")
		}
	})
	t.Run("moves a barcode within a product, and between products once it is free", func(t *testing.T) {
		m := withStandardTax(t)
		accept(m, planned(m, tee("tee", []string{"TEE-S", codeA, codeB}, []string{"TEE-M"})))
		accept(m, planned(m, tee("tee", []string{"TEE-S", codeB}, []string{"TEE-M", codeA})))
		if holderOf(m, codeA) != "TEE-M" || holderOf(m, codeB) != "TEE-S" {
			t.Errorf("A stands for %q, B for %q", holderOf(m, codeA), holderOf(m, codeB))
		}
		accept(m, planned(m, tee("tee", []string{"TEE-S", codeB}, []string{"TEE-M"})))
		accept(m, planned(m, tee("other", []string{"OTHER", codeA})))
		if holderOf(m, codeA) != "OTHER" || m.rows[BarcodeKey(codeA)].(Barcode).Version != 4 {
			t.Errorf("A: %+v", m.rows[BarcodeKey(codeA)])
		}
	})
	t.Run("locks nothing that does not change hands", func(t *testing.T) {
		m := withStandardTax(t)
		accept(m, planned(m, tee("tee", []string{"TEE-S", codeA}, []string{"TEE-M", codeB})))
		same := planned(m, tee("tee", []string{"TEE-S", codeA}, []string{"TEE-M", codeB}))
		if got := len(same.Keys()); got != 2 {
			t.Errorf("names %d rows, want the product and its tax category", got)
		}
		if got := accept(m, same); got.Version != 2 {
			t.Errorf("version %d, want 2", got.Version)
		}
	})
	t.Run("is stale where the product changed after it was planned", func(t *testing.T) {
		m := withStandardTax(t)
		early := planned(m, tee("tee", []string{"TEE-S", codeA}))
		accept(m, planned(m, tee("tee", []string{"TEE-M", codeB})))
		if _, err := carryOut(m, early); !errors.Is(err, ErrStale) {
			t.Errorf("%v, want stale", err)
		}
	})
	t.Run("refuses more changes at once than a transaction takes, and takes them in two", func(t *testing.T) {
		m := withStandardTax(t)
		all := tee("tee")
		for i := range 500 {
			all.Variants = append(all.Variants, Variant{SKU: fmt.Sprintf("TEE-%03d", i), Barcodes: []string{fmt.Sprintf("%014d", i)}})
		}
		_, err := NewPutProduct(ID{9}, Product{}, all)
		wantRefusal(t, err, InvalidRequest, "product.variants")
		some := all
		some.Variants = all.Variants[:250]
		accept(m, planned(m, some))
		if got := accept(m, planned(m, all)); len(got.Variants) != 500 {
			t.Errorf("%d variants", len(got.Variants))
		}
	})
}
