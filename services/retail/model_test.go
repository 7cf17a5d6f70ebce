package retail

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is the shop as somebody would keep it on paper: a count per shelf and a list of what is owed. It shares no code with
// the rules, and says of every command what must become of it.
type model struct {
	shelves   map[Key]*shelf
	holds     []*paperHold
	orders    []ID
	trades    []*paperOrder
	transfers []*paperTransfer
	counts    []*paperCount
	// deliveries are what suppliers bring, documents the names of their documents.
	deliveries []*paperDelivery
	documents  []string
	cards      []string
	lostCards  []string
	carts      paperCarts
	requests   []*paperRequest
	drawer     paperDrawer
	data       paperData
	// demands are records of what people looked for.
	demands []RecordDemand
}

func newModel() model {
	return model{shelves: map[Key]*shelf{}, carts: paperCarts{}, data: newPaperData()}
}

type shelf struct {
	available, held, committed, inspection, damaged, quarantine, incoming int64
	// owed are the open cases, oldest first.
	owed []owedUnits
}

type owedUnits struct {
	by    ID
	units int64
}

type paperHold struct {
	id    ID
	place string
	lines []Line
	until time.Time
	state string
}

const (
	paperMax = 1_000_000_000_000
	stale    = Reason("stale")
)

func (m *model) shelf(place, sku string) *shelf {
	key := LevelKey(place, sku)
	if m.shelves[key] == nil {
		m.shelves[key] = &shelf{}
	}
	return m.shelves[key]
}

// put brings units to a shelf: what was owed is settled first, the oldest first.
func (s *shelf) put(units int64) {
	s.available += units
	for units > 0 && len(s.owed) > 0 {
		settled := min(units, s.owed[0].units)
		s.owed[0].units -= settled
		units -= settled
		if s.owed[0].units == 0 {
			s.owed = s.owed[1:]
		}
	}
}

func (s *shelf) onHand() int64 {
	return s.available + s.held + s.committed + s.inspection + s.damaged + s.quarantine
}

// take takes units from a shelf for good; what was not there is owed by the transaction.
func (s *shelf) take(units int64, by ID) {
	owed := units - max(0, s.available)
	s.available -= units
	if owed = min(owed, units); owed > 0 {
		s.owed = append(s.owed, owedUnits{by: by, units: owed})
	}
}

// change puts or takes.
func (s *shelf) change(units int64, by ID) {
	if units >= 0 {
		s.put(units)
	} else {
		s.take(-units, by)
	}
}

// demand sums lines by SKU.
func demand(lines []Line) map[string]int64 {
	sums := map[string]int64{}
	for _, line := range lines {
		sums[line.SKU] += line.Quantity
	}
	return sums
}

// trial is one random history of a shop, told to the rules and kept on paper.
type trial struct {
	*shop
	model
}

// decided compares what became of a command with what the paper says of it, and tells whether it was accepted. Where
// several reasons hold, any of them will do.
func decided(t *rapid.T, err error, reasons ...Reason) bool {
	t.Helper()
	reasons = slices.DeleteFunc(reasons, func(r Reason) bool { return r == "" })
	var refusal *Refusal
	got := Reason("")
	switch {
	case errors.As(err, &refusal):
		got = refusal.Reason
		if refusal.Message == "" {
			t.Fatalf("%s says nothing to people", got)
		}
	case errors.Is(err, ErrStale):
		got = stale
	case err != nil:
		t.Fatal(err)
	}
	if got == "" && len(reasons) > 0 || got != "" && !slices.Contains(reasons, got) {
		t.Fatalf("%v was to become of it, not %q: %v", reasons, got, err)
	}
	return got == ""
}

// reasonIf returns a reason where it holds.
func reasonIf(holds bool, r Reason) Reason {
	if holds {
		return r
	}
	return ""
}

var (
	places   = []string{"milan", "rome"}
	anyPlace = rapid.SampledFrom(places)
	skus     = []string{"RED-42", "BLUE-40", "GREEN-38"}
)

// someLines draws lines that name each SKU once.
func someLines(t *rapid.T, units *rapid.Generator[int64]) []Line {
	named := rapid.Permutation(skus).Draw(t, "skus")[:rapid.IntRange(1, len(skus)).Draw(t, "lines")]
	lines := make([]Line, len(named))
	for i, sku := range named {
		lines[i] = Line{SKU: sku, Quantity: units.Draw(t, "units")}
	}
	return lines
}

