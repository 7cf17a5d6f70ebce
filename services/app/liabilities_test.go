package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// liabilities are what is owed as stored value, one line per kind and currency, over either door.
func (w *world) liabilities(from, until time.Time, location string) []string {
	w.t.Helper()
	page := w.bothDoors("staff", "reports/ListLiabilities", fmt.Sprintf(
		`{"fromDay":%q,"untilDay":%q,"location":%q}`, from.Format(time.DateOnly), until.Format(time.DateOnly), location))
	var all []string
	found, _ := page.at("liabilities").([]any)
	for _, one := range found {
		l := answer{body: one.(map[string]any)}
		told := fmt.Sprint(strings.TrimPrefix(fmt.Sprint(l.get("kind")), "STORED_VALUE_KIND_"), " ", l.get("outstanding.currencyCode"))
		for _, part := range []string{"opening", "issued", "toppedUp", "refunded", "spent", "returned", "expired", "outstanding"} {
			if l.get(part+".currencyCode") != l.get("outstanding.currencyCode") {
				w.t.Errorf("%s in another currency: %v", part, l.body)
			}
			told += fmt.Sprint(" ", l.get(part+".amountMinor"))
		}
		all = append(all, told+fmt.Sprint(" on ", l.get("open")))
	}
	return all
}

