package postgres_test

import (
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/retail"
)

func init() {
	samples[retail.TableCounts] = tradeOf("counts", func(t *rapid.T, c *retail.Count, name string) {
		c.Location = name
		c.State = rapid.SampledFrom([]retail.CountState{
			retail.CountOpen, retail.CountCounted, retail.CountClosed, retail.CountCancelled,
		}).Draw(t, "state")
		positive(&c.Readings)
		positive(&c.Postings)
		positive(&c.Version)
	}, func(c *retail.Count, before retail.Count) { c.ID = before.ID }, func(c retail.Count) columns {
		return columns{
			"location": c.Location, "id": uuid(c.ID), "name": c.Name, "state": string(c.State), "zones": asJSON(c.Zones), "skus": asJSON(c.SKUs),
			"blind": c.Blind, "sellable_only": c.SellableOnly, "whole_scope": c.WholeScope, "whole_at": orNull(c.WholeAt),
			"last_read_at": orNull(c.LastReadAt), "readings": c.Readings, "postings": c.Postings, "dismissed": asJSON(c.Dismissed),
			"note": c.Note, "opened_at": c.OpenedAt, "recorded_at": c.RecordedAt, "version": c.Version,
		}
	})
	samples[retail.TableCountLines] = tradeOf("count_lines", func(t *rapid.T, l *retail.CountLine, name string) {
		l.Location = name
		l.Decision = rapid.SampledFrom([]retail.Decision{
			retail.VarianceAccepted, retail.VarianceRecount, retail.VarianceIgnored, retail.VariancePosted,
		}).Draw(t, "decision")
		positive(&l.Version)
	}, func(l *retail.CountLine, before retail.CountLine) { l.Count, l.SKU = before.Count, before.SKU }, func(l retail.CountLine) columns {
		return columns{
			"location": l.Location, "count_id": uuid(l.Count), "sku": l.SKU, "decision": string(l.Decision), "note": l.Note, "counted": l.Counted,
			"moment": l.Moment, "expected": l.Expected, "posted": l.Posted, "reason": l.Reason, "transaction_id": uuid(l.Transaction),
			"recorded_at": l.RecordedAt, "version": l.Version,
		}
	})
	samples[retail.TableReadings] = sample{draw: drawReading, columns: readingColumns}
}

func drawReading(t *rapid.T, name string) retail.Row {
	r := drawAny[retail.Reading]().Draw(t, "reading")
	r.Location, r.Pass = name, r.Pass&0xffff+1
	for i := range r.Lines {
		positive(&r.Lines[i].Quantity)
		if r.Lines[i].Unit != "" {
			r.Lines[i].Quantity = 1
		}
	}
	return r
}

func readingColumns(row retail.Row) map[string][]columns {
	r := row.(retail.Reading)
	all := map[string][]columns{"count_readings": {{
		"location": r.Location, "count_id": uuid(r.Count), "id": uuid(r.ID), "counter": r.Counter, "zone": r.Zone, "pass": r.Pass,
		"read_at": r.ReadAt, "event_id": r.EventID, "withdrawal": r.Withdrawal, "recorded_at": r.RecordedAt,
	}}}
	for i, l := range r.Lines {
		all["count_reading_lines"] = append(all["count_reading_lines"], columns{
			"location": r.Location, "count_id": uuid(r.Count), "reading_id": uuid(r.ID), "line": int32(i + 1), "sku": l.SKU, "code": l.Code,
			"unit": l.Unit, "quantity": l.Quantity,
		})
	}
	return all
}
