package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPickupCode tries codes out across a restart of the process.
func TestPickupCode(t *testing.T) {
	w := openShop(t)
	_, work := w.ready("PICKUP", paid("CARD", 1000))
	right, wrong := w.code(work)
	try := func(code, more string) answer {
		return w.grpcCall("till", "fulfilments/CollectPickup", with(work, shown(code)+more))
	}
	tries := func() any { return w.must("till", "fulfilments/GetFulfilment", work).at("codeTries") }
	repeated := fmt.Sprintf(`{"requestId":%q,`, newUUID()) + with(work, shown(wrong))[1:]
	for range 3 { // one try, however often the request arrives
		if a := w.grpcCall("till", "fulfilments/CollectPickup", repeated); a.reason != "WRONG_CODE" || a.details["tries_left"] != "4" {
			t.Errorf("%s %v", a.reason, a.details)
		}
	}
	if tries() != float64(1) {
		t.Errorf("%v tries", tries())
	}

	w.conn.Close()
	w.stop()
	w.start() // the cleanup of the world stops this one
	if again, _ := w.code(work); again != right {
		t.Errorf("the code was %s and is %s after a restart", right, again)
	}
	for left := 3; left >= 0; left-- {
		if a := try(wrong, ""); a.reason != "WRONG_CODE" || a.details["tries_left"] != fmt.Sprint(left) {
			t.Errorf("%s %v", a.reason, a.details)
		}
	}
	w.refused("till", "fulfilments/RenewPickupCode", work, "PERMISSION_DENIED", "")
	locked := w.refused("till", "fulfilments/CollectPickup", with(work, shown(right)), "CODE_LOCKED", "")
	if !strings.Contains(locked.message, "which the shopper asks for, or the office") { // the desk may not
		t.Errorf("%+v", locked)
	}
	w.stop()
	w.start()
	if a := try(right, ""); a.reason != "CODE_LOCKED" {
		t.Errorf("a restart opened it: %s", a.reason)
	}

	w.must("staff", "fulfilments/RenewPickupCode", work)
	renewed, _ := w.code(work)
	if renewed == right || tries() != float64(0) {
		t.Errorf("renewed from %s to %s, %v tries", right, renewed, tries())
	}
	if a := try(right, ""); a.reason != "WRONG_CODE" {
		t.Errorf("the old code: %s", a.reason)
	}
	w.must("till", "fulfilments/CollectPickup", with(work, shown(renewed)))
	w.audit()
}

// TestCollectTwice hands a pickup over once: to a repeated request, and to two desks at once.
func TestCollectTwice(t *testing.T) {
	w := openShop(t)
	other := w.another()
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	_, work := w.ready("PICKUP", "")
	right, _ := w.code(work)
	request := fmt.Sprintf(`{"requestId":%q,`, newUUID()) + with(work, shown(right)+paid("CASH", 1500))[1:]
	first := w.must("till", "fulfilments/CollectPickup", request)
	traces := w.fingerprint()
	for _, again := range []answer{w.must("till", "fulfilments/CollectPickup", request), other.rest("till", "fulfilments/CollectPickup", request)} {
		if diff := cmp.Diff(first.body, again.body); diff != "" {
			t.Errorf("answered otherwise: %s", diff)
		}
	}
	if after := w.fingerprint(); after != traces {
		t.Errorf("a repeated request left a trace:\n%s\n%s", traces, after)
	}
	w.refused("till", "fulfilments/CollectPickup", with(work, shown(right)), "ALREADY_COLLECTED", "")

	_, work = w.ready("PICKUP", paid("CARD", 1000))
	right, _ = w.code(work)
	outcomes := atOnce(12, func(i int) answer {
		return []*world{w, other}[i%2].grpcCall("till", "fulfilments/CollectPickup", with(work, shown(right)))
	})
	if outcomes[""] != 1 || outcomes["ALREADY_COLLECTED"] != 11 {
		t.Errorf("twelve desks: %v", outcomes)
	}
	if w.level("milan", "HAT", "committed") != "0" || w.level("milan", "HAT", "available") != "98" {
		t.Error("the hats are not what two handovers left")
	}
	w.audit()
}

