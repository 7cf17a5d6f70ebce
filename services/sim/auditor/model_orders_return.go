package auditor

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	returnspb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// takenBack is goods that came back, as the model, a row or an answer has it.
type takenBack struct {
	id, order, location, book, channel, customer, exchange, note, operator, proof string

	overrides  []string // of the policy, each once
	lines      []backLine
	moves      []moneyMove
	invoices   []string
	taxCodes   []string // of a row, by line
	ppms       []int32
	recordedAt time.Time
}

// backLine is units of one line that came back.
type backLine struct {
	line            int32
	from, until     int64
	sku             string
	disposition     string
	net, tax, gross int64
	condition       string
}

// diff says how another return differs; what an answer tells lacks accounts, and which units they were.
func (t *takenBack) diff(other *takenBack, told bool) string {
	text := func(t *takenBack) string {
		return fmt.Sprintf("%s of order %s at %s book %s channel %q customer %q exchange %q note %q operator %q proof %q overrides %q recorded %s", t.id, t.order, t.location,
			t.book, t.channel, t.customer, t.exchange, t.note, t.operator, t.proof, t.overrides, clockText(t.recordedAt))
	}
	if a, b := text(t), text(other); a != b {
		return fmt.Sprintf("the return should be %s, and is %s", a, b)
	}
	lines, moves, others := t.lines, t.moves, other.moves
	if told {
		moves, others = toldMoves(moves), toldMoves(others)
		lines = slices.Clone(lines)
		for i := range lines {
			lines[i].from, lines[i].until = 0, lines[i].until-lines[i].from
			if t.order == "" {
				lines[i].line = 0
			}
		}
	}
	return firstText(differ("lines", lines, other.lines), differ("refunds", moves, others), differ("invoices", t.invoices, other.invoices))
}

// goodsBack is what every request says about goods that come back with a receipt.
type goodsBack interface {
	GetLocation() string
	GetLines() []*returnspb.ReturnItem
	GetFee() *retailpb.Money
	GetRefundTo() []*orderspb.RefundTo
	GetProof() orderspb.ReturnProof
	GetChannel() string
	GetNote() string
	GetOperator() string
	GetOccurredAt() *timestamppb.Timestamp
}

// quoted is a quote, which says less.
type quoted struct{ *returnspb.QuoteReturnRequest }

func (quoted) GetChannel() string                    { return "" }
func (quoted) GetNote() string                       { return "" }
func (quoted) GetOperator() string                   { return "" }
func (quoted) GetOccurredAt() *timestamppb.Timestamp { return nil }

// acceptReturn takes goods back.
func (d *deed) acceptReturn(r goodsBack, byRight bool) string {
	if reason := d.takeBack(r, byRight); reason != "" {
		return reason
	}
	d.kind, d.book, d.channel, d.cause = "RETURN", r.GetLocation(), r.GetChannel(), "return/"+d.back.id
	return ""
}

// takeBack is what a return and an exchange have in common.
func (d *deed) takeBack(r goodsBack, byRight bool) string {
	o := d.order
	if o == nil {
		return "UNKNOWN_ORDER"
	}
	if !inEuros(r.GetFee()) {
		return "CURRENCY_MISMATCH"
	}
	d.back = &takenBack{
		id: d.mint("ReturnAccepted", 0), order: o.id, location: r.GetLocation(), book: o.location, channel: r.GetChannel(),
		customer: o.customer, note: r.GetNote(), operator: r.GetOperator(), proof: proofNamed(r.GetProof()), recordedAt: d.now,
	}
	by := returnSaid{byRight: byRight, proof: proofNamed(r.GetProof())}
	units, originals, gross, reason := d.bringBack(r.GetLines(), &by)
	if reason != "" {
		return reason
	}
	if _, asks := r.(quoted); !asks && unclaimable(r.GetLines(), stockReason(r), byRight) {
		return "INVALID_REQUEST"
	}
	fee := r.GetFee().GetAmountMinor()
	if r.GetFee() == nil {
		fee = by.kept
	}
	if fee > gross {
		return "INVALID_REQUEST"
	}
	if by.kept > 0 && fee != by.kept && (!byRight || by.final) {
		return "OVERRIDE_NOT_ALLOWED"
	}
	return d.giveBack(refunding{wanted: r.GetRefundTo(), drawer: r.GetLocation(), undone: true}, o, units, originals, fee)
}

// stockReason is why goods are missing of which nothing comes back, as a request says.
func stockReason(request any) string {
	if r, ok := request.(interface{ GetStockReason() string }); ok {
		return r.GetStockReason()
	}
	return ""
}

