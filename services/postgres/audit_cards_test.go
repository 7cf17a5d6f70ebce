package postgres_test

import (
	"slices"
	"testing"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/pgtest"
	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// TestAuditOfExpiredCards lets a card expire, spends what came back to it, lets it expire again, and audits what is said of that.
func TestAuditOfExpiredCards(t *testing.T) {
	t.Parallel()
	s := newShop(t, pgtest.Clock)
	s.catalogue()
	yearly := retail.CardKind{Code: "yearly", Name: "A year", Currency: "EUR", ValidMonths: 12}
	as(s, retail.PutCardKind{Transaction: ledger.NewID(), Kind: yearly})
	card := retail.CardSale{ID: ledger.NewID(), Number: "CARD-1", New: true, Kind: yearly, Terms: yearly.Terms()}
	sold := retail.BasketLine{
		Description: "Gift card", Quantity: 1, ListMinor: 50_00, Card: &card, Tax: retail.TaxRate{Code: "OUT"}, Method: retail.CarryOut,
		Location: "rome", ReturnDays: 30,
	}
	s.sell(retail.PlaceOrder{
		Channel: "till", Location: "rome", Currency: "EUR", TaxIncluded: true, Fact: true, Lines: []retail.BasketLine{sold},
		Tenders: []retail.Tender{pay("CARD", 50_00, "rome")},
	})
	account := retail.GiftCardPrefix + card.ID.String()
	hat := retail.BasketLine{
		SKU: "RED-42", Description: "Runner", Quantity: 1, ListMinor: 20_00, Tax: retail.TaxRate{Code: "IVA22", PPM: 220_000},
		Method: retail.CarryOut, Location: "rome", ReturnDays: 30,
	}
	spend := retail.PlaceOrder{
		Channel: "till", Location: "rome", Currency: "EUR", TaxIncluded: true, Fact: true, Lines: []retail.BasketLine{hat},
		Tenders: []retail.Tender{{Kind: retail.GiftCard, AmountMinor: 20_00, Location: "rome", Account: account}},
	}
	later := func(by string) { s.execute("update clock.ahead set by = by + $1::interval", by) }
	expired := func(wantMinor int64) {
		t.Helper()
		found, err := s.db.ExpiredCards(t.Context(), 10)
		if err != nil || len(found) != 1 || found[0].AmountMinor != wantMinor || found[0].Account != account {
			t.Fatalf("%+v, %v", found, err)
		}
		as(s, retail.ExpireCard{Transaction: ledger.NewID(), Location: "rome", Account: account})
		if found, err = s.db.ExpiredCards(t.Context(), 10); err != nil || len(found) > 0 {
			t.Fatalf("%+v, %v", found, err)
		}
	}
	later("360 days")
	order := s.sell(spend)
	later("10 days")
	expired(30_00)
	as(s, s.takeBack(order, "rome", retail.ReturnItem{Line: 1, Units: 1, Disposition: retail.ReturnToStock}))
	later("300 days")
	s.sell(spend)
	s.sell(retail.PlaceOrder{
		Channel: "till", Location: "milan", Currency: "EUR", TaxIncluded: true, Fact: true, Tenders: []retail.Tender{pay("CARD", 7_00, "milan")},
		Lines: []retail.BasketLine{func() retail.BasketLine {
			topped := sold
			topped.ListMinor, topped.Location, topped.Card = 7_00, "milan", &retail.CardSale{
				ID: card.ID, Number: card.Number, Issuer: "rome", Kind: yearly, Terms: yearly.Terms(),
			}
			return topped
		}()},
	})
	later("100 days")
	expired(7_00)
	wantNothing(t, s.audit())

	// A card that was taken too early, and what was told of it otherwise, are found by whoever seals it again.
	for _, c := range []struct{ does, tables, change, undo, invariant string }{
		{"has it be good for longer", "balances", "update balances set expires_at = expires_at + interval '1 day'",
			"update balances set expires_at = expires_at - interval '1 day'", "L2"},
		{"has it be good for shorter, and tells so", "events", `update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"amount_minor":700', '"amount_minor":70'), 'UTF8')
			where kind = 'GiftCardExpired'`, `update events set body = convert_to(replace(convert_from(body, 'UTF8'), '"amount_minor":70,', '"amount_minor":700,'), 'UTF8')
			where kind = 'GiftCardExpired'`, "L9"},
		{"takes it for something else", "ledger_entries", "update ledger_entries set from_account = 'sales' where from_account = 'breakage'",
			"update ledger_entries set from_account = 'breakage' where from_account = 'sales' and to_account like 'gift_card/%'", "L1"},
		{"takes it before it had expired", "ledger_transactions", "update ledger_transactions set recorded_at = recorded_at - interval '99 days' where kind = 'BREAKAGE'",
			"update ledger_transactions set recorded_at = recorded_at + interval '99 days' where kind = 'BREAKAGE'", "L2"},
	} {
		for _, change := range []string{c.change, c.undo} {
			s.execute(change)
			if err := postgres.Reseal(t.Context(), s.owner, c.tables); err != nil {
				t.Fatal(err)
			}
			found := s.audit()
			names := slices.ContainsFunc(found, func(f postgres.Finding) bool { return f.Invariant == c.invariant })
			if change == c.change && !names {
				t.Errorf("somebody %s: the audit does not name %s: %v", c.does, c.invariant, found)
			} else if change == c.undo {
				wantNothing(t, found)
			}
		}
	}
}
