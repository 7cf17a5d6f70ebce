package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// brought is one line that is collected at a place out of another one's stock.
func brought(sku string, quantity int, from, to string) string {
	return strings.Replace(goods(sku, quantity, "PICKUP", to), "}", `,"fromLocation":"`+from+`"}`, 1)
}

// club is a channel through which goods are brought from where the given places are.
func club(from string) string {
	return `{"channel":{"code":"club","name":"Club","kind":"CHANNEL_KIND_APP","priceLists":["eur"],"sellingLocation":"online","holdTime":"900s",
		"shipToStore":{"fromLocations":[` + from + `]}}}`
}

// sending names what an order asks another place for, and arriving what is to arrive.
func sending(order answer, from, to, more string) string {
	return fmt.Sprintf(`{"fromLocation":%q,"toLocation":%q,"transfer":%q%s}`, from, to, order.get("lines.0.transfer"), more)
}

func arriving(order answer, to, more string) string {
	return fmt.Sprintf(`{"location":%q,"transfer":%q%s}`, to, order.get("lines.0.transfer"), more)
}

// TestShipToStore collects in one store what another one has: as the quote offers it, asked for, sent, received, made ready and collected;
// lost on the way; given up before and after it is sent; and under twenty who want the last of it at once.
func TestShipToStore(t *testing.T) {
	w := openShop(t)
	w.must("staff", "locations/PutChannel", club(`"milan"`))
	w.both("staff", "locations/GetChannel", `{"code":"club"}`, "shipToStore.fromLocations.0", "milan")
	wanted := func(line, more string) string { return basket("club", "online", line, more) }

	offered := w.quoteBoth("staff", wanted(goods("SOCK", 2, "PICKUP", "rome"), ""))
	from := map[any]any{}
	for i := range 5 {
		at := fmt.Sprintf("shortages.0.alternatives.%d.", i)
		if offered.get(at+"fromLocation") != "" && offered.get(at+"method") != nil {
			from[offered.get(at+"location")] = offered.get(at + "fromLocation")
		}
	}
	if len(from) != 1 || from["rome"] != "milan" {
		t.Errorf("it is offered to be brought %v: %v", from, offered.body)
	}
	line := brought("SOCK", 2, "milan", "rome")
	quote := w.quoteBoth("staff", wanted(line, ""))
	w.want(quote, map[string]any{"lines.0.promise.inStock": true, "lines.0.promise.fromLocation": "milan", "lines.0.promise.location": "rome"})
	order := w.must("staff", "orders/PlaceOrder", wanted(line, paid("CARD", 1000)))
	w.wantAsQuoted(quote, order)
	w.want(order, map[string]any{"lines.0.fromLocation": "milan", "lines.0.awayQuantity": "2", "lines.0.location": "rome"})
	work := w.work(order, "PICKUP", "")
	w.want(w.must("staff", "fulfilments/GetFulfilment", work), map[string]any{"state": "FULFILMENT_STATE_AWAITING_TRANSFER"})
	w.want(w.must("staff", "stock/ListTransfers", `{"location":"milan","direction":"TRANSFER_DIRECTION_OUT","states":["TRANSFER_STATE_REQUESTED"]}`),
		map[string]any{"transfers.0.order": order.at("id"), "transfers.0.purpose": order.at("number"), "transfers.0.lines.0.requested": "2"})
	w.want(w.must("staff", "fulfilments/ListFulfilments", `{"location":"rome"}`), map[string]any{"fulfilments.0.order": order.at("id")})
	wantSocks := func(place, account, units string) {
		t.Helper()
		if got := w.level(place, "SOCK", account); got != units {
			t.Errorf("%v socks are %s at %s, not %s", got, account, place, units)
		}
	}
	wantSocks("milan", "committed", "2")

	w.want(w.must("staff", "stock/ShipTransfer", sending(order, "milan", "rome", "")), map[string]any{"state": "TRANSFER_STATE_SHIPPED", "lines.0.shipped": "2"})
	wantSocks("rome", "incoming", "2")
	w.putRules("rome", rule("SOCK", `,"minimum":"2","target":"2"`))
	w.want(w.must("staff", "replenishment/ProposeReplenishment", `{"location":"rome","skus":["SOCK"],"transfersOnly":true}`), map[string]any{
		"proposals.0.units": "2", "proposals.0.why.incoming": "0",
	})
	w.want(w.must("staff", "deliveries/GetAvailableToPromise", `{"location":"rome","skus":["SOCK"],"quantity":"1"}`), map[string]any{"promises.0.fromDay": ""})
	w.want(w.must("staff", "stock/ReceiveTransfer", arriving(order, "rome", "")), map[string]any{"state": "TRANSFER_STATE_RECEIVED", "lines.0.kept": "2"})
	wantSocks("rome", "committed", "2")
	wantSocks("rome", "available", "0")
	w.must("staff", "fulfilments/ReadyFulfilment", work)
	code, _ := w.code(work)
	w.must("staff", "fulfilments/CollectPickup", with(work, shown(code)))
	steps := fmt.Sprint(w.do("staff", "orders/ListOrderSteps", `{"order":%q}`, order.at("id")).body)
	for _, step := range []string{"UnitsSent", "UnitsArrived", "PickupSupplied"} {
		if !strings.Contains(steps, step) {
			t.Errorf("nobody tells of %s: %s", step, steps)
		}
	}

	place := func() answer {
		return w.must("staff", "orders/PlaceOrder", wanted(brought("SOCK", 1, "milan", "rome"), paid("CARD", 500)))
	}
	lost := place()
	w.must("staff", "stock/ShipTransfer", sending(lost, "milan", "rome", ""))
	w.want(w.must("staff", "stock/ReceiveTransfer", arriving(lost, "rome", `,"closeShort":true,"reason":"lost"`)), map[string]any{"lines.0.lacked": "1"})
	cases := w.must("staff", "stock/ListOversellCases", `{"location":"rome"}`)
	w.want(cases, map[string]any{"cases.0.promisesAtRisk.0.order": lost.at("id")})
	w.want(w.must("staff", "fulfilments/RejectUnits", w.work(lost, "PICKUP", missing)), map[string]any{"paymentState": "PAYMENT_STATE_REFUNDED"})
	wantSocks("rome", "available", "0")

	short := place() // who was to send it says so, and nobody else
	w.refused("rome", "fulfilments/RejectUnits", w.work(short, "PICKUP", missing), "FULFILMENT_STATE", "from_location")
	w.want(w.must("till", "fulfilments/RejectUnits", w.work(short, "PICKUP", missing+`,"fromLocation":"milan"`)), map[string]any{
		"paymentState": "PAYMENT_STATE_REFUNDED",
	})

	w.want(w.do("staff", "orders/CancelLines", `{"order":%q}`, place().at("id")), map[string]any{"state": "ORDER_STATE_CANCELLED"})
	wantSocks("milan", "committed", "0")
	unwanted := place()
	w.must("staff", "stock/ShipTransfer", sending(unwanted, "milan", "rome", ""))
	w.do("staff", "orders/CancelLines", `{"order":%q}`, unwanted.at("id"))
	w.must("staff", "stock/ReceiveTransfer", arriving(unwanted, "rome", ""))
	wantSocks("rome", "available", "1")

	left := w.count("select available from stock_levels where sku = 'SOCK' and location = 'milan'") - 5
	w.must("staff", "stock/PutBuffers", fmt.Sprintf(`{"location":"milan","buffers":[{"sku":"SOCK","method":"FULFILMENT_METHOD_SHIP","units":"%d"}]}`, left))
	one := wanted(brought("SOCK", 1, "milan", "rome"), "")
	if outcomes := atOnce(20, func(int) answer { return w.grpcCall("staff", "orders/PlaceOrder", one) }); outcomes[""] != 5 || outcomes["OUT_OF_STOCK"] != 15 {
		t.Errorf("of 5 that may be sent: %v", outcomes)
	}
	w.must("staff", "stock/PutBuffers", `{"location":"milan","buffers":[{"sku":"SOCK","method":"FULFILMENT_METHOD_SHIP","units":"0"}]}`)
	// Whoever is first of those who send, cancel and reject: the books know where each unit is.
	for range 5 {
		contested := place()
		atOnce(6, func(n int) answer {
			switch n % 3 {
			case 0:
				return w.grpcCall("staff", "stock/ShipTransfer", sending(contested, "milan", "rome", ""))
			case 1:
				return w.grpcCall("staff", "orders/CancelLines", fmt.Sprintf(`{"order":%q}`, contested.at("id")))
			}
			return w.grpcCall("staff", "fulfilments/RejectUnits", w.work(contested, "PICKUP", missing+`,"fromLocation":"milan"`))
		})
	}

	w.refused("staff", "locations/PutChannel", club(`"atlantis"`), "UNKNOWN_LOCATION", "channel.ship_to_store.from_locations[0]")
	w.audit()
}

