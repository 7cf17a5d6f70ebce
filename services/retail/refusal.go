package retail

import (
	"errors"
	"fmt"
)

// Reason names why the shop says no. The names are those of aisle.retail.v1.Reason, where each is explained; a test
// keeps the two alike.
type Reason string

// The reasons of the rules and of the handlers.
const (
	InvalidRequest      Reason = "INVALID_REQUEST"
	Unauthenticated     Reason = "UNAUTHENTICATED"
	PermissionDenied    Reason = "PERMISSION_DENIED"
	RequestIDReused     Reason = "REQUEST_ID_REUSED"
	UnknownLocation     Reason = "UNKNOWN_LOCATION"
	UnknownChannel      Reason = "UNKNOWN_CHANNEL"
	ChannelRetired      Reason = "CHANNEL_RETIRED"
	LocationNotServed   Reason = "LOCATION_NOT_SERVED"
	UnknownSKU          Reason = "UNKNOWN_SKU"
	UnknownProduct      Reason = "UNKNOWN_PRODUCT"
	UnknownPriceList    Reason = "UNKNOWN_PRICE_LIST"
	UnknownPromotion    Reason = "UNKNOWN_PROMOTION"
	UnknownMessage      Reason = "UNKNOWN_MESSAGE"
	UnknownCoupon       Reason = "UNKNOWN_COUPON"
	CouponNotApplicable Reason = "COUPON_NOT_APPLICABLE"
	CouponUsedUp        Reason = "COUPON_USED_UP"
	UnknownTaxCategory  Reason = "UNKNOWN_TAX_CATEGORY"
	UnknownAttribute    Reason = "UNKNOWN_ATTRIBUTE"
	SKUTaken            Reason = "SKU_TAKEN"
	BarcodeTaken        Reason = "BARCODE_TAKEN"
	VariantMissing      Reason = "VARIANT_MISSING"
	Immutable           Reason = "IMMUTABLE"
	OutOfStock          Reason = "OUT_OF_STOCK"
	UnknownHold         Reason = "UNKNOWN_HOLD"
	HoldExpired         Reason = "HOLD_EXPIRED"
	HoldReleased        Reason = "HOLD_RELEASED"
	QuantityTooLarge    Reason = "QUANTITY_TOO_LARGE"
	UnknownOrder        Reason = "UNKNOWN_ORDER"
	OrderExists         Reason = "ORDER_EXISTS"
	PriceMissing        Reason = "PRICE_MISSING"
	TaxMissing          Reason = "TAX_MISSING"
	CurrencyMismatch    Reason = "CURRENCY_MISMATCH"
	DiscountTooLarge    Reason = "DISCOUNT_TOO_LARGE"
	AmountTooLarge      Reason = "AMOUNT_TOO_LARGE"
	PaymentShort        Reason = "PAYMENT_SHORT"
	ChangeNotGiven      Reason = "CHANGE_NOT_GIVEN"
	LocationClosed      Reason = "LOCATION_CLOSED"
	HoldCommitted       Reason = "HOLD_COMMITTED"
	UnknownGiftCard     Reason = "UNKNOWN_GIFT_CARD"
	BalanceShort        Reason = "BALANCE_SHORT"
	CustomerMissing     Reason = "CUSTOMER_MISSING"
	OrderGone           Reason = "ORDER_EXPIRED"
	NothingOwed         Reason = "NOTHING_OWED"
	RefundTooLarge      Reason = "REFUND_TOO_LARGE"
	AlreadyHandedOver   Reason = "ALREADY_HANDED_OVER"
	UnknownFulfilment   Reason = "UNKNOWN_FULFILMENT"
	FulfilmentStep      Reason = "FULFILMENT_STATE"
	FulfilmentEnded     Reason = "FULFILMENT_CANCELLED"
	AlreadyPicked       Reason = "ALREADY_PICKED"
	NotPicked           Reason = "NOT_PICKED"
	AlreadyCollected    Reason = "ALREADY_COLLECTED"
	PickupExpired       Reason = "PICKUP_EXPIRED"
	WrongCode           Reason = "WRONG_CODE"
	CodeLocked          Reason = "CODE_LOCKED"
	UnknownReturn       Reason = "UNKNOWN_RETURN"
	ReturnTooLarge      Reason = "RETURN_TOO_LARGE"
	ReturnWindowClosed  Reason = "RETURN_WINDOW_CLOSED"
	FinalSale           Reason = "FINAL_SALE"
	PriceTooHigh        Reason = "PRICE_TOO_HIGH"
	CashLimit           Reason = "CASH_LIMIT"
	BlindLimit          Reason = "BLIND_LIMIT"
	ReturnCondition     Reason = "RETURN_CONDITION"
	ProofMissing        Reason = "PROOF_MISSING"
	OverrideNotAllowed  Reason = "OVERRIDE_NOT_ALLOWED"
	UnknownInvoice      Reason = "UNKNOWN_INVOICE"
	InvoiceExists       Reason = "INVOICE_EXISTS"
	InvoiceCorrected    Reason = "INVOICE_CORRECTED"
	UnknownTransfer     Reason = "UNKNOWN_TRANSFER"
	TransferEnded       Reason = "TRANSFER_RECEIVED"
	TransferBeyond      Reason = "TRANSFER_BEYOND"
	TransferShort       Reason = "TRANSFER_SHORT"
	UnknownBuffer       Reason = "UNKNOWN_BUFFER"
	UnknownStockRule    Reason = "UNKNOWN_STOCK_RULE"

	UnknownDelivery       Reason = "UNKNOWN_DELIVERY"
	DeliveryExists        Reason = "DELIVERY_EXISTS"
	DeliveryEnded         Reason = "DELIVERY_ENDED"
	DeliveryArrived       Reason = "DELIVERY_ARRIVED"
	DeliveryNoteReceived  Reason = "DELIVERY_NOTE_RECEIVED"
	DifferenceUnexplained Reason = "DIFFERENCE_UNEXPLAINED"

	ReaderTooSlow Reason = "READER_TOO_SLOW"
	UnknownReason Reason = "UNKNOWN_REASON"
	ReasonRetired Reason = "REASON_RETIRED"
	ReasonNotFor  Reason = "REASON_NOT_FOR"
	StateShort    Reason = "STATE_SHORT"
	UnknownCase   Reason = "UNKNOWN_CASE"
	CaseSettled   Reason = "CASE_SETTLED"

	UnknownCount    Reason = "UNKNOWN_COUNT"
	CountStep       Reason = "COUNT_STATE"
	CountUnreviewed Reason = "COUNT_UNREVIEWED"
	ZoneUnread      Reason = "ZONE_UNREAD"
	NotCounted      Reason = "NOT_COUNTED"

	QuoteChanged Reason = "QUOTE_CHANGED"

	GiftCardReplaced Reason = "GIFT_CARD_REPLACED"
	GiftCardTaken    Reason = "GIFT_CARD_TAKEN"
	GiftCardExpired  Reason = "GIFT_CARD_EXPIRED"
	GiftCardLimit    Reason = "GIFT_CARD_LIMIT"
	UnknownCardKind  Reason = "UNKNOWN_CARD_KIND"
	CardKindRetired  Reason = "CARD_KIND_RETIRED"

	UnknownPayment    Reason = "UNKNOWN_PAYMENT"
	PaymentStep       Reason = "PAYMENT_STATE"
	PaymentDeclined   Reason = "PAYMENT_DECLINED"
	NoPaymentProvider Reason = "NO_PAYMENT_PROVIDER"

	UnknownPaymentLink Reason = "UNKNOWN_PAYMENT_LINK"

	ReceiptForged Reason = "RECEIPT_FORGED"

	UnknownLabel Reason = "UNKNOWN_LABEL"
	LabelStep    Reason = "LABEL_STATE"
	LabelRefused Reason = "LABEL_DECLINED"
	NoCarrier    Reason = "NO_CARRIER"

	CartChanged Reason = "CART_CHANGED"
	CartEmpty   Reason = "CART_EMPTY"
	CartOrdered Reason = "CART_CONVERTED"

	TransferNotRequested Reason = "TRANSFER_NOT_REQUESTED"
	TransferNotShipped   Reason = "TRANSFER_NOT_SHIPPED"
	TransferPromised     Reason = "TRANSFER_PROMISED"

	UnknownReturnRequest Reason = "UNKNOWN_RETURN_REQUEST"
	ReturnRequestStep    Reason = "RETURN_REQUEST_STATE"
)

