package app_test

import (
	"fmt"
	"testing"
)

// A shirt that says much of itself, in several languages, and was known by another SKU.
const richShirt = `{"product":{"code":"oxford","title":"Oxford shirt","description":"Crisp.","brand":"Alba","department":"Men","taxCategory":"standard",
	"options":[{"name":"Colour","values":["Red","Blue"]}],
	"attributes":[{"attribute":"material","choices":["cotton"]},{"attribute":"weight","number":"160.5"},{"attribute":"iron","boolean":false},
		{"attribute":"care","text":"Wash cold","texts":[{"language":"es","text":"Lavar en frío"}]}],
	"translations":[{"language":"es","title":"Camisa Oxford","options":[{"name":"Color","values":["Rojo","Azul"]}]},{"language":"pt-br","title":"Camisa social"}],
	"images":[{"url":"https://img.example/oxford.jpg","alt":"A shirt","alts":[{"language":"es","text":"Una camisa"}]}],
	"variants":[{"sku":"OX-RED","optionValues":["Red"],"barcodes":["5901234123457"],"aliases":["OLD-RED"],"images":[{"url":"https://img.example/red.jpg"}]},
		{"sku":"OX-BLUE","optionValues":["Blue"],"attributes":[{"attribute":"weight","number":"170"}]}]}}`

// putRichShirt puts the shirt, its attributes and a price.
func putRichShirt(w *world) {
	for _, attribute := range []string{
		`{"code":"material","name":"Material","type":"ATTRIBUTE_TYPE_CHOICE","choices":[{"code":"linen","name":"Linen"},{"code":"cotton","name":"Cotton","names":[{"language":"es","text":"Algodón"}]}]}`,
		`{"code":"weight","name":"Weight","names":[{"language":"es","text":"Gramaje"}],"type":"ATTRIBUTE_TYPE_NUMBER","unit":"g/m2"}`,
		`{"code":"iron","name":"May be ironed","type":"ATTRIBUTE_TYPE_BOOLEAN"}`, `{"code":"care","name":"Care","type":"ATTRIBUTE_TYPE_TEXT"}`,
	} {
		w.must("staff", "catalog/PutAttribute", `{"attribute":`+attribute+`}`)
	}
	w.must("staff", "catalog/PutProduct", richShirt)
	w.must("staff", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"OX-RED","unitPrice":`+eur(4990)+`},
		{"sku":"OX-RED","unitPrice":`+eur(3990)+`,"validFrom":"2030-01-01T00:00:00Z","validUntil":"2030-02-01T00:00:00Z"}]}`)
}

// both calls over gRPC and over REST, and compares what came.
func (w *world) both(key, method, body string, path, want string) {
	w.t.Helper()
	for door, a := range map[string]answer{"gRPC": w.grpcCall(key, method, body), "REST": w.rest(key, method, body)} {
		if got := fmt.Sprint(a.get(path)); a.body == nil || got != want {
			w.t.Errorf("%s over %s of %s: %s is %q, not %q; %s %s", method, door, body, path, got, want, a.reason, a.message)
		}
	}
}

// TestWhatAProductSaysOfItself reads a product in the languages that it knows, and in those that it does not.
func TestWhatAProductSaysOfItself(t *testing.T) {
	w := open(t)
	putRichShirt(w)
	for _, c := range []struct{ method, body, path, want string }{
		{"catalog/GetProduct", `{"code":"oxford"}`, "title", "Oxford shirt"},
		{"catalog/GetProduct", `{"code":"oxford"}`, "translations.1.language", "pt-BR"},
		{"catalog/GetProduct", `{"code":"oxford"}`, "language", ""},
		{"catalog/GetProduct", `{"code":"oxford","language":"es-MX"}`, "language", "es"},
		{"catalog/GetProduct", `{"code":"oxford","language":"ES"}`, "title", "Camisa Oxford"},
		{"catalog/GetProduct", `{"code":"oxford","language":"es"}`, "description", "Crisp."},
		{"catalog/GetProduct", `{"code":"oxford","language":"es"}`, "options.0.name", "Color"},
		{"catalog/GetProduct", `{"code":"oxford","language":"es"}`, "variants.1.optionValues.0", "Azul"},
		{"catalog/GetProduct", `{"code":"oxford","language":"es"}`, "attributes.3.text", "Lavar en frío"},
		{"catalog/GetProduct", `{"code":"oxford","language":"es"}`, "images.0.alt", "Una camisa"},
		{"catalog/GetProduct", `{"code":"oxford","language":"es"}`, "translations", "[]"},
		{"catalog/GetProduct", `{"code":"oxford","language":"ca"}`, "title", "Oxford shirt"},
		{"catalog/GetProduct", `{"code":"oxford","language":"pt-BR"}`, "title", "Camisa social"},
		{"catalog/GetProduct", `{"code":"oxford","language":"pt"}`, "title", "Oxford shirt"},
		{"catalog/GetProduct", `{"code":"oxford"}`, "attributes.1.number", "160.5"},
		{"catalog/GetProduct", `{"code":"oxford"}`, "attributes.2.boolean", "false"},
		{"catalog/GetProduct", `{"code":"oxford"}`, "variants.0.images.0.url", "https://img.example/red.jpg"},
		{"catalog/ListProducts", `{"query":"oxford","language":"es"}`, "products.0.title", "Camisa Oxford"},
		{"catalog/LookupBarcode", `{"gtin":"5901234123457","language":"es"}`, "product.title", "Camisa Oxford"},
		{"catalog/ListAttributes", `{"pageSize":2}`, "attributes.1.code", "iron"},
		{"catalog/ListAttributes", `{"language":"es-ES"}`, "attributes.2.choices.1.name", "Algodón"},
		{"catalog/ListAttributes", `{"language":"es-ES"}`, "attributes.3.name", "Gramaje"},
	} {
		w.both("site", c.method, c.body, c.path, c.want)
	}
	w.audit()
}

// TestAliases names a variant by what it was once called.
func TestAliases(t *testing.T) {
	w := open(t)
	putRichShirt(w)
	w.both("site", "catalog/LookupSku", `{"sku":"OLD-RED","language":"es"}`, "sku", "OX-RED")
	w.both("site", "catalog/LookupSku", `{"sku":"OX-RED"}`, "product.variants.0.aliases.0", "OLD-RED")
	w.both("site", "catalog/ListPrices", `{"priceList":"eur","skus":["OLD-RED"]}`, "prices.0.sku", "OX-RED")
	w.both("till", "orders/PlaceOrder", basket("till", "milan", line("OLD-RED", 1, ""), paid("CARD", 4990)), "lines.0.sku", "OX-RED")

	t.Run("stay where a put does not name them", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "catalog/PutProduct",
			`{"product":{"code":"oxford","title":"Oxford","taxCategory":"standard","options":[{"name":"Colour","values":["Red","Blue"]}],
			"variants":[{"sku":"OX-RED","optionValues":["Red"]},{"sku":"OX-BLUE","optionValues":["Blue"],"aliases":["OLD-BLUE"]}]}}`)
		w.both("site", "catalog/LookupSku", `{"sku":"OLD-RED"}`, "sku", "OX-RED")
		w.both("site", "catalog/LookupSku", `{"sku":"OLD-BLUE"}`, "sku", "OX-BLUE")
	})
	t.Run("are not written to", func(t *testing.T) {
		w := w.in(t)
		w.refused("staff", "stock/ReceiveStock", `{"location":"milan","lines":[{"sku":"OLD-RED","quantity":"1"}]}`, "UNKNOWN_SKU", "lines[0].sku")
		w.refused("staff", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"OLD-RED","unitPrice":`+eur(1)+`}]}`, "UNKNOWN_SKU", "prices[0].sku")
	})
	w.audit()
}

