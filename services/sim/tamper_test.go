package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/sim/auditor"
)

// vandal is something done to the database past the program, and the rule by which it has to be found.
type vandal struct{ name, rule, sql string }

// What an auditor would be worth nothing without: each is done to the same clean books, found, and undone.
var vandals = []vandal{
	{"a payment off by a cent", "entries are not what the act comes to",
		`update ledger_entries set quantity = quantity + 1 where (location, transaction_id, line) = (select location, transaction_id, line
		from ledger_entries where from_account like 'order/%' and to_account = 'tender/CARD' order by transaction_id limit 1)`},
	{"a refund that went out twice", "entries are not what the act comes to",
		`insert into ledger_entries select location, transaction_id, line + 100, from_account, to_account, asset, quantity, version, seal
		from ledger_entries where from_account = 'tender/CASH' and to_account like 'settlement/%' limit 1`},
	{"a payment that is lost", "entries are not what the act comes to",
		`delete from ledger_entries where (location, transaction_id, line) = (select location, transaction_id, line from ledger_entries
		where to_account = 'tender/CASH' and from_account like 'order/%' order by transaction_id limit 1)`},
	{"settlement in one book alone", "entries are not what the act comes to",
		`delete from ledger_entries where (location, transaction_id, line) = (select location, transaction_id, line from ledger_entries
		where from_account like 'settlement/%' order by transaction_id limit 1)`},
	{"goods that left by another door", "entries are not what the act comes to",
		`update ledger_entries set quantity = quantity + 1 where (location, transaction_id, line) = (select location, transaction_id, line
		from ledger_entries where from_account = 'committed' and to_account = 'customer' order by transaction_id limit 1)`},
	{"an act that is lost", "an acknowledged write is lost",
		`with gone as (select transaction_id from events where kind = 'CashMoved' limit 1), e as (delete from events where transaction_id in
		(select * from gone)) delete from ledger_transactions where id in (select * from gone)`},
	{"what a carrier said, forgotten", "an acknowledged write is lost",
		`with gone as (select transaction_id from events where kind = 'ShipmentTracked' limit 1), e as (delete from events where transaction_id in
		(select * from gone)) delete from ledger_transactions where id in (select * from gone)`},
	{"a payment of a row off by a cent", "a row is not what the books come to",
		`update order_payments set amount_minor = amount_minor + 1 where (order_id, payment) = (select order_id, payment from order_payments
		where movement = 'REFUND' order by order_id, payment limit 1)`},
	{"a payment of a row that is lost", "a row is not what the books come to",
		`delete from order_payments where (order_id, payment) = (select order_id, max(payment) from order_payments group by order_id order by 1 limit 1)`},
	{"a count of units that came back", "a row is not what the books come to",
		`update order_lines set returned = returned - 1 where (order_id, line) = (select order_id, line from order_lines where returned > 0 limit 1)`},
	{"a price off by a cent", "an answer is not what happened",
		`update order_lines set net_minor = net_minor - 1, tax_minor = tax_minor + 1 where (order_id, line) = (select order_id, line
		from order_lines where tax_minor > 1 order by order_id, line limit 1)`},
	{"an order that is lost", "a row is lost",
		`with o as (select id from orders order by id limit 1), a as (delete from order_lines where order_id in (select * from o)),
		b as (delete from order_payments where order_id in (select * from o)), c as (delete from order_taxes where order_id in (select * from o)),
		d as (delete from order_documents where order_id in (select * from o)) delete from orders where id in (select * from o)`},
	{"a state that is another", "a row is not what the books come to",
		`update fulfilments set state = 'READY' where id = (select id from fulfilments where state = 'COLLECTED' limit 1)`},
	{"a pickup that is promised for later", "an answer is not what happened",
		`update fulfilments set promised_at = promised_at + interval '3 seconds' where promised_at is not null`},
	{"somebody else who collected it", "a row is not what the books come to",
		`update fulfilments set collector_name = 'Eve' where collector_name is not null`},
	{"a unit that nobody picked", "a row is not what the books come to",
		`update fulfilments set picked = replace(picked, '"units":3', '"units":4') where picked is not null`},
	{"a parcel of another carrier", "a row is not what the books come to",
		`update fulfilments set parcels = regexp_replace(parcels, '"carrier":"[^"]*"', '"carrier":"Eve"') where parcels is not null`},
	{"a parcel that is looked after later", "a row is not what the books come to",
		`update fulfilments set attention_at = now() where parcels is not null`},
	{"wrong codes that are forgotten", "a row is not what the books come to", `update fulfilments set tries = 0 where tries > 0`},
	{"a card that is worth more", "a balance is not what the books come to",
		`update balances set amount_minor = amount_minor + 1 where account like 'gift_card/%'`},
	{"a card that lost no number", "a balance is not what the books come to", `update balances set replacements = null where replacements > 0`},
	{"a number that was not lost", "a row is not what the books come to", `delete from names where kind = 'lost_card'`},
	{"a cart with more in it", "a cart is not what was put into it", `update carts set lines = replace(lines, '"quantity":1', '"quantity":2') where state = 'OPEN'`},
	{"a customer who agreed to nothing", "a cart is not what was put into it", `update carts set remind = true where remind is null`},
	{"a cart that is gone", "a cart is not what was put into it", `delete from carts where state = 'OPEN'`},
	{"a cart of another order", "a cart is not what was put into it", `update carts set order_id = gen_random_uuid() where state = 'CONVERTED'`},
	{"a credit that is gone", "a balance is not what the books come to",
		`delete from balances where (location, account) = (select location, account from balances where account like 'store_credit/%' limit 1)`},
	{"a document off by a cent", "a row is not what the books come to",
		`update invoices set lines = regexp_replace(lines, '"gross_minor":(\d)', '"gross_minor":1\1') where id = (select id from invoices
		order by id limit 1)`},
	{"a document for nothing", "a row that no act wrote",
		`insert into invoices select location, gen_random_uuid(), point, number || 'B', kind, series, sequence + 1000, order_id, return_id, transaction_id,
		original, original_number, customer, seller, buyer, currency, lines, taxes, occurred_at, issued_at, position + 1000, previous, hash, seal
		from invoices order by id limit 1`},
	{"a gap in a series", "a series has a gap or a number twice",
		`delete from invoices where (location, position) = (select location, min(position) from invoices group by location order by 1 limit 1)`},
	{"a number that is given twice", "a series has a gap or a number twice",
		`update invoices set sequence = sequence + 1 where (location, series, sequence) in (select location, series, max(sequence)
		from invoices group by location, series)`},
	{"a point that counts on", "an issuing point is not what the books come to", `update issuing_points set records = records + 1`},
	{"a return of more", "a row is not what the books come to",
		`update returns set lines = regexp_replace(lines, '"until":(\d+)', '"until":9') where id = (select id from returns order by id limit 1)`},
	{"a refund of a return off by a cent", "a row is not what the books come to",
		`update returns set refunds = regexp_replace(refunds, '"amount_minor":(\d+)', '"amount_minor":1\1') where id = (select id from returns
		order by id limit 1)`},
	{"a policy that nobody set aside", "a row is not what the books come to", `update returns set overrides = null where overrides <> '[]'`},
	{"a return that somebody else took", "a row is not what the books come to", `update returns set operator = 'Eve' where operator is not null`},
	{"an event that is told twice", "the events are not what the act did",
		`update events set version = version + 1 where seq = (select max(seq) from events where subject like 'order/%')`},
}

