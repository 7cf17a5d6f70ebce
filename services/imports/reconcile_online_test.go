package imports

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/imports/reconcile"
)

// Moves are the entries that the shop would have made.
func (b books) Moves(context.Context, string) iter.Seq2[reconcile.Move, error] {
	var rows []reconcile.Move
	move := func(location string, at time.Time, from, to, asset string, quantity int64) {
		if quantity > 0 {
			rows = append(rows, reconcile.Move{Location: location, Day: b.day(at), From: from, To: to, Asset: asset, Quantity: quantity})
		}
	}
	for _, order := range b.orders {
		at := order.GetOccurredAt().AsTime()
		for _, tender := range order.GetTenders() {
			move(order.GetLocation(), at, "order", "tender/CARD", order.GetCurrencyCode(), tender.GetAmount().GetAmountMinor())
		}
		for _, line := range order.GetLines() {
			ships := line.GetMethod() == ordersv1.FulfilmentMethod_FULFILMENT_METHOD_SHIP
			if ships && line.GetCharge() == nil {
				move(line.GetLocation(), at, "available", "committed", line.GetSku(), line.GetQuantity())
			}
			if ships && !b.shipped[order.GetOrder()] {
				continue
			}
			if ships && line.GetCharge() == nil {
				move(line.GetLocation(), at, "committed", "customer", line.GetSku(), line.GetQuantity()+b.units)
			}
			move(order.GetLocation(), at, accountOf(line), "order", order.GetCurrencyCode(), listOf(line))
		}
	}
	for _, goods := range b.returned {
		for _, line := range goods.lines {
			account := line.account
			if account == "sales" {
				account = "sales_returns"
				move(goods.location, goods.at, "customer", "available", line.sku, line.units)
			}
			move(goods.book, goods.at, "order", account, "GBP", line.minor)
			move(goods.book, goods.at, "tender/CARD", "order", "GBP", line.minor)
		}
	}
	return all(rows)
}

func (b books) Returns(context.Context, string) iter.Seq2[reconcile.Return, error] {
	var rows []reconcile.Return
	for _, goods := range b.returned {
		for _, line := range goods.lines {
			if line.account == "sales" {
				rows = append(rows, reconcile.Return{
					Location: goods.location, Book: goods.book, SKU: line.sku, Day: b.day(goods.at), Currency: "GBP", Receipt: goods.receipt,
					Units: line.units, GrossMinor: line.minor,
				})
			}
		}
	}
	return all(rows)
}

func (b books) Adjustments(_ context.Context, reference string) iter.Seq2[reconcile.Adjustment, error] {
	var rows []reconcile.Adjustment
	for _, adjustment := range b.adjustments {
		for _, line := range adjustment.GetLines() {
			if strings.HasPrefix(adjustment.GetReference(), reference) {
				rows = append(rows, reconcile.Adjustment{
					Location: adjustment.GetLocation(), SKU: line.GetSku(), Day: b.day(adjustment.GetOccurredAt().AsTime()), Units: line.GetDifference(),
				})
			}
		}
	}
	return all(rows)
}

// londonBooks are the books of a shop in London.
func londonBooks(t *testing.T, s *shop) books {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return books{shop: s, zone: london}
}

// reconciled compares invoices files with a shop.
func reconciled(t *testing.T, b books, files ...string) reconcile.Differences {
	t.Helper()
	d, err := reconcile.Run(t.Context(), b, nil, reconcile.Options{Format: FormatOnlineRetail, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReconcileOnline(t *testing.T) {
	files := []string{write(t, "invoices.csv", onlineText(100))}
	imported := func(t *testing.T) books {
		t.Helper()
		s := newShop()
		if _, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatOnlineRetail, Files: files})); err != nil {
			t.Fatal(err)
		}
		return londonBooks(t, s)
	}
	t.Run("an import is what the file says", func(t *testing.T) {
		d := reconciled(t, imported(t), files...)
		if !d.Equal() || d.Compared < 200 || d.Rejected == 0 || d.Lines != d.Imported+d.Rejected || len(d.Notes) != 1 {
			t.Error(d)
		}
	})
	receipts := func(b *books, receipt bool) *returnedGoods {
		at := slices.IndexFunc(b.returned, func(g returnedGoods) bool {
			return g.receipt == receipt && g.lines[0].sku != "" && g.lines[0].minor > 0
		})
		return &b.returned[at]
	}
	for name, tamper := range map[string]func(*books){
		"finds an order that is missing":             func(b *books) { b.orders = b.orders[1:] },
		"finds an order that is there twice":         func(b *books) { b.orders = append(b.orders, b.orders[0]) },
		"finds an order that was not sent":           func(b *books) { clear(b.shipped) },
		"finds a unit that was sent too much":        func(b *books) { b.units = 1 },
		"finds another day":                          func(b *books) { b.zone = time.FixedZone("far", 14*60*60) },
		"finds a return that is missing":             func(b *books) { b.returned = b.returned[1:] },
		"finds a penny of a return":                  func(b *books) { receipts(b, true).lines[0].minor++ },
		"finds a return that has no receipt":         func(b *books) { receipts(b, true).receipt = false },
		"finds a blind return in the other book":     func(b *books) { receipts(b, false).book = "online-retail" },
		"finds another product that came back":       func(b *books) { receipts(b, false).lines[0].sku = "other" },
		"finds a write-off that is missing":          func(b *books) { b.adjustments = b.adjustments[1:] },
		"finds a write-off that is there twice":      func(b *books) { b.adjustments = append(b.adjustments, b.adjustments[0]) },
		"finds opening stock that was brought twice": func(b *books) { b.deliveries = append(b.deliveries, b.deliveries[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			b := imported(t)
			tamper(&b)
			if d := reconciled(t, b, files...); d.Equal() || len(d.First) == 0 {
				t.Error(d)
			}
		})
	}
	t.Run("asks for books that tell what came back", func(t *testing.T) {
		var ledger struct{ reconcile.Ledger }
		if _, err := reconcile.Run(t.Context(), ledger, nil, reconcile.Options{Format: FormatOnlineRetail, Files: files}); err == nil {
			t.Error("there is no error")
		}
	})
}
