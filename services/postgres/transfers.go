package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var transferLines = newTable("transfer_lines", 2, "transfer_id uuid", "line int4", "sku text", "shipped int8", "received int8", "missing int8",
	"damaged int8", "beyond int8", "cost_minor int8", "cost_currency text", "requested int8", "kept int8", "lacked int8")

var transfers = register(retail.TableTransfers, &stored{
	table: newTable("transfers", 1, "id uuid", "sender text", "receiver text", "state text", "reference text",
		"shipped_at timestamptz", "recorded_at timestamptz", "version int8", "requested_at timestamptz",
		"purpose text", "wanted_on text", "answer text", "order_id uuid"),
	children: []table{transferLines},
	load: func(r *record, children [][]*record) (retail.Row, error) {
		return readTransfer(r, children[0]), nil
	},
	save: func(w *writer, before, after retail.Row) error {
		t, ok := after.(retail.Transfer)
		if !ok {
			return fmt.Errorf("%T is not a transfer", after)
		}
		root, lines := w.insert, w.insert
		if before != nil {
			root, lines = w.update, w.update
		}
		root(kinds[retail.TableTransfers].table).id(t.ID).text(t.From).text(t.To).text(string(t.State)).text(t.Reference).
			timeOrNull(t.ShippedAt).time(t.RecordedAt).int8(t.Version).timeOrNull(t.RequestedAt).textOrNull(t.Purpose).
			textOrNull(t.WantedOn).textOrNull(t.Answer).id(t.Order).end()
		for i, line := range t.Lines {
			r := lines(transferLines).id(t.ID).int4(int32(i + 1)).text(line.SKU).int8(line.Shipped).int8(line.Received).int8(line.Missing).
				int8OrNull(line.Damaged).int8OrNull(line.Over)
			writeCost(r, line.Cost).int8OrNull(line.Requested).int8OrNull(line.Kept).int8OrNull(line.Lacked).end()
		}
		return nil
	},
})

func readTransfer(r *record, lines []*record) retail.Transfer {
	t := retail.Transfer{
		ID: r.id(), From: r.text(), To: r.text(), State: retail.TransferState(r.text()), Reference: r.text(),
		ShippedAt: r.timeOrZero(), RecordedAt: r.time(), Version: r.int8(), RequestedAt: r.timeOrZero(), Purpose: r.text(), WantedOn: r.text(),
		Answer: r.text(), Order: r.id(),
	}
	for _, line := range lines {
		line.at = 2
		t.Lines = append(t.Lines, retail.TransferLine{SKU: line.text(), Shipped: line.int8(), Received: line.int8(), Missing: line.int8(),
			Damaged: line.int8Or0(), Over: line.int8Or0(), Cost: readCost(line), Requested: line.int8Or0(),
			Kept: line.int8Or0(), Lacked: line.int8Or0()})
	}
	return t
}

// writeCost writes nulls where a cost is not known.
func writeCost(r *rows, c retail.Cost) *rows {
	if !c.Known() {
		return r.null().null()
	}
	return r.int8(c.Minor).text(c.Currency)
}

func readCost(r *record) retail.Cost { return retail.Cost{Minor: r.int8Or0(), Currency: r.text()} }

var transferColumns = prefixed(transfers.table.columns)

var (
	transferByID = readStatement("transfer_by_id", `
select `+transferColumns+` from transfers t where t.id = $1`)

	// One index for what a place is asked for and sends and one for what it asks for and gets, each walked from the newest on, state by
	// state.
	transfersOf = readStatement("transfers_of", `
select `+transferColumns+` from unnest($3::text[]) as k(state) cross join lateral (
    (select t.* from transfers t
        where t.sender = $1 and t.state = k.state and (coalesce(t.requested_at, t.shipped_at), t.id) < ($4::timestamptz, $5::uuid)
        order by coalesce(t.requested_at, t.shipped_at) desc, t.id desc limit $6)
    union all
    (select t.* from transfers t
        where t.receiver = $2 and t.state = k.state and (coalesce(t.requested_at, t.shipped_at), t.id) < ($4::timestamptz, $5::uuid)
        order by coalesce(t.requested_at, t.shipped_at) desc, t.id desc limit $6)
) t order by coalesce(t.requested_at, t.shipped_at) desc, t.id desc limit $6`)

	transferLinesOf = readStatement("transfer_lines_of", transferLines.childrenSQL(1))
)

// Transfer returns a transfer.
func (db *DB) Transfer(ctx context.Context, id retail.ID) (retail.Transfer, bool, error) {
	found, err := db.transfers(ctx, transferByID, idParam(id))
	if err != nil || len(found) == 0 {
		return retail.Transfer{}, false, err
	}
	return found[0], true, nil
}

// Transfers returns what places ask for, send and get, newest first, after a mark.
func (db *DB) Transfers(ctx context.Context, of retail.TransfersOf, after retail.OrderMark, limit int) ([]retail.Transfer, error) {
	wanted := of.States
	if len(wanted) == 0 {
		wanted = retail.TransferStates
	}
	states := make([]string, len(wanted))
	for i, state := range wanted {
		states[i] = string(state)
	}
	at := newestFirst(after.OccurredAt, after.ID)
	return db.transfers(ctx, transfersOf, []byte(of.From), []byte(of.To), textArray(states), at, idParam(after.ID), int8Param(int64(limit)))
}

func (db *DB) transfers(ctx context.Context, statement string, params ...[]byte) ([]retail.Transfer, error) {
	return families[retail.Transfer](ctx, db, transfers, []string{transferLinesOf}, statement, params...)
}
