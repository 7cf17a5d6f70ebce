package postgres

import (
	"maps"
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// postedOfCountsSQL reads what the lines of each of many counts say was posted.
	postedOfCountsSQL = `
select k.n, l.sku, l.posted
from unnest($1::text[], $2::uuid[]) with ordinality as k(location, id, n)
cross join lateral (select l.sku, l.posted from count_lines l where l.location = k.location and l.count_id = k.id offset 0) l`

	// readOfCountsSQL counts the readings of each of many counts, and reads the latest pass of each zone.
	readOfCountsSQL = `
select k.n, r.zone, case when r.withdrawal then 0 else r.pass end
from unnest($1::text[], $2::uuid[]) with ordinality as k(location, id, n)
cross join lateral (select r.zone, r.pass, r.withdrawal from count_readings r where r.location = k.location and r.count_id = k.id
    offset 0) r`
)

// read is what the readings of a count come to.
type read struct {
	readings int64
	passes   map[string]int32
}

// proveCounts proves that counts went through their states by acts of counting (L1), that what their lines say was posted is what their
// acts posted (L2), and that they know of all their readings. That readings and lines are as others were told is proved for them as
// for every entity.
func proveCounts(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	asked := newRows([]column{{"location", "text"}, {"id", "uuid"}}, false)
	posted, taken := make([]map[string]int64, len(page)), make([]read, len(page))
	for i, e := range page {
		c := e.row.(retail.Count)
		asked.text(c.Location).id(c.ID).end()
		posted[i], taken[i].passes = map[string]int64{}, map[string]int32{}
	}
	err = s.book(acts, func(i int) map[string]bool { return map[string]bool{page[i].row.(retail.Count).Location: true} })
	if err != nil {
		return nil, err
	}
	found, err := s.query(postedOfCountsSQL, asked.params())
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		of := posted[r.int8()-1]
		of[r.text()] += r.int8()
	}
	if found, err = s.query(readOfCountsSQL, asked.params()); err != nil {
		return nil, err
	}
	for _, r := range found {
		of := &taken[r.int8()-1]
		of.readings++
		zone := r.text()
		if pass := r.int4(); pass > 0 {
			of.passes[zone] = max(of.passes[zone], pass)
		}
	}
	return func() {
		for i, e := range page {
			a.proveCount(e, e.row.(retail.Count), acts[i], posted[i], taken[i])
		}
	}, nil
}

func (a *audit) proveCount(e entity, c retail.Count, acts []*act, posted map[string]int64, taken read) {
	for _, zone := range c.Zones {
		if zone.Pass != taken.passes[zone.Zone] {
			a.broken("L2", e.table, e.text, "pass %d of zone %q counts, and the latest that was read is %d", zone.Pass, zone.Zone, taken.passes[zone.Zone])
		}
		delete(taken.passes, zone.Zone)
	}
	if len(taken.passes) > 0 || taken.readings != c.Readings {
		a.broken("L2", e.table, e.text, "it has %d readings, and says %d; it does not know of %d zones", taken.readings, c.Readings, len(taken.passes))
	}
	_, name := toldAs(c.Key())
	if !a.proveActs(e, c.Version, acts, name) {
		return
	}
	versions, readable := bodies[retail.Count](a, acts)
	if !readable {
		return
	}
	booked, postings := map[string]int64{}, int64(0)
	for n, after := range versions {
		one := acts[n]
		if n == 0 && one.kind != "CountOpened" || n > 0 && !countFollows(versions[n-1], after, one.kind) {
			a.broken("L9", e.table, e.text, "others were told as version %d what can't follow from version %d", n+1, n)
			return
		}
		if one.kind == "CountPosted" {
			postings++
		}
		for _, entry := range others(one.header().Entries) {
			if one.kind != "CountPosted" {
				a.broken("L1", transactionsTable, idText(c.Location, one.transaction), "%s moves %d %s", one.kind, entry.Quantity, entry.Asset)
			}
			if entry.To == retail.Available {
				booked[entry.Asset] += entry.Quantity
			} else {
				booked[entry.Asset] -= entry.Quantity
			}
		}
	}
	if postings != c.Postings {
		a.broken("L2", e.table, e.text, "it was posted %d times, and says %d", postings, c.Postings)
	}
	of := maps.Clone(booked)
	maps.Copy(of, posted)
	for _, sku := range slices.Sorted(maps.Keys(of)) {
		if booked[sku] != posted[sku] {
			a.broken("L2", e.table, e.text, "it posted %d of %s, and its line says %d", booked[sku], sku, posted[sku])
		}
	}
}

// counted are the states that acts of counting lead to, where they lead to another.
var counted = map[string]retail.CountState{
	"CountCompleted": retail.CountCounted, "CountClosed": retail.CountClosed, "CountCancelled": retail.CountCancelled,
}

// countFollows tells whether a count may have become another version of itself by an act.
func countFollows(before, after retail.Count, act string) bool {
	state, moves := counted[act]
	if !moves {
		state = before.State
	}
	as := after
	if as.State != state {
		return false
	}
	as.State, as.Version, as.RecordedAt = before.State, before.Version, before.RecordedAt
	switch act {
	case "ReadingsTaken":
		as.Zones, as.LastReadAt, as.Readings = before.Zones, before.LastReadAt, before.Readings
	case "CountCompleted":
		as.WholeScope, as.WholeAt = before.WholeScope, before.WholeAt
	case "UnknownDismissed":
		as.Dismissed = before.Dismissed
	case "CountPosted":
		as.Postings = before.Postings
	case "CountClosed", "CountCancelled":
		as.Note = before.Note
	case "VariancesReviewed":
	default:
		return false
	}
	return alike(reflect.ValueOf(before), reflect.ValueOf(as))
}
