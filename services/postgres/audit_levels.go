package postgres

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// span is the keys of a book that are folded in one pass: those after one and up to another, or to the end of the book.
type span struct {
	after, until string
	last         bool
	// ended is true where there is nothing left to fold.
	ended bool
}

// next is the span of the next pass.
func (s span) next() span { return span{after: s.until, ended: s.ended || s.last} }

// covers tells whether a key is folded in this pass.
func (s span) covers(key string) bool {
	return !s.ended && key > s.after && (s.last || key <= s.until)
}

// window is the positions of a book that are folded in one pass, as they were when they were read, and the accounts beside
// them.
type window struct {
	book string
	span
	accounts  *accounts
	positions map[string]*position
	// unknown are positions that have entries and are not in the window, made since or without a level; lookedUp are those of
	// which it is known which.
	unknown, lookedUp map[string]bool
}

// position is a level, and the fold of its entries.
type position struct {
	units      [7]int64
	version    int64
	recordedAt time.Time
	worth      retail.Worth

	// value is the fold of what its units cost; mixed: not all of that is in one currency.
	value   int64
	mixed   bool
	folded  [7]int64
	entries int64
	// versions is the sum of a hash of each entry's version: the versions are 1 to n exactly when it is that of 1 to n.
	versions uint64
	// latest is when the entry of the level's version was recorded.
	latest time.Time
}

// heldSQL is the units that holds in force promise at positions of a book. It walks the partial index of those holds, and not
// all that ever were.
const heldSQL = `
select l.sku, least(sum(l.quantity), 9223372036854775807)::int8
from (select location, id from holds where state = 'HELD' and location = $1 order by expires_at, location, id) h
join hold_lines l on l.location = h.location and l.hold_id = h.id
where l.sku >= $2 and l.sku <= $3
group by l.sku`

// promisedSQL is the units that open lines of orders promise at positions of a book, whether they are handed over there or brought to where
// they are, and arrivingSQL those that open transfers
// and deliveries still bring. Each walks a partial index of what is open, and not all that ever was.
const (
	promisedSQL = `
select sku, least(sum(units), 9223372036854775807)::int8
from (
    select sku, quantity - fulfilled - cancelled - coalesce(away, 0) - coalesce(coming, 0) as units from order_lines
    where fulfil_location = $1 and fulfilled + cancelled < quantity and sku >= $2 and sku <= $3
    union all
    select sku, away from order_lines where from_location = $1 and away > 0 and sku >= $2 and sku <= $3
) p
group by sku
having sum(units) <> 0`

	arrivingSQL = `
select a.sku, least(sum(a.units), 9223372036854775807)::int8
from (
    select l.sku, l.shipped - l.received - l.missing as units
    from (select id from transfers where state = 'SHIPPED' and receiver = $1 order by id) t
    join transfer_lines l on l.transfer_id = t.id
    where l.sku >= $2 and l.sku <= $3
    union all
    select l.sku, l.announced - l.received - l.damaged + l.over - l.short
    from (select id from deliveries where state in ('EXPECTED', 'PARTIAL') and location = $1 order by location, expected_on, id) d
    join delivery_lines l on l.delivery_id = d.id and l.sku >= $2 and l.sku <= $3
) a
where a.units > 0
group by a.sku`
)

// shortSQL is the open units of the oversell cases at positions of a book.
const shortSQL = `
select sku, least(sum(open_units), 9223372036854775807)::int8 from oversell_cases
where location = $1 and open_units > 0 and sku >= $2 and sku <= $3
group by sku`

// lowRulesSQL is below how many available units positions of a book are low, by the rules of their own, and lowToldSQL how often
// others were told that they are, or are no more.
const (
	lowRulesSQL = `
select sku, low_below from stock_rules where location = $1 and sku >= $2 and sku <= $3 and sku > '' and low_below > 0 and not removed`

	lowToldSQL = `
select substr(subject, length('low-stock/' || $1::text || '/') + 1), max(version) from events
where shard = $1 and subject >= 'low-stock/' || $1::text || '/' || $2::text and subject <= 'low-stock/' || $1::text || '/' || $3::text
group by subject`
)