// few is what people buy; now and then it is the most that can be counted.
var few = rapid.OneOf(
	rapid.Int64Range(1, 4), rapid.Int64Range(1, 4), rapid.Int64Range(1, 4), rapid.SampledFrom([]int64{paperMax - 1, paperMax}),
)

func (s *trial) stock(t *rapid.T) {
	place, lines := anyPlace.Draw(t, "place"), someLines(t, few)
	c := MoveStock{Transaction: s.mint(), Kind: KindReceive, Location: place, Lines: lines, Cause: "NOTE-7"}
	if rapid.IntRange(0, 2).Draw(t, "late") == 0 {
		c.OccurredAt = s.now.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes late")) * time.Minute)
	}
	if rapid.Bool().Draw(t, "adjust") {
		for i := range lines {
			lines[i].Quantity *= rapid.SampledFrom([]int64{-1, 1}).Draw(t, "sign")
		}
		c.Kind, c.Cause = KindAdjust, rapid.SampledFrom([]string{"", "RPT-3"}).Draw(t, "cause")
		reason, wrong := s.drawReason(t, "ADJUST")
		by, err := c.By(reason, ActAdjust)
		if !decided(t, err, wrong...) {
			return
		}
		if want := c.Cause; by.Reason != reason.Code || want != "" && by.Cause != want || want == "" && by.Cause != "stock-reason/"+reason.Code {
			t.Fatalf("done for %q because of %q, and not %q because of %q", by.Cause, by.Reason, want, reason.Code)
		}
		c = by
	}
	beyond := slices.ContainsFunc(lines, func(l Line) bool {
		after := s.shelf(place, l.SKU).available + l.Quantity
		return after > paperMax || after < -paperMax
	})
	foreign := false
	if c.Kind == KindReceive {
		for i := range lines {
			c.Costs = append(c.Costs, drawCost(t))
			foreign = foreign || c.Costs[i].Currency == "USD"
		}
		by, err := c.At(Location{Code: place, Currency: "EUR"})
		if !decided(t, err, reasonIf(foreign, CurrencyMismatch)) {
			return
		}
		c = by
	}
	paid := s.received(place)
	answer, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(beyond, QuantityTooLarge)) {
		return
	}
	for i, cost := range c.Costs {
		if cost.Known() {
			paid[lines[i].SKU] += lines[i].Quantity * cost.Minor
		} else {
			delete(paid, lines[i].SKU) // what is posted then, auditValue knows
		}
	}
	s.checkReceived(t, place, paid)
	for i, l := range lines {
		shelf := s.shelf(place, l.SKU)
		if l.Quantity > 0 {
			shelf.put(l.Quantity)
		} else {
			shelf.take(-l.Quantity, c.Transaction)
		}
		if got := answer.Levels[i]; got.SKU != l.SKU || got.Available() != shelf.available || got.Held() != shelf.held {
			t.Fatalf("the answer says %+v of %s, on paper there are %+v", got, l.SKU, shelf)
		}
	}
}

// drawCost is what a unit costs, now and then in another currency than that of the books. It is little, for there may be more units than any shop has.
func drawCost(t *rapid.T) Cost {
	return rapid.SampledFrom([]Cost{{}, {}, {}, {60, "EUR"}, {72, "EUR"}, {131, "EUR"}, {97, "EUR"}, {70, "USD"}}).Draw(t, "unit cost")
}

// received is what goods from suppliers cost in a book, by SKU.
func (s *trial) received(place string) map[string]int64 {
	sums := map[string]int64{}
	for _, h := range s.headers {
		for _, e := range h.Entries {
			if e.Location == place && e.From == "goods_received" {
				sums[strings.TrimPrefix(e.To, "inventory/")] += e.Quantity
			}
		}
	}
	return sums
}

// checkReceived compares it with the paper, for the SKUs that stand there.
func (s *trial) checkReceived(t *rapid.T, place string, paper map[string]int64) {
	t.Helper()
	is := s.received(place)
	for sku, minor := range paper {
		if is[sku] != minor {
			t.Fatalf("goods received of %s at %s cost %d, on paper %d", sku, place, is[sku], minor)
		}
	}
}

