package postgres

import (
	"context"

	"github.com/aisle-retail/aisle/services/retail"
)

var balances = whole(retail.TableBalances, newTable("balances", 2, "location text", "account text", "currency text", "amount_minor int8",
	"version int8", "recorded_at timestamptz"), readBalance, writeBalance)

func writeBalance(r *rows, b retail.Balance) {
	r.text(b.Location).text(b.Account).text(b.Currency).int8(b.AmountMinor).int8(b.Version).time(b.RecordedAt).end()
}

func readBalance(r *record) (retail.Balance, error) {
	return retail.Balance{
		Location: r.text(), Account: r.text(), Currency: r.text(), AmountMinor: r.int8(), Version: r.int8(), RecordedAt: r.time(),
	}, nil
}

var balanceColumns = prefixed(balances.table.columns)

var (
	balancesOf = readStatement("balances_of", `
select `+balanceColumns+` from balances t where t.account = $1 order by t.amount_minor desc, t.location`)

	cardByNumber = readStatement("card_by_number", `
select n.entity, `+balanceColumns+` from names n join balances t on t.account = 'gift_card/' || n.entity::text
where n.kind = 'gift_card' and n.value = $1`)
)

// Balances returns what we owe on an account in each book that issued it, most first.
func (db *DB) Balances(ctx context.Context, account string) ([]retail.Balance, error) {
	return all(ctx, db, balancesOf, readBalance, []byte(account))
}

// Card returns the gift card that has a number.
func (db *DB) Card(ctx context.Context, number string) (retail.Card, bool, error) {
	return one(ctx, db, cardByNumber, func(r *record) (retail.Card, error) {
		id := r.id()
		balance, err := readBalance(r)
		return retail.Card{ID: id, Balance: balance}, err
	}, []byte(number))
}
