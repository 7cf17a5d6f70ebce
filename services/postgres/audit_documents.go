package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// act is one thing that was done with a hold or an order: an event, and the transaction that it names, if that is there.
type act struct {
	version     int64
	kind        string
	transaction retail.ID
	recordedAt  time.Time
	header      *retail.Header
}

const (
	// actsSQL reads all events of each of many subjects.
	actsSQL = `
select k.n, e.version, e.kind, e.transaction_id, e.recorded_at
from unnest($1::text[], $2::text[]) with ordinality as k(shard, subject, n)
join events e on e.shard = k.shard and e.subject = k.subject`
)

var (
	headersOfActsSQL = "select " + prefixed(transactionsTable.columns) + `, k.n
from unnest($1::text[], $2::uuid[]) with ordinality as k(location, id, n)
join ledger_transactions t on t.location = k.location and t.id = k.id`

	entriesOfActsSQL = "select " + prefixed(entriesTable.columns) + `, k.n
from unnest($1::text[], $2::uuid[]) with ordinality as k(location, id, n)
join ledger_entries t on t.location = k.location and t.transaction_id = k.id`
)

// acts reads what was done with documents, each in the order of versions; book is where a document's transactions are.
func (s *snapshot) acts(page []entity, book func(retail.Row) string) ([][]*act, error) {
	asked := newRows([]column{{"shard", "text"}, {"subject", "text"}}, false)
	for _, e := range page {
		shard, name := toldAs(e.row.Key())
		asked.text(shard).text(name).end()
	}
	found, err := s.query(actsSQL, asked.params())
	if err != nil {
		return nil, err
	}
	byDocument := make([][]*act, len(page))
	all := make([]*act, 0, len(found))
	keys := newRows([]column{{"location", "text"}, {"id", "uuid"}}, false)
	for _, r := range found {
		n := r.int8() - 1
		one := &act{version: r.int8(), kind: r.text(), transaction: r.id(), recordedAt: r.time()}
		byDocument[n] = append(byDocument[n], one)
		all = append(all, one)
		keys.text(book(page[n].row)).id(one.transaction).end()
	}
	for _, acts := range byDocument {
		slices.SortFunc(acts, func(a, b *act) int { return cmp.Compare(a.version, b.version) })
	}
	if found, err = s.query(headersOfActsSQL, keys.params()); err != nil {
		return nil, err
	}
	for _, r := range found {
		h, _ := readHeader(member{root: r, children: [][]*record{nil}})
		all[(&record{values: r.values, at: len(transactionsTable.columns)}).int8()-1].header = &h
	}
	if found, err = s.query(entriesOfActsSQL, keys.params()); err != nil {
		return nil, err
	}
	for _, r := range found {
		if one := all[(&record{values: r.values, at: len(entriesTable.columns)}).int8()-1]; one.header != nil {
			one.header.Entries = append(one.header.Entries, readEntry(r))
		}
	}
	return byDocument, nil
}

// proveActs proves that what was done with a document is what its state and version say: one act of each of the kinds, in
// that order, for it (L1).
func (a *audit) proveActs(e entity, version int64, acts []*act, want ...retail.Kind) bool {
	_, name := toldAs(e.row.Key())
	if version != int64(len(want)) || len(acts) != len(want) {
		a.broken("L1", e.table, e.text, "it is of version %d, in a state of %d acts, and there are %d", version, len(want), len(acts))
		return false
	}
	for i, one := range acts {
		switch h := one.header; {
		case h == nil:
			a.broken("L1", e.table, e.text, "the transaction %s of its version %d is not there", one.transaction, one.version)
			return false
		case h.Kind != want[i] || h.Cause != name:
			a.broken("L1", transactionsTable, idText(h.Location, h.ID), "a %s for %s, and not a %s for %s", h.Kind, h.Cause, want[i], name)
			return false
		}
	}
	return true
}

// proveEntries proves that a transaction has the entries it should and no others, in any order (L1).
func (a *audit) proveEntries(h *retail.Header, want []retail.Entry) {
	got := make([]retail.Entry, len(h.Entries))
	for i, e := range h.Entries {
		e.Version = 0
		got[i] = e
	}
	slices.SortFunc(got, compareEntries)
	slices.SortFunc(want, compareEntries)
	key := idText(h.Location, h.ID)
	for i := range max(len(got), len(want)) {
		switch {
		case i == len(want) || i < len(got) && compareEntries(got[i], want[i]) < 0:
			a.broken("L1", transactionsTable, key, "a %s does not move %s", h.Kind, entryText(got[i]))
			return
		case i == len(got) || compareEntries(got[i], want[i]) > 0:
			a.broken("L1", transactionsTable, key, "a %s should move %s", h.Kind, entryText(want[i]))
			return
		}
	}
}

func compareEntries(a, b retail.Entry) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To), strings.Compare(a.Asset, b.Asset),
		cmp.Compare(a.Quantity, b.Quantity), strings.Compare(a.Location, b.Location))
}

func entryText(e retail.Entry) string {
	return fmt.Sprintf("%d %s from %s to %s", e.Quantity, e.Asset, e.From, e.To)
}

// proveHolds proves that each hold has posted its lines, and given them back when it ended (L1).
func proveHolds(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page, func(row retail.Row) string { return row.(retail.Hold).Location })
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveHold(e, e.row.(retail.Hold), acts[i])
		}
	}, nil
}

func (a *audit) proveHold(e entity, hold retail.Hold, acts []*act) {
	want := []retail.Kind{retail.KindHold}
	inTime := true
	switch hold.State {
	case retail.StateHeld:
		inTime = hold.RecordedAt.Before(hold.ExpiresAt)
	case retail.StateReleased:
		want = append(want, retail.KindRelease)
		inTime = hold.RecordedAt.Before(hold.ExpiresAt)
	case retail.StateExpired:
		want = append(want, retail.KindExpire)
		inTime = !hold.RecordedAt.Before(hold.ExpiresAt)
	}
	if !inTime {
		a.broken("L4", e.table, e.text, "it is %s since %s, and expires at %s", hold.State, hold.RecordedAt, hold.ExpiresAt)
	}
	seen := map[string]bool{}
	for i, line := range hold.Lines {
		if line.Quantity <= 0 || seen[line.SKU] {
			a.broken("L1", holdLines, fmt.Sprintf("%s/%d", e.text, i+1), "it holds %d of %s", line.Quantity, line.SKU)
		}
		seen[line.SKU] = true
	}
	if len(hold.Lines) == 0 {
		a.broken("L1", e.table, e.text, "it holds nothing")
	}
	if !a.proveActs(e, hold.Version, acts, want...) {
		return
	}
	for i, one := range acts {
		from, to := retail.Available, retail.Held
		if i > 0 {
			from, to = to, from
		}
		entries := make([]retail.Entry, len(hold.Lines))
		for n, line := range hold.Lines {
			entries[n] = retail.Entry{Location: hold.Location, From: from, To: to, Asset: line.SKU, Quantity: line.Quantity}
		}
		a.proveEntries(one.header, entries)
		if one.header.Channel != hold.Channel {
			a.broken("L1", transactionsTable, idText(one.header.Location, one.header.ID), "it came through the channel %s, and its hold through %s",
				one.header.Channel, hold.Channel)
		}
	}
}
