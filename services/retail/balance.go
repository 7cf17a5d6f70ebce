package retail

import (
	"fmt"
	"time"
)

// Balance is what we owe on a gift card or to a customer's credit: the fold of an account that must not be overdrawn, in the
// book of the location that issued it.
type Balance struct {
	Location string
	// Account is gift_card/<id> or store_credit/<customer>.
	Account  string
	Currency string
	// AmountMinor is what is left, never negative.
	AmountMinor int64
	// Version counts the account's entries.
	Version int64
	// RecordedAt is when the last of them was made, or the card last got another number.
	RecordedAt time.Time
	// Replacements is how many numbers of the card were lost and had another take their place; whoever found the card by one of them
	// before finds that here.
	Replacements int64
	// Terms are those that a card was sold by.
	Terms CardTerms
	// ExpiresAt is when a card expires; zero: never. What is on it then can't be spent, and is ours soon after (ExpireCard).
	ExpiresAt time.Time
}

// Expired tells whether a card is good for nothing any more.
func (b Balance) Expired(now time.Time) bool {
	return !b.ExpiresAt.IsZero() && !now.Before(b.ExpiresAt)
}

// spendable is what is left that is good still.
func (b Balance) spendable(now time.Time) int64 {
	if b.Expired(now) {
		return 0
	}
	return b.AmountMinor
}

// goodUntil is when a card expires after something was put on it, or came back to it: by its terms the first time and, where it is renewed,
// every time. What comes back to one that has expired is not lost: it is good again for as long as a new one.
func (b Balance) goodUntil(now time.Time) time.Time {
	if b.Terms.ValidMonths > 0 && (b.ExpiresAt.IsZero() || b.Terms.Renewed || b.Expired(now)) {
		return now.AddDate(0, int(b.Terms.ValidMonths), 0)
	}
	return b.ExpiresAt
}

// BalanceKey names a balance.
func BalanceKey(location, account string) Key {
	return Key{Table: TableBalances, Place: location, Code: account}
}

// Key names the balance.
func (b Balance) Key() Key { return BalanceKey(b.Location, b.Account) }

// LastRecorded is when the balance last moved.
func (b Balance) LastRecorded() time.Time { return b.RecordedAt }

// BalanceAt returns a balance, empty where nothing was ever there.
func BalanceAt(s State, location, account string) Balance {
	balance, found := lookup[Balance](s, BalanceKey(location, account))
	if !found {
		return Balance{Location: location, Account: account}
	}
	return balance
}

// foldBalances returns the balances that the entries of a change leave behind, and that of a card which gets another number: such a
// change has no entries. A credit raises what we owe.
func foldBalances(c Change, now time.Time, s State) ([]Balance, error) {
	var balances []Balance
	for _, entry := range c.Entries {
		for _, account := range []string{entry.From, entry.To} {
			if !hasFloor(account) {
				continue
			}
			at := -1
			for i, b := range balances {
				if b.Location == entry.Location && b.Account == account {
					at = i
				}
			}
			if at < 0 {
				at = len(balances)
				balances = append(balances, BalanceAt(s, entry.Location, account))
			}
			b := &balances[at]
			if b.Version > 0 && b.Currency != entry.Asset {
				return nil, fmt.Errorf("retail: %s at %s is in %s, not in %s", account, entry.Location, b.Currency, entry.Asset)
			}
			if b.Currency = entry.Asset; b.Version == 0 {
				b.Terms = c.termsOf(*b)
			}
			if account == entry.From {
				b.AmountMinor += entry.Quantity
				b.ExpiresAt = b.goodUntil(now)
			} else {
				b.AmountMinor -= entry.Quantity
			}
			b.Version++
			b.RecordedAt = now
		}
	}
	if c.Lost.Account != "" {
		b := c.Lost
		b.Replacements++
		b.RecordedAt = now
		balances = append(balances, b)
	}
	for _, b := range balances {
		if b.AmountMinor < 0 || b.AmountMinor > amountMax {
			return nil, fmt.Errorf("retail: %s would leave %s at %s at %d", c.Kind, b.Account, b.Location, b.AmountMinor)
		}
	}
	return balances, nil
}
