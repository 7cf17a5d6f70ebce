package rpc

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// memory is a database in memory, and what the services read of it. It has one transaction at a time.
type memory struct {
	turn sync.Mutex // held while a transaction is open

	mu       sync.Mutex
	rows     map[retail.Key]retail.Row
	outcomes map[retail.ID]ledger.Outcome
	events   []ledger.Event
	headers  []retail.Header
}

func newMemory() *memory {
	return &memory{rows: map[retail.Key]retail.Row{}, outcomes: map[retail.ID]ledger.Outcome{}}
}

func (m *memory) Lock(_ context.Context, keys, _ []retail.Key, requests []retail.ID) (ledger.Locked, error) {
	m.turn.Lock()
	m.mu.Lock()
	defer m.mu.Unlock()
	loaded := ledger.Locked{Rows: map[retail.Key]retail.Row{}, Outcomes: map[retail.ID]ledger.Outcome{}, Now: time.Now(), Tx: m}
	for _, key := range keys {
		if row := m.rows[key]; row != nil {
			loaded.Rows[key] = row
		} else if key.Table == retail.TableLevels {
			loaded.Rows[key] = retail.Level{Location: key.Place, SKU: key.Code}
		}
	}
	for _, id := range requests {
		if outcome, ok := m.outcomes[id]; ok {
			loaded.Outcomes[id] = outcome
		}
	}
	return loaded, nil
}

func (m *memory) Commit(_ context.Context, w ledger.Writes) error {
	defer m.turn.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range w.Rows {
		m.rows[row.After.Key()] = row.After
	}
	for _, outcome := range w.Outcomes {
		m.outcomes[outcome.Request] = outcome
	}
	m.events = append(m.events, w.Events...)
	m.headers = append(m.headers, w.Headers...)
	return nil
}

func (m *memory) Rollback(context.Context) { m.turn.Unlock() }

// one reads a row by its key.
func one[T retail.Row](m *memory, key retail.Key) (T, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, found := m.rows[key].(T)
	return row, found, nil
}

// all reads the rows that a question is about, in the order of their keys.
func all[T retail.Row](m *memory, limit int, about func(T) bool) ([]T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []T
	for _, key := range slices.SortedFunc(maps.Keys(m.rows), retail.CompareKeys) {
		if row, ok := m.rows[key].(T); ok && about(row) && len(found) < limit {
			found = append(found, row)
		}
	}
	return found, nil
}

func first[T any](found []T, err error) (row T, there bool, _ error) {
	if len(found) == 0 {
		return row, false, err
	}
	return found[0], true, err
}

const noLimit = 1000

func (m *memory) Location(_ context.Context, code string) (retail.Location, bool, error) {
	return one[retail.Location](m, retail.LocationKey(code))
}

func (m *memory) LocationNow(ctx context.Context, code string) (retail.Location, bool, error) {
	return m.Location(ctx, code)
}

func (m *memory) Locations(_ context.Context, after string, limit int) ([]retail.Location, error) {
	return all(m, limit, func(l retail.Location) bool { return l.Code > after })
}

func (m *memory) UnknownLocations(ctx context.Context, codes []string) (unknown []string, _ error) {
	for _, code := range codes {
		if _, found, _ := m.Location(ctx, code); !found {
			unknown = append(unknown, code)
		}
	}
	return unknown, nil
}

func (m *memory) Channel(_ context.Context, code string) (retail.Channel, bool, error) {
	return one[retail.Channel](m, retail.ChannelKey(code))
}

func (m *memory) ChannelNow(ctx context.Context, code string) (retail.Channel, bool, error) {
	return m.Channel(ctx, code)
}

func (m *memory) Channels(_ context.Context, after string, limit int) ([]retail.Channel, error) {
	return all(m, limit, func(c retail.Channel) bool { return c.Code > after })
}

func (m *memory) Promotions(context.Context) ([]retail.Promotion, error) {
	return all(m, noLimit, func(p retail.Promotion) bool { return !p.Retired })
}

func (m *memory) ReturnPolicies(context.Context) ([]retail.ReturnPolicy, error) {
	return all(m, noLimit, func(p retail.ReturnPolicy) bool { return !p.Retired })
}

