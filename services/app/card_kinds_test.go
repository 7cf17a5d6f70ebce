package app_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kind is a kind of gift cards in euros.
func kind(code, more string) string {
	return fmt.Sprintf(`{"cardKind":{"code":%q,"name":"Cards %s","currencyCode":"EUR"%s}}`, code, code, more)
}

// cardOf is a line that sells or tops up a gift card as one of a kind.
func cardOf(kind, number string, minor int64) string {
	return strings.Replace(giftCard(number, minor), `"giftCard":{`, fmt.Sprintf(`"giftCard":{"kind":%q,`, kind), 1)
}

const chainLimits = `,"limits":{"mostBalance":{"currencyCode":"EUR","amountMinor":"15000"},"leastLoad":{"currencyCode":"EUR","amountMinor":"500"},
	"mostLoad":{"currencyCode":"EUR","amountMinor":"10000"}}`

// TestCardKinds puts kinds of gift cards, and sells, tops up, loses and looks up their cards.
func TestCardKinds(t *testing.T) {
	w := openShop(t)
	put := w.rest("staff", "payments/PutCardKind", strings.Replace(kind("chain", chainLimits+`,"validMonths":24,"renewed":true`), "{", `{"requestId":"`+newUUID()+`",`, 1))
	w.want(put, map[string]any{
		"code": "chain", "currencyCode": "EUR", "validMonths": float64(24), "renewed": true, "limits.mostBalance.amountMinor": "15000",
		"limits.leastLoad.amountMinor": "500", "limits.mostLoad.amountMinor": "10000",
	})
	w.must("staff", "payments/PutCardKind", kind("voucher", ""))
	page := w.bothDoors("till", "payments/ListCardKinds", `{"pageSize":1}`)
	w.want(page, map[string]any{"cardKinds.0.code": "chain"})
	page = w.bothDoors("till", "payments/ListCardKinds", fmt.Sprintf(`{"pageSize":1,"pageToken":%q}`, page.at("nextPageToken")))
	w.want(page, map[string]any{"cardKinds.0.code": "voucher", "cardKinds.0.limits.mostLoad": nil})
	if next := page.at("nextPageToken"); next != nil && next != "" {
		t.Errorf("there is more: %v", next)
	}

	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", cardOf("chain", "GC-1", 10000), paid("CARD", 10000)))
	w.want(sold, map[string]any{"lines.0.cardKind": "chain"})
	w.want(w.must("staff", "orders/PlaceOrder", online(giftCard("GC-1", 5000), paid("CARD", 5000))), map[string]any{"lines.0.cardKind": "chain"})
	w.refused("rome", "orders/PlaceOrder", basket("till", "rome", giftCard("GC-1", 500), paid("CARD", 500)), "GIFT_CARD_LIMIT", "lines[0]")
	look := func(number string) answer {
		return w.bothDoors("staff", "payments/LookupGiftCard", fmt.Sprintf(`{"number":%q}`, number))
	}
	found := look("GC-1")
	w.want(found, map[string]any{
		"balance.amountMinor": "15000", "location": "milan", "cardKind": "chain", "limits.mostBalance.amountMinor": "15000",
	})
	lost := w.must("staff", "payments/ReplaceGiftCard", `{"location":"rome","number":"GC-1","newNumber":"GC-2","note":"lost"}`)
	if found.at("expiresAt") == nil || lost.at("expiresAt") != found.at("expiresAt") || lost.at("cardKind") != "chain" || look("GC-2").at("expiresAt") != found.at("expiresAt") {
		t.Errorf("it expires at %v, and after it was lost at %v", found.at("expiresAt"), lost.body)
	}
	w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard("GC-3", 99), paid("CARD", 99)))
	w.want(look("GC-3"), map[string]any{"cardKind": "", "expiresAt": nil, "limits": nil})
	for _, key := range []string{"till", "site", "ada"} {
		w.refused(key, "payments/PutCardKind", kind("chain", ""), "PERMISSION_DENIED", "")
	}
	w.audit()
}

