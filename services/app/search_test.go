package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// foundBy are the codes of the products that a search finds, over both doors, in order.
func (w *world) foundBy(body string) string {
	w.t.Helper()
	body = strings.Replace(strings.Replace(body, "{", `{"channel":"web",`, 1), ",}", "}", 1)
	var both [2]string
	for i, a := range []answer{w.grpcCall("site", "catalog/SearchProducts", body), w.rest("site", "catalog/SearchProducts", body)} {
		if a.body == nil {
			w.t.Fatalf("%s: %s %s", body, a.reason, a.message)
		}
		var codes []string
		products, _ := a.at("products").([]any)
		for j := range products {
			codes = append(codes, fmt.Sprint(a.at("products", j, "code")))
		}
		both[i] = strings.Join(codes, " ")
	}
	if both[0] != both[1] {
		w.t.Errorf("%s finds %q over gRPC and %q over REST", body, both[0], both[1])
	}
	return both[0]
}

// TestSearch finds products as people type.
func TestSearch(t *testing.T) {
	w := open(t)
	putRichShirt(w)
	for _, product := range []string{
		`"code":"sandal","title":"Sandàlia de pell","brand":"Ñandú","department":"Shoes","variants":[{"sku":"SND-40","barcodes":["96385074"]}]`,
		`"code":"sneaker","title":"Shirtless sneaker","brand":"Alba","department":"Shoes","variants":[{"sku":"SNK-40"}]`,
		`"code":"cloth","title":"Cloth","brand":"Shirt & Sons","variants":[{"sku":"CLOTH"}]`,
	} {
		w.must("staff", "catalog/PutProduct", `{"product":{"taxCategory":"standard",`+product+`}}`)
	}
	for _, c := range []struct{ what, query, want string }{
		{"a word of titles before one that begins so, and that before one elsewhere", `"query":"shirt"`, "oxford shirt sneaker cloth"},
		{"the beginning of a word, of any case", `"query":"SHIRTL"`, "sneaker"},
		{"every word", `"query":"shirt oxford"`, "oxford"},
		{"words that no product has together", `"query":"shirt sandalia"`, ""},
		{"without accents", `"query":"sandalia"`, "sandal"},
		{"with accents that are not there", `"query":"óxförd"`, "oxford"},
		{"a brand", `"query":"nandu"`, "sandal"},
		{"a department", `"query":"shoes"`, "sandal sneaker"},
		{"a translation", `"query":"camisa azul"`, "oxford"},
		{"a text of an attribute, translated", `"query":"lavar frio"`, "oxford"},
		{"the name of a choice, translated", `"query":"algodon"`, "oxford"},
		{"a SKU", `"query":"SHIRT-M"`, "shirt"},
		{"a part of a SKU", `"query":"snk"`, "sneaker"},
		{"an alias", `"query":" OLD-RED "`, "oxford"},
		{"a barcode", `"query":"96385074"`, "sandal"},
		{"the same of 14 digits", `"query":"00000096385074"`, "sandal"},
		{"the beginning of a barcode", `"query":"5901234123"`, "oxford"},
		{"a letter left out", `"query":"sandala"`, "sandal"},
		{"two letters in the wrong order", `"query":"oxofrd shirt"`, "oxford"},
		{"a slip beside the name of a choice", `"query":"oxfrod algodon"`, "oxford"},
		{"nothing like anything", `"query":"xylophone"`, ""},
		{"of a brand", `"query":"shirt","brand":"alba"`, "oxford sneaker"},
		{"of a department, without words", `"department":"SHOES"`, "sandal sneaker"},
		{"with an option", `"options":["colour=blue"]`, "oxford"},
		{"with an option that no variant has", `"options":["colour=green"]`, ""},
		{"with a choice", `"attributes":["material=cotton"]`, "oxford"},
		{"with a boolean", `"attributes":["iron=false"]`, "oxford"},
		{"with a number", `"attributes":["weight=170"]`, "oxford"},
		{"in stock", `"query":"shirt","inStockAt":"milan"`, "shirt"},
		{"in stock elsewhere", `"query":"shirt","inStockAt":"rome"`, ""},
		{"nothing in particular", ``, "cloth oxford sandal shirt sneaker"},
		{"only marks", `"query":"%% __ =x="`, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := w.in(t).foundBy("{" + c.query + "}"); got != c.want {
				t.Errorf("%s finds %q, not %q", c.query, got, c.want)
			}
		})
	}
	t.Run("in pages that end where the next begins", func(t *testing.T) {
		w := w.in(t)
		var codes []string
		for token, pages := "", 0; ; pages++ {
			a := w.rest("site", "catalog/SearchProducts", fmt.Sprintf(`{"channel":"web","query":"shrit","pageSize":1,"pageToken":%q}`, token))
			codes = append(codes, fmt.Sprint(a.at("products", 0, "code")))
			if got := fmt.Sprint(a.at("corrections", 0, "readAs", 0)); got != "shirt" {
				t.Errorf("it was read as %s", got)
			}
			if token = fmt.Sprint(a.at("nextPageToken")); token == "" || pages > 9 {
				break
			}
		}
		if got := strings.Join(codes, " "); got != "oxford shirt sneaker cloth" {
			t.Errorf("found %s", got)
		}
	})
	w.both("site", "catalog/SearchProducts", `{"channel":"web","query":"OLD-RED","language":"es"}`, "sku", "OX-RED")
	w.both("site", "catalog/SearchProducts", `{"channel":"web","query":"OLD-RED","language":"es"}`, "products.0.title", "Camisa Oxford")
	w.refused("site", "catalog/SearchProducts", `{"query":"x","channel":"till"}`, "PERMISSION_DENIED", "")
	w.refused("site", "catalog/SearchProducts", `{"channel":"web","query":"x","pageToken":"%"}`, "INVALID_REQUEST", "page_token")
	w.refused("site", "catalog/SearchProducts", `{"channel":"web","options":["red"]}`, "INVALID_REQUEST", "options[0]")

	// A server finds what one of before put, which did not know how to search.
	w.sql("delete from aside.search_texts where product = 'cloth'")
	w.sql("update aside.search_texts set version = 0, words = '' where product = 'sandal'")
	w.stop()
	w.start()
	eventually(t, "what a server of before put is found", func() bool {
		return w.grpcCall("staff", "catalog/SearchProducts", `{"query":"cloth"}`).at("products", 0, "code") == "cloth" &&
			w.grpcCall("staff", "catalog/SearchProducts", `{"query":"pell"}`).at("products", 0, "code") == "sandal"
	})
	w.audit()
}
