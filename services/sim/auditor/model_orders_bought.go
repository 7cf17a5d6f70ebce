package auditor

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// bought is an order as the auditor's model knows it, as a row has it, or as an answer tells it. It is replaced and never changed
// once a timeline holds it.
type bought struct {
	id, number, state, channel, location, customer, reference string
	// buyer is the name on full invoices; "": nobody asked for them.
	buyer                         string
	lines                         []boughtLine
	taxes                         []taxSum
	moves                         []moneyMove
	intents                       []Intent
	papers                        []paperOf
	payBy, occurredAt, recordedAt time.Time
	linkUntil                     time.Time // until when the link to pay by is good that was sent last; zero: none was
	version                       int64
	// coupons are those that it uses, of those that are counted.
	coupons []couponKey
}

// boughtLine is one line of an order; amounts are of all its units.
type boughtLine struct {
	line                                 int32
	insteadOf                            int32 // the line whose units it hands over from elsewhere; 0: it was ordered
	sku, account, method, location, work string
	taxCode                              string
	taxPPM, returnDays                   int32
	policy                               string // by which it comes back; "": none
	terms                                ReturnTerms
	quantity, fulfilled                  int64
	cancelled, returned                  int64
	rejected                             int64 // of those that are cancelled
	list, discount, net, tax, gross      int64
	// from is the place whose stock it takes, and way what brings it; of its open units those are away, and others coming, that are not where
	// they are handed over.
	from, way    string
	away, coming int64
	// issuer is the place in whose book account is, where it is not the order's.
	issuer string
	// kind is that of the gift card.
	kind string
}

// taxSum is the tax of one rate.
type taxSum struct {
	Code     string `json:"code"`
	PPM      int32  `json:"ppm"`
	NetMinor int64  `json:"net_minor"`
	TaxMinor int64  `json:"tax_minor"`
}

