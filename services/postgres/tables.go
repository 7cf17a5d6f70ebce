package postgres

import (
	"encoding/json"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

// The tables of the ledger.
var (
	transactionsTable = newTable("ledger_transactions", 2, "location text", "id uuid", "kind text", "occurred_at timestamptz",
		"recorded_at timestamptz", "actor text", "channel text", "request_id uuid", "cause text", "entries int4", "reason text",
		"note text").append()
	entriesTable = newTable("ledger_entries", 3, "location text", "transaction_id uuid", "line int4", "from_account text",
		"to_account text", "asset text", "quantity int8", "version int8").append()
	requestsTable = newTable("requests", 1, "id uuid", "fingerprint bytea", "answer bytea", "recorded_at timestamptz").append()
	// The key of events is (shard, seq); seq is drawn by the database and not sealed.
	eventsTable = newTable("events", 1, "shard text", "kind text", "subject text", "version int8", "transaction_id uuid",
		"recorded_at timestamptz", "body bytea").append()
)

// stored is how one kind of row lives in the database. Each kind is declared beside its columns, in the file of its noun.
type stored struct {
	table table
	// children are tables whose rows belong to this row and are read and written with it.
	children []table
	// seed allows a missing row to be made before it is locked.
	seed bool
	// key writes the key's columns; by default place, code and id as far as the table's key types go.
	key func(*rows, retail.Key)
	// load reads a row, with the records of its children by table.
	load func(root *record, children [][]*record) (retail.Row, error)
	// save writes a row; before is nil for a new one. The writes of children are up to it.
	save func(w *writer, before, after retail.Row) error
}

// kinds are all kinds of row, by the table that keys name. The order of retail.Table is the lock order.
var kinds = map[retail.Table]*stored{}

// register adds a kind of row; it is called from the files of the nouns when the program starts.
func register(t retail.Table, s *stored) *stored {
	if s.key == nil {
		s.key = keyColumns(s.table)
	}
	kinds[t] = s
	return s
}

// keyColumns writes a key to a table whose key columns are any of place (text), code (text, or the id of what it belongs to) and id (uuid).
func keyColumns(t table) func(*rows, retail.Key) {
	shape := ""
	for _, c := range t.columns[:t.key] {
		shape += c.typ + " "
	}
	switch shape {
	case "text text ":
		return func(r *rows, k retail.Key) { r.text(k.Place).text(k.Code).end() }
	case "text uuid ":
		return func(r *rows, k retail.Key) { r.text(k.Place).id(k.ID).end() }
	case "uuid text uuid ":
		return func(r *rows, k retail.Key) {
			owner, _ := retail.ParseID(k.Place) // the rules wrote it
			r.id(owner).text(k.Code).id(k.ID).end()
		}
	case "uuid text ":
		return func(r *rows, k retail.Key) { r.id(k.ID).text(k.Code).end() }
	case "text uuid text ":
		return func(r *rows, k retail.Key) { r.text(k.Place).id(k.ID).text(k.Code).end() }
	case "text uuid uuid ":
		return func(r *rows, k retail.Key) {
			of, _ := retail.ParseID(k.Code) // the rules wrote it
			r.text(k.Place).id(of).id(k.ID).end()
		}
	case "uuid ":
		return func(r *rows, k retail.Key) { r.id(k.ID).end() }
	case "text ":
		return func(r *rows, k retail.Key) { r.text(k.Code).end() }
	}
	panic("postgres: no key of retail's has the shape of " + t.name)
}

// toJSON encodes what a text column keeps as JSON. Values of the rules always can be.
func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("postgres: %T is not JSON: %v", v, err))
	}
	return string(text)
}
