package auditor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Books is what the database holds in the end, read past the program.
type Books struct {
	// Acts are all that was written, in the order it was committed: by the first seq of its events, which are drawn under the
	// row locks. Every kind of act tells at least one event; one that does not is put where it was recorded, and is a finding.
	Acts []*Act
	// Demands are the acts that recorded what people look for, and Wanted the lines of them. Nobody asked for one, and they move nothing.
	Demands []*Act
	Wanted  []WantedLine
	// Requests are the ids in the table of requests, with the answer that is kept as JSON.
	Requests map[string][]byte
	Levels   map[Position]Level
	// Worths are what the units of positions cost, of those of which that is known.
	Worths map[Position]Worth
	// Orders are what orders, money and documents have come to.
	Orders *OrderBooks
	// Holds and Transfers are as they ended, by id; Cases are the oversell cases, open and settled.
	Holds     map[string]BookedHold
	Transfers map[string]BookedTransfer
	// Carts are as they ended, by owner.
	Carts  map[string]BookedCart
	Counts map[string]BookedCount
	Cases  map[CaseKey]Case
	// Deliveries are as they ended, by id, and DeliveryLines their lines, by SKU.
	Deliveries    map[string]BookedDelivery
	DeliveryLines map[string]map[string]ConsignedUnits
	// Orphans are entries and events whose header is not there, as people would look for them.
	Orphans []string
}

// Act is what one request wrote: its headers, one per book that it touched, with their entries, and its events.
type Act struct {
	// Request is the id; acts of the house, such as the sweep of an expired hold, have one that no call knows.
	Request string
	Headers []Header
	Events  []Event
}

// Header is one transaction in one book.
type Header struct {
	ID, Location, Kind, Actor, Channel, Cause string
	// Reason and Note are why; empty: nothing is said of it.
	Reason, Note           string
	OccurredAt, RecordedAt time.Time
	Entries                []Entry
}

// Entry moves a positive quantity of an asset from an account to another. Version is of the position after it; 0 for money.
type Entry struct {
	From, To, Asset   string
	Quantity, Version int64
}

// BookedHold is a hold as it ended. It is swept some time after it expired, so that HELD may have expired.
type BookedHold struct {
	Location, Channel, Owner, State string
	// Order is the one that took it up; "": none.
	Order                 string
	ExpiresAt, RecordedAt time.Time
	Lines                 []Units
}

// BookedCount is a count as it ended, with what was posted by SKU.
type BookedCount struct {
	Location, State    string
	Readings, Postings int64
	Posted             map[string]int64
}

// BookedTransfer is a transfer as it ended. One that was not sent has no ShippedAt, one that nobody asked for no RequestedAt.
type BookedTransfer struct {
	From, To, State, Reference         string
	Purpose, WantedOn, Answer, Order   string
	ShippedAt, RecordedAt, RequestedAt time.Time
	Lines                              []TransferUnits
}

// BookedDelivery is a delivery as it ended.
type BookedDelivery struct {
	Location, Kind, Supplier, Reference, ExpectedOn, State, Reason string
	LineCount                                                      int32
	Units                                                          ConsignedUnits
	AnnouncedAt, RecordedAt                                        time.Time
}

// ConsignedUnits is one line of a delivery, or, without a SKU, the sum of all.
type ConsignedUnits struct {
	SKU                                       string
	Line                                      int32
	Announced, Received, Damaged, Over, Short int64
	// Differences are their kinds, reasons and notes, in their order.
	Differences string
}

// Units is a count of one SKU.
type Units struct {
	SKU      string
	Quantity int64
}

// TransferUnits is one line of a transfer.
type TransferUnits struct {
	SKU                        string
	Shipped, Received, Missing int64
	// Damaged is of those received, Over of those shipped, Requested those that were asked for.
	Damaged, Over, Requested int64
	// Kept are those received that an order waited for, Lacked those that it waited for in vain.
	Kept, Lacked int64
}

// CaseKey names an oversell case: the transaction that opened it, at a position.
type CaseKey struct {
	Position
	Transaction string
}

// Case is an oversell case as it ended.
type Case struct {
	Units, Open int64
	Cause       string
	// SettledBy is the transaction that brought the last of its units back; "": it is open.
	SettledBy string
}

// Event is one of the log.
type Event struct {
	Seq                        int64
	Kind, Shard, Subject, Body string
	Version                    int64
}

// Position is a SKU at a location.
type Position struct{ Location, SKU string }

// Level is what stands at a position.
type Level struct {
	Available, Held, Committed, Inspection, Damaged, Quarantine, Incoming, Version int64
}

