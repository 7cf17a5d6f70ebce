package retail

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawPromotion draws what a promotion gives.
func drawPromotion(t *rapid.T, code string) Promotion {
	p := Promotion{Code: code, Name: "N", Rule: PromotionRule{
		Kind:  rapid.SampledFrom([]PromotionKind{PromotionPercent, PromotionAmount, PromotionNForM}).Draw(t, "kind"),
		Order: rapid.Bool().Draw(t, "on the order"), Exclusive: rapid.IntRange(0, 3).Draw(t, "exclusive") == 0,
	}}
	if rapid.IntRange(0, 3).Draw(t, "least") == 0 {
		p.Rule.LeastMinor, p.Rule.Currency = rapid.Int64Range(1, 200_00).Draw(t, "of at least"), "EUR"
	}
	switch p.Rule.Kind {
	case PromotionPercent:
		p.Rule.BasisPoints = rapid.Int32Range(1, 10_000).Draw(t, "part")
	case PromotionAmount:
		p.Rule.AmountMinor, p.Rule.Currency = rapid.OneOf(rapid.Int64Range(1, 50), rapid.Int64Range(1, 50_00)).Draw(t, "amount"), "EUR"
	default:
		p.Rule.Order = false
		p.Rule.Paid = rapid.Int32Range(1, 3).Draw(t, "paid")
		p.Rule.Units = p.Rule.Paid + rapid.Int32Range(1, 2).Draw(t, "and free")
	}
	return p
}