func TestAuditorFindsWhatIsTamperedWith(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.tradeAtTill()
	c.tradeStored()
	c.tradeCarts()
	c.tradeOnline()
	if findings := c.audited(t, ""); len(findings) > 0 {
		t.Fatalf("%d findings before anything was touched:\n%s", len(findings), toldFindings(findings))
	}
	for _, v := range vandals {
		t.Run(v.name, func(t *testing.T) {
			findings := c.audited(t, v.sql)
			if !slices.ContainsFunc(findings, func(f auditor.Finding) bool { return f.Rule == v.rule }) {
				t.Errorf("no finding says %q:\n%s", v.rule, toldFindings(findings))
			}
		})
	}
}

// TestAuditorFindsASettlementThatIsToldWrongly looks whether what places owe each other is known from their orders, and an error in it is found.
func TestAuditorFindsASettlementThatIsToldWrongly(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.tradeAtTill()
	c.tradeStored()
	c.tradeOnline()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: c.db.URL, Writers: 1, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	told := func() (owed settled, books *auditor.Books) {
		for acts := -1; ; acts = len(books.Acts) { // until the house was not at work meanwhile
			if books, err = auditor.ReadBooks(t.Context(), c.db.OwnerURL); err != nil {
				t.Fatal(err)
			}
			if len(books.Acts) == acts {
				return owed, books
			}
			if owed, err = readSettled(t.Context(), db, time.Now().Add(-time.Second).Truncate(time.Microsecond)); err != nil {
				t.Fatal(err)
			}
		}
	}
	owed, books := told()
	if findings := auditSettled(owed, books); len(findings) > 0 {
		t.Fatalf("as it is:\n%s", toldFindings(findings))
	}
	seen := map[retail.SettlementPart]bool{}
	for _, entries := range owed.entries {
		for _, e := range entries {
			seen[e.Part] = true
		}
	}
	if len(seen) != len(retail.SettlementParts) {
		t.Errorf("what was traded is settled by %v alone", seen)
	}
	for name, spoil := range map[string]func(s *settled){
		"money under another figure": func(s *settled) {
			s.whole[0].PartsMinor[retail.TakenForThem]--
			s.whole[0].PartsMinor[retail.GivenBackForThem]++
		},
		"a pair that is not told":   func(s *settled) { s.whole = s.whole[1:] },
		"an entry that is not told": func(s *settled) { s.entries[[2]string{s.whole[0].Location, s.whole[0].With}] = nil },
		"another opening":           func(s *settled) { s.since[0].OpeningMinor++ },
	} {
		spoiled, books := told()
		if spoil(&spoiled); len(auditSettled(spoiled, books)) == 0 {
			t.Errorf("%s: nothing is found", name)
		}
	}
}

