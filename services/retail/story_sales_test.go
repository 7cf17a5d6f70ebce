package retail

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// sell S1 at MILAN in TILL, or order S1 at SHOP in WEB for ANNA within 2h: a line below for each thing that is bought, each
// discount of the basket, each tender, and the rest of what is said.
//
//	RED-42 x2
//	RED-42 x2 collected at MILAN
//	RED-42 x2 collected at MILAN brought from ROME
//	RED-42 x1 sent from ROME
//	gtin 4006381333931 x1 at 15.00 EUR each because worn less 10% CLUB
//	BLUE-40 x3 at 50.00 EUR together because bundle
//	charge DELIVERY standard 5.00 EUR sent from ROME
//	card G1 50.00 EUR
//	less 5.00 EUR COUPON
//	holds H1
//	pays 100.00 EUR CASH
//	pays 10.00 EUR GIFT_CARD G1
//	rounded 0.02 EUR
//	bills ACME
//	quoted Q1
//	cart anna v1
//	shows SUMMER10
func (s *story) sell(w *words, told telling) (map[string]string, error) {
	b, number, err := s.basket(w, told)
	if err != nil {
		return nil, err
	}
	cards := s.stored(b.Customer).Cards
	for _, tender := range b.Tenders {
		if tender.Kind == GiftCard {
			s.triedCard(cards[tender.Reference], "pay")
		}
	}
	for _, line := range b.Lines {
		if line.CardNumber != "" {
			s.triedCard(cards[line.CardNumber], "load")
		}
	}
	c, err := s.planned(b, number)
	if err != nil {
		return nil, err
	}
	if before, found := s.shop.rows[OrderKey(c.Order)].(Order); found {
		s.tried(before, "place")
	} else {
		s.tried(Order{}, "place")
	}
	order, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return orderFacts(order), nil
}

// triedCard remembers that an act was tried on a gift card in the state that it is in.
func (s *story) triedCard(card Card, act string) {
	state := "GOOD"
	switch over := card.Balance.Expired(s.shop.now); {
	case card.Lost:
		state = "REPLACED"
	case card.Balance.Version == 0:
		state = "NONE"
	case over && card.Balance.AmountMinor > 0:
		state = "EXPIRED"
	case over:
		state = "FORFEITED"
	}
	s.moved["card "+state+" "+act] = true
}

// basket reads what somebody wants to buy, and the number that the order is to have.
func (s *story) basket(w *words, told telling) (Basket, string, error) {
	s.Helper()
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
	var late error
	for w.more() {
		switch {
		case w.take("numbered"): // like another order
			number = s.order(w.next()).Number
		case w.take("in"):
			b.Currency = w.next()
		case w.take("for"):
			b.Customer = s.id(w.next())
		case w.take("within"):
			b.PayFor = s.span(w.next())
		default:
			b.OccurredAt, late = s.happened(w)
		}
	}
	for _, line := range told.lines {
		s.basketLine(&b, line)
	}
	if late == nil {
		b, late = s.converted(b)
	}
	return b, number, late
}

func (s *story) basketLine(b *Basket, line *words) {
	s.Helper()
	switch {
	case line.take("less"):
		b.Discounts = append(b.Discounts, s.discount(line, fmt.Sprintf("discounts[%d].amount", len(b.Discounts))))
	case line.take("pays"):
		b.Tenders = append(b.Tenders, line.tender(len(b.Tenders)))
	case line.take("rounded"):
		b.CashRounding = line.amount()
	case line.take("holds"):
		for line.more() {
			label := line.next()
			b.Holds = append(b.Holds, HoldRef{Location: s.places[label], ID: s.id(label)})
		}
	case line.take("cart"):
		b.Cart = &CartRef{Owner: s.cartOwner(line), Version: s.version(line)}
	case line.take("quoted"):
		b.Quoted = s.quotes[line.next()]
	case line.take("shows"):
		for line.more() {
			b.Coupons = append(b.Coupons, line.next())
		}
	case line.take("bills"):
		b.BillTo = &Party{Name: line.next(), TaxID: "IT00743110157"}
	default:
		b.Lines = append(b.Lines, s.item(line, fmt.Sprintf("lines[%d]", len(b.Lines))))
	}
}