// Finding is something that must not be.
type Finding struct {
	// Rule is short and constant, such as "acknowledged write is lost".
	Rule string
	// Text says what was found, with figures.
	Text string
	// Subjects are what it is about, as the story is told by them: "hold/<id>", "order/<id>", "position/<location>/<sku>",
	// "request/<id>".
	Subjects []string
	// Calls are the numbers of the calls that show it.
	Calls []int
}

// ReadBooks reads the books in one snapshot, as the owner of the schema. Twenty thousand acts take a few seconds.
func ReadBooks(ctx context.Context, ownerURL string) (*Books, error) {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return nil, fmt.Errorf("read the books: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("read the books: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return ReadBooksIn(ctx, tx)
}

// ReadBooksIn reads them as a transaction sees them, which is to be one snapshot.
func ReadBooksIn(ctx context.Context, tx pgx.Tx) (*Books, error) {
	r := bookReader{ctx: ctx, tx: tx, books: &Books{
		Requests: map[string][]byte{}, Levels: map[Position]Level{}, Worths: map[Position]Worth{}, Holds: map[string]BookedHold{},
		Transfers: map[string]BookedTransfer{}, Carts: map[string]BookedCart{}, Cases: map[CaseKey]Case{}, Counts: map[string]BookedCount{},
		Deliveries: map[string]BookedDelivery{}, DeliveryLines: map[string]map[string]ConsignedUnits{},
	}}
	for _, read := range []func() error{r.acts, r.requests, r.levels, r.worths, r.holds, r.carts, r.transfers, r.deliveries, r.counts, r.cases, r.demand} {
		if err := read(); err != nil {
			return nil, fmt.Errorf("read the books: %w", err)
		}
	}
	var err error
	if r.books.Orders, err = readOrderBooks(ctx, tx); err != nil {
		return nil, fmt.Errorf("read the books of orders: %w", err)
	}
	return r.books, nil
}

// carts reads what is in carts.
func (r *bookReader) carts() error {
	var owner, lines string
	var c BookedCart
	return r.each(`select owner, state, channel, coalesce(order_id::text, ''), coalesce(converted, 0), version, coalesce(remind, false), lines from carts`,
		[]any{&owner, &c.State, &c.Channel, &c.Order, &c.Converted, &c.Version, &c.Remind, &lines}, func() error {
			var all []struct {
				SKU, Method, Location, Note string
				From                        string `json:"from_location"`
				Quantity                    int64
			}
			if err := json.Unmarshal([]byte(lines), &all); err != nil {
				return err
			}
			cart := c
			for _, l := range all {
				cart.Lines = append(cart.Lines, lineText(l.SKU, l.Quantity, l.Method, l.Location, l.From, l.Note))
			}
			r.books.Carts[owner] = cart
			return nil
		})
}

// bookReader reads one table after another.
type bookReader struct {
	ctx   context.Context
	tx    pgx.Tx
	books *Books
}

// each calls scan for every row of a query; scan is given where the columns go.
func (r *bookReader) each(query string, into []any, row func() error) error {
	rows, err := r.tx.Query(r.ctx, query)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, row)
	return err
}

// place is where a header stands while the acts are put together.
type headerPlace struct {
	act    *Act
	header int
}

// acts reads headers, entries and events, and puts them together by request.
func (r *bookReader) acts() error {
	byRequest, byTransaction := map[string]*Act{}, map[string]*Act{}
	headers := map[[2]string]headerPlace{}
	var request string
	var h Header
	err := r.each(`select request_id::text, id::text, location, kind, actor, channel, cause, occurred_at, recorded_at, coalesce(reason, ''), coalesce(note, '')
		from ledger_transactions order by recorded_at, id, location`,
		[]any{&request, &h.ID, &h.Location, &h.Kind, &h.Actor, &h.Channel, &h.Cause, &h.OccurredAt, &h.RecordedAt, &h.Reason, &h.Note}, func() error {
			act := byRequest[request]
			if act == nil {
				act = &Act{Request: request}
				byRequest[request] = act
				r.books.Acts = append(r.books.Acts, act)
			}
			byTransaction[h.ID] = act
			headers[[2]string{h.Location, h.ID}] = headerPlace{act, len(act.Headers)}
			h.OccurredAt, h.RecordedAt = h.OccurredAt.UTC(), h.RecordedAt.UTC()
			act.Headers = append(act.Headers, h)
			return nil
		})
	if err != nil {
		return err
	}
	if err := r.entries(headers); err != nil {
		return err
	}
	if err := r.events(byTransaction); err != nil {
		return err
	}
	r.sort()
	return nil
}

