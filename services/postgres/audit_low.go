package postgres

import (
	"encoding/json"

	"github.com/aisle-retail/aisle/services/retail"
)

// movedLowSQL reads by how much each of many transactions changed what is available of a position.
const movedLowSQL = `
select k.n, coalesce(sum(case when e.to_account = 'available' then e.quantity when e.from_account = 'available' then -e.quantity end), 0)::int8
from unnest($1::text[], $2::uuid[], $3::text[], $4::int8[]) as k(location, id, sku, n)
join ledger_entries e on e.location = k.location and e.transaction_id = k.id and e.asset = k.sku
group by k.n`

// movedLow reads what the transactions of events did to the positions that these say are low, or are no more.
func (s *snapshot) movedLow(page []*logged) error {
	asked := newRows([]column{{"location", "text"}, {"id", "uuid"}, {"sku", "text"}, {"n", "int8"}}, false)
	for i, e := range page {
		if e.about.table == retail.TableLevels {
			asked.text(e.shard).id(e.transaction).text(e.about.key.Code).int8(int64(i)).end()
		}
	}
	if asked.count == 0 {
		return nil
	}
	found, err := s.query(movedLowSQL, asked.params())
	for _, r := range found {
		page[r.int8()].moved = r.int8()
	}
	return err
}

// tellsLow tells whether an event says of a position that it is low, or is no more, by what its transaction did: it moved the units
// across the threshold, or put another rule. The two take turns.
func (e *logged) tellsLow(h retail.Header) bool {
	kind := "StockRecovered"
	if e.version%2 == 1 {
		kind = "StockLow"
	}
	var said retail.LowStock
	body := (&record{values: e.row.values, at: len(eventsTable.columns) - 1}).next()
	if err := json.Unmarshal(body, &said); err != nil || e.kind != kind || said.Location != e.shard || said.SKU != e.about.key.Code {
		return false
	}
	isLow := func(available int64) bool { return said.LowBelow > 0 && available < said.LowBelow }
	if h.Kind == retail.KindMaster {
		return h.Cause == "stock-rules/"+e.shard && isLow(said.Available) == (kind == "StockLow")
	}
	return isLow(said.Available) == (kind == "StockLow") && isLow(said.Available-e.moved) != isLow(said.Available)
}
