package postgres

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// The audit proves the invariants (retail/doc.go) from the rows themselves, on a live database. It takes no locks and keeps no
// row versions alive; what it costs others is processor time, of which AuditOptions.Rest gives some back.
//
// An open snapshot makes a hot row dear: each of its versions must be kept. So every page of rows is read in a snapshot of
// its own, which lives for milliseconds, together with the rows that it must agree with; the proof runs when the snapshot
// is closed. What the engine commits at once is therefore seen at once, whatever writers do meanwhile.
//
// A level is compared with the fold of its entries, and those may be millions. That needs no snapshot: entries never change,
// each carries its position's version, and a level of version n was committed with its n-th entry. So the levels of a book
// are read first and its entries after, page by page, and what is beyond the version that a level had is left for the next
// audit. This is also why memory does not grow with the ledger: what is kept is one fold per position, of at most
// auditLimits.window positions at a time. Balances are folded beside them; entries of money carry no version, so that the clock
// tells what came later (audit_balances.go).
//
// What an act should have posted is said a second time (audit_postings.go), from what others were told of its document before
// and after it, and compared with what it did post, in all its books and to the cent: orders, holds, transfers, and returns with
// what left in exchange. No index leads from a transaction to its books; they are found from its cause (audit_around.go). So the
// sums over many acts, such as those between two locations, follow from each act.

// auditLimits bound what the audit reads and keeps at a time.
type auditLimits struct {
	// page is how many rows one statement reads, children apart; some 10 ms. levels is the same for levels: each of their
	// pages reads the holds in force of the whole book once.
	page, levels int
	// window is how many positions are folded in one pass over a book, some 200 bytes each. A book of more positions is passed
	// over again for the rest.
	window int
	// unknown is how many positions without a level, and unheard how many transactions without an event, are kept before they
	// are looked for.
	unknown, unheard int
	// recent is how long before the audit a request was made to be compared by id: longer than a transaction lives, which the
	// engine gives 15 s for each of its two round trips.
	recent time.Duration
}

var defaultLimits = auditLimits{
	page: 1000, levels: 5000, window: 100_000, unknown: 1000, unheard: 100_000, recent: 40 * time.Second,
}

// Finding is one rule that does not hold, with the first row that breaks it.
type Finding struct {
	// Invariant is the name of the invariant, "L1" to "L11"; or "NAMES": a number does not lead to what has it; "HISTORY":
	// a customer's history is not of what they got; "CATALOGUE": master data refers to what is not there; "SEAL": a row is not as
	// the engine wrote it.
	Invariant string
	Table     string
	// Row is the key of the first offending row, its columns divided by slashes.
	Row string
	// What is wrong, in words.
	What string
	// Count is how many rows break the rule.
	Count int64
}

// String is the finding as one line.
func (f Finding) String() string {
	line := fmt.Sprintf("%s %s %s: %s", f.Invariant, f.Table, f.Row, f.What)
	if f.Count > 1 {
		line += fmt.Sprintf(" (and %d more)", f.Count-1)
	}
	return line
}

// AuditOptions say how to audit.
type AuditOptions struct {
	// Progress, when not nil, is told how many rows are proved of about how many, and what is being proved.
	Progress func(done, total int, what string)
	// Rest is how long the audit rests after each page, as a ratio to the time that the page took. It uses one connection and
	// at most one processor of the database's; with 1 it uses half of it and takes twice as long. 0: it does not rest.
	Rest float64
}

// AuditSummary is what was proved.
type AuditSummary struct {
	// Books is how many locations have a ledger or stock.
	Books int64
	// Rows proved, by table.
	Rows map[string]int64
	Took time.Duration
}

// Audit proves that everything that was there when it began keeps the invariants, while others write. It returns one finding
// per rule and table, so that their number is bounded by the program; none: all is well. An error means that the proof could
// not be carried through, and the findings are those until then.
func (db *DB) Audit(ctx context.Context, o AuditOptions) ([]Finding, AuditSummary, error) {
	return db.audit(ctx, o, defaultLimits)
}

func (db *DB) audit(ctx context.Context, o AuditOptions, limits auditLimits) ([]Finding, AuditSummary, error) {
	began := time.Now()
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	a := &audit{
		db: db, limits: limits, options: o, findings: map[rule]*Finding{}, summary: AuditSummary{Rows: map[string]int64{}},
	}
	err := a.run(ctx)
	a.summary.Took = time.Since(began)
	found := make([]Finding, 0, len(a.findings))
	for _, f := range a.findings {
		found = append(found, *f)
	}
	slices.SortFunc(found, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(x.Invariant, y.Invariant), cmp.Compare(x.Table, y.Table), cmp.Compare(x.What, y.What))
	})
	if err != nil {
		return found, a.summary, fmt.Errorf("audit: %w", err)
	}
	return found, a.summary, nil
}

// audit is one run.
type audit struct {
	db       *DB
	limits   auditLimits
	options  AuditOptions
	findings map[rule]*Finding
	summary  AuditSummary
	requests *requestTally
	// done of about total rows are proved.
	done, total int
}

// rule is one sentence that rows may break: an invariant, of a table, and the format of what is said.
type rule struct{ invariant, table, format string }

// broken notes that a row breaks a rule.
func (a *audit) broken(invariant string, t table, row, format string, args ...any) {
	r := rule{invariant, t.name, format}
	if f, known := a.findings[r]; known {
		f.Count++
		return
	}
	a.findings[r] = &Finding{Invariant: invariant, Table: t.name, Row: row, What: fmt.Sprintf(format, args...), Count: 1}
}

// proved counts rows whose proof is done.
func (a *audit) proved(t table, rows int, what string) {
	a.summary.Rows[t.name] += int64(rows)
	a.done += rows
	a.options.Progress(a.done, max(a.done, a.total), what)
}

// run proves table by table. The requests come before the ledger, so that every request seen has its transaction seen.
func (a *audit) run(ctx context.Context) error {
	if err := a.estimate(ctx); err != nil {
		return err
	}
	if err := a.tallyRequests(ctx); err != nil {
		return err
	}
	if err := a.books(ctx); err != nil {
		return err
	}
	if err := a.settleRequests(ctx); err != nil {
		return err
	}
	if err := a.eventLog(ctx); err != nil {
		return err
	}
	for _, t := range slices.Sorted(maps.Keys(kinds)) {
		if t == retail.TableLevels || t == retail.TableBalances {
			continue // proved book by book
		}
		if err := a.entities(ctx, t); err != nil {
			return err
		}
	}
	return a.chains(ctx)
}

// estimateSQL is about how many rows there are, by what the planner and the statistics know.
const estimateSQL = `
select coalesce(sum(greatest(c.reltuples, s.n_live_tup, 0)), 0)::int8
from pg_class c join pg_stat_user_tables s on s.relid = c.oid
where c.relname = any($1::text[]) and s.schemaname = current_schema()`

func (a *audit) estimate(ctx context.Context) error {
	return a.snapshot(ctx, func(s *snapshot) error {
		tables := newRows([]column{{"name", "text"}}, false)
		for _, t := range auditedTables() {
			tables.text(t.name).end()
		}
		found, err := s.query(estimateSQL, tables.params())
		if err != nil {
			return err
		}
		a.total = int(found[0].int8())
		return nil
	})
}

// auditedTables are all tables that the engine writes.
func auditedTables() []table {
	all := []table{transactionsTable, entriesTable, requestsTable, eventsTable, casesTable}
	for _, kind := range kinds {
		all = append(append(all, kind.table), kind.children...)
	}
	return all
}
