package app_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/app"
)

// recording starts the process of a world again, one that records what people look for.
func recording(w *world, every time.Duration) {
	w.t.Helper()
	w.stop()
	w.configure = func(c *app.Config) (string, *slog.Logger) {
		c.DemandEvery = every
		return w.db.URL, slog.New(slog.DiscardHandler)
	}
	w.start()
}

// today is a request for a report of today, and of yesterday, which it may have been a moment ago.
func today(more string) string {
	now := time.Now().UTC()
	return fmt.Sprintf(`{"fromDay":%q,"untilDay":%q%s}`, now.AddDate(0, 0, -1).Format(time.DateOnly), now.Format(time.DateOnly), more)
}

// unmet is the report of today, a line per thing: what was wanted where, and how often in which way.
func (w *world) unmet(key, more string) string {
	w.t.Helper()
	var lines []string
	for token := ""; ; {
		a := w.bothDoors(key, "demand/ListUnmetDemand", today(fmt.Sprintf(`,"pageSize":2,"pageToken":%q%s`, token, more)))
		for i := 0; a.at("demands", i) != nil; i++ {
			at := func(name string) string { return fmt.Sprint(cmp.Or(a.at("demands", i, name), any("0"))) }
			line := fmt.Sprintf("%s %s%s %v", at("location"), strings.Trim(at("sku"), "0"), strings.Trim(at("words"), "0"), a.at("demands", i, "optionValues"))
			for _, name := range []string{
				"searches", "asked", "askedProduct", "holdsRefused", "ordersRefused", "exchangesRefused", "transfersRefused", "unitsWanted", "unitsShort",
			} {
				if n := at(name); n != "0" {
					line += " " + name + "=" + n
				}
			}
			lines = append(lines, strings.Replace(line, "<nil> ", "", 1))
		}
		if token = fmt.Sprint(cmp.Or(a.at("nextPageToken"), any(""))); token == "" {
			return strings.Join(lines, "\n")
		}
	}
}

