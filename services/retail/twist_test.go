package retail

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"
)

// twister changes commands by chance.
type twister struct {
	*rand.Rand
	shop *shop
	// lawful changes only what a constructor would let through.
	lawful bool
}

func choose[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// What nobody should send.
var (
	hostileNumbers = []int64{
		0, 1, -1, 2, 3, 7, 100, 10_000, math.MaxInt32, math.MinInt32, paperMax, paperMax + 1, countableMax, countableMax + 1, -countableMax,
		math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64/2 + 1, math.MinInt64, math.MinInt64 + 1,
	}
	hostileTexts = []string{
		"", "milan", "rome", "nowhere", "RED-42", "BLUE-40", "GREEN-38", "EUR", "USD", "XXX", "web", "1", "G1", "T26", "CASH", "CARD", "VOUCHER",
		"GIFT_CARD", "STORE_CREDIT", "CARRY_OUT", "PICKUP", "SHIP", "available", "held", "incoming", "sales", "charges/X", "gift_card/",
		"store_credit/" + ID{0xAA}.String(), "settlement/milan", "tax/", "RECEIVE", "ADJUST", "HELD", "READY", "DELIVERED", "COMPLETED",
		"PENDING_PAYMENT", "ASKED", "NO_SHOW", "UNPAID", "REFUSED", "MISSING", "UNFIT", "LOST", "UNDECIDED", "RETURN_TO_STOCK", "PAYMENT", "REFUND", "FEE", "SIMPLIFIED", "FULL",
		"RECTIFICATIVE_FULL", "a\x00b", "\xff\xfe", "ñandú/1", strings.Repeat("x", 10_000),
	}
	hostileTimes = []time.Time{
		{}, opening, opening.AddDate(-1, 0, 0), opening.AddDate(1, 0, 0), time.Unix(0, 0), time.Unix(1<<62, 0), time.Unix(-1<<62, 0),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	manyMax = 300
)

// twist goes down into a value by chance, and changes what it finds there.
func (w *twister) twist(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			w.set(v, reflect.ValueOf(choose(w.Rand, hostileTimes...)))
			return
		}
		w.twistField(v)
	case reflect.Slice:
		if v.Len() > 0 && w.IntN(3) > 0 {
			w.twist(v.Index(w.IntN(v.Len())))
		} else if !w.lawful {
			w.set(v, w.otherSlice(v))
		}
	case reflect.Pointer:
		if !v.IsNil() && w.IntN(3) > 0 {
			w.twist(v.Elem())
		} else if !w.lawful {
			w.set(v, choose(w.Rand, reflect.Zero(v.Type()), reflect.New(v.Type().Elem())))
		}
	default:
		if !w.lawful {
			w.set(v, w.otherLeaf(v))
		}
	}
}

func (w *twister) set(v, other reflect.Value) {
	if v.CanSet() {
		v.Set(other)
	}
}

// twistField changes one field of a struct. What is hidden is a constructor's, and stays.
func (w *twister) twistField(v reflect.Value) {
	at := w.IntN(v.NumField())
	field := v.Field(at)
	if !v.Type().Field(at).IsExported() {
		return
	}
	if !w.lawful {
		w.twist(field)
		return
	}
	name := v.Type().Field(at).Name
	if other, known := w.lawfulField(v, name); known {
		w.set(field, reflect.ValueOf(other).Convert(field.Type()))
		return
	}
	if inside := field.Kind(); inside == reflect.Struct && field.Type().PkgPath() == v.Type().PkgPath() && name != "Order" && name != "Issuer" ||
		inside == reflect.Slice && slices.Contains([]string{"Lines", "Items", "Tenders", "RefundTo", "Discounts"}, name) {
		w.twist(field)
	}
}