// readWindow reads the levels of a book after a SKU, until the window is full, and proves what they must agree with at once:
// their floors, the holds and the oversell cases (L3, L4).
func (a *audit) readWindow(ctx context.Context, book string, of span) (*window, error) {
	w := &window{
		book: book, span: of, positions: map[string]*position{}, unknown: map[string]bool{}, lookedUp: map[string]bool{},
	}
	if of.ended {
		return w, nil
	}
	f := family{root: levels.table, rows: a.limits.levels}
	from := [][]byte{[]byte(book)}
	if of.after != "" {
		from = append(from, []byte(of.after))
	}
	var beside besideLevels
	pages := a.pages(ctx, f, from, 1, func(s *snapshot, page []member) (err error) {
		span := [][]byte{[]byte(book), page[0].root.values[1], page[len(page)-1].root.values[1]}
		beside, err = s.besideLevels(span)
		return err
	})
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		for _, m := range a.verify(f, page, "L2", "stock of "+book) {
			level := readLevel(m.root)
			a.proveLevel(level, beside)
			a.proveWorth(level)
			w.positions[level.SKU] = &position{units: level.Units, version: level.Version, recordedAt: level.RecordedAt, worth: level.Worth}
			w.until = level.SKU
		}
		if len(w.positions) >= a.limits.window {
			return w, nil
		}
	}
	w.last = true
	return w, nil
}

// besideLevels is what the levels of a page must agree with, by SKU: units that are held, promised, still to arrive, and short; below
// how many they are low, and how often that was told.
type besideLevels struct{ held, promised, arriving, short, low, told map[string]int64 }

func (s *snapshot) besideLevels(span [][]byte) (b besideLevels, err error) {
	for _, sum := range []struct {
		sql  string
		into *map[string]int64
	}{{heldSQL, &b.held}, {promisedSQL, &b.promised}, {arrivingSQL, &b.arriving}, {shortSQL, &b.short}, {lowRulesSQL, &b.low},
		{lowToldSQL, &b.told}} {
		if *sum.into, err = s.sums(sum.sql, span); err != nil {
			return b, err
		}
	}
	return b, nil
}

// sums reads a number per SKU.
func (s *snapshot) sums(sql string, params [][]byte) (map[string]int64, error) {
	found, err := s.query(sql, params)
	if err != nil {
		return nil, err
	}
	bySKU := make(map[string]int64, len(found))
	for _, r := range found {
		bySKU[r.text()] = r.int8()
	}
	return bySKU, nil
}

// proveLevel proves what a level must agree with in its own snapshot.
func (a *audit) proveLevel(level retail.Level, beside besideLevels) {
	t, key, short := levels.table, level.Location+"/"+level.SKU, beside.short[level.SKU]
	for i, units := range level.Units[1:] {
		if units < 0 {
			a.broken("L3", t, key, "%s is %d", t.columns[3+i].name, units)
		}
	}
	if level.Available() < 0 && level.Available() != -short || level.Available() >= 0 && short != 0 {
		a.broken("L3", t, key, "available is %d, and its open oversell cases are of %d units", level.Available(), short)
	}
	if held := beside.held[level.SKU]; level.Held() != held {
		a.broken("L4", t, key, "held is %d, and the holds in force are of %d units", level.Held(), held)
	}
	if committed, promised := level.Units[accountAt[retail.Committed]], beside.promised[level.SKU]; committed != promised {
		a.broken("L4", t, key, "committed is %d, and open lines of orders are of %d units", committed, promised)
	}
	if incoming, arriving := level.Units[accountAt[retail.Incoming]], beside.arriving[level.SKU]; incoming != arriving {
		a.broken("L10", t, key, "incoming is %d, and transfers and deliveries still bring %d units", incoming, arriving)
	}
	if low := beside.low[level.SKU]; level.LowBelow != low {
		a.broken("CATALOGUE", t, key, "it is low below %d, and its rule says %d", level.LowBelow, low)
	}
	if told := beside.told[level.SKU]; level.LowTold != told {
		a.broken("L9", t, key, "that it is low, or is no more, was told %d times, and there are %d events", level.LowTold, told)
	}
	if low := level.LowBelow > 0 && level.Available() < level.LowBelow; low != (level.LowTold%2 == 1) {
		a.broken("L9", t, key, "%d are available, it is low below %d, and that was told %d times", level.Available(), level.LowBelow, level.LowTold)
	}
}

