package postgres

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// besideDeliveries is what the deliveries of a page must agree with, each by its place in the page.
type besideDeliveries struct {
	acts  [][]*act
	lines []map[string]retail.DeliveryLine
	// found are the names of their documents.
	found map[retail.Key]retail.Row
}

var deliveryLinesOfSQL = "select k.n, " + prefixed(deliveryLines.table.columns) + `
from unnest($1::uuid[]) with ordinality as k(id, n) join delivery_lines t on t.delivery_id = k.id`

var differencesOfSQL = "select k.n, " + prefixed(deliveryDifferences.columns) + `
from unnest($1::uuid[]) with ordinality as k(id, n) join delivery_differences t on t.delivery_id = k.id`

// proveDeliveries proves that what was announced, what arrived and what will not come was posted as it was told (L1), that the lines
// are as others were last told (L9), and that a delivery's counts and state are those of its lines, so that what is still expected
// is what incoming counts (L10).
func proveDeliveries(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	b := besideDeliveries{lines: make([]map[string]retail.DeliveryLine, len(page))}
	if b.acts, err = s.acts(page); err != nil {
		return nil, err
	}
	err = s.book(b.acts, func(i int) map[string]bool { return map[string]bool{page[i].row.(retail.Delivery).Location: true} })
	if err != nil {
		return nil, err
	}
	var refs []referred
	ids := newRows([]column{{"id", "uuid"}}, false)
	for i, e := range page {
		d := e.row.(retail.Delivery)
		ids.id(d.ID).end()
		b.lines[i] = map[string]retail.DeliveryLine{}
		if d.Reference != "" {
			refs = append(refs, referred{by: i, key: retail.NameKey(retail.NameDelivery, d.Supplier+"/"+d.Reference)})
		}
		for _, one := range b.acts[i] {
			if note := noteOf(one); note != "" {
				refs = append(refs, referred{by: i, key: noteKey(d.ID, note)})
			}
		}
	}
	if b.found, err = s.existing(refs); err != nil {
		return nil, err
	}
	if err := s.linesOfDeliveries(ids.params(), b.lines); err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveDelivery(e, e.row.(retail.Delivery), i, b)
		}
	}, nil
}

// noteOf is the delivery note that an act received. A body that can't be read is found elsewhere.
func noteOf(one *act) string {
	var told struct{ Note string }
	_ = json.Unmarshal(one.body, &told)
	return told.Note
}

func noteKey(delivery retail.ID, note string) retail.Key {
	return retail.NameKey(retail.NameDeliveryNote, delivery.String()+"/"+note)
}

// linesOfDeliveries reads the lines of deliveries with their differences.
func (s *snapshot) linesOfDeliveries(ids [][]byte, lines []map[string]retail.DeliveryLine) error {
	found, err := s.query(differencesOfSQL, ids)
	if err != nil {
		return err
	}
	differences := map[string][]*record{}
	for _, r := range found {
		of := &record{values: r.values[1:]}
		differences[keyOf(of, 2)] = append(differences[keyOf(of, 2)], of)
	}
	for _, of := range differences {
		slices.SortFunc(of, func(x, y *record) int { return compareKeys(x.values[2:3], y.values[2:3]) })
	}
	if found, err = s.query(deliveryLinesOfSQL, ids); err != nil {
		return err
	}
	for _, r := range found {
		n := r.int8() - 1
		of := &record{values: r.values[1:]}
		line := readDeliveryLine(of, differences[keyOf(of, 2)])
		lines[n][line.SKU] = line
	}
	return nil
}

