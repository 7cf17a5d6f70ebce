package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// settledPage is how many settlements or entries a page has: few, so that there are many pages.
const settledPage = 7

// settled is what the report tells of what places owe each other: of all time, of the time since a moment, and the entries of all time.
type settled struct {
	moment       time.Time
	whole, since []retail.PairSettlement
	entries      map[[2]string][]retail.SettlementEntry
}

// readSettled asks, when the books are final.
func readSettled(ctx context.Context, db *postgres.DB, moment time.Time) (settled, error) {
	first, last := time.Unix(0, 0), time.Now().Add(24*time.Hour)
	s := settled{moment: moment, entries: map[[2]string][]retail.SettlementEntry{}}
	for from, into := range map[time.Time]*[]retail.PairSettlement{first: &s.whole, moment: &s.since} {
		for after := (retail.PairSettlement{}); ; after = (*into)[len(*into)-1] {
			page, err := db.Settlements(ctx, from, last, "", "", after, settledPage)
			if err != nil {
				return s, fmt.Errorf("ask what places owe each other: %w", err)
			}
			if *into = append(*into, page...); len(page) < settledPage {
				break
			}
		}
	}
	for _, pair := range s.whole {
		of, key := retail.SettlementEntriesOf{Location: pair.Location, With: pair.With}, [2]string{pair.Location, pair.With}
		for after := (retail.SettlementMark{}); ; after = s.entries[key][len(s.entries[key])-1].Mark() {
			page, err := db.SettlementEntries(ctx, first, last, of, after, settledPage)
			if err != nil {
				return s, fmt.Errorf("ask why %s and %s owe each other: %w", pair.Location, pair.With, err)
			}
			if s.entries[key] = append(s.entries[key], page...); len(page) < settledPage {
				break
			}
		}
	}
	return s, nil
}

// auditSettled holds the report against what orders say, each figure against its entries, and what was owed at a moment against those before it.
func auditSettled(s settled, books *auditor.Books) (found []auditor.Finding) {
	wrong := func(pair retail.PairSettlement, text string, args ...any) {
		found = append(found, auditor.Finding{
			Rule: "what places owe each other is told as it is not", Text: fmt.Sprintf("%s with %s: ", pair.Location, pair.With) + fmt.Sprintf(text, args...),
		})
	}
	want := books.Orders.Settlements()
	closing := map[[2]string]int64{}
	for _, pair := range s.whole {
		key := [2]string{pair.Location, pair.With}
		closing[key] = pair.ClosingMinor()
		sums := map[retail.SettlementPart]int64{}
		for _, e := range s.entries[key] {
			sums[e.Part] += e.AmountMinor
		}
		if pair.OpeningMinor != 0 || pair.Entries != int64(len(s.entries[key])) {
			wrong(pair, "%d was owed before anything was, of %d entries %d are told", pair.OpeningMinor, pair.Entries, len(s.entries[key]))
		}
		for _, part := range retail.SettlementParts {
			figure := auditor.Settled{Book: pair.Location, With: pair.With, Part: string(part)}
			if told := pair.PartsMinor[part]; told != want[figure] || told != sums[part] {
				wrong(pair, "%s is told as %d, its entries come to %d, and orders say %d", part, told, sums[part], want[figure])
			}
			delete(want, figure)
		}
	}
	for figure, minor := range want {
		if minor != 0 {
			wrong(retail.PairSettlement{Location: figure.Book, With: figure.With}, "%s of %d is not told", figure.Part, minor)
		}
	}
	for _, pair := range s.since {
		key, opening := [2]string{pair.Location, pair.With}, int64(0)
		for _, e := range s.entries[key] {
			if e.Header.RecordedAt.Before(s.moment) {
				opening += e.AmountMinor
			}
		}
		if pair.OpeningMinor != opening || pair.ClosingMinor() != closing[key] {
			wrong(pair, "at %s %d was owed and then %d, and is told as %d and %d", s.moment, opening, closing[key], pair.OpeningMinor, pair.ClosingMinor())
		}
	}
	return found
}
