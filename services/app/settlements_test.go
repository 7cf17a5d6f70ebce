package app_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// settlementParts are the figures of a settlement, as JSON and as the contract name them.
var settlementParts = [][2]string{
	{"takenForThem", "TAKEN_FOR_THEM"}, {"givenBackForThem", "GIVEN_BACK_FOR_THEM"}, {"valueAcceptedForThem", "VALUE_ACCEPTED_FOR_THEM"},
	{"valueLoadedForThem", "VALUE_LOADED_FOR_THEM"}, {"takenForUs", "TAKEN_FOR_US"}, {"givenBackForUs", "GIVEN_BACK_FOR_US"},
	{"valueAcceptedForUs", "VALUE_ACCEPTED_FOR_US"}, {"valueLoadedForUs", "VALUE_LOADED_FOR_US"},
}

// settled is one settlement: what was owed at first, the figures, and what is owed in the end.
type settled struct {
	opening, closing, entries int64
	parts                     [8]int64
}

// days names the days of a report.
func days(from, until time.Time, more string) string {
	return fmt.Sprintf(`{"fromDay":%q,"untilDay":%q%s}`, from.Format(time.DateOnly), until.Format(time.DateOnly), more)
}

// minors is the amount of an answer, which must be in euros.
func (w *world) minors(a answer, path string) int64 {
	w.t.Helper()
	if a.get(path+".currencyCode") != "EUR" {
		w.t.Errorf("%s is in %v", path, a.get(path+".currencyCode"))
	}
	return a.minor(w.t, path)
}

// settlements are what locations owe each other, by "milan rome", read page by page over either door.
func (w *world) settlements(from, until time.Time, more string, size int) (all map[string]settled, order []string) {
	w.t.Helper()
	all = map[string]settled{}
	for token := any(""); ; {
		page := w.bothDoors("staff", "reports/ListSettlements", days(from, until, fmt.Sprintf(`%s,"pageSize":%d,"pageToken":%q`, more, size, token)))
		found, _ := page.at("settlements").([]any)
		if len(found) > size {
			w.t.Errorf("a page of %d, asked for %d", len(found), size)
		}
		for _, one := range found {
			a := answer{body: one.(map[string]any)}
			s := settled{opening: w.minors(a, "opening"), closing: w.minors(a, "closing")}
			s.entries, _ = strconv.ParseInt(fmt.Sprint(a.get("entries")), 10, 64)
			for i, part := range settlementParts {
				s.parts[i] = w.minors(a, part[0])
			}
			pair := fmt.Sprint(a.get("location"), " ", a.get("withLocation"))
			all[pair], order = s, append(order, pair)
		}
		if token = page.at("nextPageToken"); token == "" {
			return all, order
		}
	}
}

// settlementEntries are the entries behind a settlement, read page by page over either door.
func (w *world) settlementEntries(from, until time.Time, pair, more string, size int) (all []answer) {
	w.t.Helper()
	location, with, _ := strings.Cut(pair, " ")
	for token := any(""); ; {
		page := w.bothDoors("staff", "reports/ListSettlementEntries", days(from, until, fmt.Sprintf(
			`,"location":%q,"withLocation":%q%s,"pageSize":%d,"pageToken":%q`, location, with, more, size, token)))
		found, _ := page.at("entries").([]any)
		if len(found) > size {
			w.t.Errorf("a page of %d, asked for %d", len(found), size)
		}
		for _, one := range found {
			all = append(all, answer{body: one.(map[string]any)})
		}
		if token = page.at("nextPageToken"); token == "" {
			return all
		}
	}
}

