package retail

import (
	"fmt"
	"slices"
	"strings"
	"time"
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
	case "value":
		s.thenValue(w)
	case "worth":
		s.thenWorth(w)
	case "tax":
		s.thenTax(w)
	case "payment":
		s.thenPayment(w)
	case "intent":
		s.thenIntent(w)
	case "case":
		s.thenCase(w)
	case "no":
		s.thenNoCase(w)
	case "risk":
		s.thenRisk(w)
	case "sellable":
		s.thenSellable(w)
	case "proposal":
		s.thenProposal(w)
	case "document":
		order := s.order(w.next())
		s.compareAll(w, documentFacts(s.documentOf(order, w)))
	case "work":
		order := s.order(w.next())
		w.take("at")
		place, method := w.next(), "collect"
		if w.take("sent") {
			method = "ship"
		}
		s.compareAll(w, s.workFacts(s.fulfilment(order, place, method)))
	case "request":
		s.thenRequest(w)
	case "cart":
		s.thenCart(w)
	case "card":
		s.thenBalance(w, GiftCardPrefix+s.id(w.next()).String())
	case "credit":
		s.thenBalance(w, StoreCreditPrefix+s.id(w.next()).String())
	case "transfer":
		s.thenTransfer(w)
	case "delivery":
		s.thenDelivery(w)
	case "difference":
		s.thenDifference(w)
	case "count":
		s.thenCount(w)
	case "history":
		s.thenHistory(w)
	case "event":
		s.thenEvent(w)
	case "because":
		s.thenBecause(w)
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

// thenBecause reads "ADJUST theft for RPT-3": an act of that kind named that reason, and what it was done for.
func (s *story) thenBecause(w *words) {
	s.Helper()
	kind, reason := Kind(w.next()), w.next()
	if !w.take("for") {
		s.fail("for what?")
	}
	cause := s.account(w.next())
	if !slices.ContainsFunc(s.shop.headers, func(h Header) bool { return h.Kind == kind && h.Reason == reason && h.Cause == cause }) {
		s.fail("no %s because of %s is for %s", kind, reason, cause)
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
	if KindOf(from) == MoneyAccount {
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

// account replaces the label in "order/S1" by its id; so for cards, credit and transfers.
func (s *story) account(name string) string {
	for _, prefix := range []string{OrderPrefix, GiftCardPrefix, StoreCreditPrefix, TransitPrefix, InTransitPrefix, "transfer/"} {
		if label, found := strings.CutPrefix(name, prefix); found {
			return prefix + s.id(label).String()
		}
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
		"cancelled": fmt.Sprint(l.Cancelled), "rejected": fmt.Sprint(l.Rejected), "returned": fmt.Sprint(l.Returned), "open": fmt.Sprint(l.Open()),
		"from": l.From, "away": fmt.Sprint(l.Away), "coming": fmt.Sprint(l.Coming),
		"instead": fmt.Sprint(l.InsteadOf),
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

// thenPayment reads "S1 1 PAYMENT CASH 50.00 EUR", with "at ROME" for the book of another place, and without a tender's kind
// where there is none: "S1 2 FEE 5.00 EUR".
func (s *story) thenPayment(w *words) {
	s.Helper()
	order := s.order(w.next())
	n := int(w.count())
	if n < 1 || n > len(order.Payments) {
		s.fail("order %s has %d payments", order.Number, len(order.Payments))
	}
	want := Payment{Movement: Movement(w.next())}
	if !strings.Contains(w.all[0], ".") {
		want.Kind = w.next()
	}
	want.AmountMinor = w.amount().Minor
	if w.take("at") {
		want.Location = w.next()
	}
	got := order.Payments[n-1]
	got.Account, got.OccurredAt, got.Reference = "", time.Time{}, ""
	if got != want {
		s.fail("it is %+v, not %+v", got, want)
	}
}

// thenSellable reads "MILAN RED-42 in WEB 2", or "in WEB by SHIP 2": what a channel may still promise, and what it shows of that.
func (s *story) thenSellable(w *words) {
	s.Helper()
	level := s.shop.level(w.next(), w.next())
	if !w.take("in") {
		s.fail("sellable in which channel?")
	}
	channel := find[Channel](s, ChannelKey(w.next()))
	method := Method("")
	if w.take("by") {
		method = Method(w.next())
	}
	got := NewBuffers(channel, s.buffers()).Sellable(level, method)
	if want := w.count(); got != want {
		s.fail("%d of %s at %s are sellable, not %d", got, level.SKU, level.Location, want)
	}
	if w.take("shown") {
		if shown, want := channel.Shows.Fact(got), w.next(); shown != want {
			s.fail("%s is shown of %s at %s, not %s", shown, level.SKU, level.Location, want)
		}
	}
}

// thenEvent reads "StockHeld hold/H1 1": that somebody was told, and as which version of the subject.
func (s *story) thenEvent(w *words) {
	s.Helper()
	kind, subject, version := w.next(), w.next(), w.count()
	subjects := []string{subject}
	if noun, label, found := strings.Cut(subject, "/"); found && s.ids[label] != (ID{}) {
		subjects = []string{noun + "/" + s.ids[label].String()}
		for _, line := range s.known(label).Lines { // fulfilment/S1 is any of the order's; so is invoice/S1
			subjects = append(subjects, noun+"/"+line.Fulfilment.String())
		}
		for _, doc := range s.known(label).Documents {
			subjects = append(subjects, noun+"/"+doc.Invoice.String())
		}
	}
	var told []string
	for _, event := range s.shop.events {
		if event.Kind == kind && slices.Contains(subjects, event.Subject) && event.Version == version {
			return
		}
		told = append(told, fmt.Sprintf("%s %s %d", event.Kind, event.Subject, event.Version))
	}
	s.fail("nobody was told; told was %s", strings.Join(told, ", "))
}

// documentOf reads which document of an order is meant.
func (s *story) documentOf(o Order, w *words) Invoice {
	s.Helper()
	n := int(w.count())
	if n < 1 || n > len(o.Documents) {
		s.fail("order %s has %d documents", o.Number, len(o.Documents))
	}
	return find[Invoice](s, InvoiceKey(o.Location, o.Documents[n-1].Invoice))
}

// thenBalance reads "at MILAN 30.00 EUR": what is left of stored value, in the book of a place.
func (s *story) thenBalance(w *words, account string) {
	s.Helper()
	w.take("at")
	place, want := w.next(), w.amount()
	got := BalanceAt(s.shop, place, account)
	if got.AmountMinor != want.Minor || got.Version > 0 && got.Currency != want.Currency {
		s.fail("%s are left: %+v", shownAs(got.AmountMinor, want.Currency), got)
	}
	if w.take("good") {
		if until := s.shop.now.Add(s.span(w.next())); !got.ExpiresAt.Equal(until) {
			s.fail("it expires at %s, not at %s", got.ExpiresAt, until)
		}
	} else if !got.ExpiresAt.IsZero() {
		s.fail("it expires at %s", got.ExpiresAt)
	}
}

// thenTransfer reads "T1 is SHIPPED, RED-42 expected 2 received 1 missing 0".
func (s *story) thenTransfer(w *words) {
	s.Helper()
	t := find[Transfer](s, TransferKey(s.id(w.next())))
	if w.take("is") && w.next() != string(t.State) {
		s.fail("it is %s", t.State)
	}
	for w.more() {
		sku := w.next()
		at := slices.IndexFunc(t.Lines, func(l TransferLine) bool { return l.SKU == sku })
		if at < 0 {
			s.fail("no %s was sent", sku)
		}
		l := t.Lines[at]
		s.compareAll(w, map[string]string{
			"expected": fmt.Sprint(l.Expected()), "received": fmt.Sprint(l.Received), "missing": fmt.Sprint(l.Missing),
			"shipped": fmt.Sprint(l.Shipped), "damaged": fmt.Sprint(l.Damaged), "over": fmt.Sprint(l.Over),
			"cost": shownAs(l.Cost.Minor, "EUR"), "requested": fmt.Sprint(l.Requested), "kept": fmt.Sprint(l.Kept), "lacked": fmt.Sprint(l.Lacked),
		})
	}
}

// thenHistory reads "ANNA ORDER 2 RETURN 1 INVOICE 3": how much of each kind stands in a customer's history.
func (s *story) thenHistory(w *words) {
	s.Helper()
	customer := s.id(w.next())
	counts := map[PurchaseKind]int{}
	for _, row := range s.shop.rows {
		if p, ok := row.(Purchase); ok && p.Customer == customer {
			counts[p.Kind]++
		}
	}
	facts := map[string]string{}
	for _, kind := range []PurchaseKind{PurchaseOrder, PurchaseReturn, PurchaseInvoice} {
		facts[string(kind)] = fmt.Sprint(counts[kind])
	}
	s.compareAll(w, facts)
}
