package retail

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lawful is a change that Post takes, for tests to spoil.
func lawful(entries ...Entry) Change {
	return Change{ID: ID{1}, Kind: KindReceive, Place: "milan", Fact: true, Cause: "NOTE-7", Entries: entries}
}

func TestPost(t *testing.T) {
	stamp := Stamp{Now: opening, Actor: "till-1", RequestID: ID{9}}
	received := Entry{Location: "milan", From: Supplier, To: Available, Asset: "RED-42", Quantity: 3}

	t.Run("writes one header for each book, and numbers the moves of each position", func(t *testing.T) {
		elsewhere := Entry{Location: "rome", From: Supplier, To: Available, Asset: "RED-42", Quantity: 1}
		paid := Entry{Location: "milan", From: OrderPrefix + "x", To: CashTender, Asset: "EUR", Quantity: 5}
		c := lawful(received, elsewhere, received, paid)
		c.OccurredAt, c.Channel = opening.Add(-time.Hour), "till"
		posted, err := Post(c, stamp, newShop())
		if err != nil {
			t.Fatal(err)
		}
		header := Header{
			Location: "milan", ID: ID{1}, Kind: KindReceive, OccurredAt: opening.Add(-time.Hour), RecordedAt: opening, Actor: "till-1",
			Channel: "till", RequestID: ID{9}, Cause: "NOTE-7",
		}
		first, third := received, received
		first.Version, third.Version = 1, 2
		header.Entries = []Entry{first, third, paid}
		other := header
		other.Location, elsewhere.Version = "rome", 1
		other.Entries = []Entry{elsewhere}
		if diff := cmp.Diff([]Header{header, other}, posted.Headers); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
		milan := posted.Rows[0].(Level)
		if len(posted.Rows) != 2 || milan.Available() != 6 || milan.Version != 2 || !milan.RecordedAt.Equal(opening) {
			t.Errorf("rows: %+v", posted.Rows)
		}
	})
	t.Run("an act that posts nothing has a header all the same, and happened when it is recorded", func(t *testing.T) {
		posted, err := Post(Change{ID: ID{1}, Kind: KindMaster, Place: HeadOffice}, stamp, newShop())
		if err != nil || len(posted.Headers) != 1 || posted.Headers[0].Location != HeadOffice || !posted.Headers[0].OccurredAt.Equal(opening) {
			t.Errorf("%+v: %v", posted, err)
		}
	})

	faults := map[string]func(*Change){
		"a change without an id":         func(c *Change) { c.ID = ID{} },
		"a change without a kind":        func(c *Change) { c.Kind = "" },
		"a change without a place":       func(c *Change) { c.Place = "" },
		"an entry of nothing":            func(c *Change) { c.Entries[0].Quantity = 0 },
		"an entry of less than nothing":  func(c *Change) { c.Entries[0].Quantity = -1 },
		"an entry without a book":        func(c *Change) { c.Entries[0].Location = "" },
		"an entry without an asset":      func(c *Change) { c.Entries[0].Asset = "" },
		"an account that nobody knows":   func(c *Change) { c.Entries[0].From = "cellar" },
		"a move between two of those":    func(c *Change) { c.Entries[0].From, c.Entries[0].To = "cellar", "attic" },
		"an account of nobody":           func(c *Change) { c.Entries[0].From, c.Entries[0].To = OrderPrefix, CashTender },
		"units that become money":        func(c *Change) { c.Entries[0].To = Sales },
		"a move to where it came from":   func(c *Change) { c.Entries[0].To = Supplier },
		"units from an empty shelf":      func(c *Change) { c.Entries[0].From, c.Entries[0].To = Held, Available },
		"a promise that nobody can keep": func(c *Change) { c.Entries[0].From, c.Entries[0].To, c.Fact = Available, Held, false },
		"committed units that are not there, though it happened": func(c *Change) {
			c.Entries[0].From, c.Entries[0].To = Committed, Customer
		},
	}
	for fault, spoil := range faults {
		t.Run("refuses "+fault, func(t *testing.T) {
			c := lawful(received)
			spoil(&c)
			posted, err := Post(c, stamp, newShop())
			if err == nil || !strings.HasPrefix(err.Error(), "retail: ") {
				t.Errorf("took it: %+v, %v", posted, err)
			}
		})
	}
	t.Run("refuses a shelf that is short without a case", func(t *testing.T) {
		s := newShop()
		broken := Level{Location: "milan", SKU: "RED-42", Units: [7]int64{-2}}
		s.rows[broken.Key()] = broken
		if _, err := Post(lawful(received), stamp, s); err == nil {
			t.Error("took it")
		}
	})
	t.Run("settles of two cases of one instant the one that is read first", func(t *testing.T) {
		s := newShop()
		shelf := Level{Location: "milan", SKU: "RED-42"}
		s.rows[shelf.Key()] = shelf
		for _, id := range []ID{{9}, {8}} {
			taken := lawful(Entry{Location: "milan", From: Available, To: Customer, Asset: "RED-42", Quantity: 2})
			taken.ID = id
			posted, err := Post(taken, stamp, s)
			if err != nil {
				t.Fatal(err)
			}
			s.rows[shelf.Key()] = posted.Rows[0]
		}
		posted, err := Post(lawful(received), stamp, s)
		if err != nil {
			t.Fatal(err)
		}
		cases := posted.Rows[0].(Level).Cases
		if len(cases) != 2 || cases[0].Transaction != (ID{8}) || cases[0].OpenUnits >= cases[1].OpenUnits {
			t.Errorf("%+v", cases)
		}
	})
	t.Run("gives units back to an oversold shelf for a promise too", func(t *testing.T) {
		s := newShop()
		short := Level{
			Location: "milan", SKU: "RED-42", Units: [7]int64{-2, 3}, Cases: []OversellCase{{Transaction: ID{7}, Units: 2, OpenUnits: 2}},
		}
		s.rows[short.Key()] = short
		c := lawful(Entry{Location: "milan", From: Held, To: Available, Asset: "RED-42", Quantity: 1})
		c.Fact = false
		posted, err := Post(c, stamp, s)
		if err != nil {
			t.Fatal(err)
		}
		if got := posted.Rows[0].(Level); got.Available() != -1 || got.Cases[0].OpenUnits != 1 || short.Cases[0].OpenUnits != 2 {
			t.Errorf("%+v, and before it %+v", got, short)
		}
	})
}

