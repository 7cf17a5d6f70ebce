package retail

import (
	"slices"
	"time"
)

// OrderState is what became of an order.
type OrderState string

// The states of an order.
const (
	OrderPendingPayment OrderState = "PENDING_PAYMENT" // its goods are kept until it is paid or authorised, or PayBy
	OrderConfirmed      OrderState = "CONFIRMED"       // goods are still to be handed over
	OrderCompleted      OrderState = "COMPLETED"       // nothing is open, and something was handed over
	OrderCancelled      OrderState = "CANCELLED"       // nothing was handed over, and nothing will be
	OrderExpired        OrderState = "EXPIRED"         // it was not paid in time
)

// ended tells whether nothing was handed over, and nothing will be.
func (s OrderState) ended() bool { return s == OrderCancelled || s == OrderExpired }

// Method is how goods reach the customer.
type Method string

// The methods.
const (
	CarryOut Method = "CARRY_OUT" // they leave with the customer now
	PickUp   Method = "PICKUP"    // they are collected at a location
	Ship     Method = "SHIP"      // they are sent from a location
)

// Order is a purchase in any channel. What was bought is fixed when it is placed; counts of units, movements of money and
// documents are added.
type Order struct {
	ID      ID         `json:"id"`
	Number  string     `json:"number"`
	State   OrderState `json:"state"`
	Channel string     `json:"channel"`
	// Location is the selling location, in whose book the order's account is.
	Location string `json:"location"`
	Customer ID     `json:"customer"`
	Currency string `json:"currency"`
	// TaxIncluded is true where list amounts include tax.
	TaxIncluded bool        `json:"tax_included"`
	Lines       []OrderLine `json:"lines"`
	Taxes       []OrderTax  `json:"taxes"`
	// Payments are the movements of money, in order.
	Payments []Payment `json:"payments"`
	// Intents are payments by providers outside, in order.
	Intents   []Intent `json:"intents,omitempty"`
	Reference string   `json:"reference,omitempty"`
	// PayBy is until when an order in OrderPendingPayment keeps its goods; zero: it never waited.
	PayBy time.Time `json:"pay_by,omitzero"`
	// BillTo is who asked for full invoices; nil: nobody.
	BillTo *Party `json:"bill_to,omitempty"`
	// Refund is how its money goes back, as the terms of the currency said when it was placed.
	Refund RefundRule `json:"refund,omitzero"`
	// LinkUntil is until when the link to pay by is good that was sent last, to the microsecond, which no other of its links has; zero: none was.
	LinkUntil time.Time `json:"link_until,omitzero"`
	// Documents are the invoices issued for it, in order.
	Documents  []OrderDocument `json:"documents,omitempty"`
	OccurredAt time.Time       `json:"occurred_at"`
	RecordedAt time.Time       `json:"recorded_at"`
	Version    int64           `json:"version"`
}

// OrderLine is one line as it was sold. Amounts are of all its units, in minor units of the order's currency. Units are handed
// over from the first on and cancelled from the last on, so that counts alone say which units a document is about.
type OrderLine struct {
	Line int32 `json:"line"`
	// SKU is empty for a charge or a gift card, which move no goods.
	SKU         string `json:"sku"`
	Description string `json:"description"`
	Method      Method `json:"method"`
	// Location is where the goods leave from.
	Location string `json:"fulfil_location,omitempty"`
	// Fulfilment is the work by which they are handed over; absent for CARRY_OUT.
	Fulfilment ID `json:"fulfilment,omitzero"`
	// From is the place of ours whose stock it takes, and Transfer what brings it to Location to be collected there; empty: Location has it.
	From     string `json:"from,omitempty"`
	Transfer ID     `json:"transfer,omitzero"`
	// Away is those of its open units that are promised at From still, Coming those that are on their way. All others are promised at Location.
	Away   int64 `json:"away,omitempty"`
	Coming int64 `json:"coming,omitempty"`
	// Account is what is credited for it where that is not Sales: charges/<code> or gift_card/<id>.
	Account string `json:"account,omitempty"`
	// ReturnDays is how long after it was handed over it may come back, frozen at the sale; 0: it may not.
	ReturnDays int32 `json:"return_days"`
	// ReturnTerms are by what terms it may, frozen at the sale as well.
	ReturnTerms ReturnTerms `json:"return_terms,omitzero"`
	// Quantity = open + Fulfilled + Cancelled; Returned <= Fulfilled.
	Quantity  int64 `json:"quantity"`
	Fulfilled int64 `json:"fulfilled"`
	Cancelled int64 `json:"cancelled"`
	// Rejected are those of Cancelled that the place turned out not to have, or found unfit, with what was charged for them.
	Rejected      int64          `json:"rejected,omitempty"`
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
	// InsteadOf is the line whose units it hands over from another place, which are among that one's Cancelled, or that it charges for anew,
	// which are among that one's Returned; 0: it was ordered.
	InsteadOf int32 `json:"instead_of,omitempty"`
	// Issuer is the place of ours in whose book Account is, where another issued the gift card than the order's; empty: the order's.
	Issuer string `json:"issuer,omitempty"`
	// Terms are those of the gift card that is sold or topped up, where it has any.
	Terms CardTerms `json:"card_terms,omitzero"`
}