func (m *memory) RefundTerms(context.Context) ([]retail.RefundTerms, error) {
	return all(m, noLimit, func(retail.RefundTerms) bool { return true })
}

func (m *memory) ReturnPoliciesAfter(_ context.Context, after string, limit int) ([]retail.ReturnPolicy, error) {
	return all(m, limit, func(p retail.ReturnPolicy) bool { return p.Code > after })
}

func (m *memory) Promotion(_ context.Context, code string) (retail.Promotion, bool, error) {
	return one[retail.Promotion](m, retail.PromotionKey(code))
}

func (m *memory) PromotionsAfter(_ context.Context, after string, limit int) ([]retail.Promotion, error) {
	return all(m, limit, func(p retail.Promotion) bool { return p.Code > after })
}

func (m *memory) TaxRates(_ context.Context, jurisdiction string) ([]retail.TaxRate, error) {
	rates, _, err := one[retail.TaxRates](m, retail.TaxRatesKey(jurisdiction))
	return rates.Rates, err
}

func (m *memory) TaxRatesNow(ctx context.Context, jurisdiction string) ([]retail.TaxRate, error) {
	return m.TaxRates(ctx, jurisdiction)
}

func (m *memory) AllLocations(ctx context.Context) ([]retail.Location, error) {
	return m.Locations(ctx, "", noLimit)
}

func (m *memory) LevelsAbove(ctx context.Context, skus []string, location string, available int64) ([]retail.Level, error) {
	levels, err := m.Levels(ctx, skus, []string{location})
	return slices.DeleteFunc(levels, func(l retail.Level) bool { return l.Available() <= available }), err
}

func (m *memory) LevelsOf(ctx context.Context, skus, locations []string) ([]retail.Level, error) {
	if len(locations) == 0 {
		return nil, nil
	}
	return m.Levels(ctx, skus, locations)
}

func (m *memory) Buffers(_ context.Context, positions []retail.Key) ([]retail.BufferRules, error) {
	return all(m, noLimit, func(b retail.BufferRules) bool {
		return slices.ContainsFunc(positions, func(k retail.Key) bool { return k.Place == b.Location && (b.SKU == "" || k.Code == b.SKU) })
	})
}

func (m *memory) BuffersNow(_ context.Context, skus, locations []string) ([]retail.BufferRules, error) {
	return all(m, noLimit, func(b retail.BufferRules) bool {
		return slices.Contains(locations, b.Location) && (b.SKU == "" || slices.Contains(skus, b.SKU))
	})
}

func (m *memory) BuffersAt(_ context.Context, location, from string, limit int) ([]retail.BufferRules, error) {
	return all(m, limit, func(b retail.BufferRules) bool { return b.Location == location && b.SKU >= from && len(b.Rules) > 0 })
}

func (m *memory) Holds(_ context.Context, refs []retail.HoldRef) ([]retail.Hold, error) {
	holds := make([]retail.Hold, len(refs))
	for i, ref := range refs {
		holds[i], _, _ = one[retail.Hold](m, retail.HoldKey(ref.Location, ref.ID))
	}
	return holds, nil
}

func (m *memory) Hold(_ context.Context, location string, id retail.ID) (retail.Hold, bool, error) {
	return one[retail.Hold](m, retail.HoldKey(location, id))
}

func (m *memory) Cart(_ context.Context, id retail.ID) (retail.Cart, bool, error) {
	return one[retail.Cart](m, retail.CartKey(id))
}

func (m *memory) Cards(_ context.Context, numbers []string) (map[string]retail.Card, error) {
	cards := map[string]retail.Card{}
	for _, number := range numbers {
		name, found, _ := one[retail.Name](m, retail.NameKey(retail.NameGiftCard, number))
		balance, _, err := first(all(m, 1, func(b retail.Balance) bool { return b.Account == retail.GiftCardPrefix+name.Entity.String() }))
		if err == nil && found {
			_, lost, _ := one[retail.Name](m, retail.NameKey(retail.NameLostCard, number))
			cards[number] = retail.Card{ID: name.Entity, Balance: balance, Lost: lost}
		}
	}
	return cards, nil
}

func (m *memory) CardKind(_ context.Context, code string) (retail.CardKind, bool, error) {
	return one[retail.CardKind](m, retail.CardKindKey(code))
}

