package retail

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// The moves of money that several kinds of act share.
var (
	paying = []string{
		"order/ > tender/", "tender/ > order/", "order/ > rounding", "rounding > order/", "order/ > gift_card/", "order/ > store_credit/",
		"order/ > settlement/", "settlement/ > gift_card/", "settlement/ > store_credit/",
	}
	payingElsewhere = append(slices.Clone(paying), "settlement/ > tender/", "tender/ > settlement/", "settlement/ > order/")
	earning         = []string{"sales > order/", "tax/ > order/", "charges/ > order/"}
	givingBack      = []string{
		"tender/ > order/", "tender/ > settlement/", "settlement/ > order/", "gift_card/ > order/", "gift_card/ > settlement/",
		"store_credit/ > order/", "store_credit/ > settlement/",
	}
	undoing   = []string{"rounding > order/", "goodwill > order/", "loss > order/"}
	promising = []string{
		"available > customer", "held > customer", "available > committed", "held > committed", "held > available",
	}
	costing    = []string{"inventory/ > cost_of_goods"}
	takenBack  = []string{"cost_of_goods > inventory/"}
	differing  = []string{"inventory_difference > inventory/", "inventory/ > inventory_difference"}
	supplied   = append([]string{"goods_received > inventory/"}, differing...)
	comingBack = []string{
		"customer > available", "customer > inspection", "customer > damaged", "order/ > sales_returns", "order/ > tax/", "order/ > charges/",
		"order/ > gift_card/", "order/ > settlement/", "settlement/ > gift_card/", "fees > order/",
	}
)

// allowed is the chart of postings written down a second time: for each kind of act, the moves it may make.
var allowed = map[Kind][]string{
	KindReceive:    slices.Concat([]string{"supplier > available"}, supplied),
	KindAdjust:     slices.Concat([]string{"found > available", "available > shrinkage"}, differing),
	KindDamage:     {"available > damaged", "inspection > damaged", "quarantine > damaged"},
	KindQuarantine: {"available > quarantine", "inspection > quarantine", "damaged > quarantine"},
	KindInspect:    {"inspection > available", "inspection > damaged", "inspection > quarantine", "inspection > shrinkage", "inventory/ > inventory_difference"},
	KindRestore:    {"damaged > available", "quarantine > available"},
	KindWriteOff:   {"available > shrinkage", "inspection > shrinkage", "damaged > shrinkage", "quarantine > shrinkage", "inventory/ > inventory_difference"},
	KindFound:      {"found > available", "found > inspection", "found > damaged", "found > quarantine", "inventory_difference > inventory/"},
	KindResolve:    {"found > available", "inventory_difference > inventory/"},
	KindHold:       {"available > held"},
	KindRelease:    {"held > available"},
	KindCart:       {"available > held", "held > available"},
	KindExpire:     {"held > available"},
	KindSale:       slices.Concat(promising, earning, paying, []string{"gift_card/ > order/", "gift_card/ > settlement/", "settlement/ > order/"}, costing),
	KindPayment:    payingElsewhere,
	KindWork:       {},
	KindHandover:   slices.Concat([]string{"committed > customer"}, earning, payingElsewhere, costing),
	KindCancel:     slices.Concat([]string{"committed > available"}, givingBack, undoing),
	KindReject: slices.Concat([]string{
		"committed > shrinkage", "committed > available", "committed > damaged", "available > committed", "inventory/ > inventory_difference",
	}, givingBack, undoing),
	KindReturn:   slices.Concat([]string{"customer > shrinkage"}, comingBack, givingBack, undoing, takenBack, differing),
	KindExchange: slices.Concat([]string{"customer > shrinkage"}, comingBack, promising, earning, payingElsewhere, givingBack, undoing, costing, takenBack, differing),
	KindGoodwill: slices.Concat([]string{"order/ > goodwill"}, givingBack),
	KindLoss:     {"order/ > loss"},
	KindByPost:   {"inspection > available", "inspection > damaged"},
	KindInvoice:  {},
	KindRequest:  {},
	KindTransfer: {
		"available > transit/", "committed > transit/", "transit/ > incoming", "inventory/ > goods_in_transit/", "inventory/ > inventory_difference",
	},
	KindArrival: slices.Concat([]string{
		"incoming > available", "incoming > damaged", "incoming > shrinkage", "available > transit/", "transit/ > incoming",
		"incoming > committed", "available > committed",
		"goods_in_transit/ > inventory/", "goods_in_transit/ > inventory_difference", "inventory/ > goods_in_transit/",
	}, differing),
	KindExpect: {"supplier > incoming", "incoming > supplier"},
	KindDelivery: slices.Concat([]string{
		"incoming > available", "incoming > damaged", "supplier > available", "supplier > damaged",
	}, supplied),
	KindCount:    slices.Concat([]string{"found > available", "available > shrinkage"}, differing),
	KindDemand:   {},
	KindCard:     {},
	KindBreakage: {"breakage > gift_card/"},
	KindLink:     {},
	KindProvider: {"order/ > tender/", "tender/ > order/"},
	KindCash:     {"tender/ > safe", "tender/ > cash_difference", "cash_difference > tender/"},
	KindMaster:   {},
}

