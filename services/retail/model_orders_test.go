package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// paperOrder is an order as somebody would keep it on paper: units by line, and what was paid.
type paperOrder struct {
	// refund is how its money goes back, and seen how many movements of it were looked at.
	refund RefundRule
	seen   int
	// keeps are the buffers that it was placed by.
	keeps    paperBuffers
	id       ID
	place    string
	customer ID
	lines    []*paperLine
	works    []*paperWork
	ways     []*paperTransfer
	// moved is what all movements of money add to what is owed; kept is what was paid by tenders and not given back.
	moved, kept int64
	payBy       time.Time // while it waits for payment
	expired     bool
	documents   int
	// coupons are those that it uses, of those that are counted.
	coupons []paperCoupon
	// intents are what providers authorised and took, by the ids of the intents.
	intents map[ID]*paperIntent
	// row is the order as it is by now.
	row func() Order
	// link is when the link to pay by ends that was sent last.
	link time.Time
	// full is true where the buyer asked for full invoices; firsts are the documents of what was handed over, in order.
	full   bool
	firsts []*paperDocument
}

// paperDocument is a document of units that were handed over.
type paperDocument struct {
	at                  time.Time
	units               map[int][2]int64 // from and until, by line
	corrected, replaced bool
}

// issue adds the document of units that are handed over.
func (o *paperOrder) issue(units map[int][2]int64, at time.Time) {
	o.documents++
	o.firsts = append(o.firsts, &paperDocument{at: at, units: units})
}

// asSold is the line as which somebody bought what a line hands over, which may be another place's by now.
func (o *paperOrder) asSold(line int) *paperLine {
	l := o.lines[line]
	for l.insteadOf > 0 {
		l = o.lines[l.insteadOf-1]
	}
	return l
}

// refuses says why the policy of their sale does not take units of a line back, for all that is said of them, or never did; "": it takes them.
func (o *paperOrder) refuses(line int, from, until int64, now time.Time, condition GoodsCondition, proof ReturnProof) Reason {
	l := o.asSold(line)
	known := false
	for _, doc := range o.firsts {
		switch of := doc.units[line]; {
		case max(from, of[0]) >= min(until, of[1]):
		case l.returnDays == 0:
			return FinalSale
		case now.After(l.lastOf(doc)):
			return ReturnWindowClosed
		default:
			known = true
		}
	}
	switch {
	case !known:
		return ""
	case worse(l.terms.condition, string(condition)):
		return ReturnCondition
	case worse(l.terms.proof, string(proof)):
		return ProofMissing
	}
	return ""
}

// correct marks the documents of units of a line that come back.
func (o *paperOrder) correct(line int, from, until int64) {
	for _, doc := range o.firsts {
		if of := doc.units[line]; max(from, of[0]) < min(until, of[1]) {
			doc.corrected = true
		}
	}
}

type paperLine struct {
	sku, place, card string
	method           Method
	work             *paperWork
	// from is the place whose stock it takes, and way what brings it; away are those that are there still, coming those on their way.
	from                                            string
	way                                             *paperTransfer
	away, coming                                    int64
	quantity, fulfilled, cancelled, returned, gross int64
	rejected                                        int64 // of cancelled
	// waiting is what was picked and is still here.
	waiting   int64
	insteadOf int32
	// returnDays is how long it may come back; 0: never. terms are by what terms beside.
	returnDays int32
	terms      paperTerms
}

type paperWork struct {
	id     ID
	place  string
	method Method
	step   int
	until  time.Time
	// promised is when it was said to be ready.
	promised time.Time
	codes    int32
	tries    int
	ended    string
	byLine   bool // somebody said what was picked
	parcels  []*paperParcel
	labels   []*paperLabel
}

// worth is what units a (included) to b (excluded) come to.
func (l *paperLine) worth(a, b int64) int64 {
	return cut(l.gross, b, l.quantity) - cut(l.gross, a, l.quantity)
}

func (l *paperLine) open() int64 { return l.quantity - l.fulfilled - l.cancelled }

// owed is what is still to be paid for all that is kept or still to come; due counts only what was handed over.
func (o *paperOrder) owed() int64 {
	sum := o.moved
	for _, l := range o.lines {
		sum += l.worth(l.returned, l.quantity-l.cancelled)
	}
	return sum
}

func (o *paperOrder) due() int64 {
	sum := o.moved
	for _, l := range o.lines {
		sum += l.worth(l.returned, l.fulfilled)
	}
	return sum
}

