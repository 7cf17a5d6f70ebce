package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func finding(sku string, quantity int, more string) string {
	return fmt.Sprintf(`{"channel":"shop","owner":"a","near":{"location":"milan"},"lines":[{"sku":%q,"quantity":"%d"}]%s}`, sku, quantity, more)
}

// TestFindAndHold holds at the nearest place that has all of it, over both doors.
func TestFindAndHold(t *testing.T) {
	w := openTown(t)
	held := func(a answer, location, metres string) {
		t.Helper()
		w.want(a, map[string]any{"hold.location": location, "distanceMetres": metres, "hold.state": "HOLD_STATE_HELD"})
	}
	held(w.must("shop", "stock/FindAndHold", finding("HAT", 2, "")), "milan", "0")
	held(w.rest("shop", "stock/FindAndHold", finding("HAT", 2, "")), "milan", "0")
	w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"HAT","units":"100","method":"FULFILMENT_METHOD_PICKUP"}]}`)
	pickup := `,"method":"FULFILMENT_METHOD_PICKUP"`
	held(w.must("shop", "stock/FindAndHold", finding("HAT", 2, pickup)), "monza", "14851") // no customer walks into the depot
	held(w.must("shop", "stock/FindAndHold", finding("HAT", 2, pickup)), "bergamo", "45883")
	request := strings.Replace(finding("HAT", 5, pickup), "{", `{"requestId":"`+newUUID()+`",`, 1)
	first := w.must("shop", "stock/FindAndHold", request)
	held(first, "bergamo", "45883")
	w.must("staff", "locations/PutChannel", `{"channel":{"code":"shop","name":"Shop","kind":"CHANNEL_KIND_ONLINE_STORE","priceLists":["eur"],"sellingLocation":"online",
		"holdTime":"900s","exposure":{"kind":"EXPOSURE_KIND_BAND"}}}`)
	for _, again := range []answer{w.must("shop", "stock/FindAndHold", request), w.rest("shop", "stock/FindAndHold", request)} {
		if diff := cmp.Diff(first.body, again.body); diff != "" { // though nothing is left of it by now
			t.Errorf("answered otherwise: %s", diff)
		}
	}
	none := w.refused("staff", "stock/FindAndHold", finding("HAT", 2, pickup), "OUT_OF_STOCK", "")
	want := map[string]string{
		"places[0].location": "milan", "places[0].distance_metres": "0", "places[0].lines[0].sku": "HAT", "places[0].lines[0].wanted": "2", "places[0].lines[0].available": "0",
		"places[1].location": "monza", "places[1].distance_metres": "14851", "places[1].lines[0].sku": "HAT", "places[1].lines[0].wanted": "2", "places[1].lines[0].available": "1",
		"places[2].location": "bergamo", "places[2].distance_metres": "45883", "places[2].lines[0].sku": "HAT", "places[2].lines[0].wanted": "2", "places[2].lines[0].available": "0",
	}
	if diff := cmp.Diff(want, none.details); diff != "" {
		t.Error(diff)
	}
	bound := w.refused("shop", "stock/FindAndHold", finding("HAT", 2, pickup), "OUT_OF_STOCK", "")
	if bound.details["places[1].lines[0].available"] != "FEW" || strings.Contains(bound.message, "has 1 ") {
		t.Errorf("a key that sees bands is told %q, %v", bound.message, bound.details)
	}
	w.must("staff", "stock/ReceiveStock", `{"location":"bergamo","lines":[{"sku":"SHIRT-S","quantity":"9"}]}`)
	part := w.refused("staff", "stock/FindAndHold", strings.Replace(finding("HAT", 2, pickup), `"lines":[`, `"lines":[{"sku":"SHIRT-S","quantity":"9"},{"sku":"SOCK","quantity":"1"},`, 1), "OUT_OF_STOCK", "")
	if part.details["partial.location"] != "milan" || part.details["partial.lines"] != "2" {
		t.Errorf("%v", part.details)
	}
	t.Run("a key of a place asks around it", func(t *testing.T) {
		w := w.in(t)
		around := func(near string) string {
			return `{"channel":"till","owner":"a","near":` + near + `,"lines":[{"sku":"SOCK","quantity":"1"}]}`
		}
		w.must("till", "stock/FindAndHold", around(`{"location":"milan"}`))
		w.refuse("rome", "stock/FindAndHold", around(`{"location":"milan"}`), "PERMISSION_DENIED", "")
		w.refuse("till", "stock/FindAndHold", around(`{"latitudeE7":454641000,"longitudeE7":91919000}`), "PERMISSION_DENIED", "")
	})
	w.audit()
}

// TestEverybodyFinds sends many shoppers after few units in several shops: each unit is held once, nobody is refused while there are
// any, and nobody is promised what is not there.
func TestEverybodyFinds(t *testing.T) {
	w := openTown(t)
	const shoppers, units = 60, 3 + 7 + 50
	w.must("staff", "stock/AdjustStock", `{"location":"milan","lines":[{"sku":"HAT","difference":"-100"}],"reason":"lost"}`)
	var mu sync.Mutex
	places, refused := map[any]int{}, 0
	var group sync.WaitGroup
	for range shoppers {
		group.Go(func() {
			for range 2 { // twice as many as there are
				a := w.grpcCall("shop", "stock/FindAndHold", finding("HAT", 1, ""))
				for a.reason == "STALE" { // others were faster, three times in a row
					a = w.grpcCall("shop", "stock/FindAndHold", finding("HAT", 1, ""))
				}
				mu.Lock()
				if a.body != nil {
					places[a.at("hold", "location")]++
				} else if refused++; a.reason != "OUT_OF_STOCK" {
					t.Errorf("%s %s", a.reason, a.message)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff(map[any]int{"depot": 50, "monza": 3, "bergamo": 7}, places); diff != "" || refused != 2*shoppers-units {
		t.Errorf("%d were refused; held: %s", refused, diff)
	}
	w.audit()
}