func TestPostStoredValue(t *testing.T) {
	s := newShop()
	card := Balance{Location: "milan", Account: GiftCardPrefix + "x", Currency: "EUR", AmountMinor: 5, Version: 1}
	s.rows[card.Key()] = card
	for what, c := range map[string]struct {
		minor    int64
		currency string
		taken    bool
	}{
		"all there is":        {5, "EUR", true},
		"more than there is":  {6, "EUR", false},
		"in another currency": {5, "USD", false},
	} {
		spent := lawful(Entry{Location: "milan", From: OrderPrefix + "x", To: card.Account, Asset: c.currency, Quantity: c.minor})
		if _, err := Post(spent, Stamp{Now: opening}, s); (err == nil) != c.taken {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestFacts(t *testing.T) {
	delivery, _, _ := MoveStock{Kind: KindReceive, Location: "milan"}.Decide(newShop(), opening)
	theft, _, _ := MoveStock{Kind: KindAdjust, Location: "milan"}.Decide(newShop(), opening)
	hold, _, _ := PlaceHold{Location: "milan"}.Decide(newShop(), opening)
	atTill, _, _ := PlaceOrder{Location: "milan", Fact: true}.Decide(newShop(), opening)
	onWeb, _, _ := PlaceOrder{Location: "milan"}.Decide(newShop(), opening)
	for says, is := range map[string]bool{
		"a delivery is a fact":          delivery.Fact,
		"a theft is a fact":             theft.Fact,
		"a sale at a till is a fact":    atTill.Fact,
		"a hold is a promise":           hold.Kind == KindHold && !hold.Fact,
		"a sale elsewhere is a promise": onWeb.Kind == KindSale && !onWeb.Fact,
	} {
		if !is {
			t.Errorf("not so: %s", says)
		}
	}
}

func TestKindOf(t *testing.T) {
	for account, want := range map[string]AccountKind{
		"available": UnitAccount, "held": UnitAccount, "committed": UnitAccount, "inspection": UnitAccount, "damaged": UnitAccount,
		"quarantine": UnitAccount, "incoming": UnitAccount, "supplier": UnitAccount, "customer": UnitAccount, "shrinkage": UnitAccount,
		"found": UnitAccount, "sales": MoneyAccount, "rounding": MoneyAccount, "tax/IVA22": MoneyAccount, "tender/CASH": MoneyAccount,
		"order/x": MoneyAccount, "tax/": NoAccount, "order/": NoAccount, "": NoAccount, "Available": NoAccount, "cellar": NoAccount,
	} {
		if got := KindOf(account); got != want {
			t.Errorf("%q is of kind %d, want %d", account, got, want)
		}
	}
	for i, account := range stockAccounts {
		if levelIndex(account) != i {
			t.Errorf("%s stands at %d in a level and at %d in the order of columns", account, levelIndex(account), i)
		}
	}
}

func TestCompareKeys(t *testing.T) {
	inOrder := []Key{
		LocationKey("z"), OrderKey(ID{1}), HoldKey("milan", ID{1}), HoldKey("milan", ID{2}), HoldKey("rome", ID{}), LevelKey("Milan", "a"),
		LevelKey("milan", "RED-42"), LevelKey("milan", "red-42"), LevelKey("milan-2", ""), LevelKey("é", "a"),
	}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if got, want := CompareKeys(a, b), min(1, max(-1, i-j)); got != want {
				t.Errorf("%+v to %+v is %d, want %d", a, b, got, want)
			}
		}
	}
}