func (m *memory) CardKinds(_ context.Context, after string, limit int) ([]retail.CardKind, error) {
	return all(m, limit, func(k retail.CardKind) bool { return k.Code > after })
}

func (m *memory) BlindTerms(_ context.Context, currency string) (retail.BlindTerms, bool, error) {
	return one[retail.BlindTerms](m, retail.BlindTermsKey(currency))
}

func (m *memory) LowestSold(_ context.Context, skus []string, _ string, _ time.Time) (map[string]int64, error) {
	lowest := map[string]int64{}
	for _, sku := range skus {
		lowest[sku] = 5
	}
	return lowest, nil
}

func (m *memory) Balances(_ context.Context, accounts []string) ([]retail.Balance, error) {
	found, err := all(m, noLimit, func(b retail.Balance) bool { return slices.Contains(accounts, b.Account) })
	slices.SortFunc(found, func(a, b retail.Balance) int { return cmp.Compare(b.AmountMinor, a.AmountMinor) })
	return found, err
}

func (m *memory) Levels(_ context.Context, skus, locations []string) ([]retail.Level, error) {
	found, err := all(m, noLimit, func(l retail.Level) bool {
		return slices.Contains(skus, l.SKU) && (len(locations) == 0 || slices.Contains(locations, l.Location))
	})
	for _, location := range locations {
		for _, sku := range skus {
			if !slices.ContainsFunc(found, func(l retail.Level) bool { return l.Location == location && l.SKU == sku }) {
				found = append(found, retail.Level{Location: location, SKU: sku})
			}
		}
	}
	return found, err
}

func (m *memory) LevelsAfter(
	_ context.Context, location, sku string, after retail.PositionMark, limit int,
) ([]retail.Level, error) {
	return all(m, limit, func(l retail.Level) bool {
		return (location == "" || l.Location == location) && (sku == "" || l.SKU == sku) &&
			cmp.Or(cmp.Compare(l.Location, after.Location), cmp.Compare(l.SKU, after.SKU)) > 0
	})
}

func (m *memory) StockValue(_ context.Context, location string) (value retail.StockValue, _ error) {
	for _, row := range m.rows {
		if level, ok := row.(retail.Level); ok && level.Location == location {
			value.Minor += level.Worth.ValueMinor
		}
	}
	return value, nil
}

func (m *memory) Margins(context.Context, time.Time, time.Time, retail.MarginsOf, retail.Margin, int) ([]retail.Margin, error) {
	return []retail.Margin{{Location: "milan", SKU: "HAT", Currency: "EUR", Sold: 2, NetMinor: 20, CostMinor: 12}}, nil
}

func (m *memory) Liabilities(context.Context, time.Time, time.Time, string) ([]retail.Liability, error) {
	return []retail.Liability{{Kind: retail.GiftCard, Currency: "EUR", OpeningMinor: 5, IssuedMinor: 20, SpentMinor: 12, Open: 1}}, nil
}

func (m *memory) ReturnRates(context.Context, time.Time, time.Time, retail.ReturnRatesOf, retail.ReturnRate, int) ([]retail.ReturnRate, error) {
	return []retail.ReturnRate{{Subject: "milan", Currency: "EUR", Returns: 1, UnitsSold: 2, SoldMinor: 20, UnitsBack: 1, BackMinor: 10, Rank: 1}}, nil
}

func (m *memory) Settlements(
	context.Context, time.Time, time.Time, string, string, retail.PairSettlement, int,
) ([]retail.PairSettlement, error) {
	return []retail.PairSettlement{{
		Location: "milan", With: "rome", Currency: "EUR", OpeningMinor: 5, PartsMinor: map[retail.SettlementPart]int64{retail.TakenForThem: -3},
	}}, nil
}

func (m *memory) SettlementEntries(
	context.Context, time.Time, time.Time, retail.SettlementEntriesOf, retail.SettlementMark, int,
) ([]retail.SettlementEntry, error) {
	return []retail.SettlementEntry{{Part: retail.TakenForThem, AmountMinor: -3, Currency: "EUR"}}, nil
}

func (m *memory) LeftAt(context.Context, retail.ID) ([]retail.LeftAt, error) {
	return []retail.LeftAt{{Line: 1, Unit: retail.Cost{Minor: 6, Currency: "EUR"}}}, nil
}