// atOnce calls so many times at once, and counts the reasons of the answers; "" is what was carried out.
func atOnce(calls int, call func(i int) answer) map[string]int {
	outcomes := map[string]int{}
	var guard sync.Mutex
	var callers sync.WaitGroup
	for i := range calls {
		callers.Go(func() {
			a := call(i)
			guard.Lock()
			defer guard.Unlock()
			outcomes[a.reason]++
		})
	}
	callers.Wait()
	return outcomes
}

// TestCollectOrCancel lets desks collect, pay and cancel one order at once: one of them does.
func TestCollectOrCancel(t *testing.T) {
	w := openShop(t)
	order, work := w.ready("PICKUP", "")
	right, _ := w.code(work)
	if outcomes := atOnce(8, func(int) answer {
		return w.grpcCall("till", "orders/PayOrder", fmt.Sprintf(`{"order":%q,"location":"milan"%s}`, order.at("id"), paid("CARD", 1000)))
	}); outcomes[""] != 1 || outcomes["NOTHING_OWED"] != 7 {
		t.Errorf("eight payments: %v", outcomes)
	}
	// What waits for the shopper is not given up by whoever may cancel: somebody would have to put it back.
	w.refused("shop", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, order.at("id")), "ALREADY_PICKED", "")
	w.refused("shop", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"picked":true}`, order.at("id")), "PERMISSION_DENIED", "")
	outcomes := atOnce(8, func(i int) answer {
		if i%2 == 0 {
			return w.grpcCall("till", "fulfilments/CollectPickup", with(work, shown(right)))
		}
		return w.grpcCall("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"picked":true}`, order.at("id")))
	})
	done := w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id"))
	if outcomes[""] != 1 || len(outcomes) > 3 || outcomes["INTERNAL"]+outcomes["STALE"] > 0 || done.get("owed.amountMinor") != "0" {
		t.Errorf("%v left %v", outcomes, done.at("state"))
	}
	w.audit()
}

// TestNoShow gives up a pickup that nobody collected, and gives back what was paid.
func TestNoShow(t *testing.T) {
	w := openShop(t)
	other := w.another() // two servers sweep
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	partly := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "rome"), paid("CARD", 2000)))
	half := w.work(partly, "PICKUP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", half)
	first, _ := w.code(half)
	w.must("rome", "fulfilments/CollectPickup", with(half, shown(first)+`,"lines":[{"line":1,"quantity":"1"}]`))
	order, work := w.ready("PICKUP", tenders(tender("CARD", 600, "a"), tender("WALLET", 400, "b")))
	_, renewed := w.ready("PICKUP", paid("CARD", 1000))
	right, _ := w.code(renewed)
	w.later("6 days 23 hours 59 minutes")
	w.must("till", "fulfilments/CollectPickup", with(renewed, shown(right)))
	w.later("1 minute")
	if state := w.must("till", "fulfilments/GetFulfilment", work).at("state"); state != "FULFILMENT_STATE_EXPIRED_NO_SHOW" {
		t.Errorf("past its time it is shown as %v", state)
	}
	eventually(t, "the pickup is given up", func() bool {
		return w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")).at("state") == "ORDER_STATE_CANCELLED"
	})
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")), map[string]any{
		"paymentState": "PAYMENT_STATE_REFUNDED", "lines.0.cancelledQuantity": "1", "owed.amountMinor": "0",
	})
	right, _ = w.code(work)
	eventually(t, "what was left of another is given up", func() bool {
		return w.do("staff", "orders/GetOrder", `{"order":%q}`, partly.at("id")).at("state") == "ORDER_STATE_COMPLETED"
	})
	// Only now is nobody sweeping, whose traces would be taken for the refusal's.
	w.refused("till", "fulfilments/CollectPickup", with(work, shown(right)), "PICKUP_EXPIRED", "")
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, partly.at("id")), map[string]any{
		"lines.0.fulfilledQuantity": "1", "lines.0.cancelledQuantity": "1", "paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED",
	})
	w.wantBook(map[string]int64{"online tender/WALLET": 0, "online tender/CARD": 2000}) // of the two that were collected
	if w.level("milan", "HAT", "available") != "99" || w.level("milan", "HAT", "committed") != "0" {
		t.Error("the hat is not free again")
	}
	w.audit()
}

