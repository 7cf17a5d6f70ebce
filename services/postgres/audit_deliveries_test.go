package postgres_test

import (
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// deliveryMisdeeds break one invariant each of what suppliers bring, as misdeeds do.
var deliveryMisdeeds = []misdeed{
	{"expects more of a supplier than was announced", "delivery_lines", "update delivery_lines set announced = announced + 1", "L10"},
	{"forgets what will not come", "delivery_lines", "update delivery_lines set short = 0 where short > 0", "L10"},
	{"ends a delivery that is expected", "deliveries", "update deliveries set state = 'RECEIVED' where state = 'EXPECTED'", "L10"},
	{"counts more than its lines", "deliveries", "update deliveries set received = received + 1", "L10"},
	{"lets a delivery arrive elsewhere", "deliveries", "update deliveries set location = 'turin'", "L10"},
	{"takes lines without their delivery", "deliveries", "delete from deliveries where state = 'PARTIAL'", "L10"},
	{"puts a delivery off", "deliveries", "update deliveries set expected_on = '2030-01-01' where state = 'EXPECTED'", "L9"},
	{"hides a difference", "delivery_differences", "delete from delivery_differences where kind = 'OVER'", "L9"},
	{"explains a difference otherwise", "delivery_differences", "update delivery_differences set reason = 'theft'", "L9"},
	{"explains a difference otherwise, and tells so", "delivery_differences events", `
		update delivery_differences set reason = '' where kind = 'OVER';
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"reason":"generous"', '"reason":""'), 'UTF8')
		where subject like 'delivery/%'`, "L9"},
	{"receives more than was posted, and tells so", "delivery_lines deliveries events", `
		update delivery_lines set received = received + 1 where received = 7;
		update deliveries d set received = (select sum(l.received) from delivery_lines l where l.delivery_id = d.id);
		update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"received":7', '"received":8'), 'UTF8')
		where subject like 'delivery/%'`, "L1"},
	{"takes a supplier's goods for found", "ledger_entries", "update ledger_entries set from_account = 'found' where from_account = 'incoming'", "L1"},
	{"announces nothing", "ledger_transactions ledger_entries", `
		delete from ledger_entries where to_account = 'incoming' and from_account = 'supplier';
		update ledger_transactions set entries = 0 where kind = 'EXPECT'`, "L1"},
	{"forgets the number of a document", "names", "delete from names where kind = 'delivery'", "NAMES"},
	{"forgets that a note was received", "names", "delete from names where kind = 'delivery_note'", "NAMES"},
	{"gives a document to another delivery", "names", "update names set value = value || '1' where kind = 'delivery'", "NAMES"},
	{"says that something else received a note", "names", "update names set entity = gen_random_uuid() where kind = 'delivery_note'", "NAMES"},
	{"says that a note came with another delivery", "names", `
		update names set value = gen_random_uuid() || substr(value, 37) where kind = 'delivery_note'`, "NAMES"},
}

// delivered are deliveries in every state that they end in, with every difference.
func (s *shop) delivered() {
	s.t.Helper()
	id, skus := ledger.NewID, []string{"RED-42", "BLUE-40"}
	announce := func(reference string) retail.Delivery {
		return as(s, retail.AnnounceDelivery{
			Delivery: id(), Transaction: id(), Location: "milan", Kind: retail.DeliveryOrdered, Supplier: "ACME", Reference: reference,
			ExpectedOn: "2026-05-04", Lines: []retail.Line{{SKU: "RED-42", Quantity: 10}, {SKU: "BLUE-40", Quantity: 4}},
		})
	}
	receive := func(d retail.Delivery, note string, lines ...retail.Arrival) {
		cmd := retail.ReceiveDelivery{Delivery: d.ID, Transaction: id(), Location: "milan", Note: note, Lines: lines}
		if len(lines) == 0 {
			cmd.SKUs, cmd.LineCount = skus, 2
		}
		as(s, cmd)
	}
	closeOff := func(d retail.Delivery) {
		as(s, retail.CloseDelivery{Delivery: d.ID, Transaction: id(), Location: "milan", Reason: "strike", SKUs: skus, LineCount: 2})
	}
	announce("PO-1")
	receive(announce("PO-2"), "N-1")
	closeOff(announce(""))
	partial := announce("PO-4")
	receive(partial, "N-1", retail.Arrival{SKU: "RED-42", Quantity: 7, Damaged: 2, Reason: "wet"})
	as(s, retail.AmendDelivery{
		Delivery: partial.ID, Transaction: id(), Location: "milan", ExpectedOn: "2026-05-11",
		Lines: []retail.Line{{SKU: "RED-42", Quantity: 12}, {SKU: "BLUE-40", Quantity: 3}},
	})
	over := announce("PO-5")
	receive(over, "N-1", retail.Arrival{SKU: "RED-42", Quantity: 9, Damaged: 3, Reason: "generous"},
		retail.Arrival{SKU: "GREEN-38", Quantity: 1, Damaged: 1, Reason: "swapped"})
	as(s, retail.CloseDelivery{
		Delivery: over.ID, Transaction: id(), Location: "milan", Reason: "strike", SKUs: append(skus, "GREEN-38"), LineCount: 3,
	})
	receive(over, "", retail.Arrival{SKU: "BLUE-40", Quantity: 2, Reason: "late"})
}
