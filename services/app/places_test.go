package app_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/app"
	"github.com/aisle-retail/aisle/services/pgtest"
)

// openTown starts a world with stores in and around Milan, and a warehouse. Distances are those of a map.
func openTown(t *testing.T) *world {
	t.Helper()
	w := openShop(t)
	w.furnishTown()
	return w
}

func (w *world) furnishTown() {
	w.t.Helper()
	hours := func(from, to string) string {
		var all []string
		for day := 1; day <= 7; day++ {
			all = append(all, fmt.Sprintf(`{"weekday":%d,"opens":%q,"closes":%q}`, day, from, to))
		}
		return strings.Join(all, ",")
	}
	at := func(code, kind, more string, latitude, longitude int) string {
		return fmt.Sprintf(`{"location":{"code":%q,"name":"Shop of %s","kind":"LOCATION_KIND_%s","timeZone":"Europe/Rome","currencyCode":"EUR","taxJurisdiction":"IT",
			"address":{"street":"Via 1","city":%q,"countryCode":"IT"},"latitudeE7":%d,"longitudeE7":%d%s}}`, code, code, kind, code, latitude, longitude, more)
	}
	for _, body := range []string{
		at("milan", "STORE", `,"openingHours":[`+hours("00:00", "24:00")+`],"leadTime":"3600s"`, 454641000, 91919000),
		at("monza", "STORE", `,"openingHours":[`+hours("00:00", "24:00")+`],"specialDays":[{"date":"2020-01-01","name":"New Year"}]`, 455845000, 92744000),
		at("bergamo", "STORE", "", 456983000, 96773000),
		at("rome", "STORE", "", 419028000, 124964000),
		at("depot", "WAREHOUSE", "", 454800000, 92000000),
		at("gone", "STORE", `,"closed":true`, 454641000, 91919000),
	} {
		w.must("staff", "locations/PutLocation", body)
	}
	for _, body := range []string{
		`{"location":"monza","lines":[{"sku":"HAT","quantity":"3"}]}`, `{"location":"bergamo","lines":[{"sku":"HAT","quantity":"7"},{"sku":"SOCK","quantity":"2"}]}`,
		`{"location":"depot","lines":[{"sku":"HAT","quantity":"50"}]}`, `{"location":"gone","lines":[{"sku":"HAT","quantity":"9"}]}`,
	} {
		w.must("staff", "stock/ReceiveStock", body)
	}
}

// named are the codes under a path of an answer.
func named(a answer, list, name string) (codes []string) {
	all, _ := a.at(list).([]any)
	for _, one := range all {
		codes = append(codes, one.(map[string]any)[name].(string))
	}
	return codes
}

// TestNearby asks what is around a point, over both doors.
func TestNearby(t *testing.T) {
	w := openTown(t)
	ask := func(near, more string) answer {
		t.Helper()
		body := `{"skus":["SOCK","HAT"],"channel":"shop","near":` + near + more + `}`
		first, second := w.must("shop", "stock/GetAvailability", body), w.rest("shop", "stock/GetAvailability", body)
		for _, a := range []answer{first, second} { // the clock goes on
			for i := range a.at("places").([]any) {
				delete(a.at("places", i).(map[string]any), "pickupReadyAt")
			}
		}
		if diff := cmp.Diff(first.body, second.body); diff != "" {
			t.Errorf("the doors differ: %s", diff)
		}
		return first
	}
	for _, c := range []struct{ name, near, more, want string }{
		{"by a place", `{"location":"milan"}`, "", "milan depot monza bergamo"},
		{"by a point", `{"latitudeE7":456983000,"longitudeE7":96773000,"radiusMetres":"60000"}`, "", "bergamo monza depot milan"},
		{"within a radius", `{"location":"milan","radiusMetres":"20000"}`, "", "milan depot monza"},
		{"to the metre", `{"location":"milan","radiusMetres":"14850"}`, "", "milan depot"},
		{"the nearest of them", `{"location":"milan","maxPlaces":2}`, "", "milan depot"},
		{"where a customer walks in", `{"location":"milan"}`, `,"method":"FULFILMENT_METHOD_PICKUP"`, "milan monza bergamo"},
		{"far away", `{"location":"milan","radiusMetres":"600000"}`, `,"method":"FULFILMENT_METHOD_PICKUP"`, "milan monza bergamo rome"},
		{"where there is any", `{"latitudeE7":455845000,"longitudeE7":92744000,"maxPlaces":3,"sellableOnly":true}`, "", "monza depot milan"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(c.near, c.more)
			places := named(a, "places", "location")
			if got := strings.Join(places, " "); got != c.want {
				t.Errorf("the places are %s, not %s", got, c.want)
			}
			var want []string // by SKU in the order asked, then nearest first
			for range 2 {
				want = append(want, places...)
			}
			if got := named(a, "levels", "location"); !slices.Equal(got, want) {
				t.Errorf("the levels are at %v", got)
			}
		})
	}
	t.Run("with what a list of places shows", func(t *testing.T) {
		a := ask(`{"location":"milan"}`, "")
		w.in(t).want(a, map[string]any{
			"places.0.distanceMetres": "0", "places.2.distanceMetres": "14851", "places.3.distanceMetres": "45883", "places.2.name": "Shop of monza",
			"places.2.address.city": "monza", "places.2.kind": "LOCATION_KIND_STORE", "places.2.opening.open": true, "places.2.opening.timeZone": "Europe/Rome",
			"levels.0.sku": "SOCK", "levels.2.available": "0", "levels.3.sellable": "2", "levels.7.sellable": "7", "levels.5.sellable": "50",
		})
		if _, told := a.at("places", 3).(map[string]any)["opening"]; told {
			t.Error("a place without public hours is open, or closed")
		}
		places := w.in(t).do("staff", "stock/GetAvailability", `{"skus":["HAT"],"locations":["monza","milan"],"places":true}`)
		if got := named(places, "places", "location"); !slices.Equal(got, []string{"milan", "monza"}) {
			t.Errorf("the places are %v", got)
		}
		ready, err := time.Parse(time.RFC3339, places.at("places", 0, "pickupReadyAt").(string))
		if left := time.Until(ready); err != nil || left > time.Hour || left < time.Hour-time.Minute {
			t.Errorf("a pickup is ready in %s: %v", left, err)
		}
	})
	t.Run("of all variants of a product", func(t *testing.T) {
		a := w.in(t).do("staff", "stock/GetAvailability", `{"product":"shirt","locations":["milan"]}`)
		if got := named(a, "levels", "sku"); !slices.Equal(got, []string{"SHIRT-S", "SHIRT-M"}) {
			t.Errorf("the SKUs are %v", got)
		}
	})
	t.Run("read after it was written", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "stock/AdjustStock", `{"location":"monza","lines":[{"sku":"HAT","difference":"-3"}],"reason":"theft"}`)
		a := w.do("shop", "stock/GetAvailability", `{"skus":["HAT"],"channel":"shop","near":{"location":"monza","radiusMetres":"1000","sellableOnly":true}}`)
		if len(named(a, "places", "location")) != 0 {
			t.Errorf("%v", a.body)
		}
		w.must("staff", "stock/ReceiveStock", `{"location":"monza","lines":[{"sku":"HAT","quantity":"3"}]}`)
	})
	w.audit()
}

