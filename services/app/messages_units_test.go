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
