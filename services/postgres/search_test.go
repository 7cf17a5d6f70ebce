package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// manyProducts are as many as the plan of a search is looked at with. Their words are drawn from few, as a shop's are.
const manyProducts = 100_000

// TestSearchUsesItsIndex searches a large catalogue, and looks at how Postgres does it, whether it knows what is looked for when it
// plans or not.
func TestSearchUsesItsIndex(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	o := openOffice(t, database)
	stock(t, o)
	owner, err := pgx.Connect(t.Context(), database.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { owner.Close(context.Background()) })
	for _, statement := range []string{
		fmt.Sprintf(`insert into aside.search_texts
select 'p' || n, format(' model%%s %%s %%s ', n %% 5000, (array['shirt','shoe','jacket','scarf','belt'])[n %% 5 + 1], (array['linen','wool','cotton'])[n %% 3 + 1]),
	format(' =b=brand%%s =d=men model%%s %%s %%s sku%%s red blue green size%%s ', n %% 40, n %% 5000, (array['shirt','shoe','jacket','scarf','belt'])[n %% 5 + 1],
	(array['linen','wool','cotton'])[n %% 3 + 1], n, n %% 12), 1, 0 from generate_series(1, %d) n`, manyProducts),
		"vacuum analyze aside.search_texts",
	} {
		if _, err := owner.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		for slots, params := range [][]string{
			1: {`{"% model77%"}`, `{"% model77 %"}`},
			2: {`{"% linen%"}`, `{"% linen %"}`, `{"% model4711%"}`, `{"% model4711 %"}`},
		} {
			if params == nil {
				continue
			}
			if _, err := owner.Exec(t.Context(), "set plan_cache_mode = "+mode); err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("plan_%d_%s", slots, mode)
			if _, err := owner.Exec(t.Context(), "prepare "+name+" as "+postgres.ReadStatements()[fmt.Sprintf("search_%d", slots)]); err != nil {
				t.Fatal(err)
			}
			rows, err := owner.Query(t.Context(), fmt.Sprintf("explain (analyze) execute %s (1099511627776, '', 51, '', '%s')", name, strings.Join(params, "', '")))
			if err != nil {
				t.Fatal(err)
			}
			var plan strings.Builder
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					t.Fatal(err)
				}
				plan.WriteString(line + "\n")
			}
			if err := rows.Err(); err != nil || !strings.Contains(plan.String(), "search_texts_words") {
				t.Errorf("%s of %d: %v\n%s", mode, slots, err, plan.String())
			}
		}
	}
	found, err := o.SearchProducts(t.Context(), []retail.SearchSlot{{Beginnings: []string{"tee"}}}, "", 1<<40, "", 10)
	if err != nil || len(found) != 1 || found[0].Product.Code != "tee" {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestAuditOfTheSearch notices a product that is searched by what it does not say.
func TestAuditOfTheSearch(t *testing.T) {
	t.Parallel()
	s := newShop(t).open()
	wantNothing(t, s.audit())
	s.execute("update aside.search_texts set words = words || 'gold '")
	wantOnly(t, s.audit(), "CATALOGUE")
}
