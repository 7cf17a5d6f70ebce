package postgres_test

import (
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/retail"
)

func init() {
	samples[retail.TableDeliveries] = tradeOf("deliveries", func(t *rapid.T, d *retail.Delivery, name string) {
		d.Location = name
		d.Kind = rapid.SampledFrom([]retail.DeliveryKind{retail.DeliveryOrdered, retail.DeliveryAdvised}).Draw(t, "kind")
		d.State = rapid.SampledFrom([]retail.DeliveryState{
			retail.DeliveryExpected, retail.DeliveryPartial, retail.DeliveryReceived, retail.DeliveryClosed, retail.DeliveryCancelled,
		}).Draw(t, "state")
		d.ExpectedOn = "2026-05-04"
		d.LineCount &= 0x7fffffff
		countable(&d.Units)
		positive(&d.Version)
	}, func(d *retail.Delivery, before retail.Delivery) { d.ID = before.ID }, func(d retail.Delivery) columns {
		return counts(columns{
			"id": uuid(d.ID), "location": d.Location, "kind": string(d.Kind), "supplier": d.Supplier, "reference": d.Reference,
			"expected_on": d.ExpectedOn, "state": string(d.State), "reason": d.Reason, "line_count": d.LineCount,
			"announced_at": d.AnnouncedAt, "recorded_at": d.RecordedAt, "version": d.Version,
		}, d.Units)
	})
	samples[retail.TableDeliveryLines] = sample{
		draw: func(t *rapid.T, name string) retail.Row {
			line := drawLine(t)
			line.SKU = name
			return line
		},
		change: func(t *rapid.T, before retail.Row) retail.Row {
			was, line := before.(retail.DeliveryLine), drawLine(t)
			line.Delivery, line.SKU = was.Delivery, was.SKU
			line.Differences = append(append([]retail.Difference(nil), was.Differences...), line.Differences...)
			return line
		},
		columns: lineColumns,
	}
}

// countable makes counts that a delivery may have.
func countable(u *retail.DeliveryUnits) {
	for _, n := range []*int64{&u.Announced, &u.Received, &u.Damaged, &u.Over, &u.Short} {
		*n &= 1<<40 - 1
	}
	u.Over = min(u.Over, u.Received+u.Damaged)
	u.Announced += u.Received + u.Damaged - u.Over + u.Short
}

func counts(c columns, u retail.DeliveryUnits) columns {
	c["announced"], c["received"], c["damaged"], c["over"], c["short"] = u.Announced, u.Received, u.Damaged, u.Over, u.Short
	return c
}

func drawLine(t *rapid.T) retail.DeliveryLine {
	line := drawAny[retail.DeliveryLine]().Draw(t, "line")
	line.Line = line.Line&0xffff + 1
	countable(&line.Units)
	kinds := []retail.DifferenceKind{retail.UnitsDamaged, retail.UnitsOver, retail.UnitsShort}
	for i := range line.Differences {
		line.Differences[i].Kind = rapid.SampledFrom(kinds).Draw(t, "kind")
		positive(&line.Differences[i].Units)
	}
	return line
}

func lineColumns(row retail.Row) map[string][]columns {
	line := row.(retail.DeliveryLine)
	all := map[string][]columns{"delivery_lines": {counts(columns{
		"delivery_id": uuid(line.Delivery), "sku": line.SKU, "line": line.Line, "recorded_at": line.RecordedAt,
	}, line.Units)}}
	for i, d := range line.Differences {
		all["delivery_differences"] = append(all["delivery_differences"], columns{
			"delivery_id": uuid(line.Delivery), "sku": line.SKU, "difference": int32(i + 1), "kind": string(d.Kind), "units": d.Units,
			"reason": d.Reason, "note": d.Note, "transaction_id": uuid(d.Transaction), "recorded_at": d.RecordedAt,
		})
	}
	return all
}