// demand puts the records of demand aside, and reads their lines.
func (r *bookReader) demand() error {
	r.books.Acts = slices.DeleteFunc(r.books.Acts, func(act *Act) bool {
		is := act.Headers[0].Kind == "DEMAND" && act.Headers[0].Actor == recorder
		if is {
			r.books.Demands = append(r.books.Demands, act)
		}
		return is
	})
	var l WantedLine
	return r.each(`select demand_id::text, location, kind, channel, sku, words, coalesce(customer::text, ''), units, there, times, found from demand_lines`,
		[]any{&l.Transaction, &l.Location, &l.Kind, &l.Channel, &l.SKU, &l.Words, &l.Customer, &l.Units, &l.There, &l.Times, &l.Found}, func() error {
			r.books.Wanted = append(r.books.Wanted, l)
			return nil
		})
}

func (r *bookReader) entries(headers map[[2]string]headerPlace) error {
	var location, transaction string
	var e Entry
	return r.each(`select location, transaction_id::text, from_account, to_account, asset, quantity, version
		from ledger_entries order by location, transaction_id, line`,
		[]any{&location, &transaction, &e.From, &e.To, &e.Asset, &e.Quantity, &e.Version}, func() error {
			at, found := headers[[2]string{location, transaction}]
			if !found {
				r.books.Orphans = append(r.books.Orphans, fmt.Sprintf("entry of %s at %s", transaction, location))
				return nil
			}
			header := &at.act.Headers[at.header]
			header.Entries = append(header.Entries, e)
			return nil
		})
}

func (r *bookReader) events(byTransaction map[string]*Act) error {
	var transaction string
	var e Event
	return r.each("select transaction_id::text, seq, kind, shard, subject, convert_from(body, 'utf8'), version from events order by seq",
		[]any{&transaction, &e.Seq, &e.Kind, &e.Shard, &e.Subject, &e.Body, &e.Version}, func() error {
			act := byTransaction[transaction]
			if act == nil {
				r.books.Orphans = append(r.books.Orphans, fmt.Sprintf("event %d of %s", e.Seq, transaction))
				return nil
			}
			act.Events = append(act.Events, e)
			return nil
		})
}

// sort puts the acts in the order of the first seq of each. An act without events goes behind the last one that was recorded
// before it.
func (r *bookReader) sort() {
	first := make(map[*Act]int64, len(r.books.Acts))
	for _, act := range r.books.Acts {
		first[act] = math.MinInt64
		if len(act.Events) > 0 {
			first[act] = act.Events[0].Seq
		}
	}
	latest := int64(math.MinInt64)
	for _, act := range r.books.Acts { // by when they were recorded
		if first[act] == math.MinInt64 {
			first[act] = latest
		}
		latest = max(latest, first[act])
	}
	slices.SortStableFunc(r.books.Acts, func(a, b *Act) int { return cmp.Compare(first[a], first[b]) })
}

func (r *bookReader) requests() error {
	var id string
	var answer []byte
	return r.each("select id::text, answer from requests", []any{&id, &answer}, func() error {
		r.books.Requests[id] = slices.Clone(answer)
		return nil
	})
}

func (r *bookReader) levels() error {
	var p Position
	var l Level
	return r.each(`select location, sku, available, held, committed, inspection, damaged, quarantine, incoming, version from stock_levels`,
		[]any{&p.Location, &p.SKU, &l.Available, &l.Held, &l.Committed, &l.Inspection, &l.Damaged, &l.Quarantine, &l.Incoming, &l.Version},
		func() error {
			r.books.Levels[p] = l
			return nil
		})
}

func (r *bookReader) worths() error {
	var p Position
	w := Worth{Known: true}
	return r.each("select location, sku, value_minor, unit_cost_minor from stock_levels where cost_currency is not null",
		[]any{&p.Location, &p.SKU, &w.Value, &w.Unit}, func() error {
			r.books.Worths[p] = w
			return nil
		})
}

func (r *bookReader) holds() error {
	var id string
	var h BookedHold
	err := r.each(`select id::text, location, channel, owner, state, coalesce(order_id::text, ''), expires_at, recorded_at from holds`,
		[]any{&id, &h.Location, &h.Channel, &h.Owner, &h.State, &h.Order, &h.ExpiresAt, &h.RecordedAt}, func() error {
			h.ExpiresAt, h.RecordedAt = h.ExpiresAt.UTC(), h.RecordedAt.UTC()
			r.books.Holds[id] = h
			return nil
		})
	if err != nil {
		return err
	}
	var line Units
	return r.each("select hold_id::text, sku, quantity from hold_lines order by hold_id, line", []any{&id, &line.SKU, &line.Quantity},
		func() error {
			hold := r.books.Holds[id]
			hold.Lines = append(hold.Lines, line)
			r.books.Holds[id] = hold
			return nil
		})
}

