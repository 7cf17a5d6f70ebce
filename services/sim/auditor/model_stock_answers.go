package auditor

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	countspb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	deliveriespb "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// keep learns from what an act told what the model can't know: how long a place keeps a pickup. For how long it is kept
// beyond that was asked for, and is held against the request by the model of orders.
func (m *stockModel) keep(p *played) {
	for _, e := range p.Events {
		if e.Kind != "PickupReady" && e.Kind != "PickupExtended" {
			continue
		}
		_, id, _ := strings.Cut(e.Subject, "/")
		var told struct {
			ExpiresAt time.Time `json:"expires_at"`
		}
		if err := json.Unmarshal([]byte(e.Body), &told); err != nil || told.ExpiresAt.IsZero() {
			m.findAct(ruleAnswer, p, nil, "event %d does not say until when a pickup is kept: %v", e.Seq, err)
		}
		if work := m.works[id]; work != nil {
			work.keptUntil = told.ExpiresAt
		}
	}
}

// checkAnswer holds the answer of a stock act against what the model came to. What orders are answered is for the model of orders.
func (m *stockModel) checkAnswer(p *played) {
	var want proto.Message
	switch answer := p.call.Answer.(type) {
	case *stockpb.Hold:
		want = m.hold(p.causeID()).now().told(p.causeID(), m.hold(p.causeID()).now().state)
		m.expect(p, want, atMicrosecond(answer))
		return
	case *stockpb.FoundHold:
		want := m.hold(p.causeID()).now().told(p.causeID(), m.hold(p.causeID()).now().state)
		m.expect(p, found(want, answer), found(atMicrosecond(answer.GetHold()), answer))
		return
	case *stockpb.Transfer:
		want = m.transfer(p.causeID()).now().told(p.causeID())
	case *deliveriespb.Delivery:
		want = m.delivery(p.causeID()).now().told(p.causeID())
	case *stockpb.OversellCase:
		want = m.toldResolved(p, p.call.Request.(*stockpb.ResolveOversellCaseRequest))
	case *countspb.PostCountResponse:
		posted := m.postings[p]
		posted.Transaction, posted.RecordedAt = p.Headers[0].ID, timestamppb.New(p.now())
		want = posted
	case *stockpb.StockChange:
		change := &stockpb.StockChange{
			Transaction: p.Headers[0].ID, Location: p.Headers[0].Location, RecordedAt: timestamppb.New(p.now()),
		}
		for _, sku := range skusOf(p.call.Request) {
			at := Position{change.Location, sku}
			change.Levels = append(change.Levels, m.place(at).now().told(at, 0))
		}
		want = change
	default:
		return
	}
	m.expect(p, want, p.call.Answer)
}

func (m *stockModel) expect(p *played, want, got proto.Message) {
	if !proto.Equal(want, got) {
		subjects := positionsIn(movesOf(p))
		if noun, _, _ := strings.Cut(p.Headers[0].Cause, "/"); slices.Contains([]string{"hold", "transfer", "delivery"}, noun) {
			subjects = append(subjects, p.Headers[0].Cause)
		}
		m.findAct(ruleAnswer, p, subjects, "answered %v, and it came to %v", got, want)
	}
}

// atMicrosecond is a hold whose expiry is as fine as the books keep it; a hold time may be finer.
func atMicrosecond(hold *stockpb.Hold) *stockpb.Hold {
	if hold.GetExpiresAt().GetNanos()%1000 == 0 {
		return hold
	}
	hold = proto.CloneOf(hold)
	hold.ExpiresAt = timestamppb.New(hold.GetExpiresAt().AsTime().Truncate(time.Microsecond))
	return hold
}

// skusOf are the SKUs of a delivery, an adjustment or a record, in the order of the lines, each once.
func skusOf(request proto.Message) (skus []string) {
	switch r := request.(type) {
	case *stockpb.ReceiveStockRequest:
		for _, line := range r.GetLines() {
			skus = append(skus, line.GetSku())
		}
	case *stockpb.AdjustStockRequest:
		for _, line := range r.GetLines() {
			skus = append(skus, line.GetSku())
		}
	case *stockpb.RecordStockRequest:
		for _, line := range r.GetLines() {
			if !slices.Contains(skus, line.GetSku()) {
				skus = append(skus, line.GetSku())
			}
		}
	}
	return skus
}

// told is a level as it is answered to who keeps a buffer back.
func (l Level) told(at Position, buffer int64) *stockpb.StockLevel {
	onHand := l.Available + l.Held + l.Committed + l.Inspection + l.Damaged + l.Quarantine
	return &stockpb.StockLevel{
		Location: at.Location, Sku: at.SKU, Available: &l.Available, Held: &l.Held, Committed: &l.Committed, Inspection: &l.Inspection,
		Damaged: &l.Damaged, Quarantine: &l.Quarantine, Incoming: &l.Incoming, OnHand: &onHand,
		Sellable: proto.Int64(max(0, l.Available-buffer)),
	}
}
