package auditor

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// OrderBooks is what the database holds in the end about orders, money and documents, read past the program.
type OrderBooks struct {
	Orders  map[string]*bought
	Works   map[string]*handing
	Returns map[string]*takenBack
	// Papers are all documents, by place, issuing point and position in the chain.
	Papers   []*paper
	Points   map[pointKey]*point
	Balances map[balanceKey]int64
	// Lost are the ids of gift cards by the numbers that were lost, and Replacements how many of an account were.
	Lost         map[string]string
	Replacements map[balanceKey]int64
	// Intents are payments by banks, by their ids, and Moved is what was given back of those that moved to other orders.
	Intents map[string]Intent
	Moved   map[string]int64
	// Expiries are what cards were sold as, and until when they are good.
	Expiries map[balanceKey]cardRow
	// Coupons are how many orders use them.
	Coupons map[couponKey]int64
	// Cards are the ids of gift cards by their numbers.
	Cards map[string]string

	byID map[string]*paper
}

// paper returns a document by its id, or nil.
func (b *OrderBooks) paper(id string) *paper {
	if b.byID == nil {
		b.byID = map[string]*paper{}
		for _, p := range b.Papers {
			b.byID[p.id] = p
		}
	}
	return b.byID[id]
}

// readOrderBooks reads it as a transaction sees it.
func readOrderBooks(ctx context.Context, tx pgx.Tx) (*OrderBooks, error) {
	b := &OrderBooks{
		Orders: map[string]*bought{}, Works: map[string]*handing{}, Returns: map[string]*takenBack{}, Points: map[pointKey]*point{},
		Balances: map[balanceKey]int64{}, Cards: map[string]string{}, Lost: map[string]string{}, Replacements: map[balanceKey]int64{},
		Coupons: map[couponKey]int64{}, Intents: map[string]Intent{}, Moved: map[string]int64{}, Expiries: map[balanceKey]cardRow{},
	}
	for _, read := range []func(context.Context, pgx.Tx) error{
		b.readHeads, b.readLines, b.readTaxes, b.readMoves, b.readPapersOf, b.readWorks, b.readReturns, b.readPapers, b.readPoints,
		b.readStored, b.readCoupons, b.readIntents,
	} {
		if err := read(ctx, tx); err != nil {
			return nil, fmt.Errorf("read orders: %w", err)
		}
	}
	return b, nil
}

// readAll scans every row of a query into the same variables, and takes each.
func readAll(ctx context.Context, tx pgx.Tx, query string, into []any, take func() error) error {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, take)
	return err
}

const headsQuery = `
select id::text, number, state, channel, location, coalesce(customer::text, ''), reference, coalesce(bill_to::json->>'name', ''),
    coalesce(pay_by, '0001-01-01Z'), coalesce(link_until, '0001-01-01Z'), occurred_at, recorded_at, version
from orders`

func (b *OrderBooks) readHeads(ctx context.Context, tx pgx.Tx) error {
	var o bought
	into := []any{
		&o.id, &o.number, &o.state, &o.channel, &o.location, &o.customer, &o.reference, &o.buyer, &o.payBy, &o.linkUntil, &o.occurredAt, &o.recordedAt,
		&o.version,
	}
	return readAll(ctx, tx, headsQuery, into, func() error {
		order := o
		if order.payBy.Year() == 1 {
			order.payBy = time.Time{}
		}
		if order.linkUntil.Year() == 1 {
			order.linkUntil = time.Time{}
		}
		b.Orders[o.id] = &order
		return nil
	})
}

const linesQuery = `
select order_id::text, line, sku, coalesce(account, ''), method, coalesce(fulfil_location, ''), coalesce(fulfilment::text, ''), tax_code,
    tax_ppm, coalesce(return_days, 0), quantity, fulfilled, cancelled, returned, list_minor, discount_minor, net_minor, tax_minor, gross_minor,
    coalesce(instead_of, 0), coalesce(from_location, ''), coalesce(transfer::text, ''), coalesce(away, 0), coalesce(coming, 0),
    coalesce(issuer, ''), coalesce(card_kind, ''), coalesce(rejected, 0), coalesce(terms->>'policy', ''), coalesce(terms->>'condition', ''),
    coalesce(terms->>'proof', ''), coalesce(terms->>'override', '') = 'NOBODY', coalesce((terms->>'fee_basis_points')::int8, 0),
    coalesce((terms->>'fee_unit_minor')::int8, 0)
from order_lines, lateral (select return_terms::jsonb) as policy (terms) order by order_id, line`