func (r *bookReader) transfers() error {
	var id string
	var t BookedTransfer
	var shippedAt, requestedAt *time.Time
	err := r.each(`
select id::text, sender, receiver, state, reference, coalesce(purpose, ''), coalesce(wanted_on, ''), coalesce(answer, ''), shipped_at, recorded_at, requested_at,
    coalesce(order_id::text, '')
from transfers`,
		[]any{&id, &t.From, &t.To, &t.State, &t.Reference, &t.Purpose, &t.WantedOn, &t.Answer, &shippedAt, &t.RecordedAt, &requestedAt, &t.Order}, func() error {
			t.ShippedAt, t.RecordedAt, t.RequestedAt = utc(shippedAt), t.RecordedAt.UTC(), utc(requestedAt)
			r.books.Transfers[id] = t
			return nil
		})
	if err != nil {
		return err
	}
	var line TransferUnits
	return r.each(`
select transfer_id::text, sku, shipped, received, missing, coalesce(damaged, 0), coalesce(beyond, 0), coalesce(requested, 0), coalesce(kept, 0), coalesce(lacked, 0)
from transfer_lines order by transfer_id, line`,
		[]any{&id, &line.SKU, &line.Shipped, &line.Received, &line.Missing, &line.Damaged, &line.Over, &line.Requested, &line.Kept, &line.Lacked}, func() error {
			transfer := r.books.Transfers[id]
			transfer.Lines = append(transfer.Lines, line)
			r.books.Transfers[id] = transfer
			return nil
		})
}

// utc is an instant that may be none.
func utc(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}

func (r *bookReader) deliveries() error {
	var id string
	var d BookedDelivery
	u := &d.Units
	err := r.each(`select id::text, location, kind, supplier, reference, expected_on, state, reason, line_count, announced, received, damaged,
		over, short, announced_at, recorded_at from deliveries`,
		[]any{&id, &d.Location, &d.Kind, &d.Supplier, &d.Reference, &d.ExpectedOn, &d.State, &d.Reason, &d.LineCount, &u.Announced, &u.Received,
			&u.Damaged, &u.Over, &u.Short, &d.AnnouncedAt, &d.RecordedAt}, func() error {
			d.AnnouncedAt, d.RecordedAt = d.AnnouncedAt.UTC(), d.RecordedAt.UTC()
			r.books.Deliveries[id] = d
			return nil
		})
	if err != nil {
		return err
	}
	var l ConsignedUnits
	return r.each(`select l.delivery_id::text, l.sku, l.line, l.announced, l.received, l.damaged, l.over, l.short,
		coalesce((select string_agg(d.kind || ' ' || d.reason || ' ' || d.note || ';', '' order by d.difference)
			from delivery_differences d where d.delivery_id = l.delivery_id and d.sku = l.sku), '') from delivery_lines l`,
		[]any{&id, &l.SKU, &l.Line, &l.Announced, &l.Received, &l.Damaged, &l.Over, &l.Short, &l.Differences}, func() error {
			if r.books.DeliveryLines[id] == nil {
				r.books.DeliveryLines[id] = map[string]ConsignedUnits{}
			}
			r.books.DeliveryLines[id][l.SKU] = l
			return nil
		})
}

func (r *bookReader) counts() error {
	var id, sku string
	var c BookedCount
	err := r.each("select id::text, location, state, readings, postings from counts",
		[]any{&id, &c.Location, &c.State, &c.Readings, &c.Postings}, func() error {
			c.Posted = map[string]int64{}
			r.books.Counts[id] = c
			return nil
		})
	if err != nil {
		return err
	}
	var units int64
	return r.each("select count_id::text, sku, posted from count_lines where posted <> 0", []any{&id, &sku, &units}, func() error {
		r.books.Counts[id].Posted[sku] = units
		return nil
	})
}

func (r *bookReader) cases() error {
	var key CaseKey
	var c Case
	return r.each("select location, sku, transaction_id::text, units, open_units, cause, coalesce(settled_by::text, '') from oversell_cases",
		[]any{&key.Location, &key.SKU, &key.Transaction, &c.Units, &c.Open, &c.Cause, &c.SettledBy}, func() error {
			r.books.Cases[key] = c
			return nil
		})
}
