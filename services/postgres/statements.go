package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// statementName names a prepared statement.
func statementName(act string, t table) string {
	return act + "_" + strings.ReplaceAll(t.name, ".", "_")
}

// engineStatements are all that the engine ever sends, by name. They are prepared when a connection is made.
var engineStatements = sync.OnceValue(func() map[string]string {
	all := map[string]string{
		"begin": "begin isolation level read committed", "commit": "commit", "rollback": "rollback",
		"outcomes": outcomesSQL, "open_cases": openCasesSQL,
	}
	write := func(t table) {
		all[statementName("insert", t)] = t.insertSQL()
		if !t.appendOnly {
			all[statementName("update", t)] = t.updateSQL()
		}
	}
	for _, kind := range kinds {
		all[statementName("lock", kind.table)] = kind.table.lockSQL()
		if kind.seed {
			all[statementName("seed", kind.table)] = kind.table.seedSQL()
		}
		write(kind.table)
		for _, child := range kind.children {
			all[statementName("children", child)] = child.childrenSQL(kind.table.key)
			write(child)
		}
	}
	for _, t := range []table{casesTable, transactionsTable, entriesTable, requestsTable, eventsTable, searchTexts} {
		write(t)
	}
	all[statementName("seed", searchWords)] = searchWords.seedSQL()
	all[refreshTexts] = refreshTextsSQL
	return all
})

// tablesInOrder is the one order in which statements write: entities and levels in lock order, then the ledger, then events,
// so that seq is drawn as late as can be, and the requests last.
var tablesInOrder = sync.OnceValue(func() []string {
	var order []string
	write := func(t table) {
		if !t.appendOnly {
			order = append(order, statementName("update", t))
		}
		order = append(order, statementName("insert", t))
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		write(kinds[name].table)
		for _, child := range kinds[name].children {
			write(child)
		}
		if name == retail.TableLevels {
			write(casesTable)
		}
		if name == retail.TableProducts {
			order = append(order, statementName("update", searchTexts), statementName("seed", searchWords))
		}
	}
	for _, t := range []table{transactionsTable, entriesTable, eventsTable, requestsTable} {
		write(t)
	}
	return order
})

// prepare returns what prepares statements on a new connection, in one round trip.
func prepare(statements map[string]string) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		pipeline := conn.PgConn().StartPipeline(ctx)
		for name, sql := range statements {
			pipeline.SendPrepare(name, sql, nil)
		}
		if err := pipeline.Sync(); err != nil {
			return err
		}
		for range statements {
			if _, err := pipeline.GetResults(); err != nil {
				_ = pipeline.Close()
				if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && strings.HasPrefix(refused.Code, "42") {
					return fmt.Errorf("prepare: %w; is the schema up to date? run: aisle migrate", err)
				}
				return fmt.Errorf("prepare: %w", err)
			}
		}
		return pipeline.Close()
	}
}

// classify says what a failure means to the engine. Source of the codes: PostgreSQL documentation, appendix A.
func classify(err error) error {
	class := ledger.Fault
	var refused *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &refused):
		switch code := refused.Code; {
		case code == "23505": // unique_violation
			class = ledger.Duplicate
		case code == "40001", code == "40P01", code == "55P03": // serialization, deadlock, lock timeout
			class = ledger.Transient
		case strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57P"), strings.HasPrefix(code, "08"), code == "57014":
			class = ledger.Transient // out of resources, going down, connection, statement timeout
		case code == "25006", // read only: a standby before it is promoted
			code == "25P03", code == "25P04": // idle in transaction, or in it for too long: this process was stopped for a while
			class = ledger.Transient
		}
	case errors.Is(err, errRolledBack), pgconn.SafeToRetry(err), pgconn.Timeout(err), errors.As(err, &network), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, pgconn.ErrConnClosed), isConnectError(err):
		class = ledger.Transient
	}
	return &ledger.StoreError{Class: class, Err: err}
}

func isConnectError(err error) bool {
	var failed *pgconn.ConnectError
	return errors.As(err, &failed)
}