func (b *OrderBooks) readLines(ctx context.Context, tx pgx.Tx) error {
	var id string
	var l boughtLine
	into := []any{
		&id, &l.line, &l.sku, &l.account, &l.method, &l.location, &l.work, &l.taxCode, &l.taxPPM, &l.returnDays, &l.quantity, &l.fulfilled,
		&l.cancelled, &l.returned, &l.list, &l.discount, &l.net, &l.tax, &l.gross, &l.insteadOf,
		&l.from, &l.way, &l.away, &l.coming, &l.issuer, &l.kind, &l.rejected,
		&l.policy, &l.terms.Condition, &l.terms.Proof, &l.terms.Final, &l.terms.Part, &l.terms.Each,
	}
	return readAll(ctx, tx, linesQuery, into, func() error {
		o, err := b.order(id)
		if err == nil {
			o.lines = append(o.lines, l)
		}
		return err
	})
}

// order is the order of a child's row, which has to be there.
func (b *OrderBooks) order(id string) (*bought, error) {
	o := b.Orders[id]
	if o == nil {
		return nil, fmt.Errorf("a row belongs to order %s, which is not there", id)
	}
	return o, nil
}

func (b *OrderBooks) readTaxes(ctx context.Context, tx pgx.Tx) error {
	var id string
	var t taxSum
	query := `select order_id::text, code, ppm, net_minor, tax_minor from order_taxes order by order_id, code, ppm`
	return readAll(ctx, tx, query, []any{&id, &t.Code, &t.PPM, &t.NetMinor, &t.TaxMinor}, func() error {
		o, err := b.order(id)
		if err == nil {
			o.taxes = append(o.taxes, t)
		}
		return err
	})
}

const movesQuery = `
select order_id::text, kind, movement, amount_minor, reference, coalesce(location, ''), coalesce(account, '')
from order_payments order by order_id, payment`

func (b *OrderBooks) readMoves(ctx context.Context, tx pgx.Tx) error {
	var id string
	var m moneyMove
	return readAll(ctx, tx, movesQuery, []any{&id, &m.kind, &m.movement, &m.minor, &m.reference, &m.location, &m.account}, func() error {
		o, err := b.order(id)
		if err == nil {
			move := m
			move.location = firstText(m.location, o.location)
			o.moves = append(o.moves, move)
		}
		return err
	})
}

const intentsQuery = `
select order_id::text, id::text, state, amount_minor, authorised_minor, captured_minor, refunded_minor, moved_minor, step, step_minor, steps,
    captures_once is true, coalesce(moved_from::text, ''), coalesce(refusals, 0)
from payment_intents order by order_id, intent`

func (b *OrderBooks) readIntents(ctx context.Context, tx pgx.Tx) error {
	var id string
	var i Intent
	into := []any{&id, &i.ID, &i.State, &i.Amount, &i.Authorised, &i.Captured, &i.Refunded, &i.Moved, &i.Step, &i.StepMinor, &i.Steps, &i.Once,
		&i.MovedFrom, &i.Refusals}
	return readAll(ctx, tx, intentsQuery, into, func() error {
		o, err := b.order(id)
		if err == nil {
			o.intents = append(o.intents, i)
			if i.MovedFrom == "" {
				b.Intents[i.ID] = i
			} else {
				b.Moved[i.ID] += i.Refunded
			}
		}
		return err
	})
}

const papersOfQuery = `
select order_id::text, invoice::text, kind, coalesce(original::text, ''), occurred_at, units from order_documents order by order_id, document`

func (b *OrderBooks) readPapersOf(ctx context.Context, tx pgx.Tx) error {
	var id, units string
	var p paperOf
	return readAll(ctx, tx, papersOfQuery, []any{&id, &p.invoice, &p.kind, &p.original, &p.occurredAt, &units}, func() error {
		o, err := b.order(id)
		if err != nil {
			return err
		}
		paper := p
		o.papers = append(o.papers, paper)
		return json.Unmarshal([]byte(units), &o.papers[len(o.papers)-1].units)
	})
}

