package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var returnPolicies = whole(retail.TableReturnPolicies, newTable("return_policies", 1, "code text", "name text", "sold text", "days int4",
	"terms text", "retired bool", "recorded_at timestamptz", "version int8"), readReturnPolicy, writeReturnPolicy)

func writeReturnPolicy(r *rows, p retail.ReturnPolicy) {
	r.text(p.Code).text(p.Name).text(toJSON(p.For)).int4(p.Days).text(toJSON(p.Terms)).bool(p.Retired).time(p.RecordedAt).int8(p.Version).end()
}

func readReturnPolicy(r *record) (retail.ReturnPolicy, error) {
	p := retail.ReturnPolicy{Code: r.text(), Name: r.text()}
	if err := r.json(&p.For); err != nil {
		return p, fmt.Errorf("goods of return policy %s: %w", p.Code, err)
	}
	p.Days = r.int4()
	if err := r.json(&p.Terms); err != nil {
		return p, fmt.Errorf("terms of return policy %s: %w", p.Code, err)
	}
	p.Retired, p.RecordedAt, p.Version = r.bool(), r.time(), r.int8()
	return p, nil
}

// returnTerms writes by what terms a line comes back, of which a line that no policy held for has none.
func (r *rows) returnTerms(t retail.ReturnTerms) *rows {
	if t == (retail.ReturnTerms{}) {
		return jsonOrNull[retail.ReturnTerms](r, nil)
	}
	return jsonOrNull(r, &t)
}

func (r *record) returnTerms() (retail.ReturnTerms, error) {
	terms, err := jsonOrNil[retail.ReturnTerms](r)
	if terms == nil {
		return retail.ReturnTerms{}, err
	}
	return *terms, err
}

var returnPolicyColumns = prefixed(returnPolicies.table.columns)

var (
	returnPoliciesAfter = readStatement("return_policies_after", `
select `+returnPolicyColumns+` from return_policies t where t.code > $1 order by t.code limit $2`)

	// Two that are put at once may both have been let in, so that there may be some more than the limit.
	returnPoliciesLasting = readStatement("return_policies_lasting", `
select `+returnPolicyColumns+` from return_policies t where not t.retired order by t.code`)
)

// ReturnPoliciesAfter returns return policies by code, after one.
func (db *DB) ReturnPoliciesAfter(ctx context.Context, after string, limit int) ([]retail.ReturnPolicy, error) {
	return all(ctx, db, returnPoliciesAfter, readReturnPolicy, []byte(after), int8Param(int64(limit)))
}

// ReturnPolicies returns those that are not retired, as this process last put them, or as they were at most a second ago. Callers must not
// change them.
func (db *DB) ReturnPolicies(ctx context.Context) ([]retail.ReturnPolicy, error) {
	lasting, _, err := db.caches.returnPolicies.get(ctx, "", func(ctx context.Context) ([]retail.ReturnPolicy, bool, error) {
		lasting, err := all(ctx, db, returnPoliciesLasting, readReturnPolicy)
		return lasting, true, err
	})
	return lasting, err
}
