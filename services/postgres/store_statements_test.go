package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// plan is a node of what EXPLAIN says.
type plan struct {
	Node     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Cond     string `json:"Index Cond"`
	Plans    []plan
}

// each calls visit for a node and all below it.
func (p plan) each(visit func(plan)) {
	visit(p)
	for _, below := range p.Plans {
		below.each(visit)
	}
}

// explain is how a connection would run a statement that it has prepared, whatever its parameters are. It is refused where
// the connection has no right to run it.
func explain(t *testing.T, conn *pgx.Conn, statement string, params int) (p plan, planned bool) {
	t.Helper()
	sql := "explain (format json) execute " + statement
	if params > 0 {
		sql += "(" + strings.TrimSuffix(strings.Repeat("null, ", params), ", ") + ")"
	}
	var said []byte
	if err := conn.QueryRow(t.Context(), sql).Scan(&said); err != nil {
		t.Errorf("%s: %v", statement, err)
		return p, false
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(said, &plans); err != nil || len(plans) != 1 {
		t.Errorf("%s: %v in %s", statement, err, said)
		return p, false
	}
	return plans[0].Plan, true
}

// prepared are the statements that a connection has prepared, with the number of their parameters.
func prepared(t *testing.T, conn *pgx.Conn) map[string]int {
	t.Helper()
	const sql = "select name, cardinality(parameter_types) from pg_prepared_statements where name !~ '^stmtcache'"
	found, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	var name string
	var params int
	if _, err := pgx.ForEachRow(found, []any{&name, &params}, func() error { all[name] = params; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// isUtility tells whether a statement has no plan.
func isUtility(statement string) bool {
	return slices.Contains([]string{"begin", "commit", "rollback", "whole_begin", "whole_end"}, statement)
}

func TestStatements(t *testing.T) {
	t.Parallel()
	p := startProcess(t, postgres.Config{URL: pgtest.New(t).URL})
	for _, c := range []struct {
		who  string
		all  map[string]string
		take func() (*pgxpool.Conn, error)
	}{
		{"the engine", postgres.EngineStatements(), func() (*pgxpool.Conn, error) { return p.Writer(t.Context()) }},
		{"the reads", postgres.ReadStatements(), func() (*pgxpool.Conn, error) { return p.Reader(t.Context()) }},
	} {
		t.Run("each of "+c.who+" is prepared against the schema, and its role may run it", func(t *testing.T) {
			conn, err := c.take()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Release()
			ready := prepared(t, conn.Conn())
			if diff := cmp.Diff(slices.Sorted(maps.Keys(c.all)), slices.Sorted(maps.Keys(ready))); diff != "" {
				t.Errorf("statements (-declared +prepared):\n%s", diff)
			}
			for _, statement := range slices.Sorted(maps.Keys(ready)) {
				if !isUtility(statement) {
					explain(t, conn.Conn(), statement, ready[statement])
				}
			}
		})
	}
}

// grow fills the tables that a shop fills, far beyond what fits a page.
const grow = `
insert into stock_levels select 'place-' || n % 50, 'sku-' || n, 1, 0, 0, 0, 0, 0, 0, 1, now(), 0 from generate_series(1, 5000) n;
insert into oversell_cases select 'place-' || n % 50, 'sku-' || n, gen_random_uuid(), 1, 1, '', now(), now(), 0
	from generate_series(1, 5000) n;
insert into holds select 'place-' || n % 50, gen_random_uuid(), 'web', 'cart', 'HELD', now(), now(), 1, 0
	from generate_series(1, 5000) n;
insert into hold_lines select location, id, 1, 'sku-1', 1, 0 from holds;
insert into names select 'order', 'order-' || n, gen_random_uuid(), now(), 0 from generate_series(1, 5000) n;
insert into orders select entity, value, 'COMPLETED', 'till', 'place-1', null, 'EUR', true, '', now(), now(), 1, 0 from names;
insert into order_lines select entity, 1, 'sku-1', '', 'CARRY_OUT', 1, 1, 0, 0, 0, 0, 0, 0, 0, '', 0, '[]', '', '', 0 from names;
insert into order_taxes select entity, 'VAT', 0, 0, 0, 0 from names;
insert into order_payments select entity, 1, 'CASH', 'PAYMENT', 1, '', 0 from names;
insert into requests select entity, '', '', now(), 0 from names;
insert into deliveries select entity, 'place-1', 'PURCHASE_ORDER', 'ACME', value, '2026-05-04', 'EXPECTED', '', 1, 1, 0, 0, 0, 0, now(), now(), 1, 0
	from names;
insert into delivery_lines select entity, 'sku-1', 1, 1, 0, 0, 0, 0, now(), 0 from names;
insert into delivery_differences select entity, 'sku-1', 1, 'OVER', 1, '', '', entity, now(), 0 from names`

func TestPlans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ when, prepare string }{
		{"in a shop that opens today", "analyze"},
		{"in a shop that grew", grow + "; analyze"},
		{"in a shop that grew and that nobody analysed", grow},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			database := pgtest.New(t)
			newStranger(t, database).exec(c.prepare)
			conn, err := startProcess(t, postgres.Config{URL: database.URL}).Writer(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Release()
			for statement, params := range prepared(t, conn.Conn()) {
				if isUtility(statement) {
					continue
				}
				p, planned := explain(t, conn.Conn(), statement, params)
				if !planned {
					continue
				}
				wantIndexed(t, statement, p)
				if strings.Contains(postgres.EngineStatements()[statement], "for no key update") {
					wantLockedInOrder(t, statement, p)
				}
			}
		})
	}
}

// TestPositionsAreFoundWhereTheyStandSideBySide: one SKU at many places by one index, many SKUs of one place by the other.
func TestPositionsAreFoundWhereTheyStandSideBySide(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	newStranger(t, database).exec(grow + "; analyze")
	p := startProcess(t, postgres.Config{URL: database.URL})
	want := func(take func(context.Context) (*pgxpool.Conn, error), index string, statements ...string) {
		t.Helper()
		conn, err := take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		for _, setting := range []string{"plan_cache_mode = force_generic_plan", "enable_seqscan = off", "enable_hashjoin = off"} {
			if _, err := conn.Exec(t.Context(), "set "+setting); err != nil { // as in a table far larger than this one
				t.Fatal(err)
			}
		}
		params := prepared(t, conn.Conn())
		for _, statement := range statements {
			root, _ := explain(t, conn.Conn(), statement, params[statement])
			found := ""
			root.each(func(p plan) { found += p.Index })
			if found != index {
				t.Errorf("%s finds positions by %q, want %s: %s", statement, found, index, shape(root))
			}
		}
	}
	want(p.Writer, "stock_levels_pkey", "lock_stock_levels")
	want(p.Reader, "stock_levels_pkey", "levels_here", "levels_above", "levels_of_location", "levels_after")
	want(p.Reader, "stock_levels_of_sku", "levels_at", "levels_everywhere", "levels_of", "levels_of_sku")
}

// wantIndexed checks that no row of a table is looked at but by an index and a key.
func wantIndexed(t *testing.T, statement string, root plan) {
	t.Helper()
	root.each(func(p plan) {
		if p.Node == "Seq Scan" || p.Index != "" && p.Cond == "" {
			t.Errorf("%s walks all of %s%s: %s", statement, p.Relation, p.Index, shape(root))
		}
	})
}

// wantLockedInOrder checks that rows are locked one after another in the order of the keys that are given: each is found and
// locked on the inner side of a loop over them, and nothing between sorts or gathers.
func wantLockedInOrder(t *testing.T, statement string, root plan) {
	t.Helper()
	keys, locks := 0, 0
	root.each(func(p plan) {
		switch p.Node {
		case "Function Scan":
			keys++
		case "LockRows":
			locks++
		}
	})
	inner := root.Plans
	if root.Node != "Nested Loop" || keys != 1 || locks != 1 || len(inner) != 2 || inner[0].Node != "Function Scan" {
		t.Errorf("%s does not lock in the order of its keys: %s", statement, shape(root))
	}
}

// shape is a plan as one line.
func shape(p plan) string {
	var below []string
	for _, b := range p.Plans {
		below = append(below, shape(b))
	}
	return fmt.Sprintf("%s(%s)", p.Node, strings.Join(below, ", "))
}

// TestOnTheWayPlan: what is presumed delivered is any number, and is not read over to list what is on its way.
func TestOnTheWayPlan(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	newStranger(t, database).exec(`
insert into fulfilments (location, id, order_id, method, state, carrier, tracking, code_count, tries, proof, placed_at, recorded_at, version, parcels, attention_at, seal)
select 'milan', gen_random_uuid(), gen_random_uuid(), 'SHIP', 'SHIPPED', 'SEUR', '', 0, 0, '', at, at, 1,
    case when n % 100 = 0 then '[{"state":"SHIPPED","trail":[]}]' else '[{"state":"SHIPPED"}]' end, at + interval '5 days', 0
from generate_series(1, 20000) n, lateral (select now() - n * interval '1 hour' as at) d;
analyze fulfilments`)
	p := startProcess(t, postgres.Config{URL: database.URL})
	conn, err := p.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "set plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	root, _ := explain(t, conn.Conn(), "fulfilments_on_the_way", 6)
	var indexes []string
	root.each(func(p plan) {
		if p.Relation == "fulfilments" && !strings.Contains(p.Cond, "now()") {
			t.Errorf("it reads by %s where %s: %s", p.Node, p.Cond, shape(root))
		}
		if p.Relation == "fulfilments" {
			indexes = append(indexes, p.Index)
		}
	})
	if want := []string{"fulfilments_on_the_way", "fulfilments_heard_of"}; !slices.Equal(indexes, want) {
		t.Errorf("it reads by %v", indexes)
	}
	listed, err := p.OpenFulfilments(t.Context(), "milan", retail.WorkMark{List: retail.WorkOnTheWay}, 20000)
	if want := 30*24 - 1 + 200 - 7; err != nil || len(listed) != want {
		t.Errorf("%d are on their way of %d, %v", len(listed), want, err)
	}
}
