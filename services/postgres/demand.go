package postgres

import (
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var demandLines = newTable("demand_lines", 3, "location text", "demand_id uuid", "line int4", "kind text", "channel text", "sku text",
	"words text", "filters text", "language text", "customer uuid", "found int8", "more bool", "units int8", "there int8", "times int8",
	"at timestamptz").append()

var _ = register(retail.TableDemand, &stored{
	table:    newTable("demand", 2, "location text", "id uuid", "recorded_at timestamptz").append(),
	children: []table{demandLines},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		demand := retail.Demand{Location: r.text(), ID: r.id(), RecordedAt: r.time()}
		for _, line := range children[0] {
			line.at = 3
			demand.Lines = append(demand.Lines, readDemandLine(line))
		}
		return demand, nil
	},
	save: func(w *writer, before, after retail.Row) error {
		demand, ok := after.(retail.Demand)
		if !ok || before != nil {
			return fmt.Errorf("%T is no new record of demand", after)
		}
		w.insert(kinds[retail.TableDemand].table).text(demand.Location).id(demand.ID).time(demand.RecordedAt).end()
		for i, l := range demand.Lines {
			w.insert(demandLines).text(demand.Location).id(demand.ID).int4(int32(i + 1)).text(string(l.Kind)).text(l.Channel).text(l.SKU).
				text(l.Words).text(l.Filters).text(l.Language).id(l.Customer).int8(l.Found).bool(l.More).int8(l.Units).int8(l.There).
				int8(l.Times).time(l.At).end()
		}
		return nil
	},
})

func readDemandLine(r *record) retail.DemandLine {
	return retail.DemandLine{
		Wanted: retail.Wanted{
			Kind: retail.DemandKind(r.text()), Channel: r.text(), SKU: r.text(), Words: r.text(), Filters: r.text(), Language: r.text(),
			Customer: r.id(), Found: r.int8(), More: r.bool(), Units: r.int8(), There: r.int8(),
		},
		Times: r.int8(), At: r.time(),
	}
}
