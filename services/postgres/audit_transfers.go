package postgres

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/aisle-retail/aisle/services/retail"
)

// proveTransfers proves that what left one place for another, and what arrived or is missing, was posted in both books (L1, L10):
// so transit is empty over both, and what is still expected is what incoming counts.
func proveTransfers(a *audit, s *snapshot, page []entity) (prove func(), err error) {
	acts, err := s.acts(page)
	if err != nil {
		return nil, err
	}
	err = s.book(acts, func(i int) map[string]bool {
		t := page[i].row.(retail.Transfer)
		return map[string]bool{t.From: true, t.To: true}
	})
	if err != nil {
		return nil, err
	}
	return func() {
		for i, e := range page {
			a.proveTransfer(e, e.row.(retail.Transfer), acts[i])
		}
	}, nil
}

func (a *audit) proveTransfer(e entity, t retail.Transfer, acts []*act) {
	seen, expected := map[string]bool{}, false
	for i, line := range t.Lines {
		if line.Shipped <= 0 || line.Received < 0 || line.Missing < 0 || line.Expected() < 0 || seen[line.SKU] ||
			line.Damaged < 0 || line.Damaged > line.Received || line.Over < 0 || line.Over >= line.Shipped {
			a.broken("L10", transferLines, fmt.Sprintf("%s/%d", e.text, i+1), "of %d of %s %d arrived and %d are missing",
				line.Shipped, line.SKU, line.Received, line.Missing)
		}
		seen[line.SKU], expected = true, expected || line.Expected() > 0
	}
	if expected == (t.State == retail.TransferReceived) || len(t.Lines) == 0 || t.From == t.To {
		a.broken("L10", e.table, e.text, "it is %s, and units are still expected: %v", t.State, expected)
	}
	_, name := toldAs(t.Key())
	if !a.proveActs(e, t.Version, acts, name) {
		return
	}
	a.proveOnItsWay(e, t, acts)
	versions, readable := bodies[retail.Transfer](a, acts)
	if !readable {
		return
	}
	transit := retail.TransitPrefix + t.ID.String()
	for n, one := range acts {
		after, want := versions[n], postings{}
		if n == 0 {
			for _, line := range after.Lines {
				want.add(t.From, retail.Available, transit, line.SKU, line.Shipped)
				want.add(t.To, transit, retail.Incoming, line.SKU, line.Shipped)
			}
		} else {
			before := versions[n-1]
			if !transferFollows(before, after) {
				a.broken("L9", e.table, e.text, "others were told as version %d what can't follow from version %d", n+1, n)
				return
			}
			for i, line := range after.Lines {
				was := before.Lines[i]
				over, damaged := line.Over-was.Over, line.Damaged-was.Damaged
				want.add(t.From, retail.Available, transit, line.SKU, over)
				want.add(t.To, transit, retail.Incoming, line.SKU, over)
				want.add(t.To, retail.Incoming, retail.Available, line.SKU, line.Received-was.Received-damaged)
				want.add(t.To, retail.Incoming, retail.Damaged, line.SKU, damaged)
				want.add(t.To, retail.Incoming, retail.Shrinkage, line.SKU, line.Missing-was.Missing)
			}
		}
		if (one.act() == retail.KindTransfer) != (n == 0) || n == 0 && !after.ShippedAt.Equal(one.recordedAt) {
			a.broken("L1", e.table, e.text, "its version %d was made by a %s at %s", one.version, one.act(), one.recordedAt)
		}
		a.provePostings(one, want)
	}
}

// transferFollows tells whether a transfer may have become another version of itself.
func transferFollows(before, after retail.Transfer) bool {
	if len(before.Lines) != len(after.Lines) || before.State != retail.TransferShipped {
		return false
	}
	as := after
	as.State, as.Version, as.RecordedAt = before.State, before.Version, before.RecordedAt
	as.Lines = slices.Clone(after.Lines)
	for i, was := range before.Lines {
		is := &as.Lines[i]
		over, damaged := is.Over-was.Over, is.Damaged-was.Damaged
		if is.Received-was.Received < damaged || is.Missing < was.Missing || over < 0 || damaged < 0 || is.Shipped-was.Shipped != over {
			return false
		}
		*is = retail.TransferLine{SKU: is.SKU, Shipped: was.Shipped, Received: was.Received, Missing: was.Missing, Damaged: was.Damaged, Over: was.Over, Cost: was.Cost}
	}
	return alike(reflect.ValueOf(before), reflect.ValueOf(as))
}