// TestPromisedWork lists the work of a place by when it was promised, page by page, with what is late.
func TestPromisedWork(t *testing.T) {
	w := openShop(t)
	put := func(hours string) {
		w.must("staff", "locations/PutLocation", strings.Replace(place("milan", "STORE", "IT"), `"code"`, hours+`,"code"`, 1))
	}
	place := func(method string) string {
		return w.work(w.must("shop", "orders/PlaceOrder", online(goods("HAT", 1, method, "milan"), paid("CARD", 1000))), method, "")
	}
	id := func(work string) string { return w.must("staff", "fulfilments/GetFulfilment", work).at("id").(string) }
	put(`"leadTime":"86400s"`)
	slow := place("PICKUP")
	put(`"leadTime":"3600s"`)
	soon, parcel := place("PICKUP"), place("SHIP")
	list := func(sort string) (ids []string, late map[string]any) {
		late = map[string]any{}
		token, asked := "", `{"location":"milan","pageSize":1,"sort":"FULFILMENT_SORT_`+sort+`"`
		for page := 0; page == 0 || token != ""; page++ {
			a := w.must("staff", "fulfilments/ListFulfilments", asked+`,"pageToken":"`+token+`"}`)
			one := a.at("fulfilments", 0, "id").(string)
			ids, token = append(ids, one), a.at("nextPageToken").(string)
			late[one] = a.at("fulfilments", 0, "late")
		}
		return ids, late
	}
	for sort, want := range map[string][]string{
		"UNSPECIFIED": {id(slow), id(soon), id(parcel)}, "PLACED": {id(slow), id(soon), id(parcel)}, "PROMISED": {id(parcel), id(soon), id(slow)},
	} {
		if got, late := list(sort); !slices.Equal(got, want) || late[id(soon)] != false {
			t.Errorf("by %s: %v instead of %v, late: %v", sort, got, want, late)
		}
	}
	shown := w.must("staff", "fulfilments/GetFulfilment", soon)
	placed, _ := time.Parse(time.RFC3339, shown.at("placedAt").(string))
	promised, err := time.Parse(time.RFC3339, shown.at("promisedAt").(string))
	if takes := promised.Sub(placed); err != nil || takes < 59*time.Minute || takes > 61*time.Minute {
		t.Errorf("it is promised after %s, %v", takes, err)
	}
	if promise := w.must("staff", "fulfilments/GetFulfilment", parcel).at("promisedAt"); promise != nil {
		t.Errorf("a shipment is promised for %v", promise)
	}
	put(`"leadTime":"7200s"`) // of no consequence for what was promised before
	if again := w.must("staff", "fulfilments/GetFulfilment", soon).at("promisedAt"); again != shown.at("promisedAt") {
		t.Errorf("it was promised for %v, and now for %v", shown.at("promisedAt"), again)
	}
	w.audit()
	t.Run("late is what is promised for now and not ready", func(t *testing.T) {
		w := w.in(t)
		w.sql("update fulfilments set promised_at = now() - interval '1 minute' where promised_at is not null")
		if ids, late := list("PROMISED"); len(ids) != 3 || late[id(soon)] != true || late[id(slow)] != true || late[id(parcel)] != false {
			t.Errorf("of %v are late: %v", ids, late)
		}
		w.want(w.must("staff", "fulfilments/AcceptFulfilment", soon), map[string]any{"late": true})
		w.want(w.must("staff", "fulfilments/ReadyFulfilment", soon), map[string]any{"late": false})
	})
	t.Run("a page of one order does not lead on in another", func(t *testing.T) {
		w := w.in(t)
		token := w.must("staff", "fulfilments/ListFulfilments", `{"location":"milan","pageSize":1,"sort":"FULFILMENT_SORT_PROMISED"}`).at("nextPageToken")
		w.refused("staff", "fulfilments/ListFulfilments", fmt.Sprintf(`{"location":"milan","pageToken":%q}`, token), "INVALID_REQUEST", "page_token")
	})
}

