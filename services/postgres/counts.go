package postgres

import (
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var counts = whole(retail.TableCounts, newTable("counts", 2, "location text", "id uuid", "name text", "state text", "zones text",
	"skus text", "blind bool", "sellable_only bool", "whole_scope bool", "whole_at timestamptz", "last_read_at timestamptz",
	"readings int8", "postings int8", "dismissed text", "note text", "opened_at timestamptz", "recorded_at timestamptz", "version int8"),
	readCount, writeCount)

func writeCount(r *rows, c retail.Count) {
	r.text(c.Location).id(c.ID).text(c.Name).text(string(c.State)).text(toJSON(c.Zones)).text(toJSON(c.SKUs)).bool(c.Blind).
		bool(c.SellableOnly).bool(c.WholeScope).timeOrNull(c.WholeAt).timeOrNull(c.LastReadAt).int8(c.Readings).int8(c.Postings).
		text(toJSON(c.Dismissed)).text(c.Note).time(c.OpenedAt).time(c.RecordedAt).int8(c.Version).end()
}

func readCount(r *record) (retail.Count, error) {
	c := retail.Count{Location: r.text(), ID: r.id(), Name: r.text(), State: retail.CountState(r.text())}
	for _, part := range []any{&c.Zones, &c.SKUs} {
		if err := r.json(part); err != nil {
			return c, fmt.Errorf("count %s: %w", c.ID, err)
		}
	}
	c.Blind, c.SellableOnly, c.WholeScope = r.bool(), r.bool(), r.bool()
	c.WholeAt, c.LastReadAt, c.Readings, c.Postings = r.timeOrZero(), r.timeOrZero(), r.int8(), r.int8()
	if err := r.json(&c.Dismissed); err != nil {
		return c, fmt.Errorf("count %s: %w", c.ID, err)
	}
	c.Note, c.OpenedAt, c.RecordedAt, c.Version = r.text(), r.time(), r.time(), r.int8()
	return c, nil
}

var readingLines = newTable("count_reading_lines", 4, "location text", "count_id uuid", "reading_id uuid", "line int4", "sku text",
	"code text", "unit text", "quantity int8").append()

var _ = register(retail.TableReadings, &stored{
	table: newTable("count_readings", 3, "location text", "count_id uuid", "id uuid", "counter text", "zone text", "pass int4",
		"read_at timestamptz", "event_id text", "withdrawal bool", "recorded_at timestamptz").append(),
	children: []table{readingLines},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		reading := readReading(r)
		for _, line := range children[0] {
			line.at = 4
			reading.Lines = append(reading.Lines, retail.ReadingLine{
				SKU: line.text(), Code: line.text(), Unit: line.text(), Quantity: line.int8(),
			})
		}
		return reading, nil
	},
	save: func(w *writer, before, after retail.Row) error {
		reading, ok := after.(retail.Reading)
		if !ok || before != nil {
			return fmt.Errorf("%T is no new reading", after)
		}
		w.insert(kinds[retail.TableReadings].table).text(reading.Location).id(reading.Count).id(reading.ID).text(reading.Counter).
			text(reading.Zone).int4(reading.Pass).time(reading.ReadAt).text(reading.EventID).bool(reading.Withdrawal).
			time(reading.RecordedAt).end()
		for i, line := range reading.Lines {
			w.insert(readingLines).text(reading.Location).id(reading.Count).id(reading.ID).int4(int32(i + 1)).text(line.SKU).
				text(line.Code).text(line.Unit).int8(line.Quantity).end()
		}
		return nil
	},
})

func readReading(r *record) retail.Reading {
	return retail.Reading{
		Location: r.text(), Count: r.id(), ID: r.id(), Counter: r.text(), Zone: r.text(), Pass: r.int4(), ReadAt: r.time(),
		EventID: r.text(), Withdrawal: r.bool(), RecordedAt: r.time(),
	}
}

var countLines = whole(retail.TableCountLines, newTable("count_lines", 3, "location text", "count_id uuid", "sku text", "decision text",
	"note text", "counted int8", "moment timestamptz", "expected int8", "posted int8", "reason text", "transaction_id uuid",
	"recorded_at timestamptz", "version int8"), readCountLine, writeCountLine)

func writeCountLine(r *rows, l retail.CountLine) {
	r.text(l.Location).id(l.Count).text(l.SKU).text(string(l.Decision)).text(l.Note).int8(l.Counted).time(l.Moment).int8(l.Expected).
		int8(l.Posted).text(l.Reason).id(l.Transaction).time(l.RecordedAt).int8(l.Version).end()
}

func readCountLine(r *record) (retail.CountLine, error) {
	return retail.CountLine{
		Location: r.text(), Count: r.id(), SKU: r.text(), Decision: retail.Decision(r.text()), Note: r.text(), Counted: r.int8(),
		Moment: r.time(), Expected: r.int8(), Posted: r.int8(), Reason: r.text(), Transaction: r.id(), RecordedAt: r.time(),
		Version: r.int8(),
	}, nil
}
