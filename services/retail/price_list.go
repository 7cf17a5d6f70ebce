package retail

import (
	"fmt"
	"slices"
	"time"
)

// PriceList is a set of prices in one currency, all with tax included or all without. Neither ever changes: orders are
// priced by it.
type PriceList struct {
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	Currency    string    `json:"currency"`
	TaxIncluded bool      `json:"tax_included"`
	RecordedAt  time.Time `json:"recorded_at"`
	Version     int64     `json:"version"`
}

// PriceListKey names a price list.
func PriceListKey(code string) Key { return Key{Table: TablePriceLists, Code: code} }

// Key names the list.
func (l PriceList) Key() Key { return PriceListKey(l.Code) }

// LastRecorded is when the list was last put.
func (l PriceList) LastRecorded() time.Time { return l.RecordedAt }

// PutPriceList creates or renames a price list.
type PutPriceList struct {
	Transaction ID
	PriceList   PriceList
}

// Keys are the list.
func (c PutPriceList) Keys() []Key { return []Key{c.PriceList.Key()} }

// Decide refuses another currency than the list's, and prices with tax in a list of prices without, or the reverse.
func (c PutPriceList) Decide(s State, now time.Time) (Change, PriceList, error) {
	list := c.PriceList
	before, found := lookup[PriceList](s, list.Key())
	if found && before.Currency != list.Currency {
		return Change{}, PriceList{}, RefuseField(Immutable, "price_list.currency_code",
			"the prices of %s are in %s", list.Code, before.Currency).With("currency_code", before.Currency)
	}
	if found && before.TaxIncluded != list.TaxIncluded {
		return Change{}, PriceList{}, RefuseField(Immutable, "price_list.tax_included",
			"whether the prices of %s include tax is settled", list.Code).With("tax_included", before.TaxIncluded)
	}
	// Nothing below this line can fail.
	list.Version, list.RecordedAt = before.Version+1, now
	return put(c.Transaction, "PriceListPut", "price-list/"+list.Code, list.Code, list.Version, list), list, nil
}

// Price is what one unit costs during a span of time, in minor units of its list's currency.
type Price struct {
	UnitMinor int64 `json:"unit_minor"`
	// ValidFrom and ValidUntil bound the span, half open; zero: unbounded.
	ValidFrom  time.Time `json:"valid_from"`
	ValidUntil time.Time `json:"valid_until"`
}

// PriceAt returns the price that holds at an instant: of those that are valid, the one that started last.
func PriceAt(prices []Price, at time.Time) (Price, bool) {
	var holds Price
	found := false
	for _, price := range prices {
		if within(at, price.ValidFrom, price.ValidUntil) && (!found || price.ValidFrom.After(holds.ValidFrom)) {
			holds, found = price, true
		}
	}
	return holds, found
}