// TestSettlements lets three books do things for each other, and tells what they owe each other and why.
func TestSettlements(t *testing.T) {
	w := openShop(t)
	now := time.Now().UTC()
	today, tomorrow, later := now, now.AddDate(0, 0, 1), now.AddDate(0, 0, 2) // midnight may come in between
	want := map[string]*settled{}
	// does adds to what is wanted of a pair: what the first did for the second is a figure of both, with the opposite sign.
	does := func(who, forWhom string, part int, entries, minor int64) {
		for _, side := range []struct {
			pair       string
			part, sign int64
		}{{who + " " + forWhom, int64(part), 1}, {forWhom + " " + who, int64(part + 4), -1}} {
			if want[side.pair] == nil {
				want[side.pair] = &settled{}
			}
			s := want[side.pair]
			s.parts[side.part] += side.sign * minor
			s.closing += side.sign * minor
			s.entries += entries
		}
	}
	const taken, givenBack, accepted, loaded = 0, 1, 2, 3
	order := func(place, lines, more string) answer {
		return w.must("staff", "orders/PlaceOrder", basket("till", place, lines, more))
	}
	exchanged := func(place, lines, more string) string {
		return `,"sale":` + with(basket("till", place, lines, more), `,"requestId":"`+newUUID()+`"`)
	}
	if none, _ := w.settlements(today, tomorrow, "", 100); len(none) != 0 {
		t.Errorf("nothing crossed any books, and %v", none)
	}

	// What Milan sold comes back in Rome: two for cash, and one for a hat of Rome, which costs as much and is paid with it and a note too many.
	sold := order("milan", line("HAT", 3, ""), paid("CASH", 3000))
	w.must("rome", "returns/AcceptReturn", returned("rome", sold.at("id"), back(1, 2, "RETURN_TO_STOCK"), ""))
	does("rome", "milan", givenBack, 1, 2000)
	dearer := w.must("rome", "returns/ExchangeGoods", returned("rome", sold.at("id"), back(1, 1, "RETURN_TO_STOCK"),
		exchanged("rome", line("HAT", 2, ""), paid("CASH", 1500))))
	does("rome", "milan", givenBack, 1, 1000)
	// One of those comes back in Milan for another hat there.
	w.must("till", "returns/ExchangeGoods", returned("milan", dearer.at("order", "id"), back(1, 1, "RETURN_TO_STOCK"),
		exchanged("milan", line("HAT", 1, ""), "")))
	does("milan", "rome", givenBack, 1, 1000)
	// What was paid by card in Milan pays by the same card for what Rome gives for it.
	carded := order("milan", line("HAT", 1, ""), paid("CARD", 1000))
	w.must("rome", "returns/ExchangeGoods", returned("rome", carded.at("id"), back(1, 1, "RETURN_TO_STOCK"), exchanged("rome", line("HAT", 1, ""), "")))
	does("milan", "rome", taken, 1, -1000)

	// The web shop's orders are paid in Rome, with change, and in Milan when they are collected; a part of one is given up for cash.
	web := w.must("staff", "orders/PlaceOrder", online(goods("HAT", 2, "PICKUP", "milan"), ""))
	w.must("rome", "orders/PayOrder", fmt.Sprintf(`{"order":%q,"location":"rome"%s}`, web.at("id"), paid("CASH", 2500)))
	does("rome", "online", taken, 2, -2000)
	w.must("till", "orders/CancelLines", fmt.Sprintf(`{"order":%q,"cashLocation":"milan","lines":[{"line":1,"quantity":"1"}]}`, web.at("id")))
	does("milan", "online", givenBack, 1, 1000)
	_, work := w.ready("PICKUP", "")
	right, _ := w.code(work)
	w.must("till", "fulfilments/CollectPickup", with(work, shown(right)+paid("CASH", 1200)))
	does("milan", "online", taken, 2, -1000)

	// A card of Milan's is topped up in Rome and spent there; half of what it bought comes back, and one of the loads.
	order("milan", giftCard("GC-1", 5000), paid("CARD", 5000))
	order("rome", giftCard("GC-1", 700), paid("CASH", 700))
	does("rome", "milan", loaded, 1, -700)
	taker := order("rome", giftCard("GC-1", 300), paid("CASH", 300))
	does("rome", "milan", loaded, 1, -300)
	hats := order("rome", line("HAT", 2, ""), tenders(tender("GIFT_CARD", 1500, "GC-1"), tender("CASH", 500, "")))
	does("rome", "milan", accepted, 1, 1500)
	w.must("rome", "returns/AcceptReturn", returned("rome", hats.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	does("rome", "milan", accepted, 1, -500)
	w.must("rome", "returns/AcceptReturn", returned("rome", taker.at("id"), back(1, 1, "RETURN_TO_STOCK"), ""))
	does("rome", "milan", loaded, 1, 300)
	// An exchange in Rome takes back a load and a hat that the card paid for, tops the card up and spends it.
	mixed := order("rome", giftCard("GC-1", 800)+","+line("HAT", 1, ""), tenders(tender("GIFT_CARD", 1000, "GC-1"), tender("CASH", 800, "")))
	does("rome", "milan", loaded, 1, -800)
	does("rome", "milan", accepted, 1, 1000)
	w.must("rome", "returns/ExchangeGoods", returned("rome", mixed.at("id"), back(1, 1, "RETURN_TO_STOCK")+","+back(2, 1, "RETURN_TO_STOCK"),
		exchanged("rome", giftCard("GC-1", 2000), paid("CARD", 200))))
	does("rome", "milan", loaded, 2, 800-2000)
	does("rome", "milan", accepted, 2, -1000+1000)
	// Credit of Milan's is spent in Rome. Zurich has nothing to do with anybody.
	credit := `,"customer":"` + bob + `"`
	w.must("staff", "returns/AcceptBlindReturn", blind("milan", "till", "HAT", eur(1000), "STORE_CREDIT", credit))
	order("rome", line("HAT", 1, ""), tenders(tender("STORE_CREDIT", 400, ""), tender("CASH", 600, ""))+credit)
	does("rome", "milan", accepted, 1, 400)
	w.must("staff", "orders/PlaceOrder", basket("till", "zurich", strings.ReplaceAll(giftCard("ZH", 700), "EUR", "CHF"),
		strings.ReplaceAll(paid("CARD", 700), "EUR", "CHF")))

	whole, listed := w.settlements(today, tomorrow, "", 100)
	wanted := map[string]settled{}
	for pair, s := range want {
		wanted[pair] = *s
	}
	if diff := cmp.Diff(wanted, whole, cmp.AllowUnexported(settled{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if pairs := []string{"milan online", "milan rome", "online milan", "online rome", "rome milan", "rome online"}; !slices.Equal(listed, pairs) {
		t.Errorf("in the order %v", listed)
	}

	t.Run("pages, one book and one pair are parts of the whole", func(t *testing.T) {
		w := w.in(t)
		for more, pairs := range map[string][]string{
			"": listed, `,"location":"milan"`: {"milan online", "milan rome"}, `,"withLocation":"milan"`: {"online milan", "rome milan"},
			`,"location":"rome","withLocation":"milan"`: {"rome milan"}, `,"location":"zurich"`: nil,
		} {
			part, order := w.settlements(today, tomorrow, more, 1)
			if !slices.Equal(order, pairs) {
				t.Errorf("%s: %v", more, order)
			}
			for pair, s := range part {
				if s != whole[pair] {
					t.Errorf("%s: %s is %v, and of all %v", more, pair, s, whole[pair])
				}
			}
		}
	})
	t.Run("the books agree with the opposite sign, and with the ledger", func(t *testing.T) {
		w := w.in(t)
		for pair, s := range whole {
			location, other, _ := strings.Cut(pair, " ")
			back := whole[other+" "+location]
			if s.closing != w.book(location, "settlement/"+other) || s.opening != -back.opening || s.closing != -back.closing || s.entries != back.entries {
				t.Errorf("%s: %v, and the other says %v", pair, s, back)
			}
			for i, minor := range s.parts {
				if minor != -back.parts[(i+4)%8] {
					t.Errorf("%s %s: %d, and the other says %d", pair, settlementParts[i][0], minor, back.parts[(i+4)%8])
				}
			}
		}
	})
	t.Run("the entries behind each figure add up to it, and each has its like in the other book", func(t *testing.T) {
		w := w.in(t)
		for pair, s := range whole {
			location, other, _ := strings.Cut(pair, " ")
			all := w.settlementEntries(today, tomorrow, pair, "", 3)
			if int64(len(all)) != s.entries {
				t.Errorf("%s: %d entries, not %d", pair, len(all), s.entries)
			}
			theirs := map[string]int{}
			for _, e := range w.settlementEntries(today, tomorrow, other+" "+location, "", 100) {
				theirs[fmt.Sprint(e.at("transaction"), e.at("kind"), e.at("cause"), e.at("order"), e.at("account"), e.at("recordedAt"), w.minors(e, "amount"))]++
			}
			var read []answer
			for i, part := range settlementParts {
				var sum int64
				for _, e := range w.settlementEntries(today, tomorrow, pair, `,"part":"SETTLEMENT_PART_`+part[1]+`"`, 2) {
					read, sum = append(read, e), sum+w.minors(e, "amount")
					like := fmt.Sprint(e.at("transaction"), e.at("kind"), e.at("cause"), e.at("order"), e.at("account"), e.at("recordedAt"), -w.minors(e, "amount"))
					if theirs[like]--; theirs[like] < 0 {
						t.Errorf("%s: the other book has nothing like %v", pair, e.body)
					}
					n := w.count(`select count(*) from ledger_entries e join ledger_transactions t on t.location = e.location and t.id = e.transaction_id
						where e.location = $1 and e.transaction_id = $2 and t.kind = $3 and t.cause = $4 and e.quantity = abs($5::int8)
						and case when $5::int8 > 0 then e.to_account else e.from_account end = 'settlement/' || $6`,
						location, e.at("transaction"), e.at("kind"), e.at("cause"), w.minors(e, "amount"), other)
					if n == 0 || e.at("part") != "SETTLEMENT_PART_"+part[1] || w.count(`select count(*) from orders where id = $1`, e.at("order")) != 1 {
						t.Errorf("%s: %v is not in the books", pair, e.body)
					}
				}
				if sum != s.parts[i] {
					t.Errorf("%s %s: the entries come to %d, the figure is %d", pair, part[0], sum, s.parts[i])
				}
			}
			if len(read) != len(all) || !slices.IsSortedFunc(all, func(x, y answer) int {
				return strings.Compare(fmt.Sprint(x.at("recordedAt")), fmt.Sprint(y.at("recordedAt")))
			}) {
				t.Errorf("%s: %d entries by figure, and in order %v", pair, len(read), all)
			}
		}
	})
	t.Run("an entry says what it was", func(t *testing.T) {
		w := w.in(t)
		first := w.settlementEntries(today, tomorrow, "rome milan", "", 100)[0]
		w.want(first, map[string]any{
			"kind": "RETURN", "order": sold.at("id"), "part": "SETTLEMENT_PART_GIVEN_BACK_FOR_THEM", "amount.amountMinor": "2000", "account": "tender/CASH",
			"actor": "rome",
		})
		for _, time := range []string{"recordedAt", "occurredAt"} {
			if first.at(time) == nil {
				t.Errorf("no %s: %v", time, first.body)
			}
		}
		if cause, _ := first.at("cause").(string); !strings.HasPrefix(cause, "return/") {
			t.Errorf("for %v", first.at("cause"))
		}
	})
	t.Run("what was owed in the end is owed when the next day begins, and nothing was before", func(t *testing.T) {
		w := w.in(t)
		after, _ := w.settlements(later, later, "", 100)
		for pair, s := range whole {
			if diff := cmp.Diff(settled{opening: s.closing, closing: s.closing}, after[pair], cmp.AllowUnexported(settled{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", pair, diff)
			}
		}
		if before, _ := w.settlements(now.AddDate(0, 0, -2), now.AddDate(0, 0, -1), "", 100); len(before) != 0 {
			t.Errorf("what was not there yet is told: %v", before)
		}
		if none := w.settlementEntries(later, later, "rome milan", "", 100); len(none) != 0 {
			t.Errorf("%v", none)
		}
	})
	t.Run("a day begins and ends at midnight UTC, by when things were written down", func(t *testing.T) {
		w := w.in(t)
		w.sql(`update ledger_transactions set recorded_at = recorded_at - interval '10 days' where location in ('milan', 'rome') and kind = 'RETURN'`)
		old, _ := w.settlements(now.AddDate(0, 0, -11), now.AddDate(0, 0, -9), `,"location":"rome","withLocation":"milan"`, 100)
		young, _ := w.settlements(today, tomorrow, `,"location":"rome","withLocation":"milan"`, 100)
		was, is := old["rome milan"], young["rome milan"]
		if was.opening != 0 || was.parts[givenBack] != 2000 || was.closing != is.opening || is.closing != whole["rome milan"].closing || is.parts[givenBack] != 1000 {
			t.Errorf("first %v, then %v", was, is)
		}
		w.sql(`update ledger_transactions set recorded_at = recorded_at + interval '10 days' where location in ('milan', 'rome') and kind = 'RETURN'`)
	})
	t.Run("is told to staff alone, and to those of a location of its book alone", func(t *testing.T) {
		w := w.in(t)
		for _, method := range []string{"ListSettlements", "ListSettlementEntries"} {
			for _, key := range []string{"site", "till", "tablet", "ada"} {
				w.refused(key, "reports/"+method, days(today, tomorrow, `,"location":"milan","withLocation":"rome"`), "PERMISSION_DENIED", "")
			}
			w.must("office", "reports/"+method, days(today, tomorrow, `,"location":"rome","withLocation":"milan"`))
			w.refused("office", "reports/"+method, days(today, tomorrow, `,"location":"milan","withLocation":"rome"`), "PERMISSION_DENIED", "")
		}
		w.refused("office", "reports/ListSettlements", days(today, tomorrow, ""), "PERMISSION_DENIED", "")
	})
	w.audit()
}