// Refusal is the shop saying no: a reason for programs, a message that a shop assistant understands, and details. It is an
// ordinary answer, leaves no trace, and is decided afresh when asked again.
type Refusal struct {
	Reason  Reason
	Message string
	// Field is the path of the request field at fault, in the contract's names, for example "lines[2].sku"; empty where
	// no one field is.
	Field string
	// Details are facts for programs, for example "lines[0].available": "3".
	Details map[string]string
	// Short is what could not be promised, with what there was of it. It is for our own records: the caller is told Details, which say
	// no more than its channel may know.
	Short []Shortage
}

// Shortage is what is wanted of a position, and what may be promised there.
type Shortage struct {
	// Line is the request's line.
	Line             int
	Location, SKU    string
	Wanted, Sellable int64
}

// Error returns the message.
func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Message }

// Refuse returns a refusal.
func Refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// RefuseField returns a refusal for which one field of the request is to blame.
func RefuseField(reason Reason, field, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Under puts the field that a refusal is about below another, where one request holds another; any other error stays as it is.
func Under(err error, field string) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Field == "" {
		return err
	}
	below := *refusal
	below.Field = field + "." + refusal.Field
	return &below
}

// At puts a refusal on a field in place of the one that it is about; any other error stays as it is.
func At(err error, field string) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	moved := *refusal
	moved.Field = field
	return &moved
}

// With adds a fact for programs and returns the refusal.
func (r *Refusal) With(name string, fact any) *Refusal {
	if r.Details == nil {
		r.Details = map[string]string{}
	}
	r.Details[name] = fmt.Sprint(fact)
	return r
}