// LevelsAsOf finds that nothing ever changed.
func (m *memory) LevelsAsOf(_ context.Context, now []retail.Level, _ time.Time, _ bool) ([]retail.Level, error) {
	return now, nil
}

// Nobody can watch it: no requests are made of streams.
func (m *memory) PositionsMoved(context.Context, int64, int64) ([]retail.Level, error) {
	return nil, nil
}

func (m *memory) LevelsAtVersions(context.Context, []retail.Level) ([]retail.Level, error) {
	return nil, nil
}

func (m *memory) LevelsAtCut(context.Context, int64, retail.LevelQuery) ([]retail.Level, error) {
	return nil, nil
}

func (m *memory) Movements(_ context.Context, location, sku string, upTo int64, limit int) ([]retail.StockMovement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []retail.StockMovement
	for _, header := range slices.Backward(m.headers) {
		for _, entry := range slices.Backward(header.Entries) {
			if header.Location == location && entry.Asset == sku && 0 < entry.Version && entry.Version <= upTo && len(found) < limit {
				found = append(found, retail.StockMovement{Header: header, Entry: entry})
			}
		}
	}
	return found, nil
}

func (m *memory) OpenCases(_ context.Context, location string, _ retail.CaseMark, limit int) ([]retail.ShownCase, error) {
	return m.cases(location, limit, func(c retail.ShownCase) bool { return c.OpenUnits > 0 })
}

func (m *memory) SettledCases(_ context.Context, location string, _ retail.CaseMark, limit int) ([]retail.ShownCase, error) {
	return m.cases(location, limit, func(c retail.ShownCase) bool { return c.OpenUnits == 0 })
}

func (m *memory) Case(_ context.Context, location, sku string, id retail.ID) (retail.ShownCase, bool, error) {
	return first(m.cases(location, 1, func(c retail.ShownCase) bool { return c.SKU == sku && c.Transaction == id }))
}

func (m *memory) cases(location string, limit int, about func(retail.ShownCase) bool) (cases []retail.ShownCase, _ error) {
	levels, err := all(m, noLimit, func(l retail.Level) bool { return l.Location == location })
	for _, level := range levels {
		for _, c := range level.Cases {
			if one := (retail.ShownCase{Location: location, SKU: level.SKU, OversellCase: c}); len(cases) < limit && about(one) {
				cases = append(cases, one)
			}
		}
	}
	return cases, err
}

func (m *memory) StockReason(_ context.Context, code string) (retail.StockReason, bool, error) {
	reason, found, err := one[retail.StockReason](m, retail.StockReasonKey(code))
	if !found {
		reason, found = retail.StandardReason(code)
	}
	return reason, found, err
}

func (m *memory) StockReasons(_ context.Context, after string, limit int) ([]retail.StockReason, error) {
	put, err := all(m, limit, func(r retail.StockReason) bool { return r.Code > after })
	return retail.WithStandardReasons(put, after, limit), err
}

func (m *memory) HoldsAt(_ context.Context, location, owner string, _ retail.HoldMark, limit int) ([]retail.Hold, error) {
	return all(m, limit, func(h retail.Hold) bool {
		return h.Location == location && h.State == retail.StateHeld && (owner == "" || h.Owner == owner)
	})
}

func (m *memory) Transfer(_ context.Context, id retail.ID) (retail.Transfer, bool, error) {
	return one[retail.Transfer](m, retail.TransferKey(id))
}

func (m *memory) Transfers(_ context.Context, of retail.TransfersOf, _ retail.OrderMark, limit int) ([]retail.Transfer, error) {
	return all(m, limit, func(t retail.Transfer) bool {
		return (t.From == of.From || t.To == of.To) && (len(of.States) == 0 || slices.Contains(of.States, t.State))
	})
}

func (m *memory) Order(_ context.Context, id retail.ID) (retail.Order, bool, error) {
	return one[retail.Order](m, retail.OrderKey(id))
}

// RefusedRefunds is not asked for: nobody waits for an hour.
func (m *memory) RefusedRefunds(context.Context, retail.IntentMark, int) ([]retail.PlacedIntent, error) {
	return nil, nil
}

// UnansweredPayments is not asked for: each step is answered by whoever began it.
func (m *memory) UnansweredPayments(context.Context, time.Duration, retail.IntentMark, int) ([]retail.PlacedIntent, error) {
	return nil, nil
}

