package app_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGiftCard is sold and topped up in Milan and spent in Rome.
func TestGiftCard(t *testing.T) {
	w := openShop(t)
	other := w.another()
	defer func() {
		if err := other.server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-7", 5000), paid("CARD", 5000)))
	w.want(sold, map[string]any{"taxTotal.amountMinor": "0", "lines.0.sku": ""})
	w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-7", 1000), paid("CASH", 1000)))
	account := sold.at("lines", 0, "account").(string)
	for _, there := range []answer{ // it is topped up in Rome too, and in the web shop; Milan owes it, and is owed what was paid
		w.rest("rome", "orders/PlaceOrder", basket("till", "rome", giftCard("GC-7", 700), paid("CASH", 700))),
		w.must("staff", "orders/PlaceOrder", online(giftCard("GC-7", 500), paid("CARD", 500))),
	} {
		w.want(there, map[string]any{"lines.0.account": account, "lines.0.issuer": "milan", "owed.amountMinor": "0"})
	}
	w.wantBook(map[string]int64{"milan " + account: -7200, "milan settlement/rome": 700, "rome settlement/milan": -700, "milan settlement/online": 500})
	w.must("rome", "orders/PlaceOrder", basket("till", "rome", line("HAT", 2, ""), tenders(tender("GIFT_CARD", 1200, "GC-7"), tender("CASH", 800, ""))))
	w.want(w.must("till", "payments/LookupGiftCard", `{"number":"GC-7"}`), map[string]any{
		"balance.amountMinor": "6000", "location": "milan", "account": account,
	})
	spent := w.rest("rome", "orders/PlaceOrder", basket("till", "rome", line("HAT", 2, ""), tenders(tender("GIFT_CARD", 1500, "GC-7"), tender("CASH", 500, ""))))
	w.want(spent, map[string]any{"owed.amountMinor": "0", "payments.0.location": "milan"})
	w.wantBook(map[string]int64{"milan " + account: -4500, "milan settlement/rome": -2000, "rome settlement/milan": 2000})

	t.Run("one balance is spent once", func(t *testing.T) {
		w := w.in(t)
		outcomes := atOnce(10, func(i int) answer {
			at, place := []*world{w, other}[i%2], []string{"milan", "rome"}[i/2%2]
			return at.grpcCall("staff", "orders/PlaceOrder", basket("till", place, line("HAT", 4, ""), tenders(tender("GIFT_CARD", 4000, "GC-7"))))
		})
		if outcomes[""] != 1 || outcomes["BALANCE_SHORT"] != 9 {
			t.Errorf("%v", outcomes)
		}
		w.wantBook(map[string]int64{"milan " + account: -500})
	})
	t.Run("one that is sold at two tills at once is sold once and topped up", func(t *testing.T) {
		w := w.in(t)
		outcomes := atOnce(8, func(i int) answer {
			return []*world{w, other}[i%2].grpcCall("till", "orders/PlaceOrder", basket("till", "milan", giftCard("A B ?#%", 100), paid("CASH", 100)))
		})
		found := w.rest("till", "payments/LookupGiftCard", `{"number":"A B ?#%"}`)
		if outcomes[""] != 8 || found.get("balance.amountMinor") != "800" {
			t.Errorf("%v, and %v is on it", outcomes, found)
		}
	})
	t.Run("what was paid with it goes back to it", func(t *testing.T) {
		w := w.in(t)
		back := w.must("rome", "returns/AcceptReturn", returned("rome", spent.at("id"), back(1, 2, "RETURN_TO_STOCK"), ""))
		w.want(back, map[string]any{"refunds.0.kind": "TENDER_KIND_CASH", "refunds.1.kind": "TENDER_KIND_GIFT_CARD", "refunds.1.amount.amountMinor": "1500"})
		w.wantBook(map[string]int64{"milan " + account: -2000})
	})
	w.audit()
}

// TestLostGiftCard gives a card another number: what is on it is spent by the new one alone, also where the two are shown at once.
func TestLostGiftCard(t *testing.T) {
	w := openShop(t)
	sell := func(place, number string) string {
		return basket("till", place, line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, number)))
	}
	lose := func(number, by string) string {
		return fmt.Sprintf(`{"location":"rome","number":%q,"newNumber":%q,"note":"left on the train"}`, number, by)
	}
	look := func(number string) answer {
		return w.bothDoors("staff", "payments/LookupGiftCard", fmt.Sprintf(`{"number":%q}`, number))
	}
	loaded := w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-1", 9000), paid("CARD", 9000)))
	spent := w.must("staff", "orders/PlaceOrder", sell("rome", "GC-1"))
	account := loaded.at("lines", 0, "account").(string)
	w.want(w.must("staff", "payments/ReplaceGiftCard", lose("GC-1", "GC-2")), map[string]any{
		"balance.amountMinor": "8000", "location": "milan", "account": account, "replacements": "1",
	})
	w.want(look("GC-1"), map[string]any{"balance.amountMinor": "0", "replaced": true, "replacements": "1"})
	w.want(look("GC-2"), map[string]any{"balance.amountMinor": "8000", "replaced": false, "replacements": "1"})
	if n := w.count("select count(*) from ledger_transactions where kind = 'CARD' and cause = $1 and note = 'left on the train' and location = 'rome'", account); n != 1 {
		t.Errorf("%d acts say why", n)
	}
	w.refused("staff", "orders/PlaceOrder", sell("milan", "GC-1"), "GIFT_CARD_REPLACED", "tenders[0].reference")
	w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-2", 1000), paid("CARD", 1000)))
	w.must("rome", "returns/AcceptReturn", returned("rome", spent.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	w.want(look("GC-2"), map[string]any{"balance.amountMinor": "10000"})
	if n := w.count("select count(*) from events where convert_from(body, 'UTF8') like '%GC-1%' and kind = 'GiftCardReplaced'"); n != 0 {
		t.Error("the whole number is told to others")
	}
	w.audit()

	t.Run("fifty spend one card at once, while it is lost: what it carries is spent, and by the old number only before", func(t *testing.T) {
		w := w.in(t)
		outcomes := atOnce(50, func(i int) answer {
			switch {
			case i == 25:
				return w.grpcCall("staff", "payments/ReplaceGiftCard", lose("GC-2", "GC-3"))
			case i%2 == 0:
				return w.grpcCall("staff", "orders/PlaceOrder", sell("rome", "GC-2"))
			}
			return w.grpcCall("staff", "orders/PlaceOrder", sell("milan", "GC-3"))
		})
		for reason := range outcomes {
			switch reason {
			case "", "GIFT_CARD_REPLACED", "UNKNOWN_GIFT_CARD", "BALANCE_SHORT":
			default:
				t.Errorf("%v", outcomes)
			}
		}
		left := look("GC-3").get("balance.amountMinor")
		if want := fmt.Sprint(10000 - 1000*(outcomes[""]-1)); left != want {
			t.Errorf("%v, and %v is left, not %s", outcomes, left, want)
		}
		w.refused("staff", "orders/PlaceOrder", sell("rome", "GC-2"), "GIFT_CARD_REPLACED", "tenders[0].reference")
	})
	t.Run("fifty spend one card at once: exactly what it carries is spent", func(t *testing.T) {
		w := w.in(t)
		w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-50", 7500), paid("CARD", 7500)))
		outcomes := atOnce(50, func(i int) answer {
			return w.grpcCall("staff", "orders/PlaceOrder", sell([]string{"milan", "rome"}[i%2], "GC-50"))
		})
		if outcomes[""] != 7 || outcomes["BALANCE_SHORT"] != 43 {
			t.Errorf("%v", outcomes)
		}
		w.want(look("GC-50"), map[string]any{"balance.amountMinor": "500"})
	})
	t.Run("one card is lost once", func(t *testing.T) {
		w := w.in(t)
		outcomes := atOnce(10, func(i int) answer {
			return w.grpcCall("staff", "payments/ReplaceGiftCard", lose("GC-50", fmt.Sprintf("GC-50-%d", i)))
		})
		if outcomes[""] != 1 || outcomes["GIFT_CARD_REPLACED"] != 9 {
			t.Errorf("%v", outcomes)
		}
	})
	w.audit()
}

// TestTransfer carries goods from Milan to Rome, and one is lost on the way.
func TestTransfer(t *testing.T) {
	w := openShop(t)
	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"3"},{"sku":"SOCK","quantity":"5"}],"reference":"T-1"}`)
	w.want(sent, map[string]any{"state": "TRANSFER_STATE_SHIPPED", "lines.0.shipped": "3"})
	for position, want := range map[[2]string]string{{"milan", "available"}: "97", {"rome", "incoming"}: "3", {"rome", "available"}: "100"} {
		if got := w.level(position[0], "HAT", position[1]); got != want {
			t.Errorf("%v is %v, want %s", position, got, want)
		}
	}
	w.audit()
	arrived := func(more string) string {
		return fmt.Sprintf(`{"transfer":%q,"location":"rome"%s}`, sent.at("id"), more)
	}
	w.want(w.rest("staff", "stock/ReceiveTransfer", arrived(`,"lines":[{"sku":"HAT","quantity":"2"}]`)),
		map[string]any{"state": "TRANSFER_STATE_SHIPPED", "lines.0.received": "2"})
	closed := w.must("staff", "stock/ReceiveTransfer", arrived(`,"lines":[{"sku":"SOCK","quantity":"5"}],"closeShort":true,"reason":"lost"`))
	w.want(closed, map[string]any{"state": "TRANSFER_STATE_RECEIVED", "lines.0.missing": "1", "lines.1.received": "5"})
	if diff := cmp.Diff(closed.body, w.rest("tablet", "stock/GetTransfer", fmt.Sprintf(`{"transfer":%q}`, sent.at("id"))).body); diff != "" {
		t.Error(diff)
	}
	for _, place := range []string{"milan", "rome"} {
		if listed := w.do("staff", "stock/ListTransfers", `{"location":%q}`, place); listed.at("transfers", 0, "id") != sent.at("id") || listed.at("transfers", 1) != nil {
			t.Errorf("%s: %v", place, listed.body)
		}
	}
	if w.level("rome", "HAT", "incoming") != "0" || w.level("rome", "HAT", "available") != "102" || w.level("rome", "SOCK", "available") != "5" {
		t.Error("the goods are not where they went")
	}
	w.wantBook(map[string]int64{"rome shrinkage": 1})
	w.audit()
}

// TestTransferDifferences carries goods of which more arrive than were sent, and some damaged.
func TestTransferDifferences(t *testing.T) {
	w := openShop(t)
	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"3"},{"sku":"SOCK","quantity":"5"}]}`)
	arrived := func(more string) string {
		return fmt.Sprintf(`{"transfer":%q,"location":"rome"%s}`, sent.at("id"), more)
	}
	w.refused("staff", "stock/ReceiveTransfer", arrived(`,"lines":[{"sku":"HAT","quantity":"3"}],"damaged":[{"sku":"HAT","quantity":"1"}]`), "TRANSFER_BEYOND", "damaged[0]")
	w.refused("staff", "stock/ReceiveTransfer", arrived(`,"damaged":[{"sku":"HAT","quantity":"1"},{"sku":"HAT","quantity":"1"}]`), "INVALID_REQUEST", "damaged[1].sku")
	beyond := w.must("staff", "stock/ReceiveTransfer", arrived(`,"lines":[{"sku":"HAT","quantity":"3"}],"damaged":[{"sku":"HAT","quantity":"1"}],"reason":"packed-wrongly","note":"four in the box"`))
	w.want(beyond, map[string]any{"state": "TRANSFER_STATE_SHIPPED", "lines.0.shipped": "4", "lines.0.received": "4", "lines.0.damaged": "1", "lines.0.over": "1"})
	w.audit()
	for position, want := range map[[2]string]string{
		{"milan", "available"}: "96", {"rome", "available"}: "103", {"rome", "damaged"}: "1", {"rome", "incoming"}: "0",
	} {
		if got := w.level(position[0], "HAT", position[1]); got != want {
			t.Errorf("%v is %v, want %s", position, got, want)
		}
	}
	ended := w.rest("staff", "stock/ReceiveTransfer", `{"requestId":"`+newUUID()+`",`+arrived(`,"lines":[{"sku":"SOCK","quantity":"4"}],"closeShort":true,"reason":"lost"`)[1:])
	w.want(ended, map[string]any{"state": "TRANSFER_STATE_RECEIVED", "lines.1.missing": "1"})
	if n := w.count("select count(*) from ledger_transactions where kind = 'ARRIVAL' and reason = 'packed-wrongly' and note = 'four in the box'"); n != 2 {
		t.Errorf("the reason stands in %d books, and not in both", n)
	}
	w.audit()
}