const worksQuery = `
select id::text, location, order_id::text, method, state, carrier, tracking, proof, code_count, tries, coalesce(expires_at, '0001-01-01Z'),
    placed_at, recorded_at, version, coalesce(promised_at, '0001-01-01Z'), coalesce(picked, 'null'),
    trim(both '/' from coalesce(collector_name, '') || '/' || coalesce(collector_document, '') || '/' || coalesce(collector_signature, '')),
    coalesce(parcels, 'null'), coalesce(labels, 'null'), coalesce(attention_at, '0001-01-01Z')
from fulfilments`

func (b *OrderBooks) readWorks(ctx context.Context, tx pgx.Tx) error {
	var w handing
	var picked, parcels, labels string
	var attention time.Time
	into := []any{
		&w.id, &w.location, &w.order, &w.method, &w.state, &w.carrier, &w.tracking, &w.proof, &w.codeCount, &w.tries, &w.expiresAt, &w.placedAt,
		&w.recordedAt, &w.version, &w.promisedAt, &picked, &w.collector, &parcels, &labels, &attention,
	}
	return readAll(ctx, tx, worksQuery, into, func() error {
		work := w
		if work.expiresAt.Year() == 1 {
			work.expiresAt = time.Time{}
		}
		if work.promisedAt.Year() == 1 {
			work.promisedAt = time.Time{}
		}
		look := attention
		work.attention = &look
		b.Works[w.id] = &work
		if err := json.Unmarshal([]byte(parcels), &work.parcels); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(labels), &work.labels); err != nil {
			return err
		}
		return json.Unmarshal([]byte(picked), &work.picked)
	})
}

const returnsQuery = `
select id::text, coalesce(order_id::text, ''), location, book, channel, coalesce(customer::text, ''), coalesce(exchange::text, ''), note,
    recorded_at, lines, refunds, invoices, coalesce(overrides, '[]'), coalesce(operator, ''), coalesce(proof, '')
from returns`

func (b *OrderBooks) readReturns(ctx context.Context, tx pgx.Tx) error {
	var t takenBack
	var lines, refunds, invoices, overrides string
	into := []any{
		&t.id, &t.order, &t.location, &t.book, &t.channel, &t.customer, &t.exchange, &t.note, &t.recordedAt, &lines, &refunds, &invoices,
		&overrides, &t.operator, &t.proof,
	}
	return readAll(ctx, tx, returnsQuery, into, func() error {
		back := t
		b.Returns[t.id], back.overrides = &back, nil
		if err := json.Unmarshal([]byte(overrides), &back.overrides); err != nil {
			return fmt.Errorf("overrides of return %s: %w", t.id, err)
		}
		return back.unpack(lines, refunds, invoices)
	})
}

// unpack reads what a return's row keeps as JSON.
func (t *takenBack) unpack(lines, refunds, invoices string) error {
	var units []struct {
		Units       unitSpan `json:"units"`
		SKU         string   `json:"sku"`
		Disposition string   `json:"disposition"`
		Condition   string   `json:"condition"`
		NetMinor    int64    `json:"net_minor"`
		TaxMinor    int64    `json:"tax_minor"`
		GrossMinor  int64    `json:"gross_minor"`
		TaxCode     string   `json:"tax_code"`
		TaxPPM      int32    `json:"tax_ppm"`
	}
	if err := json.Unmarshal([]byte(lines), &units); err != nil {
		return fmt.Errorf("lines of return %s: %w", t.id, err)
	}
	t.lines, t.taxCodes, t.ppms, t.moves, t.invoices = nil, nil, nil, nil, nil
	for _, u := range units {
		t.lines = append(t.lines, backLine{
			u.Units.Line, u.Units.From, u.Units.Until, u.SKU, u.Disposition, u.NetMinor, u.TaxMinor, u.GrossMinor, u.Condition,
		})
		t.taxCodes, t.ppms = append(t.taxCodes, u.TaxCode), append(t.ppms, u.TaxPPM)
	}
	var moves []struct {
		Kind        string `json:"kind"`
		Movement    string `json:"movement"`
		AmountMinor int64  `json:"amount_minor"`
		Reference   string `json:"reference"`
		At          string `json:"at"`
		Account     string `json:"account"`
	}
	if err := json.Unmarshal([]byte(refunds), &moves); err != nil {
		return fmt.Errorf("refunds of return %s: %w", t.id, err)
	}
	for _, m := range moves {
		t.moves = append(t.moves, moneyMove{m.Kind, m.Movement, m.AmountMinor, m.Reference, firstText(m.At, t.book), m.Account})
	}
	if err := json.Unmarshal([]byte(invoices), &t.invoices); err != nil {
		return fmt.Errorf("invoices of return %s: %w", t.id, err)
	}
	return nil
}

