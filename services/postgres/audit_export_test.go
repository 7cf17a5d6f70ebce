package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// AuditInPieces audits with every limit as small as is wanted, so that a small shop has many pages and windows.
func (db *DB) AuditInPieces(ctx context.Context, size int) ([]Finding, error) {
	found, _, err := db.audit(ctx, AuditOptions{}, auditLimits{page: size, levels: size, window: size, unknown: size, unheard: size})
	return found, err
}

// SlowPages reads all positions in pages of a size, of which those larger than some rows take too long, and returns how many it
// came to.
func (db *DB) SlowPages(ctx context.Context, size, most int) (rows int, err error) {
	a := &audit{db: db, limits: auditLimits{page: size}}
	beside := func(_ *snapshot, page []member) error {
		if len(page) > most {
			return context.DeadlineExceeded
		}
		return nil
	}
	for page, err := range a.pages(ctx, family{root: levels.table}, nil, 0, beside) {
		if err != nil {
			return rows, err
		}
		rows += len(page)
	}
	return rows, nil
}

// AuditedTables are the names of all tables that the engine writes.
func AuditedTables() []string {
	var all []string
	for _, t := range auditedTables() {
		all = append(all, t.name)
	}
	slices.Sort(all)
	return all
}

// KeyOf is the names of a table's key columns.
func KeyOf(name string) []string {
	t := auditedTable(name)
	keys := []string{}
	for _, c := range t.columns[:t.key] {
		keys = append(keys, c.name)
	}
	return keys
}

// Reseal gives every row of a table the seal that its columns give, as somebody would who knows how.
func Reseal(ctx context.Context, conn *pgx.Conn, name string) error {
	t := auditedTable(name)
	reader := conn.PgConn().ExecParams(ctx, "select "+names(t.sealed())+", ctid::text from "+t.name, nil, nil, nil, binaryFormat)
	var all []*record
	for reader.NextRow() {
		all = append(all, copyRecord(reader.Values()))
	}
	if _, err := reader.Close(); err != nil {
		return err
	}
	for _, r := range all {
		seal := sealOf(t, r)
		if int64(binary.BigEndian.Uint64(r.values[len(t.columns)])) == seal {
			continue
		}
		sql := fmt.Sprintf("update %s set seal = $1 where ctid = '%s'", t.name, r.values[len(t.columns)+1])
		if _, err := conn.Exec(ctx, sql, seal); err != nil {
			return err
		}
	}
	return nil
}

func auditedTable(name string) table {
	all := auditedTables()
	return all[slices.IndexFunc(all, func(t table) bool { return t.name == name })]
}