// TestCash is what happens to cash beside sales.
func TestCash(t *testing.T) {
	w := openShop(t)
	w.must("till", "orders/PlaceOrder", basket("till", "milan", line("HAT", 9, ""), paid("CASH", 9003)+`,"cashRounding":`+eur(-3)))
	cash := func(act string, minor int64) string {
		return fmt.Sprintf(`{"location":"milan","act":"CASH_ACT_%s","amount":%s,"note":"Ada counted","occurredAt":"2026-01-05T20:00:00+01:00"}`, act, eur(minor))
	}
	w.want(w.must("till", "tills/RecordCash", cash("DROP", 8000)), map[string]any{"act": "CASH_ACT_DROP", "amount.amountMinor": "8000", "note": "Ada counted"})
	w.rest("till", "tills/RecordCash", cash("SHORT", 20))
	w.rest("till", "tills/RecordCash", cash("OVER", 5))
	w.wantBook(map[string]int64{"milan tender/CASH": 988, "milan safe": 8000, "milan cash_difference": 15, "milan rounding": -3})
	w.audit()
}

// TestAnotherCurrency is kept apart: each book has one.
func TestAnotherCurrency(t *testing.T) {
	w := openShop(t)
	w.must("staff", "catalog/PutPriceList", `{"priceList":{"code":"chf","name":"Switzerland","currencyCode":"CHF","taxIncluded":true}}`)
	w.must("staff", "catalog/PutPrices", `{"priceList":"chf","prices":[{"sku":"HAT","unitPrice":{"currencyCode":"CHF","amountMinor":"1200"}}]}`)
	w.must("staff", "locations/PutChannel", `{"channel":{"code":"till","name":"Till","kind":"CHANNEL_KIND_TILL","priceLists":["eur","chf"],"holdTime":"3600s"}}`)
	w.must("staff", "stock/ReceiveStock", `{"location":"zurich","lines":[{"sku":"HAT","quantity":"5"}]}`)
	francs := `,"tenders":[{"kind":"TENDER_KIND_CARD","amount":{"currencyCode":"CHF","amountMinor":"1200"}}]`
	sold := w.must("staff", "orders/PlaceOrder", basket("till", "zurich", line("HAT", 1, ""), francs))
	w.want(sold, map[string]any{"grossTotal.currencyCode": "CHF", "grossTotal.amountMinor": "1200"})
	w.refused("staff", "orders/PlaceOrder", basket("till", "zurich", line("HAT", 1, ""), paid("CARD", 1000)), "CURRENCY_MISMATCH", "tenders[0].amount.currency_code")
	w.refused("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 1, ""), francs+`,"currencyCode":"CHF"`), "CURRENCY_MISMATCH", "currency_code")
	w.refused("staff", "returns/ExchangeGoods", returned("milan", sold.at("id"), back(1, 1, "UNDECIDED"),
		`,"sale":`+with(basket("till", "milan", line("HAT", 1, ""), ""), `,"requestId":"`+newUUID()+`"`)), "CURRENCY_MISMATCH", "")
	w.want(w.must("staff", "returns/AcceptReturn", returned("zurich", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"), "")),
		map[string]any{"refundTotal.currencyCode": "CHF", "refundTotal.amountMinor": "1200"})
	w.audit()
}

// TestTimesAreStoredAsAnswered: the database keeps microseconds, and a client may ask for less.
func TestTimesAreStoredAsAnswered(t *testing.T) {
	w := openShop(t)
	held := w.must("staff", "stock/HoldStock", `{"location":"milan","channel":"till","owner":"ada","lines":[{"sku":"HAT","quantity":"1"}],"timeToLive":"60.000000999s"}`)
	found := w.do("staff", "stock/GetHold", `{"location":"milan","hold":%q}`, held.at("id"))
	w.want(found, map[string]any{"expiresAt": held.at("expiresAt")})
	placed := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 1, "PICKUP", "milan"), `,"paymentTime":"60.000000999s"`))
	w.want(w.do("staff", "orders/GetOrder", `{"order":%q}`, placed.at("id")), map[string]any{"payBy": placed.at("payBy")})
}

