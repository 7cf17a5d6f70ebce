package retail

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// allowed is the chart of postings written down a second time: for each kind of act, the moves it may make.
var allowed = map[Kind][]string{
	KindReceive: {"supplier > available"},
	KindAdjust:  {"found > available", "available > shrinkage"},
	KindHold:    {"available > held"},
	KindRelease: {"held > available"},
	KindExpire:  {"held > available"},
	KindSale:    {"available > customer", "sales > order/", "tax/ > order/", "order/ > tender/", "tender/ > order/"},
	KindMaster:  {},
}

// group cuts an account after its slash: "tax/IVA22" is "tax/".
func group(account string) string {
	if at := strings.IndexByte(account, '/'); at >= 0 {
		return account[:at+1]
	}
	return account
}

// books is the ledger of a shop, folded anew from its entries by nothing but addition.
type books struct {
	// units by position and account; money by book, currency and account, what went in less what went out.
	units map[Key]map[string]int64
	money map[[2]string]map[string]int64
	// moves counts the entries of each position.
	moves map[Key]int64
}

// fold checks L1, that entries are well-formed, and adds them up.
func fold(t rapid.TB, headers []Header) books {
	t.Helper()
	b := books{units: map[Key]map[string]int64{}, money: map[[2]string]map[string]int64{}, moves: map[Key]int64{}}
	for _, header := range headers {
		for _, e := range header.Entries {
			move := group(e.From) + " > " + group(e.To)
			if e.Quantity <= 0 || e.Location != header.Location || !slices.Contains(allowed[header.Kind], move) {
				t.Fatalf("L1: a %s may not post %+v", header.Kind, e)
			}
			if strings.Contains(move, "/") { // every move of money has an order's account at one end
				if e.Version != 0 {
					t.Fatalf("L1: money has no version: %+v", e)
				}
				add(b.money, [2]string{e.Location, e.Asset}, e)
				continue
			}
			key := LevelKey(e.Location, e.Asset)
			add(b.units, key, e)
			b.moves[key]++
			if e.Version != b.moves[key] {
				t.Fatalf("L1: entry %d of a position has version %d: %+v", b.moves[key], e.Version, e)
			}
		}
	}
	return b
}

func add[K comparable](accounts map[K]map[string]int64, key K, e Entry) {
	if accounts[key] == nil {
		accounts[key] = map[string]int64{}
	}
	accounts[key][e.From] -= e.Quantity
	accounts[key][e.To] += e.Quantity
}

// audit proves the invariants of a shop from its entries, as `aisle audit` proves those of a database.
func (s *shop) audit(t rapid.TB) {
	t.Helper()
	b := fold(t, s.headers)
	held := map[Key]int64{}
	var orders []Order
	for _, row := range s.rows {
		switch row := row.(type) {
		case Hold:
			if row.State == StateHeld {
				for _, line := range row.Lines {
					held[LevelKey(row.Location, line.SKU)] += line.Quantity
				}
			}
		case Order:
			orders = append(orders, row)
		}
	}
	for key := range b.units {
		if s.rows[key] == nil {
			t.Fatalf("L2: %+v moved and has no level", key)
		}
	}
	for key, row := range s.rows {
		if level, ok := row.(Level); ok {
			auditLevel(t, level, b.units[key], b.moves[key], held[key])
		}
	}
	for _, order := range orders {
		auditOrder(t, order, s.headers)
	}
	auditMoney(t, b, orders)
	auditEvents(t, s.events)
}

func auditLevel(t rapid.TB, l Level, folded map[string]int64, moves, held int64) {
	t.Helper()
	for _, account := range []string{"available", "held", "committed", "inspection", "damaged", "quarantine", "incoming"} {
		units := unitsOf(l, account)
		if units != folded[account] || l.Version != moves {
			t.Fatalf("L2: %s of %s at %s is %d after %d moves; its entries come to %d after %d",
				account, l.SKU, l.Location, units, l.Version, folded[account], moves)
		}
		if units < 0 && account != "available" {
			t.Fatalf("L3: %s of %s at %s is %d", account, l.SKU, l.Location, units)
		}
	}
	open, unsettled := int64(0), false
	for _, c := range l.Cases {
		if c.OpenUnits < 0 || c.OpenUnits > c.Units || c.Units <= 0 || unsettled && c.OpenUnits < c.Units {
			t.Fatalf("L3: case %+v of %s at %s, in %+v", c, l.SKU, l.Location, l.Cases)
		}
		open += c.OpenUnits
		unsettled = unsettled || c.OpenUnits > 0
	}
	if short := max(0, -l.Available()); short != open {
		t.Fatalf("L3: %s at %s is short of %d, and its open cases come to %d", l.SKU, l.Location, short, open)
	}
	if l.Held() != held || unitsOf(l, "committed") != 0 {
		t.Fatalf("L4: %s at %s has %d held and %d committed; its holds come to %d and 0",
			l.SKU, l.Location, l.Held(), unitsOf(l, "committed"), held)
	}
}

