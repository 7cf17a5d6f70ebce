package retail

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aisle-retail/aisle/services/sabotage"
)

// Movement is what kind of movement of money stands on an order.
type Movement string

// The movements. What it says of the order's account stands in Payment.sign and Payment.account.
const (
	MovementPayment     Movement = "PAYMENT"      // the customer paid
	MovementChange      Movement = "CHANGE"       // the customer got change
	MovementRefund      Movement = "REFUND"       // the customer got money back
	MovementFee         Movement = "FEE"          // the customer owes a fee
	MovementGoodwill    Movement = "GOODWILL"     // we gave something for nothing
	MovementLoss        Movement = "LOSS"         // a person gave up what is owed
	MovementRoundedDown Movement = "ROUNDED_DOWN" // the smallest coin left something unpaid
	MovementRoundedUp   Movement = "ROUNDED_UP"   // the smallest coin took something too much
)

// The kinds of tender that rules tell apart.
const (
	Cash        = "CASH"
	Voucher     = "VOUCHER"
	GiftCard    = "GIFT_CARD"
	StoreCredit = "STORE_CREDIT"
)

// Payment is one movement of money on an order.
type Payment struct {
	// Kind is the tender's kind; empty for movements without a tender.
	Kind        string   `json:"kind,omitempty"`
	Movement    Movement `json:"movement"`
	AmountMinor int64    `json:"amount_minor"`
	Reference   string   `json:"reference,omitempty"`
	// Location is in whose book the other account is: where it was paid, or who issued the card; empty: the order's.
	Location string `json:"at,omitempty"`
	// Account is the other account where the kind does not name it: a gift card's, a customer's credit, or with a refund of no
	// kind the account of ours that had paid, goodwill or loss.
	Account    string    `json:"account,omitempty"`
	OccurredAt time.Time `json:"occurred_at,omitzero"`
}

// sign is +1 where the movement adds to what the customer owes and -1 where it takes from it.
func (p Payment) sign() int64 {
	switch p.Movement {
	case MovementChange, MovementRefund, MovementFee, MovementRoundedUp:
		return 1
	}
	return -1
}

// account is the account on the other side of the order's.
func (p Payment) account() string {
	switch p.Movement {
	case MovementFee:
		return Fees
	case MovementGoodwill:
		return Goodwill
	case MovementLoss:
		return Loss
	case MovementRoundedDown, MovementRoundedUp:
		return Rounding
	}
	return cmp.Or(p.Account, TenderPrefix+p.Kind)
}

// Tender is one means of payment that the customer gave.
type Tender struct {
	Kind        string
	AmountMinor int64
	Reference   string
	// Location is in whose book it is posted: where it was paid, or who issued the card or credit.
	Location string
	// Account is the gift card's or the credit's.
	Account string
	// Replacements are those of the gift card, as it was found by its number.
	Replacements int64
	// exchanged is true for what the same act gives back of another order, and takes for this one.
	exchanged bool
}

// givesChange tells whether what is given beyond what is due comes back as cash. What an exchange takes over is never beyond it.
func (t Tender) givesChange() bool { return !t.exchanged && (t.Kind == Cash || t.Kind == Voucher) }

// payment is the movement that the tender makes.
func (t Tender) payment() Payment {
	return Payment{
		Kind: t.Kind, Movement: MovementPayment, AmountMinor: t.AmountMinor, Reference: t.Reference, Location: t.Location, Account: t.Account,
	}
}

// balanceKeys are the keys of the stored value that tenders spend.
func balanceKeys(tenders []Tender) []Key {
	var keys []Key
	for _, t := range tenders {
		if t.Account != "" {
			keys = append(keys, BalanceKey(t.Location, t.Account))
		}
	}
	return keys
}

// payIn is how an order, or what is left of it, is paid in one act.
type payIn struct {
	tenders []Tender
	// roundingMinor is how much less is paid because of the smallest coin; negative: more.
	roundingMinor int64
	// mayOwe is true where less than all may be given.
	mayOwe bool
	// leaving is true where goods leave, which a payment rounded to the coin may settle alone.
	leaving bool
	// spent is what the same act takes from balances besides.
	spent map[Key]int64
	// now is when it is recorded: a gift card may have expired by then.
	now time.Time
}