// Open is the units that are still to be handed over.
func (l OrderLine) Open() int64 { return l.Quantity - l.Fulfilled - l.Cancelled }

// Instead is how many units of a line other places took over, on lines of their own.
func (o Order) Instead(line int32) (units int64) {
	for _, other := range o.Lines {
		if other.InsteadOf == line && line != 0 {
			units += other.Quantity
		}
	}
	return units
}

// GivenUp is how many units of a line nobody hands over any more; of a line that it does not have, none.
func (o Order) GivenUp(line int32) int64 {
	at := o.line(line)
	if at < 0 {
		return 0
	}
	return o.Lines[at].Cancelled - o.Instead(line)
}

// account is what is credited for the line.
func (l OrderLine) account() string {
	if l.Account != "" {
		return l.Account
	}
	return Sales
}

// LineDiscount is what one discount took off all units of one line.
type LineDiscount struct {
	Code        string `json:"code"`
	AmountMinor int64  `json:"amount_minor"`
	// Basket is true where it is the line's part of a discount of the basket.
	Basket bool `json:"basket,omitempty"`
	// Promotion is true where the retailer's promotion of that code gave it, under Name; false: the caller did.
	Promotion bool   `json:"promotion,omitempty"`
	Name      string `json:"name,omitempty"`
	// Coupon is what opened the promotion; empty: it asked for none.
	Coupon string `json:"coupon,omitempty"`
	// Counted is true where the coupon had a limit, so that its uses are counted.
	Counted bool `json:"counted,omitempty"`
}

// OrderTax is the tax of one rate over the whole order.
type OrderTax struct {
	Code     string `json:"code"`
	PPM      int32  `json:"ppm"`
	NetMinor int64  `json:"net_minor"`
	TaxMinor int64  `json:"tax_minor"`
}

// OrderDocument is an invoice of an order, and the units that it is about.
type OrderDocument struct {
	Invoice ID          `json:"invoice"`
	Kind    InvoiceKind `json:"kind"`
	// Original is the document that it corrects or replaces; absent for the first of its units.
	Original ID `json:"original,omitzero"`
	// OccurredAt is when the units were handed over or came back.
	OccurredAt time.Time   `json:"occurred_at"`
	Units      []UnitRange `json:"units"`
}