// auditOrder proves L5, and that what left the shelf for an order is what its lines say.
func auditOrder(t rapid.TB, o Order, headers []Header) {
	t.Helper()
	left, sold := map[string]int64{}, map[string]int64{}
	for _, header := range headers {
		if header.Cause != "order/"+o.ID.String() {
			continue
		}
		if !header.OccurredAt.Equal(o.OccurredAt) || header.Channel != o.Channel {
			t.Fatalf("order %s happened at %s in %s, and its transaction is %+v", o.Number, o.OccurredAt, o.Channel, header)
		}
		for _, e := range header.Entries {
			if e.To == "customer" {
				left[e.Asset] += e.Quantity
			}
		}
	}
	for _, line := range o.Lines {
		sold[line.SKU] += line.Fulfilled
		open := line.Quantity - line.Fulfilled - line.Cancelled
		if open != 0 || line.Returned < 0 || line.Returned > line.Fulfilled {
			t.Fatalf("L5: line %d of order %s, which is %s: %+v", line.Line, o.Number, o.State, line)
		}
	}
	if diff := cmp.Diff(sold, left); diff != "" {
		t.Fatalf("L5: what left the shelf for order %s differs from its lines (-lines +entries):\n%s", o.Number, diff)
	}
}

// auditMoney proves L6: the account of each order holds what is owed, and every other cent is in an account that says why.
func auditMoney(t rapid.TB, b books, orders []Order) {
	t.Helper()
	want := map[[2]string]map[string]int64{}
	for _, o := range orders {
		book := [2]string{o.Location, o.Currency}
		if want[book] == nil {
			want[book] = map[string]int64{}
		}
		gross := int64(0)
		for _, line := range o.Lines {
			gross += line.GrossMinor
			want[book]["sales"] -= line.NetMinor
		}
		for _, tax := range o.Taxes {
			want[book]["tax/"+tax.Code] -= tax.TaxMinor
		}
		for _, p := range o.Payments {
			way := int64(1)
			if p.Movement == "CHANGE" {
				way = -1
			}
			gross -= way * p.AmountMinor
			want[book]["tender/"+p.Kind] += way * p.AmountMinor
		}
		want[book]["order/"+o.ID.String()] = gross // what is still owed
		if gross != 0 && o.State == OrderCompleted {
			t.Fatalf("L6: order %s is completed and %d is owed", o.Number, gross)
		}
	}
	if diff := cmp.Diff(nonZero(want), nonZero(b.money)); diff != "" {
		t.Fatalf("L6: the money accounts differ from the orders (-orders +entries):\n%s", diff)
	}
}

// nonZero leaves out accounts that came back to nothing and books without any.
func nonZero(all map[[2]string]map[string]int64) map[[2]string]map[string]int64 {
	kept := map[[2]string]map[string]int64{}
	for book, accounts := range all {
		accounts = maps.Clone(accounts)
		maps.DeleteFunc(accounts, func(_ string, sum int64) bool { return sum == 0 })
		if len(accounts) > 0 {
			kept[book] = accounts
		}
	}
	return kept
}

// auditEvents proves the part of L9 that the rules answer for: the versions of each subject are 1, 2, 3 without gaps.
func auditEvents(t rapid.TB, events []Event) {
	t.Helper()
	versions := map[string]int64{}
	for _, event := range events {
		subject := event.Shard + " " + event.Subject
		versions[subject]++
		if event.Version != versions[subject] || event.Kind == "" || event.Shard == "" || event.Body == nil {
			t.Fatalf("L9: event %s of %s has version %d, not %d", event.Kind, subject, event.Version, versions[subject])
		}
	}
}
