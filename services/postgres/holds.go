package postgres

import (
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var holdLines = newTable("hold_lines", 3, "location text", "hold_id uuid", "line int4", "sku text", "quantity int8").append()

var holds = register(retail.TableHolds, &stored{
	table: newTable("holds", 2, "location text", "id uuid", "channel text", "owner text", "state text", "expires_at timestamptz",
		"recorded_at timestamptz", "version int8", "order_id uuid"),
	children: []table{holdLines},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		return readHold(r, children[0]), nil
	},
	save: func(w *writer, before, after retail.Row) error {
		hold, ok := after.(retail.Hold)
		if !ok {
			return fmt.Errorf("%T is not a hold", after)
		}
		if before != nil {
			writeHold(w.update(kinds[retail.TableHolds].table), hold)
			return nil
		}
		writeHold(w.insert(kinds[retail.TableHolds].table), hold)
		lines := w.insert(holdLines)
		for i, line := range hold.Lines {
			lines.text(hold.Location).id(hold.ID).int4(int32(i + 1)).text(line.SKU).int8(line.Quantity).end()
		}
		return nil
	},
})

func writeHold(r *rows, h retail.Hold) {
	r.text(h.Location).id(h.ID).text(h.Channel).text(h.Owner).text(string(h.State)).time(h.ExpiresAt).time(h.RecordedAt).
		int8(h.Version).id(h.Order).end()
}

func readHold(r *record, lines []*record) retail.Hold {
	hold := retail.Hold{
		Location: r.text(), ID: r.id(), Channel: r.text(), Owner: r.text(), State: retail.HoldState(r.text()),
		ExpiresAt: r.time(), RecordedAt: r.time(), Version: r.int8(), Order: r.id(),
	}
	for _, line := range lines {
		line.at = 3
		hold.Lines = append(hold.Lines, retail.Line{SKU: line.text(), Quantity: line.int8()})
	}
	return hold
}
