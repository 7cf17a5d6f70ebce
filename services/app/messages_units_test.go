package app_test

import (
	"strings"
	"testing"
)

// TestMessagesTellOfWhatEnded lets a pickup expire of which some was collected and some given up before: the customer is told of the rest.
func TestMessagesTellOfWhatEnded(t *testing.T) {
	t.Parallel()
	w, s, _ := openTelling(t)
	order := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 6, "PICKUP", "milan"), paid("CARD", 6000)+contact("pia@example.com", "", "")))
	work := w.work(order, "PICKUP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	right, _ := w.code(work)
	w.must("till", "fulfilments/CollectPickup", with(work, shown(right)+`,"lines":[{"line":1,"quantity":"1"}]`))
	w.do("staff", "orders/CancelLines", `{"order":%q,"picked":true,"lines":[{"line":1,"quantity":"2"}]}`, order.at("id"))
	w.audit()
	w.sql("update fulfilments set expires_at = now() - interval '1 second'") // no place keeps anything for less than an hour
	var told []gotMail
	eventually(t, "it is told", func() bool {
		told = s.about("Order " + order.at("number").(string) + " was not collected")
		return len(told) == 1
	})
	if !strings.Contains(told[0].text, "\n3 × ") {
		t.Errorf("%+v", told)
	}
}

// TestConfirmationsSayWhatAndWhere tells by its size and by the name that the catalogue has in her language what somebody is to collect, and where,
// and what is sent to her.
func TestConfirmationsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	w, s, _ := openTelling(t)
	w.must("staff", "catalog/PutProduct", `{"product":{"code":"cap","title":"Cap","taxCategory":"standard","options":[{"name":"Size","values":["Small","Large"]}],
		"variants":[{"sku":"CAP-S","optionValues":["Small"]},{"sku":"CAP-L","optionValues":["Large"]}],
		"translations":[{"language":"es","title":"Gorra","options":[{"name":"Talla","values":["Pequeña","Grande"]}]}]}}`)
	w.must("staff", "catalog/PutPrices", `{"priceList":"eur","prices":[{"sku":"CAP-S","unitPrice":`+eur(500)+`},{"sku":"CAP-L","unitPrice":`+eur(500)+`}]}`)
	w.must("staff", "stock/ReceiveStock", `{"location":"rome","lines":[{"sku":"CAP-S","quantity":"2"},{"sku":"CAP-L","quantity":"2"}]}`)
	order := w.must("staff", "orders/PlaceOrder", online(goods("CAP-S", 2, "PICKUP", "rome")+","+goods("CAP-L", 1, "PICKUP", "rome")+","+
		goods("HAT", 1, "SHIP", "milan"), paid("CARD", 2500)+contact("pia@example.com", "", "es")))
	var told []gotMail
	eventually(t, "it is told", func() bool {
		told = s.about("Tu pedido " + order.at("number").(string) + " está confirmado")
		return len(told) == 1
	})
	for _, want := range []string{"Para recoger en rome", "\n2 × Gorra, Pequeña\n1 × Gorra, Grande\n", "Te lo enviamos:\n1 × Straw hat\n"} {
		if !strings.Contains(strings.ReplaceAll(told[0].text, "\r", ""), want) {
			t.Errorf("it does not say %q: %s", want, told[0].text)
		}
	}
}
