package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ReturnPolicy is by what terms goods that are sold from now on come back. What was sold keeps the terms of its sale. No channel and no
// place stands in it: it is the same whichever sold the goods, and whichever takes them back.
type ReturnPolicy struct {
	// Code is an identity that never changes.
	Code string `json:"code"`
	// Name is what people call it.
	Name string          `json:"name"`
	For  ReturnPolicyFor `json:"for"`
	// Days is how many days after they were handed over the goods may come back; 0: it is a final sale, whatever the terms say.
	Days  int32       `json:"days"`
	Terms ReturnTerms `json:"terms"`
	// Retired is true where nothing is sold by it any more.
	Retired    bool      `json:"retired"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// ReturnPolicyFor is what a policy is for, and what is sold when.
type ReturnPolicyFor struct {
	// SKUs, Products, Departments, Brands and TaxCategories are goods that it is for: whatever any of them names; with none, all goods.
	SKUs          []string `json:"skus,omitempty"`
	Products      []string `json:"products,omitempty"`
	Departments   []string `json:"departments,omitempty"`
	Brands        []string `json:"brands,omitempty"`
	TaxCategories []string `json:"tax_categories,omitempty"`
	// SoldFrom and SoldUntil bound when the goods are sold, half open; zero: unbounded.
	SoldFrom  time.Time `json:"sold_from,omitzero"`
	SoldUntil time.Time `json:"sold_until,omitzero"`
	// Priority says which of several that are as specific holds, the higher.
	Priority int32 `json:"priority,omitempty"`
}

// ReturnTerms are by what terms, beside its days, a line of an order comes back. None: as it always was, in any condition, without a fee and
// without proof.
type ReturnTerms struct {
	// Policy is the code of the policy that held when it was sold; empty: none did. A policy's own terms name none.
	Policy string `json:"policy,omitempty"`
	// UntilAtLeast is until when it comes back however soon its days end, for example after a holiday; zero: its days decide.
	UntilAtLeast time.Time `json:"until_at_least,omitzero"`
	// Condition is the least condition that is asked.
	Condition GoodsCondition `json:"condition,omitempty"`
	// FeeBasisPoints are the part of what the units were worth, with tax, that is kept, and FeeUnitMinor is kept of each unit beside that, in
	// FeeCurrency, of orders in that currency. On an order's line it is in the order's, and FeeCurrency is empty.
	FeeBasisPoints int32  `json:"fee_basis_points,omitempty"`
	FeeUnitMinor   int64  `json:"fee_unit_minor,omitempty"`
	FeeCurrency    string `json:"fee_currency,omitempty"`
	// Proof is the least proof of the purchase that is asked.
	Proof ReturnProof `json:"proof,omitempty"`
	// Override is who may decide otherwise.
	Override ReturnRight `json:"override,omitempty"`
}

// GoodsCondition is in what condition goods come back, as who takes them back says.
type GoodsCondition string

// The conditions, from the worst to the best. What is not said, or not asked, is the empty one.
const (
	Used   GoodsCondition = "USED" // or worse
	Unused GoodsCondition = "UNUSED"
	Sealed GoodsCondition = "SEALED" // unused, and its packaging was not opened
)

var conditions = []GoodsCondition{"", Used, Unused, Sealed}

// ReturnProof is how a customer proves a purchase, as who takes it back says.
type ReturnProof string

// The proofs, from the weakest to the strongest. What is not said, or not asked, is the empty one.
const (
	ProofIdentified ReturnProof = "IDENTIFIED" // the purchase was found by who she is
	ProofReceipt    ReturnProof = "RECEIPT"    // she has its receipt, its number or its code
)

var proofs = []ReturnProof{"", ProofIdentified, ProofReceipt}

// ReturnRight is by what right somebody takes back what the policy does not. In terms the empty one is RightStaff.
type ReturnRight string

// The rights. A manager's does what a member of staff's does.
const (
	RightNobody  ReturnRight = "NOBODY" // in terms: nobody decides otherwise
	RightStaff   ReturnRight = "STAFF"
	RightManager ReturnRight = "MANAGER"
)

// rights are in the order of how few have them.
var rights = []ReturnRight{"", RightStaff, RightManager, RightNobody}

// suffices tells whether whoever has the right may do what takes another; what takes RightNobody's, or no right, nobody may.
func (r ReturnRight) suffices(needed ReturnRight) bool {
	return needed == RightStaff && (r == RightStaff || r == RightManager) || needed == RightManager && r == RightManager
}

// overriddenBy is who may decide otherwise.
func (t ReturnTerms) overriddenBy() ReturnRight { return cmp.Or(t.Override, RightStaff) }

// ReturnPoliciesMax is how many policies that are not retired there may be at once: each order that is placed looks at all of them.
const ReturnPoliciesMax = 500

const returnPolicyPrefix = "return-policy/"

// ReturnPolicyKey names a policy.
func ReturnPolicyKey(code string) Key { return Key{Table: TableReturnPolicies, Code: code} }

// Key names the policy.
func (p ReturnPolicy) Key() Key { return ReturnPolicyKey(p.Code) }

// LastRecorded is when the policy was last put.
func (p ReturnPolicy) LastRecorded() time.Time { return p.RecordedAt }

// PutReturnPolicy creates a policy or replaces all that is known of it. What was sold comes back by the terms of its sale.
type PutReturnPolicy struct {
	Transaction ID
	Policy      ReturnPolicy
	// Others is how many other policies are not retired, as the handler read it.
	Others int
}

// Keys are the policy, and the tax categories that it is for.
func (c PutReturnPolicy) Keys() []Key {
	keys := []Key{c.Policy.Key()}
	for _, code := range c.Policy.For.TaxCategories {
		keys = append(keys, TaxCategoryKey(code))
	}
	slices.SortFunc(keys, CompareKeys)
	return slices.Compact(keys)
}

// Decide refuses terms that nobody can keep, a tax category that is not there, and more policies than ReturnPoliciesMax; one that is retired is none of them.
func (c PutReturnPolicy) Decide(s State, now time.Time) (Change, ReturnPolicy, error) {
	policy := c.Policy
	if err := policy.check(); err != nil {
		return Change{}, ReturnPolicy{}, err
	}
	if c.Others >= ReturnPoliciesMax && !policy.Retired {
		return Change{}, ReturnPolicy{}, RefuseField(InvalidRequest, "return_policy", "%d policies are in force: retire one first", c.Others)
	}
	for i, code := range policy.For.TaxCategories {
		if _, found := lookup[TaxCategory](s, TaxCategoryKey(code)); !found {
			return Change{}, ReturnPolicy{}, RefuseField(UnknownTaxCategory, fmt.Sprintf("return_policy.tax_categories[%d]", i),
				"there is no tax category %s", code).With("tax_category", code)
		}
	}
	before, _ := lookup[ReturnPolicy](s, policy.Key())
	// Nothing below this line can fail.
	policy.Version, policy.RecordedAt = before.Version+1, now
	return put(c.Transaction, "ReturnPolicyPut", returnPolicyPrefix+policy.Code, policy.Code, policy.Version, policy), policy, nil
}

// returnDaysMax is the longest that goods may come back: about a hundred years.
const returnDaysMax = 36_500

// check refuses terms that nobody can keep.
func (p ReturnPolicy) check() error {
	switch {
	case p.Days < 0 || p.Days > returnDaysMax:
		return RefuseField(InvalidRequest, "return_policy.days", "must be 0 to %d", returnDaysMax)
	case !p.For.SoldUntil.IsZero() && !p.For.SoldFrom.Before(p.For.SoldUntil):
		return RefuseField(InvalidRequest, "return_policy.sold_until", "is not later than sold_from")
	case p.Terms.Policy != "":
		return RefuseField(InvalidRequest, "return_policy", "its terms are its own")
	case p.Terms.FeeUnitMinor > 0 && p.Terms.FeeCurrency == "":
		return RefuseField(InvalidRequest, "return_policy.terms.unit_fee.currency_code", "amounts are in a currency")
	}
	return p.Terms.check("return_policy.terms.")
}

// check refuses terms that nobody can keep.
func (t ReturnTerms) check(field string) error {
	switch {
	case !slices.Contains(conditions, t.Condition):
		return RefuseField(InvalidRequest, field+"condition", "there is no condition %s", t.Condition)
	case !slices.Contains(proofs, t.Proof):
		return RefuseField(InvalidRequest, field+"proof", "there is no proof %s", t.Proof)
	case !slices.Contains(rights, t.Override):
		return RefuseField(InvalidRequest, field+"override", "there is no right %s", t.Override)
	case t.FeeBasisPoints < 0 || t.FeeBasisPoints > 10_000:
		return RefuseField(InvalidRequest, field+"fee_basis_points", "a part is 0 to 10000 basis points")
	case t.FeeUnitMinor < 0 || t.FeeUnitMinor > amountMax:
		return RefuseField(InvalidRequest, field+"unit_fee.amount_minor", "must not be negative, nor more than can be counted")
	}
	return nil
}

// names is how closely the policy names a thing: 4 by its SKU, 3 by its product, 2 by its department, brand or tax category, and 1 where it is
// for all goods; 0: it is not for it.
func (f ReturnPolicyFor) names(item Item) int {
	switch {
	case slices.Contains(f.SKUs, item.SKU):
		return 4
	case slices.Contains(f.Products, item.Product):
		return namesProduct
	case slices.Contains(f.Departments, item.Department), slices.Contains(f.Brands, item.Brand), slices.Contains(f.TaxCategories, item.TaxCategory):
		return 2
	case len(f.SKUs)+len(f.Products)+len(f.Departments)+len(f.Brands)+len(f.TaxCategories) == 0:
		return 1
	}
	return 0
}

const namesProduct = 3

// ReturnsOf is for how many days, and by what terms, a thing comes back that is sold at an instant for a currency. Of several policies that
// which names it most closely holds, then the one of the higher priority, of the later season, and of the first code. The days that its
// product has of its own stand in place of those of any policy but one that names the product or the SKU: they say of that very product what
// others say of many. With no policy its product's days hold, or DefaultReturnDays.
func ReturnsOf(item Item, policies []ReturnPolicy, at time.Time, currency string) (days int32, terms ReturnTerms) {
	var held ReturnPolicy
	closest := 0
	for _, p := range policies {
		closeness := p.For.names(item)
		if closeness == 0 || p.Retired || !within(at, p.For.SoldFrom, p.For.SoldUntil) {
			continue
		}
		before := cmp.Or(cmp.Compare(closeness, closest), cmp.Compare(p.For.Priority, held.For.Priority),
			p.For.SoldFrom.Compare(held.For.SoldFrom), cmp.Compare(held.Code, p.Code))
		if closest == 0 || before > 0 {
			held, closest = p, closeness
		}
	}
	if closest == 0 {
		return item.ReturnDays, ReturnTerms{}
	}
	days, terms = held.Days, held.Terms
	if item.OwnReturnDays && closest < namesProduct {
		days = item.ReturnDays
	}
	if terms.Policy = held.Code; terms.FeeCurrency != currency {
		terms.FeeUnitMinor = 0
	}
	terms.FeeCurrency = ""
	return days, terms
}

// FeeMinor is what the terms of the sale keep of units from (included) to until (excluded), and never more than they were worth. As what they
// are worth it is cut from that of all units of the line, so that it comes to the same however they come back.
func (l OrderLine) FeeMinor(from, until int64) int64 {
	whole := mulDiv(l.GrossMinor, int64(l.ReturnTerms.FeeBasisPoints), 10_000)
	if unit := l.ReturnTerms.FeeUnitMinor; unit > (l.GrossMinor-whole)/l.Quantity {
		whole = l.GrossMinor
	} else {
		whole += unit * l.Quantity
	}
	_, _, gross := l.UnitsWorth(from, until)
	return min(gross, UnitsWorth(whole, l.Quantity, from, until))
}