// pay checks a payment against what is owed, and returns its movements: rounding, tenders, change.
func (o Order) pay(s State, by payIn) ([]Payment, error) {
	if err := o.takenByIntent(by.tenders); err != nil {
		return nil, err
	}
	rounded, err := rounding(by.roundingMinor, o.Owed(), o.Currency, by.tenders)
	if err != nil {
		return nil, err
	}
	o.Payments = append(slices.Clip(o.Payments), rounded...)
	given, err := by.take(s, max(0, o.Owed()), o.Currency)
	if err != nil {
		return nil, err
	}
	o.Payments = append(o.Payments, given...)
	if by.roundingMinor != 0 && !by.leaving && o.Owed() > 0 {
		return nil, RefuseField(InvalidRequest, "cash_rounding", "%d is owed still; only what settles an order is rounded", o.Owed())
	}
	return append(rounded, given...), nil
}

// take checks the tenders against what is due, and returns their movements with the change.
func (by payIn) take(s State, dueMinor int64, currency string) ([]Payment, error) {
	tenders, mayOwe := by.tenders, by.mayOwe
	payments := make([]Payment, 0, len(tenders)+1)
	given, changeable, changeAt := int64(0), int64(0), ""
	spent := maps.Clone(by.spent)
	if spent == nil {
		spent = map[Key]int64{}
	}
	for i, tender := range tenders {
		field := fmt.Sprintf("tenders[%d]", i)
		if tender.AmountMinor < 0 {
			return nil, RefuseField(InvalidRequest, field, "nobody tenders less than nothing")
		}
		if tender.AmountMinor > amountMax-given {
			return nil, RefuseField(AmountTooLarge, field, "more is tendered than can be counted")
		}
		given += tender.AmountMinor
		if tender.givesChange() {
			changeable, changeAt = changeable+tender.AmountMinor, tender.Location
		}
		if tender.Account != "" && !tender.exchanged {
			balance := BalanceAt(s, tender.Location, tender.Account)
			spent[balance.Key()] += tender.AmountMinor
			if balance.Replacements != tender.Replacements {
				return nil, ErrStale
			}
			if balance.Expired(by.now) {
				return nil, expired(balance, field)
			}
			if balance.Currency != currency {
				return nil, RefuseField(CurrencyMismatch, field, "it is worth %s, and the order is in %s", balance.Currency, currency)
			}
			if balance.AmountMinor < spent[balance.Key()] {
				return nil, RefuseField(BalanceShort, field, "%d are left of it", balance.AmountMinor).With("left_minor", balance.AmountMinor)
			}
		}
		payments = append(payments, tender.payment())
	}
	switch change := given - dueMinor; {
	case change < 0 && !mayOwe:
		return nil, RefuseField(PaymentShort, "tenders", "%d is due and %d was given", dueMinor, given).
			With("due_minor", dueMinor).With("given_minor", given)
	case change > changeable:
		return nil, RefuseField(ChangeNotGiven, "tenders", "%d is due and %d was given; only cash and vouchers give change", dueMinor, given).
			With("due_minor", dueMinor).With("given_minor", given)
	case change > 0:
		payments = append(payments, Payment{Kind: Cash, Movement: MovementChange, AmountMinor: change, Location: changeAt})
	}
	return payments, nil
}

// roundingMax is the most that rounding cash to the smallest coin may move, in minor units: half of the largest smallest coin
// there is, 1 krone; in forints, whose minor unit no coin ever was, half of 5.
func roundingMax(currency string) int64 {
	if currency == "HUF" {
		return 250
	}
	return 50
}

// rounding is the movement by which a cash payment of what is due was rounded, positive where the customer pays less; none for 0.
func rounding(minor, dueMinor int64, currency string, tenders []Tender) ([]Payment, error) {
	if minor == 0 {
		return nil, nil
	}
	if !slices.ContainsFunc(tenders, func(t Tender) bool { return t.Kind == Cash }) {
		return nil, RefuseField(InvalidRequest, "cash_rounding", "only a payment in cash is rounded")
	}
	if most := roundingMax(currency); minor > most || minor < -most {
		return nil, RefuseField(InvalidRequest, "cash_rounding", "must not exceed %d", most)
	}
	if minor > dueMinor {
		return nil, RefuseField(InvalidRequest, "cash_rounding", "%d is due, and %d can't be rounded off it", dueMinor, minor)
	}
	if minor < 0 {
		return []Payment{{Movement: MovementRoundedUp, AmountMinor: -minor}}, nil
	}
	return []Payment{{Movement: MovementRoundedDown, AmountMinor: minor}}, nil
}

