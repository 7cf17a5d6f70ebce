package retail

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// drawReturn draws what a customer brings back, and says what is wrong with it.
func (s *trial) drawReturn(t *rapid.T, paper *paperOrder) (c AcceptReturn, wrong []Reason) {
	c = AcceptReturn{
		Return: s.mint(), Transaction: s.mint(), Order: s.row(paper), Location: anyPlace.Draw(t, "back at"), Channel: "till",
		Issuer: s.issuer(paper.place),
	}
	c.LeftAt = s.leftAt(c.Order.ID)
	c.Right = rapid.SampledFrom([]ReturnRight{"", "", "", RightStaff, RightManager}).Draw(t, "by right")
	c.Proof = rapid.SampledFrom([]ReturnProof{"", ProofIdentified, ProofReceipt, ProofReceipt}).Draw(t, "proof")
	claim := c.Right != "" && rapid.IntRange(0, 2).Draw(t, "a claim") == 0
	if claim || rapid.IntRange(0, 19).Draw(t, "for a reason") == 0 {
		c.Reason = "broken"
	}
	brought := map[int32]int64{}
	for range rapid.IntRange(1, 3).Draw(t, "items") {
		i := rapid.IntRange(0, len(paper.lines)-1).Draw(t, "line")
		l := paper.lines[i]
		item := ReturnItem{
			Line: int32(i + 1), Units: rapid.Int64Range(1, max(1, l.fulfilled-l.returned)).Draw(t, "units"),
			Disposition: rapid.SampledFrom([]Disposition{ReturnToStock, Undecided, WriteOff}).Draw(t, "disposition"),
			Condition:   rapid.SampledFrom([]GoodsCondition{"", Used, Unused, Sealed, Sealed, Sealed}).Draw(t, "condition"),
		}
		if claim || rapid.IntRange(0, 19).Draw(t, "kept") == 0 {
			item.Disposition = Kept
		}
		from := l.returned + brought[item.Line]
		brought[item.Line] += item.Units
		if brought[item.Line] > l.fulfilled-l.returned {
			wrong = append(wrong, ReturnTooLarge)
		} else if reason := paper.refuses(i, from, from+item.Units, s.now, item.Condition, c.Proof); reason != "" && c.Right == "" {
			wrong = append(wrong, reason)
		} else if reason != "" && !paper.asSold(i).terms.decides(c.Right) {
			wrong = append(wrong, OverrideNotAllowed)
		}
		if l.card != "" && s.cardBalance(l.card).AmountMinor < l.gross {
			wrong = append(wrong, BalanceShort)
		}
		c.Items = append(c.Items, item)
	}
	c.Operator = rapid.SampledFrom([]string{"", "Anna"}).Draw(t, "operator")
	if unclaimable(c) {
		wrong = append(wrong, InvalidRequest)
	}
	return c, wrong
}

