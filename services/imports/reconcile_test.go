package imports

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/imports/reconcile"
)

// books are a shop's orders as the ledger would tell them.
type books struct {
	*shop
	zone *time.Location
	// units is added to what the entries say of each sale.
	units int64
}

func (b books) day(at time.Time) string { return at.In(b.zone).Format(time.DateOnly) }

func all[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (b books) Sales(context.Context, string) iter.Seq2[reconcile.Sale, error] {
	var rows []reconcile.Sale
	for _, order := range b.orders {
		for _, line := range order.GetLines() {
			list, off := listOf(line), int64(0)
			for _, discount := range line.GetDiscounts() {
				off += discount.GetAmount().GetAmountMinor()
			}
			rows = append(rows, reconcile.Sale{
				Location: order.GetLocation(), SKU: line.GetSku(), Day: b.day(order.GetOccurredAt().AsTime()), Currency: order.GetCurrencyCode(),
				PostedUnits: line.GetQuantity() + b.units, Units: line.GetQuantity(), ListMinor: list, DiscountMinor: off, NetMinor: list - off,
				GrossMinor: list - off,
			})
		}
	}
	return all(rows)
}

func (b books) Discounts(context.Context, string) iter.Seq2[reconcile.Discount, error] {
	var rows []reconcile.Discount
	for _, order := range b.orders {
		for _, line := range order.GetLines() {
			for _, discount := range line.GetDiscounts() {
				rows = append(rows, reconcile.Discount{
					Location: order.GetLocation(), SKU: line.GetSku(), Day: b.day(order.GetOccurredAt().AsTime()), Code: discount.GetCode(),
					AmountMinor: discount.GetAmount().GetAmountMinor(),
				})
			}
		}
	}
	return all(rows)
}

// settled returns what each order was due and what was given for it.
func settled(order *ordersv1.PlaceOrderRequest) (due, given int64) {
	for _, line := range order.GetLines() {
		due += listOf(line)
		for _, discount := range line.GetDiscounts() {
			due -= discount.GetAmount().GetAmountMinor()
		}
	}
	for _, tender := range order.GetTenders() {
		given += tender.GetAmount().GetAmountMinor()
	}
	return due, given
}

func (b books) Tenders(context.Context, string) iter.Seq2[reconcile.Tender, error] {
	var rows []reconcile.Tender
	for _, order := range b.orders {
		location, day := order.GetLocation(), b.day(order.GetOccurredAt().AsTime())
		due, given := settled(order)
		for _, tender := range order.GetTenders() {
			kind := strings.TrimPrefix(tender.GetKind().String(), "TENDER_KIND_")
			rows = append(rows, reconcile.Tender{
				Location: location, Day: day, Kind: kind, Movement: "PAYMENT", AmountMinor: tender.GetAmount().GetAmountMinor(),
			})
		}
		if given > due {
			rows = append(rows, reconcile.Tender{Location: location, Day: day, Kind: "CASH", Movement: "CHANGE", AmountMinor: given - due})
		}
	}
	return all(rows)
}

func (b books) Postings(context.Context, string) iter.Seq2[reconcile.Posting, error] {
	var rows []reconcile.Posting
	for _, order := range b.orders {
		move := func(from, to string, amount int64) {
			if amount > 0 {
				rows = append(rows, reconcile.Posting{
					Location: order.GetLocation(), Day: b.day(order.GetOccurredAt().AsTime()), From: from, To: to,
					Currency: order.GetCurrencyCode(), AmountMinor: amount,
				})
			}
		}
		due, given := settled(order)
		move("sales", "order", due)
		for _, tender := range order.GetTenders() {
			move("order", "tender/"+strings.TrimPrefix(tender.GetKind().String(), "TENDER_KIND_"), tender.GetAmount().GetAmountMinor())
		}
		move("tender/CASH", "order", given-due)
	}
	return all(rows)
}

func (b books) Receipts(_ context.Context, reference string) iter.Seq2[reconcile.Receipt, error] {
	var rows []reconcile.Receipt
	for _, delivery := range b.deliveries {
		for _, line := range delivery.GetLines() {
			if delivery.GetReference() == reference {
				rows = append(rows, reconcile.Receipt{
					Location: delivery.GetLocation(), SKU: line.GetSku(), Day: b.day(delivery.GetOccurredAt().AsTime()), Units: line.GetQuantity(),
				})
			}
		}
	}
	return all(rows)
}

func TestReconcileJourney(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{write(t, "products.csv", productsText()), write(t, "transactions.csv", journeyText(300))}
	compare := func(t *testing.T, b books) reconcile.Differences {
		t.Helper()
		d, err := reconcile.Run(t.Context(), b, nil, reconcile.Options{Format: FormatCompleteJourney, Files: files})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	imported := func(t *testing.T) books {
		t.Helper()
		s := newShop()
		if _, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatCompleteJourney, Files: files})); err != nil {
			t.Fatal(err)
		}
		return books{shop: s, zone: newYork}
	}
	t.Run("an import is what the files say", func(t *testing.T) {
		if d := compare(t, imported(t)); !d.Equal() || d.Compared < 1000 || d.Rejected == 0 || d.Lines != d.Imported+d.Rejected {
			t.Error(d)
		}
	})
	for name, tamper := range map[string]func(*books){
		"finds a basket that is missing":             func(b *books) { b.orders = b.orders[1:] },
		"finds a basket that is there twice":         func(b *books) { b.orders = append(b.orders, b.orders[0]) },
		"finds a cent":                               func(b *books) { b.orders[7].Lines[0].GetTillPrice().GetLine().AmountMinor++ },
		"finds a unit":                               func(b *books) { b.orders[7].Lines[0].Quantity++ },
		"finds entries that are not the lines":       func(b *books) { b.units = 1 },
		"finds another product":                      func(b *books) { b.orders[7].Lines[0].Item = &ordersv1.BasketLine_Sku{Sku: "other"} },
		"finds another store":                        func(b *books) { b.orders[7].Location = "other" },
		"finds another day":                          func(b *books) { b.zone = time.FixedZone("far", 14*60*60) },
		"finds a sale in another currency":           func(b *books) { b.orders[7].CurrencyCode = "EUR" },
		"finds opening stock that is missing":        func(b *books) { b.deliveries = b.deliveries[1:] },
		"finds opening stock that was brought twice": func(b *books) { b.deliveries = append(b.deliveries, b.deliveries[0]) },
	} {
		t.Run(name, func(t *testing.T) {
			b := imported(t)
			tamper(&b)
			d := compare(t, b)
			if d.Equal() || len(d.First) == 0 || !strings.Contains(d.String(), d.First[0].String()) {
				t.Error(d)
			}
		})
	}
	t.Run("baskets that the server refused are differences", func(t *testing.T) {
		b := imported(t)
		b.orders = nil
		if d := compare(t, b); d.Count < 100 || len(d.First) != 20 || !strings.Contains(d.String(), fmt.Sprintf("and %d more", d.Count-20)) {
			t.Error(d)
		}
	})
}