const papersQuery = `
select id::text, location, point, number, kind, series, sequence, coalesce(order_id::text, ''), coalesce(return_id::text, ''),
    transaction_id::text, coalesce(original::text, ''), original_number, coalesce(customer::text, ''), coalesce(buyer::json->>'name', ''),
    position, previous, hash, lines, taxes, occurred_at, issued_at
from invoices order by location, point, position`

func (b *OrderBooks) readPapers(ctx context.Context, tx pgx.Tx) error {
	var p paper
	var lines, taxes string
	into := []any{
		&p.id, &p.location, &p.point, &p.number, &p.kind, &p.series, &p.sequence, &p.order, &p.returned, &p.transaction, &p.original,
		&p.originalNumber, &p.customer, &p.buyer, &p.position, &p.previous, &p.hash, &lines, &taxes, &p.occurredAt, &p.issuedAt,
	}
	return readAll(ctx, tx, papersQuery, into, func() error {
		doc := p
		doc.lines, doc.taxes = nil, nil
		b.Papers = append(b.Papers, &doc)
		if err := json.Unmarshal([]byte(taxes), &doc.taxes); err != nil {
			return fmt.Errorf("taxes of document %s: %w", p.id, err)
		}
		if err := json.Unmarshal([]byte(lines), &doc.lines); err != nil {
			return fmt.Errorf("lines of document %s: %w", p.id, err)
		}
		return nil
	})
}

func (b *OrderBooks) readPoints(ctx context.Context, tx pgx.Tx) error {
	var key pointKey
	var p point
	var series string
	query := `select location, code, records, head, series from issuing_points`
	return readAll(ctx, tx, query, []any{&key.location, &key.point, &p.records, &p.head, &series}, func() error {
		var counts []struct {
			Series string `json:"series"`
			Last   int64  `json:"last"`
		}
		if err := json.Unmarshal([]byte(series), &counts); err != nil {
			return fmt.Errorf("series of %s/%s: %w", key.location, key.point, err)
		}
		issuing := &point{last: map[string]int64{}, records: p.records, head: p.head}
		for _, c := range counts {
			issuing.last[c.Series] = c.Last
		}
		b.Points[key] = issuing
		return nil
	})
}

func (b *OrderBooks) readCoupons(ctx context.Context, tx pgx.Tx) error {
	var key couponKey
	var used int64
	return readAll(ctx, tx, `select promotion, coalesce(customer::text, ''), used from coupon_counts`, []any{&key.promotion, &key.customer, &used}, func() error {
		b.Coupons[key] += used // a promotion has one coupon here
		return nil
	})
}

func (b *OrderBooks) readStored(ctx context.Context, tx pgx.Tx) error {
	var key balanceKey
	var left, replacements int64
	var card cardRow
	err := readAll(ctx, tx, `select location, account, amount_minor, coalesce(replacements, 0), coalesce(card_kind, ''),
		coalesce(expires_at, '0001-01-01 00:00:00Z') from balances`, []any{
		&key.location, &key.account, &left, &replacements, &card.kind, &card.until,
	}, func() error {
		b.Expiries[key] = card
		b.Balances[key], b.Replacements[key] = left, replacements
		return nil
	})
	if err != nil {
		return err
	}
	var kind, number, id string
	return readAll(ctx, tx, `select kind, value, entity::text from names where kind in ('gift_card', 'lost_card')`, []any{&kind, &number, &id}, func() error {
		if kind == "lost_card" {
			b.Lost[number] = id
		} else {
			b.Cards[number] = id
		}
		return nil
	})
}