// keepFor says until when a pickup is kept, from now.
func keepFor(span time.Duration) string {
	return fmt.Sprintf(`,"keepUntil":%q`, time.Now().Add(span).UTC().Format(time.RFC3339Nano))
}

// TestExtendPickup keeps a pickup beyond the time of its place, and gives it up at its new end.
func TestExtendPickup(t *testing.T) {
	w := openShop(t)
	order, work := w.ready("PICKUP", paid("CARD", 1000))
	for _, span := range []time.Duration{7*24*time.Hour - time.Minute, 91 * 24 * time.Hour, -time.Hour} {
		w.refused("till", "fulfilments/ExtendPickup", with(work, keepFor(span)), "INVALID_REQUEST", "keep_until")
	}
	w.refused("till", "fulfilments/ExtendPickup", work, "INVALID_REQUEST", "keep_until")
	kept := w.must("till", "fulfilments/ExtendPickup", with(work, keepFor(10*24*time.Hour)))
	if until, _ := time.Parse(time.RFC3339, kept.at("expiresAt").(string)); time.Until(until) < 239*time.Hour {
		t.Errorf("it is kept until %s", until)
	}
	w.later("9 days")
	if state := w.must("till", "fulfilments/GetFulfilment", work).at("state"); state != "FULFILMENT_STATE_READY" {
		t.Errorf("while it is kept it is %v", state)
	}
	w.later("1 day")
	eventually(t, "the pickup is given up", func() bool {
		return w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")).at("state") == "ORDER_STATE_CANCELLED"
	})
	w.refused("till", "fulfilments/ExtendPickup", with(work, keepFor(20*24*time.Hour)), "PICKUP_EXPIRED", "")
	w.audit()
}

// TestRefusePickup gives money back at the counter to who does not want what she sees, once.
func TestRefusePickup(t *testing.T) {
	w := openShop(t)
	order := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 3, "PICKUP", "milan"), tenders(tender("CASH", 1500, ""), tender("CARD", 1500, "a"))))
	work := w.work(order, "PICKUP", "")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	w.want(w.must("till", "fulfilments/RefusePickup", with(work, `,"lines":[{"line":1,"quantity":"1"}]`)), map[string]any{
		"state": "ORDER_STATE_CONFIRMED", "paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED", "lines.0.cancelledQuantity": "1", "lines.0.openQuantity": "2",
	})
	outcomes := atOnce(6, func(int) answer { return w.grpcCall("till", "fulfilments/RefusePickup", work) })
	if outcomes[""] != 1 || outcomes["FULFILMENT_CANCELLED"] != 5 {
		t.Errorf("six desks: %v", outcomes)
	}
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")), map[string]any{
		"state": "ORDER_STATE_CANCELLED", "paymentState": "PAYMENT_STATE_REFUNDED", "owed.amountMinor": "0",
	})
	w.want(w.must("till", "fulfilments/GetFulfilment", work), map[string]any{"state": "FULFILMENT_STATE_REFUSED_BY_CUSTOMER", "lines.0.openQuantity": "0"})
	w.wantBook(map[string]int64{"online tender/CARD": 0, "milan tender/CASH": -1500, "online tender/CASH": 1500}) // from the desk's own drawer
	if w.level("milan", "HAT", "available") != "100" || w.level("milan", "HAT", "committed") != "0" {
		t.Error("the hats are not for sale again")
	}
	w.audit()
}

// What is wrong with units that can't be handed over.
const (
	missing = `,"shortfall":"SHORTFALL_MISSING","reason":"lost","note":"looked twice"`
	unfit   = `,"shortfall":"SHORTFALL_UNFIT","reason":"broken"`
)

