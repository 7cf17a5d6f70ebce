package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outcomes are what became of the products of a bulk put.
func outcomes(a answer) string {
	results, _ := a.at("results").([]any)
	var all []string
	for i := range results {
		all = append(all, strings.TrimSpace(strings.TrimPrefix(fmt.Sprint(a.at("results", i, "outcome")), "BULK_PUT_OUTCOME_")+" "+
			fmt.Sprint(a.at("results", i, "reason"))+" "+fmt.Sprint(a.at("results", i, "field"))))
	}
	return strings.Join(all, "; ")
}

// TestBulkPutProducts puts many products, of which some are wrong, again and after others changed them.
func TestBulkPutProducts(t *testing.T) {
	w := open(t)
	product := func(code, more string) string {
		return fmt.Sprintf(`{"code":%q,"title":"P","taxCategory":"standard"%s,"variants":[{"sku":%q,"barcodes":[]}]}`, code, more, strings.ToUpper(code))
	}
	bulk := func(id string, products ...string) string {
		return fmt.Sprintf(`{"requestId":%q,"products":[%s]}`, id, strings.Join(products, ","))
	}
	first := newUUID()
	body := bulk(first, product("a", ""), product("b", `,"attributes":[{"attribute":"none","text":"x"}]`), product("shirt-s", ""),
		product("c", `,"images":[{"url":"https://img.example/c.jpg"}]`), product("d", `,"translations":[{"language":"es"},{"language":"ES"}]`))
	want := "PUT; REFUSED UNKNOWN_ATTRIBUTE products[1].attributes[0].attribute; REFUSED SKU_TAKEN products[2].variants[0].sku; PUT; " +
		"REFUSED INVALID_REQUEST products[4].translations[1].language"
	answered := w.must("staff", "catalog/BulkPutProducts", body)
	if got := outcomes(answered); got != want {
		t.Errorf("%s, not %s", got, want)
	}
	traces := w.fingerprint()
	for _, again := range []answer{w.must("staff", "catalog/BulkPutProducts", body), w.rest("staff", "catalog/BulkPutProducts", body)} {
		if diff := cmp.Diff(answered.body, again.body); diff != "" {
			t.Errorf("sent again it is answered otherwise: %s", diff)
		}
	}
	for range 2 {
		if got := outcomes(w.rest("staff", "catalog/BulkPutProducts", bulk(newUUID(), product("a", ""), product("c", `,"images":[{"url":"https://img.example/c.jpg"}]`)))); got != "UNCHANGED; UNCHANGED" {
			t.Errorf("what is as it shall be: %s", got)
		}
	}
	if after := w.fingerprint(); after != traces {
		t.Errorf("what changes nothing left a trace:\n%s\n%s", traces, after)
	}
	if got := outcomes(w.must("staff", "catalog/BulkPutProducts", bulk(newUUID(), product("a", `,"brand":"B"`), product("c", "")))); got != "PUT; PUT" {
		t.Errorf("what changes: %s", got)
	}
	w.refused("staff", "catalog/BulkPutProducts", bulk(first, product("a", `,"brand":"C"`)), "REQUEST_ID_REUSED", "request_id")
	w.refused("staff", "catalog/BulkPutProducts", bulk(newUUID(), product("a", ""), product("a", "")), "INVALID_REQUEST", "products[1].code")
	w.refused("staff", "catalog/BulkPutProducts", bulk(newUUID(), product("a", ""), product("", "")), "INVALID_REQUEST", "products[1].code")

	t.Run("takes as many as a request has", func(t *testing.T) {
		w := w.in(t)
		var many []string
		for i := range 2000 {
			many = append(many, product(fmt.Sprintf("many%d", i), ""))
		}
		request := bulk(newUUID(), many...)
		if got := strings.Count(outcomes(w.must("staff", "catalog/BulkPutProducts", request)), "PUT"); got != 2000 {
			t.Errorf("%d were put", got)
		}
		if got := w.foundBy(`{"query":"many1999"}`); got != "many1999" {
			t.Errorf("found %q", got)
		}
	})
	w.audit()
}