func (o *paperOrder) opens(w *paperWork) bool {
	return slices.ContainsFunc(o.lines, func(l *paperLine) bool { return l.open() > 0 && (w == nil || l.work == w) })
}

// settle ends what has nothing open any more.
func (o *paperOrder) settle() {
	for _, w := range o.works {
		if w.ended != "" || o.opens(w) {
			continue
		}
		handed := slices.ContainsFunc(o.lines, func(l *paperLine) bool { return l.work == w && l.fulfilled > 0 })
		switch {
		case !handed:
			w.ended = "CANCELLED"
		case w.method == PickUp:
			w.ended = "COLLECTED"
		default:
			w.ended = w.sent()
		}
	}
	if !o.payBy.IsZero() && (o.owed() <= o.secured() || !o.opens(nil)) {
		o.payBy = time.Time{}
	}
}

// giveBack is what goes back to the customer where so much is owed then.
func (o *paperOrder) giveBack() int64 {
	back := max(0, -o.owed())
	real := min(back, o.kept)
	o.kept -= real
	o.moved += back
	return real
}

// checkTrades compares orders with paper.
func (s *trial) checkTrades(t *rapid.T) {
	t.Helper()
	s.checkCoupons(t)
	for _, paper := range s.trades {
		order := s.rows[OrderKey(paper.id)].(Order)
		if len(order.Lines) != len(paper.lines) {
			t.Fatalf("it has %d lines, on paper %d", len(order.Lines), len(paper.lines))
		}
		for i, l := range paper.lines {
			got := order.Lines[i]
			if got.InsteadOf != l.insteadOf || got.Location != l.place || got.GrossMinor != l.gross {
				t.Fatalf("line %d is %+v, on paper %+v", i+1, got, l)
			}
			if sold := paper.asSold(i); got.ReturnDays != sold.returnDays || got.ReturnTerms != sold.terms.row {
				t.Fatalf("line %d comes back by %+v, on paper by %+v", i+1, got, sold)
			}
			if got.Fulfilled != l.fulfilled || got.Cancelled != l.cancelled || got.Returned != l.returned || got.Open() != l.open() ||
				got.Away != l.away || got.Rejected != l.rejected || got.Coming != l.coming {
				t.Fatalf("line %d is %+v, on paper %+v", i+1, got, l)
			}
		}
		paper.checkTenders(t, order)
		kept := int64(0)
		for _, p := range order.Payments {
			if p.Kind != "" {
				kept -= ways[p.Movement].sign * p.AmountMinor
			}
		}
		if order.Owed() != paper.owed() || order.Balance() != paper.due() || kept != paper.kept || kept < 0 {
			t.Fatalf("owed are %d, due %d, kept %d; on paper %d, %d, %d: %+v", order.Owed(), order.Balance(), kept, paper.owed(), paper.due(),
				paper.kept, order)
		}
		if waits := order.State == OrderPendingPayment; waits == paper.payBy.IsZero() || len(order.Documents) != paper.documents {
			t.Fatalf("it is %s with %d documents, on paper it waits until %s with %d", order.State, len(order.Documents), paper.payBy, paper.documents)
		}
		if !order.LinkUntil.Equal(paper.link) {
			t.Fatalf("its link is good until %s, on paper until %s", order.LinkUntil, paper.link)
		}
		for _, w := range paper.works {
			f := s.rows[FulfilmentKey(w.place, w.id)].(Fulfilment)
			state := w.ended
			if state == "" {
				state = string(steps[w.method][w.step])
			}
			if w.ended == "" && paper.waits(w) {
				state = "AWAITING_TRANSFER"
			}
			if string(f.State) != state || f.Tries != int32(w.tries) || !f.PromisedAt.Equal(w.promised) ||
				w.method == PickUp && w.step == 3 && !f.ExpiresAt.Equal(w.until) {
				t.Fatalf("fulfilment %+v is on paper %+v", f, w)
			}
			s.checkPicks(t, paper, w, f, order)
			s.checkParcels(t, paper, w, f)
			s.checkLabels(t, w, f)
		}
	}
}