// accountAt gives each account of a position its place in a level.
var accountAt = map[string]int{
	retail.Available: 0, retail.Held: 1, retail.Committed: 2, retail.Inspection: 3, retail.Damaged: 4, retail.Quarantine: 5,
	retail.Incoming: 6,
}

// fold adds an entry to its position. What came after the level was read is left out.
func (w *window) fold(e retail.Entry, recordedAt time.Time) {
	if retail.KindOf(e.From) != retail.UnitAccount || !w.covers(e.Asset) {
		return
	}
	p, found := w.positions[e.Asset]
	if !found {
		if !w.lookedUp[e.Asset] {
			w.unknown[e.Asset] = true
		}
		return
	}
	if e.Version > p.version {
		return
	}
	if i, here := accountAt[e.From]; here {
		p.folded[i] -= e.Quantity
	}
	if i, here := accountAt[e.To]; here {
		p.folded[i] += e.Quantity
	}
	p.entries++
	p.versions += mix(uint64(e.Version))
	if e.Version == p.version {
		p.latest = recordedAt
	}
}

// mix spreads a number over 64 bits, so that sums of different sets differ. It is the finalizer of splitmix64.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// dense tells whether the versions of a position's entries are 1 to n.
func (p *position) dense() bool {
	if p.entries != p.version {
		return false
	}
	want := uint64(0)
	for v := uint64(1); v <= uint64(p.version); v++ {
		want += mix(v)
	}
	return p.versions == want
}

// proveWindow compares the levels of a window with the fold of their entries (L2).
func (a *audit) proveWindow(w *window) {
	t := levels.table
	for _, sku := range slices.Sorted(maps.Keys(w.positions)) {
		p := w.positions[sku]
		key := w.book + "/" + sku
		for i, units := range p.units {
			if units != p.folded[i] {
				a.broken("L2", t, key, "%s is %d, and its entries come to %d", t.columns[2+i].name, units, p.folded[i])
			}
		}
		a.proveValue(key, p)
		latest := p.latest
		if p.version == 0 {
			latest = epoch // made to be locked, and not used yet
		}
		switch {
		case p.entries != p.version:
			a.broken("L2", t, key, "it counts %d entries, and there are %d", p.version, p.entries)
		case !p.dense():
			a.broken("L2", t, key, "the versions of its entries are not 1 to %d", p.version)
		case !p.recordedAt.Equal(latest):
			a.broken("L2", t, key, "it was recorded at %s, and its last entry at %s", p.recordedAt, latest)
		}
	}
}

// levelsOfSQL tells which positions of a book have a level.
const levelsOfSQL = `select sku from stock_levels where location = $1 and sku = any($2::text[])`

