package retail

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPutPriceList(t *testing.T) {
	m := newMasterData(t)
	accept(m, PutPriceList{Transaction: ID{1}, PriceList: PriceList{Code: "eur", Name: "Shops", Currency: "EUR", TaxIncluded: true}})

	t.Run("renames a list", func(t *testing.T) {
		all := PriceList{Code: "eur", Name: "All shops", Currency: "EUR", TaxIncluded: true}
		got := accept(m, PutPriceList{Transaction: ID{2}, PriceList: all})
		if got.Name != "All shops" || got.Version != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("never changes what its prices mean", func(t *testing.T) {
		refuse(m, PutPriceList{Transaction: ID{3}, PriceList: PriceList{Code: "eur", Currency: "CHF", TaxIncluded: true}},
			Immutable, "price_list.currency_code")
		refuse(m, PutPriceList{Transaction: ID{4}, PriceList: PriceList{Code: "eur", Currency: "EUR"}}, Immutable, "price_list.tax_included")
	})
}

// priceFrom is a price that starts on a day and has no end, priceBetween one that has. Day 0 is none.
func priceFrom(n int, unitMinor int64) Price { return priceBetween(n, 0, unitMinor) }

func priceBetween(n, end int, unitMinor int64) Price {
	p := Price{UnitMinor: unitMinor}
	if n > 0 {
		p.ValidFrom = day(n)
	}
	if end > 0 {
		p.ValidUntil = day(end)
	}
	return p
}

func TestPriceAt(t *testing.T) {
	prices := []Price{priceFrom(0, 1995), priceFrom(10, 2495), priceBetween(12, 14, 1500), priceBetween(20, 22, 990)}
	for _, c := range []struct {
		what string
		at   time.Time
		want int64
	}{
		{"holds from ever", day(1), 1995},
		{"ends where the next starts", day(10), 2495},
		{"gives way to one that started later", day(13), 1500},
		{"holds again at the instant that one ends", day(14), 2495},
		{"holds until the instant before the next starts", day(20).Add(-1), 2495},
		{"gives way again", day(21), 990},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got, found := PriceAt(prices, c.at); !found || got.UnitMinor != c.want {
				t.Errorf("%d at %s, want %d", got.UnitMinor, c.at, c.want)
			}
		})
	}
	t.Run("is none before the first starts", func(t *testing.T) {
		if got, found := PriceAt(prices[1:], day(9)); found {
			t.Errorf("got %+v", got)
		}
	})
}

// putPrices puts prices of one variant into the list of EUR.
func putPrices(m *masterData, prices ...Price) error {
	m.t.Helper()
	var all []NewPrice
	for _, price := range prices {
		all = append(all, NewPrice{SKU: "TEE-S", Currency: "EUR", Price: price})
	}
	pieces, err := NewPutPrices(PriceList{Code: "eur", Currency: "EUR"}, all, nil)
	for _, piece := range pieces {
		piece.Transaction = ID{9}
		if _, err = carryOut(m, piece); err != nil {
			return err
		}
	}
	return err
}

func pricesNow(m *masterData) []Price {
	return m.rows[VariantPricesKey("eur", "TEE-S")].(VariantPrices).Prices
}

