package retail

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// paperTerms are by what terms a line comes back, as somebody would note them on the receipt.
type paperTerms struct {
	until            time.Time // at least; zero: its days decide
	condition, proof string
	by               string // who decides otherwise; "": anybody who may at all
	part             int64  // of what units are worth, in hundredths of a percent, that is kept
	unit             int64  // kept of each unit
	row              ReturnTerms
}

// drawTerms draws the terms of a line, most often none.
func (l *paperLine) drawTerms(t *rapid.T, now time.Time) ReturnTerms {
	if rapid.IntRange(0, 2).Draw(t, "by a policy") > 0 {
		return ReturnTerms{}
	}
	return l.drawSomeTerms(t, now)
}

func (l *paperLine) drawSomeTerms(t *rapid.T, now time.Time) ReturnTerms {
	l.terms = paperTerms{
		condition: rapid.SampledFrom([]string{"", "", "", "USED", "UNUSED", "SEALED"}).Draw(t, "condition asked"),
		proof:     rapid.SampledFrom([]string{"", "", "", "IDENTIFIED", "RECEIPT"}).Draw(t, "proof asked"),
		by:        rapid.SampledFrom([]string{"", "STAFF", "MANAGER", "NOBODY"}).Draw(t, "decided by"),
		part:      rapid.SampledFrom([]int64{0, 0, 1, 3_333, 10_000}).Draw(t, "part kept"),
		unit:      rapid.SampledFrom([]int64{0, 0, 1, 5_00}).Draw(t, "kept of each"),
	}
	if rapid.IntRange(0, 2).Draw(t, "extended") == 0 {
		l.terms.until = now.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "for days"))
	}
	l.terms.row = ReturnTerms{
		Policy: "p", UntilAtLeast: l.terms.until, Condition: GoodsCondition(l.terms.condition), FeeBasisPoints: int32(l.terms.part),
		FeeUnitMinor: l.terms.unit, Proof: ReturnProof(l.terms.proof), Override: ReturnRight(l.terms.by),
	}
	return l.terms.row
}

// lastOf is the last moment at which units of the line come back that were handed over with a document.
func (l *paperLine) lastOf(doc *paperDocument) time.Time {
	last := doc.at.Add(time.Duration(l.returnDays) * 24 * time.Hour)
	if l.terms.until.After(last) {
		return l.terms.until
	}
	return last
}

// worse tells whether less is said than is asked.
func worse(asked, said string) bool {
	switch asked {
	case "USED", "IDENTIFIED":
		return said == ""
	case "UNUSED":
		return said != "UNUSED" && said != "SEALED"
	case "SEALED", "RECEIPT":
		return said != asked
	}
	return false
}

// decides tells whether somebody decides otherwise than the terms.
func (p paperTerms) decides(right ReturnRight) bool {
	switch p.by {
	case "NOBODY":
		return false
	case "MANAGER":
		return right == RightManager
	}
	return right == RightStaff || right == RightManager
}

// feeOf is what is kept of what is brought: what is said, or what the terms keep, which whoever brings it may not be the one to change.
func (o *paperOrder) feeOf(c AcceptReturn) (fee int64, wrong Reason) {
	may, back := true, map[int32]int64{}
	for _, item := range c.Items {
		l, terms := o.lines[item.Line-1], o.asSold(int(item.Line)-1).terms
		from := l.returned + back[item.Line]
		back[item.Line] += item.Units
		whole := (l.gross*terms.part + 5_000) / 10_000
		whole = min(l.gross, whole+terms.unit*l.quantity)
		kept := min(l.worth(from, from+item.Units), cut(whole, from+item.Units, l.quantity)-cut(whole, from, l.quantity))
		if item.Disposition == Kept {
			kept = 0
		}
		fee += kept
		may = may && (kept == 0 || terms.decides(c.Right))
	}
	if due := fee; c.FeeMinor > 0 || c.NoFee {
		fee, wrong = c.FeeMinor, reasonIf(due > 0 && c.FeeMinor != due && !may, OverrideNotAllowed)
	}
	return fee, wrong
}