// UnansweredLabels is not asked for either.
func (m *memory) UnusedLabels(context.Context, int) ([]retail.Fulfilment, error) {
	return nil, nil
}

func (m *memory) UnansweredLabels(context.Context, time.Duration, retail.LabelRef, int) ([]retail.LabelRef, error) {
	return nil, nil
}

// IntentCases are none: nobody waits for anything.
func (m *memory) IntentCases(context.Context, bool, retail.IntentMark, int) ([]retail.PlacedIntent, error) {
	return nil, nil
}

func (m *memory) OrderByNumber(_ context.Context, number string) (retail.Order, bool, error) {
	return first(all(m, 1, func(o retail.Order) bool { return o.Number == number }))
}

func (m *memory) Orders(_ context.Context, customer retail.ID, location string, _ retail.OrderMark, limit int) ([]retail.Order, error) {
	return all(m, limit, func(o retail.Order) bool { return o.Customer == customer || o.Location == location })
}

func (m *memory) OrdersOfReference(
	_ context.Context, location, reference string, _ retail.ID, _ retail.OrderMark, limit int,
) ([]retail.Order, error) {
	return all(m, limit, func(o retail.Order) bool { return o.Location == location && o.Reference == reference })
}

func (m *memory) OrderSteps(_ context.Context, order retail.ID, _ int64, limit int) ([]retail.OrderStep, error) {
	found, err := all(m, min(limit, 1), func(o retail.Order) bool { return o.ID == order })
	steps := make([]retail.OrderStep, len(found))
	for i, o := range found {
		steps[i] = retail.OrderStep{Event: "OrderPlaced", Subject: "order/" + o.ID.String(), Version: o.Version}
	}
	return steps, err
}

func (m *memory) OrdersByID(_ context.Context, ids []retail.ID) ([]retail.Order, error) {
	return all(m, noLimit, func(o retail.Order) bool { return slices.Contains(ids, o.ID) })
}

func (m *memory) Fulfilment(_ context.Context, location string, id retail.ID) (retail.Fulfilment, bool, error) {
	return one[retail.Fulfilment](m, retail.FulfilmentKey(location, id))
}

func (m *memory) OpenFulfilments(_ context.Context, location string, after retail.WorkMark, limit int) ([]retail.Fulfilment, error) {
	return all(m, limit, func(f retail.Fulfilment) bool {
		return f.Location == location && bytes.Compare(f.ID[:], after.ID[:]) > 0
	})
}

func (m *memory) FulfilmentsByTracking(_ context.Context, tracking, _ string, limit int) ([]retail.Fulfilment, error) {
	return all(m, limit, func(f retail.Fulfilment) bool { return f.Tracking == tracking })
}

func (m *memory) FulfilmentsOfOrder(_ context.Context, order retail.ID) ([]retail.Fulfilment, error) {
	return all(m, noLimit, func(f retail.Fulfilment) bool { return f.Order == order })
}

func (m *memory) Invoice(_ context.Context, id retail.ID) (retail.Invoice, bool, error) {
	return first(all(m, 1, func(i retail.Invoice) bool { return i.ID == id }))
}

func (m *memory) InvoiceByNumber(_ context.Context, number string) (retail.Invoice, bool, error) {
	return first(all(m, 1, func(i retail.Invoice) bool { return i.Number == number }))
}

func (m *memory) InvoicesByID(_ context.Context, ids []retail.ID) ([]retail.Invoice, error) {
	return all(m, noLimit, func(i retail.Invoice) bool { return slices.Contains(ids, i.ID) })
}

func (m *memory) InvoicesOfOrder(_ context.Context, order retail.ID) ([]retail.Invoice, error) {
	return all(m, noLimit, func(i retail.Invoice) bool { return i.Order == order })
}

func (m *memory) InvoicesOfPoint(_ context.Context, location, point string, after int64, limit int) ([]retail.Invoice, error) {
	return all(m, limit, func(i retail.Invoice) bool { return i.Location == location && i.Point == point && i.Position > after })
}

func (m *memory) Return(_ context.Context, id retail.ID) (retail.Return, bool, error) {
	return one[retail.Return](m, retail.ReturnKey(id))
}

