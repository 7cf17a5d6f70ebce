package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// accounts are the accounts with a floor of a book that are folded in one pass, with their balances as they were when they were
// read.
type accounts struct {
	book string
	span
	balances map[string]*balance
	// unknown are accounts that have entries and no balance in the window.
	unknown map[string]bool
}

// balance is a balance, and the fold of its account's entries up to when it was recorded. Entries of money carry no version of
// what they are folded into, so that only the clock tells what came later: it never runs backwards for a balance, but may stand
// still. A balance that was written again since it was read may therefore have later entries among these.
type balance struct {
	retail.Balance
	folded, entries int64
	mixed           bool // another currency than the balance's
	latest          time.Time
	lostAt          time.Time // when its card last got another number; zero: never
	// moves are what raised it and what made it ours, of one that expires.
	moves []cardMove
}

// cardMove is when something was put on a card that expires, or what was on it was taken for that it had expired.
type cardMove struct {
	at     time.Time
	raised bool
}

// expires says from what was put on a card when it expires: by its terms the first time, and again where it is renewed or had expired. It
// tells whether what was on it was only ever taken after that.
func (b *balance) expires() (at time.Time, lawful bool) {
	slices.SortStableFunc(b.moves, func(a, c cardMove) int {
		if order := a.at.Compare(c.at); order != 0 || a.raised == c.raised {
			return order
		} else if a.raised { // what is put on it is good for longer than an instant
			return 1
		}
		return -1
	})
	lawful = true
	for _, m := range b.moves {
		switch over := !at.IsZero() && !m.at.Before(at); {
		case !m.raised:
			lawful = lawful && over
		case at.IsZero() || over || b.Terms.Renewed:
			at = m.at.AddDate(0, int(b.Terms.ValidMonths), 0)
		}
	}
	return at, lawful
}

func hasFloor(account string) bool {
	return strings.HasPrefix(account, retail.GiftCardPrefix) || strings.HasPrefix(account, retail.StoreCreditPrefix)
}

// cardsOfSQL tells which gift cards have a number, and which of these were lost.
const cardsOfSQL = `
select k.n, l.recorded_at from unnest($1::uuid[]) with ordinality as k(id, n)
join names t on t.kind = 'gift_card' and t.entity = k.id
left join names l on l.kind = 'lost_card' and l.value = t.value and l.entity = k.id`

// readAccounts reads the balances of a book after an account, until the window is full.
func (a *audit) readAccounts(ctx context.Context, book string, of span) (*accounts, error) {
	w := &accounts{book: book, span: of, balances: map[string]*balance{}, unknown: map[string]bool{}}
	if of.ended {
		return w, nil
	}
	f := family{root: balances.table}
	from := [][]byte{[]byte(book)}
	if of.after != "" {
		from = append(from, []byte(of.after))
	}
	var named map[int]int
	var lost map[int][]time.Time
	pages := a.pages(ctx, f, from, 1, func(s *snapshot, page []member) error {
		asked := newRows([]column{{"id", "uuid"}}, false)
		for _, m := range page {
			id, _ := causeID(string(m.root.values[1]), retail.GiftCardPrefix)
			asked.id(id).end()
		}
		found, err := s.query(cardsOfSQL, asked.params())
		named, lost = map[int]int{}, map[int][]time.Time{}
		for _, r := range found {
			if i, at := int(r.int8()-1), r.timeOrZero(); at.IsZero() {
				named[i]++
			} else {
				lost[i] = append(lost[i], at)
			}
		}
		return err
	})
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		for i, m := range a.verify(f, page, "L2", "balances of "+book) {
			b, _ := readBalance(&record{values: m.root.values}) // it reads no JSON, and can't fail
			key := keyText(balances.table, m.root)
			switch {
			case b.AmountMinor < 0:
				a.broken("L3", balances.table, key, "%d is left of it", b.AmountMinor)
			case !hasFloor(b.Account):
				a.broken("L2", balances.table, key, "%s keeps no balance", b.Account)
			case strings.HasPrefix(b.Account, retail.GiftCardPrefix) && named[i] != 1:
				a.broken("NAMES", balances.table, key, "the card has %d numbers", named[i])
			case b.Terms != (retail.CardTerms{}) && !strings.HasPrefix(b.Account, retail.GiftCardPrefix):
				a.broken("L2", balances.table, key, "%s is no card, and was sold by %+v", b.Account, b.Terms)
			case b.Replacements != int64(len(lost[i])):
				a.broken("NAMES", balances.table, key, "%d numbers of it were lost, and it counts %d", len(lost[i]), b.Replacements)
			}
			w.balances[b.Account] = &balance{Balance: b, lostAt: slices.MaxFunc(append(lost[i], time.Time{}), time.Time.Compare)}
			w.until = b.Account
		}
		if len(w.balances) >= a.limits.window {
			return w, nil
		}
	}
	w.last = true
	return w, nil
}

