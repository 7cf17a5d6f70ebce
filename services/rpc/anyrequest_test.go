package rpc

import (
	"math"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// script is a text that decides: each byte is one decision, and where it ends all decisions are the first there is.
type script struct {
	text []byte
	// careful is true while it says what makes sense.
	careful bool
}

func (s *script) below(n int) int {
	if len(s.text) == 0 {
		return 0
	}
	b := s.text[0]
	s.text = s.text[1:]
	return int(b) % n
}

func from[T any](s *script, all ...T) T { return all[s.below(len(all))] }

// fillMax is how deep messages are filled: deeper than any of the contract.
const fillMax = 6

// fill makes any message of a kind, of the words that the shop knows and of words that nobody should say.
func (s *script) fill(m protoreflect.Message, ids []string, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if one := field.ContainingOneof(); one != nil && m.WhichOneof(one) != nil || depth > fillMax || s.leaves(field) {
			continue
		}
		if one := field.ContainingOneof(); one != nil && !one.IsSynthetic() && field != one.Fields().Get(one.Fields().Len()-1) && s.below(2) == 1 {
			continue
		}
		switch {
		case field.IsMap():
		case field.IsList():
			list := m.Mutable(field).List()
			for range from(s, 1, 1, 2, 3, 0, 30) {
				value := list.NewElement()
				list.Append(s.value(field, value, ids, depth))
			}
		case field.Message() != nil:
			s.value(field, m.Mutable(field), ids, depth)
		default:
			m.Set(field, s.value(field, m.NewField(field), ids, depth))
		}
	}
}

// leaves tells whether a field is left out: a careful request leaves out mostly what is seldom said.
func (s *script) leaves(field protoreflect.FieldDescriptor) bool {
	if !s.careful {
		return s.below(8) == 7
	}
	switch field.Name() {
	case "occurred_at", "payment_time", "till_price", "cash_rounding", "bill_to", "customer", "order", "holds", "discounts", "page_token", "page_size",
		"valid_from", "valid_until", "refund_to", "fee", "cash_location", "options", "option_values", "opening_hours", "gln", "selling_location":
		return field.Cardinality() == protoreflect.Repeated && s.below(4) > 0 || s.below(4) == 3
	}
	if field.FullName() == "aisle.stock.v1.ShipTransferRequest.transfer" {
		return s.below(4) > 0 // mostly nobody asked
	}
	return s.below(24) == 23
}

func (s *script) value(field protoreflect.FieldDescriptor, was protoreflect.Value, ids []string, depth int) protoreflect.Value {
	number := from[int64](s, 1, 2, 3, 100, 10_000, 0, -1, 1_000_000, 1_000_000_000_000, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64)
	if s.careful {
		number = from[int64](s, 1, 1, 2, 3)
		if field.Name() == "amount_minor" {
			number = from[int64](s, 1_000, 500, 501, 1, 100_000)
		}
	}
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(number%2 == 0)
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		if s.careful && values.Len() > 1 {
			return protoreflect.ValueOfEnum(values.Get(1 + s.below(values.Len()-1)).Number())
		}
		if at := s.below(values.Len() + 1); at < values.Len() {
			return protoreflect.ValueOfEnum(values.Get((at + 1) % values.Len()).Number())
		}
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(number))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind:
		return protoreflect.ValueOfInt32(int32(number))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind:
		return protoreflect.ValueOfInt64(number)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(s.word(string(field.Name()), ids))
	case protoreflect.MessageKind:
		s.message(was.Message(), ids, depth+1)
	}
	return was
}

