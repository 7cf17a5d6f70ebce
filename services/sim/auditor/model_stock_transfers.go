package auditor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// shipment is a transfer. The zero value is one that is not there.
type shipment struct {
	from, to, reference, state string
	// purpose and wantedOn are what it was asked for, answer why it will not be sent.
	purpose, wantedOn, answer string
	// order is the one that takes the goods; "": none.
	order string
	lines []TransferUnits
	// shippedAt is zero until it is sent, requestedAt where nobody asked.
	shippedAt, recordedAt, requestedAt time.Time
}

// The states of a transfer.
const (
	isRequested = "REQUESTED"
	isDeclined  = "DECLINED"
	isWithdrawn = "CANCELLED"
	isShipped   = "SHIPPED"
	isReceived  = "RECEIVED"
)

// told is the transfer as it is answered.
func (t shipment) told(id string) *stockpb.Transfer {
	transfer := &stockpb.Transfer{
		Id: id, Order: t.order, FromLocation: t.from, ToLocation: t.to, Reference: t.reference, Purpose: t.purpose, WantedOn: t.wantedOn, Answer: t.answer,
		RecordedAt: timestamppb.New(t.recordedAt), State: stockpb.TransferState(stockpb.TransferState_value["TRANSFER_STATE_"+t.state]),
	}
	if !t.shippedAt.IsZero() {
		transfer.ShippedAt = timestamppb.New(t.shippedAt)
	}
	if !t.requestedAt.IsZero() {
		transfer.RequestedAt = timestamppb.New(t.requestedAt)
	}
	for _, line := range t.lines {
		transfer.Lines = append(transfer.Lines, &stockpb.TransferLine{
			Sku: line.SKU, Shipped: line.Shipped, Received: line.Received, Missing: line.Missing, Damaged: line.Damaged, Over: line.Over,
			Requested: line.Requested, Kept: line.Kept, Lacked: line.Lacked,
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

func (m *stockModel) planRequest(p *played, r *stockpb.RequestTransferRequest) plan {
	asked := shipment{
		from: r.GetFromLocation(), to: r.GetToLocation(), reference: r.GetReference(), purpose: r.GetPurpose(), wantedOn: r.GetWantedOn(),
		state: isRequested, requestedAt: p.now(), recordedAt: p.now(),
	}
	for _, line := range r.GetLines() {
		asked.lines = append(asked.lines, TransferUnits{SKU: line.GetSku(), Requested: line.GetQuantity()})
	}
	if asked.from == asked.to {
		m.findAct(ruleImpossble, p, []string{"transfer/" + p.causeID()}, "%s asks itself for goods", asked.to)
	}
	m.transfer(p.causeID()).add(p, asked)
	return plan{}
}

// planNo ends a request, which is the one's to decline and the other's to take back.
func (m *stockModel) planNo(p *played, id, place, state, answer string) plan {
	transfer := m.transfer(id)
	after := transfer.now()
	by := after.from
	if state == isWithdrawn {
		by = after.to
	}
	if after.state != isRequested || by != place || after.order != "" {
		m.findAct(ruleImpossble, p, []string{"transfer/" + id}, "%s makes %+v %s", place, after, state)
	}
	after.state, after.answer, after.recordedAt = state, answer, p.now()
	transfer.add(p, after)
	return plan{}
}

// toSend is what a request sends: of what was asked for, all of it where no line says otherwise.
func (m *stockModel) toSend(r *stockpb.ShipTransferRequest) []*stockpb.HoldLine {
	if r.GetTransfer() == "" || len(r.GetLines()) > 0 {
		return r.GetLines()
	}
	var lines []*stockpb.HoldLine
	asked := m.transfer(r.GetTransfer()).now()
	for _, line := range asked.lines { // what was asked for never changes
		units := line.Requested
		if asked.order != "" { // what the order wants of it does
			units = m.wanted(asked.order, r.GetTransfer(), line.SKU, func(l *soldLine) int64 { return l.away })
		}
		if units > 0 {
			lines = append(lines, &stockpb.HoldLine{Sku: line.SKU, Quantity: units})
		}
	}
	return lines
}

// askedFor tells whether a request sends no more than what was asked for, between the same places.
func (t shipment) askedFor(r *stockpb.ShipTransferRequest) bool {
	for _, line := range r.GetLines() {
		if !slices.ContainsFunc(t.lines, func(l TransferUnits) bool { return l.SKU == line.GetSku() && l.Requested >= line.GetQuantity() }) {
			return false
		}
	}
	return t.from == r.GetFromLocation() && t.to == r.GetToLocation()
}

// planDispatch sends what was asked for.
func (m *stockModel) planDispatch(p *played, r *stockpb.ShipTransferRequest) plan {
	id := strings.ToLower(r.GetTransfer())
	transfer := m.transfer(id)
	after := transfer.now()
	from := accountAvailable
	if after.order == "" {
		m.mustFit(p, holdDemands(r.GetFromLocation(), m.toSend(r), 0), false, keeper{})
	} else if from = accountCommitted; !m.sendsAll(after, r) {
		m.findAct(ruleImpossble, p, []string{"transfer/" + id}, "%v is sent of %+v, and not what order %s waits for", r, after, after.order)
	}
	if after.state != isRequested || !after.askedFor(r) {
		m.findAct(ruleImpossble, p, []string{"transfer/" + id}, "%v is sent of %+v", r, after)
	}
	planned := plan{moves: moves{}}
	after.lines = slices.Clone(after.lines)
	for _, line := range m.toSend(r) {
		for i := range after.lines {
			if after.lines[i].SKU == line.GetSku() {
				after.lines[i].Shipped += line.GetQuantity()
			}
		}
		planned.moves.add(after.from, line.GetSku(), from, accountTransit+id, line.GetQuantity())
		planned.moves.add(after.to, line.GetSku(), accountTransit+id, accountIncoming, line.GetQuantity())
	}
	after.state, after.shippedAt, after.recordedAt = isShipped, p.now(), p.now()
	if r.GetReference() != "" {
		after.reference = r.GetReference()
	}
	transfer.add(p, after)
	m.underWay(after.order, id)
	return planned
}

func (m *stockModel) planShip(p *played, r *stockpb.ShipTransferRequest) plan {
	if r.GetTransfer() != "" {
		return m.planDispatch(p, r)
	}
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
// what was sent, and what is missing in the end, needs a reason. Waits says how many of a SKU its order waits for.
func (t shipment) arrival(id string, r *stockpb.ReceiveTransferRequest, waits func(sku string) int64) (after shipment, moved moves, ok bool) {
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
		kept := min(whole[line.SKU], waits(line.SKU))
		moved.add(t.to, line.SKU, accountIncoming, accountAvailable, whole[line.SKU]-kept)
		moved.add(t.to, line.SKU, accountIncoming, accountCommitted, kept)
		moved.add(t.to, line.SKU, accountIncoming, accountDamaged, damaged[line.SKU])
		if lost := line.expected(); r.GetCloseShort() && lost > 0 {
			ok = ok && r.GetReason() != ""
			line.Missing += lost
			moved.add(t.to, line.SKU, accountIncoming, accountShrinkage, lost)
		}
		lacked := max(0, waits(line.SKU)-kept-line.expected())
		moved.add(t.to, line.SKU, accountAvailable, accountCommitted, lacked)
		line.Kept, line.Lacked = line.Kept+kept, line.Lacked+lacked
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
	after, moved, ok := before.arrival(r.GetTransfer(), r, func(sku string) int64 {
		return m.wanted(before.order, r.GetTransfer(), sku, func(l *soldLine) int64 { return l.coming })
	})
	if !ok {
		m.findAct(ruleImpossble, p, []string{"transfer/" + r.GetTransfer()}, "%v arrived of %+v", r, before)
	}
	after.recordedAt = p.now()
	transfer.add(p, after)
	m.arrived(before, after, r.GetTransfer())
	return plan{moves: moved, fact: true}
}

// hearTransfers holds a list of transfers against what they were while it was asked for: each that it shows, and each that it can't but
// have shown.
func (m *stockModel) hearTransfers(c *Call, r *stockpb.ListTransfersRequest, answer *stockpb.ListTransfersResponse) {
	wanted := func(t shipment) bool {
		out := t.from == r.GetLocation() && r.GetDirection() != stockpb.TransferDirection_TRANSFER_DIRECTION_IN
		in := t.to == r.GetLocation() && r.GetDirection() != stockpb.TransferDirection_TRANSFER_DIRECTION_OUT
		state := stockpb.TransferState(stockpb.TransferState_value["TRANSFER_STATE_"+t.state])
		return t.state != "" && (out || in) && (len(r.GetStates()) == 0 || slices.Contains(r.GetStates(), state))
	}
	shown := map[string]bool{}
	for _, one := range answer.GetTransfers() {
		id := one.GetId()
		steps, _ := m.transfer(id).seen(c)
		was := func(s step[shipment]) bool { return wanted(s.state) && proto.Equal(s.state.told(id), one) }
		if shown[id] || !slices.ContainsFunc(steps, was) {
			m.find(ruleRead, []*Call{c}, []string{"transfer/" + id}, "ListTransfers: %v, and it was one of %v", one, statesIn(steps))
		}
		shown[id] = true
	}
	if answer.GetNextPageToken() != "" {
		return // there is more
	}
	for _, id := range slices.Sorted(maps.Keys(m.transfers)) {
		steps, _ := m.transfer(id).seen(c)
		if !shown[id] && !slices.ContainsFunc(steps, func(s step[shipment]) bool { return !wanted(s.state) }) {
			m.find(ruleRead, []*Call{c}, []string{"transfer/" + id}, "ListTransfers does not show what was %v", statesIn(steps))
		}
	}
}

// settleTransfers holds what became of every transfer against its row.
func (m *stockModel) settleTransfers() {
	for _, id := range slices.Sorted(maps.Keys(m.transfers)) {
		now := m.transfers[id].now()
		got, found := m.books.Transfers[id]
		same := found && got.From == now.from && got.To == now.to && got.State == now.state && got.Reference == now.reference &&
			got.ShippedAt.Equal(now.shippedAt) && got.RecordedAt.Equal(now.recordedAt) && slices.Equal(got.Lines, now.lines) &&
			got.RequestedAt.Equal(now.requestedAt) && got.Purpose == now.purpose && got.WantedOn == now.wantedOn && got.Answer == now.answer &&
			got.Order == now.order
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