// fold adds an entry to the accounts that it touches. A credit raises what we owe.
func (w *accounts) fold(e retail.Entry, recordedAt time.Time) {
	for _, account := range []string{e.From, e.To} {
		if !hasFloor(account) || !w.covers(account) {
			continue
		}
		b, found := w.balances[account]
		switch {
		case !found:
			w.unknown[account] = true
		case recordedAt.After(b.RecordedAt):
		default:
			if b.folded += e.Quantity; account == e.To {
				b.folded -= 2 * e.Quantity
			}
			if b.entries++; b.Terms.ValidMonths > 0 && (e.From == account || e.From == retail.Breakage) {
				b.moves = append(b.moves, cardMove{recordedAt, e.From == account})
			}
			b.mixed = b.mixed || e.Asset != b.Currency
			if recordedAt.After(b.latest) {
				b.latest = recordedAt
			}
		}
	}
}

// wrong says what is wrong with a balance.
func (b *balance) wrong() (format string, args []any) {
	expires, lawful := b.expires()
	switch {
	case b.entries != b.Version:
		return "it counts %d entries, and there are %d", []any{b.Version, b.entries}
	case b.folded != b.AmountMinor:
		return "it is %d, and its entries come to %d", []any{b.AmountMinor, b.folded}
	case b.mixed:
		return "it is in %s, and not all of its entries are", []any{b.Currency}
	case !b.latest.Equal(b.RecordedAt) && (b.latest.After(b.RecordedAt) || !b.lostAt.Equal(b.RecordedAt)):
		return "it was recorded at %s, and its last entry at %s", []any{b.RecordedAt, b.latest}
	}
	switch {
	case !expires.Equal(b.ExpiresAt):
		return "it expires at %s, and by what was put on it at %s", []any{b.ExpiresAt, expires}
	case !lawful:
		return "what was on it was taken before it had expired", nil
	}
	return "", nil
}

// balancesNowSQL reads which balances a book has now.
const balancesNowSQL = `select account, version from balances where location = $1 and account = any($2::text[])`

// proveAccounts compares balances with the fold of their entries (L2). One that does not agree is looked at again: where it was
// written meanwhile and has no fewer entries than it counted, it is left for the next audit; so is one that was made meanwhile.
func (a *audit) proveAccounts(ctx context.Context, w *accounts) error {
	doubtful := maps.Clone(w.unknown)
	for account, b := range w.balances {
		if format, _ := b.wrong(); format != "" {
			doubtful[account] = true
		}
	}
	if len(doubtful) == 0 {
		return nil
	}
	asked := slices.Sorted(maps.Keys(doubtful))
	versions := map[string]int64{}
	err := a.snapshot(ctx, func(s *snapshot) error {
		clear(versions)
		found, err := s.query(balancesNowSQL, [][]byte{[]byte(w.book), textArray(asked)})
		for _, r := range found {
			account := r.text()
			versions[account] = r.int8()
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, account := range asked {
		b, key := w.balances[account], w.book+"/"+account
		switch now := versions[account]; {
		case b == nil && now == 0:
			a.broken("L2", balances.table, key, "there is no balance, and there are entries")
		case b == nil, now > b.Version && b.entries > b.Version:
		default:
			format, args := b.wrong()
			a.broken("L2", balances.table, key, format, args...)
		}
	}
	return nil
}
