package postgres

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// cacheTime is how old a cached row may be: how long a process goes on by what another one has changed.
	cacheTime = time.Second
	// cacheMax is how many rows a cache keeps before it starts anew. A chain has thousands of locations, not more.
	cacheMax = 10_000
	// cacheLoadMax bounds one read of a cache, which outlives the caller that started it, since others wait for it too.
	cacheLoadMax = 10 * time.Second
	// knownSKUsMax is how many SKUs are remembered before the set starts anew: at 64 bytes some 20 MB.
	knownSKUsMax = 200_000
)

// caches keep what nearly every request asks for and hardly anybody changes.
type caches struct {
	locations cache[retail.Location]
	// allLocations has one entry, the list of all of them.
	allLocations cache[[]retail.Location]
	channels     cache[retail.Channel]
	priceLists   cache[retail.PriceList]
	// promotions has one entry, those that are not retired and have not ended.
	promotions cache[[]retail.Promotion]
	// returnPolicies has one entry, those that are not retired.
	returnPolicies cache[[]retail.ReturnPolicy]
	taxRates       cache[[]retail.TaxRate]
	// buffersAt are those of places, buffers those of positions, by positionName.
	buffersAt    cache[placeBuffers]
	buffers      cache[retail.BufferRules]
	stockReasons cache[retail.StockReason]
	cardKinds    cache[retail.CardKind]
	blindTerms   cache[retail.BlindTerms]
	// refundTerms has one entry, those of all currencies.
	refundTerms cache[[]retail.RefundTerms]
	knownSKUs   knownSKUs
	// attributes are all of them and vocabulary every word that is searched, under one key.
	attributes cache[[]retail.Attribute]
	vocabulary cache[[]string]
	// searchWords are words that are in the vocabulary.
	searchWords knownSKUs
}

// forget drops what a commit of this process writes, so that it is visible at once.
func (c *caches) forget(rows []ledger.RowWrite) {
	for _, row := range rows {
		switch key := row.After.Key(); key.Table {
		case retail.TableLocations:
			c.locations.drop(key.Code)
			c.allLocations.drop("")
		case retail.TableChannels:
			c.channels.drop(key.Code)
		case retail.TablePriceLists:
			c.priceLists.drop(key.Code)
		case retail.TablePromotions:
			c.promotions.drop("")
		case retail.TableReturnPolicies:
			c.returnPolicies.drop("")
		case retail.TableTaxRates:
			c.taxRates.drop(key.Code)
		case retail.TableBuffers:
			c.buffersAt.drop(key.Place)
			c.buffers.drop(positionName(key.Place, key.Code))
		case retail.TableAttributes:
			c.attributes.drop("")
		case retail.TableStockReasons:
			c.stockReasons.drop(key.Code)
		case retail.TableCardKinds:
			c.cardKinds.drop(key.Code)
		case retail.TableBlindTerms:
			c.blindTerms.drop(key.Code)
		case retail.TableRefundTerms:
			c.refundTerms.drop("")
		}
	}
}

// cache remembers values for cacheTime, counted from before they were read. What is not there is not remembered, so that
// what is made is found at once, by every process. Callers share the values and must not change them. The zero cache is
// empty and ready.
type cache[V any] struct {
	mu      sync.Mutex
	entries map[string]cached[V]
	// drops counts, so that a read that began before a drop is not kept after it.
	drops   int
	loading singleflight.Group
}

type cached[V any] struct {
	value V
	until time.Time
}

// get returns a value from memory, or loads it; callers that want the same at once wait for one load.
func (c *cache[V]) get(
	ctx context.Context, key string, load func(context.Context) (V, bool, error),
) (value V, found bool, err error) {
	if value, found = c.remembered(key); found {
		return value, true, nil
	}
	loaded := c.loading.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cacheLoadMax)
		defer cancel()
		return c.load(ctx, key, load)
	})
	select {
	case <-ctx.Done():
		return value, false, ctx.Err()
	case result := <-loaded:
		if result.Err != nil {
			return value, false, result.Err
		}
		answer := result.Val.(answer[V])
		return answer.value, answer.found, nil
	}
}

type answer[V any] struct {
	value V
	found bool
}

func (c *cache[V]) load(ctx context.Context, key string, load func(context.Context) (V, bool, error)) (answer[V], error) {
	c.mu.Lock()
	drops, until := c.drops, time.Now().Add(cacheTime)
	c.mu.Unlock()
	value, found, err := load(ctx)
	if err != nil || !found {
		return answer[V]{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops == drops {
		c.keep(key, value, until)
	}
	return answer[V]{value: value, found: true}, nil
}

// getAll returns values of many keys, and loads those that are not in memory at once. The loader has a value for each.
func (c *cache[V]) getAll(ctx context.Context, keys []string, load func(context.Context, []string) (map[string]V, error)) ([]V, error) {
	values := make([]V, 0, len(keys))
	var missing []string
	c.mu.Lock()
	drops, now := c.drops, time.Now()
	for _, key := range keys {
		if entry, found := c.entries[key]; found && now.Before(entry.until) {
			values = append(values, entry.value)
		} else {
			missing = append(missing, key)
		}
	}
	c.mu.Unlock()
	if len(missing) == 0 {
		return values, nil
	}
	loaded, err := load(ctx, missing)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, value := range loaded {
		values = append(values, value)
		if c.drops == drops {
			c.keep(key, value, now.Add(cacheTime))
		}
	}
	return values, nil
}

// keep remembers a value. The cache is locked.
func (c *cache[V]) keep(key string, value V, until time.Time) {
	if c.entries == nil || len(c.entries) >= cacheMax {
		c.entries = map[string]cached[V]{}
	}
	c.entries[key] = cached[V]{value: value, until: until}
}

func (c *cache[V]) remembered(key string) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.entries[key]
	if !found || !time.Now().Before(entry.until) {
		return value, false
	}
	return entry.value, true
}

// drop forgets a value, also one that is being read right now.
func (c *cache[V]) drop(key string) {
	c.mu.Lock()
	delete(c.entries, key)
	c.drops++
	c.mu.Unlock()
	c.loading.Forget(key)
}

// knownSKUs remembers SKUs that are there, for good: a SKU never ends, and a word of the search neither. The zero set is empty and ready.
type knownSKUs struct {
	mu    sync.RWMutex
	known map[string]struct{}
}

// unknown returns those that are not remembered, each once.
func (k *knownSKUs) unknown(skus []string) []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var unknown []string
	asked := map[string]bool{}
	for _, sku := range skus {
		if _, known := k.known[sku]; !known && !asked[sku] {
			asked[sku] = true
			unknown = append(unknown, sku)
		}
	}
	return unknown
}

func (k *knownSKUs) add(sku string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= knownSKUsMax {
		k.known = map[string]struct{}{}
	}
	k.known[sku] = struct{}{}
}