func (a *audit) proveDelivery(e entity, d retail.Delivery, i int, b besideDeliveries) {
	if d.Reference != "" {
		name, named := b.found[retail.NameKey(retail.NameDelivery, d.Supplier+"/"+d.Reference)].(retail.Name)
		if !named || name.Entity != d.ID {
			a.broken("NAMES", e.table, e.text, "the number of its document does not lead to it")
		}
	}
	a.proveDeliveryCounts(e, d, b.lines[i])
	_, name := toldAs(d.Key())
	if !a.proveActs(e, d.Version, b.acts[i], name) {
		return
	}
	versions, readable := bodies[retail.DeliveryChanged](a, b.acts[i])
	if !readable {
		return
	}
	lines, notes := map[string]retail.DeliveryLine{}, map[string]bool{}
	for n, one := range b.acts[i] {
		before := retail.DeliveryChanged{}
		if n > 0 {
			before = versions[n-1]
		}
		if !deliveryFollows(before.Delivery, versions[n].Delivery, n == 0, one) {
			a.broken("L9", e.table, e.text, "others were told as version %d what can't follow from version %d", n+1, n)
			return
		}
		if note := versions[n].Note; note != "" && !notes[note] { // the parts of one receipt share the note that the first received
			notes[note] = true
			if name, named := b.found[noteKey(d.ID, note)].(retail.Name); !named || name.Entity != one.transaction {
				a.broken("NAMES", e.table, e.text, "the delivery note %s does not lead to what received it", note)
			}
		}
		want, sound := postings{}, true
		for _, after := range versions[n].Lines {
			after.Delivery = d.ID
			sound = sound && want.delivered(d.Location, one, lines[after.SKU], after)
			lines[after.SKU] = after
		}
		if !sound {
			a.broken("L9", e.table, e.text, "its version %d was told with lines that can't be so", n+1)
			return
		}
		a.provePostings(one, want)
	}
	a.proveDeliveryLines(e, b.lines[i], lines)
}

// proveDeliveryCounts proves that a delivery's counts and state are those of its lines.
func (a *audit) proveDeliveryCounts(e entity, d retail.Delivery, lines map[string]retail.DeliveryLine) {
	var sum retail.DeliveryUnits
	numbers := map[int32]bool{}
	for _, line := range lines {
		u := line.Units
		sum.Announced, sum.Received, sum.Damaged = sum.Announced+u.Announced, sum.Received+u.Received, sum.Damaged+u.Damaged
		sum.Over, sum.Short = sum.Over+u.Over, sum.Short+u.Short
		numbers[line.Line] = line.Line >= 1 && line.Line <= d.LineCount
		if u.Announced < 0 || u.Received < 0 || u.Damaged < 0 || u.Short < 0 || u.Over < 0 || u.Over > u.Received+u.Damaged ||
			u.Expected() < 0 || !numbers[line.Line] {
			a.broken("L10", deliveryLines.table, fmt.Sprintf("%s/%s", e.text, line.SKU), "line %d can't be: %+v", line.Line, u)
		}
	}
	if sum != d.Units || len(lines) != int(d.LineCount) || len(numbers) != len(lines) {
		a.broken("L10", e.table, e.text, "it counts %+v over %d lines, and its %d lines come to %+v", d.Units, d.LineCount, len(lines), sum)
	}
	arrived, open := sum.Received+sum.Damaged > 0, sum.Expected() > 0
	want := retail.DeliveryReceived
	switch {
	case open && arrived:
		want = retail.DeliveryPartial
	case open:
		want = retail.DeliveryExpected
	case !arrived:
		want = retail.DeliveryCancelled
	case sum.Short > 0:
		want = retail.DeliveryClosed
	}
	if d.State != want {
		a.broken("L10", e.table, e.text, "it is %s, and by its lines %s", d.State, want)
	}
}

// proveDeliveryLines proves that the lines are as others were last told (L9).
func (a *audit) proveDeliveryLines(e entity, lines, told map[string]retail.DeliveryLine) {
	for sku, line := range lines {
		if said, known := told[sku]; !known || !alike(reflect.ValueOf(line), reflect.ValueOf(said)) {
			a.broken("L9", deliveryLines.table, fmt.Sprintf("%s/%s", e.text, sku), "it is not as others were last told")
		}
	}
	for sku := range told {
		if _, there := lines[sku]; !there {
			a.broken("L9", deliveryLines.table, fmt.Sprintf("%s/%s", e.text, sku), "others were told of it, and it is not there")
		}
	}
}