// unitSpan is units From (included) to Until (excluded) of a line.
type unitSpan struct {
	Line  int32 `json:"line"`
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// paperOf is a document of an order, with the units that it is about.
type paperOf struct {
	invoice, kind, original string
	occurredAt              time.Time
	units                   []unitSpan
}

// The states of an order.
const (
	pendingPayment = "PENDING_PAYMENT"
	confirmed      = "CONFIRMED"
	completed      = "COMPLETED"
	cancelledOrder = "CANCELLED"
	expiredOrder   = "EXPIRED"
)

// The methods of fulfilment.
const (
	carryOut = "CARRY_OUT"
	pickUp   = "PICKUP"
	byMail   = "SHIP"
)

func (l boughtLine) open() int64 { return l.quantity - l.fulfilled - l.cancelled }

// worth is what units a to b of the line come to: gross is cut by the units, tax by the cents of that gross, net is the rest.
func (l boughtLine) worth(a, b int64) (net, tax, gross int64) {
	from, until := share(l.gross, a, l.quantity), share(l.gross, b, l.quantity)
	if l.gross > 0 {
		tax = share(l.tax, until, l.gross) - share(l.tax, from, l.gross)
	}
	return until - from - tax, tax, until - from
}

// share is whole*part/of, rounded down. What can't be, such as a part of nothing, is 0: that it can't be is found elsewhere.
func share(whole, part, of int64) int64 {
	hi, lo := bits.Mul64(uint64(max(0, whole)), uint64(max(0, part)))
	if of <= 0 || hi >= uint64(of) {
		return 0
	}
	quotient, _ := bits.Div64(hi, lo, uint64(of))
	return int64(quotient)
}

// includedTax is the tax in an amount that includes it, halves rounded up.
func includedTax(gross int64, ppm int32) int64 {
	hi, lo := bits.Mul64(uint64(max(0, gross)), uint64(ppm))
	of := uint64(1_000_000 + int64(ppm))
	lo, carry := bits.Add64(lo, of/2, 0)
	if hi+carry >= of {
		return 0
	}
	quotient, _ := bits.Div64(hi+carry, lo, of)
	return int64(quotient)
}

// copied returns the order with lines that may be changed.
func (o *bought) copied() *bought {
	other := *o
	other.lines = slices.Clone(o.lines)
	other.moves, other.papers = slices.Clip(o.moves), slices.Clip(o.papers)
	return &other
}

// ordered is how many lines were ordered; those that other places took over since come after them.
func (o *bought) ordered() int {
	n := 0
	for _, l := range o.lines {
		if l.insteadOf == 0 {
			n++
		}
	}
	return n
}

// line returns a line by its number, or nil.
func (o *bought) line(number int32) *boughtLine {
	if number < 1 || int(number) > len(o.lines) {
		return nil
	}
	return &o.lines[number-1]
}

// owed is what the customer still has to pay for all that is neither cancelled nor returned; below zero: what we owe.
func (o *bought) owed() int64 {
	return o.sum(func(l boughtLine) int64 { return l.quantity - l.cancelled })
}

// due is as owed, for what was handed over alone.
func (o *bought) due() int64 { return o.sum(func(l boughtLine) int64 { return l.fulfilled }) }

func (o *bought) sum(until func(boughtLine) int64) int64 {
	sum := int64(0)
	for _, m := range o.moves {
		sum += m.sign() * m.minor
	}
	for _, l := range o.lines {
		_, _, gross := l.worth(l.returned, until(l))
		sum += gross
	}
	return sum
}

// settle lets the state follow from the counts.
func (o *bought) settle() {
	open := slices.ContainsFunc(o.lines, func(l boughtLine) bool { return l.open() > 0 })
	handed := slices.ContainsFunc(o.lines, func(l boughtLine) bool { return l.fulfilled > 0 })
	switch {
	case open && o.state == pendingPayment && o.owed() <= o.secured():
		o.state = confirmed
	case open:
	case handed:
		o.state = completed
	case o.state != expiredOrder:
		o.state = cancelledOrder
	}
}

// awaits tells whether a fulfilment waits for units that are brought.
func (o *bought) awaits(work string) bool {
	return slices.ContainsFunc(o.lines, func(l boughtLine) bool { return l.work == work && l.away+l.coming > 0 })
}

// opens tells whether a fulfilment has units to hand over.
func (o *bought) opens(work string) bool {
	return slices.ContainsFunc(o.lines, func(l boughtLine) bool { return l.work == work && l.open() > 0 })
}

// replacement is the document that stands for a ticket: the full one that replaced it, or itself.
func (o *bought) replacement(ticket string) string {
	for _, p := range o.papers {
		if p.kind == fullReplacing && p.original == ticket {
			return p.invoice
		}
	}
	return ticket
}

// The parts of an order that a read may have from different moments: an order is read by several statements.
const (
	partHead = iota
	partLines
	partMoves
	partPapers
	partsOfOrder
)

// diff says how another order differs, by part; "": not at all. What is told by an answer lacks accounts and units of documents.
func (o *bought) diff(other *bought, told bool) (parts [partsOfOrder]string) {
	parts[partHead] = o.diffHead(other, told)
	parts[partLines] = differ("lines", o.lines, other.lines)
	if parts[partLines] == "" {
		parts[partLines] = differ("taxes", o.taxes, other.taxes)
	}
	moves, others := o.moves, other.moves
	if told {
		moves, others = toldMoves(moves), toldMoves(others)
	}
	parts[partMoves] = differ("payments", moves, others)
	if parts[partMoves] == "" && !told {
		parts[partMoves] = differ("payments by a bank", o.intents, other.intents)
	}
	papers := func(o *bought) (all []string) {
		for _, p := range o.papers {
			text := p.kind + " " + p.invoice + " of " + p.original + " at " + clockText(p.occurredAt)
			if !told {
				text += fmt.Sprint(" ", p.units)
			}
			all = append(all, text)
		}
		return all
	}
	parts[partPapers] = differ("documents", papers(o), papers(other))
	return parts
}

// diffHead says how the head differs.
func (o *bought) diffHead(other *bought, told bool) string {
	text := func(o *bought) string {
		s := fmt.Sprintf("%s %s %s %s at %s customer %q reference %q buyer %q pay by %s link until %s occurred %s recorded %s", o.id, o.number, o.state,
			o.channel, o.location, o.customer, o.reference, o.buyer, clockText(o.payBy), clockText(o.linkUntil), clockText(o.occurredAt), clockText(o.recordedAt))
		if !told {
			s += fmt.Sprintf(" version %d", o.version)
		}
		return s
	}
	if a, b := text(o), text(other); a != b {
		return fmt.Sprintf("it should be %s, and is %s", a, b)
	}
	return ""
}

// differ says where two lists differ, "" where they do not.
func differ[T comparable](what string, want, got []T) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("%s[%d] should be %+v, and is missing", what, i, want[i])
		case i >= len(want):
			return fmt.Sprintf("%s[%d] should not be there: %+v", what, i, got[i])
		case want[i] != got[i]:
			return fmt.Sprintf("%s[%d] should be %+v, and is %+v", what, i, want[i], got[i])
		}
	}
	return ""
}

// clockText is an instant to the microsecond, which is what the database keeps.
func clockText(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("15:04:05.000000")
}

// firstText is the first that is not empty.
func firstText(texts ...string) string { return cmp.Or(texts...) }

// trimmed is the name of an enum's value without its prefix.
func trimmed(value fmt.Stringer, prefix string) string {
	return strings.TrimPrefix(value.String(), prefix)
}