// drawOrder draws an order of a few lines, some of which are carried out, collected, sent, or cards and charges.
func (s *trial) drawOrder(t *rapid.T, fact bool) (PlaceOrder, *paperOrder) {
	paper := &paperOrder{id: s.mint(), place: anyPlace.Draw(t, "selling"), customer: ID{0xAA}, keeps: drawBuffers(t)}
	paper.row = func() Order { return s.row(paper) }
	c := PlaceOrder{
		Order: paper.id, Transaction: s.mint(), Number: OrderNumber(s.minted * 7919), Channel: anyChannel.Draw(t, "channel"), Location: paper.place,
		Customer: paper.customer, Currency: "EUR", TaxIncluded: rapid.Bool().Draw(t, "tax included"), Fact: fact,
		Buffers: paper.keeps.buffers(), Issuer: s.issuer(paper.place), Refund: anyRefundRule.Draw(t, "refunds"),
	}
	paper.refund = c.Refund
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		line := BasketLine{
			SKU: rapid.SampledFrom(append([]string{""}, skus...)).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 3).Draw(t, "units"),
			ListMinor: rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 90_00)).Draw(t, "list"), Tax: rapid.SampledFrom(rates).Draw(t, "rate"),
			Method: rapid.SampledFrom([]Method{CarryOut, PickUp, Ship}).Draw(t, "method"), Location: paper.place,
			ReturnDays: rapid.SampledFrom([]int32{0, 1, 30, 10_000, 10_000, 10_000, 10_000, 10_000}).Draw(t, "days to return"), // cards outlive 30
		}
		l := &paperLine{sku: line.SKU, method: line.Method, quantity: line.Quantity, returnDays: line.ReturnDays}
		line.ReturnTerms = l.drawTerms(t, s.now)
		switch {
		case line.Method != CarryOut:
			line.Location = anyPlace.Draw(t, "place")
		case line.SKU == "":
			number := fmt.Sprintf("G%d", s.minted)
			line.Card, line.Tax, line.Quantity = &CardSale{ID: s.mint(), Number: number, New: true}, TaxRate{Code: "OUT"}, 1
			line.ListMinor = max(1, line.ListMinor)
			s.cardOf(t, line.Card)
			s.topUp(t, line.Card, paper)
			l.card, l.quantity = line.Card.Number, 1
		}
		if line.SKU == "" && line.Card == nil {
			line.Account = "charges/DELIVERY"
		}
		if other := anyPlace.Draw(t, "brought from"); line.Method == PickUp && line.SKU != "" && other != line.Location && rapid.Bool().Draw(t, "brought") {
			line.From, l.from, l.away = other, other, l.quantity
			l.way = s.wayFor(&c, paper, l, line.Location)
		}
		l.place = line.Location
		c.Lines, paper.lines = append(c.Lines, line), append(paper.lines, l)
		if line.Method != CarryOut {
			l.work = s.workFor(&c, paper, l)
		}
	}
	if paper.full = rapid.IntRange(0, 3).Draw(t, "full invoice") == 0; paper.full {
		c.BillTo = &Party{Name: "Buyer"}
	}
	return c, paper
}

// issueCarried adds the document of what is carried out, if anything is.
func (o *paperOrder) issueCarried(at time.Time) {
	units := map[int][2]int64{}
	for i, l := range o.lines {
		if l.method == CarryOut {
			units[i] = [2]int64{0, l.quantity}
		}
	}
	if len(units) > 0 {
		o.issue(units, at)
	}
}

func (s *trial) workFor(c *PlaceOrder, paper *paperOrder, l *paperLine) *paperWork {
	for _, w := range paper.works {
		if w.place == l.place && w.method == l.method {
			return w
		}
	}
	w := &paperWork{id: s.mint(), place: l.place, method: l.method}
	if w.method == PickUp {
		w.promised = s.now.Add(time.Hour)
	}
	paper.works = append(paper.works, w)
	c.Fulfilments = append(c.Fulfilments, Fulfilment{ID: w.id, Location: w.place, Method: w.method, PromisedAt: w.promised})
	return w
}

// needs is what an order needs of one shelf, from holds and beyond them.
type needs struct {
	held, promised, carried, fromHeld int64
	// methods are those by which more is promised than is held.
	methods []Method
}

