package retail

// CardSale is a gift card that is sold or topped up.
type CardSale struct {
	ID ID
	// Number is what its holder shows.
	Number string
	// New is true where it is sold, and false where it is topped up.
	New bool
}

func (c CardSale) account() string { return GiftCardPrefix + c.ID.String() }

// outOfScope is the tax code of what no tax is due on yet: a gift card is taxed when it is spent (Directive 2006/112/EC, article
// 30b, for vouchers of which the tax is not known when they are sold).
const outOfScope = "OUT"
