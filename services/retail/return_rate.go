package retail

// ReturnSubject is whose returns are told.
type ReturnSubject string

// The subjects.
const (
	OfCustomer ReturnSubject = "CUSTOMER" // who bought, and brings back
	OfOperator ReturnSubject = "OPERATOR" // who stood at the counter or, where a till does not say, whose key it is
	OfLocation ReturnSubject = "LOCATION" // the place that sold, and the one that takes back
)

// ReturnRatesOf is whose returns are asked for: of one location or, where it is empty, of all.
type ReturnRatesOf struct {
	By       ReturnSubject
	Location string
	// ByShare is true where the greatest shares come first, and not the most units.
	ByShare bool
}

// ReturnRate is what one subject sold and what came back of it, in one currency: goods alone, with tax.
type ReturnRate struct {
	Subject, Currency string
	// Returns is how many acts took something back, Blind how many of them without a receipt, Overridden how many against the policy.
	Returns, Blind, Overridden int64
	UnitsSold, SoldMinor       int64
	UnitsBack, BackMinor       int64
	// Rank is what they are told in the order of, the greatest first: units that came back, or the share.
	Rank int64
}

// ShareBasisPoints is what came back of what was sold, rounded down; known is false where nothing was sold.
func (r ReturnRate) ShareBasisPoints() (share int64, known bool) {
	if r.SoldMinor <= 0 {
		return 0, false
	}
	return r.BackMinor * 10_000 / r.SoldMinor, true
}
