package retail

import (
	"fmt"
	"strings"
)

// sell S1 at MILAN in TILL: a line below for each thing that is bought, each discount of the basket, and each tender.
//
//	RED-42 x2
//	gtin 4006381333931 x1 at 15.00 EUR each because worn less 10% CLUB
//	BLUE-40 x3 at 50.00 EUR together because bundle
//	less 5.00 EUR COUPON
//	pays 100.00 EUR CASH
func (s *story) sell(w *words, told telling) (map[string]string, error) {
	b := Basket{Order: s.id(w.next()), Now: s.shop.now}
	number := OrderNumber(s.shop.minted * 0x9E3779B97F4A7C15)
	if !w.take("at") {
		s.fail("a sale is at a place")
	}
	b.Location = w.next()
	if !w.take("in") {
		s.fail("a sale is in a channel")
	}
	b.Channel = w.next()
	if w.take("numbered") { // like another order
		number = find[Order](s, OrderKey(s.id(w.next()))).Number
	}
	if w.take("in") {
		b.Currency = w.next()
	}
	occurredAt, err := s.happened(w)
	b.OccurredAt = occurredAt
	for _, line := range told.lines {
		switch {
		case line.take("less"):
			b.Discounts = append(b.Discounts, s.discount(line, fmt.Sprintf("discounts[%d].amount", len(b.Discounts))))
		case line.take("pays"):
			amount := line.amount()
			amount.Field = fmt.Sprintf("tenders[%d].amount", len(b.Tenders))
			b.Tenders = append(b.Tenders, BasketTender{Kind: line.next(), Amount: amount})
		default:
			b.Lines = append(b.Lines, s.item(line, fmt.Sprintf("lines[%d]", len(b.Lines))))
		}
	}
	if err != nil {
		return nil, err
	}
	c, err := b.Plan(s.terms(b))
	if err != nil {
		return nil, err
	}
	c.Transaction, c.Number = s.shop.mint(), number
	order, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return orderFacts(order), nil
}

// item reads one line of a basket.
func (s *story) item(w *words, field string) BasketItem {
	s.Helper()
	var item BasketItem
	if w.take("gtin") {
		item.Item.GTIN = s.gtin(w.next())
	} else {
		item.Item.SKU = w.next()
	}
	item.Quantity = w.count()
	if w.take("at") {
		price := w.amount()
		price.Field = field + ".till_price"
		if w.take("each") {
			item.UnitPrice = price
		} else if w.take("together") {
			item.LinePrice = price
		}
		if !w.take("because") {
			s.fail("a till says each or together, and why it brings a price of its own")
		}
		item.PriceReason = w.next()
	}
	for w.take("less") {
		item.Discounts = append(item.Discounts, s.discount(w, fmt.Sprintf("%s.discounts[%d].amount", field, len(item.Discounts))))
	}
	return item
}

// discount reads "10% CLUB" or "5.00 EUR COUPON".
func (s *story) discount(w *words, field string) BasketDiscount {
	s.Helper()
	var d BasketDiscount
	if w.more() && strings.HasSuffix(w.all[0], "%") {
		d.BasisPoints = w.percent(2)
	} else {
		d.Amount = w.amount()
		d.Amount.Field = field
	}
	d.Code = w.next()
	return d
}

// terms reads what decides the price of a basket, as the handler of PlaceOrder does.
func (s *story) terms(b Basket) Terms {
	s.Helper()
	terms := Terms{Channel: find[Channel](s, ChannelKey(b.Channel)), Location: find[Location](s, LocationKey(b.Location))}
	rates, _ := s.shop.rows[TaxRatesKey(terms.Location.TaxJurisdiction)].(TaxRates)
	terms.Rates = rates.Rates
	for _, code := range terms.Channel.PriceLists {
		if list := find[PriceList](s, PriceListKey(code)); list.Currency == b.CurrencyAt(terms.Location) {
			terms.PriceList = list
		}
	}
	for _, line := range b.Lines {
		terms.Items = append(terms.Items, s.catalogued(line.Item, terms.PriceList.Code))
	}
	return terms
}

func (s *story) catalogued(ref ItemRef, list string) Item {
	if ref.GTIN != "" {
		barcode, _ := s.shop.rows[BarcodeKey(ref.GTIN)].(Barcode)
		ref.SKU = barcode.SKU
	}
	sku, found := s.shop.rows[SKUKey(ref.SKU)].(SKU)
	if !found {
		return Item{}
	}
	product, _ := s.shop.rows[ProductKey(sku.Product)].(Product)
	prices, _ := s.shop.rows[VariantPricesKey(list, ref.SKU)].(VariantPrices)
	return Item{SKU: ref.SKU, Title: product.Title, TaxCategory: product.TaxCategory, Prices: prices.Prices, Found: true}
}

// orderFacts are the totals of an order as people read them.
func orderFacts(o Order) map[string]string {
	t := o.Totals()
	change := int64(0)
	for _, p := range o.Payments {
		if p.Movement == MovementChange {
			change += p.AmountMinor
		}
	}
	facts := map[string]string{"state": string(o.State), "number": o.Number}
	for name, minor := range map[string]int64{
		"list": t.List, "discount": t.Discount, "net": t.Net, "tax": t.Tax, "gross": t.Gross, "change": change,
	} {
		facts[name] = shownAs(minor, o.Currency)
	}
	return facts
}
