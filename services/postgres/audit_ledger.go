package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// nextBookSQL is the next location that has a ledger or stock.
const nextBookSQL = `
select least(
	(select min(location) from ledger_transactions where location %[1]s $1),
	(select min(location) from balances where location %[1]s $1),
	(select min(location) from ledger_entries where location %[1]s $1),
	(select min(location) from stock_levels where location %[1]s $1),
	(select min(location) from oversell_cases where location %[1]s $1))`

// books proves the ledger location by location.
func (a *audit) books(ctx context.Context) error {
	operator, last := ">=", ""
	for {
		var book []byte
		err := a.snapshot(ctx, func(s *snapshot) error {
			found, err := s.query(fmt.Sprintf(nextBookSQL, operator), [][]byte{[]byte(last)})
			if err == nil {
				book = found[0].next()
			}
			return err
		})
		if err != nil || book == nil {
			return err
		}
		operator, last = ">", string(book)
		if err := a.book(ctx, last); err != nil {
			return fmt.Errorf("book of %s: %w", last, err)
		}
		a.summary.Books++
	}
}

// book proves one location: its levels, balances and entries, window by window of its positions and accounts, and its oversell
// cases. The first pass over the entries also proves them; further ones only fold.
func (a *audit) book(ctx context.Context, book string) error {
	pass := a.ledger
	for positions, accounts := (span{}), (span{}); !positions.ended || !accounts.ended; {
		w, err := a.readWindow(ctx, book, positions)
		if err != nil {
			return err
		}
		if w.accounts, err = a.readAccounts(ctx, book, accounts); err != nil {
			return err
		}
		if err := pass(ctx, w); err != nil {
			return err
		}
		a.proveWindow(w)
		if err := a.proveAccounts(ctx, w.accounts); err != nil {
			return err
		}
		positions, accounts, pass = w.span.next(), w.accounts.span.next(), a.foldOnly
	}
	if err := a.cases(ctx, book); err != nil {
		return err
	}
	return a.crossings(ctx, book)
}

var ledgerFamily = family{root: transactionsTable, children: []table{entriesTable}}

// foldOnly passes over a book once more, for positions that did not fit the window of the pass that proved it.
func (a *audit) foldOnly(ctx context.Context, w *window) error {
	for page, err := range a.pages(ctx, ledgerFamily, [][]byte{[]byte(w.book)}, 1, nil) {
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.root == nil {
				continue
			}
			h, _ := readHeader(m)
			w.foldValue(h)
			for _, e := range h.Entries {
				w.fold(e, h.RecordedAt)
				w.accounts.fold(e, h.RecordedAt)
			}
		}
		if len(w.unknown) >= a.limits.unknown {
			if err := a.proveUnknown(ctx, w); err != nil {
				return err
			}
		}
	}
	return a.proveUnknown(ctx, w)
}

// readHeader reads a transaction with its entries; count is how many it says it has.
func readHeader(m member) (h retail.Header, count int32) {
	r := record{values: m.root.values}
	h = retail.Header{
		Location: r.text(), ID: r.id(), Kind: retail.Kind(r.text()), OccurredAt: r.time(), RecordedAt: r.time(), Actor: r.text(),
		Channel: r.text(), RequestID: r.id(), Cause: r.text(),
	}
	count = r.int4()
	h.Reason, h.Note = r.text(), r.text()
	for _, row := range m.children[0] {
		h.Entries = append(h.Entries, readEntry(row))
	}
	return h, count
}

func readEntry(row *record) retail.Entry {
	r := record{values: row.values, at: 3}
	return retail.Entry{
		Location: string(row.values[0]), From: r.text(), To: r.text(), Asset: r.text(), Quantity: r.int8(), Version: r.int8(),
	}
}

// ledger proves the transactions and entries of a book (L1, L8, L9), and folds them into a window.
func (a *audit) ledger(ctx context.Context, w *window) error {
	later := newUnheard()
	var beside besideHeaders
	pages := a.pages(ctx, ledgerFamily, [][]byte{[]byte(w.book)}, 1, func(s *snapshot, page []member) (err error) {
		beside, err = s.besideHeaders(page)
		return err
	})
	for page, err := range pages {
		if err != nil {
			return err
		}
		for _, m := range a.verify(ledgerFamily, page, "L1", "ledger of "+w.book) {
			h, count := readHeader(m)
			a.proveHeader(h, count, m.children[0], beside)
			a.proveRequestOf(h, beside)
			a.proveTold(h, beside, later)
			a.proveValued(h)
			w.foldValue(h)
			for _, e := range h.Entries {
				w.fold(e, h.RecordedAt)
				w.accounts.fold(e, h.RecordedAt)
			}
		}
		if len(w.unknown) >= a.limits.unknown {
			if err := a.proveUnknown(ctx, w); err != nil {
				return err
			}
		}
		if len(later.headers) >= a.limits.unheard {
			if err := a.proveUnheard(ctx, later); err != nil {
				return err
			}
		}
	}
	if err := a.proveUnheard(ctx, later); err != nil {
		return err
	}
	return a.proveUnknown(ctx, w)
}