// TestCardsExpire lets cards expire: they pay nothing, what was on them is ours, once, and what comes back makes one good again.
func TestCardsExpire(t *testing.T) {
	w := openShop(t)
	w.must("staff", "payments/PutCardKind", kind("month", `,"validMonths":1`))
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", cardOf("month", "GC-1", 5000), paid("CARD", 5000)))
	account := sold.at("lines", 0, "account").(string)
	pay := func(minor int64) string {
		return basket("till", "rome", line("HAT", 1, ""), tenders(tender("GIFT_CARD", minor, "GC-1")))
	}
	spent := w.must("rome", "orders/PlaceOrder", pay(1000))
	w.later("20 days")
	w.must("rome", "orders/PlaceOrder", pay(1000))
	w.later("12 days")
	// The sweeper writes meanwhile: that a refusal leaves no trace is tried where it does not.
	w.refuse("rome", "orders/PlaceOrder", pay(1000), "GIFT_CARD_EXPIRED", "tenders[0]")
	w.refuse("rome", "orders/PlaceOrder", basket("till", "rome", giftCard("GC-1", 500), paid("CARD", 500)), "GIFT_CARD_EXPIRED", "lines[0]")
	gone := func(minor int64) {
		t.Helper()
		eventually(t, "what was on it is ours", func() bool {
			return w.count("select coalesce(sum(quantity), 0)::int8 from ledger_entries where location = 'milan' and from_account = 'breakage' and to_account = $1", account) == minor
		})
	}
	gone(3000)
	w.wantBook(map[string]int64{"milan " + account: 0, "milan breakage": -3000})
	w.must("staff", "returns/AcceptReturnByRight", returned("milan", spent.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	w.want(w.must("staff", "payments/LookupGiftCard", `{"number":"GC-1"}`), map[string]any{"balance.amountMinor": "1000"})
	w.must("rome", "orders/PlaceOrder", basket("till", "rome", giftCard("GC-1", 700), paid("CARD", 700)))
	w.later("32 days")
	gone(4700)
	if n := w.count("select count(*) from events where kind = 'GiftCardExpired'"); n != 2 {
		t.Errorf("%d are told", n)
	}
	w.audit()
}

// TestFiftyOnOneCard spends one card, puts something on it, loses it and lets it expire, all at once: it is never below zero, and every
// cent is somewhere.
func TestFiftyOnOneCard(t *testing.T) {
	w := openShop(t)
	w.must("staff", "payments/PutCardKind", kind("month", `,"validMonths":1,"renewed":true`))
	sold := w.must("till", "orders/PlaceOrder", basket("till", "milan", cardOf("month", "GC-1", 9000), paid("CARD", 9000)))
	account := sold.at("lines", 0, "account").(string)
	var spent, loaded atomic.Int64
	outcomes := atOnce(50, func(i int) answer {
		place, number := []string{"milan", "rome"}[i/2%2], "GC-1"
		if i > 25 {
			number = "GC-2"
		}
		switch {
		case i == 25:
			return w.grpcCall("staff", "payments/ReplaceGiftCard", `{"location":"rome","number":"GC-1","newNumber":"GC-2","note":"lost"}`)
		case i == 40:
			w.later("40 days")
			return answer{}
		case i%5 == 0 && i < 25:
			a := w.grpcCall("staff", "orders/PlaceOrder", basket("till", place, giftCard(number, 500), paid("CARD", 500)))
			if a.reason == "" {
				loaded.Add(500)
			}
			return a
		}
		a := w.grpcCall("staff", "orders/PlaceOrder", basket("till", place, line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, number))))
		if a.reason == "" {
			spent.Add(1000)
		}
		return a
	})
	for reason := range outcomes {
		switch reason {
		case "", "BALANCE_SHORT", "GIFT_CARD_REPLACED", "UNKNOWN_GIFT_CARD", "GIFT_CARD_EXPIRED":
		default:
			t.Errorf("%v", outcomes)
		}
	}
	w.later("40 days")
	left := func() int64 { return w.count("select amount_minor from balances where account = $1", account) }
	eventually(t, "what is left of it is ours", func() bool { return left() == 0 })
	ours := w.count("select coalesce(sum(quantity), 0)::int8 from ledger_entries where from_account = 'breakage'")
	if diff := cmp.Diff(9000+loaded.Load(), spent.Load()+ours); diff != "" {
		t.Errorf("%v: what was put on it, and what was spent or is ours (-want +got): %s", outcomes, diff)
	}
	w.audit()
}