// TestRejectUnits takes out of the stock what is not found and what is spoilt, says why, and pays it back.
func TestRejectUnits(t *testing.T) {
	w := openShop(t)
	order := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 4, "PICKUP", "milan"), paid("CARD", 4000)))
	work := w.work(order, "PICKUP", "")
	w.must("till", "fulfilments/PickFulfilment", work)
	one := `,"lines":[{"line":1,"quantity":"1"}]`
	w.want(w.must("till", "fulfilments/RejectUnits", with(work, missing+one)), map[string]any{
		"state": "ORDER_STATE_CONFIRMED", "paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED", "lines.0.cancelledQuantity": "1", "lines.0.openQuantity": "3",
	})
	w.must("till", "fulfilments/RejectUnits", with(work, unfit+one))
	w.want(w.must("till", "fulfilments/GetFulfilment", work), map[string]any{"state": "FULFILMENT_STATE_PICKING", "lines.0.openQuantity": "2"})
	for state, units := range map[string]string{"available": "96", "committed": "2", "damaged": "1"} {
		if there := w.level("milan", "HAT", state); there != units {
			t.Errorf("%s of the hats are %s, want %s", there, state, units)
		}
	}
	w.want(w.do("staff", "stock/ListMovements", `{"location":"milan","sku":"HAT","pageSize":1}`), map[string]any{
		"movements.0.kind": "REJECT", "movements.0.reason": "broken", "movements.0.cause": fmt.Sprint("order/", order.at("id")),
	})
	outcomes := atOnce(6, func(int) answer { return w.grpcCall("till", "fulfilments/RejectUnits", with(work, missing)) })
	if outcomes[""] != 1 || outcomes["FULFILMENT_CANCELLED"] != 5 {
		t.Errorf("six pickers: %v", outcomes)
	}
	w.want(w.must("till", "fulfilments/GetFulfilment", work), map[string]any{"state": "FULFILMENT_STATE_REJECTED"})
	w.wantBook(map[string]int64{"online tender/CARD": 0})
	w.audit()
}

// TestPickByLine fetches the units of a pickup as they are found, by two pickers at once, and what nobody finds is rejected.
func TestPickByLine(t *testing.T) {
	w := openShop(t)
	order := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 4, "PICKUP", "milan")+","+goods("SOCK", 1, "PICKUP", "milan"), paid("CARD", 4500)))
	work := w.work(order, "PICKUP", "")
	one := func(line int) string { return with(work, fmt.Sprintf(`,"lines":[{"line":%d,"quantity":"1"}]`, line)) }
	outcomes := atOnce(6, func(int) answer { return w.grpcCall("till", "fulfilments/PickFulfilment", one(1)) })
	if outcomes[""] != 4 || outcomes["ALREADY_PICKED"] != 2 {
		t.Errorf("six pickers: %v", outcomes)
	}
	w.refused("till", "fulfilments/ReadyFulfilment", work, "NOT_PICKED", "")
	if list := w.do("till", "fulfilments/ListFulfilments", `{"location":"milan"}`); list.at("fulfilments", 0, "lines", 0, "pickedQuantity") != "4" ||
		list.at("fulfilments", 0, "lines", 1, "pickedQuantity") != "0" {
		t.Errorf("what is picked is listed as %v", list.body)
	}
	w.must("till", "fulfilments/RejectUnits", with(work, missing+`,"lines":[{"line":2,"quantity":"1"}]`))
	w.want(w.must("till", "fulfilments/ReadyFulfilment", work), map[string]any{"lines.0.pickedQuantity": "4", "lines.1.pickedQuantity": "0"})
	right, _ := w.code(work)
	signed := strings.Repeat("0a", 32)
	who := fmt.Sprintf(`,"collector":{"name":"Ada","document":"DOCUMENT_KIND_PASSPORT","signatureSha256":%q}`, signed)
	w.want(w.must("till", "fulfilments/CollectPickup", with(work, shown(right)+who+`,"lines":[{"line":1,"quantity":"3"}]`)), map[string]any{
		"fulfilment.lines.0.openQuantity": "1", "fulfilment.lines.0.pickedQuantity": "1",
	})
	w.want(w.must("till", "fulfilments/GetFulfilment", work), map[string]any{
		"collector.name": "Ada", "collector.document": "DOCUMENT_KIND_PASSPORT", "collector.signatureSha256": signed,
	})
	// What is charged for goods nobody fetches.
	charged := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 2, "SHIP", "milan")+","+strings.Replace(delivery, "rome", "milan", 1),
		paid("CARD", 2490)))
	parcel := w.work(charged, "SHIP", "")
	w.must("till", "fulfilments/PickFulfilment", with(parcel, `,"lines":[{"line":1,"quantity":"2"}]`))
	w.want(w.must("till", "fulfilments/ReadyFulfilment", parcel), map[string]any{"state": "FULFILMENT_STATE_PACKED"})
	w.audit()
}

