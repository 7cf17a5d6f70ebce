package postgres_test

import (
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/retail"
)

func init() {
	samples[retail.TableDemand] = sample{draw: drawDemand, columns: demandColumns}
}

func drawDemand(t *rapid.T, name string) retail.Row {
	d := drawAny[retail.Demand]().Draw(t, "demand")
	d.Location = name
	for i := range d.Lines {
		l := &d.Lines[i]
		l.Kind = rapid.SampledFrom([]retail.DemandKind{
			retail.DemandSearch, retail.DemandAvailability, retail.DemandProduct, retail.DemandHold, retail.DemandOrder,
			retail.DemandExchange, retail.DemandTransfer,
		}).Draw(t, "kind")
		for _, n := range []*int64{&l.Found, &l.Units, &l.There, &l.Times} {
			positive(n)
		}
	}
	return d
}

func demandColumns(row retail.Row) map[string][]columns {
	d := row.(retail.Demand)
	all := map[string][]columns{"demand": {{"location": d.Location, "id": uuid(d.ID), "recorded_at": d.RecordedAt}}}
	for i, l := range d.Lines {
		all["demand_lines"] = append(all["demand_lines"], columns{
			"location": d.Location, "demand_id": uuid(d.ID), "line": int32(i + 1), "kind": string(l.Kind), "channel": l.Channel, "sku": l.SKU,
			"words": l.Words, "filters": l.Filters, "language": l.Language, "customer": uuid(l.Customer), "found": l.Found, "more": l.More,
			"units": l.Units, "there": l.There, "times": l.Times, "at": l.At,
		})
	}
	return all
}
