package retail

import "time"

// PurchaseKind is what stands in a customer's history.
type PurchaseKind string

// What stands in a history.
const (
	PurchaseOrder   PurchaseKind = "ORDER"
	PurchaseReturn  PurchaseKind = "RETURN"
	PurchaseInvoice PurchaseKind = "INVOICE"
)

// Purchase is one line of a customer's history, whatever the channel: an order, a return or a document.
type Purchase struct {
	Customer ID
	Kind     PurchaseKind
	Entity   ID
	// Location is that of the entity's book.
	Location   string
	OccurredAt time.Time
	RecordedAt time.Time
}

// PurchaseKey names a line of a history. The kind is part of it: whoever mints ids may give two things the same one.
func PurchaseKey(customer ID, kind PurchaseKind, entity ID) Key {
	return Key{Table: TablePurchases, Place: customer.String(), Code: string(kind), ID: entity}
}

// Key names the line.
func (p Purchase) Key() Key { return PurchaseKey(p.Customer, p.Kind, p.Entity) }

// LastRecorded is when it was entered.
func (p Purchase) LastRecorded() time.Time { return p.RecordedAt }

// PurchaseMark is where a page of a history ended.
type PurchaseMark struct {
	OccurredAt time.Time `json:"at"`
	Entity     ID        `json:"id"`
}