// TestTransferRequests asks for goods, which are sent in part, declined, or wanted no more, and lists what became of them.
func TestTransferRequests(t *testing.T) {
	w := openShop(t)
	request := func(from, to, more string) answer {
		return w.must("staff", "stock/RequestTransfer", fmt.Sprintf(
			`{"fromLocation":%q,"toLocation":%q,"lines":[{"sku":"HAT","quantity":"3"},{"sku":"SOCK","quantity":"5"}]%s}`, from, to, more))
	}
	asked := request("milan", "rome", `,"purpose":"the shelf is empty","reference":"R-1","wantedOn":"2026-05-04"`)
	w.want(asked, map[string]any{
		"state": "TRANSFER_STATE_REQUESTED", "lines.0.requested": "3", "lines.0.shipped": "0", "purpose": "the shelf is empty",
		"reference": "R-1", "wantedOn": "2026-05-04", "shippedAt": nil,
	})
	w.audit()
	for position, want := range map[[2]string]string{{"milan", "available"}: "100", {"rome", "incoming"}: "0"} {
		if got := w.level(position[0], "HAT", position[1]); got != want {
			t.Errorf("what was asked for moved: %v is %v, want %s", position, got, want)
		}
	}
	declined, cancelled, back := request("milan", "rome", ""), request("milan", "rome", ""), request("rome", "milan", "")
	w.want(w.rest("staff", "stock/DeclineTransfer", fmt.Sprintf(`{"transfer":%q,"location":"milan","answer":"we need them here"}`, declined.at("id"))),
		map[string]any{"state": "TRANSFER_STATE_DECLINED", "answer": "we need them here"})
	w.want(w.rest("staff", "stock/CancelTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome"}`, cancelled.at("id"))),
		map[string]any{"state": "TRANSFER_STATE_CANCELLED"})
	part := w.rest("staff", "stock/ShipTransfer", fmt.Sprintf(
		`{"fromLocation":"milan","toLocation":"rome","transfer":%q,"lines":[{"sku":"HAT","quantity":"2"}]}`, asked.at("id")))
	w.want(part, map[string]any{
		"id": asked.at("id"), "state": "TRANSFER_STATE_SHIPPED", "lines.0.requested": "3", "lines.0.shipped": "2", "lines.1.requested": "5",
		"lines.1.shipped": "0", "reference": "R-1",
	})
	w.refused("staff", "stock/CancelTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome"}`, asked.at("id")), "TRANSFER_NOT_REQUESTED", "")
	w.audit()
	sent := w.must("staff", "stock/ShipTransfer", `{"fromLocation":"milan","toLocation":"rome","lines":[{"sku":"HAT","quantity":"1"}]}`)
	w.must("staff", "stock/ReceiveTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome"}`, sent.at("id")))

	all := map[string]any{"asked": asked.at("id"), "declined": declined.at("id"), "cancelled": cancelled.at("id"), "back": back.at("id"), "sent": sent.at("id")}
	for _, c := range []struct {
		which, query string
		want         []string // the newest first
	}{
		{"everything", `"location":"rome"`, []string{"sent", "back", "cancelled", "declined", "asked"}},
		{"what a store is asked for", `"location":"rome","direction":"TRANSFER_DIRECTION_OUT","states":["TRANSFER_STATE_REQUESTED"]`, []string{"back"}},
		{"what it asks for", `"location":"milan","direction":"TRANSFER_DIRECTION_IN","states":["TRANSFER_STATE_REQUESTED"]`, []string{"back"}},
		{"what is under way to it", `"location":"rome","direction":"TRANSFER_DIRECTION_IN","states":["TRANSFER_STATE_SHIPPED"]`, []string{"asked"}},
		{"what is under way from it", `"location":"rome","direction":"TRANSFER_DIRECTION_OUT","states":["TRANSFER_STATE_SHIPPED"]`, nil},
		{"what will not come", `"location":"rome","states":["TRANSFER_STATE_DECLINED","TRANSFER_STATE_CANCELLED"]`, []string{"cancelled", "declined"}},
		{"all that it gets", `"location":"rome","direction":"TRANSFER_DIRECTION_IN"`, []string{"sent", "cancelled", "declined", "asked"}},
	} {
		t.Run(c.which, func(t *testing.T) {
			w := w.in(t)
			var got []any
			for token := ""; ; { // two to a page
				page := w.rest("staff", "stock/ListTransfers", fmt.Sprintf(`{%s,"pageSize":2,"pageToken":%q}`, c.query, token))
				listed, _ := page.at("transfers").([]any)
				for i := range listed {
					got = append(got, page.at("transfers", i, "id"))
				}
				next, more := page.at("nextPageToken").(string)
				if !more || next == "" {
					break
				}
				token = next
			}
			var want []any
			for _, name := range c.want {
				want = append(want, all[name])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	w.want(w.must("staff", "stock/ReceiveTransfer", fmt.Sprintf(`{"transfer":%q,"location":"rome"}`, asked.at("id"))),
		map[string]any{"state": "TRANSFER_STATE_RECEIVED", "lines.0.received": "2", "lines.1.received": "0"})
	w.audit()
}