// TestWhatIsBroughtIsToldOnceItIsReady tells whom goods are brought for that she can come, and not that they are there before anybody has picked them.
func TestWhatIsBroughtIsToldOnceItIsReady(t *testing.T) {
	t.Parallel()
	w, s, _ := openTelling(t)
	w.must("staff", "locations/PutChannel", club(`"milan"`))
	order := w.must("staff", "orders/PlaceOrder", basket("club", "online", brought("SOCK", 1, "milan", "rome"), paid("CARD", 500)+contact("pia@example.com", "", "")))
	w.must("staff", "stock/ShipTransfer", sending(order, "milan", "rome", ""))
	w.must("staff", "stock/ReceiveTransfer", arriving(order, "rome", ""))
	if steps := fmt.Sprint(w.do("staff", "orders/ListOrderSteps", `{"order":%q}`, order.at("id")).body); !strings.Contains(steps, "PickupSupplied") {
		t.Fatalf("it is not there: %s", steps)
	}
	w.must("staff", "fulfilments/ReadyFulfilment", w.work(order, "PICKUP", ""))
	// What comes first in the log is told first: nothing else is still to come.
	w.tells(order, "ORDER_CONFIRMED EMAIL SENT", "PICKUP_READY EMAIL SENT", "PICKUP_REMINDER EMAIL QUEUED")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) != 2 {
		t.Errorf("she got %d e-mails", len(s.got))
	}
}