// drawPolicy draws a return policy, for goods of the few that there are.
func drawPolicy(t *rapid.T, code string) ReturnPolicy {
	some := func(what string, of ...string) []string {
		if rapid.IntRange(0, 3).Draw(t, what) > 0 {
			return nil
		}
		return []string{rapid.SampledFrom(of).Draw(t, what+" named")}
	}
	p := ReturnPolicy{
		Code: code, Name: "N", Days: rapid.SampledFrom([]int32{0, 1, 14, 30, 60}).Draw(t, "days"), For: ReturnPolicyFor{
			SKUs: some("of a SKU", skus...), Products: some("of a product", "shirt", "sock"), Departments: some("of a department", "men"),
			Brands: some("of a brand", "acme"), TaxCategories: some("of a category", "a", "b"), Priority: rapid.Int32Range(0, 1).Draw(t, "priority"),
		},
		Retired: rapid.IntRange(0, 5).Draw(t, "retired") == 0,
	}
	if rapid.IntRange(0, 2).Draw(t, "a season") == 0 {
		p.For.SoldFrom = opening.AddDate(0, 0, rapid.IntRange(-2, 1).Draw(t, "from"))
	}
	if rapid.IntRange(0, 2).Draw(t, "an end") == 0 {
		p.For.SoldUntil = opening.AddDate(0, 0, rapid.IntRange(2, 3).Draw(t, "until"))
	}
	var l paperLine
	p.Terms = l.drawSomeTerms(t, opening)
	if p.Terms.Policy = ""; p.Terms.FeeUnitMinor > 0 {
		p.Terms.FeeCurrency = fewMoney.Draw(t, "fee in")
	}
	return p
}

// putPolicy puts a return policy, now and then of terms that nobody can keep, or for a tax category that is not there.
func (s *trial) putPolicy(t *rapid.T) {
	c := PutReturnPolicy{Transaction: s.mint(), Policy: drawPolicy(t, fewCodes.Draw(t, "policy"))}
	c.Others = rapid.SampledFrom([]int{0, 3, 499, 500}).Draw(t, "others")
	broken := rapid.IntRange(0, 5).Draw(t, "broken")
	switch broken {
	case 0:
		c.Policy.Days = -1
	case 1:
		c.Policy.Terms.FeeBasisPoints = 10_001
	case 2:
		c.Policy.Terms.Condition = "NEW"
	}
	unknown := slices.ContainsFunc(c.Policy.For.TaxCategories, func(code string) bool { return !s.data.categories[code] })
	_, err := submit(t, s.shop, c)
	if decided(t, err, reasonIf(broken < 3, InvalidRequest), reasonIf(c.Others == 500 && !c.Policy.Retired, InvalidRequest), reasonIf(unknown, UnknownTaxCategory)) {
		s.data.puts[c.Policy.Key()]++
	}
}

// heldFor says by which policy a thing comes back, on paper: the one that no other one beats.
func heldFor(item Item, policies []ReturnPolicy, at time.Time) string {
	names := func(p ReturnPolicy) string { // more letters, closer
		of := p.For
		switch {
		case slices.Contains(of.SKUs, item.SKU):
			return "dddd"
		case slices.Contains(of.Products, item.Product):
			return "ccc"
		case slices.Contains(of.Departments, item.Department) || slices.Contains(of.Brands, item.Brand) || slices.Contains(of.TaxCategories, item.TaxCategory):
			return "bb"
		case fmt.Sprint(of.SKUs, of.Products, of.Departments, of.Brands, of.TaxCategories) == "[] [] [] [] []":
			return "a"
		}
		return ""
	}
	policies = slices.DeleteFunc(slices.Clone(policies), func(p ReturnPolicy) bool {
		early, late := at.Before(p.For.SoldFrom), !p.For.SoldUntil.IsZero() && !at.Before(p.For.SoldUntil)
		return p.Retired || early || late || names(p) == ""
	})
	slices.SortStableFunc(policies, func(a, b ReturnPolicy) int {
		switch {
		case names(a) != names(b):
			return len(names(b)) - len(names(a))
		case a.For.Priority != b.For.Priority:
			return int(b.For.Priority - a.For.Priority)
		case !a.For.SoldFrom.Equal(b.For.SoldFrom):
			return b.For.SoldFrom.Compare(a.For.SoldFrom)
		case a.Code < b.Code:
			return -1
		}
		return 1
	})
	if len(policies) == 0 {
		return ""
	}
	return policies[0].Code
}