// needsOf says what an order needs, and whether a shelf is short of it.
func (s *trial) needsOf(c PlaceOrder, paper *paperOrder, holds []*paperHold) (map[Key]*needs, bool) {
	all := map[Key]*needs{}
	at := func(place, sku string) *needs {
		key := LevelKey(place, sku)
		if all[key] == nil {
			all[key] = &needs{}
		}
		return all[key]
	}
	for _, h := range holds {
		for _, l := range h.lines {
			at(h.place, l.SKU).held += l.Quantity
		}
	}
	for _, carried := range []bool{false, true} { // what is promised takes from holds first
		for _, l := range paper.lines {
			if l.sku == "" || (l.method == CarryOut) != carried {
				continue
			}
			place, method := l.place, l.method
			if l.from != "" {
				place, method = l.from, Ship
			}
			n := at(place, l.sku)
			if carried {
				n.carried += l.quantity
			} else {
				n.promised += l.quantity
			}
			if n.promised+n.carried > n.held && !(c.Fact && carried) {
				n.methods = append(n.methods, method)
			}
		}
	}
	short := false
	for key, n := range all {
		shelf := s.shelf(key.Place, key.Code)
		promised := max(0, n.promised-n.held)
		carried := max(0, n.promised+n.carried-n.held) - promised
		n.fromHeld = min(n.held, n.promised+n.carried)
		if after := *shelf; c.Fact {
			after.available -= carried
			short = short || promised > 0 && promised > paper.keeps.sellable(after, key.Place, key.Code, n.methods...)
		} else {
			short = short || promised+carried > paper.keeps.sellable(*shelf, key.Place, key.Code, n.methods...)
		}
	}
	return all, short
}

// take moves what an order needs on paper.
func (s *trial) take(all map[Key]*needs, by ID) {
	for key, n := range all {
		shelf := s.shelf(key.Place, key.Code)
		shelf.held -= n.held
		shelf.committed += n.promised
		shelf.change(n.held-n.promised-n.carried, by)
	}
}

// uncountable tells whether what is carried out leaves a shelf at less than can be counted.
func (s *trial) uncountable(all map[Key]*needs) bool {
	for key, n := range all {
		if s.shelf(key.Place, key.Code).available-max(0, n.promised+n.carried-n.held)+max(0, n.promised-n.held) < -paperMax {
			return true
		}
	}
	return false
}

// order places an order, from holds and from shelves, paid in full, in part or not yet.
func (s *trial) order(t *rapid.T) {
	c, paper := s.drawOrder(t, rapid.Bool().Draw(t, "fact"))
	holds, ended := s.drawHolds(t, &c)
	cart, moved := s.drawCart(t, &c)
	holds = append(holds, cart.inForce(s.now, holds)...)
	if rapid.Bool().Draw(t, "waits") {
		c.PayFor = 20 * time.Minute
	}
	c.Offers = drawOffers(t, c.Lines)
	limit(t, c.Offers)
	offers, usedUp := s.allowed(c.Offers, c.Customer)
	asked := basketAsked{lines: c.Lines, offers: offers, included: c.TaxIncluded}
	gross, _, _ := asked.exactly()
	promised := slices.ContainsFunc(paper.lines, func(l *paperLine) bool { return l.method != CarryOut })
	var wrong, useless []Reason
	c.Coupons, useless = drawCoupons(t, asked, c.Offers, usedUp)
	var change int64
	c.Tenders, change, wrong = s.drawPayment(t, gross, paper.place, promised)
	all, short := s.needsOf(c, paper, holds)
	quote, changed := s.quote(t, &c, short)
	wrong = append(wrong, s.mayLoad(c.Lines, nil)...)
	order, err := submit(t, s.shop, c)
	given := -change
	for _, tender := range c.Tenders {
		given += tender.AmountMinor
	}
	priced, _, _ := price(c.Lines, nil, offers, c.TaxIncluded)
	for i, l := range paper.lines {
		l.gross = priced[i].GrossMinor
		if l.method == CarryOut {
			l.fulfilled = l.quantity
		}
	}
	paper.moved, paper.kept = -given, given
	wrong = append(wrong, reasonIf(paper.due() > 0, PaymentShort), reasonIf(short, OutOfStock),
		reasonIf(c.Fact && s.uncountable(all), QuantityTooLarge), changed)
	wrong = append(wrong, useless...)
	if !decided(t, err, append(wrong, ended, moved)...) {
		return
	}
	cart.convert(c.Order)
	checkQuoted(t, quote, order)
	checkPriced(t, asked, order.Lines, order.Taxes)
	paper.use(asked)
	s.take(all, c.Transaction)
	for _, h := range holds {
		h.state = "COMMITTED"
	}
	if paper.owed() > 0 && c.PayFor > 0 {
		paper.payBy = s.now.Add(c.PayFor)
	}
	s.remember(paper)
}

