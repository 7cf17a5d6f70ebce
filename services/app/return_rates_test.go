package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// rates are told as "subject returns/without receipt/overridden sold units amount back units amount share", in their order, read page by page
// over either door.
func (w *world) rates(by string, from, until time.Time, more string, size int) (all []string) {
	w.t.Helper()
	for token := any(""); ; {
		page := w.bothDoors("staff", "reports/ListReturnRates", days(from, until, fmt.Sprintf(
			`,"by":"RETURN_SUBJECT_%s"%s,"pageSize":%d,"pageToken":%q`, by, more, size, token)))
		found, _ := page.at("rates").([]any)
		if len(found) > size {
			w.t.Errorf("a page of %d, asked for %d", len(found), size)
		}
		for _, one := range found {
			a := answer{body: one.(map[string]any)}
			share := a.at("shareBasisPoints")
			if share == nil {
				share = "-"
			}
			all = append(all, fmt.Sprintf("%v %v/%v/%v sold %v %d back %v %d %v", a.at("subject"), a.at("returns"), a.at("withoutReceipt"), a.at("overridden"),
				a.at("unitsSold"), w.minors(a, "sold"), a.at("unitsReturned"), w.minors(a, "returned"), share))
		}
		if token = page.at("nextPageToken"); token == "" {
			return all
		}
	}
}

// TestReturnRates has some of what was sold come back, in every way, and tells how much of it, of whom.
func TestReturnRates(t *testing.T) {
	w := openShop(t)
	now := time.Now().UTC()
	today, tomorrow := now, now.AddDate(0, 0, 1) // midnight may come in between
	hers, his := `,"customer":"`+ada+`"`, `,"customer":"`+bob+`"`
	if none := w.rates("LOCATION", today, tomorrow, "", 10); len(none) != 0 {
		t.Errorf("nothing came back, and %v", none)
	}
	hats := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 3, "")+","+line("SOCK", 1, ""), paid("CASH", 3500)+hers))
	two := w.must("staff", "orders/PlaceOrder", basket("till", "rome", line("HAT", 2, ""), paid("CASH", 2000)+his))
	w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 5, ""), paid("CASH", 5000))) // to nobody who is known, and for good

	w.must("rome", "returns/AcceptReturn", returned("rome", hats.at("id"), back(1, 1, "RETURN_TO_STOCK"), `,"operator":"Anna"`))
	w.must("staff", "returns/AcceptReturnByRight", returned("milan", hats.at("id"), back(2, 1, "RETURN_TO_STOCK"), ""))
	w.must("staff", "returns/AcceptBlindReturn", blind("rome", "till", "HAT", eur(700), "CASH", hers))
	w.must("rome", "returns/ExchangeGoods", returned("rome", two.at("id"), back(1, 1, "RETURN_TO_STOCK"),
		`,"sale":`+with(basket("till", "rome", line("HAT", 1, ""), his), `,"requestId":"`+newUUID()+`"`)))
	// A card that is sold and taken back is no goods, a right that nothing needs sets nothing aside, and what a carrier has is nobody's.
	card := w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-9", 5000), paid("CARD", 5000)+hers))
	w.must("till", "returns/AcceptReturn", returned("milan", card.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	w.must("staff", "returns/AcceptReturnByRight", returned("milan", hats.at("id"), back(1, 1, "WRITE_OFF"), `,"operator":"till"`))
	parcel := w.sent(2)
	w.must("till", "fulfilments/LoseShipment", with(parcel, lostBy+`,"lines":[{"line":1,"quantity":"1"}]`))
	w.must("till", "fulfilments/ReturnShipment", parcel)

	share := `,"orderBy":"RETURN_RATE_ORDER_SHARE"`
	for name, c := range map[string]struct {
		by, more string
		want     []string
	}{
		"by customer": {"CUSTOMER", "", []string{
			ada + " 4/1/1 sold 4 3500 back 4 3200 9142", bob + " 1/0/0 sold 3 3000 back 1 1000 3333",
		}},
		"by operator": {"OPERATOR", "", []string{
			"staff 2/1/1 sold 4 4000 back 2 1200 3000", "Anna 1/0/0 sold 0 0 back 1 1000 -", "rome 1/0/0 sold 1 1000 back 1 1000 10000",
			"till 1/0/0 sold 9 8500 back 1 1000 1176",
		}},
		"by operator, the greatest share first": {"OPERATOR", share, []string{
			"Anna 1/0/0 sold 0 0 back 1 1000 -", "rome 1/0/0 sold 1 1000 back 1 1000 10000", "staff 2/1/1 sold 4 4000 back 2 1200 3000",
			"till 1/0/0 sold 9 8500 back 1 1000 1176",
		}},
		"by location": {"LOCATION", "", []string{
			"rome 3/1/0 sold 3 3000 back 3 2700 9000", "milan 2/0/1 sold 9 8500 back 2 1500 1764",
		}},
		"by customer, of Rome": {"CUSTOMER", `,"location":"rome"` + share, []string{
			ada + " 2/1/0 sold 0 0 back 2 1700 -", bob + " 1/0/0 sold 3 3000 back 1 1000 3333",
		}},
		"of a place that nothing came back to": {"LOCATION", `,"location":"zurich"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			for _, size := range []int{1, 100} {
				if diff := cmp.Diff(c.want, w.rates(c.by, today, tomorrow, c.more, size)); diff != "" {
					t.Errorf("in pages of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
	t.Run("of days on which it did not happen", func(t *testing.T) {
		w := w.in(t)
		if none := w.rates("OPERATOR", now.AddDate(0, 0, -2), now.AddDate(0, 0, -1), "", 10); len(none) != 0 {
			t.Error(none)
		}
	})
	t.Run("is told to staff alone, and to those of a location of it alone", func(t *testing.T) {
		w := w.in(t)
		body := func(more string) string { return days(today, tomorrow, `,"by":"RETURN_SUBJECT_OPERATOR"`+more) }
		for _, key := range []string{"site", "till", "tablet", "ada"} {
			w.refused(key, "reports/ListReturnRates", body(`,"location":"milan"`), "PERMISSION_DENIED", "")
		}
		w.must("office", "reports/ListReturnRates", body(`,"location":"rome"`))
		w.refused("office", "reports/ListReturnRates", body(`,"location":"milan"`), "PERMISSION_DENIED", "")
		w.refused("office", "reports/ListReturnRates", body(""), "PERMISSION_DENIED", "")
	})
	w.audit()
}