// TestAuditorFindsReturnsThatAreToldWrongly looks whether what came back of whom is known from orders and documents, and an error in it is found.
func TestAuditorFindsReturnsThatAreToldWrongly(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.tradeAtTill()
	c.tradeOnline()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: c.db.URL, Writers: 1, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, spoil := range map[string]func(told map[retail.ReturnSubject][]retail.ReturnRate){
		"": func(map[retail.ReturnSubject][]retail.ReturnRate) {},
		"somebody who is not told": func(told map[retail.ReturnSubject][]retail.ReturnRate) {
			told[retail.OfOperator] = told[retail.OfOperator][1:]
		},
		"a unit more that was sold":         func(told map[retail.ReturnSubject][]retail.ReturnRate) { told[retail.OfCustomer][0].UnitsSold++ },
		"a policy that nobody set aside":    func(told map[retail.ReturnSubject][]retail.ReturnRate) { told[retail.OfLocation][0].Overridden = 0 },
		"one who stands where others stand": func(told map[retail.ReturnSubject][]retail.ReturnRate) { told[retail.OfLocation][0].Rank = -1 },
	} {
		var told map[retail.ReturnSubject][]retail.ReturnRate
		var books *auditor.Books
		for acts := -1; books == nil || len(books.Acts) != acts; { // until the house was not at work meanwhile
			if books != nil {
				acts = len(books.Acts)
			}
			if told, err = readReturned(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if books, err = auditor.ReadBooks(t.Context(), c.db.OwnerURL); err != nil {
				t.Fatal(err)
			}
		}
		spoil(told)
		if findings := auditReturned(told, books); (len(findings) > 0) != (name != "") {
			t.Errorf("%s: %s", name, toldFindings(findings))
		}
	}
}
