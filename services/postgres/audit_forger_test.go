package postgres_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestAuditNoticesForgers lets somebody who knows how everything is sealed, chained and told write the books anew.
func TestAuditNoticesForgers(t *testing.T) {
	t.Parallel()
	t.Run("who takes a cent off a document, and seals the whole chain again", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "invoices")
		v.rechain("milan", func(i *retail.Invoice) {
			if i.Position == 1 {
				i.Lines[0].NetMinor--
				i.Lines[0].GrossMinor--
				i.Taxes[len(i.Taxes)-1].NetMinor--
			}
		})
		v.reseal("invoices", "issuing_points", "events")
		wantOnly(t, v.audit(), "L7")
	})

	t.Run("who takes the last document out of the chain, with all that tells of it", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "invoices")
		const last = "(select id from invoices where location = 'milan' order by position desc limit 1)"
		v.execute("delete from names where entity = " + last)
		v.execute("delete from purchases where entity = " + last)
		v.execute("delete from events where subject = 'invoice/' || " + last)
		v.execute("delete from order_documents where invoice = " + last)
		v.execute("delete from invoices where id = " + last)
		v.rechain("milan", func(*retail.Invoice) {})
		v.reseal("invoices", "issuing_points", "events")
		if found := v.audit(); !named(found, "L7") {
			t.Errorf("found %v", found)
		}
	})

	t.Run("who does nothing but seal the chain again", func(t *testing.T) {
		t.Parallel()
		v := newVandal(t, "invoices")
		v.rechain("milan", func(*retail.Invoice) {})
		v.reseal("invoices", "issuing_points", "events")
		wantNothing(t, v.audit())
	})
}

// rechain changes the documents of a place, gives them the hashes that they then have, and tells so.
func (v vandal) rechain(location string, change func(*retail.Invoice)) {
	v.t.Helper()
	all, err := v.db.InvoicesOfPoint(v.t.Context(), location, retail.ServerPoint, 0, 1000)
	if err != nil || len(all) == 0 {
		v.t.Fatalf("%d invoices, %v", len(all), err)
	}
	before, last := "", map[string]int64{}
	var series []retail.SeriesCount
	for _, i := range all {
		change(&i)
		i.Previous = before
		i.Hash = i.Seal()
		before = i.Hash
		if last[i.Series]++; last[i.Series] == 1 {
			series = append(series, retail.SeriesCount{Series: i.Series})
		}
		v.execute(`update invoices set lines = $2, taxes = $3, previous = $4, hash = $5 where id = $1`,
			i.ID.String(), asJSON(i.Lines), asJSON(i.Taxes), i.Previous, i.Hash)
		body, err := json.Marshal(i)
		if err != nil {
			v.t.Fatal(err)
		}
		v.execute(`update events set body = $2 where subject = $1`, "invoice/"+i.ID.String(), body)
	}
	for n := range series {
		series[n].Last = last[series[n].Series]
	}
	v.execute(`update issuing_points set head = $2, records = $3, version = $3, series = $4, recorded_at = $5 where location = $1`,
		location, before, len(all), asJSON(series), all[len(all)-1].IssuedAt)
}

// named tells whether an invariant is among what was found.
func named(found []postgres.Finding, invariant string) bool {
	for _, f := range found {
		if f.Invariant == invariant {
			return true
		}
	}
	return false
}

// wantOnly expects findings, all of one invariant.
func wantOnly(t *testing.T, found []postgres.Finding, invariant string) {
	t.Helper()
	if len(found) == 0 {
		t.Error("nothing was found")
	}
	for _, f := range found {
		if f.Invariant != invariant {
			t.Error(f)
		}
	}
}

// TestAuditOfOlderOrders audits an order that was written before lines said where they leave from, before there were documents
// and histories: its columns are null, and its event lacks them.
func TestAuditOfOlderOrders(t *testing.T) {
	t.Parallel()
	v := newVandal(t, "orders")
	const first = "(select entity from names where kind = 'order' and entity in (select order_id from order_payments where amount_minor = 1000) " +
		"order by entity limit 1)"
	var id string
	if err := v.owner.QueryRow(t.Context(), "select "+first+"::text").Scan(&id); err != nil {
		t.Fatal(err)
	}
	v.execute("update order_lines set fulfil_location = null, fulfilment = null, account = null, return_days = null where order_id = $1", id)
	v.execute("update order_payments set location = null, account = null, occurred_at = null where order_id = $1", id)
	v.execute("delete from order_documents where order_id = $1", id)
	v.execute("delete from purchases where entity = $1", id)
	var body string
	if err := v.owner.QueryRow(t.Context(), "select convert_from(body, 'UTF8') from events where subject = 'order/' || $1", id).Scan(&body); err != nil {
		t.Fatal(err)
	}
	var told map[string]any
	if err := json.Unmarshal([]byte(body), &told); err != nil {
		t.Fatal(err)
	}
	delete(told, "documents")
	for _, line := range told["lines"].([]any) {
		delete(line.(map[string]any), "fulfil_location")
		delete(line.(map[string]any), "return_days")
	}
	for _, payment := range told["payments"].([]any) {
		delete(payment.(map[string]any), "occurred_at")
	}
	v.execute("update events set body = convert_to($2, 'UTF8') where subject = 'order/' || $1", id, asJSON(told))
	// It had no document either. That the chain lacks it now is another matter.
	const doc = "(select id from invoices where order_id = $1)"
	for _, sql := range []string{
		"delete from names where entity = " + doc, "delete from purchases where entity = " + doc,
		"delete from events where subject = 'invoice/' || " + doc, "delete from invoices where order_id = $1",
	} {
		v.execute(sql, id)
	}
	v.reseal("orders", "order_lines", "order_payments", "events")
	for _, f := range v.audit() {
		if f.Table != "invoices" && f.Table != "issuing_points" || !strings.HasPrefix(f.Invariant, "L7") {
			t.Error(f)
		}
	}
}
