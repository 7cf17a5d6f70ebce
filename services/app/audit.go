package app

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/postgres"
)

// progressEvery is how often a long command says where it is.
const progressEvery = time.Second

// Audit proves every invariant on a live database, says where it is on progress and what it found on out, and fails where
// anything is broken. After each page it rests for rest times what the page took, to leave the processor to the shops.
func Audit(ctx context.Context, db *postgres.DB, rest float64, out, progress io.Writer) error {
	said := time.Now()
	findings, summary, err := db.Audit(ctx, postgres.AuditOptions{Rest: rest, Progress: func(done, total int, what string) {
		if time.Since(said) >= progressEvery {
			said = time.Now()
			fmt.Fprintf(progress, "audit: %d of %d rows, %s\n", done, total, what)
		}
	}})
	for _, finding := range findings {
		fmt.Fprintln(out, finding)
	}
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	total := int64(0)
	for _, table := range slices.Sorted(maps.Keys(summary.Rows)) {
		fmt.Fprintf(out, "  %-20s %10d rows\n", table, summary.Rows[table])
		total += summary.Rows[table]
	}
	if len(findings) > 0 {
		return fmt.Errorf("audit: %d of its sentences are broken in %d rows of %d books", len(findings), total, summary.Books)
	}
	fmt.Fprintf(out, "The books are clean: %d rows in %d books, proved in %s.\n", total, summary.Books, summary.Took.Round(time.Millisecond))
	return nil
}