func (s *script) message(m protoreflect.Message, ids []string, depth int) {
	fields := m.Descriptor().Fields()
	switch name := m.Descriptor().FullName(); {
	case s.careful && name == "google.protobuf.Timestamp":
		m.Set(fields.ByName("seconds"), protoreflect.ValueOfInt64(time.Now().Unix()-int64(s.below(3))*86_400))
		return
	case s.careful && name == "google.protobuf.Duration":
		m.Set(fields.ByName("seconds"), protoreflect.ValueOfInt64(int64(1+s.below(100))))
		return
	}
	switch m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		at := from(s, time.Now().Unix(), time.Now().AddDate(0, 0, -40).Unix(), 0, -1, time.Now().AddDate(1, 0, 0).Unix(), math.MaxInt64, math.MinInt64)
		m.Set(fields.ByName("seconds"), protoreflect.ValueOfInt64(at))
		m.Set(fields.ByName("nanos"), protoreflect.ValueOfInt32(from[int32](s, 0, 1, 999_999_999, -1, math.MaxInt32)))
	case "google.protobuf.Duration":
		m.Set(fields.ByName("seconds"), protoreflect.ValueOfInt64(from[int64](s, 60, 1, 86_400, 0, -1, math.MaxInt64, math.MinInt64)))
	default:
		s.fill(m, ids, depth)
	}
}

// words are what fields of a name mostly hold.
var words = map[string][]string{
	"sku": {"HAT", "SOCK"}, "skus": {"HAT", "SOCK"}, "gtin": {"4006381333931"}, "barcodes": {"4006381333931", "96385074"},
	"currency_code": {"EUR", "EUR", "EUR", "EUR", "EUR", "EUR", "USD", "JPY"}, "gln": {""}, "price_list": {"eur"}, "price_lists": {"eur"}, "tax_category": {"standard"},
	"language": {"es", "pt-BR", ""}, "url": {"https://img.example/1.jpg"}, "attribute": {"a", "b"}, "number": {"1.5", ""},
	"time_zone": {"Europe/Rome", "UTC"}, "channel": {"till", "web"}, "opens": {"09:00"}, "closes": {"17:30", "24:00"}, "country_code": {"IT"},
	"tax_jurisdiction": {"IT"}, "jurisdiction": {"IT"}, "point": {"1"}, "reason": {"correction", "correction", "theft", "a"}, "reference": {"G1", "G2", "R"},
	"email": {"ada@example.com"}, "phone": {"+34600111222", ""},
	"expected_on": {"2026-05-04", "2026-05-05"}, "expected_until": {"", "2026-05-04"}, "wanted_on": {"", "2026-05-04"}, "supplier": {"ACME"}, "delivery_note": {"", "N1", "N2"},
}

// odd is what no field should hold.
var odd = []string{
	"", "x", "milan", "rome", "HAT", "till", "a\x00b", "\xff", "ñandú/1", "0", "-1", strings.Repeat("x", 5000), "499698", "G1", "00000-00000",
	"4111 1111 1111 1111", page.Token(retail.OrderMark{}), page.Token(17), "AAAAAAAAAAEAAAAA", "24:01", "9:0", "//", "eur",
}

func (s *script) word(name string, ids []string) string {
	kind := 0
	if !s.careful {
		kind = s.below(8)
	}
	switch {
	case name == "request_id" && kind < 7:
		return someID // the shop tells requests apart by a number of its own
	case kind == 7:
		return from(s, odd...)
	case kind == 6 && len(ids) > 0:
		return from(s, ids...)
	case strings.HasSuffix(name, "location") || strings.HasSuffix(name, "locations"):
		return from(s, "milan", "milan", "rome", "milan", "rome", "milan", "rome", "nowhere")
	case len(words[name]) > 0:
		return from(s, words[name]...)
	case slices.Contains([]string{"order", "hold", "fulfilment", "invoice", "return", "transfer", "customer", "delivery", "case"}, name) && len(ids) > 0:
		return from(s, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return s.careful && len(id) != len(someID) })...)
	case s.careful:
		return from(s, "a", "b", "HAT", "G1")
	}
	return from(s, "a", "b", "HAT", "milan", "till", "G1", "G2", "")
}