// TestLiabilities tells what is owed on cards and as credit, by what made it so, as the ledger has it.
func TestLiabilities(t *testing.T) {
	w := openShop(t)
	now := time.Now().UTC()
	today, tomorrow, later := now, now.AddDate(0, 0, 1), now.AddDate(0, 0, 2) // midnight may come in between
	is := func(location string, want ...string) {
		w.t.Helper()
		if diff := cmp.Diff(want, w.liabilities(today, tomorrow, location)); diff != "" {
			w.t.Errorf("at %q (-want +got):\n%s", location, diff)
		}
		// What was owed in the end is what the balances come to, and what is owed when the next day begins.
		for _, one := range w.liabilities(later, later, location) {
			f := strings.Fields(one)
			kept := w.count(`select coalesce(sum(amount_minor), 0)::int8 from balances
				where account like $1 and currency = $2 and ($3 = '' or location = $3)`, strings.ToLower(f[0])+"/%", f[1], location)
			folded := w.count(`select coalesce(sum(case when from_account like $1 then quantity else -quantity end), 0)::int8 from ledger_entries
				where (from_account like $1 or to_account like $1) and asset = $2 and ($3 = '' or location = $3)`, strings.ToLower(f[0])+"/%", f[1], location)
			if opening := fmt.Sprint(kept); kept != folded || f[2] != opening || f[9] != opening || strings.Join(f[3:9], " ") != "0 0 0 0 0 0" {
				w.t.Errorf("%s, and balances come to %d, entries to %d", one, kept, folded)
			}
		}
	}
	load := func(number string, minor int64) answer {
		return w.must("till", "orders/PlaceOrder", basket("till", "milan", giftCard(number, minor), paid("CARD", minor)))
	}
	hats := func(place string, n int, more string) answer {
		return w.must("staff", "orders/PlaceOrder", basket("till", place, line("HAT", n, ""), more))
	}
	sale := func(lines string) string {
		return `,"sale":` + with(basket("till", "milan", lines, ""), `,"requestId":"`+newUUID()+`"`)
	}
	is("")

	load("GC-1", 5000)
	load("GC-1", 1000)
	is("", "GIFT_CARD EUR 0 5000 1000 0 0 0 0 6000 on 1")
	spent := hats("rome", 2, tenders(tender("GIFT_CARD", 1500, "GC-1"), tender("CASH", 500, "")))
	is("", "GIFT_CARD EUR 0 5000 1000 0 1500 0 0 4500 on 1")
	w.must("staff", "returns/AcceptReturn", returned("rome", spent.at("id"), back(1, 2, "RETURN_TO_STOCK"), ""))
	is("", "GIFT_CARD EUR 0 5000 1000 1500 1500 0 0 6000 on 1")
	is("rome") // it is owed where it was issued

	// A card is taken back with its receipt, and another in exchange for a hat.
	w.must("staff", "returns/AcceptReturn", returned("milan", load("GC-2", 2000).at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	is("", "GIFT_CARD EUR 0 7000 1000 1500 1500 2000 0 6000 on 1")
	w.must("staff", "returns/ExchangeGoods", returned("milan", load("GC-3", 1000).at("id"), back(1, 1, "RETURN_TO_STOCK"), sale(line("HAT", 1, ""))))
	is("", "GIFT_CARD EUR 0 8000 1000 1500 1500 3000 0 6000 on 1")

	// A hat that was paid with a card goes back for a new card, one that was sold already, and for another hat.
	for _, lines := range []string{giftCard("GC-4", 1000), giftCard("GC-4", 1000), line("HAT", 1, "")} {
		bought := hats("milan", 1, tenders(tender("GIFT_CARD", 1000, "GC-1")))
		w.must("staff", "returns/ExchangeGoods", returned("milan", bought.at("id"), back(1, 1, "RETURN_TO_STOCK"), sale(lines)))
	}
	is("", "GIFT_CARD EUR 0 9000 2000 4500 7500 3000 0 5000 on 2")

	// What is put on a card elsewhere is owed where the card was issued, and comes back from there. An exchange there takes back what it
	// was topped up with, gives back what was paid with it, tops it up and spends it.
	rome := func(lines, more string) answer {
		return w.must("staff", "orders/PlaceOrder", basket("till", "rome", lines, more))
	}
	loaded := rome(giftCard("GC-1", 3000), paid("CARD", 3000))
	w.must("staff", "returns/AcceptReturn", returned("rome", loaded.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	is("", "GIFT_CARD EUR 0 9000 5000 4500 7500 6000 0 5000 on 2")
	loaded = rome(giftCard("GC-1", 1000)+","+line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, "GC-1"), tender("CASH", 1000, "")))
	is("", "GIFT_CARD EUR 0 9000 6000 4500 8500 6000 0 5000 on 2")
	w.must("staff", "returns/ExchangeGoods", returned("rome", loaded.at("id"), back(1, 1, "RETURN_TO_STOCK")+","+back(2, 1, "RETURN_TO_STOCK"),
		`,"sale":`+with(basket("till", "rome", giftCard("GC-1", 3500), tenders(tender("CARD", 500, ""), tender("GIFT_CARD", 1000, "GC-1"))), `,"requestId":"`+newUUID()+`"`)))
	is("", "GIFT_CARD EUR 0 9000 9500 5500 10500 7000 0 6500 on 2")

	credit := `,"customer":"` + bob + `"`
	w.must("staff", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1000), "STORE_CREDIT", credit))
	w.must("staff", "orders/PlaceOrder", basket("till", "rome", line("HAT", 1, ""), tenders(tender("STORE_CREDIT", 400, ""), tender("CASH", 600, ""))+credit))
	w.must("staff", "orders/PlaceOrder", basket("till", "zurich", strings.ReplaceAll(giftCard("ZH", 700), "EUR", "CHF"),
		strings.ReplaceAll(paid("CARD", 700), "EUR", "CHF")))
	cards, owed := "GIFT_CARD EUR 0 9000 9500 5500 10500 7000 0 6500 on 2", "STORE_CREDIT EUR 0 0 0 1000 400 0 0 600 on 1"
	is("", "GIFT_CARD CHF 0 700 0 0 0 0 0 700 on 1", cards, owed)
	is("milan", cards, owed)
	is("zurich", "GIFT_CARD CHF 0 700 0 0 0 0 0 700 on 1")
	if before := w.liabilities(now.AddDate(0, 0, -2), now.AddDate(0, 0, -1), ""); before != nil {
		t.Errorf("what was not there yet is told: %v", before)
	}
	for _, key := range []string{"site", "till", "tablet"} {
		w.refused(key, "reports/ListLiabilities", `{"fromDay":"2026-01-01","untilDay":"2026-01-02"}`, "PERMISSION_DENIED", "")
	}
	w.audit()
}
