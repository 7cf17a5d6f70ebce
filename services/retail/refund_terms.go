package retail

import (
	"cmp"
	"slices"
	"time"
)

// RefundOrder is by which of its tenders money of an order goes back first, where nobody asks for another.
type RefundOrder string

// The orders of tenders.
const (
	LastFirst        RefundOrder = "LAST_FIRST"         // the last payment first
	StoredValueFirst RefundOrder = "STORED_VALUE_FIRST" // gift cards and store credit first, of each kind the last payment
	Proportional     RefundOrder = "PROPORTIONAL"       // by all of them, in proportion to what each still carries
)

// RefundRule is how money of an order goes back, as the terms of its currency said when it was placed. The zero rule is LastFirst without a
// limit, as of orders that were placed before there were terms.
type RefundRule struct {
	Order RefundOrder `json:"order,omitempty"`
	// CashMaxMinor is the most that one return gives back in cash without a right; 0: any amount.
	CashMaxMinor int64 `json:"cash_max_minor,omitempty"`
}

// RefundTerms are the terms of refunds in one currency.
type RefundTerms struct {
	// Currency is whose terms they are.
	Currency string `json:"currency"`
	// RefundRule is frozen on what is sold.
	RefundRule
	// OfflineMaxMinor is the most that a terminal without a line may pay out by itself, in minor units; 0: none is said. It is as it is read.
	OfflineMaxMinor int64     `json:"offline_max_minor,omitempty"`
	RecordedAt      time.Time `json:"recorded_at"`
	Version         int64     `json:"version"`
}

// RefundTermsKey names the terms of a currency.
func RefundTermsKey(currency string) Key { return Key{Table: TableRefundTerms, Code: currency} }

// Key names the terms.
func (t RefundTerms) Key() Key { return RefundTermsKey(t.Currency) }

// LastRecorded is when they were last put.
func (t RefundTerms) LastRecorded() time.Time { return t.RecordedAt }

// RefundTermsIn returns the terms of a currency among those of all; none, without a currency, where it has none.
func RefundTermsIn(currency string, all []RefundTerms) RefundTerms {
	at := slices.IndexFunc(all, func(t RefundTerms) bool { return t.Currency == currency })
	if at < 0 {
		return RefundTerms{}
	}
	return all[at]
}

// PutRefundTerms puts the terms of a currency, or replaces them. What is sold already keeps those of its sale.
type PutRefundTerms struct {
	Transaction ID
	Terms       RefundTerms
}

// Keys are the terms.
func (c PutRefundTerms) Keys() []Key { return []Key{c.Terms.Key()} }

// Decide refuses nothing.
func (c PutRefundTerms) Decide(s State, now time.Time) (Change, RefundTerms, error) {
	terms := c.Terms
	before, _ := lookup[RefundTerms](s, terms.Key())
	// Nothing below this line can fail.
	terms.Version, terms.RecordedAt = before.Version+1, now
	return put(c.Transaction, "RefundTermsPut", "refund-terms/"+terms.Currency, terms.Currency, terms.Version, terms), terms, nil
}

// ordered are means of payment, of which the last was paid first, in the order in which money goes back by them.
func (r RefundRule) ordered(left []carried) []carried {
	if r.Order == StoredValueFirst {
		after := func(c carried) int {
			if hasFloor(c.Account) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(left, func(a, b carried) int { return cmp.Compare(after(a), after(b)) })
	}
	return left
}

// home gives what nobody asked for otherwise back the way it came, by the rule of the order.
func (r *refunding) home() {
	shares := r.shares()
	for j := range r.left {
		most := r.dueMinor
		if shares != nil {
			most = min(most, shares[j])
		}
		r.give(r.left[j].Payment, r.part(j, most))
	}
}

// shares are what each tender gives of what is due, in proportion to what it still carries; nil: the rule asks for no proportion.
func (r *refunding) shares() []int64 {
	if r.order.Refund.Order != Proportional {
		return nil
	}
	carries, sum := make([]int64, len(r.left)), int64(0)
	for j, c := range r.left {
		carries[j] = max(0, c.leftMinor)
		sum += carries[j]
	}
	return allocate(max(0, min(r.dueMinor, r.paidMinor, sum)), carries)
}

// mayPay refuses cash beyond the limit of the sale, but for what pays for goods that leave in the same act; a right of its own gives it, and that
// is marked.
func (r *returning) mayPay(tenders ...Tender) error {
	cashMinor := int64(0)
	for _, p := range r.refunds {
		if p.Kind == Cash {
			cashMinor += p.AmountMinor
		}
	}
	for _, t := range tenders {
		if t.exchanged && t.Kind == Cash {
			cashMinor -= t.AmountMinor
		}
	}
	most := r.before.Refund.CashMaxMinor
	if most == 0 || cashMinor <= most {
		return nil
	}
	if r.command.Right == "" {
		return RefuseField(CashLimit, "refund_to", "%d would go back in cash, and %d at most do without a right; the rest goes back by another kind "+
			"that it was paid by, or as store credit", cashMinor, most).With("most_minor", most)
	}
	r.answer.Overrides = append(r.answer.Overrides, CashLimit)
	return nil
}