// TestSizeMatrix asks for a product here, nearby and to be sent.
func TestSizeMatrix(t *testing.T) {
	w := openTown(t)
	w.must("staff", "catalog/PutProduct", `{"product":{"code":"boot","title":"Boot","taxCategory":"standard",
		"options":[{"name":"Size","values":["XS","S","M"]},{"name":"Colour","values":["red","blue"]}],"variants":[
		{"sku":"M-BLUE","optionValues":["M","blue"]},{"sku":"S-RED","optionValues":["S","red"]},{"sku":"M-RED","optionValues":["M","red"]},
		{"sku":"XS-RED","optionValues":["XS","red"]}]}}`)
	for place, lines := range map[string]string{
		"milan": `{"sku":"S-RED","quantity":"2"}`, "monza": `{"sku":"M-RED","quantity":"1"}`, "bergamo": `{"sku":"M-RED","quantity":"4"},{"sku":"S-RED","quantity":"6"}`,
		"depot": `{"sku":"M-BLUE","quantity":"9"},{"sku":"S-RED","quantity":"3"}`, "gone": `{"sku":"XS-RED","quantity":"9"}`,
	} {
		w.must("staff", "stock/ReceiveStock", `{"location":"`+place+`","lines":[`+lines+`]}`)
	}
	w.must("staff", "stock/PutBuffers", `{"location":"bergamo","buffers":[{"units":"1","method":"FULFILMENT_METHOD_PICKUP"}]}`)
	read := func(a answer) (cells []string) {
		t.Helper()
		for i := range a.at("cells").([]any) {
			cell := a.at("cells", i).(map[string]any)
			show := func(name string) any {
				shown := cell[name].(map[string]any)
				if shown["band"] != "STOCK_BAND_UNSPECIFIED" {
					return strings.TrimPrefix(shown["band"].(string), "STOCK_BAND_")
				}
				return shown["units"]
			}
			cells = append(cells, fmt.Sprintf("%s %v here %v nearby %v at %s %s online %v", cell["sku"], cell["optionValues"],
				show("here"), show("nearby"), cell["nearestLocation"], cell["nearestDistanceMetres"], show("online")))
		}
		return cells
	}
	want := []string{
		"XS-RED [XS red] here 0 nearby 0 at  0 online 0",
		"S-RED [S red] here 2 nearby 5 at bergamo 45883 online 3",
		"M-RED [M red] here 0 nearby 4 at monza 14851 online 0",
		"M-BLUE [M blue] here 0 nearby 0 at  0 online 9",
	}
	ask := `{"location":"milan","product":"boot","channel":"shop"}`
	for _, a := range []answer{w.must("staff", "stock/GetSizeMatrix", ask), w.rest("shop", "stock/GetSizeMatrix", ask)} {
		if diff := cmp.Diff(want, read(a)); diff != "" {
			t.Error(diff)
		}
		w.want(a, map[string]any{"title": "Boot", "options.0.name": "Size", "options.0.values.0": "XS", "options.1.name": "Colour"})
		if got := named(a, "places", "location"); !slices.Equal(got, []string{"monza", "bergamo"}) {
			t.Errorf("the places are %v", got)
		}
	}
	t.Run("of a product with one option, and with none", func(t *testing.T) {
		w := w.in(t)
		shirt, hat := w.do("staff", "stock/GetSizeMatrix", `{"location":"milan","product":"shirt"}`), w.do("staff", "stock/GetSizeMatrix", `{"location":"bergamo","product":"hat"}`)
		if got := named(shirt, "cells", "sku"); !slices.Equal(got, []string{"SHIRT-S", "SHIRT-M"}) {
			t.Errorf("%v", got)
		}
		if got := read(hat); !slices.Equal(got, []string{"HAT [] here 7 nearby 103 at monza 33782 online 50"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("shows bands to a key that is bound to them", func(t *testing.T) {
		w := w.in(t)
		w.must("staff", "locations/PutChannel", `{"channel":{"code":"shop","name":"Shop","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"sellingLocation":"online",
			"holdTime":"900s","exposure":{"kind":"EXPOSURE_KIND_BAND","fewFrom":"2","manyFrom":"5"}}}`)
		// What a place calls none adds nothing to what is nearby, and is not the nearest.
		if diff := cmp.Diff([]string{
			"XS-RED [XS red] here NONE nearby NONE at  0 online NONE", "S-RED [S red] here FEW nearby MANY at bergamo 45883 online FEW",
			"M-RED [M red] here NONE nearby FEW at bergamo 45883 online NONE", "M-BLUE [M blue] here NONE nearby NONE at  0 online MANY",
		}, read(w.must("shop", "stock/GetSizeMatrix", ask))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, read(w.must("staff", "stock/GetSizeMatrix", ask))); diff != "" {
			t.Error(diff)
		}
	})
	w.audit()
}

// TestSizeMatrixIsOneLook asks for 60 variants over 300 places, and counts the statements: one for each table at most.
func TestSizeMatrixIsOneLook(t *testing.T) {
	db := pgtest.New(t)
	line, err := pgtest.StartProxy(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	w := &world{t: t, db: db, configure: func(*app.Config) (string, *slog.Logger) { return line.URL(), slog.New(slog.DiscardHandler) }}
	w.start()
	t.Cleanup(w.stop)
	w.furnish()
	var sizes, colours, variants []string
	for size := range 12 {
		sizes = append(sizes, fmt.Sprintf(`"%d"`, 36+size))
		for colour := range 5 {
			variants = append(variants, fmt.Sprintf(`{"sku":"SHOE-%d-%d","optionValues":["%d","c%d"]}`, size, colour, 36+size, colour))
		}
	}
	for colour := range 5 {
		colours = append(colours, fmt.Sprintf(`"c%d"`, colour))
	}
	w.do("staff", "catalog/PutProduct", `{"product":{"code":"shoe","title":"Shoe","taxCategory":"standard","options":[{"name":"Size","values":[%s]},
		{"name":"Colour","values":[%s]}],"variants":[%s]}}`, strings.Join(sizes, ","), strings.Join(colours, ","), strings.Join(variants, ","))
	// The rows are written past the program, for it is the reading that is looked at.
	w.sql(`insert into locations (code, name, kind, address, latitude_e7, longitude_e7, time_zone, currency, tax_jurisdiction, opening_hours, gln, recorded_at, version, seal)
		select 'shop-' || n, 'Shop ' || n, case when n % 10 = 0 then 'WAREHOUSE' else 'STORE' end, '{}', 454641000 + n * 1000, 91919000, 'Europe/Rome', 'EUR', 'IT', '[]', '', now(), 1, 0
		from generate_series(1, 300) n`)
	w.sql(`insert into stock_levels (location, sku, available, held, committed, inspection, damaged, quarantine, incoming, version, recorded_at, seal)
		select 'shop-' || n, 'SHOE-' || s || '-' || c, (n + s + c) % 4, 0, 0, 0, 0, 0, 0, 1, now(), 0
		from generate_series(1, 300) n, generate_series(0, 11) s, generate_series(0, 4) c`)
	line.Statements()
	began := time.Now()
	a := w.must("staff", "stock/GetSizeMatrix", `{"location":"shop-1","product":"shoe","channel":"web"}`)
	took, executed := time.Since(began), line.Statements()
	t.Logf("%d cells over 300 places in %s, by %v", len(a.at("cells").([]any)), took, executed)
	if len(a.at("cells").([]any)) != 60 {
		t.Errorf("there are %d cells", len(a.at("cells").([]any)))
	}
	slices.Sort(executed)
	executed = slices.DeleteFunc(executed, func(s string) bool { // the sweeper's, which looks now and then
		return strings.HasPrefix(s, "expired_") || strings.HasPrefix(s, "unpaid_") || s == "carts_left" || s == "unsent_returns"
	})
	if diff := cmp.Diff([]string{"buffers_of_places", "channel_by_code", "levels_of", "locations_after", "product_by_code"}, executed); diff != "" {
		t.Error(diff)
	}
}