func (s *trial) hold(t *rapid.T) {
	keeps := drawBuffers(t)
	c := PlaceHold{
		Hold: s.mint(), Transaction: s.mint(), Location: anyPlace.Draw(t, "place"), Channel: "web", Owner: "cart",
		Lines:      someLines(t, rapid.Int64Range(1, 3)),
		TimeToLive: time.Duration(rapid.IntRange(1, 30).Draw(t, "minutes")) * time.Minute,
		Method:     methodsOfNotes.Draw(t, "method"), Buffers: keeps.buffers(),
	}
	until := s.now.Add(c.TimeToLive)
	if rapid.IntRange(0, 3).Draw(t, "until closing") == 0 {
		c.Until = s.now.Add(time.Duration(rapid.IntRange(-2, 20).Draw(t, "closes in")) * time.Minute)
		if c.Until.After(s.now) {
			until = c.Until
		}
	}
	hold, err := submit(t, s.shop, c)
	if !decided(t, err, s.shortOf(t, c.Location, c.Lines, keeps, c.Method, err)) {
		return
	}
	for _, l := range c.Lines {
		s.shelf(c.Location, l.SKU).available -= l.Quantity
		s.shelf(c.Location, l.SKU).held += l.Quantity
	}
	if !hold.ExpiresAt.Equal(until) {
		t.Fatalf("expires at %s", hold.ExpiresAt)
	}
	s.holds = append(s.holds, &paperHold{id: c.Hold, place: c.Location, lines: c.Lines, until: until, state: "HELD"})
}

// shortOf gives OutOfStock where a promise can't be kept, and compares the lines that the refusal names.
func (s *trial) shortOf(t *rapid.T, place string, lines []Line, keeps paperBuffers, method Method, err error) Reason {
	t.Helper()
	want, sums := map[string]string{}, demand(lines)
	for i, l := range lines {
		if slices.ContainsFunc(lines[:i], func(before Line) bool { return before.SKU == l.SKU }) {
			continue
		}
		sellable := keeps.sellable(*s.shelf(place, l.SKU), place, l.SKU, method)
		if sums[l.SKU] > sellable {
			want[fmt.Sprintf("lines[%d].sku", i)] = l.SKU
			want[fmt.Sprintf("lines[%d].wanted", i)] = fmt.Sprint(sums[l.SKU])
			want[fmt.Sprintf("lines[%d].available", i)] = fmt.Sprint(sellable)
		}
	}
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Reason == OutOfStock && !maps.Equal(refusal.Details, want) {
		t.Fatalf("short are %v, not %v", want, refusal.Details)
	}
	return reasonIf(len(want) > 0, OutOfStock)
}

func (s *trial) end(t *rapid.T) {
	if len(s.holds) == 0 && rapid.IntRange(0, 9).Draw(t, "none") > 0 {
		t.Skip("there is no hold")
	}
	c := EndHold{Hold: s.mint(), Transaction: s.mint(), Location: anyPlace.Draw(t, "place"), Sweep: rapid.Bool().Draw(t, "sweep")}
	paper := &paperHold{}
	if len(s.holds) > 0 && rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		paper = rapid.SampledFrom(s.holds).Draw(t, "hold")
		c.Hold, c.Location, c.Lines = paper.id, paper.place, paper.lines
	}
	lapsed := !s.now.Before(paper.until)
	_, err := submit(t, s.shop, c)
	if !decided(t, err,
		reasonIf(paper.state == "", UnknownHold),
		reasonIf(paper.state == "RELEASED", HoldReleased),
		reasonIf(paper.state == "EXPIRED", HoldExpired),
		reasonIf(paper.state == "COMMITTED", HoldCommitted),
		reasonIf(paper.state == "HELD" && lapsed && !c.Sweep, HoldExpired),
		reasonIf(paper.state == "HELD" && !lapsed && c.Sweep, stale),
	) {
		return
	}
	paper.state = "RELEASED"
	if c.Sweep {
		paper.state = "EXPIRED"
	}
	for _, l := range paper.lines {
		s.shelf(paper.place, l.SKU).held -= l.Quantity
		s.shelf(paper.place, l.SKU).put(l.Quantity)
	}
}