// group cuts an account after its slash: "tax/IVA22" is "tax/".
func group(account string) string {
	if at := strings.IndexByte(account, '/'); at >= 0 {
		return account[:at+1]
	}
	return account
}

// countsUnits tells whether an account counts units; all others count money.
func countsUnits(account string) bool {
	return slices.Contains([]string{
		"available", "held", "committed", "inspection", "damaged", "quarantine", "incoming", "supplier", "customer", "shrinkage", "found",
		"transit/",
	}, group(account))
}

// books is the ledger of a shop, folded anew from its entries by nothing but addition.
type books struct {
	// units by position and account; money by book, currency and account, what went in less what went out.
	units map[Key]map[string]int64
	money map[[2]string]map[string]int64
	// moves counts the entries of each position, and of each account of money in a book.
	moves      map[Key]int64
	moneyMoves map[[2]string]int64
	// cards are when something was put on accounts of gift cards, by book and account, and what was on them was taken as expired.
	cards map[[2]string][]cardMove
}

// auditChart proves the part of L1 that is about kinds: each posts only what the chart allows it.
func auditChart(t rapid.TB, headers []Header) {
	t.Helper()
	for _, header := range headers {
		for _, e := range header.Entries {
			if !slices.Contains(allowed[header.Kind], group(e.From)+" > "+group(e.To)) {
				t.Fatalf("L1: a %s may not post %+v", header.Kind, e)
			}
		}
	}
}

