package auditor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// shipment is a transfer. The zero value is one that is not there.
type shipment struct {
	from, to, reference, state string
	lines                      []TransferUnits
	shippedAt, recordedAt      time.Time
}

// The states of a transfer.
const (
	isShipped  = "SHIPPED"
	isReceived = "RECEIVED"
)

// told is the transfer as it is answered.
func (t shipment) told(id string) *stockpb.Transfer {
	transfer := &stockpb.Transfer{
		Id: id, FromLocation: t.from, ToLocation: t.to, Reference: t.reference, ShippedAt: timestamppb.New(t.shippedAt),
		RecordedAt: timestamppb.New(t.recordedAt), State: stockpb.TransferState(stockpb.TransferState_value["TRANSFER_STATE_"+t.state]),
	}
	for _, line := range t.lines {
		transfer.Lines = append(transfer.Lines, &stockpb.TransferLine{
			Sku: line.SKU, Shipped: line.Shipped, Received: line.Received, Missing: line.Missing, Damaged: line.Damaged, Over: line.Over,
		})
	}
	return transfer
}

// expected is what of a line is still on its way.
func (u TransferUnits) expected() int64 { return u.Shipped - u.Received - u.Missing }

func (m *stockModel) transfer(id string) *course[shipment] {
	id = strings.ToLower(id)
	if m.transfers[id] == nil {
		m.transfers[id] = begin(shipment{})
	}
	return m.transfers[id]
}

func (m *stockModel) planShip(p *played, r *stockpb.ShipTransferRequest) plan {
	m.mustFit(p, holdDemands(r.GetFromLocation(), r.GetLines(), 0), false, keeper{})
	planned := plan{moves: moves{}}
	sent := shipment{
		from: r.GetFromLocation(), to: r.GetToLocation(), reference: r.GetReference(), state: isShipped, shippedAt: p.now(), recordedAt: p.now(),
	}
	way := accountTransit + p.causeID()
	for _, line := range r.GetLines() {
		sent.lines = append(sent.lines, TransferUnits{SKU: line.GetSku(), Shipped: line.GetQuantity()})
		planned.moves.add(sent.from, line.GetSku(), accountAvailable, way, line.GetQuantity())
		planned.moves.add(sent.to, line.GetSku(), way, accountIncoming, line.GetQuantity())
	}
	m.transfer(p.causeID()).add(p, sent)
	return planned
}

// arrival is what a transfer is after some of it arrived, and the moves that this takes; false where that can't be. What arrives beyond
// what was sent, and what is missing in the end, needs a reason.
func (t shipment) arrival(id string, r *stockpb.ReceiveTransferRequest) (after shipment, moved moves, ok bool) {
	after, moved = t, moves{}
	after.lines = slices.Clone(t.lines)
	whole, damaged := map[string]int64{}, map[string]int64{}
	for _, line := range r.GetLines() {
		whole[line.GetSku()] += line.GetQuantity()
	}
	for _, line := range r.GetDamaged() {
		damaged[line.GetSku()] += line.GetQuantity()
	}
	if len(whole)+len(damaged) == 0 && !r.GetCloseShort() {
		for _, line := range t.lines {
			whole[line.SKU] = line.expected()
		}
	}
	for _, named := range []map[string]int64{whole, damaged} {
		for sku := range named {
			if !slices.ContainsFunc(t.lines, func(l TransferUnits) bool { return l.SKU == sku }) {
				return t, nil, false
			}
		}
	}
	ok = t.state == isShipped && t.to == r.GetLocation()
	way := accountTransit + strings.ToLower(id)
	open := false
	for i := range after.lines {
		line := &after.lines[i]
		came := whole[line.SKU] + damaged[line.SKU]
		if over := came - line.expected(); over > 0 {
			ok = ok && r.GetReason() != ""
			line.Shipped += over
			line.Over += over
			moved.add(t.from, line.SKU, accountAvailable, way, over)
			moved.add(t.to, line.SKU, way, accountIncoming, over)
		}
		line.Received += came
		line.Damaged += damaged[line.SKU]
		moved.add(t.to, line.SKU, accountIncoming, accountAvailable, whole[line.SKU])
		moved.add(t.to, line.SKU, accountIncoming, accountDamaged, damaged[line.SKU])
		if lost := line.expected(); r.GetCloseShort() && lost > 0 {
			ok = ok && r.GetReason() != ""
			line.Missing += lost
			moved.add(t.to, line.SKU, accountIncoming, accountShrinkage, lost)
		}
		open = open || line.expected() > 0
	}
	if !open {
		after.state = isReceived
	}
	return after, moved, ok
}

func (m *stockModel) planArrival(p *played, r *stockpb.ReceiveTransferRequest) plan {
	m.because(p, r.GetReason(), "transfer/"+strings.ToLower(r.GetTransfer()), r.GetNote())
	transfer := m.transfer(r.GetTransfer())
	before := transfer.now()
	after, moved, ok := before.arrival(r.GetTransfer(), r)
	if !ok {
		m.findAct(ruleImpossble, p, []string{"transfer/" + r.GetTransfer()}, "%v arrived of %+v", r, before)
	}
	after.recordedAt = p.now()
	transfer.add(p, after)
	return plan{moves: moved, fact: true}
}

// settleTransfers holds what became of every transfer against its row.
func (m *stockModel) settleTransfers() {
	for _, id := range slices.Sorted(maps.Keys(m.transfers)) {
		now := m.transfers[id].now()
		got, found := m.books.Transfers[id]
		same := found && got.From == now.from && got.To == now.to && got.State == now.state && got.Reference == now.reference &&
			got.ShippedAt.Equal(now.shippedAt) && got.RecordedAt.Equal(now.recordedAt) && slices.Equal(got.Lines, now.lines)
		if now.state != "" && !same {
			m.find(ruleEnd, nil, []string{"transfer/" + id}, "transfer %s comes to %+v, and the books say %+v", id, now, got)
		}
	}
	for id, got := range m.books.Transfers {
		if m.transfers[id] == nil || m.transfers[id].now().state == "" {
			m.find(ruleEnd, nil, []string{"transfer/" + id}, "nobody sent anything, and the books have transfer %s: %+v", id, got)
		}
	}
}
