package sim

import stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"

func (t *trader) requestTransfer() (ask, bool) {
	from, to := t.store(), t.store()
	return ask{request: &stockpb.RequestTransferRequest{
		RequestId: t.newID(), FromLocation: from, ToLocation: to, Lines: t.holdLines(), Purpose: pick(t, "", "an empty shelf"),
		Reference: pick(t, "", "note"), WantedOn: pick(t, "", "2026-05-04"),
	}}, from != to
}

// dispatchTransfer sends what was asked for: all of it, some of it, or more.
func (t *trader) dispatchTransfer() (ask, bool) {
	asked, ok := one(t.known, &t.known.asked, t.rand)
	request := &stockpb.ShipTransferRequest{
		RequestId: t.newID(), FromLocation: asked.GetFromLocation(), ToLocation: asked.GetToLocation(), Transfer: asked.GetId(),
		Reference: pick(t, "", "van"),
	}
	for _, line := range asked.GetLines() {
		if t.rand.IntN(3) == 0 {
			most := line.GetRequested() + pick[int64](t, 0, 0, 0, 1)
			request.Lines = append(request.Lines, &stockpb.HoldLine{Sku: line.GetSku(), Quantity: 1 + t.rand.Int64N(most)})
		}
	}
	return ask{request: request}, ok
}

func (t *trader) declineTransfer() (ask, bool) {
	asked, ok := one(t.known, &t.known.asked, t.rand)
	return ask{request: &stockpb.DeclineTransferRequest{
		RequestId: t.newID(), Transfer: asked.GetId(), Location: asked.GetFromLocation(), Answer: "we need them here",
	}}, ok
}

func (t *trader) cancelTransfer() (ask, bool) {
	asked, ok := one(t.known, &t.known.asked, t.rand)
	return ask{request: &stockpb.CancelTransferRequest{
		RequestId: t.newID(), Transfer: asked.GetId(), Location: asked.GetToLocation(), Answer: pick(t, "", "sold out elsewhere"),
	}}, ok
}

func (t *trader) listTransfers() (ask, bool) {
	request := &stockpb.ListTransfersRequest{
		Location: t.store(), PageSize: pick[int32](t, 200, 200, 10), Direction: stockpb.TransferDirection(t.rand.IntN(3)),
	}
	for _, state := range []stockpb.TransferState{
		stockpb.TransferState_TRANSFER_STATE_REQUESTED, stockpb.TransferState_TRANSFER_STATE_SHIPPED, stockpb.TransferState_TRANSFER_STATE_DECLINED,
	} {
		if t.rand.IntN(3) == 0 {
			request.States = append(request.States, state)
		}
	}
	return ask{request: request}, true
}

func (t *trader) shipTransfer() (ask, bool) {
	from, to := t.store(), t.store()
	return ask{request: &stockpb.ShipTransferRequest{
		RequestId: t.newID(), FromLocation: from, ToLocation: to, Lines: t.holdLines(), Reference: "van",
	}}, from != to
}

func (t *trader) receiveTransfer() (ask, bool) {
	from := &t.known.transfers
	if t.rand.IntN(12) == 0 {
		from = &t.known.asked // and perhaps not sent
	}
	transfer, ok := one(t.known, from, t.rand)
	if !ok {
		return ask{}, false
	}
	request := &stockpb.ReceiveTransferRequest{
		RequestId: t.newID(), Transfer: transfer.GetId(), Location: transfer.GetToLocation(), CloseShort: t.rand.IntN(4) == 0,
	}
	if t.rand.IntN(2) == 0 {
		request.Reason, request.Note = pick(t, "lost", "packed-wrongly"), pick(t, "", "the van came late")
	}
	for _, line := range transfer.GetLines() {
		if t.rand.IntN(3) > 0 {
			request.Lines = append(request.Lines, &stockpb.HoldLine{Sku: line.GetSku(), Quantity: 1 + t.rand.Int64N(max(1, line.GetShipped()))})
		}
		if t.rand.IntN(6) == 0 {
			request.Damaged = append(request.Damaged, &stockpb.HoldLine{Sku: line.GetSku(), Quantity: 1})
		}
	}
	return ask{request: request}, request.CloseShort || len(request.Lines)+len(request.Damaged) > 0
}

func (t *trader) getTransfer() (ask, bool) {
	transfer, ok := one(t.known, &t.known.transfers, t.rand)
	return ask{request: &stockpb.GetTransferRequest{Transfer: transfer.GetId()}}, ok
}
