package retail

import (
	"fmt"
	"time"
)

// Basket is what a caller wants to buy, before anything of the retailer's was looked up.
type Basket struct {
	Order     ID // absent: to be minted
	Channel   string
	Location  string
	Customer  ID
	Currency  string // empty: the location's
	Lines     []BasketItem
	Discounts []BasketDiscount
	Tenders   []BasketTender
	// OccurredAt is when it happened in the shop; zero: now.
	OccurredAt time.Time
	Reference  string
	// Now is the handler's clock: prices and rates are those in force when it happened, or now.
	Now time.Time
}

// BasketItem is one line of a basket.
type BasketItem struct {
	Item     ItemRef
	Quantity int64
	// UnitPrice or LinePrice is the till's; with neither, the price list's.
	UnitPrice, LinePrice *Amount
	PriceReason          string
	Discounts            []BasketDiscount
	Note                 string
}

// BasketDiscount is a discount as the caller gave it.
type BasketDiscount struct {
	Code        string
	Amount      *Amount
	BasisPoints int32
}

// BasketTender is a tender as the caller gave it.
type BasketTender struct {
	Kind      string
	Amount    *Amount
	Reference string
}

// Amount is money as the caller gave it, with the field it came in.
type Amount struct {
	Currency string
	Minor    int64
	Field    string
}

// Terms are what the retailer's data say about a basket, as the handler read it.
type Terms struct {
	Channel   Channel
	Location  Location
	PriceList PriceList // of the order's currency; without a code where the channel has none
	Rates     []TaxRate
	// Items stand in the order of the basket's lines.
	Items []Item
}

// CurrencyAt is the currency of the order.
func (b Basket) CurrencyAt(l Location) string {
	if b.Currency != "" {
		return b.Currency
	}
	return l.Currency
}

// Plan makes the command that places the basket: items found, prices and rates chosen as of when it happened. What
// it decides on are values that stay with the order; stock and the order itself are looked at under lock.
func (b Basket) Plan(t Terms) (PlaceOrder, error) {
	cmd := PlaceOrder{
		Order: b.Order, Channel: b.Channel, Location: b.Location, Customer: b.Customer, Currency: b.CurrencyAt(t.Location),
		TaxIncluded: t.PriceList.TaxIncluded, Reference: b.Reference, OccurredAt: b.OccurredAt,
		Fact: t.Channel.AtTill(), Buffer: t.Channel.SafetyBuffer,
	}
	if err := t.Channel.mayServe(b.Location); err != nil {
		return cmd, err
	}
	if s := t.Channel.SellingLocation; s != "" && s != b.Location {
		return cmd, RefuseField(LocationNotServed, "location", "channel %s sells at %s, not at %s", b.Channel, s, b.Location)
	}
	if cmd.Currency != t.Location.Currency {
		return cmd, RefuseField(CurrencyMismatch, "currency_code", "%s keeps its books in %s", b.Location, t.Location.Currency)
	}
	at := b.OccurredAt
	if at.IsZero() {
		at = b.Now
	}
	for i, item := range b.Lines {
		line, err := item.line(t, cmd.Currency, at, fmt.Sprintf("lines[%d]", i), i)
		if err != nil {
			return cmd, err
		}
		cmd.Lines = append(cmd.Lines, line)
	}
	var err error
	if cmd.Discounts, err = discountsIn(cmd.Currency, b.Discounts); err != nil {
		return cmd, err
	}
	for _, tender := range b.Tenders {
		if err := tender.Amount.in(cmd.Currency); err != nil {
			return cmd, err
		}
		cmd.Tenders = append(cmd.Tenders, Tender{Kind: tender.Kind, AmountMinor: tender.Amount.Minor, Reference: tender.Reference})
	}
	return cmd, nil
}

// line prices one line before discounts and finds its tax.
func (i BasketItem) line(t Terms, currency string, at time.Time, path string, n int) (BasketLine, error) {
	item := t.Items[n]
	if !item.Found {
		if i.Item.GTIN != "" {
			return BasketLine{}, RefuseField(UnknownSKU, path+".gtin", "no variant has the barcode %s", i.Item.GTIN)
		}
		return BasketLine{}, RefuseField(UnknownSKU, path+".sku", "no variant has the SKU %s", i.Item.SKU)
	}
	line := BasketLine{SKU: item.SKU, Description: item.Title, Quantity: i.Quantity, PriceReason: i.PriceReason, Note: i.Note}
	var found bool
	if line.Tax, found = RateAt(t.Rates, item.TaxCategory, at); !found {
		return line, RefuseField(TaxMissing, path, "no rate of tax category %s is in force in %s", item.TaxCategory, t.Location.TaxJurisdiction)
	}
	var err error
	if line.Discounts, err = discountsIn(currency, i.Discounts); err != nil {
		return line, err
	}
	line.ListMinor, err = i.list(item, t, currency, at, path)
	return line, err
}

// list is all units of the line at the till's price, or at the price list's.
func (i BasketItem) list(item Item, t Terms, currency string, at time.Time, path string) (int64, error) {
	if i.LinePrice != nil {
		return i.LinePrice.Minor, i.LinePrice.in(currency)
	}
	unit := int64(0)
	if i.UnitPrice != nil {
		if err := i.UnitPrice.in(currency); err != nil {
			return 0, err
		}
		unit = i.UnitPrice.Minor
	} else {
		price, found := PriceAt(item.Prices, at)
		if !found {
			return 0, RefuseField(PriceMissing, path, "%s has no price in %s for channel %s", item.SKU, currency, t.Channel.Code)
		}
		unit = price.UnitMinor
	}
	if unit > 0 && i.Quantity > amountMax/unit {
		return 0, RefuseField(AmountTooLarge, path, "%d of %s at %d is more than can be counted", i.Quantity, item.SKU, unit)
	}
	return unit * i.Quantity, nil
}

func discountsIn(currency string, given []BasketDiscount) ([]Discount, error) {
	var all []Discount
	for _, d := range given {
		discount := Discount{Code: d.Code, BasisPoints: d.BasisPoints}
		if d.Amount != nil {
			if err := d.Amount.in(currency); err != nil {
				return nil, err
			}
			discount.AmountMinor = d.Amount.Minor
		}
		all = append(all, discount)
	}
	return all, nil
}

// in refuses an amount of another currency.
func (a *Amount) in(currency string) error {
	if a.Currency == currency {
		return nil
	}
	return RefuseField(CurrencyMismatch, a.Field+".currency_code", "the order is in %s, not in %s", currency, a.Currency)
}
