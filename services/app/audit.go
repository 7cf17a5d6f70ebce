package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aisle-retail/aisle/services/postgres"
)

// progressEvery is how often a long command says where it is.
const progressEvery = time.Second

// Audit proves every invariant on a live database, says what it proves on progress and what it found on out, and fails
// where anything is broken.
func Audit(ctx context.Context, db *postgres.DB, out, progress io.Writer) error {
	said := time.Now()
	findings, summary, err := db.Audit(ctx, postgres.AuditOptions{Progress: func(done, total int, what string) {
		if time.Since(said) >= progressEvery {
			said = time.Now()
			fmt.Fprintf(progress, "audit: %d of %d, %s\n", done, total, what)
		}
	}})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, f := range findings {
		fmt.Fprintf(out, "%-5s %s: %s: %s (%d such)\n", f.Invariant, f.Table, f.Row, f.What, f.Count)
	}
	fmt.Fprintln(out, summary)
	if len(findings) > 0 {
		return fmt.Errorf("audit: %d invariants are broken", len(findings))
	}
	return nil
}