func (s *trial) sell(t *rapid.T) {
	basket, keeps := drawBasket(t), drawBuffers(t)
	c := PlaceOrder{
		Order: s.mint(), Transaction: s.mint(), Number: OrderNumber(s.minted), Channel: "till", Location: anyPlace.Draw(t, "place"),
		Currency: "EUR", TaxIncluded: basket.included, Lines: basket.lines, Discounts: basket.basket, Offers: basket.offers,
		Fact: rapid.Bool().Draw(t, "at a till"), Buffers: keeps.buffers(),
	}
	c.Issuer = s.issuer(c.Location)
	for i := range c.Lines {
		c.Lines[i].Method, c.Lines[i].Location = CarryOut, c.Location
	}
	happened := s.now
	if rapid.Bool().Draw(t, "late") {
		happened = s.now.Add(-time.Hour)
		c.OccurredAt = happened
	}
	exists := len(s.orders) > 0 && rapid.IntRange(0, 9).Draw(t, "again") == 0
	if exists {
		c.Order = rapid.SampledFrom(s.orders).Draw(t, "order")
	}
	due, _, refused := basket.exactly()
	var unpaid Reason
	c.Tenders, unpaid = drawTenders(t, due)
	lines := make([]Line, len(c.Lines))
	for i, line := range c.Lines {
		lines[i] = Line{SKU: line.SKU, Quantity: line.Quantity}
	}
	order, err := submit(t, s.shop, c)
	beyond := false
	for sku, units := range demand(lines) {
		beyond = beyond || s.shelf(c.Location, sku).available-units < -paperMax
	}
	short := s.shortOf(t, c.Location, lines, keeps, CarryOut, err)
	if c.Fact {
		short = reasonIf(beyond, QuantityTooLarge)
	}
	if refused != "" {
		unpaid = "" // what is due is not known
	}
	if !decided(t, err, reasonIf(exists, OrderExists), refused, unpaid, short) {
		return
	}
	s.orders = append(s.orders, c.Order)
	for sku, units := range demand(lines) {
		s.shelf(c.Location, sku).take(units, c.Transaction)
	}
	checkPriced(t, basket, order.Lines, order.Taxes)
	if !order.OccurredAt.Equal(happened) || !order.RecordedAt.Equal(s.now) {
		t.Fatalf("it happened at %s and is %+v", happened, order)
	}
}

// drawTenders draws tenders for what is due, and what is wrong with them.
func drawTenders(t *rapid.T, due int64) (tenders []Tender, wrong Reason) {
	given, cash := int64(0), int64(0)
	pay := func(kind string, amountMinor int64) {
		if amountMinor <= 0 {
			return
		}
		given += amountMinor
		if kind == "CASH" || kind == "VOUCHER" {
			cash += amountMinor
		}
		tenders = append(tenders, Tender{Kind: kind, AmountMinor: amountMinor})
	}
	kinds := rapid.SampledFrom([]string{"CASH", "CARD", "VOUCHER", "WALLET"})
	part := rapid.Int64Range(0, due).Draw(t, "first tender")
	pay(kinds.Draw(t, "kind"), part)
	pay(kinds.Draw(t, "kind"), due-part+rapid.SampledFrom([]int64{0, 0, 0, 1, 5_00, -1}).Draw(t, "over"))
	switch {
	case given > 1e15:
		return tenders, AmountTooLarge
	case given < due:
		return tenders, PaymentShort
	case given-due > cash:
		return tenders, ChangeNotGiven
	}
	return tenders, ""
}

// wait lets time pass, often to the very instant at which a hold expires.
func (s *trial) wait(t *rapid.T) {
	later := s.now.Add(time.Duration(rapid.IntRange(1, 20*60).Draw(t, "seconds")) * time.Second)
	if len(s.holds) > 0 && rapid.Bool().Draw(t, "to an expiry") {
		if until := rapid.SampledFrom(s.holds).Draw(t, "hold").until; until.After(s.now) {
			later = until.Add(rapid.SampledFrom([]time.Duration{-time.Microsecond, 0, time.Microsecond}).Draw(t, "off by"))
		}
	}
	if len(s.cards) > 0 && rapid.IntRange(0, 5).Draw(t, "to the end of a card") == 0 {
		if until := s.cardBalance(rapid.SampledFrom(s.cards).Draw(t, "card")).ExpiresAt; !until.IsZero() {
			later = until.Add(rapid.SampledFrom([]time.Duration{-time.Microsecond, 0, time.Microsecond}).Draw(t, "off by"))
		}
	}
	s.waitUntil(t, later)
}

// waitUntil lets time pass until then.
func (s *trial) waitUntil(t *rapid.T, then time.Time) {
	if then.After(s.now) {
		s.now = then
		s.sweepCards(t)
	}
}