func (m *memory) ReturnsByID(_ context.Context, ids []retail.ID) ([]retail.Return, error) {
	return all(m, noLimit, func(r retail.Return) bool { return slices.Contains(ids, r.ID) })
}

func (m *memory) ReturnRequest(_ context.Context, id retail.ID) (retail.ReturnRequest, bool, error) {
	return one[retail.ReturnRequest](m, retail.ReturnRequestKey(id))
}

func (m *memory) ReturnRequests(_ context.Context, of retail.ReturnRequestsOf, _ retail.OrderMark, limit int) ([]retail.ReturnRequest, error) {
	return all(m, limit, func(r retail.ReturnRequest) bool {
		return (of.Location == "" || of.Location == r.Location) && (of.Order.IsZero() || of.Order == r.Order) &&
			(of.Customer.IsZero() || of.Customer == r.Customer) && (of.State == "" || of.State == r.State)
	})
}

func (m *memory) ReturnsOfOrder(_ context.Context, order retail.ID) ([]retail.Return, error) {
	return all(m, noLimit, func(r retail.Return) bool { return r.Order == order })
}

func (m *memory) Purchases(_ context.Context, customer retail.ID, _ retail.PurchaseMark, limit int) ([]retail.Purchase, error) {
	return all(m, limit, func(p retail.Purchase) bool { return p.Customer == customer })
}

func (m *memory) CouponUses(_ context.Context, count, before retail.ID, limit int) ([]retail.CountedUse, error) {
	uses, err := all(m, limit, func(u retail.CouponUse) bool { return u.Count == count && u.Order != before })
	told := make([]retail.CountedUse, len(uses))
	for i, u := range uses {
		told[i] = retail.CountedUse{Order: u.Order, UsedAt: u.RecordedAt}
	}
	return told, err
}

func (m *memory) CouponCounts(_ context.Context, ids []retail.ID) ([]retail.CouponCount, error) {
	return all(m, noLimit, func(c retail.CouponCount) bool { return slices.Contains(ids, c.ID) })
}

func (m *memory) Delivery(_ context.Context, location string, id retail.ID) (retail.Delivery, bool, error) {
	d, found, err := one[retail.Delivery](m, retail.DeliveryKey(id))
	return d, found && d.Location == location, err
}

func (m *memory) Deliveries(
	_ context.Context, location string, states []retail.DeliveryState, until string, _ retail.DeliveryMark, limit int,
) ([]retail.Delivery, error) {
	return all(m, limit, func(d retail.Delivery) bool {
		return d.Location == location && slices.Contains(states, d.State) && d.ExpectedOn <= until
	})
}

func (m *memory) linesOf(id retail.ID, after, limit int) ([]retail.DeliveryLine, error) {
	lines, err := all(m, noLimit, func(l retail.DeliveryLine) bool { return l.Delivery == id && int(l.Line) > after })
	slices.SortFunc(lines, func(a, b retail.DeliveryLine) int { return cmp.Compare(a.Line, b.Line) })
	return lines[:min(limit, len(lines))], err
}

func (m *memory) DeliverySKUs(_ context.Context, id retail.ID, after, limit int) (skus []string, _ error) {
	lines, err := m.linesOf(id, after, limit)
	for _, line := range lines {
		skus = append(skus, line.SKU)
	}
	return skus, err
}

func (m *memory) DeliveryLines(
	_ context.Context, _ string, id retail.ID, _ bool, after, limit int,
) ([]retail.DeliveryLine, map[retail.ID]string, error) {
	lines, err := m.linesOf(id, after, limit)
	return lines, nil, err
}

func (m *memory) DeliveryLinesNamed(_ context.Context, id retail.ID, skus []string) ([]retail.DeliveryLine, error) {
	return all(m, noLimit, func(l retail.DeliveryLine) bool { return l.Delivery == id && slices.Contains(skus, l.SKU) })
}

func (m *memory) Promisable(ctx context.Context, location string, skus []string) ([]retail.Level, []retail.Inbound, error) {
	levels, err := m.Levels(ctx, skus, []string{location})
	var incoming []retail.Inbound
	for _, level := range levels {
		incoming = append(incoming, retail.Inbound{SKU: level.SKU, Units: level.Units[6], ExpectedOn: "2026-05-04"})
	}
	return levels, incoming, err
}
