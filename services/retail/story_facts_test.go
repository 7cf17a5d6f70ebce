package retail

import (
	"fmt"
	"slices"
	"strings"
)

// then checks what must be so.
func (s *story) then(text string) {
	s.Helper()
	w := &words{story: s, all: strings.Fields(strings.ReplaceAll(text, ",", " "))}
	switch first := w.next(); first {
	case "entry":
		s.thenEntry(w)
	case "hold":
		s.compareAll(w, s.holdFacts(w.next()))
	case "order":
		s.compareAll(w, orderFacts(s.order(w.next())))
	case "line":
		order := s.order(w.next())
		s.compareAll(w, lineFacts(s.lineOf(order, w), order.Currency))
	case "worth":
		s.thenWorth(w)
	case "tax":
		s.thenTax(w)
	case "payment":
		s.thenPayment(w)
	case "case":
		s.thenCase(w)
	case "no":
		s.thenNoCase(w)
	case "risk":
		s.thenRisk(w)
	case "sellable":
		s.thenSellable(w)
	case "event":
		s.thenEvent(w)
	default:
		s.thenLevel(first, w)
	}
	if w.more() {
		s.fail("%q is left over", strings.Join(w.all, " "))
	}
}

// compareAll reads names and values to the end.
func (s *story) compareAll(w *words, facts map[string]string) {
	s.Helper()
	for w.more() {
		s.compare(facts, w.next(), w.next())
	}
}

// thenLevel reads "MILAN RED-42 available 3 held 2"; accounts that are not named must be empty.
func (s *story) thenLevel(place string, w *words) {
	s.Helper()
	level := s.shop.level(place, w.next())
	want := map[string]string{}
	for w.more() {
		want[w.next()] = w.next()
	}
	for _, account := range []string{"available", "held", "committed", "inspection", "damaged", "quarantine", "incoming"} {
		if want[account] == "" {
			want[account] = "0"
		}
	}
	for account, units := range want {
		if got := fmt.Sprint(unitsOf(level, account)); got != units {
			s.fail("%s of %s at %s is %s, not %s", account, level.SKU, place, got, units)
		}
	}
}

// thenEntry reads "HOLD available -> held RED-42 2", "SALE sales -> order/S1 32.70 EUR", or "MASTER none".
func (s *story) thenEntry(w *words) {
	s.Helper()
	kind := w.next()
	if w.take("none") {
		for _, header := range s.shop.headers {
			if string(header.Kind) == kind && len(header.Entries) > 0 {
				s.fail("a %s posted %+v", kind, header.Entries)
			}
		}
		if !slices.ContainsFunc(s.shop.headers, func(h Header) bool { return string(h.Kind) == kind }) {
			s.fail("there was no %s", kind)
		}
		s.shown = append(s.shown, chartLine{kind: kind})
		return
	}
	from := s.account(w.next())
	if !w.take("->") {
		s.fail("an entry goes from one account to another: ->")
	}
	to := s.account(w.next())
	want := Entry{From: from, To: to}
	if strings.Contains(from+to, "/") {
		amount := w.amount()
		want.Asset, want.Quantity = amount.Currency, amount.Minor
	} else {
		want.Asset, want.Quantity = w.next(), w.count()
	}
	var posted []string
	for _, header := range s.shop.headers {
		for _, e := range header.Entries {
			if string(header.Kind) == kind && e.From == want.From && e.To == want.To && e.Asset == want.Asset && e.Quantity == want.Quantity {
				s.shown = append(s.shown, chartLine{kind: kind, from: e.From, to: e.To})
				return
			}
			posted = append(posted, fmt.Sprintf("%s %s -> %s %s %d", header.Kind, e.From, e.To, e.Asset, e.Quantity))
		}
	}
	s.fail("no such entry; there is:\n%s", strings.Join(posted, "\n"))
}

// account replaces the label in "order/S1" by its id.
func (s *story) account(name string) string {
	if label, isOrder := strings.CutPrefix(name, OrderPrefix); isOrder {
		return OrderPrefix + s.id(label).String()
	}
	return name
}

func (s *story) holdFacts(label string) map[string]string {
	s.Helper()
	hold := find[Hold](s, HoldKey(s.places[label], s.id(label))).At(s.shop.now)
	return map[string]string{"is": string(hold.State)}
}

func (s *story) order(label string) Order { return find[Order](s, OrderKey(s.id(label))) }

func (s *story) lineOf(o Order, w *words) OrderLine {
	s.Helper()
	n := w.count()
	if n < 1 || n > int64(len(o.Lines)) {
		s.fail("order %s has %d lines", o.Number, len(o.Lines))
	}
	return o.Lines[n-1]
}

func lineFacts(l OrderLine, currency string) map[string]string {
	facts := map[string]string{
		"sku": l.SKU, "units": fmt.Sprint(l.Quantity), "fulfilled": fmt.Sprint(l.Fulfilled), "because": l.PriceReason,
	}
	for name, minor := range map[string]int64{
		"list": l.ListMinor, "discount": l.DiscountMinor, "net": l.NetMinor, "tax": l.TaxMinor, "gross": l.GrossMinor,
	} {
		facts[name] = shownAs(minor, currency)
	}
	for _, d := range l.Discounts {
		facts[d.Code] = shownAs(d.AmountMinor, currency)
	}
	return facts
}