// carried is what one means of payment still carries: paid by it, and not given back.
type carried struct {
	Payment
	leftMinor int64
}

// carries returns what each means of payment on the order still carries, the last one first. Cash is one, wherever it was paid;
// change comes off it, and off vouchers where there was no cash.
func (o Order) carries() []carried {
	var all []carried
	find := func(p Payment) int {
		return slices.IndexFunc(all, func(c carried) bool {
			if p.Kind == Cash || c.Kind == Cash {
				return p.Kind == c.Kind
			}
			return p.Kind == c.Kind && p.Account == c.Account && p.Location == c.Location && p.Reference == c.Reference
		})
	}
	changeMinor := int64(0)
	for _, p := range o.Payments {
		switch at := find(p); {
		case p.Movement == MovementPayment && at < 0:
			all = append(all, carried{p, p.AmountMinor})
		case p.Movement == MovementPayment:
			all[at].leftMinor += p.AmountMinor
		case p.Movement == MovementRefund && at >= 0:
			all[at].leftMinor -= p.AmountMinor
		case p.Movement == MovementChange:
			changeMinor += p.AmountMinor
		}
	}
	for _, kind := range []string{Cash, Voucher} {
		for i := range all {
			if all[i].Kind == kind {
				off := min(changeMinor, all[i].leftMinor)
				all[i].leftMinor, changeMinor = all[i].leftMinor-off, changeMinor-off
			}
		}
	}
	slices.Reverse(all)
	return all
}

// RefundTo is how money shall go back: by which kind of tender, and how much of it.
type RefundTo struct {
	Kind        string
	AmountMinor int64
}

// refundWay says how an act gives money back.
type refundWay struct {
	// wanted are the tenders that were asked for; the rest goes back the way it came.
	wanted []RefundTo
	// cashAt is the drawer that pays cash out; empty: where it was paid.
	cashAt string
	// undone is true where goods are given up or come back, and takes with them what was never paid for them.
	undone bool
}

// refunding is an amount while it is given back.
type refunding struct {
	order Order
	terms refundWay
	// dueMinor is what is still to be given back; paidMinor is what was paid and not given back by any tender, the most that
	// may leave the house.
	dueMinor, paidMinor int64
	left                []carried
	given               []Payment
}

// refund returns the movements that give an amount back: as wanted, within what each tender still carries, and the rest the way
// it came, by the rule of the order. Store credit may be wanted whatever was paid, by a customer that is known. More than was paid
// never leaves the house, whatever the tender.
func (o Order) refund(dueMinor int64, terms refundWay) ([]Payment, error) {
	if dueMinor <= 0 && len(terms.wanted) == 0 {
		return nil, nil
	}
	r := &refunding{order: o, terms: terms, dueMinor: max(0, dueMinor), paidMinor: o.kept(), left: o.Refund.ordered(o.carries())}
	for i, want := range terms.wanted {
		if err := r.want(fmt.Sprintf("refund_to[%d]", i), want); err != nil {
			return nil, err
		}
	}
	r.home()
	if terms.undone {
		r.undo()
	}
	if r.dueMinor > 0 {
		return nil, RefuseField(RefundTooLarge, "", "%d more is to be given back than was paid", r.dueMinor).With("beyond_minor", r.dueMinor)
	}
	return r.given, nil
}

// kept is what was paid by any tender and not given back.
func (o Order) kept() int64 {
	sum := int64(0)
	for _, p := range o.Payments {
		switch {
		case p.Movement == MovementPayment:
			sum += p.AmountMinor
		case p.Movement == MovementChange, p.Movement == MovementRefund && p.Kind != "":
			sum -= p.AmountMinor
		}
	}
	return sum
}

// want gives back by a tender that was asked for.
func (r *refunding) want(field string, want RefundTo) error {
	if most := min(r.dueMinor, r.paidMinor); want.AmountMinor > most && sabotage.Active != sabotage.UncheckedRefund {
		return RefuseField(RefundTooLarge, field, "%d is to be given back, and not %d", most, want.AmountMinor).With("due_minor", most)
	}
	if want.AmountMinor < 0 {
		return RefuseField(InvalidRequest, field, "nobody gets less than nothing")
	}
	if want.Kind == StoreCredit {
		if r.order.Customer.IsZero() {
			return RefuseField(CustomerMissing, field, "credit is given to a customer, and this order has none")
		}
		credit := Payment{Kind: StoreCredit, Account: StoreCreditPrefix + r.order.Customer.String(), Location: r.order.Location}
		r.give(credit, want.AmountMinor)
		return nil
	}
	remaining := want.AmountMinor
	for j := range r.left {
		if r.left[j].Kind == want.Kind {
			part := r.part(j, remaining)
			remaining -= part
			r.give(r.left[j].Payment, part)
		}
	}
	if remaining > 0 {
		return RefuseField(RefundTooLarge, field, "%s still carries %d, and not %d", want.Kind, want.AmountMinor-remaining, want.AmountMinor).
			With("carried_minor", want.AmountMinor-remaining)
	}
	return nil
}