// unclaimable tells whether a part of what comes back is kept, or all of it without the right or the reason; or a reason is given for nothing.
func unclaimable(lines []*returnspb.ReturnItem, reason string, byRight bool) bool {
	kept := 0
	for _, item := range lines {
		if item.GetDisposition() == returnspb.Disposition_DISPOSITION_KEPT {
			kept++
		}
	}
	if kept == 0 {
		return reason != ""
	}
	return kept < len(lines) || reason == "" || !byRight
}

// quoteReturn takes back what may come back of what is brought, and says of each line why not, or "". What is on a card when it is read
// nobody knows but who told it.
func (d *deed) quoteReturn(r *returnspb.QuoteReturnRequest, told []quotedLine) (lines []quotedLine, reason string) {
	o := d.order
	if o == nil {
		return nil, "UNKNOWN_ORDER"
	}
	items := r.GetLines()
	if len(items) == 0 {
		for _, l := range o.lines {
			if left := l.fulfilled - l.returned; left > 0 {
				items = append(items, &returnspb.ReturnItem{Line: l.line, Quantity: left})
			}
		}
	}
	taken := quoted{&returnspb.QuoteReturnRequest{Location: r.GetLocation(), Fee: r.GetFee(), RefundTo: r.GetRefundTo(), Proof: r.GetProof()}}
	before := map[int32]int64{}
	for _, item := range items {
		line := o.line(item.GetLine())
		if line == nil {
			return nil, "INVALID_REQUEST"
		}
		from := line.returned + before[line.line]
		q := quotedLine{line: line.line, units: item.GetQuantity(), left: line.fulfilled - from}
		u := unitSpan{line.line, from, from + q.units}
		if q.units > q.left {
			q.reason = "RETURN_TOO_LARGE"
		} else {
			_, _, q.gross = line.worth(u.From, u.Until)
			q.until, q.policy, q.kept = d.until(line, u), line.policy, line.keeps(u, item)
			q.asked = ReturnTerms{Condition: line.terms.Condition, Proof: line.terms.Proof}
			if stored(line.account) && len(told) > len(lines) && told[len(lines)].reason == "BALANCE_SHORT" {
				q.reason = "BALANCE_SHORT"
			} else if q.reason = d.refusedBy(line, u, conditionNamed(item.GetCondition()), proofNamed(r.GetProof())); q.reason != "" && !line.terms.Final {
				q.right = "returns.override"
			}
			if q.counted = q.reason == "" || q.right != "" && r.GetByRight(); q.counted {
				before[line.line] += q.units
				taken.Lines = append(taken.Lines, item)
			}
		}
		lines = append(lines, q)
	}
	if len(taken.Lines) == 0 {
		d.back = &takenBack{order: o.id, location: r.GetLocation(), book: o.location, customer: o.customer}
		return lines, ""
	}
	return lines, d.acceptReturn(taken, r.GetByRight())
}

// quotedLine is what a quote says of one line.
type quotedLine struct {
	line               int32
	units, left, gross int64
	reason, right      string
	until              string
	counted            bool
	policy             string
	asked              ReturnTerms // a condition and a proof
	kept               int64
}