func TestPutPrices(t *testing.T) {
	t.Run("keeps prices by start and replaces one with the same", func(t *testing.T) {
		m := newMasterData(t)
		if err := putPrices(m, priceFrom(10, 2495), priceFrom(0, 1995)); err != nil {
			t.Fatal(err)
		}
		if err := putPrices(m, priceBetween(10, 12, 2200), priceFrom(5, 2000)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Price{priceFrom(0, 1995), priceFrom(5, 2000), priceBetween(10, 12, 2200)}, pricesNow(m)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("refuses the whole request for one price that is wrong", func(t *testing.T) {
		list := PriceList{Code: "eur", Currency: "EUR"}
		prices := []NewPrice{{SKU: "TEE-S", Currency: "EUR"}, {SKU: "TEE-M", Currency: "CHF"}, {SKU: "NONE", Currency: "EUR"}}
		_, err := NewPutPrices(list, prices, nil)
		wantRefusal(t, err, CurrencyMismatch, "prices[1].unit_price.currency_code")
		_, err = NewPutPrices(list, []NewPrice{prices[0], prices[2]}, []string{"NONE"})
		wantRefusal(t, err, UnknownSKU, "prices[1].sku")
	})
	t.Run("cuts a large request where a transaction is full, each variant in one piece", func(t *testing.T) {
		var prices []NewPrice
		for _, n := range []int{10, 0} { // each variant's two prices lie far apart
			for i := range variantsMax + 1 {
				prices = append(prices, NewPrice{SKU: fmt.Sprintf("SKU-%03d", i), Currency: "EUR", Price: priceFrom(n, 100)})
			}
		}
		pieces, err := NewPutPrices(PriceList{Code: "eur", Currency: "EUR"}, prices, nil)
		if err != nil || len(pieces) != 2 {
			t.Fatalf("%d pieces, %v", len(pieces), err)
		}
		m, count := newMasterData(t), 0
		for _, piece := range pieces {
			piece.Transaction = ID{9}
			count += accept(m, piece)
		}
		if count != len(prices) || len(m.rows) != variantsMax+1 {
			t.Errorf("%d prices of %d variants", count, len(m.rows))
		}
	})
	t.Run("forgets prices that will not hold again once there are many", func(t *testing.T) {
		m := newMasterData(t)
		start := day(1)
		for i := range pricesMax {
			price := Price{UnitMinor: int64(i), ValidFrom: start.Add(time.Duration(i) * time.Minute)}
			if err := putPrices(m, price); err != nil {
				t.Fatal(err)
			}
		}
		m.now = day(2)
		if err := putPrices(m, priceFrom(3, 999)); err != nil {
			t.Fatal(err)
		}
		last := Price{UnitMinor: pricesMax - 1, ValidFrom: start.Add((pricesMax - 1) * time.Minute)}
		if diff := cmp.Diff([]Price{last, priceFrom(3, 999)}, pricesNow(m)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("refuses more prices to come than a variant keeps", func(t *testing.T) {
		m := newMasterData(t)
		var future []Price
		for i := range pricesMax + 1 {
			future = append(future, Price{ValidFrom: day(2).Add(time.Duration(i) * time.Minute)})
		}
		wantRefusal(t, putPrices(m, future...), InvalidRequest, "prices")
	})
}

func TestLastingPrices(t *testing.T) {
	for _, c := range []struct {
		what         string
		prices, want []Price
	}{
		{"keeps the base price under an offer",
			[]Price{priceFrom(0, 1995), priceBetween(4, 9, 1500)}, []Price{priceFrom(0, 1995), priceBetween(4, 9, 1500)}},
		{"drops an offer that ended", []Price{priceFrom(0, 1995), priceBetween(2, 5, 1500)}, []Price{priceFrom(0, 1995)}},
		{"drops what a later start outlasts",
			[]Price{priceFrom(0, 1995), priceBetween(1, 8, 1800), priceFrom(3, 2495)}, []Price{priceFrom(3, 2495)}},
		{"keeps what outlasts a later start",
			[]Price{priceBetween(1, 9, 1800), priceBetween(3, 8, 1500)}, []Price{priceBetween(1, 9, 1800), priceBetween(3, 8, 1500)}},
		{"drops what ends with a later start",
			[]Price{priceBetween(1, 8, 1800), priceBetween(3, 8, 1500)}, []Price{priceBetween(3, 8, 1500)}},
		{"keeps all that is to come",
			[]Price{priceFrom(2, 1), priceFrom(6, 2), priceBetween(7, 8, 3)}, []Price{priceFrom(2, 1), priceFrom(6, 2), priceBetween(7, 8, 3)}},
	} {
		t.Run(c.what, func(t *testing.T) {
			got := lasting(c.prices, day(5))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			for at := day(5); at.Before(day(12)); at = at.Add(12 * time.Hour) {
				before, foundBefore := PriceAt(c.prices, at)
				after, found := PriceAt(got, at)
				if before != after || found != foundBefore {
					t.Errorf("at %s the price was %d and is %d", at, before.UnitMinor, after.UnitMinor)
				}
			}
		})
	}
}