// proveUnknown looks up positions that had entries and no level when the window was read: one that has a level by now was
// made since, and is left for the next audit.
func (a *audit) proveUnknown(ctx context.Context, w *window) error {
	if len(w.unknown) == 0 {
		return nil
	}
	asked := slices.Sorted(maps.Keys(w.unknown))
	err := a.snapshot(ctx, func(s *snapshot) error {
		found, err := s.query(levelsOfSQL, [][]byte{[]byte(w.book), textArray(asked)})
		for _, r := range found {
			delete(w.unknown, r.text())
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(w.lookedUp) > a.limits.window {
		clear(w.lookedUp)
	}
	for _, sku := range asked {
		if w.lookedUp[sku] = true; w.unknown[sku] {
			a.broken("L2", levels.table, w.book+"/"+sku, "there is no level, and there are entries")
		}
	}
	clear(w.unknown)
	return nil
}

// openedSQL reads the transaction that opened each of many oversell cases, what it took from the position, whether the position is
// there, and the transaction that settled the case with what that brought back.
const openedSQL = `
select k.n, s.kind, s.cause, s.recorded_at,
	(select coalesce(sum(e.quantity), 0) from ledger_entries e
	where e.location = k.location and e.transaction_id = k.settled_by and e.asset = k.sku and e.to_account = 'available')::int8,
	t.cause, t.recorded_at,
	(select coalesce(sum(e.quantity), 0) from ledger_entries e
	where e.location = k.location and e.transaction_id = k.id and e.asset = k.sku and e.from_account = 'available')::int8,
	(select l.recorded_at from stock_levels l where l.location = k.location and l.sku = k.sku)
from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[]) with ordinality as k(location, id, sku, settled_by, n)
join ledger_transactions t on t.location = k.location and t.id = k.id
left join ledger_transactions s on s.location = k.location and s.id = k.settled_by`

// cases proves the oversell cases of a book (L3). That their open units are what available lacks is proved with the levels.
func (a *audit) cases(ctx context.Context, book string) error {
	f := family{root: casesTable}
	var found []*record
	pages := a.pages(ctx, f, [][]byte{[]byte(book)}, 1, func(s *snapshot, page []member) (err error) {
		keys := newRows([]column{{"location", "text"}, {"id", "uuid"}, {"sku", "text"}, {"settled_by", "uuid"}}, false)
		for _, m := range page {
			_, sku, c := readCase(&record{values: m.root.values})
			keys.text(book).id(c.Transaction).text(sku).id(c.SettledBy).end()
		}
		found, err = s.query(openedSQL, keys.params())
		return err
	})
	for page, err := range pages {
		if err != nil {
			return err
		}
		opened := make([]*record, len(page))
		for _, r := range found {
			opened[r.int8()-1] = r
		}
		for i, m := range a.verify(f, page, "L3", "oversell cases of "+book) {
			a.proveCase(keyText(casesTable, m.root), m.root, opened[i])
		}
	}
	return nil
}

func (a *audit) proveCase(key string, row, opened *record) {
	_, _, c := readCase(&record{values: row.values})
	if c.Units <= 0 || c.OpenUnits < 0 || c.OpenUnits > c.Units || c.RecordedAt.Before(c.OpenedAt) ||
		c.OpenUnits == c.Units && !c.RecordedAt.Equal(c.OpenedAt) {
		a.broken("L3", casesTable, key, "%d of %d units are open, since %s and as of %s", c.OpenUnits, c.Units, c.OpenedAt, c.RecordedAt)
	}
	if opened == nil {
		a.broken("L3", casesTable, key, "the transaction that opened it is not there")
		return
	}
	a.proveSettlement(key, c, opened)
	cause, recordedAt, taken, moved := opened.text(), opened.time(), opened.int8(), opened.next()
	switch {
	case cause != c.Cause || !recordedAt.Equal(c.OpenedAt):
		a.broken("L3", casesTable, key, "%s opened it at %s, and its transaction was for %s at %s", c.Cause, c.OpenedAt, cause, recordedAt)
	case taken < c.Units:
		a.broken("L3", casesTable, key, "it is of %d units, and its transaction took %d", c.Units, taken)
	case moved == nil:
		a.broken("L3", casesTable, key, "there is no level at its position")
	case (&record{values: [][]byte{moved}}).time().Before(c.RecordedAt):
		a.broken("L3", casesTable, key, "it changed at %s, after its position", c.RecordedAt)
	}
}

// proveSettlement proves that what settled a case brought the last of its units back. Cases that were settled before that was kept
// do not say what did.
func (a *audit) proveSettlement(key string, c retail.OversellCase, row *record) {
	kind, cause, recordedAt, brought := retail.Kind(row.text()), row.text(), row.timeOrZero(), row.int8()
	switch {
	case c.SettledBy.IsZero():
	case c.OpenUnits > 0:
		a.broken("L3", casesTable, key, "it is open, and %s settled it", c.SettledBy)
	case kind == "" || !recordedAt.Equal(c.RecordedAt) || brought == 0:
		a.broken("L3", casesTable, key, "it was settled at %s, and %s brought %d units at %s", c.RecordedAt, c.SettledBy, brought, recordedAt)
	case kind == retail.KindResolve && cause != caseCause+c.Transaction.String():
		a.broken("L3", casesTable, key, "what settled it was to settle %s", cause)
	}
}