// proveHeader proves that a transaction is well-formed and of its kind's chart (L1). That it has posted exactly what it should
// is proved from the document, which is what says so.
func (a *audit) proveHeader(h retail.Header, count int32, lines []*record, beside besideHeaders) {
	t, key := transactionsTable, idText(h.Location, h.ID)
	c, known := charts[h.Kind]
	if !known {
		a.broken("L1", t, key, "%s is no kind of act", h.Kind)
		return
	}
	home := beside.homeOf(h)
	switch {
	case int(count) != len(lines):
		a.broken("L1", t, key, "it has %d entries, and there are %d", count, len(lines))
	case count == 0 && (!c.bare || home != h.Location):
		a.broken("L1", t, key, "a %s without entries", h.Kind)
	case !strings.HasPrefix(h.Cause, c.cause) || h.Kind == retail.KindMaster && h.Cause == "":
		a.broken("L1", t, key, "%s is no cause of a %s", h.Cause, h.Kind)
	case !c.late && !h.OccurredAt.Equal(h.RecordedAt):
		a.broken("L1", t, key, "a %s happens when it is recorded", h.Kind)
	case !c.reason && h.Reason+h.Note != "":
		a.broken("L1", t, key, "a %s names the reason %q, and says %q", h.Kind, h.Reason, h.Note)
	case (c.recorded != "" || c.named) && h.Reason == "":
		a.broken("L1", t, key, "a %s without a reason", h.Kind)
	case h.Reason != "" && !beside.knows(h.Reason):
		a.broken("CATALOGUE", t, key, "its reason %s is not there", h.Reason)
	}
	if home != h.Location {
		a.proveElsewhere(h, home, beside)
	}
	a.proveSettled(h, beside)
	accounts := beside.around.accounts(beside.around.causeOf(h.Cause))
	for i, e := range h.Entries {
		a.proveEntry(h, c, e, lines[i], accounts)
	}
}

// proveElsewhere proves of a transaction in another book than its own place that it may be there, and that it is the same in
// its own place (L1).
func (a *audit) proveElsewhere(h retail.Header, home string, beside besideHeaders) {
	t, key := transactionsTable, idText(h.Location, h.ID)
	at, found := beside.homes[h.ID]
	at.Location, at.Entries = h.Location, h.Entries
	switch {
	case home == "" || !beside.around.books(h.Cause)[h.Location]:
		a.broken("L1", t, key, "a %s for %s belongs into the book of %q", h.Kind, h.Cause, home)
	case !found:
		a.broken("L1", t, key, "it is not in the book of its own place, %s", home)
	case !alike(reflect.ValueOf(at), reflect.ValueOf(h)):
		a.broken("L1", t, key, "it is another one in the book of its own place, %s", home)
	}
}

func (a *audit) proveEntry(h retail.Header, c chart, e retail.Entry, row *record, accounts map[string]string) {
	t, key := entriesTable, keyText(entriesTable, row)
	from, to := retail.KindOf(e.From), retail.KindOf(e.To)
	switch {
	case from == retail.NoAccount || to == retail.NoAccount:
		a.broken("L1", t, key, "%s or %s is no account", e.From, e.To)
	case from != to || e.From == e.To:
		a.broken("L1", t, key, "nothing moves from %s to %s", e.From, e.To)
	case e.Quantity <= 0:
		a.broken("L1", t, key, "it moves %d", e.Quantity)
	case from == retail.UnitAccount && (e.Asset == "" || e.Version < 1):
		a.broken("L1", t, key, "it moves units of %q to version %d", e.Asset, e.Version)
	case from == retail.MoneyAccount && (!isCurrency(e.Asset) || e.Version != 0):
		a.broken("L1", t, key, "it moves money in %q to version %d", e.Asset, e.Version)
	}
	owed := false
	for _, account := range []string{e.From, e.To} {
		if !strings.HasPrefix(account, retail.OrderPrefix) {
			continue
		}
		owed = true
		if book, known := accounts[account]; !known {
			a.broken("L6", t, key, "%s is of no order or return that a %s for %s is about", account, h.Kind, h.Cause)
		} else if book != h.Location {
			a.broken("L6", t, key, "%s is kept in the book of %s", account, book)
		}
	}
	if known := slices.Collect(maps.Keys(accounts)); !isValue(e) && !c.allows(e, known) && !(owed && c.allows(e, []string{e.From, e.To})) {
		a.broken("L1", t, key, "a %s for %s does not move from %s to %s", h.Kind, h.Cause, e.From, e.To)
	}
	byTransit := strings.HasPrefix(e.From, retail.TransitPrefix) || strings.HasPrefix(e.To, retail.TransitPrefix)
	if !isValue(e) && (h.Kind == retail.KindTransfer || byTransit) && e.From != transitOf(h) && e.To != transitOf(h) {
		a.broken("L10", t, key, "a %s for %s moves by another transit", h.Kind, h.Cause)
	}
}