func (s *trial) remember(paper *paperOrder) {
	paper.issueCarried(s.now)
	s.trades = append(s.trades, paper)
	s.transfers = append(s.transfers, paper.ways...)
	for _, l := range paper.lines {
		if l.card != "" && !slices.Contains(s.cards, l.card) {
			s.cards = append(s.cards, l.card)
		}
	}
}

// drawHolds takes up a hold now and then, and says what is wrong with it.
func (s *trial) drawHolds(t *rapid.T, c *PlaceOrder) (holds []*paperHold, ended Reason) {
	if len(s.holds) == 0 || !rapid.Bool().Draw(t, "takes up a hold") {
		return nil, ""
	}
	h := rapid.SampledFrom(s.holds).Draw(t, "hold")
	needed := func(line BasketLine) bool {
		return cmp.Or(line.From, line.Location) == h.place && slices.ContainsFunc(h.lines, func(l Line) bool { return l.SKU == line.SKU })
	}
	ended = reasonIf(!slices.ContainsFunc(c.Lines, needed), InvalidRequest)
	c.Holds = append(c.Holds, s.rows[HoldKey(h.place, h.id)].(Hold))
	switch {
	case h.state == "COMMITTED":
		ended = HoldCommitted
	case h.state == "RELEASED":
		ended = HoldReleased
	case h.state == "EXPIRED" || !s.now.Before(h.until):
		ended = HoldExpired
	}
	return []*paperHold{h}, ended
}

// drawPayment draws tenders for what is due, with the change that is to be given and what is wrong with them.
func (s *trial) drawPayment(t *rapid.T, due int64, place string, mayOwe bool) (tenders []Tender, change int64, wrong []Reason) {
	given, changeable := int64(0), int64(0)
	spent := map[Key]int64{}
	most := rapid.SampledFrom([]int64{0, due / 2, due, due, due, due + 1}).Draw(t, "given")
	for given < most {
		amount := rapid.SampledFrom([]int64{most - given, max(1, (most-given)/2)}).Draw(t, "amount")
		tender := Tender{Kind: rapid.SampledFrom(anyTender).Draw(t, "kind"), AmountMinor: amount, Location: place}
		if tender.Kind == "GIFT_CARD" {
			if len(s.cards) == 0 {
				tender.Kind = "CARD"
			} else {
				balance := s.cardBalance(rapid.SampledFrom(s.cards).Draw(t, "card"))
				wrong = append(append(wrong, spendFrom(&tender, balance, spent)...), s.mayExpire(balance))
			}
		}
		if tender.Kind == "STORE_CREDIT" {
			credit := BalanceAt(s, anyPlace.Draw(t, "credit of"), "store_credit/"+ID{0xAA}.String())
			wrong = append(wrong, spendFrom(&tender, credit, spent)...)
		}
		if tender.Kind == "CASH" || tender.Kind == "VOUCHER" {
			changeable += amount
		}
		given += amount
		tenders = append(tenders, tender)
	}
	change = max(0, given-due)
	if change > changeable {
		wrong = append(wrong, ChangeNotGiven)
	}
	if given < due && !mayOwe {
		wrong = append(wrong, PaymentShort)
	}
	return tenders, change, wrong
}

var anyChannel = rapid.SampledFrom([]string{"web", "app", "till"})

var anyTender = []string{"CASH", "CARD", "VOUCHER", "GIFT_CARD", "STORE_CREDIT"}

// spendFrom makes a tender one of stored value, and says what is wrong with it.
func spendFrom(tender *Tender, balance Balance, spent map[Key]int64) []Reason {
	tender.Account, tender.Location, tender.Replacements = balance.Account, balance.Location, balance.Replacements
	if spent[balance.Key()] += tender.AmountMinor; spent[balance.Key()] > balance.AmountMinor {
		return []Reason{BalanceShort, CurrencyMismatch}
	}
	return nil
}

// cardBalance is what is left of a card; the audit proves that it is what its entries come to.
func (s *trial) cardBalance(number string) Balance {
	card := s.rows[NameKey(NameGiftCard, number)].(Name)
	for _, place := range places {
		if b, found := s.rows[BalanceKey(place, "gift_card/"+card.Entity.String())].(Balance); found {
			return b
		}
	}
	return Balance{Location: places[0], Account: "gift_card/" + card.Entity.String()} // sold for nothing
}
