package retail

import (
	"fmt"
	"strings"
	"time"
)

// receive MILAN RED-42 x3, BLUE-40 x2 as NOTE-7
func (s *story) receive(w *words, _ telling) (map[string]string, error) {
	c := MoveStock{Transaction: s.shop.mint(), Kind: KindReceive, Location: w.next(), Lines: w.lines()}
	for w.take("costing") {
		c.Costs = append(append(c.Costs, w.cost()), make([]Cost, len(c.Lines)-len(c.Costs)-1)...)
		if location, found := s.shop.rows[LocationKey(c.Location)].(Location); found {
			var err error
			if c, err = c.At(location); err != nil {
				return nil, err
			}
		}
	}
	if w.take("as") {
		c.Cause = w.next()
	}
	return s.move(c, w)
}

// adjust MILAN RED-42 -1, BLUE-40 +2 because theft as REPORT-3
func (s *story) adjust(w *words, _ telling) (map[string]string, error) {
	c := MoveStock{Transaction: s.shop.mint(), Kind: KindAdjust, Location: w.next(), Lines: w.lines()}
	if !w.take("because") {
		s.fail("because of what?")
	}
	reason := s.reason(w.next())
	if w.take("as") {
		c.Cause = w.next()
	}
	c, err := c.By(reason, ActAdjust)
	if err != nil {
		return nil, err
	}
	return s.move(c, w)
}

// record DAMAGE MILAN RED-42 x2 from inspection to damaged, BLUE-40 x1 because broken as RPT-3
func (s *story) record(w *words, _ telling) (map[string]string, error) {
	c := RecordStock{Transaction: s.shop.mint(), Act: StockAct(w.next()), Location: w.next()}
	for !w.take("because") {
		line := StockLine{SKU: w.next(), Quantity: w.count()}
		if w.take("from") {
			line.From = w.next()
		}
		if w.take("to") {
			line.To = w.next()
		}
		c.Lines = append(c.Lines, line)
	}
	reason := s.reason(w.next())
	if w.take("as") {
		c.Cause = w.next()
	}
	var err error
	if c.OccurredAt, err = s.happened(w); err != nil {
		return nil, err
	}
	if c, err = NewRecordStock(c); err != nil {
		return nil, err
	}
	if c, err = c.By(reason); err != nil {
		return nil, err
	}
	changed, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return availableIn(changed), nil
}

// reason is one that was put, or a standard one.
func (s *story) reason(code string) StockReason {
	s.Helper()
	if standard, known := StandardReason(code); known && s.shop.rows[StockReasonKey(code)] == nil {
		return standard
	}
	return find[StockReason](s, StockReasonKey(code))
}

// reason fire for ADJUST, WRITE_OFF retired
func (s *story) putReason(w *words, _ telling) (map[string]string, error) {
	reason := StockReason{Code: w.next()}
	if !w.take("for") {
		s.fail("for which acts?")
	}
	for w.more() && w.all[0] != "retired" {
		reason.Acts = append(reason.Acts, StockAct(w.next()))
	}
	reason.Retired = w.take("retired")
	_, err := submit(s, s.shop, PutStockReason{Transaction: s.shop.mint(), Reason: reason})
	return nil, err
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
	return availableIn(changed), nil
}

