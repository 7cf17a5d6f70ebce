package retail

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// cardLimits are the limits of a kind on paper; 0: none.
type cardLimits struct{ most, least, atOnce int64 }

// putCardKind puts a kind of gift cards, of which there are few, so that limits change for cards that were sold.
func (s *trial) putCardKind(t *rapid.T) { s.putKind(t, fewCodes.Draw(t, "kind")) }

func (s *trial) putKind(t *rapid.T, code string) {
	most := rapid.SampledFrom([]int64{0, 0, 60_00, 100_00})
	kind := CardKind{
		Code: code, Name: "N", Currency: fewMoney.Draw(t, "currency"), MostBalanceMinor: most.Draw(t, "most"),
		LeastLoadMinor: rapid.SampledFrom([]int64{0, 0, 2}).Draw(t, "least"), MostLoadMinor: most.Draw(t, "most at once"),
		ValidMonths: rapid.Int32Range(0, 3).Draw(t, "months"), Retired: rapid.IntRange(0, 5).Draw(t, "retired") == 0,
	}
	kind.Renewed = kind.ValidMonths > 0 && rapid.Bool().Draw(t, "renewed")
	was, there := s.rows[kind.Key()].(CardKind)
	_, err := submit(t, s.shop, PutCardKind{s.mint(), kind})
	if decided(t, err, reasonIf(there && was.Currency != kind.Currency, Immutable)) {
		if s.data.kinds == nil {
			s.data.kinds = map[string]cardLimits{}
		}
		s.data.kinds[kind.Code] = cardLimits{kind.MostBalanceMinor, kind.LeastLoadMinor, kind.MostLoadMinor}
		s.data.puts[kind.Key()]++
	}
}

// cardOf draws a kind for a card that is sold, as the handler finds it: none that is retired or in other money.
func (s *trial) cardOf(t *rapid.T, card *CardSale) {
	code := fewCodes.Draw(t, "kind")
	if s.rows[CardKindKey(code)] == nil { // and none is changed of which a line before has the limits
		s.putKind(t, code)
	}
	kind, found := s.rows[CardKindKey(code)].(CardKind)
	if found && !kind.Retired && kind.Currency == "EUR" {
		card.Kind, card.Terms = kind, CardTerms{Kind: kind.Code, ValidMonths: kind.ValidMonths, Renewed: kind.Renewed}
	}
}

// topUp makes of a card that is sold one that was sold before, now and then, wherever that was. One stands in an order once.
func (s *trial) topUp(t *rapid.T, card *CardSale, paper *paperOrder) {
	if len(s.cards) == 0 || !rapid.Bool().Draw(t, "tops up") {
		return
	}
	number := rapid.SampledFrom(s.cards).Draw(t, "card")
	if slices.ContainsFunc(paper.lines, func(l *paperLine) bool { return l.card == number }) {
		return
	}
	balance := s.cardBalance(number)
	*card = CardSale{
		ID: s.rows[NameKey(NameGiftCard, number)].(Name).Entity, Number: number, Replacements: balance.Replacements, Terms: balance.Terms,
	}
	card.Kind, _ = s.rows[CardKindKey(balance.Terms.Kind)].(CardKind)
	if balance.Location != paper.place {
		card.Issuer = balance.Location
	}
}

// mayLoad says what is wrong with the gift cards among the lines of an order. What comes back in the same act is not on them any more, by
// account.
func (s *trial) mayLoad(lines []BasketLine, comesBack map[string]int64) (wrong []Reason) {
	for _, line := range lines {
		if line.Card == nil {
			continue
		}
		left := int64(0)
		if !line.Card.New {
			balance := s.cardBalance(line.Card.Number)
			left = balance.AmountMinor - comesBack[balance.Account]
			wrong = append(wrong, reasonIf(!balance.ExpiresAt.IsZero() && !s.now.Before(balance.ExpiresAt), GiftCardExpired))
		}
		if line.Card.Terms.Kind == "" {
			continue
		}
		limits, minor := s.data.kinds[line.Card.Terms.Kind], line.ListMinor
		wrong = append(wrong, reasonIf(minor < limits.least || limits.atOnce > 0 && minor > limits.atOnce ||
			limits.most > 0 && left+minor > limits.most, GiftCardLimit))
	}
	return wrong
}