// tender reads "50.00 EUR CASH", or "10.00 EUR GIFT_CARD G1".
func (w *words) tender(n int) BasketTender {
	w.story.Helper()
	t := BasketTender{Amount: w.amount()}
	t.Amount.Field = fmt.Sprintf("tenders[%d].amount", n)
	t.Kind = w.next()
	if w.more() {
		t.Reference = w.next()
	}
	return t
}

func (s *story) span(text string) time.Duration {
	s.Helper()
	span, err := time.ParseDuration(text)
	if err != nil {
		s.fail("%v", err)
	}
	return span
}

// planned is the command that places a basket, with all that a handler mints for it.
func (s *story) planned(b Basket, number string) (PlaceOrder, error) {
	c, err := b.Plan(s.terms(b))
	if err != nil {
		return c, err
	}
	c.Transaction, c.Number, c.Issuer = s.shop.mint(), number, s.shop.issuer(b.Location)
	for i := range c.Fulfilments {
		f := &c.Fulfilments[i]
		place, _ := s.shop.rows[LocationKey(f.Location)].(Location)
		f.ID, f.PromisedAt = s.shop.mint(), place.Promises(f.Method, s.shop.now, s.shop.now.Location())
		for _, t := range c.Transfers {
			if t.To == f.Location && f.Method == PickUp {
				from, _ := s.shop.rows[LocationKey(t.From)].(Location)
				f.PromisedAt = place.PromisesBrought(from, s.shop.now, s.shop.now.Location(), s.shop.now.Location())
			}
		}
	}
	for i := range c.Transfers { // order S1 has the transfer S1/rome
		for label, id := range s.ids {
			if id == c.Order {
				c.Transfers[i].ID = s.id(label + "/" + c.Transfers[i].From)
			}
		}
	}
	for i := range c.Lines {
		if card := c.Lines[i].Card; card != nil && card.New {
			card.ID = s.id(card.Number)
		}
	}
	return c, nil
}

// issuer is who issues documents for a place.
func (s *shop) issuer(place string) Issuer {
	i := Issuer{Location: place, Point: ServerPoint, Year: s.now.Year(), Seller: Party{Name: "Shop of " + place}}
	for range 8 {
		i.Invoices = append(i.Invoices, s.mint())
	}
	return i
}