func availableIn(changed StockChanged) map[string]string {
	answer := map[string]string{}
	for i, level := range changed.Levels {
		answer[fmt.Sprintf("levels[%d].available", i)] = fmt.Sprint(level.Available())
	}
	return answer
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

// hold H1 MILAN RED-42 x2, BLUE-40 x1 for 30m until 3h through WEB
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
	if w.take("until") { // the place closes then
		span, err := time.ParseDuration(w.next())
		if err != nil {
			s.fail("%v", err)
		}
		c.Until = s.shop.now.Add(span)
	}
	if w.take("through") {
		c.Channel = w.next()
		var err error
		channel := find[Channel](s, ChannelKey(c.Channel))
		if w.take("by") {
			c.Method = Method(w.next())
		}
		if w.take("bound") {
			c.Shows = channel.Shows
		}
		if c, err = c.Through(channel, find[Location](s, LocationKey(c.Location)), s.buffers()); err != nil {
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

// find H1 at MILAN MONZA=ROME RED-42 x2 for 30m through WEB by SHIP bound: places from the nearest on, those joined by = equally far.
func (s *story) find(w *words, _ telling) (map[string]string, error) {
	label := w.next()
	f := Find{Hold: PlaceHold{Hold: s.id(label), Transaction: s.shop.mint(), Owner: "cart"}}
	w.take("at")
	var places []FindPlace
	for metres := int64(0); len(w.all) > 1 && !strings.HasPrefix(w.all[1], "x"); metres += 1000 {
		for _, place := range strings.Split(w.next(), "=") {
			places = append(places, FindPlace{Location: place, Metres: metres})
		}
	}
	f.Hold.Lines = w.lines()
	w.take("through")
	channel := find[Channel](s, ChannelKey(w.next()))
	f.Hold.Channel, f.Hold.TimeToLive, f.Hold.Buffers = channel.Code, channel.HoldTime, NewBuffers(channel, s.buffers())
	if w.take("by") {
		f.Hold.Method = Method(w.next())
	}
	if w.take("bound") {
		f.Hold.Shows = channel.Shows
	}
	for i := range places {
		for _, line := range f.Hold.Lines {
			places[i].Levels = append(places[i].Levels, s.shop.level(places[i].Location, line.SKU))
		}
	}
	c, err := f.Plan(places)
	if err != nil {
		return nil, err
	}
	found, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	s.places[label] = found.Hold.Location
	return map[string]string{
		"location": found.Hold.Location, "metres": fmt.Sprint(found.Metres), "for": shortly(found.Hold.ExpiresAt.Sub(s.shop.now)),
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

// place MILAN EUR taxed IT keeps 48h closed opens 10:00-20:00 takes 3h. It opens every day, by its own clock.
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
	if w.take("opens") {
		opens, closes, _ := strings.Cut(w.next(), "-")
		for day := int32(1); day <= 7; day++ {
			l.OpeningHours = append(l.OpeningHours, OpeningHours{day, opens, closes})
		}
	}
	if w.take("takes") {
		l.LeadTime = s.span(w.next())
	}
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
			if strings.HasSuffix(w.all[0], "%") {
				c.Channel.SafetyBasisPoints = w.percent(2)
			} else {
				c.Channel.SafetyBuffer = w.count()
			}
		case "shows":
			c.Channel.Shows.Kind = ExposureKind(w.next())
			if c.Channel.Shows.Kind == ShowsBand {
				c.Channel.Shows.FewFrom, c.Channel.Shows.ManyFrom = w.count(), w.count()
			}
		case "retired":
			c.Channel.Retired = true
		case "brings":
			c.Channel.ShipToStore.Allowed = true
			for w.more() {
				c.Channel.ShipToStore.From = append(c.Channel.ShipToStore.From, knows(w.next()))
			}
		default:
			s.fail("a channel has no %q", word)
		}
	}
	_, err := submit(s, s.shop, c)
	return nil, err
}

// buffer MILAN RED-42 by SHIP in WEB keeps 2 keeps 10%; all but the place may be missing. unbuffer takes it away.
func (s *story) putBuffer(w *words, told telling) (map[string]string, error) {
	c := PutBuffers{Transaction: s.shop.mint(), Location: w.next(), Remove: told.verb == "unbuffer"}
	rule := NewBufferRule{}
	for w.more() {
		switch word := w.next(); {
		case word == "by":
			rule.Method = Method(w.next())
		case word == "in":
			rule.Channel = w.next()
		case word == "keeps" && strings.HasSuffix(w.all[0], "%"):
			rule.BasisPoints = w.percent(2)
		case word == "keeps":
			rule.Units = w.count()
		default:
			rule.SKU = word
		}
	}
	c.Rules = []NewBufferRule{rule}
	rows, err := submit(s, s.shop, c)
	if err != nil {
		return nil, err
	}
	return map[string]string{"rules": fmt.Sprint(len(rows[0].Rules)), "version": fmt.Sprint(rows[0].Version)}, nil
}

// buffers are all rules there are.
func (s *story) buffers() []BufferRules {
	var all []BufferRules
	for _, row := range s.shop.rows {
		if rules, is := row.(BufferRules); is {
			all = append(all, rules)
		}
	}
	return all
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

// attribute material CHOICE linen cotton, or weight NUMBER in g
func (s *story) putAttribute(w *words, _ telling) (map[string]string, error) {
	attribute := Attribute{Code: w.next(), Type: AttributeType(w.next())}
	if w.take("in") {
		attribute.Unit = w.next()
	}
	for w.more() {
		attribute.Choices = append(attribute.Choices, Choice{Code: w.next()})
	}
	_, err := submit(s, s.shop, PutAttribute{Transaction: s.shop.mint(), Attribute: attribute})
	return nil, err
}

// value reads material:linen, care:iron+cold-wash and weight#60.
func (s *story) value(word string) AttributeValue {
	if code, number, isNumber := strings.Cut(word, "#"); isNumber {
		return AttributeValue{Attribute: code, Number: number}
	}
	code, choices, _ := strings.Cut(word, ":")
	return AttributeValue{Attribute: code, Choices: strings.Split(choices, "+")}
}

// product SHIRT standard RED-40/4006381333931 RED-42=OLD-42, or with "returns 14", then "has material:linen", before its variants
func (s *story) putProduct(w *words, _ telling) (map[string]string, error) {
	product := Product{Code: w.next(), TaxCategory: w.next()}
	product.Title = product.Code
	if w.take("returns") {
		days := int32(w.count())
		product.ReturnDays = &days
	}
	if w.take("has") {
		for w.more() && strings.ContainsAny(w.all[0], ":#") {
			product.Attributes = append(product.Attributes, s.value(w.next()))
		}
	}
	for w.more() {
		codes := strings.Split(w.next(), "=")
		sku, gtin, hasBarcode := strings.Cut(codes[0], "/")
		variant := Variant{SKU: sku, Aliases: codes[1:]}
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