func (w *twister) otherSlice(v reflect.Value) reflect.Value {
	element := reflect.New(v.Type().Elem()).Elem()
	if v.Len() > 0 && w.IntN(3) > 0 {
		element = v.Index(w.IntN(v.Len()))
	}
	switch w.IntN(5) {
	case 0:
		return reflect.Zero(v.Type())
	case 1:
		return reflect.MakeSlice(v.Type(), 0, 0)
	case 2:
		return v.Slice(0, w.IntN(v.Len()+1))
	case 3:
		longer := reflect.Append(reflect.MakeSlice(v.Type(), 0, v.Len()+1), element)
		return reflect.AppendSlice(longer, v)
	}
	longer := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()+manyMax), v)
	for range manyMax {
		longer = reflect.Append(longer, element)
	}
	return longer
}

func (w *twister) otherLeaf(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		number := choose(w.Rand, hostileNumbers...)
		switch w.IntN(4) {
		case 0:
			number = v.Int() + choose[int64](w.Rand, 1, -1)
		case 1:
			number = -v.Int()
		}
		return reflect.ValueOf(number).Convert(v.Type())
	case reflect.String:
		return reflect.ValueOf(choose(w.Rand, hostileTexts...)).Convert(v.Type())
	case reflect.Bool:
		return reflect.ValueOf(!v.Bool())
	case reflect.Array:
		return reflect.ValueOf(w.anyID()).Convert(v.Type())
	}
	return v
}

// anyID is nobody's, or that of something in the shop, whatever it is.
func (w *twister) anyID() ID {
	if w.IntN(3) == 0 || w.shop.minted == 0 {
		return choose(w.Rand, ID{}, ID{0xFF}, ID{0xAA})
	}
	known := shop{minted: w.Uint64N(w.shop.minted)}
	return known.mint()
}

// lawfulRule returns what a promotion may have in a field beside what it has.
func (w *twister) lawfulRule(rule PromotionRule, name string) (other any, known bool) {
	switch name {
	case "BasisPoints":
		return choose[int32](w.Rand, 1, 3333, 9999, 10_000), rule.Kind == PromotionPercent
	case "AmountMinor":
		return choose[int64](w.Rand, 1, 2, 99, 100_00, paperMax), rule.Kind == PromotionAmount
	case "Units":
		return choose[int32](w.Rand, rule.Paid+1, rule.Paid+2, 1_000), rule.Kind == PromotionNForM
	case "UsesMax", "CustomerUsesMax":
		return choose[int64](w.Rand, 0, 1, 2, 1_000_000_000), len(rule.Coupons) > 0
	case "MembersOnly", "Exclusive":
		return w.IntN(2) == 0, true
	}
	return nil, false
}