// TestReroute lets the nearest place that has it hand over what another does not have, at the prices of the order.
func TestReroute(t *testing.T) {
	w := openShop(t)
	hats := w.level("rome", "HAT", "available")
	order := w.must("shop", "orders/PlaceOrder", online(goods("HAT", 3, "PICKUP", "milan"), paid("CARD", 3000)))
	work := w.work(order, "PICKUP", "")
	moved := w.must("till", "fulfilments/RejectUnits", with(work, missing+`,"lines":[{"line":1,"quantity":"2"}],"instead":["FULFILMENT_METHOD_PICKUP","FULFILMENT_METHOD_SHIP"]`))
	w.want(moved, map[string]any{
		"state": "ORDER_STATE_CONFIRMED", "paymentState": "PAYMENT_STATE_PAID", "grossTotal.amountMinor": "3000", "owed.amountMinor": "0",
		"lines.0.cancelledQuantity": "2", "lines.1.insteadOf": float64(1), "lines.1.openQuantity": "2", "lines.1.location": "rome",
		"lines.1.method": "FULFILMENT_METHOD_PICKUP", "lines.1.grossAmount.amountMinor": "2000",
	})
	elsewhere := fmt.Sprintf(`{"location":"rome","fulfilment":%q}`, moved.at("lines", 1, "fulfilment"))
	there := w.must("staff", "fulfilments/GetFulfilment", elsewhere)
	w.want(there, map[string]any{"state": "FULFILMENT_STATE_NEW", "lines.0.openQuantity": "2"})
	if there.at("promisedAt") == nil {
		t.Error("nobody says when it is ready there")
	}
	w.must("staff", "fulfilments/ReadyFulfilment", elsewhere)
	code, _ := w.code(elsewhere)
	w.want(w.must("staff", "fulfilments/CollectPickup", with(elsewhere, shown(code))), map[string]any{"invoice.grossTotal.amountMinor": "2000"})
	w.must("till", "fulfilments/RejectUnits", with(work, unfit))
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, order.at("id")), map[string]any{
		"state": "ORDER_STATE_COMPLETED", "paymentState": "PAYMENT_STATE_PARTIALLY_REFUNDED", "owed.amountMinor": "0",
	})
	if w.level("rome", "HAT", "available") == hats || w.level("rome", "HAT", "committed") != "0" {
		t.Error("the hats of rome are where they were")
	}

	// What the request does not say is the channel's policy, unless the shopper wants it no more.
	policy := strings.Replace(shopChannel, `"code":"shop"`, `"reroute":["FULFILMENT_METHOD_SHIP"],"code":"shop"`, 1)
	w.must("staff", "locations/PutChannel", policy)
	w.both("staff", "locations/GetChannel", `{"code":"shop"}`, "reroute.0", "FULFILMENT_METHOD_SHIP")
	for more, where := range map[string]any{"": "FULFILMENT_METHOD_SHIP", `,"instead":["FULFILMENT_METHOD_PICKUP"]`: "FULFILMENT_METHOD_PICKUP", `,"payBack":true`: nil} {
		work := w.work(w.must("shop", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), paid("CARD", 1000))), "PICKUP", "")
		w.want(w.must("till", "fulfilments/RejectUnits", with(work, missing+more)), map[string]any{"lines.1.method": where, "owed.amountMinor": "0"})
	}
	w.audit()
}