// thenWorth reads "S1 1 unit 2 gross 6.67": what the second unit of the first line is worth.
func (s *story) thenWorth(w *words) {
	s.Helper()
	order := s.order(w.next())
	line := s.lineOf(order, w)
	if !w.take("unit") {
		s.fail("which unit?")
	}
	n := w.count()
	worth := line
	worth.NetMinor, worth.TaxMinor, worth.GrossMinor = line.UnitsWorth(n-1, n)
	s.compareAll(w, lineFacts(worth, order.Currency))
}

// thenTax reads "S1 IVA22 net 32.70 tax 7.20".
func (s *story) thenTax(w *words) {
	s.Helper()
	order, code := s.order(w.next()), w.next()
	at := slices.IndexFunc(order.Taxes, func(t OrderTax) bool { return t.Code == code })
	if at < 0 {
		s.fail("order %s has no tax %s: %+v", order.Number, code, order.Taxes)
	}
	s.compareAll(w, map[string]string{
		"net": shownAs(order.Taxes[at].NetMinor, order.Currency), "tax": shownAs(order.Taxes[at].TaxMinor, order.Currency),
	})
}

// thenPayment reads "S1 1 PAYMENT CASH 50.00 EUR".
func (s *story) thenPayment(w *words) {
	s.Helper()
	order := s.order(w.next())
	n := int(w.count())
	if n < 1 || n > len(order.Payments) {
		s.fail("order %s has %d payments", order.Number, len(order.Payments))
	}
	want := Payment{Movement: w.next(), Kind: w.next(), AmountMinor: w.amount().Minor}
	if got := order.Payments[n-1]; got != want {
		s.fail("it is %+v, not %+v", got, want)
	}
}

// openCases are the open cases of a position, as they are listed.
func (s *story) openCases(place, sku string) []OpenCase {
	var cases []OpenCase
	ahead := int64(0)
	holds := []Hold{}
	for _, row := range s.shop.rows {
		if hold, ok := row.(Hold); ok && hold.Location == place && hold.At(s.shop.now).State == StateHeld {
			holds = append(holds, hold)
		}
	}
	slices.SortFunc(holds, func(a, b Hold) int { return b.RecordedAt.Compare(a.RecordedAt) })
	for _, c := range s.shop.level(place, sku).Cases {
		if c.OpenUnits == 0 {
			continue
		}
		open := OpenCase{Location: place, SKU: sku, OversellCase: c, ShortAhead: ahead}
		for _, hold := range holds {
			for _, line := range hold.Lines {
				if line.SKU == sku {
					open.Holds = append(open.Holds, HeldUnits{Hold: hold.ID, Units: line.Quantity})
				}
			}
		}
		ahead += c.OpenUnits
		cases = append(cases, open)
	}
	return cases
}

// thenCase reads "MILAN RED-42 1 open 2 of 3 by S1": the oldest open case. What no order caused is by its cause.
func (s *story) thenCase(w *words) {
	s.Helper()
	place, sku := w.next(), w.next()
	n, cases := int(w.count()), s.openCases(place, sku)
	if n < 1 || n > len(cases) {
		s.fail("there are %d open cases: %+v", len(cases), cases)
	}
	c := cases[n-1]
	by := c.Cause
	for label, id := range s.ids {
		if c.Order() == id.String() {
			by = label
		}
	}
	s.compareAll(w, map[string]string{"open": fmt.Sprint(c.OpenUnits), "of": fmt.Sprint(c.Units), "by": by})
}

// thenNoCase reads "case MILAN RED-42": none is open.
func (s *story) thenNoCase(w *words) {
	s.Helper()
	if !w.take("case") {
		s.fail("no what?")
	}
	if cases := s.openCases(w.next(), w.next()); len(cases) > 0 {
		s.fail("there is %+v", cases)
	}
}

// thenRisk reads "MILAN RED-42 1 H2 H1": the holds that the oldest open case puts at risk, newest first.
func (s *story) thenRisk(w *words) {
	s.Helper()
	cases, n := s.openCases(w.next(), w.next()), int(w.count())
	if n < 1 || n > len(cases) {
		s.fail("there are %d open cases: %+v", len(cases), cases)
	}
	var want []ID
	for w.more() {
		want = append(want, s.id(w.next()))
	}
	if got := cases[n-1].AtRisk(); !slices.Equal(got, want) {
		s.fail("at risk are %v, not %v", got, want)
	}
}

// thenSellable reads "MILAN RED-42 in WEB 2": what a channel may still promise.
func (s *story) thenSellable(w *words) {
	s.Helper()
	level := s.shop.level(w.next(), w.next())
	if !w.take("in") {
		s.fail("sellable in which channel?")
	}
	channel := find[Channel](s, ChannelKey(w.next()))
	if got, want := level.Sellable(channel.SafetyBuffer), w.count(); got != want {
		s.fail("%d of %s at %s are sellable, not %d", got, level.SKU, level.Location, want)
	}
}

// thenEvent reads "StockHeld hold/H1 1": that somebody was told, and as which version of the subject.
func (s *story) thenEvent(w *words) {
	s.Helper()
	kind, subject, version := w.next(), w.next(), w.count()
	if noun, label, found := strings.Cut(subject, "/"); found && s.ids[label] != (ID{}) {
		subject = noun + "/" + s.ids[label].String()
	}
	for _, event := range s.shop.events {
		if event.Kind == kind && event.Subject == subject && event.Version == version {
			return
		}
	}
	s.fail("nobody was told; told was %+v", s.shop.events)
}
