package retail

import "pgregory.net/rapid"

// auditBrought proves that each unit which an order waits for is brought by a transfer that is for it, and was not sent yet, or is on its way.
func auditBrought(t rapid.TB, k kept) {
	t.Helper()
	transfers := map[ID]Transfer{}
	for _, transfer := range k.transfers {
		transfers[transfer.ID] = transfer
	}
	type brought struct {
		transfer ID
		sku      string
	}
	away, coming := map[brought]int64{}, map[brought]int64{}
	wanted := map[ID]int64{}
	for _, o := range k.orders {
		for _, l := range o.Lines {
			open := l.Quantity - l.Fulfilled - l.Cancelled
			if l.Away < 0 || l.Coming < 0 || l.Away+l.Coming > open || l.Away > 0 && l.Coming > 0 || (l.From == "") != l.Transfer.IsZero() {
				t.Fatalf("L10: line %+v of order %s", l, o.Number)
			}
			if l.From == "" {
				if l.Away+l.Coming > 0 {
					t.Fatalf("L10: nobody brings line %+v of order %s", l, o.Number)
				}
				continue
			}
			transfer := transfers[l.Transfer]
			if transfer.Order != o.ID || transfer.From != l.From || transfer.To != l.Location || l.Method != "PICKUP" || l.From == l.Location {
				t.Fatalf("L10: line %+v of order %s is brought by %+v", l, o.Number, transfer)
			}
			away[brought{l.Transfer, l.SKU}] += l.Away
			coming[brought{l.Transfer, l.SKU}] += l.Coming
			wanted[l.Transfer] += l.Away
		}
	}
	for _, transfer := range k.transfers {
		if transfer.Order.IsZero() {
			continue
		}
		if (transfer.State == "REQUESTED") != (wanted[transfer.ID] > 0) || transfer.State == "DECLINED" {
			t.Fatalf("L10: %+v, of which %d are wanted", transfer, wanted[transfer.ID])
		}
		for _, l := range transfer.Lines {
			at := brought{transfer.ID, l.SKU}
			if away[at] > l.Requested || coming[at] > l.Shipped-l.Received-l.Missing {
				t.Fatalf("L10: %+v, of which %d are wanted and %d awaited", transfer, away[at], coming[at])
			}
		}
	}
}