// TestPricesOfAChannel asks what a variant costs, where and when.
func TestPricesOfAChannel(t *testing.T) {
	w := open(t)
	putRichShirt(w)
	w.must("staff", "catalog/PutPriceList", `{"priceList":{"code":"usd","name":"America","currencyCode":"USD"}}`)
	w.must("staff", "catalog/PutPrices", `{"priceList":"usd","prices":[{"sku":"OX-RED","unitPrice":{"currencyCode":"USD","amountMinor":"5990"}}]}`)
	w.must("staff", "locations/PutChannel", `{"channel":{"code":"web","name":"Web","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur","usd"],"holdTime":"900s"}}`)
	for _, c := range []struct{ more, path, want string }{
		{``, "prices.0.price.unitPrice.amountMinor", "4990"},
		{``, "prices.1.price.unitPrice.currencyCode", "USD"},
		{``, "prices.0.taxIncluded", "true"},
		{`,"currencyCode":"USD"`, "prices.0.priceList", "usd"},
		{`,"currencyCode":"JPY"`, "prices", "[]"},
		{`,"currencyCode":"EUR","at":"2030-01-31T23:59:59Z"`, "prices.0.price.unitPrice.amountMinor", "3990"},
		{`,"currencyCode":"EUR","at":"2030-02-01T00:00:00Z"`, "prices.0.price.unitPrice.amountMinor", "4990"},
	} {
		w.both("site", "catalog/ListChannelPrices", `{"channel":"web","skus":["OLD-RED","OX-RED","OX-BLUE","NONE"]`+c.more+`}`, c.path, c.want)
	}
	w.refused("site", "catalog/ListChannelPrices", `{"channel":"till","skus":["OX-RED"]}`, "PERMISSION_DENIED", "")
}
