package retail

import "strings"

// FinderKind is what a purchase is found by that is not its own: it stands beside the books, hashed, and no event has it.
type FinderKind string

// The kinds of finder.
const (
	FinderPhone     FinderKind = "PHONE"
	FinderEmail     FinderKind = "EMAIL"
	FinderLoyalty   FinderKind = "LOYALTY"
	FinderCardToken FinderKind = "CARD_TOKEN" // what a provider calls a card, never its number
)

// Finder is what a purchase is found by, by a hash with a key that the database does not have.
type Finder struct {
	Kind FinderKind
	Hash [32]byte
}

// Fold is how a value is hashed, so that it is the same however people write it; empty: it says nothing. A phone number keeps its digits, with
// the sign of what it is dialled by; an e-mail address is the same in any case; a loyalty number is the same in any case, with or without blanks and
// hyphens. A token is as it is.
func (k FinderKind) Fold(value string) string {
	value = strings.TrimSpace(value)
	switch k {
	case FinderPhone:
		value = strings.NewReplacer(" ", "", "-", "", ".", "", "/", "", "(", "", ")", "").Replace(value)
		if abroad, ok := strings.CutPrefix(value, "00"); ok {
			value = "+" + abroad
		}
	case FinderEmail:
		value = strings.ToLower(value)
	case FinderLoyalty:
		value = strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(value))
	}
	return value
}