// UnitRange is units From (included) to Until (excluded) of an order line.
type UnitRange struct {
	Line  int32 `json:"line"`
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// take adds a discount to a line.
func (l *OrderLine) take(d LineDiscount) {
	l.Discounts = append(l.Discounts, d)
	l.DiscountMinor += d.AmountMinor
}

// UnitsWorth is what units a (included) to b (excluded) of the line come to. Gross is cut by the units, tax by the cents of that
// gross, and net is what is left, so that net and tax are the gross on every document, as EN 16931 asks (BR-CO-15). Cut each by
// itself, a third of all partial lines were off by a cent; and with tax cut by the units, a unit of less than a cent could have
// a tax and no gross, so that its net was negative.
func (l OrderLine) UnitsWorth(a, b int64) (netMinor, taxMinor, grossMinor int64) {
	from, until := UnitsWorth(l.GrossMinor, l.Quantity, 0, a), UnitsWorth(l.GrossMinor, l.Quantity, 0, b)
	grossMinor = until - from
	if l.GrossMinor > 0 {
		taxMinor = UnitsWorth(l.TaxMinor, l.GrossMinor, from, until)
	}
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

// Totals sums the lines that were ordered.
func (o Order) Totals() Totals {
	var t Totals
	for _, line := range o.Lines {
		if line.InsteadOf != 0 {
			continue
		}
		t.List += line.ListMinor
		t.Discount += line.DiscountMinor
		t.Net += line.NetMinor
		t.Tax += line.TaxMinor
		t.Gross += line.GrossMinor
	}
	return t
}

// account is the order's account in the book of its selling location.
func (o Order) account() string { return OrderPrefix + o.ID.String() }

// subject is what events call the order.
func (o Order) subject() string { return OrderPrefix + o.ID.String() }

// Owed is what the customer still has to pay, in minor units, for all that is not cancelled and has not come back; negative:
// what we owe.
func (o Order) Owed() int64 {
	owed := o.moved()
	for _, line := range o.Lines {
		_, _, gross := line.UnitsWorth(line.Returned, line.Quantity-line.Cancelled)
		owed += gross
	}
	return owed
}

// Balance is the fold of the order's account: as Owed, but for what was handed over alone. Negative: a deposit, or a debt of
// ours.
func (o Order) Balance() int64 {
	balance := o.moved()
	for _, line := range o.Lines {
		_, _, gross := line.UnitsWorth(line.Returned, line.Fulfilled)
		balance += gross
	}
	return balance
}

// moved is what the movements of money add to what is owed.
func (o Order) moved() int64 {
	sum := int64(0)
	for _, p := range o.Payments {
		sum += p.sign() * p.AmountMinor
	}
	return sum
}

// PaymentState is derived: what was paid, against what there is to pay.
type PaymentState string

// The states of payment.
const (
	PaymentNone     PaymentState = "NONE"
	PaymentPartial  PaymentState = "PARTIALLY_PAID"
	PaymentPaid     PaymentState = "PAID"
	RefundedPartial PaymentState = "PARTIALLY_REFUNDED"
	Refunded        PaymentState = "REFUNDED"
)

// PaymentState tells how far the order is paid and refunded.
func (o Order) PaymentState() PaymentState {
	paid, refunded := int64(0), int64(0)
	for _, p := range o.Payments {
		switch p.Movement {
		case MovementPayment:
			paid += p.AmountMinor
		case MovementChange:
			paid -= p.AmountMinor
		case MovementRefund:
			if p.Kind != "" { // what goes back to an account of ours is not the customer's
				refunded += p.AmountMinor
			}
		}
	}
	switch {
	case refunded > 0 && refunded >= paid:
		return Refunded
	case refunded > 0:
		return RefundedPartial
	case o.Owed() <= 0:
		return PaymentPaid
	case paid > 0:
		return PaymentPartial
	}
	return PaymentNone
}

// Progress is derived: how much of an order a thing was done to.
type Progress string

// The progress of fulfilment and of returns.
const (
	ProgressNone    Progress = "NONE"
	ProgressPartial Progress = "PARTIAL"
	ProgressFull    Progress = "FULL"
)

// FulfilmentProgress tells how much of what is not cancelled was handed over.
func (o Order) FulfilmentProgress() Progress {
	return o.progress(func(l OrderLine) (int64, int64) { return l.Fulfilled, l.Quantity - l.Cancelled })
}

// ReturnProgress tells how much of what was handed over came back.
func (o Order) ReturnProgress() Progress {
	return o.progress(func(l OrderLine) (int64, int64) { return l.Returned, l.Fulfilled })
}

func (o Order) progress(of func(OrderLine) (done, all int64)) Progress {
	done, all := int64(0), int64(0)
	for _, line := range o.Lines {
		d, a := of(line)
		done, all = done+d, all+a
	}
	switch done {
	case 0:
		return ProgressNone
	case all:
		return ProgressFull
	}
	return ProgressPartial
}

// settled returns the order in the state that its counts say: with nothing open it is completed or cancelled.
func (o Order) settled() Order {
	open := slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Open() > 0 })
	handed := slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Fulfilled > 0 })
	switch {
	case open && o.State == OrderPendingPayment && o.Owed() <= o.Secured():
		o.State = OrderConfirmed
	case open:
	case handed:
		o.State = OrderCompleted
	case o.State != OrderExpired:
		o.State = OrderCancelled
	}
	return o
}

// line returns where a line stands in the order, or -1.
func (o Order) line(number int32) int {
	if number < 1 || int(number) > len(o.Lines) {
		return -1
	}
	return int(number) - 1
}

// Name is one value that may stand for one entity only: the guard of uniqueness and the look-up at once.
type Name struct {
	// Kind is what kind of name it is, for example NameOrder.
	Kind, Value string
	Entity      ID
	RecordedAt  time.Time
}

// The kinds of name.
const (
	NameOrder    = "order"     // an order's number
	NameInvoice  = "invoice"   // an invoice's number, for the look-up; its series is what keeps it unique
	NameGiftCard = "gift_card" // a gift card's number
	NameLostCard = "lost_card" // a number that a gift card had until it was lost
	NameReplaced = "replaced"  // the id of a ticket that a full invoice replaced

	NameDelivery     = "delivery"      // the number of a supplier's document
	NameDeliveryNote = "delivery_note" // the number of a delivery note that was received, and what received it
)

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
