package retail

import (
	"fmt"
	"strings"
	"time"
)

// receive MILAN RED-42 x3, BLUE-40 x2 as NOTE-7
func (s *story) receive(w *words, _ telling) (map[string]string, error) {
	c := MoveStock{Transaction: s.shop.mint(), Kind: KindReceive, Location: w.next(), Lines: w.lines()}
	if w.take("as") {
		c.Cause = w.next()
	}
	return s.move(c, w)
}

// adjust MILAN RED-42 -1, BLUE-40 +2 because theft
func (s *story) adjust(w *words, _ telling) (map[string]string, error) {
	c := MoveStock{Transaction: s.shop.mint(), Kind: KindAdjust, Location: w.next(), Lines: w.lines()}
	if w.take("because") {
		c.Cause = w.next()
	}
	return s.move(c, w)
}

func (s *story) move(c MoveStock, w *words) (map[string]string, error) {
	var err error
	if c.OccurredAt, err = s.happened(w); err != nil {
		return nil, err
	}
	changed, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	answer := map[string]string{}
	for i, level := range changed.Levels {
		answer[fmt.Sprintf("levels[%d].available", i)] = fmt.Sprint(level.Available())
	}
	return answer, nil
}

// happened reads when something happened in the shop, where it is not now: "2h ago", or "2h ahead" where a clock is wrong.
func (s *story) happened(w *words) (time.Time, error) {
	s.Helper()
	if !w.more() {
		return OccurredAt(false, time.Time{}, s.shop.now)
	}
	span, err := time.ParseDuration(w.next())
	if err != nil {
		s.fail("can't read when it happened: %v", err)
	}
	if w.take("ago") {
		span = -span
	} else if !w.take("ahead") {
		s.fail("%s ago or ahead?", span)
	}
	return OccurredAt(true, s.shop.now.Add(span), s.shop.now)
}

// hold H1 MILAN RED-42 x2, BLUE-40 x1 for 30m through WEB
func (s *story) hold(w *words, _ telling) (map[string]string, error) {
	label := w.next()
	c := PlaceHold{Hold: s.id(label), Transaction: s.shop.mint(), Location: w.next(), Owner: "cart", Lines: w.lines()}
	if w.take("for") {
		span, err := time.ParseDuration(w.next())
		if err != nil {
			s.fail("%v", err)
		}
		c.TimeToLive = span
	}
	if w.take("through") {
		c.Channel = w.next()
		var err error
		if c, err = c.Through(find[Channel](s, ChannelKey(c.Channel)), find[Location](s, LocationKey(c.Location))); err != nil {
			return nil, err
		}
	}
	hold, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	s.places[label] = c.Location
	return map[string]string{
		"state": string(hold.State), "for": shortly(hold.ExpiresAt.Sub(s.shop.now)), "holds": fmt.Sprint(len(hold.Lines)),
	}, nil
}