// TestUnmetDemand looks for what is not there, in every way there is, and finds it in the report.
func TestUnmetDemand(t *testing.T) {
	w := openShop(t)
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), paid("CARD", 1000)))
	recording(w, time.Hour)
	shirts := func(quantity int) string {
		return fmt.Sprintf(`{"location":"milan","channel":"web","owner":"a","lines":[{"sku":"SHIRT-S","quantity":"1"},{"sku":"SHIRT-M","quantity":"%d"}]}`, quantity)
	}
	w.must("site", "stock/HoldStock", shirts(1)) // one of two is left, which the channel keeps
	for range 2 {
		w.refused("site", "stock/HoldStock", shirts(9), "OUT_OF_STOCK", "") // over both doors: twice each
	}
	w.refused("shop", "orders/PlaceOrder", online(goods("HAT", 500, "PICKUP", "milan"), ""), "OUT_OF_STOCK", "")
	w.refused("staff", "stock/ShipTransfer", `{"fromLocation":"rome","toLocation":"milan","lines":[{"sku":"HAT","quantity":"101"}]}`, "OUT_OF_STOCK", "")
	w.refused("staff", "returns/ExchangeGoods", returned("milan", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"),
		`,"sale":`+with(basket("till", "milan", goods("SOCK", 700, "PICKUP", "milan"), ""), `,"requestId":"`+nobody+`"`)), "OUT_OF_STOCK", "")
	w.must("site", "stock/GetAvailability", `{"skus":["SHIRT-S","SHIRT-M"],"locations":["rome","moon"],"channel":"web"}`)
	w.must("site", "stock/GetAvailability", `{"product":"shirt","locations":["moon"],"channel":"web"}`)
	w.must("shop", "stock/GetAvailability", `{"skus":["SHIRT-S","HAT"],"channel":"shop"}`)                                  // somewhere there are
	w.must("shop", "orders/QuoteOrder", online(goods("SOCK", 1, "SHIP", "rome")+","+goods("HAT", 101, "SHIP", "rome"), "")) // of hats there are some
	w.must("staff", "stock/GetSizeMatrix", `{"location":"rome","product":"shirt"}`)
	w.must("site", "catalog/SearchProducts", `{"query":"Pantalón AZUL","channel":"web","language":"ES","location":"rome"}`)
	w.must("site", "catalog/SearchProducts", `{"query":"linen shirt","channel":"web"}`)
	want := strings.Join([]string{
		"milan HAT [] ordersRefused=2 unitsWanted=1000 unitsShort=802",
		"milan SHIRT-M [M] holdsRefused=4 unitsWanted=36 unitsShort=36",
		"milan SOCK [] exchangesRefused=2 unitsWanted=1400 unitsShort=1200",
		"moon SHIRT-M [M] asked=1 askedProduct=1",
		"moon SHIRT-S [S] asked=1 askedProduct=1",
		"rome pantalon azul [] searches=1",
		"rome HAT [] transfersRefused=2 unitsWanted=202 unitsShort=2",
		"rome SHIRT-M [M] asked=1 askedProduct=1",
		"rome SOCK [] asked=1",
	}, "\n")
	w.stop() // what was seen is recorded when a process stops
	w.start()
	if got := w.unmet("staff", ""); got != want {
		t.Errorf("reported:\n%s\nwant:\n%s", got, want)
	}
	rome := func(got string) bool { return strings.HasPrefix(got, "rome") && !strings.Contains(got, "milan") }
	if got := w.unmet("staff", `,"location":"rome"`); !rome(got) {
		t.Errorf("in Rome:\n%s", got)
	}
	if got := w.unmet("staff", `,"channel":"till"`); !strings.HasPrefix(got, "milan SOCK") || strings.Contains(got, "\n") {
		t.Errorf("through the till:\n%s", got)
	}
	if got := w.unmet("staff", `,"product":"hat"`); got != "milan HAT [] ordersRefused=2 unitsWanted=1000 unitsShort=802\nrome HAT [] transfersRefused=2 unitsWanted=202 unitsShort=2" {
		t.Errorf("of hats:\n%s", got)
	}
	for body, field := range map[string]string{
		`{"fromDay":"2026-02-30","untilDay":"2026-03-01"}`:                 "from_day",
		`{"fromDay":"2026-02-03","untilDay":"2026-02-01"}`:                 "until_day",
		`{"fromDay":"2024-02-03","untilDay":"2026-02-01"}`:                 "until_day",
		`{"fromDay":"yesterday","untilDay":"2026-02-01"}`:                  "from_day",
		`{"fromDay":"2026-02-01","untilDay":"2026-02-01","pageToken":"%"}`: "page_token",
	} {
		for _, method := range []string{"demand/ListUnmetDemand", "demand/ListSearches"} {
			w.refused("staff", method, body, "INVALID_REQUEST", field)
		}
	}
	w.refused("site", "demand/ListUnmetDemand", today(`,"channel":"web"`), "PERMISSION_DENIED", "")
	w.refused("tablet", "demand/ListSearches", today(`,"location":"milan","channel":"till"`), "PERMISSION_DENIED", "")

	t.Run("what was seen is recorded every so often", func(t *testing.T) {
		recording(w, 100*time.Millisecond)
		w.must("site", "catalog/SearchProducts", `{"query":"zeppelin","channel":"web"}`)
		eventually(t, "it is recorded", func() bool { return w.count("select count(*) from demand_lines where words = 'zeppelin'") > 0 })
		if got := w.unmet("staff", `,"location":"head-office"`); got != "head-office zeppelin [] searches=1" {
			t.Errorf("after a stop: %s", got)
		}
	})
	t.Run("nothing is recorded where that is turned off", func(t *testing.T) {
		recording(w, 0)
		before := w.fingerprint()
		w.must("site", "catalog/SearchProducts", `{"query":"airship","channel":"web"}`)
		w.stop()
		w.start()
		if after := w.fingerprint(); after != before {
			t.Errorf("%s\n%s", before, after)
		}
	})
	heard := func(key string) int {
		events := w.must(key, "events/ListEvents", `{"pageSize":1000}`)
		n := 0
		for i := 0; events.at("events", i) != nil; i++ {
			if events.at("events", i, "kind") == "DemandRecorded" {
				n++
			}
		}
		return n
	}
	if staff, site := heard("staff"), heard("site"); staff != 5 || site != 0 {
		t.Errorf("staff are told of %d records, and a site of %d", staff, site)
	}
	w.audit()
}

