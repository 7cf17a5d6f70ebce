package retail

import (
	"time"
)

// OrderState is what became of an order.
type OrderState string

// The states of an order.
const (
	OrderCompleted OrderState = "COMPLETED" // paid and handed over whole
)

// CarryOut is the fulfilment method of goods that leave with the customer now.
const CarryOut = "CARRY_OUT"

// Order is a purchase in any channel. All but the state and the counts of its lines is fixed when it is placed.
type Order struct {
	ID       ID         `json:"id"`
	Number   string     `json:"number"`
	State    OrderState `json:"state"`
	Channel  string     `json:"channel"`
	Location string     `json:"location"`
	Customer ID         `json:"customer"`
	Currency string     `json:"currency"`
	// TaxIncluded is true where list amounts include tax.
	TaxIncluded bool        `json:"tax_included"`
	Lines       []OrderLine `json:"lines"`
	Taxes       []OrderTax  `json:"taxes"`
	Payments    []Payment   `json:"payments"`
	Reference   string      `json:"reference,omitempty"`
	OccurredAt  time.Time   `json:"occurred_at"`
	RecordedAt  time.Time   `json:"recorded_at"`
	Version     int64       `json:"version"`
}

// OrderLine is one line as it was sold. Amounts are of all its units, in minor units of the order's currency.
type OrderLine struct {
	Line        int32  `json:"line"`
	SKU         string `json:"sku"`
	Description string `json:"description"`
	Method      string `json:"method"`
	// Quantity = open + Fulfilled + Cancelled; Returned <= Fulfilled.
	Quantity      int64          `json:"quantity"`
	Fulfilled     int64          `json:"fulfilled"`
	Cancelled     int64          `json:"cancelled"`
	Returned      int64          `json:"returned"`
	ListMinor     int64          `json:"list_minor"`
	DiscountMinor int64          `json:"discount_minor"`
	NetMinor      int64          `json:"net_minor"`
	TaxMinor      int64          `json:"tax_minor"`
	GrossMinor    int64          `json:"gross_minor"`
	TaxCode       string         `json:"tax_code"`
	TaxPPM        int32          `json:"tax_ppm"`
	Discounts     []LineDiscount `json:"discounts,omitempty"`
	PriceReason   string         `json:"price_reason,omitempty"`
	Note          string         `json:"note,omitempty"`
}

// LineDiscount is what one discount took off all units of one line.
type LineDiscount struct {
	Code        string `json:"code"`
	AmountMinor int64  `json:"amount_minor"`
	// Basket is true where it is the line's part of a discount of the basket.
	Basket bool `json:"basket,omitempty"`
}

// OrderTax is the tax of one rate over the whole order.
type OrderTax struct {
	Code     string `json:"code"`
	PPM      int32  `json:"ppm"`
	NetMinor int64  `json:"net_minor"`
	TaxMinor int64  `json:"tax_minor"`
}

// Movements of money on an order.
const (
	MovementPayment = "PAYMENT" // the customer paid
	MovementChange  = "CHANGE"  // the customer got change
)

// Payment is one movement of money on an order.
type Payment struct {
	Kind        string `json:"kind"`
	Movement    string `json:"movement"`
	AmountMinor int64  `json:"amount_minor"`
	Reference   string `json:"reference,omitempty"`
}

// take adds a discount to a line.
func (l *OrderLine) take(d LineDiscount) {
	l.Discounts = append(l.Discounts, d)
	l.DiscountMinor += d.AmountMinor
}

// UnitsWorth is what units a (included) to b (excluded) of the line come to. Gross and tax are each cut by UnitsWorth; net is
// what is left, so that net and tax are the gross on every document, as EN 16931 asks (BR-CO-15). Cut each by itself, a third
// of all partial lines were off by a cent.
func (l OrderLine) UnitsWorth(a, b int64) (netMinor, taxMinor, grossMinor int64) {
	grossMinor, taxMinor = UnitsWorth(l.GrossMinor, l.Quantity, a, b), UnitsWorth(l.TaxMinor, l.Quantity, a, b)
	return grossMinor - taxMinor, taxMinor, grossMinor
}

// OrderKey names an order.
func OrderKey(id ID) Key { return Key{Table: TableOrders, ID: id} }

// Key names the order.
func (o Order) Key() Key { return OrderKey(o.ID) }

// LastRecorded is when the order last changed.
func (o Order) LastRecorded() time.Time { return o.RecordedAt }

// Totals are the sums of an order's lines, in minor units.
type Totals struct {
	List, Discount, Net, Tax, Gross int64
}

// Totals sums the lines.
func (o Order) Totals() Totals {
	var t Totals
	for _, line := range o.Lines {
		t.List += line.ListMinor
		t.Discount += line.DiscountMinor
		t.Net += line.NetMinor
		t.Tax += line.TaxMinor
		t.Gross += line.GrossMinor
	}
	return t
}

// Name is one value that may stand for one entity only: the guard of uniqueness and the look-up at once.
type Name struct {
	// Kind is what kind of name it is, for example NameOrder.
	Kind, Value string
	Entity      ID
	RecordedAt  time.Time
}

// NameOrder is the kind of order numbers.
const NameOrder = "order"

// NameKey names a name.
func NameKey(kind, value string) Key { return Key{Table: TableNames, Place: kind, Code: value} }

// Key names the name.
func (n Name) Key() Key { return NameKey(n.Kind, n.Value) }

// LastRecorded is when the name was given.
func (n Name) LastRecorded() time.Time { return n.RecordedAt }

// OrderMark is where a page of orders ended.
type OrderMark struct {
	OccurredAt time.Time `json:"at"`
	ID         ID        `json:"id"`
}