// aside are the reasons for which the policy does not take back what is brought, each once.
func (o *paperOrder) aside(c AcceptReturn, now time.Time) []Reason {
	reasons, brought := []Reason{}, map[int32]int64{}
	for _, item := range c.Items {
		from := o.lines[item.Line-1].returned + brought[item.Line]
		brought[item.Line] += item.Units
		if reason := o.refuses(int(item.Line)-1, from, from+item.Units, now, item.Condition, c.Proof); reason != "" && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// marked holds what a return says of the policy that was set aside, and of who took it, against the paper.
func marked(t *rapid.T, r Return, c AcceptReturn, want []Reason) {
	t.Helper()
	if r.Overrides == nil || !slices.Equal(r.Overrides, want) || r.Operator != c.Operator || r.Proof != c.Proof ||
		slices.ContainsFunc(c.Items, func(i ReturnItem) bool {
			return !slices.ContainsFunc(r.Lines, func(l ReturnLine) bool { return l.Units.Line == i.Line && l.Condition == i.Condition })
		}) {
		t.Fatalf("%q set %q aside, on paper %q %q", r.Operator, r.Overrides, c.Operator, want)
	}
}

// back puts what came back on its shelf, on paper, and says what it was worth and what documents correct it.
func (s *trial) back(t *rapid.T, paper *paperOrder, c AcceptReturn) (worth int64) {
	changes := map[string]int64{}
	for _, item := range c.Items {
		l := paper.lines[item.Line-1]
		worth += l.worth(l.returned, l.returned+item.Units)
		paper.correct(int(item.Line)-1, l.returned, l.returned+item.Units)
		l.returned += item.Units
		if l.sku == "" {
			continue
		}
		shelf := s.shelf(c.Location, l.sku)
		switch item.Disposition {
		case ReturnToStock:
			changes[l.sku] += item.Units
		case Undecided:
			shelf.inspection += item.Units
		case Lost, Kept: // it is nowhere, or nobody asks where
		default:
			shelf.damaged += item.Units
		}
	}
	for sku, units := range changes {
		s.shelf(c.Location, sku).change(units, c.Transaction)
	}
	return worth
}

// takeBack accepts a return at any place, with a fee now and then, and with credit in place of money.
func (s *trial) takeBack(t *rapid.T) {
	paper := s.trade(t)
	if rapid.IntRange(0, 3).Draw(t, "at the end of its time") == 0 {
		s.waitForTheEnd(t, paper)
	}
	c, wrong := s.drawReturn(t, paper)
	if len(wrong) == 0 {
		wrong = append(wrong, paper.drawRefund(t, &c))
	}
	s.accept(t, paper, c, wrong...)
}

// drawRefund draws a fee for what comes back, and credit in place of money, now and then, and says whether the fee is not whoever asks for it to
// decide.
func (o *paperOrder) drawRefund(t *rapid.T, c *AcceptReturn) (wrong Reason) {
	trying := *o
	trying.lines = nil
	worth := int64(0)
	for _, l := range o.lines {
		copied := *l
		trying.lines = append(trying.lines, &copied)
	}
	for _, item := range c.Items {
		l := trying.lines[item.Line-1]
		worth += l.worth(l.returned, l.returned+item.Units)
		l.returned += item.Units
	}
	c.FeeMinor = min(worth, rapid.SampledFrom([]int64{0, 0, 0, 1, 5_00}).Draw(t, "fee"))
	c.NoFee = c.FeeMinor == 0 && rapid.IntRange(0, 5).Draw(t, "no fee") == 5
	fee, wrong := o.feeOf(*c)
	trying.moved += fee
	if credit := trying.giveBack(); credit > 0 && rapid.IntRange(0, 3).Draw(t, "as credit") == 0 {
		c.RefundTo = []RefundTo{{Kind: StoreCredit, AmountMinor: rapid.Int64Range(1, credit).Draw(t, "credit")}}
	}
	return wrong
}

// accept accepts a return, as it was quoted, or refuses it for one of the reasons.
func (s *trial) accept(t *rapid.T, paper *paperOrder, c AcceptReturn, wrong ...Reason) {
	aside := paper.aside(c, s.now)
	r, err := submitAsQuoted(t, s.shop, c)
	if !decided(t, err, wrong...) {
		return
	}
	fee, _ := paper.feeOf(c)
	marked(t, r, c, aside)
	worth := s.back(t, paper, c)
	paper.moved += fee
	given := paper.giveBack()
	if facts := returnFacts(r); facts["refunded"] != shownAs(given, "EUR") || r.GrossMinor() != worth {
		t.Fatalf("%v was given for %d, on paper %d", facts, worth, given)
	}
	paper.documents += len(r.Invoices)
	paper.settle()
}

// waitForTheEnd lets time pass until something of an order may come back for the last time, or a moment ago could.
func (s *trial) waitForTheEnd(t *rapid.T, paper *paperOrder) {
	var ends []time.Time
	for _, doc := range paper.firsts {
		for line := range doc.units {
			if end := paper.asSold(line).lastOf(doc); end.After(s.now) && end.Before(s.now.AddDate(1, 0, 0)) {
				ends = append(ends, end)
			}
		}
	}
	if len(ends) > 0 {
		slices.SortFunc(ends, time.Time.Compare)
		off := rapid.SampledFrom([]time.Duration{-time.Microsecond, 0, time.Microsecond, time.Hour}).Draw(t, "off by")
		s.now = rapid.SampledFrom(ends).Draw(t, "end").Add(off)
		s.sweepCards(t)
	}
}

// undeliver is when a carrier loses a parcel, or brings it back, all of it or some.
func (s *trial) undeliver(t *rapid.T) {
	paper, w := s.drawShipped(t)
	number, p, over := s.drawParcel(t, w)
	c := FailShipment{Fulfilment: w.id, Parcel: number, Back: AcceptReturn{
		Return: s.mint(), Transaction: s.mint(), Order: s.row(paper), Location: w.place, Channel: "web",
		LeftAt: s.leftAt(paper.id), Issuer: s.issuer(paper.place),
	}}
	if rapid.Bool().Draw(t, "lost") {
		reason, unfit := s.drawReason(t, "ADJUST")
		by, err := c.By(reason)
		if !decided(t, err, unfit...) {
			return
		}
		c = by
		c.Lost = true
	}
	some, tooMany := rapid.IntRange(0, 2).Draw(t, "some") == 0, false
	brought := AcceptReturn{Location: c.Back.Location, Transaction: c.Back.Transaction}
	for i, l := range paper.lines {
		if l.work != w {
			continue
		}
		out, left := l.fulfilled-l.returned, int64(0)
		if p != nil {
			left = paper.left(p, i)
		}
		if l.sku == "" {
			left = out
		}
		if some && rapid.Bool().Draw(t, "of this line") || !some && l.sku != "" && left > 0 {
			item := ReturnItem{Line: int32(i + 1), Units: left, Disposition: Undecided}
			if some {
				item.Units = rapid.Int64Range(1, max(1, left)).Draw(t, "units")
				item.Disposition = rapid.SampledFrom([]Disposition{ReturnToStock, Undecided, WriteOff}).Draw(t, "disposition")
				c.Back.Items = append(c.Back.Items, item)
			}
			tooMany = tooMany || item.Units > left
			brought.Items = append(brought.Items, item)
		}
	}
	if some && len(c.Back.Items) == 0 {
		t.Skip("nothing is named")
	}
	var charges []ReturnItem
	if !some && p != nil && len(p.units) == 0 { // it left without goods
		charges = paper.chargedForNothing(w, nil)
		brought.Items = charges
	}
	tooMany = tooMany || len(brought.Items) == 0
	failed, err := submit(t, s.shop, c)
	if !decided(t, err, over, reasonIf(over == "" && tooMany, ReturnTooLarge)) {
		return
	}
	if failed.Return.Overrides != nil {
		t.Fatalf("of what did not arrive nobody set the policy aside: %q", failed.Return.Overrides)
	}
	named := slices.Clone(c.Back.Items)
	more := paper.chargesBack(w, brought.Items)
	brought.Items = append(brought.Items, more...)
	paper.chargeAnew(slices.DeleteFunc(append(charges, more...), func(item ReturnItem) bool {
		return slices.ContainsFunc(named, func(n ReturnItem) bool { return n.Line == item.Line })
	}))
	for i, item := range brought.Items {
		if c.Lost {
			brought.Items[i].Disposition = Lost
		}
		if paper.lines[item.Line-1].sku != "" {
			p.missing[int(item.Line)-1] += item.Units
		}
	}
	worth, given := s.back(t, paper, brought), paper.giveBack()
	if facts := returnFacts(failed.Return); facts["refunded"] != shownAs(given, "EUR") || failed.Return.GrossMinor() != worth {
		t.Fatalf("%v was given for what did not arrive, on paper %d for %d", facts, given, worth)
	}
	paper.documents += len(failed.Return.Invoices)
	left := int64(0)
	for i := range paper.lines {
		left += paper.left(p, i)
	}
	if left == 0 {
		p.state = map[bool]string{true: "LOST", false: "RETURNED_TO_SENDER"}[c.Lost]
		if w.ended != "" {
			w.ended = w.sent()
		}
	}
	paper.settle()
}

// exchange takes something back and sells something else for it, the difference paid in cash.
func (s *trial) exchange(t *rapid.T) {
	paper := s.trade(t)
	back, wrong := s.drawReturn(t, paper)
	sale, other := s.drawOrder(t, true)
	for i := range sale.Lines { // all of it is carried out
		if sale.Lines[i].Method != CarryOut {
			sale.Lines[i].Method, sale.Lines[i].Location = CarryOut, sale.Location
		}
		sale.Lines[i].From = ""
		l := other.lines[i]
		l.method, l.place, l.work, l.from, l.way, l.away = CarryOut, other.place, nil, "", nil, 0
	}
	sale.Fulfilments, sale.Transfers, other.works, other.ways = nil, nil, nil, nil
	sale.Issuer.Invoices = back.Issuer.Invoices
	sale.Offers = drawOffers(t, sale.Lines)
	limit(t, sale.Offers)
	offers, _ := s.allowed(sale.Offers, sale.Customer)
	asked := basketAsked{lines: slices.Clone(sale.Lines), offers: offers, included: sale.TaxIncluded}
	swaps, unlike := paper.drawSwaps(t, back, sale.Lines, asked.lines)
	wrong = append(wrong, unlike)
	gross, _, _ := asked.exactly()
	all, _ := s.needsOf(sale, other, nil)
	kept := paper.kept
	trying := slices.Clone(paper.lines)
	owed, fee := paper.owed(), int64(0)
	if !slices.ContainsFunc(wrong, func(r Reason) bool { return r != "" }) {
		fee, _ = paper.feeOf(back)
		owed += fee
		for _, item := range back.Items {
			l := *trying[item.Line-1]
			owed -= l.worth(l.returned, l.returned+item.Units)
			l.returned += item.Units
			trying[item.Line-1] = &l
		}
	}
	given := min(kept, max(0, -owed))
	if more := gross - given; more > 0 {
		sale.Tenders = []Tender{{Kind: "CASH", AmountMinor: more + 7, Location: sale.Location}}
	}
	comesBack := map[string]int64{}
	for _, item := range back.Items {
		if l := paper.lines[item.Line-1]; l.card != "" {
			comesBack[s.cardBalance(l.card).Account] += l.gross
		}
	}
	wrong = append(wrong, s.mayLoad(sale.Lines, comesBack)...)
	aside := paper.aside(back, s.now)
	done, err := submit(t, s.shop, Exchange{Return: back, Sale: sale, Swaps: swaps})
	if !decided(t, err, append(wrong, reasonIf(s.uncountable(all), QuantityTooLarge))...) {
		return
	}
	marked(t, done.Return, back, aside)
	levels := map[Key]int64{} // both move at once, and only what is left of it opens or settles a case
	before := map[Key]int64{}
	for key, n := range all {
		levels[key] -= n.carried
	}
	for key := range s.shelves {
		before[key] = s.shelves[key].available
	}
	s.exchanged(paper, back, levels)
	for key, units := range levels {
		s.shelf(key.Place, key.Code).change(units, back.Transaction)
	}
	paper.moved += fee
	paper.giveBack()
	for i, l := range other.lines {
		l.gross, l.fulfilled = done.Order.Lines[i].GrossMinor, l.quantity
	}
	other.moved, other.kept = -gross, gross
	other.takesOver(t, s.row(paper), done.Order)
	paper.documents += len(done.Return.Invoices)
	paper.settle()
	other.use(asked)
	s.remember(other)
}

// exchanged puts what came back aside, and adds what is for sale again to the changes of the shelves.
func (s *trial) exchanged(paper *paperOrder, c AcceptReturn, levels map[Key]int64) {
	for _, item := range c.Items {
		l := paper.lines[item.Line-1]
		paper.correct(int(item.Line)-1, l.returned, l.returned+item.Units)
		l.returned += item.Units
		switch {
		case l.sku == "":
		case item.Disposition == ReturnToStock:
			levels[LevelKey(c.Location, l.sku)] += item.Units
		case item.Disposition == Kept:
		case item.Disposition == Undecided:
			s.shelf(c.Location, l.sku).inspection += item.Units
		default:
			s.shelf(c.Location, l.sku).damaged += item.Units
		}
	}
}

// gift gives something for nothing, or gives up what is owed.
func (s *trial) gift(t *rapid.T) {
	paper := s.trade(t)
	amount := rapid.OneOf(rapid.Int64Range(1, 10), rapid.Int64Range(1, 50_00)).Draw(t, "amount")
	if rapid.Bool().Draw(t, "loss") {
		owing := slices.DeleteFunc(slices.Clone(s.trades), func(o *paperOrder) bool { return o.owed() <= 0 })
		if len(owing) > 0 && rapid.IntRange(0, 3).Draw(t, "of one that owes") > 0 {
			paper = rapid.SampledFrom(owing).Draw(t, "owing order")
			amount = min(amount, paper.owed())
		}
		_, err := submit(t, s.shop, WriteOffDebt{Transaction: s.mint(), Order: paper.id, AmountMinor: amount})
		gone := s.gone(paper)
		if decided(t, err, reasonIf(gone, OrderGone), reasonIf(!gone && amount > max(0, paper.owed()), NothingOwed)) {
			paper.moved -= amount
			paper.settle()
		}
		return
	}
	c := GrantGoodwill{Transaction: s.mint(), Order: s.row(paper), AmountMinor: amount}
	_, err := submit(t, s.shop, c)
	gone := s.gone(paper)
	if decided(t, err, reasonIf(gone, OrderGone), reasonIf(!gone && amount-paper.owed() > paper.kept, RefundTooLarge)) {
		paper.moved -= amount
		paper.giveBack()
		paper.settle()
	}
}

// paperTransfer is goods on their way.
type paperTransfer struct {
	from  string
	id    ID
	to    string
	lines []Line // what is still expected, or what is asked for
	ended bool
	// currency is that of the book it goes to, as whoever plans it says.
	currency string
	// asked is true while it waits to be decided on, refused once it will not be sent.
	asked, refused bool
	// order is the one that takes the goods; nil: none.
	order *paperOrder
}

// ask asks for goods, and decides on what was asked for, some of it more than once.
func (s *trial) ask(t *rapid.T) {
	s.request(t)
	for len(s.transfers) > 0 && rapid.Bool().Draw(t, "decide") {
		asked := slices.DeleteFunc(slices.Clone(s.transfers), func(p *paperTransfer) bool { return !p.asked })
		if len(asked) == 0 || rapid.IntRange(0, 2).Draw(t, "any") == 0 {
			asked = s.transfers
		}
		paper := rapid.SampledFrom(asked).Draw(t, "transfer")
		if rapid.Bool().Draw(t, "yes") {
			s.dispatch(t, paper)
			continue
		}
		c := EndRequest{Transfer: paper.id, Transaction: s.mint(), As: TransferDeclined, Answer: "no"}
		if rapid.Bool().Draw(t, "by who asked") {
			c.As = TransferCancelled
		}
		_, err := submit(t, s.shop, c)
		if decided(t, err, reasonIf(!paper.asked, TransferNotRequested), reasonIf(paper.asked && paper.order != nil, TransferPromised)) {
			paper.asked, paper.refused = false, true
		}
	}
}

func (s *trial) request(t *rapid.T) {
	from := rapid.IntRange(0, 1).Draw(t, "from")
	c := RequestTransfer{
		Transfer: s.mint(), Transaction: s.mint(), From: places[from], To: places[1-from], Lines: someLines(t, rapid.Int64Range(1, 9)),
	}
	if rapid.IntRange(0, 3).Draw(t, "of itself") == 0 {
		c.To = c.From
	}
	_, err := submit(t, s.shop, c)
	if decided(t, err, reasonIf(c.From == c.To, InvalidRequest)) {
		s.transfers = append(s.transfers, &paperTransfer{id: c.Transfer, from: c.From, to: c.To, lines: slices.Clone(c.Lines), asked: true})
	}
}

// dispatch sends what was asked for, or less, or wants to send more.
func (s *trial) dispatch(t *rapid.T, paper *paperTransfer) {
	c := ShipTransfer{
		Transfer: paper.id, Transaction: s.mint(), From: paper.from, To: paper.to, Requested: true,
		Currency: rapid.SampledFrom([]string{"EUR", "EUR", "USD"}).Draw(t, "book"),
	}
	if paper.order != nil {
		s.bring(t, paper, c)
		return
	}
	sent, beyond := make([]int64, len(paper.lines)), false
	for i, l := range paper.lines {
		sent[i] = rapid.Int64Range(0, l.Quantity).Draw(t, l.SKU+" is sent")
		if rapid.IntRange(0, 19).Draw(t, "too many") == 0 {
			sent[i] = l.Quantity + 1
		}
		if sent[i] > 0 {
			c.Lines = append(c.Lines, Line{l.SKU, sent[i]})
		}
		beyond = beyond || sent[i] > l.Quantity
	}
	if len(c.Lines) == 0 { // nobody sends nothing
		c.Lines = append(c.Lines, Line{paper.lines[0].SKU, 1})
		sent[0], beyond = 1, paper.lines[0].Quantity == 0
	}
	_, err := submit(t, s.shop, c)
	refused := []Reason{reasonIf(!paper.asked, TransferNotRequested), reasonIf(paper.asked && beyond, TransferBeyond)}
	if paper.asked && !beyond {
		refused = append(refused, s.shortOf(t, c.From, c.Lines, paperBuffers{}, "", err))
	}
	if !decided(t, err, refused...) {
		return
	}
	paper.asked, paper.currency = false, c.Currency
	for i := range paper.lines {
		l := &paper.lines[i]
		l.Quantity = sent[i]
		s.shelf(c.From, l.SKU).available -= l.Quantity
		s.shelf(c.To, l.SKU).incoming += l.Quantity
	}
}

func (s *trial) transfer(t *rapid.T) {
	if rapid.Bool().Draw(t, "asked for") {
		s.ask(t)
		return
	}
	from := rapid.IntRange(0, 1).Draw(t, "from")
	c := ShipTransfer{
		Transfer: s.mint(), Transaction: s.mint(), From: places[from], To: places[1-from], Lines: someLines(t, rapid.Int64Range(1, 3)),
		Currency: rapid.SampledFrom([]string{"EUR", "EUR", "USD"}).Draw(t, "book"),
	}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, s.shortOf(t, c.From, c.Lines, paperBuffers{}, "", err)) {
		return
	}
	for _, l := range c.Lines {
		s.shelf(c.From, l.SKU).available -= l.Quantity
		s.shelf(c.To, l.SKU).incoming += l.Quantity
	}
	s.transfers = append(s.transfers, &paperTransfer{id: c.Transfer, from: c.From, to: c.To, lines: slices.Clone(c.Lines), currency: c.Currency})
}

func (s *trial) arrive(t *rapid.T) {
	if len(s.transfers) == 0 {
		t.Skip("nothing is on its way")
	}
	paper := rapid.SampledFrom(s.transfers).Draw(t, "transfer")
	c := ReceiveTransfer{
		Transfer: paper.id, Transaction: s.mint(), From: paper.from, To: paper.to, Close: rapid.IntRange(0, 3).Draw(t, "close") == 0,
		Currency: paper.currency,
	}
	beyond, short := false, false
	whole, damaged := make([]int64, len(paper.lines)), make([]int64, len(paper.lines))
	for i, l := range paper.lines {
		c.Expected = append(c.Expected, l.SKU)
		n := rapid.Int64Range(0, l.Quantity).Draw(t, fmt.Sprintf("%s arrives", l.SKU))
		if n > 0 && rapid.IntRange(0, 9).Draw(t, "too many") == 0 {
			n = l.Quantity + 1
		}
		if n > 0 && rapid.IntRange(0, 3).Draw(t, "some damaged") == 0 {
			damaged[i] = rapid.Int64Range(1, n).Draw(t, "damaged")
		}
		if whole[i] = n - damaged[i]; whole[i] > 0 {
			c.Lines = append(c.Lines, Line{l.SKU, whole[i]})
		}
		if damaged[i] > 0 {
			c.Damaged = append(c.Damaged, Line{l.SKU, damaged[i]})
		}
		beyond, short = beyond || n > l.Quantity, short || n < l.Quantity
	}
	if len(c.Lines)+len(c.Damaged) == 0 && !c.Close { // all of it
		for i, l := range paper.lines {
			whole[i] = l.Quantity
		}
	}
	if rapid.Bool().Draw(t, "explained") {
		reason, unfit := s.drawReason(t, "TRANSFER")
		by, err := c.By(reason)
		if !decided(t, err, unfit...) {
			return
		}
		c = by
	}
	uncountable, uncounted := false, false
	lots := make([]paperLot, len(paper.lines))
	for i, l := range paper.lines {
		if paper.order != nil {
			lots[i] = paper.lot(l, whole[i], damaged[i], c.Close)
			uncounted = uncounted || lots[i].lacked > 0 && s.shelf(paper.to, l.SKU).available-lots[i].lacked < -paperMax
		}
		over := max(0, whole[i]+damaged[i]-l.Quantity)
		uncountable = uncountable || over > 0 && s.shelf(paper.from, l.SKU).available-over < -paperMax
	}
	unsent := paper.asked || paper.refused
	sent := !unsent && !paper.ended
	unexplained := sent && c.Reason == ""
	if paper.order != nil {
		c.Order = s.row(paper.order)
	}
	_, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(unsent, TransferNotShipped), reasonIf(paper.ended, TransferEnded), reasonIf(unexplained && beyond, TransferBeyond),
		reasonIf(unexplained && short && c.Close, TransferShort), reasonIf(sent && c.Reason != "" && uncountable, QuantityTooLarge),
		reasonIf(sent && uncounted, QuantityTooLarge)) {
		return
	}
	paper.ended = true
	for i := range paper.lines {
		l := &paper.lines[i]
		shelf := s.shelf(paper.to, l.SKU)
		came := whole[i] + damaged[i]
		if over := came - l.Quantity; over > 0 {
			s.shelf(paper.from, l.SKU).take(over, c.Transaction)
			shelf.incoming += over
			l.Quantity += over
		}
		shelf.incoming -= came
		shelf.damaged += damaged[i]
		shelf.put(whole[i] - lots[i].kept)
		shelf.take(lots[i].lacked, c.Transaction)
		shelf.committed += lots[i].kept + lots[i].lacked
		paper.gets(l.SKU, lots[i].kept+lots[i].lacked)
		l.Quantity -= came
		if c.Close {
			shelf.incoming -= l.Quantity
			l.Quantity = 0
		}
		paper.ended = paper.ended && l.Quantity == 0
	}
}