// TestDemandAround asks and finds around places: what no place has is wanted at the nearest.
func TestDemandAround(t *testing.T) {
	w := openTown(t)
	recording(w, time.Hour)
	w.refused("shop", "stock/FindAndHold", finding("SOCK", 500, ""), "OUT_OF_STOCK", "")
	w.refused("shop", "stock/FindAndHold", strings.Replace(finding("HAT", 1, ""), `{"location":"milan"}`, `{"latitudeE7":1,"radiusMetres":"1000"}`, 1), "OUT_OF_STOCK", "")
	near := func(skus, near string) {
		w.must("shop", "stock/GetAvailability", fmt.Sprintf(`{"skus":[%s],"channel":"shop","near":%s}`, skus, near))
	}
	near(`"SHIRT-M","HAT"`, `{"location":"bergamo","radiusMetres":"20000"}`)
	near(`"SHIRT-M"`, `{"latitudeE7":455845000,"longitudeE7":92744000,"radiusMetres":"5000"}`) // monza
	near(`"SHIRT-M"`, `{"latitudeE7":1,"radiusMetres":"5000"}`)                                // the sea
	w.must("shop", "stock/GetSizeMatrix", `{"location":"bergamo","product":"shirt","channel":"shop"}`)
	w.stop()
	w.start()
	want := strings.Join([]string{
		"bergamo SHIRT-M [M] asked=1 askedProduct=1",
		"bergamo SHIRT-S [S] askedProduct=1",
		"head-office HAT [] holdsRefused=2 unitsWanted=2 unitsShort=2",
		"head-office SHIRT-M [M] asked=1",
		"milan SOCK [] holdsRefused=2 unitsWanted=1000 unitsShort=800",
		"monza SHIRT-M [M] asked=1",
	}, "\n")
	if got := w.unmet("staff", ""); got != want {
		t.Errorf("reported:\n%s\nwant:\n%s", got, want)
	}
	w.audit()
}