// check compares the shop with the paper, and audits it.
func (s *trial) check(t *rapid.T) {
	t.Helper()
	s.audit(t)
	for key, paper := range s.shelves {
		level := s.level(key.Place, key.Code)
		if level.Available() != paper.available || level.Held() != paper.held || unitsOf(level, "committed") != paper.committed ||
			unitsOf(level, "inspection") != paper.inspection || unitsOf(level, "damaged") != paper.damaged || unitsOf(level, "quarantine") != paper.quarantine ||
			unitsOf(level, "incoming") != paper.incoming || level.OnHand() != paper.onHand() {
			t.Fatalf("%s at %s is %+v, on paper %+v", key.Code, key.Place, level, paper)
		}
		var owed []owedUnits
		for _, c := range level.Cases {
			if c.OpenUnits > 0 {
				owed = append(owed, owedUnits{by: c.Transaction, units: c.OpenUnits})
			}
		}
		if !slices.Equal(owed, paper.owed) {
			t.Fatalf("%s at %s owes %+v, on paper %+v", key.Code, key.Place, owed, paper.owed)
		}
	}
	s.checkCounts(t)
	s.checkDemand(t)
	s.checkTrades(t)
	s.checkDrawer(t)
	s.checkCarts(t)
	s.checkRequests(t)
	s.data.check(t, s.shop)
	for _, paper := range s.holds {
		hold := s.rows[HoldKey(paper.place, paper.id)].(Hold)
		want := paper.state
		if want == "HELD" && !s.now.Before(paper.until) {
			want = "EXPIRED"
		}
		if got := hold.At(s.now).State; string(got) != want || string(hold.State) != paper.state {
			t.Fatalf("hold %s is %s and shown as %s, on paper %s", paper.id, hold.State, got, paper.state)
		}
	}
}

func TestTheRulesAgainstPaper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &trial{shop: newShop(), model: newModel()}
		t.Repeat(map[string]func(*rapid.T){
			"": s.check, "stock": s.stock, "hold": s.hold, "find": s.find, "find more": s.find, "end": s.end, "sell": s.sell, "wait": s.wait,
			"stock again": s.stock, "sell again": s.sell,
		})
	})
}

// newTrial opens a shop with something on its shelves and a few orders, so that there is something to trade with.
func newTrial(t *rapid.T, counts tally, before func(*rapid.T, *shop)) *trial {
	s := &trial{shop: newShop(), model: newModel()}
	s.shop.tally = counts
	for _, place := range places {
		for _, sku := range skus {
			c := MoveStock{Transaction: s.mint(), Kind: KindReceive, Location: place, Lines: []Line{{sku, 6}}, Cause: "opening"}
			if _, err := submit(t, s.shop, c); err != nil {
				t.Fatal(err)
			}
			s.shelf(place, sku).put(6)
		}
	}
	before(t, s.shop)
	for range 4 {
		s.order(t)
		s.check(t)
	}
	return s
}

// trade30 carries out some thirty acts of every kind.
func (s *trial) trade30(t *rapid.T) {
	t.Repeat(map[string]func(*rapid.T){
		"": s.check, "hold": s.hold, "find": s.find, "find more": s.find, "end": s.end, "wait": s.wait, "order": s.order, "pay": s.payLater, "work": s.work, "work on": s.work, "pick": s.pick,
		"hand over": s.handOver, "hand over more": s.handOver, "cancel": s.cancel, "sweep": s.sweep, "reject": s.reject, "undeliver": s.undeliver, "deliver": s.deliver, "track": s.track, "pack": s.pack, "label": s.label, "label more": s.label, "return": s.takeBack,
		"return more": s.takeBack, "exchange": s.exchange, "gift": s.gift, "transfer": s.transfer, "arrive": s.arrive,
		"goods in": s.goodsIn, "more goods in": s.goodsIn,
		"stock": s.stock, "count": s.count, "count on": s.count, "count more": s.count, "record": s.recordStock, "record more": s.recordStock, "resolve": s.resolve, "invoice": s.fullInvoice, "blind": s.takeBackBlind, "cash": s.moveCash, "lose": s.loseCard, "expire": s.expireCard, "expire more": s.expireCard, "fill": s.fill, "merge": s.merge, "leave": s.leave, "provide": s.provide, "link": s.sendLink, "master": s.master, "look for": s.lookFor, "by post": s.byPost, "by post more": s.byPost,
	})
}

func TestTheTradeAgainstPaper(t *testing.T) {
	counts := tally{}
	counts.check(t, func(t *rapid.T) {
		s := newTrial(t, counts, func(*rapid.T, *shop) {})
		s.trade30(t)
		s.trade30(t) // twice as long as rapid's usual: what goes wrong with money goes wrong late
	})
}