// transitOf is the account of what is under way by a transfer.
func transitOf(h retail.Header) string {
	return retail.TransitPrefix + strings.TrimPrefix(h.Cause, transferCause)
}

// isCurrency tells whether an asset is an ISO 4217 code.
func isCurrency(asset string) bool {
	return len(asset) == 3 && strings.Trim(asset, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// proveMoved compares what others were told of a delivery, an adjustment, what was recorded of the stock or a movement of cash with
// what was posted.
func (a *audit) proveMoved(h retail.Header, event told) {
	var same func() bool
	var err error
	switch {
	case h.Kind == retail.KindCash:
		var cash retail.CashMoved
		err = json.Unmarshal(event.body, &cash)
		same = func() bool { return sameCash(h, cash) }
	case h.Kind == retail.KindCard:
		var card retail.CardReplaced
		err = json.Unmarshal(event.body, &card)
		same = func() bool { return sameCard(h, card) }
	case h.Kind == retail.KindBreakage:
		var gone retail.CardExpired
		err = json.Unmarshal(event.body, &gone)
		same = func() bool { return sameExpiry(h, gone) }
	case charts[h.Kind].recorded != "":
		var told retail.StockRecorded
		err = json.Unmarshal(event.body, &told)
		same = func() bool { return sameRecord(h, told) }
	default:
		var moved retail.StockMoved
		err = json.Unmarshal(event.body, &moved)
		same = func() bool { return sameStock(h, moved) }
	}
	switch {
	case err != nil:
		a.broken("L9", eventsTable, event.key, "its body can't be read: %v", err)
	case !same():
		a.broken("L9", eventsTable, event.key, "others were told of another movement than was posted")
	}
}

func sameRecord(h retail.Header, told retail.StockRecorded) bool {
	posted := retail.StockRecorded{
		Location: h.Location, Act: charts[h.Kind].recorded, Cause: h.Cause, Reason: h.Reason, Note: h.Note,
	}
	for _, e := range others(h.Entries) {
		posted.Lines = append(posted.Lines, retail.StockLine{SKU: e.Asset, From: e.From, To: e.To, Quantity: e.Quantity})
	}
	return alike(reflect.ValueOf(posted), reflect.ValueOf(told))
}

func sameStock(h retail.Header, moved retail.StockMoved) bool {
	h.Entries = others(h.Entries)
	same := moved.Location == h.Location && moved.Cause == h.Cause && moved.Reason == h.Reason && moved.Note == h.Note &&
		len(moved.Lines) == len(h.Entries)
	for i := 0; same && i < len(moved.Lines); i++ {
		line, e := moved.Lines[i], h.Entries[i]
		units := e.Quantity
		if e.From == retail.Available {
			units = -units
		}
		same = line.SKU == e.Asset && line.Quantity == units
	}
	return same
}

// sameCard compares what others were told of a lost card with the act. What was on the card then, and the ends of its numbers, are told
// by nothing else.
func sameCard(h retail.Header, card retail.CardReplaced) bool {
	told := card
	told.Transaction, told.Location, told.Account, told.Note, told.RecordedAt = h.ID, h.Location, h.Cause, h.Note, h.RecordedAt
	return h.Reason == "" && card.Replacements > 0 && alike(reflect.ValueOf(told), reflect.ValueOf(card))
}

// sameExpiry compares what others were told of a card that expired with the act. When it expired and of which kind it was follow from what
// was put on it, and are proved with its balance.
func sameExpiry(h retail.Header, gone retail.CardExpired) bool {
	if len(h.Entries) != 1 || h.Entries[0].To != h.Cause || gone.ExpiredAt.After(h.RecordedAt) {
		return false
	}
	told := gone
	told.Transaction, told.Location, told.Account, told.RecordedAt = h.ID, h.Location, h.Cause, h.RecordedAt
	told.Currency, told.AmountMinor = h.Entries[0].Asset, h.Entries[0].Quantity
	return h.Reason == "" && h.Note == "" && alike(reflect.ValueOf(told), reflect.ValueOf(gone))
}

func sameCash(h retail.Header, moved retail.CashMoved) bool {
	if len(h.Entries) != 1 {
		return false
	}
	e := h.Entries[0]
	act := retail.CashDrop
	switch {
	case e.To == retail.CashDifference:
		act = retail.CashShort
	case e.From == retail.CashDifference:
		act = retail.CashOver
	}
	told := retail.CashMoved{
		Transaction: h.ID, Location: h.Location, Currency: e.Asset, Act: act, AmountMinor: e.Quantity, Note: h.Cause,
		RecordedAt: h.RecordedAt,
	}
	return alike(reflect.ValueOf(told), reflect.ValueOf(moved))
}
