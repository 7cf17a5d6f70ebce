package retail

import (
	"cmp"
	"time"
)

// CardSale is a gift card that is sold or topped up.
type CardSale struct {
	ID ID
	// Number is what its holder shows.
	Number string
	// New is true where it is sold, and false where it is topped up.
	New bool
	// Issuer is the location whose book owes it, where another issued it than sells it now; empty: the one that sells it.
	Issuer string
	// Replacements are those of the card that is topped up, as it was found by its number.
	Replacements int64
}

func (c CardSale) account() string { return GiftCardPrefix + c.ID.String() }

// replacedSince tells whether the card got another number after it was found by this one.
func (c CardSale) replacedSince(s State, location string) bool {
	return c.balance(s, location).Replacements != c.Replacements
}

// balance is what is owed on it, in the book that owes it, where it is sold at a location.
func (c CardSale) balance(s State, location string) Balance {
	return BalanceAt(s, cmp.Or(c.Issuer, location), c.account())
}

// outOfScope is the tax code of what no tax is due on yet: a gift card is taxed when it is spent (Directive 2006/112/EC, article
// 30b, for vouchers of which the tax is not known when they are sold).
const outOfScope = "OUT"

// ReplaceCard gives a gift card that was lost another number. What is on it is on it still, at once and whole, and what was paid with it
// goes back to it: its account stays. Its old number is good for nothing from then on.
type ReplaceCard struct {
	Transaction ID
	// Location is where somebody does it.
	Location string
	// Card is the gift card as it was found by Number.
	Card Card
	// Number is the one that was lost, NewNumber one that no card ever had.
	Number, NewNumber string
	// Note is why, in the words of who does it.
	Note string
}

// CardReplaced is what was recorded, and the body of the event. Numbers are as good as money, so that only their ends are told.
type CardReplaced struct {
	Transaction ID     `json:"transaction"`
	Location    string `json:"location"`
	// Account is the card's, in the book of Issuer.
	Account string `json:"account"`
	Issuer  string `json:"issuer"`
	// Replacements counts the numbers of the card that were lost.
	Replacements int64 `json:"replacements"`
	// Number is the end of the one that was lost, NewNumber of the one that took its place.
	Number      string    `json:"number"`
	NewNumber   string    `json:"new_number"`
	Currency    string    `json:"currency"`
	AmountMinor int64     `json:"amount_minor"`
	Note        string    `json:"note,omitempty"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// Keys are the card's balance, and the names that it will have.
func (c ReplaceCard) Keys() []Key {
	return []Key{c.Card.Balance.Key(), NameKey(NameLostCard, c.Number), NameKey(NameGiftCard, c.NewNumber)}
}

// Decide refuses a number that was lost before, and a new one that a card has or had.
func (c ReplaceCard) Decide(s State, now time.Time) (Change, CardReplaced, error) {
	if s.Row(NameKey(NameLostCard, c.Number)) != nil {
		return Change{}, CardReplaced{}, RefuseField(GiftCardReplaced, "number", "another number took the place of this one")
	}
	if s.Row(NameKey(NameGiftCard, c.NewNumber)) != nil {
		return Change{}, CardReplaced{}, RefuseField(GiftCardTaken, "new_number", "a gift card has this number, or had it")
	}
	balance := BalanceAt(s, c.Card.Balance.Location, c.Card.Balance.Account)
	if balance.Version == 0 || balance.Replacements != c.Card.Balance.Replacements {
		return Change{}, CardReplaced{}, ErrStale
	}
	// Nothing below this line can fail.
	replaced := CardReplaced{
		Transaction: c.Transaction, Location: c.Location, Account: balance.Account, Issuer: balance.Location, Replacements: balance.Replacements + 1,
		Number: masked(c.Number), NewNumber: masked(c.NewNumber), Currency: balance.Currency, AmountMinor: balance.AmountMinor, Note: c.Note,
		RecordedAt: now,
	}
	return Change{
		ID: c.Transaction, Kind: KindCard, Place: c.Location, Cause: balance.Account, Note: c.Note, Lost: balance,
		Rows: []Row{
			Name{Kind: NameLostCard, Value: c.Number, Entity: c.Card.ID, RecordedAt: now},
			Name{Kind: NameGiftCard, Value: c.NewNumber, Entity: c.Card.ID, RecordedAt: now},
		},
		Events: []Event{{
			Kind: "GiftCardReplaced", Shard: c.Location, Subject: "transaction/" + c.Transaction.String(), Version: 1, Body: replaced,
		}},
	}, replaced, nil
}