// fold checks the rest of L1, that entries are well-formed, and adds them up.
func fold(t rapid.TB, headers []Header) books {
	t.Helper()
	b := books{
		units: map[Key]map[string]int64{}, money: map[[2]string]map[string]int64{}, moves: map[Key]int64{}, moneyMoves: map[[2]string]int64{},
		cards: map[[2]string][]cardMove{},
	}
	for _, header := range headers {
		for _, e := range header.Entries {
			if e.Quantity <= 0 || e.Location != header.Location || countsUnits(e.From) != countsUnits(e.To) {
				t.Fatalf("L1: a %s posts %+v", header.Kind, e)
			}
			if !countsUnits(e.From) {
				if e.Version != 0 {
					t.Fatalf("L1: money has no version: %+v", e)
				}
				add(b.money, [2]string{e.Location, e.Asset}, e)
				b.moneyMoves[[2]string{e.Location, e.From}]++
				b.moneyMoves[[2]string{e.Location, e.To}]++
				if card := [2]string{e.Location, e.From}; group(e.From) == "gift_card/" {
					b.cards[card] = append(b.cards[card], cardMove{header.RecordedAt, true})
				} else if card[1] = e.To; e.From == "breakage" {
					b.cards[card] = append(b.cards[card], cardMove{header.RecordedAt, false})
				}
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

// kept are the rows of a shop by what they are.
type kept struct {
	orders    []Order
	returns   []Return
	transfers []Transfer
	delivered []Delivery
	expected  []DeliveryLine
	invoices  []Invoice
	holds     []Hold
	works     []Fulfilment
	counts    []Count
}

func (s *shop) kept() kept {
	var k kept
	for _, row := range s.rows {
		switch row := row.(type) {
		case Order:
			k.orders = append(k.orders, row)
		case Return:
			k.returns = append(k.returns, row)
		case Transfer:
			k.transfers = append(k.transfers, row)
		case Delivery:
			k.delivered = append(k.delivered, row)
		case DeliveryLine:
			k.expected = append(k.expected, row)
		case Invoice:
			k.invoices = append(k.invoices, row)
		case Hold:
			k.holds = append(k.holds, row)
		case Fulfilment:
			k.works = append(k.works, row)
		case Count:
			k.counts = append(k.counts, row)
		}
	}
	return k
}

// promised is what a position must hold for others, by what promises it.
type promised struct{ held, committed, incoming int64 }

// audit proves the invariants of a shop from its entries, as `aisle audit` proves those of a database.
func (s *shop) audit(t rapid.TB) {
	t.Helper()
	auditChart(t, s.headers)
	k := s.auditNumbers(t)
	auditValue(t, s.headers, s.rows)
	auditDocuments(t, k, s)
	auditCounts(t, s, k)
	auditEvents(t, s.events, k)
	auditLow(t, s)
}

// auditNumbers proves what must hold of units and money whatever a command called its accounts, documents and events.
func (s *shop) auditNumbers(t rapid.TB) kept {
	t.Helper()
	b, k := fold(t, s.headers), s.kept()
	for key := range b.units {
		if s.rows[key] == nil {
			t.Fatalf("L2: %+v moved and has no level", key)
		}
	}
	promises := k.promises()
	for key, row := range s.rows {
		if level, ok := row.(Level); ok {
			auditLevel(t, level, b.units[key], b.moves[key], promises[key])
			delete(promises, key)
		}
	}
	for key, p := range promises {
		if p != (promised{}) {
			t.Fatalf("L4: %+v is promised %+v and has no level", key, p)
		}
	}
	auditBalances(t, b, s.rows)
	auditOrders(t, b, k, s.headers)
	auditMoney(t, b, k, s.headers)
	auditBetweenPlaces(t, s.headers)
	auditBrought(t, k)
	return k
}

// promises are what holds, open lines of orders, transfers on their way and deliveries ask of each position.
func (k kept) promises() map[Key]promised {
	all := map[Key]promised{}
	ask := func(place, sku string, more promised) {
		p := all[LevelKey(place, sku)]
		p.held, p.committed, p.incoming = p.held+more.held, p.committed+more.committed, p.incoming+more.incoming
		all[LevelKey(place, sku)] = p
	}
	for _, hold := range k.holds {
		for _, line := range hold.Lines {
			if hold.State == "HELD" {
				ask(hold.Location, line.SKU, promised{held: line.Quantity})
			}
		}
	}
	for _, order := range k.orders {
		for _, line := range order.Lines {
			if line.SKU != "" {
				ask(line.Location, line.SKU, promised{committed: line.Quantity - line.Fulfilled - line.Cancelled - line.Away - line.Coming})
			}
			if line.Away != 0 {
				ask(line.From, line.SKU, promised{committed: line.Away})
			}
		}
	}
	for _, transfer := range k.transfers {
		for _, line := range transfer.Lines {
			ask(transfer.To, line.SKU, promised{incoming: line.Shipped - line.Received - line.Missing})
		}
	}
	at := map[ID]string{}
	for _, delivery := range k.delivered {
		at[delivery.ID] = delivery.Location
	}
	for _, line := range k.expected {
		u := line.Units
		ask(at[line.Delivery], line.SKU, promised{incoming: u.Announced - u.Received - u.Damaged + u.Over - u.Short})
	}
	return all
}

func auditLevel(t rapid.TB, l Level, folded map[string]int64, moves int64, promises promised) {
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
	open, unsettled := int64(0), time.Time{} // since when the oldest is open
	for _, c := range l.Cases {
		// After one that is open, a case is whole, or somebody resolved it; of one instant, either may have been opened later.
		inTurn := unsettled.IsZero() || !unsettled.Before(c.OpenedAt) || c.OpenUnits == c.Units || c.OpenUnits == 0
		if c.OpenUnits < 0 || c.OpenUnits > c.Units || c.Units <= 0 || !inTurn || c.SettledBy.IsZero() != (c.OpenUnits > 0) {
			t.Fatalf("L3: case %+v of %s at %s, in %+v", c, l.SKU, l.Location, l.Cases)
		}
		open += c.OpenUnits
		if unsettled.IsZero() && c.OpenUnits > 0 {
			unsettled = c.OpenedAt
		}
	}
	if short := max(0, -l.Available()); short != open {
		t.Fatalf("L3: %s at %s is short of %d, and its open cases come to %d", l.SKU, l.Location, short, open)
	}
	is := promised{l.Held(), unitsOf(l, "committed"), unitsOf(l, "incoming")}
	if is != promises {
		t.Fatalf("L4, L10: %s at %s has %+v; its holds, orders, transfers and deliveries come to %+v", l.SKU, l.Location, is, promises)
	}
}

// auditBalances proves the part of L2 and L3 that is about stored value.
func auditBalances(t rapid.TB, b books, rows map[Key]Row) {
	t.Helper()
	stored := func(account string) bool { g := group(account); return g == "gift_card/" || g == "store_credit/" }
	for book, accounts := range b.money {
		for account, sum := range accounts {
			if !stored(account) {
				continue
			}
			row, found := rows[BalanceKey(book[0], account)].(Balance)
			moves := b.moneyMoves[[2]string{book[0], account}]
			if !found || row.AmountMinor != -sum || row.AmountMinor < 0 || row.Currency != book[1] || row.Version != moves {
				t.Fatalf("L2: %s at %s comes to %d after %d moves, and its balance is %+v", account, book[0], -sum, moves, row)
			}
		}
	}
	sold := map[string]CardTerms{}
	for _, row := range rows {
		if order, ok := row.(Order); ok {
			for _, l := range order.Lines {
				if was, twice := sold[l.Account]; twice && was != l.Terms {
					t.Fatalf("L6: %s was sold by %+v and by %+v", l.Account, was, l.Terms)
				}
				sold[l.Account] = l.Terms
			}
		}
	}
	for _, row := range rows {
		if row, ok := row.(Balance); ok {
			if b.moneyMoves[[2]string{row.Location, row.Account}] == 0 || row.Terms != sold[row.Account] {
				t.Fatalf("L2: nothing ever moved of %+v, or it was sold by %+v", row, sold[row.Account])
			}
			auditExpiry(t, b, row)
		}
	}
}

// auditBetweenPlaces proves L10: what places owe each other is equal and opposite in every act, and nothing is lost on its way.
func auditBetweenPlaces(t rapid.TB, headers []Header) {
	t.Helper()
	type debt struct {
		act              ID
		creditor, debtor string
		asset            string
	}
	owed, transit := map[debt]int64{}, map[[2]string]int64{}
	count := func(h Header, account, asset string, amount int64) {
		switch noun, whose, _ := strings.Cut(account, "/"); noun {
		case "settlement":
			owed[debt{h.ID, h.Location, whose, asset}] += amount
		case "transit":
			transit[[2]string{account, asset}] += amount
		}
	}
	for _, h := range headers {
		for _, e := range h.Entries {
			count(h, e.From, e.Asset, -e.Quantity)
			count(h, e.To, e.Asset, e.Quantity)
		}
	}
	for d, amount := range owed {
		if other := owed[debt{d.act, d.debtor, d.creditor, d.asset}]; other != -amount || d.debtor == d.creditor {
			t.Fatalf("L10: %s says that %s owes it %d, and %s says %d", d.creditor, d.debtor, amount, d.debtor, other)
		}
	}
	for way, units := range transit {
		if units != 0 {
			t.Fatalf("L10: %d of %s are on %s in one book alone", units, way[1], way[0])
		}
	}
}

// auditLow proves that each position goes by its own rule, and that others know whether it is low. It is asked after every act, so
// that none is told late, or twice.
func auditLow(t rapid.TB, s *shop) {
	t.Helper()
	told, last := map[string]int64{}, map[string]string{}
	for _, event := range s.events {
		if of, is := strings.CutPrefix(event.Subject, "low-stock/"); is {
			told[of]++
			last[of] = event.Kind
		}
	}
	for _, row := range s.rows {
		level, is := row.(Level)
		if !is {
			continue
		}
		of := level.Location + "/" + level.SKU
		below := int64(0)
		if rule, put := s.rows[StockRuleKey(level.Location, level.SKU)].(StockRule); put && !rule.Removed {
			below = rule.LowBelow
		}
		word := "" // nobody was told of what never was low
		if told[of] > 0 {
			word = "StockRecovered"
		}
		if level.Units[0] < below && below > 0 {
			word = "StockLow"
		}
		if level.LowBelow != below || level.LowTold != told[of] || last[of] != word {
			t.Fatalf("L9: %s has %d and is low below %d, by its rule %d; told %d times, by the position %d, at last %q",
				of, level.Units[0], level.LowBelow, below, told[of], level.LowTold, last[of])
		}
		delete(told, of)
	}
	if len(told) > 0 {
		t.Fatalf("L9: others were told of %v, which are no positions", told)
	}
}

// auditEvents proves the part of L9 that the rules answer for: the versions of each subject are 1, 2, 3 without gaps, and end
// where the entity is.
func auditEvents(t rapid.TB, events []Event, k kept) {
	t.Helper()
	versions := map[string]int64{}
	for _, event := range events {
		subject := event.Shard + " " + event.Subject
		versions[subject]++
		if event.Version != versions[subject] || event.Kind == "" || event.Shard == "" || event.Body == nil {
			t.Fatalf("L9: event %s of %s has version %d, not %d", event.Kind, subject, event.Version, versions[subject])
		}
	}
	at := func(shard, subject string, version int64) {
		t.Helper()
		if told := versions[shard+" "+subject]; told != version {
			t.Fatalf("L9: %s is at version %d, and others were told up to %d", subject, version, told)
		}
	}
	for _, o := range k.orders {
		at(o.ID.String(), "order/"+o.ID.String(), o.Version)
	}
	for _, f := range k.works {
		at(f.Location, "fulfilment/"+f.ID.String(), f.Version)
	}
	for _, h := range k.holds {
		at(h.Location, "hold/"+h.ID.String(), h.Version)
	}
	for _, r := range k.returns {
		at(r.ID.String(), "return/"+r.ID.String(), r.Version)
	}
	for _, tr := range k.transfers {
		at(tr.ID.String(), "transfer/"+tr.ID.String(), tr.Version)
	}
	for _, d := range k.delivered {
		at(d.ID.String(), "delivery/"+d.ID.String(), d.Version)
	}
	for _, c := range k.counts {
		at(c.Location, "count/"+c.ID.String(), c.Version)
	}
}