// part takes from one means of payment what it still carries, up to an amount.
func (r *refunding) part(j int, mostMinor int64) int64 {
	part := max(0, min(mostMinor, r.left[j].leftMinor, r.paidMinor))
	r.left[j].leftMinor -= part
	return part
}

// give adds the movement of one means of payment.
func (r *refunding) give(p Payment, minor int64) {
	if minor == 0 {
		return
	}
	p.Movement, p.AmountMinor, p.OccurredAt = MovementRefund, minor, time.Time{}
	if p.Kind == Cash && r.terms.cashAt != "" {
		p.Location = r.terms.cashAt
	}
	r.given = append(r.given, p)
	r.dueMinor -= minor
	r.paidMinor -= minor
}

// undo takes back, from what is due beyond what was paid, what the smallest coin, goodwill and a loss had paid: it goes back to
// their accounts and never to the customer. Without this an order that was rounded to the coin could not be returned, and one
// with goodwill on it not be cancelled.
func (r *refunding) undo() {
	for _, p := range []Payment{
		{Movement: MovementRoundedUp, AmountMinor: r.order.granted(Rounding)},
		{Movement: MovementRefund, AmountMinor: r.order.granted(Goodwill), Account: Goodwill},
		{Movement: MovementRefund, AmountMinor: r.order.granted(Loss), Account: Loss},
	} {
		if p.AmountMinor = min(p.AmountMinor, r.dueMinor); p.AmountMinor > 0 {
			r.given = append(r.given, p)
			r.dueMinor -= p.AmountMinor
		}
	}
}

// countable refuses refunds that would bring stored value beyond what can be counted. One to a card that has expired waits until what was on it is
// ours (ExpireCard), and would make that good again otherwise.
func countable(s State, book string, now time.Time, refunds ...Payment) error {
	raised := map[Key]int64{}
	for _, p := range refunds {
		if !hasFloor(p.Account) {
			continue
		}
		balance := BalanceAt(s, cmp.Or(p.Location, book), p.Account)
		if balance.spendable(now) < balance.AmountMinor {
			return ErrStale
		}
		raised[balance.Key()] += p.AmountMinor
		if balance.AmountMinor > amountMax-raised[balance.Key()] {
			return RefuseField(AmountTooLarge, "", "%s would be worth more than can be counted", p.Kind)
		}
	}
	return nil
}

// granted is what an account of ours paid of the order, and did not take back.
func (o Order) granted(account string) int64 {
	sum := int64(0)
	for _, p := range o.Payments {
		if p.account() == account {
			sum -= p.sign() * p.AmountMinor
		}
	}
	return sum
}

// hasLinesOf tells whether an order has the lines that it was read with, and no others: a place that hands over instead of another adds
// some, whose rows a command does not name that read the order before.
func (o Order) hasLinesOf(read Order) bool { return len(o.Lines) == len(read.Lines) }

// sameStored tells whether the stored value that a refund may raise is what was named by the order as it was read: money may
// have come since.
func (o Order) sameStored(read Order, wanted []RefundTo) bool {
	named := read.refundKeys(wanted)
	return !slices.ContainsFunc(o.refundKeys(wanted), func(k Key) bool { return !slices.Contains(named, k) })
}

// refundKeys are the balances that a refund of an order may raise.
func (o Order) refundKeys(wanted []RefundTo) []Key {
	var keys []Key
	for _, p := range o.Payments {
		if hasFloor(p.Account) {
			keys = append(keys, BalanceKey(cmp.Or(p.Location, o.Location), p.Account))
		}
	}
	if slices.ContainsFunc(wanted, func(w RefundTo) bool { return w.Kind == StoreCredit }) && !o.Customer.IsZero() {
		keys = append(keys, BalanceKey(o.Location, StoreCreditPrefix+o.Customer.String()))
	}
	return keys
}
