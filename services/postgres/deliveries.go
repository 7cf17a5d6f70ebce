package postgres

import (
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var deliveries = whole(retail.TableDeliveries, newTable("deliveries", 1, "id uuid", "location text", "kind text", "supplier text",
	"reference text", "expected_on text", "state text", "reason text", "line_count int4", "announced int8", "received int8",
	"damaged int8", "over int8", "short int8", "announced_at timestamptz", "recorded_at timestamptz", "version int8"),
	readDelivery, writeDelivery)

func writeDelivery(r *rows, d retail.Delivery) {
	r.id(d.ID).text(d.Location).text(string(d.Kind)).text(d.Supplier).text(d.Reference).text(d.ExpectedOn).text(string(d.State)).
		text(d.Reason).int4(d.LineCount)
	writeUnits(r, d.Units).time(d.AnnouncedAt).time(d.RecordedAt).int8(d.Version).end()
}

func readDelivery(r *record) (retail.Delivery, error) {
	return retail.Delivery{
		ID: r.id(), Location: r.text(), Kind: retail.DeliveryKind(r.text()), Supplier: r.text(), Reference: r.text(),
		ExpectedOn: r.text(), State: retail.DeliveryState(r.text()), Reason: r.text(), LineCount: r.int4(), Units: readUnits(r),
		AnnouncedAt: r.time(), RecordedAt: r.time(), Version: r.int8(),
	}, nil
}

func writeUnits(r *rows, u retail.DeliveryUnits) *rows {
	return r.int8(u.Announced).int8(u.Received).int8(u.Damaged).int8(u.Over).int8(u.Short)
}

func readUnits(r *record) retail.DeliveryUnits {
	return retail.DeliveryUnits{Announced: r.int8(), Received: r.int8(), Damaged: r.int8(), Over: r.int8(), Short: r.int8()}
}

var deliveryDifferences = newTable("delivery_differences", 3, "delivery_id uuid", "sku text", "difference int4", "kind text",
	"units int8", "reason text", "note text", "transaction_id uuid", "recorded_at timestamptz").append()

var deliveryLines = register(retail.TableDeliveryLines, &stored{
	table: newTable("delivery_lines", 2, "delivery_id uuid", "sku text", "line int4", "announced int8", "received int8", "damaged int8",
		"over int8", "short int8", "recorded_at timestamptz"),
	children: []table{deliveryDifferences},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		return readDeliveryLine(r, children[0]), nil
	},
	save: func(w *writer, before, after retail.Row) error {
		line, ok := after.(retail.DeliveryLine)
		if !ok {
			return fmt.Errorf("%T is not a line of a delivery", after)
		}
		root, known := w.insert, 0
		if before != nil {
			root, known = w.update, len(before.(retail.DeliveryLine).Differences)
		}
		r := root(kinds[retail.TableDeliveryLines].table).id(line.Delivery).text(line.SKU).int4(line.Line)
		writeUnits(r, line.Units).time(line.RecordedAt).end()
		for i, d := range line.Differences[known:] { // those that are there never change
			w.insert(deliveryDifferences).id(line.Delivery).text(line.SKU).int4(int32(known + i + 1)).text(string(d.Kind)).int8(d.Units).
				text(d.Reason).text(d.Note).id(d.Transaction).time(d.RecordedAt).end()
		}
		return nil
	},
})

func readDeliveryLine(r *record, differences []*record) retail.DeliveryLine {
	line := retail.DeliveryLine{Delivery: r.id(), SKU: r.text(), Line: r.int4(), Units: readUnits(r), RecordedAt: r.time()}
	for _, d := range differences {
		d.at = 3
		line.Differences = append(line.Differences, retail.Difference{
			Kind: retail.DifferenceKind(d.text()), Units: d.int8(), Reason: d.text(), Note: d.text(), Transaction: d.id(), RecordedAt: d.time(),
		})
	}
	return line
}