func TestReconcileShopify(t *testing.T) {
	text := shopifyHeader +
		"shirt,Shirt,<p>Soft</p>,Orilla,Shirts,Size,S,Colour,Red,SH-S-R,3,19.99,4006381333931,https://pictures/1\n" +
		"shirt,,,,,,M,,Red,,0,19.99,4006381333932,\n" +
		"shirt,,,,,,L,,Red,SH-S-R,1,19.99,,\n" +
		"shirt,,,,,,,,,,,,,https://pictures/2\n" +
		"mug,Mug,,Orilla,,Title,Default Title,,,'0042,-2,9.999,,\n"
	files := []string{write(t, "shop.csv", text)}
	s := newShop()
	conn := s.dial(t)
	if _, err := Run(t.Context(), conn, into(t, Options{Format: FormatShopify, Files: files})); err != nil {
		t.Fatal(err)
	}
	compare := func() reconcile.Differences {
		d, err := reconcile.Run(t.Context(), books{shop: s, zone: time.UTC}, conn, reconcile.Options{Format: FormatShopify, Files: files})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := compare(); !d.Equal() || d.Imported != 4 || d.Rejected != 1 {
		t.Error(d)
	}
	s.deliveries[0].Lines[0].Quantity++
	s.products["mug"].Title = "Cup"
	s.prices["SH-S-R"].UnitPrice.AmountMinor++
	if d := compare(); d.Count != 3 {
		t.Error(d)
	}
}