// until is when the first of some units may come back no more, as it is told.
func (d *deed) until(line *boughtLine, u unitSpan) string {
	var first time.Time
	for _, p := range d.order.papers {
		if rectifies(p.kind) || p.kind == fullReplacing || !slices.ContainsFunc(p.units, func(of unitSpan) bool { return meets(of, u) }) {
			continue
		}
		if at := p.occurredAt.AddDate(0, 0, int(line.returnDays)); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if line.returnDays == 0 || first.IsZero() {
		return ""
	}
	return clockText(first)
}

// quoteTold are the lines of a quote, as they are told.
func quoteTold(told *returnspb.ReturnQuote) (lines []quotedLine) {
	for _, l := range told.GetLines() {
		q := quotedLine{
			line: l.GetLine(), units: l.GetQuantity(), left: l.GetLeftQuantity(), gross: l.GetGrossAmount().GetAmountMinor(), reason: l.GetReason(),
			right: l.GetOverrideScope(), counted: l.GetCounted(), policy: l.GetReturnPolicy(), kept: l.GetFee().GetAmountMinor(),
			asked: ReturnTerms{Condition: conditionNamed(l.GetCondition()), Proof: proofNamed(l.GetProof())},
		}
		if l.GetUntil() != nil {
			q.until = clockText(l.GetUntil().AsTime())
		}
		lines = append(lines, q)
	}
	return lines
}

// returnSaid is what is said of a return as a whole: whether a right is used, how the purchase was proved, or that it is a fact which no policy is
// asked about. What the terms of its lines keep is added up, and whether nobody may keep another fee of one of them.
type returnSaid struct {
	byRight, fact bool
	proof         string
	kept          int64
	final         bool
}

// keeps is what the terms keep of units, which is never more than they are worth, and nothing of a claim.
func (l *boughtLine) keeps(u unitSpan, item *returnspb.ReturnItem) int64 {
	if item.GetDisposition() == returnspb.Disposition_DISPOSITION_KEPT {
		return 0
	}
	whole := min(l.gross, (l.gross*l.terms.Part+5_000)/10_000+l.terms.Each*l.quantity)
	_, _, gross := l.worth(u.From, u.Until)
	return min(gross, whole*u.Until/l.quantity-whole*u.From/l.quantity)
}

// bringBack moves units of the order to where the return says, and finds what they were invoiced by.
func (d *deed) bringBack(lines []*returnspb.ReturnItem, by *returnSaid) (units []unitSpan, originals []original, gross int64, reason string) {
	o, cards := d.order, map[string]int64{}
	for _, item := range lines {
		line := o.line(item.GetLine())
		if line == nil {
			return nil, nil, 0, "INVALID_REQUEST"
		}
		if item.GetQuantity() > line.fulfilled-line.returned {
			return nil, nil, 0, "RETURN_TOO_LARGE"
		}
		u := unitSpan{line.line, line.returned, line.returned + item.GetQuantity()}
		net, tax, worth := line.worth(u.From, u.Until)
		if stored(line.account) {
			if cards[line.account] += net; d.left(firstText(line.issuer, o.location), line.account) < cards[line.account] {
				return nil, nil, 0, "BALANCE_SHORT"
			}
		}
		condition := conditionNamed(item.GetCondition())
		if reason := d.refusedBy(line, u, condition, by.proof); reason != "" && !by.fact {
			switch {
			case !by.byRight:
				return nil, nil, 0, reason
			case line.terms.Final:
				return nil, nil, 0, "OVERRIDE_NOT_ALLOWED"
			}
			if !slices.Contains(d.back.overrides, reason) {
				d.back.overrides = append(d.back.overrides, reason)
			}
		}
		if kept := line.keeps(u, item); kept > 0 && !by.fact {
			by.kept, by.final = by.kept+kept, by.final || line.terms.Final
		}
		originals = d.addOriginals(originals, o, u)
		disposition := trimmed(item.GetDisposition(), "DISPOSITION_")
		d.back.lines = append(d.back.lines, backLine{u.Line, u.From, u.Until, line.sku, disposition, net, tax, worth, condition})
		d.moveUnits(d.back.location, "customer", shelfOf(disposition), line.sku, item.GetQuantity())
		line.returned = u.Until
		gross += worth
		units = append(units, u)
	}
	first := func(of original) int {
		return slices.IndexFunc(o.papers, func(p paperOf) bool { return o.replacement(p.invoice) == of.id })
	}
	slices.SortStableFunc(originals, func(a, b original) int { return first(a) - first(b) }) // as they were handed over
	return units, originals, gross, ""
}

// giveBack posts what came back, gives the money back and issues the documents.
func (d *deed) giveBack(terms refunding, o *bought, units []unitSpan, originals []original, fee int64) string {
	d.earn(o, units, true)
	before := len(o.moves)
	d.move(o, moneyMove{movement: moveFee, minor: fee})
	given, reason := o.refund(terms)
	if reason != "" {
		return reason
	}
	for _, m := range given {
		d.move(o, m)
	}
	d.back.moves = slices.Clone(o.moves[before:])
	for _, of := range originals {
		kind := rectifiesFull
		if of.kind == simplified {
			kind = rectifiesSimplified
		}
		d.issue(o, kind, of.units, of.paper, d.back.id)
	}
	for _, p := range d.papersNew {
		d.back.invoices = append(d.back.invoices, p.id)
	}
	d.close(o)
	return ""
}

// shelfOf is where units go.
func shelfOf(disposition string) string {
	switch disposition {
	case "RETURN_TO_STOCK":
		return "available"
	case "UNDECIDED":
		return "inspection"
	case "LOST", "KEPT":
		return "shrinkage"
	}
	return "damaged"
}

// slack is how far calendars may disagree about the end of a day. Where it is closer than that, the auditor does not judge.
const slack = 26 * time.Hour

// tillsKeepQuiet is how long ago a till may say that goods came back.
const tillsKeepQuiet = 72 * time.Hour

// refusedBy says why the policy of their sale does not take units back, for all that is said of them.
func (d *deed) refusedBy(line *boughtLine, u unitSpan, condition, proof string) string {
	known := false
	for _, p := range d.order.papers {
		if rectifies(p.kind) || p.kind == fullReplacing || !slices.ContainsFunc(p.units, func(of unitSpan) bool { return meets(of, u) }) {
			continue
		}
		if line.returnDays == 0 {
			return "FINAL_SALE"
		}
		until := p.occurredAt.AddDate(0, 0, int(line.returnDays))
		brought := d.at
		if earliest := d.now.Add(-tillsKeepQuiet); brought.Before(earliest) {
			brought = earliest
		}
		if d.act == nil && d.late || d.act != nil && brought.After(until.Add(slack)) {
			return "RETURN_WINDOW_CLOSED"
		}
		known = true
	}
	better := map[string]int{"": 0, "USED": 1, "UNUSED": 2, "SEALED": 3, "IDENTIFIED": 1, "RECEIPT": 2}
	switch {
	case known && better[condition] < better[line.terms.Condition]:
		return "RETURN_CONDITION"
	case known && better[proof] < better[line.terms.Proof]:
		return "PROOF_MISSING"
	}
	return ""
}

// meets tells whether two spans have units in common.
func meets(a, b unitSpan) bool {
	return a.Line == b.Line && max(a.From, b.From) < min(a.Until, b.Until)
}

// original is a document of which units come back. Without an act the paper may not be known yet.
type original struct {
	id, kind string
	paper    *paper
	units    []unitSpan
}

// addOriginals finds the documents that units were invoiced by.
func (d *deed) addOriginals(all []original, o *bought, u unitSpan) []original {
	for _, p := range o.papers {
		if rectifies(p.kind) || p.kind == fullReplacing {
			continue
		}
		for _, of := range p.units {
			if !meets(of, u) {
				continue
			}
			id := o.replacement(p.invoice)
			at := slices.IndexFunc(all, func(o original) bool { return o.id == id })
			if at < 0 {
				at = len(all)
				kind := p.kind
				if id != p.invoice {
					kind = fullReplacing
				}
				all = append(all, original{id: id, kind: kind, paper: d.papers[id]})
			}
			all[at].units = append(all[at].units, unitSpan{u.Line, max(u.From, of.From), min(u.Until, of.Until)})
		}
	}
	return all
}

// acceptBlind takes goods back that nobody has a receipt for, on an account that stands for an order.
func (d *deed) acceptBlind(r *returnspb.AcceptBlindReturnRequest) string {
	kind := trimmed(r.GetRefundKind(), kindPrefix)
	if kind == byCredit && r.GetCustomer() == "" {
		return "CUSTOMER_MISSING"
	}
	id := d.mint("ReturnAccepted", 0)
	row := d.rows.Returns[id]
	if d.act != nil && (row == nil || len(row.lines) != len(r.GetLines())) {
		d.wrong("a return is not as it was accepted", "it is not in the rows", "return/"+id)
		row = nil
	}
	d.back = &takenBack{
		id: id, location: r.GetLocation(), book: r.GetLocation(), channel: r.GetChannel(), customer: r.GetCustomer(), note: r.GetNote(),
		operator: r.GetOperator(), recordedAt: d.now,
	}
	o := &bought{id: id, location: r.GetLocation(), customer: r.GetCustomer()}
	shared := &bought{}
	basket := &orderspb.PlaceOrderRequest{Location: r.GetLocation()}
	for i, item := range r.GetLines() {
		if row != nil {
			shared.lines = append(shared.lines, boughtLine{tax: row.lines[i].tax, sku: row.lines[i].sku, taxCode: row.taxCodes[i], taxPPM: row.ppms[i]})
		}
		o.lines = append(o.lines, d.price(basket, item.GetItem(), i, keptOf(shared, row)))
	}
	d.tax(o, keptOf(shared, row))
	gross := int64(0)
	var units []unitSpan
	for i, item := range r.GetLines() {
		l := &o.lines[i]
		l.fulfilled = l.quantity
		u := unitSpan{l.line, 0, l.quantity}
		disposition := trimmed(item.GetDisposition(), "DISPOSITION_")
		d.moveUnits(r.GetLocation(), "customer", shelfOf(disposition), l.sku, l.quantity)
		d.back.lines = append(d.back.lines, backLine{l.line, 0, l.quantity, l.sku, disposition, l.net, l.tax, l.gross, ""})
		units, gross = append(units, u), gross+l.gross
	}
	d.earn(o, units, true)
	refund := moneyMove{kind: kind, movement: moveRefund, minor: gross}
	if kind == byCredit {
		refund.account = creditPrfix + r.GetCustomer()
	}
	d.move(o, refund)
	d.back.moves = o.moves
	d.issueBlind(o, units, id)
	for _, p := range d.papersNew {
		d.back.invoices = append(d.back.invoices, p.id)
	}
	d.kind, d.book, d.channel, d.cause = "RETURN", r.GetLocation(), r.GetChannel(), "return/"+id
	return ""
}

// keptOf is what is kept of the lines of a row; nil where there is no row.
func keptOf(lines *bought, row *takenBack) *bought {
	if row == nil {
		return nil
	}
	return lines
}
