package auditor

import (
	"encoding/json"
	"strings"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// nameWays gives the lines of an order the transfers that it asked for: one from each place to each where it is collected.
func (m *stockModel) nameWays(p *played, id string, order *soldOrder) {
	for _, e := range p.Events {
		if e.Kind != "TransferRequested" {
			continue
		}
		var told struct{ ID, From, To, Purpose string }
		if err := json.Unmarshal([]byte(e.Body), &told); err != nil {
			m.findAct(ruleAnswer, p, nil, "event %d: %v", e.Seq, err)
			continue
		}
		asked := shipment{
			from: told.From, to: told.To, purpose: told.Purpose, state: isRequested, requestedAt: p.now(), recordedAt: p.now(), order: id,
		}
		for i := range order.lines {
			line := &order.lines[i]
			if line.from != told.From || line.location != told.To {
				continue
			}
			line.way = told.ID
			asked.ask(line.sku, line.quantity)
		}
		if len(asked.lines) == 0 {
			m.findAct(ruleImpossble, p, []string{"order/" + id}, "%+v is asked for, and no line takes it", told)
		}
		m.transfer(told.ID).add(p, asked)
	}
	for _, line := range order.lines {
		if line.from != "" && line.way == "" {
			m.findAct(ruleImpossble, p, []string{"order/" + id}, "nobody brings %+v", line)
		}
	}
}

// ask adds units that are asked for.
func (t *shipment) ask(sku string, units int64) {
	for i := range t.lines {
		if t.lines[i].SKU == sku {
			t.lines[i].Requested += units
			return
		}
	}
	t.lines = append(t.lines, TransferUnits{SKU: sku, Requested: units})
}

// wanted sums what the lines of an order say of one SKU that a transfer brings; 0 for no order.
func (m *stockModel) wanted(id, transfer, sku string, of func(*soldLine) int64) (units int64) {
	order := m.orders[id]
	if order == nil {
		return 0
	}
	for i := range order.lines {
		if line := &order.lines[i]; line.way == strings.ToLower(transfer) && line.sku == sku {
			units += of(line)
		}
	}
	return units
}

// sendsAll tells whether a request sends just what the order waits for.
func (m *stockModel) sendsAll(t shipment, r *stockpb.ShipTransferRequest) bool {
	sent := map[string]int64{}
	for _, line := range m.toSend(r) {
		sent[line.GetSku()] += line.GetQuantity()
	}
	for _, line := range t.lines {
		if sent[line.SKU] != m.wanted(t.order, r.GetTransfer(), line.SKU, func(l *soldLine) int64 { return l.away }) {
			return false
		}
	}
	return true
}

// underWay puts what an order waits for on its way.
func (m *stockModel) underWay(id, transfer string) {
	if order := m.orders[id]; order != nil {
		for i := range order.lines {
			if line := &order.lines[i]; line.way == transfer {
				line.away, line.coming = 0, line.away
			}
		}
		m.await(order)
	}
}

// await remembers how many units an order waits for that are on their way.
func (m *stockModel) await(order *soldOrder) {
	for _, of := range order.lines {
		sum := int64(0)
		for _, all := range m.orders {
			for _, line := range all.lines {
				if line.location == of.location && line.sku == of.sku {
					sum += line.coming
				}
			}
		}
		at := Position{of.location, of.sku}
		m.awaited[at] = max(m.awaited[at], sum)
	}
}

// arrived gives an order what it got of a transfer, the first line first.
func (m *stockModel) arrived(before, after shipment, transfer string) {
	order := m.orders[before.order]
	if order == nil {
		return
	}
	for n, is := range after.lines {
		units := is.Kept + is.Lacked - before.lines[n].Kept - before.lines[n].Lacked
		for i := range order.lines {
			if line := &order.lines[i]; line.way == strings.ToLower(transfer) && line.sku == is.SKU {
				part := min(units, line.coming)
				line.coming -= part
				units -= part
			}
		}
	}
}

// retract takes back what an order asked for and does not want any more.
func (m *stockModel) retract(p *played, id, answer string) {
	order := m.orders[id]
	if order == nil {
		return
	}
	seen := map[string]bool{"": true}
	for _, line := range order.lines {
		if seen[line.way] {
			continue
		}
		seen[line.way] = true
		left := false
		for _, other := range order.lines {
			left = left || other.way == line.way && other.away > 0
		}
		if t := m.transfer(line.way).now(); !left && t.state == isRequested {
			t.state, t.answer, t.recordedAt = isWithdrawn, answer, p.now()
			m.transfer(line.way).add(p, t)
		}
	}
}
