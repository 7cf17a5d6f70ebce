package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKeptForTheCustomer keeps units at a store without payment, asked for in any channel, until it closes; the store sees for whom,
// and its till sells them.
func TestKeptForTheCustomer(t *testing.T) {
	w := openTown(t)
	var hours string
	for day := 1; day <= 7; day++ {
		hours += fmt.Sprintf(`,{"weekday":%d,"opens":"00:00","closes":"12:00"},{"weekday":%d,"opens":"12:30","closes":"23:59"}`, day, day)
	}
	w.must("staff", "locations/PutLocation", `{"location":{"code":"milan","name":"Milan","kind":"LOCATION_KIND_STORE","timeZone":"Europe/Rome","currencyCode":"EUR",
		"taxJurisdiction":"IT","latitudeE7":454641000,"longitudeE7":91919000,"openingHours":[`+hours[1:]+`]}}`)
	closing := func(now time.Time) time.Time {
		rome, err := time.LoadLocation("Europe/Rome")
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := now.In(rome).Date()
		closes := time.Date(y, m, d, 23, 59, 0, 0, rome)
		if closes.Sub(now) < 2*time.Hour {
			closes = time.Date(y, m, d+1, 23, 59, 0, 0, rome)
		}
		return closes.UTC()
	}
	kept := func(owner, method, more string) answer {
		t.Helper()
		before := time.Now()
		a := w.rest("shop", method, fmt.Sprintf(`{"channel":"shop","owner":%q,"lines":[{"sku":"HAT","quantity":"2"}],"untilClosing":true%s}`, owner, more))
		hold := a
		if method == "stock/FindAndHold" {
			hold = answer{body: a.at("hold").(map[string]any)}
		}
		until, err := time.Parse(time.RFC3339, hold.at("expiresAt").(string))
		if err != nil || !until.Equal(closing(before)) && !until.Equal(closing(time.Now())) { // it may have become the next day's meanwhile
			t.Errorf("kept until %v, not %s: %v", until, closing(before), err)
		}
		return hold
	}
	anna := kept("Anna", "stock/HoldStock", `,"location":"milan"`)
	bruno := kept("Bruno", "stock/FindAndHold", `,"near":{"location":"milan"}`)
	w.must("shop", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"cart","lines":[{"sku":"SOCK","quantity":"1"}],"timeToLive":"600s"}`)
	around := w.must("shop", "stock/HoldStock", `{"location":"monza","channel":"shop","owner":"cart","lines":[{"sku":"HAT","quantity":"1"}],"untilClosing":true}`)
	if until, _ := time.Parse(time.RFC3339, around.at("expiresAt").(string)); time.Until(until) > time.Hour { // it never closes
		t.Errorf("kept until %s", until)
	}
	w.refused("shop", "stock/HoldStock", `{"location":"milan","channel":"shop","owner":"a","lines":[{"sku":"HAT","quantity":"1"}],"untilClosing":true,"timeToLive":"9s"}`,
		"INVALID_REQUEST", "time_to_live")

	listed := func(more string) (owners []string) {
		token := ""
		for {
			page := w.rest("staff", "stock/ListHolds", fmt.Sprintf(`{"location":"milan","pageSize":2,"pageToken":%q%s}`, token, more))
			owners = append(owners, named(page, "holds", "owner")...)
			if token, _ = page.at("nextPageToken").(string); token == "" {
				return owners
			}
		}
	}
	if diff := cmp.Diff([]string{"cart", "Anna", "Bruno"}, listed("")); diff != "" {
		t.Errorf("kept at milan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Bruno"}, listed(`,"owner":"Bruno"`)); diff != "" {
		t.Errorf("kept for Bruno (-want +got):\n%s", diff)
	}
	w.must("till", "orders/PlaceOrder", basket("till", "milan", goods("HAT", 2, "CARRY_OUT", "milan"),
		fmt.Sprintf(`,"holds":[{"location":"milan","hold":%q}]`, anna.at("id"))+paid("CASH", 2000)))
	w.must("staff", "stock/ReleaseHold", fmt.Sprintf(`{"location":"milan","hold":%q}`, bruno.at("id")))
	if diff := cmp.Diff([]string{"cart"}, listed("")); diff != "" {
		t.Errorf("kept in the end (-want +got):\n%s", diff)
	}
	if held, there := w.level("milan", "HAT", "held"), w.level("milan", "HAT", "available"); held != "0" || there != "98" {
		t.Errorf("%s held and %s available in the end", held, there)
	}
	w.audit()
}