// shortly writes a span as the scenarios do: 30m, not 30m0s.
func shortly(span time.Duration) string {
	text := span.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// release H1, or sweep H1; at another place than the hold's: release H1 ROME
func (s *story) end(w *words, told telling) (map[string]string, error) {
	label := w.next()
	place := s.places[label]
	if w.more() {
		place = w.next()
	}
	// The lines of a hold never change, so that the handler may read them before it is locked.
	hold, found := s.shop.rows[HoldKey(place, s.id(label))].(Hold)
	state := "NONE"
	if found {
		state = string(hold.State)
		if state == "HELD" && !s.shop.now.Before(hold.ExpiresAt) {
			state = "LAPSED"
		}
	}
	s.moved["hold "+state+" "+told.verb] = true
	ended, err := submit(s, s.shop, EndHold{
		Hold: s.id(label), Transaction: s.shop.mint(), Location: place, Lines: hold.Lines, Sweep: told.verb == "sweep",
	})
	return map[string]string{"state": string(ended.State)}, err
}

// place MILAN EUR taxed IT keeps 48h closed
func (s *story) putPlace(w *words, _ telling) (map[string]string, error) {
	l := Location{Code: w.next(), Kind: "STORE", TimeZone: "Europe/Rome", Currency: w.next()}
	l.Name = "Shop of " + l.Code
	if w.take("taxed") {
		l.TaxJurisdiction = w.next()
	}
	if w.take("keeps") {
		l.PickupTime = s.span(w.next())
	}
	l.Closed = w.take("closed")
	_, err := submit(s, s.shop, PutLocation{Transaction: s.shop.mint(), Location: l})
	return nil, err
}

// channel WEB ONLINE_STORE list RETAIL from MILAN holds 30m keeps 1 sells at MILAN retired
func (s *story) putChannel(w *words, _ telling) (map[string]string, error) {
	c := PutChannel{Transaction: s.shop.mint(), Channel: Channel{Code: w.next(), Kind: w.next(), HoldTime: time.Minute}}
	knows := func(place string) string {
		if s.shop.rows[LocationKey(place)] == nil {
			c.UnknownLocations = append(c.UnknownLocations, place)
		}
		return place
	}
	for w.more() {
		switch word := w.next(); word {
		case "list":
			c.Channel.PriceLists = append(c.Channel.PriceLists, w.next())
		case "from":
			c.Channel.Locations = append(c.Channel.Locations, knows(w.next()))
		case "sells":
			w.take("at")
			c.Channel.SellingLocation = knows(w.next())
		case "holds":
			c.Channel.HoldTime, _ = time.ParseDuration(w.next())
		case "keeps":
			c.Channel.SafetyBuffer = w.count()
		case "retired":
			c.Channel.Retired = true
		default:
			s.fail("a channel has no %q", word)
		}
	}
	_, err := submit(s, s.shop, c)
	return nil, err
}

// category STANDARD
func (s *story) putCategory(w *words, _ telling) (map[string]string, error) {
	_, err := submit(s, s.shop, PutTaxCategory{Transaction: s.shop.mint(), TaxCategory: TaxCategory{Code: w.next()}})
	return nil, err
}

// rates IT standard IVA22 22%, books IVA4 4% from 2026-04-01
func (s *story) putRates(w *words, _ telling) (map[string]string, error) {
	rates := TaxRates{Jurisdiction: w.next()}
	for w.more() {
		rate := TaxRate{Category: w.next(), Code: w.next(), PPM: w.percent(4)}
		rate.ValidFrom, rate.ValidUntil = w.span()
		rates.Rates = append(rates.Rates, rate)
	}
	_, err := submit(s, s.shop, PutTaxRates{Transaction: s.shop.mint(), TaxRates: rates})
	return nil, err
}

// list RETAIL EUR with tax, or without
func (s *story) putList(w *words, _ telling) (map[string]string, error) {
	list := PriceList{Code: w.next(), Currency: w.next(), TaxIncluded: w.take("with")}
	if !list.TaxIncluded && !w.take("without") || !w.take("tax") {
		s.fail("a price list is with tax or without")
	}
	_, err := submit(s, s.shop, PutPriceList{Transaction: s.shop.mint(), PriceList: list})
	return nil, err
}

// prices RETAIL: a line below for each, RED-42 19.95 EUR from 2026-04-01
func (s *story) putPrices(w *words, told telling) (map[string]string, error) {
	list := find[PriceList](s, PriceListKey(w.next()))
	var prices []NewPrice
	var unknown []string
	for _, line := range told.lines {
		price := NewPrice{SKU: line.next()}
		amount := line.amount()
		price.Currency, price.UnitMinor = amount.Currency, amount.Minor
		price.ValidFrom, price.ValidUntil = line.span()
		prices = append(prices, price)
		if s.shop.rows[SKUKey(price.SKU)] == nil {
			unknown = append(unknown, price.SKU)
		}
	}
	puts, err := NewPutPrices(list, prices, unknown)
	for i := 0; i < len(puts) && err == nil; i++ {
		puts[i].Transaction = s.shop.mint()
		_, err = submit(s, s.shop, puts[i])
	}
	return nil, err
}

// product SHIRT standard RED-40/4006381333931 RED-42, or with "returns 14" before its variants
func (s *story) putProduct(w *words, _ telling) (map[string]string, error) {
	product := Product{Code: w.next(), TaxCategory: w.next()}
	product.Title = product.Code
	if w.take("returns") {
		days := int32(w.count())
		product.ReturnDays = &days
	}
	for w.more() {
		sku, gtin, hasBarcode := strings.Cut(w.next(), "/")
		variant := Variant{SKU: sku}
		if hasBarcode {
			variant.Barcodes = []string{s.gtin(gtin)}
		}
		product.Variants = append(product.Variants, variant)
	}
	before, _ := s.shop.rows[product.Key()].(Product)
	c, err := NewPutProduct(s.shop.mint(), before, product)
	if err != nil {
		return nil, err
	}
	_, err = submit(s, s.shop, c)
	return nil, err
}

func (s *story) gtin(digits string) string {
	s.Helper()
	gtin, ok := GTIN14(digits)
	if !ok {
		s.fail("%s is not a barcode", digits)
	}
	return gtin
}

// find returns a row that a scenario speaks of.
func find[T Row](s *story, k Key) T {
	s.Helper()
	row, found := s.shop.rows[k].(T)
	if !found {
		s.fail("there is no %+v", k)
	}
	return row
}
