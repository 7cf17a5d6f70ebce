package auditor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	paymentspb "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
)

// CardKind is a kind of gift cards; amounts in minor units, 0: without a limit, or good for ever.
type CardKind struct {
	Code                             string
	MostBalance, LeastLoad, MostLoad int64
	Months                           int32
	Renewed                          bool
}

// CardKinds are those of every shop. None is put again while it trades.
var CardKinds = []CardKind{
	{Code: "chain", MostBalance: 15_000, LeastLoad: 500, MostLoad: 9_000, Months: 24, Renewed: true},
	{Code: "voucher", MostLoad: 8_000, Months: 60},
}

// KindOf is the kind that a gift card's number is sold as; "": none. Everybody in the shop goes by it.
func KindOf(number string) string {
	digits, own := strings.CutPrefix(number, "GC-")
	if !own || digits == "" || strings.HasPrefix(digits, "0000") {
		return ""
	}
	return map[byte]string{'0': "chain", '2': "chain", '4': "chain", '1': "voucher", '3': "voucher"}[digits[len(digits)-1]]
}

func cardKind(code string) CardKind {
	at := slices.IndexFunc(CardKinds, func(k CardKind) bool { return k.Code == code })
	if at < 0 {
		return CardKind{}
	}
	return CardKinds[at]
}

// allows tells whether so much may be put on a card of the kind that has so much on it.
func (k CardKind) allows(minor, left int64) bool {
	return minor >= k.LeastLoad && (k.MostLoad == 0 || minor <= k.MostLoad) && (k.MostBalance == 0 || left+minor <= k.MostBalance)
}

// limit is the reason why something may not be put on the cards of an order. What an exchange takes off a card besides is not known here.
func (d *deed) limit(o *bought) string {
	for _, line := range o.lines {
		if d.act == nil || d.back != nil || !strings.HasPrefix(line.account, cardPrefix) {
			continue
		}
		if !cardKind(line.kind).allows(line.gross, d.left(firstText(line.issuer, o.location), line.account)) {
			return "GIFT_CARD_LIMIT"
		}
	}
	return ""
}

// limits adds the reason why what a basket puts on cards may have been too little or too much.
func (m *orderModel) limits(call *Call, r *orderspb.PlaceOrderRequest, add func(string)) {
	for _, line := range r.GetLines() {
		number := line.GetGiftCard().GetNumber()
		if number == "" {
			continue
		}
		minor := max(line.GetTillPrice().GetUnit().GetAmountMinor(), line.GetTillPrice().GetLine().GetAmountMinor())
		kinds := []string{line.GetGiftCard().GetKind()} // of a card that may not have been sold yet
		lefts := []int64{0}
		for _, card := range seenBy(m.cards[number], m.spans, call).states {
			kinds = append(kinds, card.kind)
			lefts = append(lefts, seenBy(m.balances[balanceKey{card.location, cardPrefix + card.id}], m.spans, call).states...)
		}
		for _, code := range kinds {
			if slices.ContainsFunc(lefts, func(left int64) bool { return !cardKind(code).allows(minor, left) }) {
				add("GIFT_CARD_LIMIT")
			}
		}
	}
}

// rememberExpiries takes into the model until when cards are good on which the act put something: by their kind the first time, and again
// where it renews them.
func (d *deed) rememberExpiries() {
	for p := range d.money {
		key := balanceKey{p.location, p.from}
		kind := cardKind(d.kinds[key])
		if kind.Months == 0 {
			continue
		}
		if _, loaded := d.expiries[key].now(); !loaded || kind.Renewed {
			d.expiries[key] = append(d.expiries[key], moment[time.Time]{d.position, d.now.UTC().AddDate(0, int(kind.Months), 0)})
		}
	}
}

// compareExpiries holds against the model what cards were sold as, and until when they are good.
func (m *orderModel) compareExpiries(wrong func(rule, text string, subjects ...string)) {
	for key, row := range m.rows.Expiries {
		until, _ := m.expiries[key].now()
		if row.kind != m.kinds[key] || !row.until.Equal(until) {
			wrong("a balance is not what the books come to", fmt.Sprintf("%s at %s should be %q until %s, and is %q until %s",
				key.account, key.location, m.kinds[key], clockText(until), row.kind, clockText(row.until)), "balance/"+key.account)
		}
	}
}

// cardRow is what a balance says that it was sold as, and until when it is good.
type cardRow struct {
	kind  string
	until time.Time
}

// judgeExpiry holds what is told of a card beside what is on it against what can have been.
func (m *orderModel) judgeExpiry(call *Call, key balanceKey, told *paymentspb.StoredValue) string {
	until := time.Time{}
	if told.GetExpiresAt() != nil {
		until = told.GetExpiresAt().AsTime()
	}
	kind := cardKind(m.kinds[key])
	w := seenBy(m.expiries[key], m.spans, call)
	known := slices.ContainsFunc(w.states, until.Equal) || kind.Months == 0 && until.IsZero()
	if told.GetCardKind() != kind.Code || !known || told.GetLimits().GetMostBalance().GetAmountMinor() != kind.MostBalance ||
		told.GetLimits().GetLeastLoad().GetAmountMinor() != kind.LeastLoad || told.GetLimits().GetMostLoad().GetAmountMinor() != kind.MostLoad {
		return fmt.Sprintf("%s at %s is told as %v, and is %+v until one of %v", key.account, key.location, told, kind, w.states)
	}
	return ""
}