// lawfulField returns another value that the contract and the handlers let through, for a field that has any.
func (w *twister) lawfulField(of reflect.Value, name string) (other any, known bool) {
	if line, ok := of.Interface().(BasketLine); ok {
		return w.lawfulLine(line, name)
	}
	if rule, ok := of.Interface().(PromotionRule); ok {
		return w.lawfulRule(rule, name)
	}
	switch name {
	case "Quantity", "Units":
		return choose[int64](w.Rand, 1, 2, 3, 100, 1_000_000), true
	case "Line":
		return choose[int32](w.Rand, 1, 2, 3, 4, math.MaxInt32), true
	case "AmountMinor":
		if discount, ok := of.Interface().(Discount); ok && discount.AmountMinor == 0 {
			return nil, false
		}
		return choose[int64](w.Rand, 1, 2, 99, 100_00, paperMax), true
	case "FeeMinor":
		return choose[int64](w.Rand, 0, 1, 99, 100_00, paperMax), true
	case "RoundingMinor":
		return choose[int64](w.Rand, 0, 1, -1, 2, 50, -50, 51, paperMax, -paperMax), true
	case "BasisPoints":
		return choose[int32](w.Rand, 1, 3333, 9999, 10_000), of.Interface().(Discount).AmountMinor == 0
	case "TimeToLive", "PayFor", "KeepFor":
		return choose(w.Rand, time.Second, time.Hour, 90*24*time.Hour), true
	case "OccurredAt":
		return choose(w.Rand, time.Time{}, w.shop.now, w.shop.now.Add(clockSkew), w.shop.now.AddDate(0, -2, 0), time.Unix(0, 0).UTC()), true
	case "Fact", "CodeRight", "NoFee", "Close", "Blind", "SellableOnly", "WholeScope", "More":
		return w.IntN(2) == 0, true
	case "Buffer":
		return choose[int64](w.Rand, 0, 1, 5, 1_000_000), true
	case "Condition":
		return choose(w.Rand, conditions...), true
	case "Proof":
		return choose(w.Rand, proofs...), true
	case "Right":
		return choose(w.Rand, "", RightStaff, RightManager), true
	case "Override":
		return choose(w.Rand, rights...), true
	case "FeeBasisPoints":
		return choose[int32](w.Rand, 0, 1, 3333, 10_000), true
	case "FeeUnitMinor":
		return choose[int64](w.Rand, 0, 1, 99, 100_00, paperMax), true
	case "UntilAtLeast":
		return choose(w.Rand, time.Time{}, w.shop.now, w.shop.now.AddDate(0, 0, 40)), true
	case "CodeCount":
		return int32(w.IntN(3)), true
	case "CashAt":
		return choose(w.Rand, "", "milan", "rome", "turin"), true
	case "Disposition":
		return choose(w.Rand, Undecided, ReturnToStock, WriteOff, Repair, ReturnToSupplier), true
	case "RefundKind", "Why", "Act", "To", "As":
		return w.lawfulWord(of, name)
	case "ReadAt":
		return choose(w.Rand, w.shop.now, w.shop.now.Add(clockSkew), w.shop.now.Add(-ReadingAgeMax)), true
	case "Order", "Fulfilment", "Hold", "Ticket", "Transfer", "Delivery", "Count":
		return w.lawfulSubject(of, name)
	}
	return nil, false
}

func (w *twister) lawfulLine(line BasketLine, name string) (other any, known bool) {
	switch {
	case name == "ListMinor" && line.Card != nil:
		return choose[int64](w.Rand, 1, 99, paperMax, countableMax), true
	case name == "ListMinor":
		return choose[int64](w.Rand, 0, 1, 99, 100_00, paperMax, countableMax), true
	case name == "Quantity" && line.Card == nil:
		return choose[int64](w.Rand, 1, 2, 3, 100, 1_000_000), true
	case name == "ReturnDays":
		return choose[int32](w.Rand, 0, 1, 30, 3650), true
	}
	return nil, false
}

func (w *twister) lawfulWord(of reflect.Value, name string) (other any, known bool) {
	switch of.Interface().(type) {
	case AcceptBlindReturn:
		return choose(w.Rand, "CASH", "CARD", "VOUCHER", GiftCard, StoreCredit), true
	case CancelUnits:
		return choose(w.Rand, CancelAsked, CancelNoShow, CancelUnpaid, CancelRefused), true
	case RejectUnits:
		return choose(w.Rand, Missing, Unfit), true
	case MoveCash:
		return choose(w.Rand, CashDrop, CashShort, CashOver), true
	case TrackParcel:
		return choose(w.Rand, TrackingInTransit, TrackingDelivered, TrackingLost), true
	case EndRequest:
		return choose(w.Rand, TransferDeclined, TransferCancelled), true
	case AdvanceFulfilment:
		return choose(w.Rand, FulfilmentAccepted, FulfilmentPicking, FulfilmentReady, FulfilmentPacked, FulfilmentDelivered), true
	}
	return nil, false
}

// lawfulSubject is another thing than the command is about: nobody's id, or the order as somebody read it a while ago.
func (w *twister) lawfulSubject(of reflect.Value, name string) (other any, known bool) {
	switch was := of.FieldByName(name).Interface().(type) {
	case ID:
		return ID{0xFF, 1}, of.Type() != reflect.TypeFor[RenewCode]()
	case Order:
		var read []Order
		for _, event := range w.shop.events {
			if o, ok := event.Body.(Order); ok && o.ID == was.ID {
				read = append(read, o)
			}
		}
		if len(read) > 0 {
			return choose(w.Rand, read...), true
		}
	}
	return nil, false
}