// VariantPrices are all prices of one variant in one list, by start, no two with the same.
type VariantPrices struct {
	PriceList  string    `json:"price_list"`
	SKU        string    `json:"sku"`
	Prices     []Price   `json:"prices"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// VariantPricesKey names the prices of a variant in a list.
func VariantPricesKey(list, sku string) Key { return Key{Table: TablePrices, Place: list, Code: sku} }

// Key names the prices.
func (v VariantPrices) Key() Key { return VariantPricesKey(v.PriceList, v.SKU) }

// LastRecorded is when a price was last put.
func (v VariantPrices) LastRecorded() time.Time { return v.RecordedAt }

// pricesMax is how many prices a variant keeps in one list, so that a row and a read stay small. Beyond it, those that
// will not hold again are forgotten.
const pricesMax = 200

// with puts prices among those that are there, in place of any with the same start.
func (v VariantPrices) with(prices []Price, now time.Time) (VariantPrices, error) {
	all := slices.Clone(v.Prices)
	for _, price := range prices {
		at := slices.IndexFunc(all, func(p Price) bool { return p.ValidFrom.Equal(price.ValidFrom) })
		if at < 0 {
			all = append(all, price)
		} else {
			all[at] = price
		}
	}
	slices.SortFunc(all, func(a, b Price) int { return a.ValidFrom.Compare(b.ValidFrom) })
	if len(all) > pricesMax {
		all = lasting(all, now)
	}
	if len(all) > pricesMax {
		return v, RefuseField(InvalidRequest, "prices",
			"%s would have %d prices still to come in %s, more than %d", v.SKU, len(all), v.PriceList, pricesMax)
	}
	v.Prices, v.RecordedAt, v.Version = all, now, v.Version+1
	return v, nil
}

// lasting drops what will not hold again from prices sorted by start: those that ended, and those that another one which
// started after them outlasts.
func lasting(prices []Price, now time.Time) []Price {
	var kept []Price
	var outlasted time.Time // what ends until then is outlasted by a later start
	outlastsAll := false
	for _, price := range slices.Backward(prices) {
		ends := !price.ValidUntil.IsZero()
		if outlastsAll || ends && (!price.ValidUntil.After(now) || !price.ValidUntil.After(outlasted)) {
			continue
		}
		kept = append(kept, price)
		if !price.ValidFrom.After(now) {
			outlasted, outlastsAll = price.ValidUntil, !ends
		}
	}
	slices.Reverse(kept)
	return kept
}

// NewPrice is one price to be put, as it was asked for.
type NewPrice struct {
	SKU, Currency string
	Price
}

// PutPrices puts prices of some variants into a price list. NewPutPrices makes it.
type PutPrices struct {
	Transaction ID
	PriceList   string
	variants    []VariantPrices
}

// variantsMax is how many variants one PutPrices has. Each is a row to lock and one to write: 2 * 400 stays below the
// 1,000 that bulk work may fill of a batch.
const variantsMax = 400

// NewPutPrices plans a put as commands that one transaction each can take, without their transactions' ids. Whatever is
// wrong with any price is refused before the first of them: a list's currency never changes, and a SKU that is there
// stays, so that neither is locked or looked at again. Unknown are the SKUs that no product has.
func NewPutPrices(list PriceList, prices []NewPrice, unknown []string) ([]PutPrices, error) {
	var variants []VariantPrices
	at := make(map[string]int, len(prices))
	for i, price := range prices {
		if slices.Contains(unknown, price.SKU) {
			return nil, RefuseField(UnknownSKU, fmt.Sprintf("prices[%d].sku", i), "no variant has the SKU %s", price.SKU).
				With("sku", price.SKU)
		}
		if price.Currency != list.Currency {
			return nil, RefuseField(CurrencyMismatch, fmt.Sprintf("prices[%d].unit_price.currency_code", i),
				"the prices of %s are in %s, not in %s", list.Code, list.Currency, price.Currency).With("currency_code", list.Currency)
		}
		n, seen := at[price.SKU]
		if !seen {
			n = len(variants)
			at[price.SKU] = n
			variants = append(variants, VariantPrices{PriceList: list.Code, SKU: price.SKU})
		}
		variants[n].Prices = append(variants[n].Prices, price.Price)
	}
	var all []PutPrices
	for piece := range slices.Chunk(variants, variantsMax) {
		all = append(all, PutPrices{PriceList: list.Code, variants: piece})
	}
	return all, nil
}

// Keys are the prices of each variant.
func (c PutPrices) Keys() []Key {
	keys := make([]Key, len(c.variants))
	for i, variant := range c.variants {
		keys[i] = variant.Key()
	}
	return keys
}

// Decide refuses more prices than a variant keeps, and returns how many prices it put.
func (c PutPrices) Decide(s State, now time.Time) (Change, int, error) {
	variants := make([]VariantPrices, len(c.variants))
	count := 0
	for i, given := range c.variants {
		before, found := lookup[VariantPrices](s, given.Key())
		if !found {
			before = VariantPrices{PriceList: given.PriceList, SKU: given.SKU}
		}
		var err error
		if variants[i], err = before.with(given.Prices, now); err != nil {
			return Change{}, 0, err
		}
		count += len(given.Prices)
	}
	// Nothing below this line can fail.
	change := Change{ID: c.Transaction, Kind: KindMaster, Place: HeadOffice, Cause: "price-list/" + c.PriceList}
	for _, v := range variants {
		one := put(c.Transaction, "PricesPut", "prices/"+v.PriceList+"/"+v.SKU, v.PriceList, v.Version, v)
		change.Rows = append(change.Rows, one.Rows...)
		change.Events = append(change.Events, one.Events...)
	}
	return change, count, nil
}
