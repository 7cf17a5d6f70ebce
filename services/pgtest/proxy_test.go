package pgtest_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// TestPlannedError has the server fail at a statement in the middle of a round trip, and at a COMMIT: the line is kept, what came
// before is undone, and the protocol is in step.
func TestPlannedError(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	line, err := pgtest.StartProxy(db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	conn := connect(t, line.URL()).PgConn()
	const put = "insert into names values ('order', 'A', gen_random_uuid(), now(), 0)"
	for name, sql := range map[string]string{"begin": "begin", "put": put, "commit": "commit", "rollback": "rollback"} {
		if _, err := conn.Prepare(t.Context(), name, sql, nil); err != nil {
			t.Fatal(err)
		}
	}
	send := func(statements ...string) string {
		batch := &pgconn.Batch{}
		for _, statement := range statements {
			batch.ExecPrepared(statement, nil, nil, nil)
		}
		_, err := conn.ExecBatch(t.Context(), batch).ReadAll()
		if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
			return refused.Code
		} else if err != nil {
			t.Fatal(err)
		}
		return ""
	}
	for _, c := range []struct {
		at       string
		txStatus byte
	}{{"begin", 'I'}, {"put", 'E'}, {"commit", 'I'}} {
		line.Plan(pgtest.Fault{Counts: func(statement, _ string) bool { return statement == c.at }, At: 1, Code: "40001"})
		if got := send("begin", "put", "commit"); got != "40001" || conn.TxStatus() != c.txStatus || line.Planned() != 0 {
			t.Errorf("at %s: error %q, status %c, %d planned", c.at, got, conn.TxStatus(), line.Planned())
		}
		if conn.TxStatus() == 'E' {
			send("rollback")
		}
		if got := count(t, db.OwnerURL, "select count(*) from names"); got != 0 {
			t.Errorf("at %s: %d rows are left", c.at, got)
		}
	}
	if got := send("begin", "put", "commit"); got != "" || count(t, db.OwnerURL, "select count(*) from names") != 1 {
		t.Errorf("with nothing planned: %q", got)
	}
}
