package retail

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// PromotionKind is how a promotion comes to what it gives.
type PromotionKind string

// The kinds of promotion.
const (
	PromotionPercent PromotionKind = "PERCENT" // a part of what remains
	PromotionAmount  PromotionKind = "AMOUNT"  // an amount off each unit, or off the whole order
	PromotionNForM   PromotionKind = "N_FOR_M" // of each N units the cheapest are free, but for M
)

// Promotion is a discount that the retailer gives by itself to orders that it is for.
type Promotion struct {
	// Code is an identity that never changes.
	Code string `json:"code"`
	// Name is what the receipt says.
	Name string        `json:"name"`
	Rule PromotionRule `json:"rule"`
	// ValidUntil is the first instant at which it is not in force any more; zero: it is until further notice.
	ValidUntil time.Time `json:"valid_until,omitzero"`
	// Retired is true where nothing is given any more. What was given stays.
	Retired    bool      `json:"retired"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// PromotionRule is what a promotion gives, and to whom.
type PromotionRule struct {
	Kind PromotionKind `json:"kind"`
	// Order is true where it is given on all that it is for together, and not on each line. N for M is always of lines.
	Order bool `json:"order,omitempty"`
	// BasisPoints are the part of PERCENT.
	BasisPoints int32 `json:"basis_points,omitempty"`
	// AmountMinor is that of AMOUNT, LeastMinor what the order's goods must come to before any promotion, both in Currency; 0: anything.
	AmountMinor int64  `json:"amount_minor,omitempty"`
	LeastMinor  int64  `json:"least_minor,omitempty"`
	Currency    string `json:"currency,omitempty"` // empty: no amount is named, and orders may be in any
	// Units are the N of N_FOR_M, and Paid the M of them that are paid.
	Units int32 `json:"units,omitempty"`
	Paid  int32 `json:"paid,omitempty"`
	// SKUs, Products, Departments and Brands are what it is for: whatever any of them names; with none, all goods.
	SKUs        []string `json:"skus,omitempty"`
	Products    []string `json:"products,omitempty"`
	Departments []string `json:"departments,omitempty"`
	Brands      []string `json:"brands,omitempty"`
	// Channels are those it is given in; none: all.
	Channels []string `json:"channels,omitempty"`
	// ValidFrom is when it begins; zero: it has begun.
	ValidFrom time.Time `json:"valid_from,omitzero"`
	// UsesMax is how many orders may use each coupon, and CustomerUsesMax how many of one customer, who must be known then; 0: any number.
	UsesMax         int64 `json:"uses_max,omitempty"`
	CustomerUsesMax int64 `json:"customer_uses_max,omitempty"`
	// MembersOnly is true where the order's customer must be known.
	MembersOnly bool `json:"members_only,omitempty"`
	// Exclusive is true where it shares no line with another promotion.
	Exclusive bool `json:"exclusive,omitempty"`
	// Priority says which comes first, the higher.
	Priority int32 `json:"priority,omitempty"`
	// Coupons are those that open it, each by itself; none: it is given without.
	Coupons []string `json:"coupons,omitempty"`
}

// PromotionsMax is how many promotions may be running or to come at once: each order that is placed looks at all of them.
const PromotionsMax = 500

const promotionPrefix = "promotion/"

// PromotionKey names a promotion.
func PromotionKey(code string) Key { return Key{Table: TablePromotions, Code: code} }

// Key names the promotion.
func (p Promotion) Key() Key { return PromotionKey(p.Code) }

// LastRecorded is when the promotion was last put.
func (p Promotion) LastRecorded() time.Time { return p.RecordedAt }

// PutPromotion creates a promotion or replaces all that is known of it. What orders were given stays as it was.
type PutPromotion struct {
	Transaction ID
	Promotion   Promotion
	// Others is how many other promotions run or are to come, as the handler read it.
	Others int
}

// Keys are the promotion.
func (c PutPromotion) Keys() []Key { return []Key{c.Promotion.Key()} }

// Decide refuses a rule that gives nothing or more than all, and more promotions than PromotionsMax; one that is retired is none of them.
func (c PutPromotion) Decide(s State, now time.Time) (Change, Promotion, error) {
	promotion := c.Promotion
	if err := promotion.Rule.check(); err != nil {
		return Change{}, Promotion{}, err
	}
	if c.Others >= PromotionsMax && !promotion.Retired {
		return Change{}, Promotion{}, RefuseField(InvalidRequest, "promotion", "%d promotions run or are to come: retire one first", c.Others)
	}
	before, _ := lookup[Promotion](s, promotion.Key())
	// Nothing below this line can fail.
	promotion.Version, promotion.RecordedAt = before.Version+1, now
	return put(c.Transaction, "PromotionPut", promotionPrefix+promotion.Code, promotion.Code, promotion.Version, promotion), promotion, nil
}

// check refuses a rule that gives nothing or more than all, or nobody knows what.
func (r PromotionRule) check() error {
	switch {
	case r.Kind == PromotionPercent && (r.BasisPoints < 1 || r.BasisPoints > 10_000):
		return RefuseField(InvalidRequest, "promotion.basis_points", "a part is 1 to 10000 basis points")
	case r.Kind == PromotionAmount && (r.AmountMinor < 1 || r.AmountMinor > amountMax):
		return RefuseField(InvalidRequest, "promotion.amount.amount_minor", "must be positive, and not more than can be counted")
	case r.Kind == PromotionNForM && (r.Paid < 1 || r.Units <= r.Paid):
		return RefuseField(InvalidRequest, "promotion.n_for_m", "of so many units fewer are paid, and at least one")
	case r.Kind == PromotionNForM && r.Order:
		return RefuseField(InvalidRequest, "promotion.scope", "so many for the price of fewer is given on lines")
	case r.Kind != PromotionPercent && r.Kind != PromotionAmount && r.Kind != PromotionNForM:
		return RefuseField(InvalidRequest, "promotion", "nothing is given")
	case r.LeastMinor < 0 || r.LeastMinor > amountMax:
		return RefuseField(InvalidRequest, "promotion.least.amount_minor", "must not be negative, nor more than can be counted")
	case (r.AmountMinor > 0 || r.LeastMinor > 0) && r.Currency == "":
		return RefuseField(InvalidRequest, "promotion", "amounts are in a currency")
	}
	return r.checkLimits()
}

// isFor tells whether the promotion is for a thing.
func (r PromotionRule) isFor(item Item) bool {
	if len(r.SKUs)+len(r.Products)+len(r.Departments)+len(r.Brands) == 0 {
		return true
	}
	return slices.Contains(r.SKUs, item.SKU) || slices.Contains(r.Products, item.Product) ||
		slices.Contains(r.Departments, item.Department) || slices.Contains(r.Brands, item.Brand)
}

// Offer is a promotion that an order may be given, with those of its lines that it is for, from 0 and in order.
type Offer struct {
	Promotion Promotion
	Lines     []int
	// Coupon is what opened it, as the promotion spells it; empty: it asks for none.
	Coupon string
}

// takeable refuses an offer that no promotion makes: of a rule that gives nobody knows what, and on lines that are none, move no goods
// or stand twice.
func (o Offer) takeable(priced []OrderLine) error {
	for n, i := range o.Lines {
		if i < 0 || i >= len(priced) || priced[i].SKU == "" || n > 0 && i <= o.Lines[n-1] {
			return RefuseField(InvalidRequest, "lines", "promotion %s is given on lines that it can't be given on", o.Promotion.Code)
		}
	}
	return o.Promotion.Rule.check()
}

// offers are the promotions that the basket may be given, in the order in which they take: those of lines before those of the whole
// order, the higher priority first, then by code. A basket that says when it happened was sold by somebody else's figures, and is
// given none; neither is a line whose price the till brings.
func (b Basket) offers(t Terms, currency string) []Offer {
	var offers []Offer
	for _, p := range t.Promotions {
		offer := Offer{Promotion: p}
		if len(p.Rule.Coupons) > 0 {
			at := slices.IndexFunc(b.Coupons, p.Rule.takes)
			if at < 0 {
				continue
			}
			offer.Coupon = p.Rule.Coupons[slices.IndexFunc(p.Rule.Coupons, func(c string) bool { return strings.EqualFold(c, b.Coupons[at]) })]
		}
		if !p.Retired && b.lacks(t, p, currency) == "" {
			offer.Lines = b.linesFor(t, p.Rule)
			offers = append(offers, offer)
		}
	}
	slices.SortFunc(offers, func(a, b Offer) int {
		return cmp.Or(rank(a.Promotion.Rule)-rank(b.Promotion.Rule), cmp.Compare(b.Promotion.Rule.Priority, a.Promotion.Rule.Priority),
			cmp.Compare(a.Promotion.Code, b.Promotion.Code))
	})
	return offers
}

// linesFor are the lines of the basket that a promotion is for, from 0.
func (b Basket) linesFor(t Terms, r PromotionRule) (lines []int) {
	for i, item := range b.Lines {
		if t.Items[i].SKU != "" && item.UnitPrice == nil && item.LinePrice == nil && !item.Swapped && r.isFor(t.Items[i]) {
			lines = append(lines, i)
		}
	}
	return lines
}

// Lack is what an order lacks to be given a promotion; empty: nothing.
type Lack string

// What an order may lack.
const (
	LacksHappening Lack = "HAPPENED" // it says when it happened, and is given nothing
	LacksTime      Lack = "TIME"     // it is too early or too late
	LacksChannel   Lack = "CHANNEL"
	LacksCurrency  Lack = "CURRENCY"
	LacksMember    Lack = "MEMBER" // its customer is not known
	LacksGoods     Lack = "GOODS"  // none of its lines is what the promotion is for
	LacksLeast     Lack = "LEAST"  // its goods don't come to enough
	LacksOthers    Lack = "OTHERS" // what others left is nothing, or closed to it
	LacksOnce      Lack = "ONCE"   // another coupon that was shown opens what it would, which is given once
)

// lacks says what the basket lacks to be given a promotion, before it is priced.
func (b Basket) lacks(t Terms, p Promotion, currency string) Lack {
	r := p.Rule
	switch {
	case !b.OccurredAt.IsZero():
		return LacksHappening
	case !within(b.Now, r.ValidFrom, p.ValidUntil):
		return LacksTime
	case len(r.Channels) > 0 && !slices.Contains(r.Channels, b.Channel):
		return LacksChannel
	case r.Currency != "" && r.Currency != currency:
		return LacksCurrency
	case (r.MembersOnly || r.CustomerUsesMax > 0) && b.Customer.IsZero():
		return LacksMember
	case len(b.linesFor(t, r)) == 0:
		return LacksGoods
	}
	return ""
}

// takes tells whether a coupon opens the promotion, in whatever case it is written.
func (r PromotionRule) takes(coupon string) bool {
	return slices.ContainsFunc(r.Coupons, func(c string) bool { return strings.EqualFold(c, coupon) })
}

// ShownCoupon is a coupon that a customer shows.
type ShownCoupon struct {
	Code string
	// Known is false where no promotion that runs or is to come asks for it.
	Known bool
	// Lacks is what the order lacks for all promotions that ask for it, as the first of them says; empty: one of them is offered.
	Lacks Lack
	// LeastMinor is the least that the goods of the order must come to for one that is offered.
	LeastMinor int64
	// Again is true where each that is offered for it is opened by a coupon that was shown before it.
	Again bool
}

// coupons are those that the customer shows, with what is known before the basket is priced.
func (b Basket) coupons(t Terms, currency string) []ShownCoupon {
	var shown []ShownCoupon
	for i, code := range b.Coupons {
		coupon := ShownCoupon{Code: code}
		for _, p := range t.Promotions {
			if p.Retired || !p.Rule.takes(code) {
				continue
			}
			lacks := b.lacks(t, p, currency)
			again := lacks == "" && slices.ContainsFunc(b.Coupons[:i], p.Rule.takes)
			switch {
			case !coupon.Known || coupon.Lacks != "" && lacks == "":
				coupon.Known, coupon.Lacks, coupon.LeastMinor, coupon.Again = true, lacks, p.Rule.LeastMinor, again
			case lacks == "":
				coupon.LeastMinor, coupon.Again = min(coupon.LeastMinor, p.Rule.LeastMinor), coupon.Again && again
			}
		}
		shown = append(shown, coupon)
	}
	return shown
}

// refuseCoupon refuses a coupon that gives nothing on the order as it is priced, and says first where it is used up.
func (c PlaceOrder) refuseCoupon(i int, priced Order) error {
	coupon, field, goods := c.Coupons[i], fmt.Sprintf("coupons[%d]", i), int64(0)
	if !coupon.Known {
		return RefuseField(UnknownCoupon, field, "no promotion asks for the coupon %s", coupon.Code).With("coupon", coupon.Code)
	}
	for n, line := range priced.Lines {
		left := line.ListMinor
		for _, d := range line.Discounts {
			if d.Coupon != "" && strings.EqualFold(d.Coupon, coupon.Code) {
				return nil
			}
			if !d.Promotion {
				left -= d.AmountMinor
			}
		}
		if line.SKU != "" && !c.Lines[n].Swapped {
			goods += left
		}
	}
	if limit := c.usedUpFor(coupon.Code); limit != "" {
		return RefuseField(CouponUsedUp, field, "the coupon %s is used up: %s", coupon.Code, limit.words()).
			With("coupon", coupon.Code).With("limit", limit)
	}
	lacks := coupon.Lacks
	switch {
	case lacks == "" && coupon.Again:
		lacks = LacksOnce
	case lacks == "" && goods < coupon.LeastMinor:
		lacks = LacksLeast
	case lacks == "":
		lacks = LacksOthers
	}
	return RefuseField(CouponNotApplicable, field, "the coupon %s gives nothing on this order: %s", coupon.Code, lacks.words()).
		With("coupon", coupon.Code).With("why", lacks)
}

// words say what an order lacks.
func (l Lack) words() string {
	switch l {
	case LacksHappening:
		return "it says when it happened, and its figures are as they are"
	case LacksTime:
		return "it is not in force now"
	case LacksChannel:
		return "it is not for this channel"
	case LacksCurrency:
		return "it is in another currency"
	case LacksMember:
		return "it is for customers who are known"
	case LacksGoods:
		return "none of the goods is what it is for"
	case LacksLeast:
		return "the goods don't come to enough"
	case LacksOnce:
		return "an order is given a promotion once, and another coupon opens it"
	}
	return "other discounts leave it nothing"
}

// rank is 0 for what is given on lines and 1 for what is given on the whole order.
func rank(r PromotionRule) int {
	if r.Order {
		return 1
	}
	return 0
}

// promote takes off lines what promotions give, of what the caller's own discounts left, one promotion after another. None takes more
// than there is. One that is exclusive leaves out the lines that another has taken from, and others leave out those that it took from.
func promote(priced []OrderLine, remaining []int64, offers []Offer) {
	goods := int64(0)
	for i, line := range priced {
		if line.SKU != "" {
			goods += remaining[i]
		}
	}
	given, closed := make([]bool, len(priced)), make([]bool, len(priced))
	for _, offer := range offers {
		rule := offer.Promotion.Rule
		if goods < rule.LeastMinor {
			continue
		}
		weights := make([]int64, len(priced))
		for _, i := range offer.Lines {
			if !closed[i] && !(rule.Exclusive && given[i]) {
				weights[i] = remaining[i]
			}
		}
		for i, off := range rule.shares(priced, weights) {
			if off == 0 {
				continue
			}
			remaining[i] -= off
			given[i], closed[i] = true, closed[i] || rule.Exclusive
			priced[i].take(LineDiscount{
				Code: offer.Promotion.Code, AmountMinor: off, Basket: rule.Order, Promotion: true, Name: offer.Promotion.Name, Coupon: offer.Coupon,
				Counted: rule.limited(),
			})
		}
	}
}

// shares are what the rule gives on lines of which so much remains, none of them more than that. What is given on several lines
// together is spread over them by largest remainder.
func (r PromotionRule) shares(lines []OrderLine, remaining []int64) []int64 {
	whole := int64(0)
	for _, left := range remaining {
		whole += left
	}
	switch {
	case r.Kind == PromotionNForM:
		return allocate(r.free(lines, remaining), remaining)
	case r.Order:
		return allocate(min(whole, Discount{AmountMinor: r.AmountMinor, BasisPoints: r.BasisPoints}.of(whole)), remaining)
	}
	shares := make([]int64, len(remaining))
	for i, left := range remaining {
		switch {
		case r.Kind == PromotionPercent:
			shares[i] = mulDiv(left, int64(r.BasisPoints), 10_000)
		case r.AmountMinor > left/lines[i].Quantity:
			shares[i] = left
		default:
			shares[i] = r.AmountMinor * lines[i].Quantity
		}
	}
	return shares
}

// free is what the cheapest units are worth that N for M gives away: of each N units of all lines together, N - M. Of lines whose units
// cost the same, earlier ones are given first. Units that cost nothing count for nothing.
func (r PromotionRule) free(lines []OrderLine, remaining []int64) int64 {
	var order []int
	units := int64(0)
	for i, left := range remaining {
		if left > 0 {
			order = append(order, i)
			units += lines[i].Quantity
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return compareProducts(remaining[a], lines[b].Quantity, remaining[b], lines[a].Quantity)
	})
	given := units / int64(r.Units) * int64(r.Units-r.Paid)
	free := int64(0)
	for _, i := range order {
		n := min(given, lines[i].Quantity)
		free += UnitsWorth(remaining[i], lines[i].Quantity, 0, n)
		given -= n
	}
	return free
}

// compareProducts compares a*b with c*d, none of which is negative.
func compareProducts(a, b, c, d int64) int {
	high, low := bits.Mul64(uint64(a), uint64(b))
	otherHigh, otherLow := bits.Mul64(uint64(c), uint64(d))
	return cmp.Or(cmp.Compare(high, otherHigh), cmp.Compare(low, otherLow))
}