// TestSearchesAreRecorded searches in many ways, and finds who looked for what, where and with what result.
func TestSearchesAreRecorded(t *testing.T) {
	w := open(t)
	recording(w, time.Hour)
	search := func(key, more string) { w.must(key, "catalog/SearchProducts", `{"channel":"web"`+more+`}`) }
	for range 3 {
		search("site", `,"query":"Linen SHIRT","location":"milan"`)
	}
	search("staff", `,"query":"trousers","options":["Size=M"],"inStockAt":"rome"`)
	search("staff", `,"query":"4006381333931","language":"es-ES"`)
	search("site", ``)                   // lists all, and looks for nothing
	search("site", `,"query":" ,;  "`)   // no words
	search("site", `,"department":"xx"`) // no words, but a filter
	page := w.must("staff", "catalog/SearchProducts", `{"query":"shirt","pageSize":1}`)
	if page.at("nextPageToken") != nil && page.at("nextPageToken") != "" {
		t.Fatal("there is one shirt")
	}
	w.stop()
	w.start()
	var lines []string
	for token := ""; ; {
		a := w.bothDoors("staff", "demand/ListSearches", today(fmt.Sprintf(`,"pageSize":2,"pageToken":%q`, token)))
		for i := 0; a.at("searches", i) != nil; i++ {
			var facts []string
			for _, name := range []string{"words", "filters", "sku", "location", "channel", "language", "times", "timesInVain", "foundLeast", "foundMost"} {
				if v := a.at("searches", i, name); v != nil && v != "" && v != "0" {
					facts = append(facts, fmt.Sprint(name, "=", v))
				}
			}
			lines = append(lines, strings.Join(facts, " "))
		}
		if token = fmt.Sprint(cmp.Or(a.at("nextPageToken"), any(""))); token == "" {
			break
		}
	}
	want := []string{
		"words=linen shirt location=milan channel=web times=3 foundLeast=1 foundMost=1",
		"filters=department=xx location=head-office channel=web times=1 timesInVain=1",
		"words=4006381333931 sku=SHIRT-S location=head-office channel=web language=es-es times=1 foundLeast=1 foundMost=1",
		"words=shirt location=head-office times=1 foundLeast=1 foundMost=1",
		"words=trousers filters=Size=M, in stock at=rome location=rome channel=web times=1 timesInVain=1",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("searched:\n%s\nwant:\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	vain := w.bothDoors("staff", "demand/ListSearches", today(`,"inVain":true,"location":"rome"`))
	if all, _ := vain.at("searches").([]any); len(all) != 1 || vain.at("searches", 0, "words") != "trousers" {
		t.Errorf("in vain in Rome: %v", vain.body)
	}
	w.audit()
}

// TestNoCustomerIsRecordedWithoutConsent searches for somebody, who has agreed or not, and finds her nowhere but where she has.
func TestNoCustomerIsRecordedWithoutConsent(t *testing.T) {
	w := open(t)
	recording(w, time.Hour)
	for i, more := range []string{
		`,"customer":"` + ada + `"`, `,"customer":"` + ada + `","customerAgrees":false`, `,"customerAgrees":true`,
	} {
		w.must("site", "catalog/SearchProducts", fmt.Sprintf(`{"channel":"web","query":"silent%d"%s}`, i, more))
	}
	w.must("ada", "catalog/SearchProducts", `{"channel":"web","query":"silenta"}`)
	w.must("ada", "catalog/SearchProducts", `{"channel":"web","query":"silentb","customer":"`+ada+`"}`)
	w.refused("ada", "catalog/SearchProducts", `{"channel":"web","query":"other","customer":"`+bob+`","customerAgrees":true}`, "PERMISSION_DENIED", "")
	w.refused("site", "catalog/SearchProducts", `{"channel":"web","query":"x","customer":"ada","customerAgrees":true}`, "INVALID_REQUEST", "customer")
	w.must("ada", "catalog/SearchProducts", `{"channel":"web","query":"hers","customer":"`+strings.ToUpper(ada)+`","customerAgrees":true}`)
	w.must("site", "catalog/SearchProducts", `{"channel":"web","query":"hers too","customer":"`+ada+`","customerAgrees":true}`)
	w.refused("site", "stock/HoldStock", `{"location":"milan","channel":"web","owner":"`+bob+`","lines":[{"sku":"SHIRT-S","quantity":"99"}]}`, "OUT_OF_STOCK", "")
	w.stop()
	w.start()
	if n := w.count("select count(*) from demand_lines where customer is null"); n != 6 {
		t.Errorf("%d lines name nobody", n)
	}
	if n := w.count("select count(*) from demand_lines where customer = $1 and words like 'hers%'", ada); n != 2 {
		t.Errorf("%d lines name who agreed", n)
	}
	if n := w.count("select count(*) from demand_lines where customer is not null and words not like 'hers%' or customer <> $1", ada); n != 0 {
		t.Errorf("%d lines name who did not agree", n)
	}
	if n := w.count("select count(*) from events where kind = 'DemandRecorded' and convert_from(body, 'UTF8') like '%' || $1 || '%'", bob); n != 0 {
		t.Errorf("%d events name who did not agree", n)
	}
	w.audit()
}