// item reads one line of a basket.
func (s *story) item(w *words, field string) BasketItem {
	s.Helper()
	item := BasketItem{Quantity: 1, Method: CarryOut}
	switch {
	case w.take("gtin"):
		item.Item.GTIN = s.gtin(w.next())
		item.Quantity = w.count()
	case w.take("charge"):
		item.Charge = &Charge{Code: w.next(), TaxCategory: w.next(), Description: "Delivery"}
		item.LinePrice = w.amount()
	case w.take("card"):
		item.CardNumber = w.next()
		item.UnitPrice = w.amount()
		if w.more() && strings.HasPrefix(w.all[0], "x") {
			item.Quantity = w.count()
		}
		if w.take("of") {
			item.CardKind = w.next()
		}
	default:
		item.Item.SKU = w.next()
		item.Quantity = w.count()
	}
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
	switch {
	case w.take("collected") && w.take("at"):
		item.Method, item.Location = PickUp, w.next()
		if w.take("brought") && w.take("from") {
			item.From = w.next()
		}
	case w.take("sent") && w.take("from"):
		item.Method, item.Location = Ship, w.next()
		if w.take("brought") && w.take("from") {
			item.From = w.next()
		}
	case w.take("carried") && w.take("from"):
		item.Location = w.next()
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
	terms := s.stored(b.Customer)
	terms.Channel, terms.Location = find[Channel](s, ChannelKey(b.Channel)), find[Location](s, LocationKey(b.Location))
	rates, _ := s.shop.rows[TaxRatesKey(terms.Location.TaxJurisdiction)].(TaxRates)
	terms.Rates = rates.Rates
	for _, code := range terms.Channel.PriceLists {
		if list := find[PriceList](s, PriceListKey(code)); list.Currency == b.CurrencyAt(terms.Location) {
			terms.PriceList = list
		}
	}
	terms.Buffers, terms.Promotions = s.buffers(), s.promotions()
	terms.ReturnPolicies = s.policies()
	terms.Refund, _ = s.shop.rows[RefundTermsKey(b.CurrencyAt(terms.Location))].(RefundTerms)
	for _, line := range b.Lines {
		terms.Items = append(terms.Items, s.catalogued(line.Item, terms.PriceList.Code))
	}
	if b.Cart != nil {
		for _, held := range b.Cart.Holds {
			terms.CartHolds = append(terms.CartHolds, find[Hold](s, HoldKey(held.Location, held.Hold)))
		}
	}
	for _, ref := range b.Holds {
		hold, found := s.shop.rows[HoldKey(ref.Location, ref.ID)].(Hold)
		if !found {
			hold = Hold{ID: ref.ID, Location: ref.Location}
		}
		terms.Holds = append(terms.Holds, hold)
	}
	return terms
}

// stored reads the places, the gift cards that were sold, and a customer's credit.
func (s *story) stored(customer ID) Terms {
	terms := Terms{Places: map[string]Location{}, Cards: map[string]Card{}, CardKinds: map[string]CardKind{}}
	credit := "store_credit/" + customer.String()
	for _, key := range slices.SortedFunc(maps.Keys(s.shop.rows), CompareKeys) {
		switch row := s.shop.rows[key].(type) {
		case Location:
			terms.Places[row.Code] = row
		case CardKind:
			terms.CardKinds[row.Code] = row
		case Name:
			if row.Kind == NameGiftCard {
				_, lost := s.shop.rows[NameKey(NameLostCard, row.Value)]
				terms.Cards[row.Value] = Card{ID: row.Entity, Balance: s.balance("gift_card/" + row.Entity.String()), Lost: lost}
			}
		case Balance:
			if row.Account == credit {
				terms.Credits = append(terms.Credits, row)
			}
		}
	}
	return terms
}

// balance finds an account of stored value in whatever book it is.
func (s *story) balance(account string) Balance {
	for _, row := range s.shop.rows {
		if b, ok := row.(Balance); ok && b.Account == account {
			return b
		}
	}
	return Balance{Account: account}
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
	if sku.AliasOf != "" {
		ref.SKU = sku.AliasOf
	}
	product, _ := s.shop.rows[ProductKey(sku.Product)].(Product)
	prices, _ := s.shop.rows[VariantPricesKey(list, ref.SKU)].(VariantPrices)
	item := Item{
		SKU: ref.SKU, Title: product.Title, TaxCategory: product.TaxCategory, Prices: prices.Prices, Found: true, ReturnDays: DefaultReturnDays,
		Product: product.Code, Department: product.Department, Brand: product.Brand,
	}
	if product.ReturnDays != nil {
		item.ReturnDays, item.OwnReturnDays = *product.ReturnDays, true
	}
	return item
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
	facts := map[string]string{
		"state": string(o.State), "number": o.Number, "payment": string(o.PaymentState()), "fulfilled": string(o.FulfilmentProgress()),
		"returned": string(o.ReturnProgress()), "documents": fmt.Sprint(len(o.Documents)),
	}
	for name, minor := range map[string]int64{
		"list": t.List, "discount": t.Discount, "net": t.Net, "tax": t.Tax, "gross": t.Gross, "change": change, "owed": o.Owed(),
		"balance": o.Balance(),
	} {
		facts[name] = shownAs(minor, o.Currency)
	}
	return facts
}
