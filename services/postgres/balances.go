package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var balances = whole(retail.TableBalances, newTable("balances", 2, "location text", "account text", "currency text", "amount_minor int8",
	"version int8", "recorded_at timestamptz", "replacements int8", "card_kind text", "card_months int4", "card_renewed bool",
	"expires_at timestamptz"), readBalance, writeBalance)

func writeBalance(r *rows, b retail.Balance) {
	r.text(b.Location).text(b.Account).text(b.Currency).int8(b.AmountMinor).int8(b.Version).time(b.RecordedAt).int8OrNull(b.Replacements).
		terms(b.Terms).timeOrNull(b.ExpiresAt).end()
}

func readBalance(r *record) (retail.Balance, error) {
	return retail.Balance{
		Location: r.text(), Account: r.text(), Currency: r.text(), AmountMinor: r.int8(), Version: r.int8(), RecordedAt: r.time(),
		Replacements: r.int8Or0(), Terms: r.terms(), ExpiresAt: r.timeOrZero(),
	}, nil
}

var balanceColumns = prefixed(balances.table.columns)

var (
	balancesOf = readStatement("balances_of", `
select `+balanceColumns+` from balances t where t.account = any($1::text[]) order by t.amount_minor desc, t.location`)

	cardsByNumber = readStatement("cards_by_number", `
select n.value, n.entity, exists (select from names l where l.kind = 'lost_card' and l.value = n.value),
    coalesce(t.expires_at <= clock_timestamp(), false), `+balanceColumns+`
from names n join balances t on t.account = 'gift_card/' || n.entity::text
where n.kind = 'gift_card' and n.value = any($1::text[])`)

	// The condition is, word for word, that of the index.
	expiredCards = readStatement("expired_cards", `
select `+balanceColumns+` from balances t
where t.expires_at is not null and t.amount_minor > 0 and t.expires_at <= clock_timestamp()
order by t.expires_at limit $1`)
)

// ExpiredCards returns gift cards that have expired and on which there is something still, the longest ago first.
func (db *DB) ExpiredCards(ctx context.Context, limit int) ([]retail.Balance, error) {
	return all(ctx, db, expiredCards, readBalance, int8Param(int64(limit)))
}

// Balances returns what we owe on accounts in each book that issued it, most first.
func (db *DB) Balances(ctx context.Context, accounts []string) ([]retail.Balance, error) {
	return all(ctx, db, balancesOf, readBalance, textArray(accounts))
}

// Cards returns the gift cards that have numbers, by number.
func (db *DB) Cards(ctx context.Context, numbers []string) (map[string]retail.Card, error) {
	cards := make(map[string]retail.Card, len(numbers))
	err := db.read(ctx, func(p *pipeline) {
		p.queue(cardsByNumber, [][]byte{textArray(numbers)}, each(func(r *record) error {
			number, card := r.text(), retail.Card{ID: r.id(), Lost: r.bool(), Expired: r.bool()}
			var err error
			card.Balance, err = readBalance(r)
			cards[number] = card
			return err
		}))
	})
	return cards, err
}
