package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// returnedOf are whose returns the report is asked for, and in which order.
var returnedOf = []retail.ReturnRatesOf{{By: retail.OfCustomer}, {By: retail.OfOperator, ByShare: true}, {By: retail.OfLocation}}

// readReturned asks what came back of whom, when the books are final: of all time, in few at a time.
func readReturned(ctx context.Context, db *postgres.DB) (told map[retail.ReturnSubject][]retail.ReturnRate, err error) {
	told = map[retail.ReturnSubject][]retail.ReturnRate{}
	for _, of := range returnedOf {
		for after := (retail.ReturnRate{}); ; after = told[of.By][len(told[of.By])-1] {
			page, err := db.ReturnRates(ctx, time.Unix(0, 0), time.Now().Add(24*time.Hour), of, after, 2)
			if err != nil {
				return nil, fmt.Errorf("ask what came back: %w", err)
			}
			if told[of.By] = append(told[of.By], page...); len(page) < 2 {
				break
			}
		}
	}
	return told, nil
}

// auditReturned holds the report against what orders, documents and acts say, and its order against its figures.
func auditReturned(told map[retail.ReturnSubject][]retail.ReturnRate, books *auditor.Books) (found []auditor.Finding) {
	wrong := func(text string, args ...any) {
		found = append(found, auditor.Finding{Rule: "what came back is told as it did not", Text: fmt.Sprintf(text, args...)})
	}
	for _, of := range returnedOf {
		want := books.Returned(string(of.By))
		for i, r := range told[of.By] {
			is := auditor.Returned{
				Returns: r.Returns, Blind: r.Blind, Overridden: r.Overridden, UnitsSold: r.UnitsSold, SoldMinor: r.SoldMinor,
				UnitsBack: r.UnitsBack, BackMinor: r.BackMinor,
			}
			if is != want[r.Subject] || r.Currency != auditor.Currency {
				wrong("of %s %s %+v %s is told, and it was %+v", of.By, r.Subject, is, r.Currency, want[r.Subject])
			}
			delete(want, r.Subject)
			if i > 0 && told[of.By][i-1].Rank < r.Rank {
				wrong("%s %s stands behind one of whom less came back", of.By, r.Subject)
			}
		}
		for subject, was := range want {
			wrong("of %s %s nothing is told, and it was %+v", of.By, subject, was)
		}
	}
	return found
}