// deliveryFollows tells whether a delivery may have become another version of itself by an act.
func deliveryFollows(before, after retail.Delivery, first bool, one *act) bool {
	if first {
		return one.kind == "DeliveryAnnounced" && after.AnnouncedAt.Equal(one.recordedAt) && after.Reason == ""
	}
	as := after
	as.State, as.Units, as.LineCount, as.Version, as.RecordedAt = before.State, before.Units, before.LineCount, before.Version, before.RecordedAt
	if one.kind == "DeliveryAmended" {
		as.ExpectedOn = before.ExpectedOn
	}
	if one.kind == "DeliveryClosed" && after.Reason != "" {
		as.Reason = before.Reason
	}
	return one.kind != "DeliveryAnnounced" && after.LineCount >= before.LineCount && alike(reflect.ValueOf(before), reflect.ValueOf(as))
}

// delivered adds what brought a line from one state to the next, and tells whether an act of its kind may.
func (p postings) delivered(book string, one *act, before, after retail.DeliveryLine) bool {
	was, is := before.Units, after.Units
	good, spoilt, over := is.Received-was.Received, is.Damaged-was.Damaged, is.Over-was.Over
	announced, short := is.Announced-was.Announced, is.Short-was.Short
	sound := before.Line == 0 || before.Line == after.Line
	var differs []retail.Difference
	switch one.kind {
	case "DeliveryReceived":
		sound = sound && announced == 0 && short == 0 && good >= 0 && spoilt >= 0 && over == max(0, good+spoilt-was.Expected())
		sold := min(good, was.Expected())
		p.add(book, retail.Incoming, retail.Available, after.SKU, sold)
		p.add(book, retail.Supplier, retail.Available, after.SKU, good-sold)
		p.add(book, retail.Incoming, retail.Damaged, after.SKU, spoilt-max(0, over-(good-sold)))
		p.add(book, retail.Supplier, retail.Damaged, after.SKU, max(0, over-(good-sold)))
		differs = []retail.Difference{{Kind: retail.UnitsDamaged, Units: spoilt}, {Kind: retail.UnitsOver, Units: over}}
	case "DeliveryClosed":
		sound = sound && announced == 0 && good == 0 && spoilt == 0 && over == 0 && short == was.Expected()
		p.add(book, retail.Incoming, retail.Supplier, after.SKU, short)
		differs = []retail.Difference{{Kind: retail.UnitsShort, Units: short}}
	default:
		sound = sound && short == 0 && good == 0 && spoilt == 0 && over == 0 && is.Expected() >= 0
		p.add(book, retail.Supplier, retail.Incoming, after.SKU, max(0, announced))
		p.add(book, retail.Incoming, retail.Supplier, after.SKU, max(0, -announced))
	}
	return sound && after.RecordedAt.Equal(one.recordedAt) && explained(one, before.Differences, after.Differences, differs)
}

// explained tells whether the differences of a line are those that were there before and those that an act found, with a reason.
func explained(one *act, before, after, found []retail.Difference) bool {
	found = slices.DeleteFunc(found, func(d retail.Difference) bool { return d.Units == 0 })
	if len(after) != len(before)+len(found) {
		return false
	}
	for i, was := range before {
		if !alike(reflect.ValueOf(was), reflect.ValueOf(after[i])) {
			return false
		}
	}
	for i, want := range found {
		got := after[len(before)+i]
		if got.Kind != want.Kind || got.Units != want.Units || got.Reason == "" || got.Transaction != one.transaction ||
			!got.RecordedAt.Equal(one.recordedAt) {
			return false
		}
	}
	return true
}

// proveLinesOfDeliveries proves that each line has its delivery. What it says is proved with that.
func proveLinesOfDeliveries(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	refs := make([]referred, len(page))
	for i, e := range page {
		refs[i] = referred{by: i, key: retail.DeliveryKey(e.row.(retail.DeliveryLine).Delivery)}
	}
	found, err := s.existing(refs)
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			if found[refs[i].key] == nil {
				a.broken("L10", e.table, e.text, "there is no such delivery")
			}
		}
	}, nil
}
