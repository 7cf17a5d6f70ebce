package retail

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestReturnsOf asks by which of any policies things come back, and for how many days.
func TestReturnsOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var policies []ReturnPolicy
		for n := range rapid.IntRange(0, 5).Draw(t, "policies") {
			policies = append(policies, drawPolicy(t, fmt.Sprintf("P%d", n)))
		}
		item := Item{
			SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Product: rapid.SampledFrom([]string{"shirt", "sock"}).Draw(t, "product"),
			Department: rapid.SampledFrom([]string{"", "men"}).Draw(t, "department"), Brand: rapid.SampledFrom([]string{"", "acme"}).Draw(t, "brand"),
			TaxCategory: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "category"), ReturnDays: 30, OwnReturnDays: rapid.Bool().Draw(t, "days of its own"),
		}
		if item.OwnReturnDays {
			item.ReturnDays = 7
		}
		at := opening.AddDate(0, 0, rapid.IntRange(-3, 4).Draw(t, "sold"))
		days, terms := ReturnsOf(item, rapid.Permutation(policies).Draw(t, "in any order"), at, "EUR")
		want := heldFor(item, policies, at)
		if terms.Policy != want {
			t.Fatalf("it comes back by %q, on paper by %q", terms.Policy, want)
		}
		if want == "" {
			if days != item.ReturnDays || terms != (ReturnTerms{}) {
				t.Fatalf("by no policy it comes back in %d days by %+v", days, terms)
			}
			return
		}
		held := policies[slices.IndexFunc(policies, func(p ReturnPolicy) bool { return p.Code == want })]
		named := slices.Contains(held.For.SKUs, item.SKU) || slices.Contains(held.For.Products, item.Product)
		if item.OwnReturnDays && !named && days != 7 || (!item.OwnReturnDays || named) && days != held.Days {
			t.Fatalf("by %+v it comes back in %d days: %+v", held, days, item)
		}
		if (terms.FeeUnitMinor > 0) != (held.Terms.FeeCurrency == "EUR") || terms.FeeCurrency != "" {
			t.Fatalf("of each is kept %d %q, by %+v", terms.FeeUnitMinor, terms.FeeCurrency, held)
		}
	})
}

// TestFeeMinor cuts a line in any parts: each keeps no more than it was worth, and all of them what the whole does, where that is not all of it.
func TestFeeMinor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLine(t)
		l.ReturnTerms = ReturnTerms{
			FeeBasisPoints: rapid.Int32Range(0, 10_000).Draw(t, "part"),
			FeeUnitMinor:   rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 10_00), rapid.Int64Range(0, amountMax)).Draw(t, "of each"),
		}
		sum, from := int64(0), int64(0)
		for _, part := range drawParts(t, l.Quantity, "part") {
			fee := l.FeeMinor(from, from+part)
			if _, _, gross := l.UnitsWorth(from, from+part); fee < 0 || fee > gross {
				t.Fatalf("of units %d to %d of %+v, worth %d, %d are kept", from, from+part, l, gross, fee)
			}
			sum, from = sum+fee, from+part
		}
		each := new(big.Int).Mul(big.NewInt(l.ReturnTerms.FeeUnitMinor), big.NewInt(l.Quantity))
		exact := new(big.Int).Mul(big.NewInt(l.GrossMinor), big.NewInt(int64(l.ReturnTerms.FeeBasisPoints)))
		exact.Add(exact, big.NewInt(5_000)).Quo(exact, big.NewInt(10_000)).Add(exact, each)
		if all := big.NewInt(l.GrossMinor); exact.Cmp(all) > 0 {
			exact = all
		}
		if most := new(big.Int).Sub(exact, big.NewInt(sum)); most.Sign() < 0 || most.Cmp(big.NewInt(l.Quantity)) > 0 {
			t.Fatalf("of all parts of %+v %d are kept, and not %v", l, sum, exact)
		}
	})
}

func TestTermsThatNobodyKeeps(t *testing.T) {
	for field, policy := range map[string]ReturnPolicy{
		"return_policy.days":                         {Days: 36_501},
		"return_policy.sold_until":                   {For: ReturnPolicyFor{SoldFrom: opening, SoldUntil: opening}},
		"return_policy":                              {Terms: ReturnTerms{Policy: "other"}},
		"return_policy.terms.condition":              {Terms: ReturnTerms{Condition: "NEW"}},
		"return_policy.terms.proof":                  {Terms: ReturnTerms{Proof: "OATH"}},
		"return_policy.terms.override":               {Terms: ReturnTerms{Override: "ANYBODY"}},
		"return_policy.terms.fee_basis_points":       {Terms: ReturnTerms{FeeBasisPoints: -1}},
		"return_policy.terms.unit_fee.amount_minor":  {Terms: ReturnTerms{FeeUnitMinor: -1}},
		"return_policy.terms.unit_fee.currency_code": {Terms: ReturnTerms{FeeUnitMinor: 1}},
	} {
		if refusal, _ := policy.check().(*Refusal); refusal == nil || refusal.Field != field {
			t.Errorf("%+v: %v, not of %s", policy, policy.check(), field)
		}
	}
}

// TestPoliciesKnowNoChannel looks for a channel or a place in what a policy says: there is none.
func TestPoliciesKnowNoChannel(t *testing.T) {
	var look func(of reflect.Type, path string)
	look = func(of reflect.Type, path string) {
		if of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range of.NumField() {
			field := of.Field(i)
			for _, word := range []string{"Channel", "Location", "Place", "Shop", "Store"} {
				if strings.Contains(field.Name, word) {
					t.Errorf("a return policy has %s.%s", path, field.Name)
				}
			}
			look(field.Type, path+"."+field.Name)
		}
	}
	look(reflect.TypeFor[ReturnPolicy](), "ReturnPolicy")
}
