package postgres

import (
	"math/big"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// isValue tells whether an entry is about what goods cost. Which of them an act may post follows from the units that it moves, and
// how much from what they cost where they are, so that they are proved here (L11) and not from the documents of the act.
func isValue(e retail.Entry) bool {
	for _, account := range []string{e.From, e.To} {
		if strings.HasPrefix(account, retail.InventoryPrefix) || strings.HasPrefix(account, retail.InTransitPrefix) {
			return true
		}
	}
	return false
}

// others are entries without those that are about what goods cost.
func others(entries []retail.Entry) []retail.Entry {
	if !slices.ContainsFunc(entries, isValue) {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), isValue)
}

// onShelf tells whether units in an account are here.
func onShelf(account string) bool {
	at, found := accountAt[account]
	return found && at != accountAt[retail.Incoming]
}

// against are the accounts that may stand over against inventory, by where units came from or went to.
func against(h retail.Header, account string) []string {
	transit := retail.InTransitPrefix + strings.TrimPrefix(h.Cause, transferCause)
	switch {
	case account == retail.Customer:
		return []string{retail.CostOfGoods}
	case account == retail.Supplier, account == retail.Incoming && h.Kind == retail.KindDelivery:
		return []string{retail.GoodsReceived}
	case account == retail.Incoming, strings.HasPrefix(account, retail.TransitPrefix):
		return []string{transit, retail.InventoryDifference}
	}
	return []string{retail.InventoryDifference}
}

// proveValued proves that what a transaction posts of the cost of goods is beside units that it moves in that way (L11).
func (a *audit) proveValued(h retail.Header) {
	if !slices.ContainsFunc(h.Entries, isValue) {
		return
	}
	type pair struct{ from, to string }
	may := map[pair]bool{}
	for _, e := range h.Entries {
		if retail.KindOf(e.From) != retail.UnitAccount {
			continue
		}
		inventory := retail.InventoryPrefix + e.Asset
		switch from, to := onShelf(e.From), onShelf(e.To); {
		case from && !to:
			for _, account := range against(h, e.To) {
				may[pair{inventory, account}] = true
			}
		case to && !from:
			for _, account := range against(h, e.From) {
				may[pair{account, inventory}] = true
			}
			may[pair{retail.InventoryDifference, inventory}], may[pair{inventory, retail.InventoryDifference}] = true, true
		case e.From == retail.Customer && e.To == retail.Shrinkage: // a carrier lost it, or the customer keeps it
			may[pair{retail.CostOfGoods, inventory}], may[pair{inventory, retail.InventoryDifference}] = true, true
		case e.From == retail.Incoming && e.To == retail.Shrinkage:
			may[pair{retail.InTransitPrefix + strings.TrimPrefix(h.Cause, transferCause), retail.InventoryDifference}] = true
		}
	}
	for _, e := range h.Entries {
		if isValue(e) && !may[pair{e.From, e.To}] {
			a.broken("L11", transactionsTable, idText(h.Location, h.ID), "%d %s move from %s to %s, and no units that cost it do",
				e.Quantity, e.Asset, e.From, e.To)
		}
	}
}

// foldValue adds what a transaction posts of the cost of positions to them. It moved a position as a whole, or came after that was
// read.
func (w *window) foldValue(h retail.Header) {
	for _, e := range h.Entries {
		for side, account := range []string{e.From, e.To} {
			sku, found := strings.CutPrefix(account, retail.InventoryPrefix)
			p := w.positions[sku]
			if !found || !w.covers(sku) || p == nil || !slices.ContainsFunc(h.Entries, func(moved retail.Entry) bool {
				return moved.Asset == sku && moved.Version > 0 && moved.Version <= p.version
			}) {
				continue
			}
			p.value += e.Quantity * int64(2*side-1)
			p.mixed = p.mixed || e.Asset != p.worth.Currency
		}
	}
}

// proveValue compares what a position is worth with the fold of its entries (L11).
func (a *audit) proveValue(key string, p *position) {
	switch {
	case p.mixed:
		a.broken("L11", levels.table, key, "it is worth %q, and not all of its entries are", p.worth.Currency)
	case p.value != p.worth.ValueMinor:
		a.broken("L11", levels.table, key, "it is worth %d, and its entries come to %d", p.worth.ValueMinor, p.value)
	}
}

// worthMax is the most that a position is worth.
const worthMax = 1_000_000_000_000_000

// proveWorth proves that what a position is worth, and what one of its units costs, are of its units (L11).
func (a *audit) proveWorth(level retail.Level) {
	here := int64(0)
	for account, at := range accountAt {
		if account != retail.Incoming {
			here += level.Units[at]
		}
	}
	w, t, key := level.Worth, levels.table, level.Location+"/"+level.SKU
	if !isCurrency(w.Currency) && w != (retail.Worth{}) {
		a.broken("L11", t, key, "it is worth %d %q", w.ValueMinor, w.Currency)
		return
	}
	if here > 0 {
		twice := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(w.ValueMinor), 1), big.NewInt(here))
		if unit := twice.Div(twice, big.NewInt(2*here)); w.ValueMinor < 0 || unit.Cmp(big.NewInt(w.UnitMinor)) != 0 {
			a.broken("L11", t, key, "%d units are worth %d, and one of them %d", here, w.ValueMinor, w.UnitMinor)
		}
		return
	}
	missing := new(big.Int).Mul(big.NewInt(here), big.NewInt(w.UnitMinor))
	if least := big.NewInt(-worthMax); missing.Cmp(least) < 0 {
		missing = least
	}
	if missing.Cmp(big.NewInt(w.ValueMinor)) != 0 {
		a.broken("L11", t, key, "%d units are worth %d, and one of them %d", here, w.ValueMinor, w.UnitMinor)
	}
}

// proveOnItsWay proves that the goods of a transfer that are on their way are worth what left with them and has not arrived (L11).
func (a *audit) proveOnItsWay(e entity, t retail.Transfer, acts []*act) {
	account := retail.InTransitPrefix + t.ID.String()
	left := map[string]int64{}
	for _, line := range t.Lines {
		if line.Cost.Minor < 0 || line.Cost.Minor > 0 && line.Expected() == 0 {
			a.broken("L11", e.table, e.text, "%d of %s are on their way, and are worth %d", line.Expected(), line.SKU, line.Cost.Minor)
		}
		left[line.Cost.Currency] -= line.Cost.Minor
	}
	for _, one := range acts {
		for _, h := range one.headers {
			for _, entry := range h.Entries {
				if entry.To == account {
					left[entry.Asset] += entry.Quantity
				}
				if entry.From == account {
					left[entry.Asset] -= entry.Quantity
				}
			}
		}
	}
	for currency, minor := range left {
		if minor != 0 {
			a.broken("L11", e.table, e.text, "%d %s more left with its goods than arrived or is on its way", minor, currency)
		}
	}
}