// drawOffers draws promotions of some of the goods of a basket.
func drawOffers(t *rapid.T, lines []BasketLine) (offers []Offer) {
	for n := range rapid.IntRange(0, 3).Draw(t, "promotions") {
		offer := Offer{Promotion: drawPromotion(t, fmt.Sprintf("P%d", n))}
		all := rapid.Bool().Draw(t, "of all")
		for i, line := range lines {
			if line.SKU != "" && (all || rapid.Bool().Draw(t, "of this")) {
				offer.Lines = append(offer.Lines, i)
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "for a coupon") == 0 {
			offer.Coupon = fmt.Sprintf("C%d", n)
			offer.Promotion.Rule.Coupons = []string{offer.Coupon}
		}
		if len(offer.Lines) > 0 {
			offers = append(offers, offer)
		}
	}
	return offers
}

// drawCoupons draws coupons that a customer shows, those that opened promotions and now and then one that nobody knows, and says what
// is wrong with them.
func drawCoupons(t *rapid.T, b basketAsked, offers []Offer, usedUp map[string]bool) (shown []ShownCoupon, wrong []Reason) {
	took := b.promoted(b.lists())
	for _, offer := range offers {
		if offer.Coupon != "" {
			shown = append(shown, ShownCoupon{Code: strings.ToLower(offer.Coupon), Known: true, LeastMinor: offer.Promotion.Rule.LeastMinor})
			wrong = append(wrong, reasonIf(usedUp[offer.Coupon], CouponUsedUp), reasonIf(!usedUp[offer.Coupon] && !took[offer.Coupon], CouponNotApplicable))
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "a coupon of nobody") == 0 {
		shown, wrong = append(shown, ShownCoupon{Code: "NONE"}), append(wrong, UnknownCoupon)
	}
	return shown, wrong
}

// lists are what the lines are asked for.
func (b basketAsked) lists() (all []int64) {
	for _, line := range b.lines {
		if line.Swapped { // nothing is taken off it
			line.ListMinor = 0
		}
		all = append(all, line.ListMinor)
	}
	return all
}

// promoted takes off what promotions give, from the sentences of the contract and by fractions, unit by unit, and says which coupons
// gave something.
func (b basketAsked) promoted(left []int64) (coupons map[string]bool) {
	coupons = map[string]bool{}
	goods := int64(0)
	for i, line := range b.lines {
		if line.SKU != "" {
			goods += left[i]
		}
	}
	took := make([][]Offer, len(left)) // from each line
	for _, offer := range b.offers {
		rule := offer.Promotion.Rule
		if goods < rule.LeastMinor {
			continue
		}
		open := make([]int64, len(left))
		for _, i := range offer.Lines {
			exclusive := rule.Exclusive || slices.ContainsFunc(took[i], func(o Offer) bool { return o.Promotion.Rule.Exclusive })
			if len(took[i]) == 0 || !exclusive {
				open[i] = left[i]
			}
		}
		off := make([]int64, len(left))
		discount := Discount{AmountMinor: rule.AmountMinor, BasisPoints: rule.BasisPoints}
		switch {
		case rule.Kind == PromotionNForM:
			off = exactShares(b.cheapest(open, rule), open)
		case rule.Order:
			off = exactShares(min(sum(open), exactlyOff(discount, sum(open))), open)
		default:
			for i := range open {
				off[i] = exactlyOff(discount, open[i])
				if rule.Kind == PromotionAmount {
					off[i] = min(open[i], rule.AmountMinor*b.lines[i].Quantity)
				}
			}
		}
		for i := range left {
			if off[i] > 0 {
				left[i] -= off[i]
				took[i] = append(took[i], offer)
				coupons[offer.Coupon] = true
			}
		}
	}
	return coupons
}

// cheapest is what the units come to that are given of all units that cost something, laid out by price.
func (b basketAsked) cheapest(open []int64, rule PromotionRule) int64 {
	type unit struct {
		line  int
		price *big.Rat
	}
	var units []unit
	for i, amount := range open {
		for range b.lines[i].Quantity {
			if amount > 0 {
				units = append(units, unit{i, big.NewRat(amount, b.lines[i].Quantity)})
			}
		}
	}
	slices.SortStableFunc(units, func(a, b unit) int { return cmp.Or(a.price.Cmp(b.price), cmp.Compare(a.line, b.line)) })
	given := make([]int64, len(open))
	for _, u := range units[:len(units)/int(rule.Units)*int(rule.Units-rule.Paid)] {
		given[u.line]++
	}
	whole := int64(0)
	for i, n := range given {
		whole += cut(open[i], n, b.lines[i].Quantity)
	}
	return whole
}

// putPromotion puts a promotion, now and then one that gives nothing, or one too many.
func (s *trial) putPromotion(t *rapid.T) {
	c := PutPromotion{Transaction: s.mint(), Promotion: drawPromotion(t, fewCodes.Draw(t, "promotion"))}
	c.Promotion.Retired = rapid.IntRange(0, 3).Draw(t, "retired") == 0
	c.Others = rapid.SampledFrom([]int{0, 3, 499, 500}).Draw(t, "others")
	nothing := rapid.IntRange(0, 4).Draw(t, "of nothing") == 0
	if nothing {
		c.Promotion.Rule = PromotionRule{Kind: c.Promotion.Rule.Kind}
	}
	_, err := submit(t, s.shop, c)
	if decided(t, err, reasonIf(nothing, InvalidRequest), reasonIf(c.Others == 500 && !c.Promotion.Retired, InvalidRequest)) {
		s.data.puts[c.Promotion.Key()]++
	}
}

func TestRulesThatGiveNothing(t *testing.T) {
	for field, rule := range map[string]PromotionRule{
		"promotion":                     {},
		"promotion.basis_points":        {Kind: PromotionPercent, BasisPoints: 10_001},
		"promotion.amount.amount_minor": {Kind: PromotionAmount, AmountMinor: -1, Currency: "EUR"},
		"promotion.n_for_m":             {Kind: PromotionNForM, Units: 2, Paid: 2},
		"promotion.scope":               {Kind: PromotionNForM, Units: 3, Paid: 2, Order: true},
		"promotion.least.amount_minor":  {Kind: PromotionPercent, BasisPoints: 1, LeastMinor: -1},
	} {
		if refusal, _ := rule.check().(*Refusal); refusal == nil || refusal.Field != field {
			t.Errorf("%+v: %v, not of %s", rule, rule.check(), field)
		}
	}
	if err := (PromotionRule{Kind: PromotionAmount, AmountMinor: 1}).check(); err == nil {
		t.Error("an amount in no currency is given")
	}
}

// TestWhichPromotionsAnOrderIsGiven asks for what an order of a shirt and a hat is given, in one shop's channel.
func TestWhichPromotionsAnOrderIsGiven(t *testing.T) {
	now := opening
	shirt := Item{SKU: "RED-42", Product: "shirt", Department: "men", Brand: "Acme", Found: true}
	hat := Item{SKU: "HAT", Product: "hat", Department: "men", Brand: "Other", Found: true}
	basket := Basket{Channel: "web", Location: "shop", Now: now, Lines: []BasketItem{{Quantity: 1}, {Quantity: 1}, {Charge: &Charge{}, Quantity: 1}}}
	terms := func(rule PromotionRule) Terms {
		rule.Kind, rule.BasisPoints = PromotionPercent, 1_000
		return Terms{Items: []Item{shirt, hat, {}}, Promotions: []Promotion{{Code: "P", Rule: rule}}}
	}
	for name, one := range map[string]struct {
		rule   PromotionRule
		change func(*Basket, *Promotion)
		want   []int
	}{
		"all goods, and no charge":    {want: []int{0, 1}},
		"a SKU":                       {rule: PromotionRule{SKUs: []string{"HAT"}}, want: []int{1}},
		"a product":                   {rule: PromotionRule{Products: []string{"shirt", "sock"}}, want: []int{0}},
		"a department":                {rule: PromotionRule{Departments: []string{"men"}}, want: []int{0, 1}},
		"a brand or a SKU":            {rule: PromotionRule{Brands: []string{"Acme"}, SKUs: []string{"HAT"}}, want: []int{0, 1}},
		"nothing that is bought":      {rule: PromotionRule{Brands: []string{"Nobody"}}},
		"another channel":             {rule: PromotionRule{Channels: []string{"till"}}},
		"this channel":                {rule: PromotionRule{Channels: []string{"till", "web"}}, want: []int{0, 1}},
		"another currency":            {rule: PromotionRule{Currency: "USD", LeastMinor: 1}},
		"members, and nobody known":   {rule: PromotionRule{MembersOnly: true}},
		"members, and one is":         {rule: PromotionRule{MembersOnly: true}, change: func(b *Basket, _ *Promotion) { b.Customer = ID{1} }, want: []int{0, 1}},
		"from now on":                 {rule: PromotionRule{ValidFrom: now}, want: []int{0, 1}},
		"from later on":               {rule: PromotionRule{ValidFrom: now.Add(1)}},
		"until now":                   {change: func(_ *Basket, p *Promotion) { p.ValidUntil = now }},
		"until later":                 {change: func(_ *Basket, p *Promotion) { p.ValidUntil = now.Add(1) }, want: []int{0, 1}},
		"not any more":                {change: func(_ *Basket, p *Promotion) { p.Retired = true }},
		"what was sold before":        {change: func(b *Basket, _ *Promotion) { b.OccurredAt = now.Add(-time.Minute) }},
		"what the till has priced":    {change: func(b *Basket, _ *Promotion) { b.Lines[0].UnitPrice = &Amount{} }, want: []int{1}},
		"what it has priced together": {change: func(b *Basket, _ *Promotion) { b.Lines[1].LinePrice = &Amount{} }, want: []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			b, given := basket, terms(one.rule)
			b.Lines = slices.Clone(b.Lines)
			if one.change != nil {
				one.change(&b, &given.Promotions[0])
			}
			var got []int
			for _, offer := range b.offers(given, "EUR") {
				got = append(got, offer.Lines...)
			}
			if !slices.Equal(got, one.want) {
				t.Errorf("it is given on %v, not on %v", got, one.want)
			}
		})
	}
	t.Run("a coupon opens what asks for it, in any case, and says why it does not", func(t *testing.T) {
		for why, rule := range map[Lack]PromotionRule{
			"": {}, LacksChannel: {Channels: []string{"till"}}, LacksMember: {MembersOnly: true}, LacksTime: {ValidFrom: now.Add(1)},
			LacksCurrency: {Currency: "USD", LeastMinor: 1}, LacksGoods: {SKUs: []string{"SOCK"}},
		} {
			rule.Coupons = []string{"Welcome", "Hello"}
			given, b := terms(rule), basket
			if offers := b.offers(given, "EUR"); len(offers) > 0 {
				t.Errorf("nobody shows a coupon, and it is given: %+v", offers)
			}
			b.Coupons = []string{"none", "WELCOME"}
			want := []ShownCoupon{{Code: "none"}, {Code: "WELCOME", Known: true, Lacks: why, LeastMinor: rule.LeastMinor}}
			same(t, "coupons", want, b.coupons(given, "EUR"))
			if offers := b.offers(given, "EUR"); (len(offers) > 0) != (why == "") || why == "" && offers[0].Coupon != "Welcome" {
				t.Errorf("it lacks %q, and is given %+v", why, offers)
			}
			if why.words() == "" {
				t.Errorf("nobody is told of %q", why)
			}
		}
		b := basket
		b.Coupons, b.OccurredAt = []string{"Welcome"}, now
		if shown := b.coupons(terms(PromotionRule{Coupons: b.Coupons}), "EUR"); shown[0].Lacks != LacksHappening {
			t.Errorf("what was sold before: %+v", shown)
		}
	})
	t.Run("lines come before the order, a higher priority before a lower, then the code decides", func(t *testing.T) {
		given := terms(PromotionRule{})
		given.Promotions = append(given.Promotions, Promotion{Code: "D", Rule: PromotionRule{Order: true, Priority: 9}}, Promotion{Code: "C"},
			Promotion{Code: "B", Rule: PromotionRule{Priority: 2}}, Promotion{Code: "A"})
		var order string
		for _, offer := range basket.offers(given, "EUR") {
			order += offer.Promotion.Code
		}
		if order != "BACPD" {
			t.Errorf("they take in the order %s", order)
		}
	})
}
