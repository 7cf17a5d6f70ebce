package auditor

import (
	"maps"

	replenishmentpb "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
)

const ruleLow = "others were told otherwise of what is low"

// alarms is below how many available units positions are low, and how often others were told that they are, or are no more.
type alarms struct {
	below map[Position]int64
	told  map[Position]int64
}

// tellLow proves that an act told others of each position that it left low and was not, or the other way round, and of no other. An act
// moves units, or puts the rules.
func (m *stockModel) tellLow(p *played, after map[Position]Level) {
	put := map[Position]int64{}
	if p.call != nil {
		if r, is := p.call.Request.(*replenishmentpb.PutStockRulesRequest); is {
			for _, rule := range r.GetRules() {
				if rule.GetSku() != "" {
					put[Position{r.GetLocation(), rule.GetSku()}] = rule.GetLowBelow()
				}
			}
		}
	}
	touched := map[Position]bool{}
	for at := range after {
		touched[at] = true
	}
	for at := range put {
		touched[at] = true
	}
	want, got := map[string]int64{}, map[string]int64{}
	for at := range touched {
		before, below := m.place(at).now().Available, m.low.below[at]
		now := before
		if l, moved := after[at]; moved {
			now = l.Available
		}
		was := below > 0 && before < below
		if given, ruled := put[at]; ruled {
			below = given
			m.low.below[at] = given
		}
		if is := below > 0 && now < below; is != was {
			kind := "StockRecovered"
			if is {
				kind = "StockLow"
			}
			m.low.told[at]++
			want[kind+" low-stock/"+at.Location+"/"+at.SKU] = m.low.told[at]
		}
	}
	for _, e := range p.Events {
		if e.Kind == "StockLow" || e.Kind == "StockRecovered" {
			got[e.Kind+" "+e.Subject] = e.Version
		}
	}
	if !maps.Equal(want, got) {
		m.findAct(ruleLow, p, nil, "others should be told %v, and were told %v", want, got)
	}
}