// expireCard takes what is on a card that has expired, or tries to of another. Time passes for it: of itself it seldom does so much.
func (s *trial) expireCard(t *rapid.T) {
	var all, worth []Balance
	for _, number := range s.cards {
		balance := s.cardBalance(number)
		if all = append(all, balance); balance.AmountMinor > 0 && balance.ExpiresAt.After(s.now) {
			worth = append(worth, balance)
		}
	}
	if len(all) == 0 {
		t.Skip("nobody has a card")
	}
	before := rapid.SampledFrom(all).Draw(t, "card")
	if len(worth) > 0 && rapid.Bool().Draw(t, "at its end") {
		before = rapid.SampledFrom(worth).Draw(t, "card that expires")
		s.now = before.ExpiresAt.Add(rapid.SampledFrom([]time.Duration{-time.Microsecond, 0, time.Microsecond}).Draw(t, "off by"))
	}
	over := !before.ExpiresAt.IsZero() && !s.now.Before(before.ExpiresAt) && before.AmountMinor > 0
	defer s.sweepCards(t) // the others may have expired as well
	gone, err := submit(t, s.shop, ExpireCard{Transaction: s.mint(), Location: before.Location, Account: before.Account})
	if !decided(t, err, reasonIf(!over, stale)) {
		return
	}
	after := before
	after.AmountMinor, after.Version, after.RecordedAt = 0, before.Version+1, s.now
	if got := BalanceAt(s, before.Location, before.Account); got != after || gone.AmountMinor != before.AmountMinor || gone.ExpiredAt != before.ExpiresAt {
		t.Fatalf("%+v was to be left, and %+v is; told is %+v", after, got, gone)
	}
}

// sweepCards takes what is on all cards that have expired.
func (s *trial) sweepCards(t *rapid.T) {
	for _, number := range s.cards {
		if b := s.cardBalance(number); b.AmountMinor > 0 && !b.ExpiresAt.IsZero() && !s.now.Before(b.ExpiresAt) {
			_, err := submit(t, s.shop, ExpireCard{Transaction: s.mint(), Location: b.Location, Account: b.Account})
			decided(t, err)
		}
	}
}

// mayExpire adds the reason why a card that is shown pays nothing.
func (s *trial) mayExpire(balance Balance) Reason {
	return reasonIf(!balance.ExpiresAt.IsZero() && !s.now.Before(balance.ExpiresAt), GiftCardExpired)
}

// cardMove is when something was put on a card, or what was on it was taken.
type cardMove struct {
	at  time.Time
	put bool
}

// auditExpiry proves when a card expires from when something was put on it: the first time, whenever it is renewed, and when it had
// expired; and that nothing was taken of it before.
func auditExpiry(t rapid.TB, b books, row Balance) {
	t.Helper()
	until := time.Time{}
	for _, m := range b.cards[[2]string{row.Location, row.Account}] {
		over := !until.IsZero() && !m.at.Before(until)
		switch {
		case !m.put && !over:
			t.Fatalf("L2: %+v was taken at %s, and good until %s", row, m.at, until)
		case m.put && row.Terms.ValidMonths > 0 && (until.IsZero() || over || row.Terms.Renewed):
			until = m.at.AddDate(0, int(row.Terms.ValidMonths), 0)
		}
	}
	if !row.ExpiresAt.Equal(until) {
		t.Fatalf("L2: %+v expires, by what was put on it, at %s", row, until)
	}
}

// TestLimitsOfCards holds amounts against limits at their edges.
func TestLimitsOfCards(t *testing.T) {
	kind := CardKind{Code: "chain", MostBalanceMinor: 100, LeastLoadMinor: 10, MostLoadMinor: 60}
	for _, c := range []struct {
		minor, left int64
		fact, is    string
	}{
		{9, 0, "least_minor", "10"}, {10, 0, "", ""}, {60, 0, "", ""}, {61, 0, "most_minor", "60"}, {60, 40, "", ""},
		{60, 41, "most_minor", "59"}, {10, 100, "most_minor", "0"}, {10, 500, "most_minor", "0"},
	} {
		err := kind.load(c.minor, c.left, "lines[0]")
		if c.fact == "" {
			if err != nil {
				t.Errorf("%d onto %d: %v", c.minor, c.left, err)
			}
			continue
		}
		wantRefusal(t, err, GiftCardLimit, "lines[0]")
		if refusal, ok := err.(*Refusal); ok && refusal.Details[c.fact] != c.is {
			t.Errorf("%d onto %d: %+v", c.minor, c.left, refusal)
		}
	}
	if err := (CardKind{}).load(amountMax, 0, ""); err != nil {
		t.Error(err)
	}
}
