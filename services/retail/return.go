package retail

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Disposition is what becomes of a unit that came back.
type Disposition string

// The dispositions, and in account where the unit goes.
const (
	Undecided        Disposition = "UNDECIDED" // to be looked at
	ReturnToStock    Disposition = "RETURN_TO_STOCK"
	WriteOff         Disposition = "WRITE_OFF"
	Repair           Disposition = "REPAIR"
	ReturnToSupplier Disposition = "RETURN_TO_SUPPLIER"
	Lost             Disposition = "LOST" // it never came: a carrier lost it (FailShipment)
	Kept             Disposition = "KEPT" // it never comes: the customer keeps it, or throws it away
)

// account is where a unit goes by its disposition.
func (d Disposition) account() string {
	switch d {
	case ReturnToStock:
		return Available
	case Undecided:
		return Inspection
	case Lost, Kept:
		return Shrinkage
	}
	return Damaged
}

// Return is goods that came back, over a counter or by a carrier, or that a carrier lost or the customer keeps, and what was given for them.
type Return struct {
	ID ID `json:"id"`
	// Order is whose goods they are; absent without a receipt.
	Order ID `json:"order,omitzero"`
	// Location is where they came back, Book the selling location of what they came from.
	Location string       `json:"location"`
	Book     string       `json:"book"`
	Channel  string       `json:"channel"`
	Customer ID           `json:"customer,omitzero"`
	Currency string       `json:"currency"`
	Lines    []ReturnLine `json:"lines"`
	// Refunds are the movements of money, a fee among them.
	Refunds []Payment `json:"refunds"`
	// Invoices are the documents issued, one per original.
	Invoices []ID `json:"invoices"`
	// Exchange is the order that left in the same act; absent: none.
	Exchange ID `json:"exchange,omitzero"`
	// Overrides are the reasons for which the policy of the sale did not take it back and a right of its own did, each once, in the order of the
	// lines. Absent where nobody asked the policy: of what did not arrive, and without a receipt; and where it was not kept.
	Overrides []Reason `json:"overrides,omitzero"`
	// Operator is who stood at the counter, as the till says; empty: not said.
	Operator string `json:"operator,omitempty"`
	// Proof is how the purchase was proved, as was said; empty: it was not.
	Proof ReturnProof `json:"proof,omitempty"`
	// Request is the one by which they came by post; absent: none.
	Request    ID        `json:"request,omitzero"`
	Note       string    `json:"note,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// ReturnLine is units that came back. Amounts are what they were worth at the sale, in minor units.
type ReturnLine struct {
	// Units are those of the order's line; line 0 without a receipt.
	Units UnitRange `json:"units"`
	SKU   string    `json:"sku"`
	// Account is that of a charge or a gift card, which is debited in place of SalesReturns.
	Account     string      `json:"account,omitempty"`
	Description string      `json:"description"`
	Disposition Disposition `json:"disposition"`
	Reason      string      `json:"reason,omitempty"`
	// Condition is what who took them back said of them; empty: nothing.
	Condition  GoodsCondition `json:"condition,omitempty"`
	NetMinor   int64          `json:"net_minor"`
	TaxMinor   int64          `json:"tax_minor"`
	GrossMinor int64          `json:"gross_minor"`
	TaxCode    string         `json:"tax_code"`
	TaxPPM     int32          `json:"tax_ppm"`
}

// GrossMinor is what all of it was worth.
func (r Return) GrossMinor() int64 {
	sum := int64(0)
	for _, line := range r.Lines {
		sum += line.GrossMinor
	}
	return sum
}

// ReturnKey names a return.
func ReturnKey(id ID) Key { return Key{Table: TableReturns, ID: id} }

// Key names the return.
func (r Return) Key() Key { return ReturnKey(r.ID) }

// LastRecorded is when it last changed.
func (r Return) LastRecorded() time.Time { return r.RecordedAt }

func (r Return) subject() string { return "return/" + r.ID.String() }

// ReturnItem is units of one line of an order that a customer brings.
type ReturnItem struct {
	Line        int32
	Units       int64
	Disposition Disposition
	Reason      string
	// Condition is what whoever takes them back says of them; empty: nothing.
	Condition GoodsCondition
}

// AcceptReturn takes goods back over a counter, whatever channel sold them.
type AcceptReturn struct {
	Return      ID
	Transaction ID
	// Order is the order as it was read, for what never changes of it, and its documents, to which others may have come since.
	Order Order
	// Location is where the goods came back; Channel is what it came through.
	Location string
	Channel  string
	// Currency is that of the book at Location, in which alone its drawer gives cash; empty: the order's.
	Currency string
	// LeftAt is what units of its lines cost when they left, as the ledger said when the order was read: at that they come back, where
	// others like them have a value in that currency. Of what is not here it is not known.
	LeftAt []LeftAt
	Items  []ReturnItem
	// FeeMinor is kept, in place of what the terms of the sale keep; 0: what they do, or nothing where NoFee is set.
	FeeMinor int64
	NoFee    bool
	RefundTo []RefundTo
	// Proof is how the purchase was proved; empty: it was not.
	Proof ReturnProof
	// Right is by what right somebody decides to take back what the policy does not, and settles a claim; empty: by none.
	Right ReturnRight
	// Reason is the code of the reason why units are missing of which nothing comes back; goods that come back name none.
	Reason     string
	OccurredAt time.Time
	Operator   string
	Note       string
	Issuer     Issuer
	// Request is the one by which they came by post, and AskedAt when she asked for it, by which the policy takes them back; zero: they came
	// over a counter.
	Request ID
	AskedAt time.Time
	// fact is true where no policy is asked, nor its fee; unseen where its condition is not: nobody looks at the goods before it is decided.
	fact, unseen bool
}

// Keys are the order, where the goods go, the stored value that may be given back, the originals, and the issuing point.
func (c AcceptReturn) Keys() []Key {
	keys := append(c.Order.refundKeys(c.RefundTo), OrderKey(c.Order.ID), c.Issuer.Key())
	for _, item := range c.Items {
		if at := c.Order.line(item.Line); at >= 0 {
			if line := c.Order.Lines[at]; line.SKU != "" {
				keys = append(keys, LevelKey(c.Location, line.SKU))
			} else if hasFloor(line.Account) {
				keys = append(keys, BalanceKey(cmp.Or(line.Issuer, c.Order.Location), line.Account))
			}
		}
	}
	for _, doc := range c.Order.Documents {
		keys = append(keys, InvoiceKey(c.Order.Location, doc.Invoice))
	}
	return keys
}

// Decide refuses what was not handed over or came back before, what the policy of the sale does not take back, and a refund
// beyond what was paid.
func (c AcceptReturn) Decide(s State, now time.Time) (Change, Return, error) {
	r, err := c.plan(s, now, c.terms())
	if err == nil {
		err = r.mayPay()
	}
	if err != nil {
		return Change{}, Return{}, err
	}
	// Nothing below this line can fail.
	d := newDeal(s, r.before, c.Transaction, c.Issuer, c.OccurredAt, now)
	r.apply(d)
	change := d.change(KindReturn, c.Location, c.Channel, r.answer.subject())
	change.Reason = c.Reason
	return change, r.answer, nil
}

// returning is goods that may be taken back, and how.
type returning struct {
	command   AcceptReturn
	before    Order
	answer    Return
	refunds   []Payment
	originals []original
	// feeMinor is kept; feeRight is what it takes to keep another fee, while terms of the sale say which.
	feeMinor int64
	feeRight ReturnRight
}

// original is a document of which units come back.
type original struct {
	invoice Invoice
	units   []UnitRange
}

// terms are those of a counter: money goes back as the customer wants it, and cash out of the drawer there.
func (c AcceptReturn) terms() refundWay {
	return refundWay{wanted: c.RefundTo, cashAt: c.Location, undone: true}
}

// plan checks everything. The order gets more lines where what comes back is charged anew.
func (c AcceptReturn) plan(s State, now time.Time, terms refundWay, anew ...OrderLine) (*returning, error) {
	r, after, err := c.begin(s, now, anew...)
	if err != nil {
		return nil, err
	}
	for i, item := range c.Items {
		v, err := r.assess(s, after, i, item)
		if err != nil {
			return nil, err
		}
		if !v.Takes(c.Right) {
			return nil, v.refusedTo(c.Right)
		}
		r.take(&after, v)
	}
	for _, left := range c.LeftAt {
		if err := left.Unit.wrong("lines"); err != nil {
			return nil, err
		}
	}
	if err := c.mayClaim(); err != nil {
		return nil, err
	}
	if err := c.Issuer.mayIssue(len(r.originals)); err != nil {
		return nil, err
	}
	if err := r.keep(); err != nil {
		return nil, err
	}
	if r.feeMinor > 0 {
		after.Payments = append(slices.Clip(after.Payments), Payment{Movement: MovementFee, AmountMinor: r.feeMinor})
	}
	r.refunds, err = after.refund(-after.Owed(), terms)
	if err == nil {
		err = countable(s, after.Location, now, r.refunds...)
	}
	if err != nil {
		return nil, err
	}
	cash := func(p Payment) bool { return p.Kind == Cash }
	if terms.cashAt != "" && slices.ContainsFunc(r.refunds, cash) {
		return r, keeps(terms.cashAt, cmp.Or(c.Currency, after.Currency), after.Currency, "location")
	}
	return r, nil
}

// begin finds the order, as it is and as it will be once something came back of it.
func (c AcceptReturn) begin(s State, now time.Time, anew ...OrderLine) (r *returning, after Order, err error) {
	order, found := lookup[Order](s, OrderKey(c.Order.ID))
	if !found {
		return nil, after, Refuse(UnknownOrder, "there is no order %s", c.Order.ID)
	}
	if len(order.Documents) != len(c.Order.Documents) || !order.sameStored(c.Order, c.RefundTo) {
		return nil, after, ErrStale // the originals, and where money may go back to, are named by what was read
	}
	order.Lines = slices.Concat(order.Lines, anew)
	at := c.OccurredAt
	if at.IsZero() {
		at = now
	}
	after = order
	after.Lines = slices.Clone(order.Lines)
	return &returning{command: c, before: order, answer: Return{
		ID: c.Return, Order: order.ID, Location: c.Location, Book: order.Location, Channel: c.Channel, Customer: order.Customer,
		Currency: order.Currency, Overrides: []Reason{}, Operator: c.Operator, Proof: c.Proof, Note: c.Note, Request: c.Request,
		OccurredAt: at, RecordedAt: now, Version: 1,
	}}, after, nil
}

// assess says whether units of one line may come back, after those that were taken before. A return and its quote are decided by it alone.
func (r *returning) assess(s State, after Order, i int, item ReturnItem) (Verdict, error) {
	field := fmt.Sprintf("lines[%d]", i)
	at := after.line(item.Line)
	if at < 0 {
		return Verdict{}, RefuseField(InvalidRequest, field+".line", "there is no line %d", item.Line)
	}
	if item.Units < 1 {
		return Verdict{}, RefuseField(InvalidRequest, field+".quantity", "must be at least 1")
	}
	line := after.Lines[at]
	v := Verdict{Item: item, Left: line.Fulfilled - line.Returned, Line: ReturnLine{
		Units: UnitRange{Line: item.Line, From: line.Returned, Until: line.Returned + item.Units}, SKU: line.SKU, Account: line.Account,
		Description: line.Description, Disposition: item.Disposition, Reason: item.Reason, Condition: item.Condition, TaxCode: line.TaxCode, TaxPPM: line.TaxPPM,
	}}
	if item.Units > v.Left {
		v.Refusal = RefuseField(ReturnTooLarge, field+".quantity", "%d of line %d can come back, and not %d", v.Left, item.Line, item.Units).
			With("left", v.Left)
		return v, nil
	}
	v.Line.NetMinor, v.Line.TaxMinor, v.Line.GrossMinor = line.UnitsWorth(v.Line.Units.From, v.Line.Units.Until)
	v.Terms = line.ReturnTerms
	if !r.command.fact && item.Disposition != Kept {
		v.FeeMinor = line.FeeMinor(v.Line.Units.From, v.Line.Units.Until)
	}
	if err := r.find(s, line, &v); err != nil {
		return v, err
	}
	if v.Refusal = r.short(s, after, line, v.Line.NetMinor, field); v.Refusal == nil {
		if v.Refusal = r.policy(line, v, field); v.Refusal != nil {
			v.Right = line.ReturnTerms.overriddenBy()
		}
	}
	return v, nil
}

// short refuses a gift card of which more comes back than is on it: nil is for all else.
func (r *returning) short(s State, after Order, line OrderLine, net int64, field string) *Refusal {
	if !hasFloor(line.Account) {
		return nil
	}
	for _, before := range r.answer.Lines { // of the same card, in this very return
		if after.Lines[before.Units.Line-1].Account == line.Account {
			net += before.NetMinor
		}
	}
	left := BalanceAt(s, cmp.Or(line.Issuer, after.Location), line.Account).spendable(r.answer.RecordedAt)
	if left >= net {
		return nil
	}
	return RefuseField(BalanceShort, field, "%d are left on the card, and %d would come back", left, net).With("left_minor", left)
}

// policy refuses what the policy of the sale does not take back, or no more; a right of its own does.
func (r *returning) policy(line OrderLine, v Verdict, field string) *Refusal {
	asked, said := line.ReturnTerms, r.command
	switch until := v.Until; {
	case said.fact:
	case len(v.parts) == 0: // nobody knows since when
	case line.ReturnDays == 0:
		return RefuseField(FinalSale, field, "%s is not taken back", line.Description)
	case r.brought().After(until):
		return RefuseField(ReturnWindowClosed, field, "%s could come back until %s", line.Description, until.Format(time.RFC3339)).
			With("until", until.Format(time.RFC3339))
	case !said.unseen && slices.Index(conditions, v.Item.Condition) < slices.Index(conditions, asked.Condition):
		return RefuseField(ReturnCondition, field+".condition", "%s comes back %s at least, and what it is like is to be said: it is %s",
			line.Description, asked.Condition, cmp.Or(v.Item.Condition, "not said")).With("condition", asked.Condition)
	case slices.Index(proofs, said.Proof) < slices.Index(proofs, asked.Proof):
		return RefuseField(ProofMissing, "proof", "%s comes back with a proof of its purchase: %s", line.Description, asked.Proof).
			With("proof", asked.Proof)
	}
	return nil
}

// find says by which documents units were invoiced, and until when the policy takes all of them back, of which some may have been handed
// over before others.
func (r *returning) find(s State, line OrderLine, v *Verdict) error {
	units := v.Line.Units
	for _, of := range r.before.handedOver(units.Line) {
		part := UnitRange{Line: units.Line, From: max(units.From, of.units.From), Until: min(units.Until, of.units.Until)}
		if part.From >= part.Until {
			continue
		}
		if r.answer.OccurredAt.Before(of.at.Add(-clockSkew)) {
			return RefuseField(InvalidRequest, "occurred_at", "%s was handed over at %s", line.Description, of.at.Format(time.RFC3339))
		}
		if until := of.until(line); line.ReturnDays > 0 && (v.Until.IsZero() || until.Before(v.Until)) {
			v.Until = until
		}
		invoice, found := lookup[Invoice](s, InvoiceKey(r.before.Location, r.before.inForce(of.invoice)))
		if !found {
			return ErrStale
		}
		v.parts = append(v.parts, originalUnits{invoice, part})
	}
	return nil
}

// take adds units that may come back to the answer.
func (r *returning) take(after *Order, v Verdict) {
	after.Lines[after.line(v.Item.Line)].Returned += v.Item.Units
	r.answer.Lines = append(r.answer.Lines, v.Line)
	if v.Right != "" && !slices.Contains(r.answer.Overrides, v.Refusal.Reason) {
		r.answer.Overrides = append(r.answer.Overrides, v.Refusal.Reason)
	}
	if v.FeeMinor > 0 {
		r.feeMinor += v.FeeMinor
		if right := v.Terms.overriddenBy(); slices.Index(rights, right) > slices.Index(rights, r.feeRight) {
			r.feeRight = right
		}
	}
	for _, part := range v.parts {
		r.add(part.invoice, part.units)
	}
}

// keep decides on the fee: what the terms of the sale keep, or what is said in its place, which takes a right where they keep something.
func (r *returning) keep() error {
	c, due := r.command, r.feeMinor
	if c.FeeMinor > 0 || c.NoFee {
		r.feeMinor = c.FeeMinor
	}
	switch gross := r.answer.GrossMinor(); {
	case c.FeeMinor < 0:
		return RefuseField(InvalidRequest, "fee", "nobody pays a fee of less than nothing")
	case r.feeMinor > gross:
		return RefuseField(InvalidRequest, "fee", "a fee of %d is more than the %d that come back", r.feeMinor, gross)
	case due > 0 && r.feeMinor != due && !c.Right.suffices(r.feeRight):
		return RefuseField(OverrideNotAllowed, "fee", "the policy of the sale keeps a fee of %d, and not %d", due, r.feeMinor).
			With("fee_minor", due).With("override", r.feeRight)
	}
	return nil
}

// leftAt is what one unit of a line cost when it left, in the currency of the book that it comes back to.
func (c AcceptReturn) leftAt(line int32) Cost {
	for _, left := range c.LeftAt {
		if left.Line == line && left.Unit.Currency == cmp.Or(c.Currency, c.Order.Currency) {
			return left.Unit
		}
	}
	return Cost{}
}

// offlineTime is how long a till may keep to itself that goods came back. A return that is told later counts from then on, so that
// nobody gets around the policy by saying that it happened long ago.
const offlineTime = 72 * time.Hour

// brought is when the goods came back, as far as the policy takes it from who says so.
func (r *returning) brought() time.Time {
	if asked := r.command.AskedAt; !asked.IsZero() {
		return asked
	}
	if earliest := r.answer.RecordedAt.Add(-offlineTime); r.answer.OccurredAt.Before(earliest) {
		return earliest
	}
	return r.answer.OccurredAt
}

func (r *returning) add(invoice Invoice, part UnitRange) {
	at := slices.IndexFunc(r.originals, func(o original) bool { return o.invoice.ID == invoice.ID })
	if at < 0 {
		at = len(r.originals)
		r.originals = append(r.originals, original{invoice: invoice})
	}
	r.originals[at].units = append(r.originals[at].units, part)
}

// inForce is the document that stands for a ticket: the full invoice that replaced it, or itself.
func (o Order) inForce(ticket ID) ID {
	for _, doc := range o.Documents {
		if doc.Kind == InvoiceFullReplacingSimplified && doc.Original == ticket {
			return doc.Invoice
		}
	}
	return ticket
}

// firstOf is where the document stands among those of an order by which units were first invoiced, of which another is the one in force.
func (o Order) firstOf(inForce Invoice) int {
	return slices.IndexFunc(o.Documents, func(doc OrderDocument) bool { return o.inForce(doc.Invoice) == inForce.ID })
}

// apply does it.
func (r *returning) apply(d *deal) {
	var units []UnitRange
	for _, line := range r.answer.Lines {
		if line.SKU != "" {
			units := line.Units.Until - line.Units.From
			d.costs.put(len(d.entries), r.command.leftAt(line.Units.Line).of(units))
			d.move(r.command.Location, Customer, line.Disposition.account(), line.SKU, units)
		}
		d.order.Lines[line.Units.Line-1].Returned = line.Units.Until
		units = append(units, line.Units)
	}
	d.giveBack(units)
	moved := len(d.order.Payments)
	d.pay(Payment{Movement: MovementFee, AmountMinor: r.feeMinor})
	for _, refund := range r.refunds {
		d.pay(refund)
	}
	r.answer.Refunds = slices.Clone(d.order.Payments[moved:])
	slices.SortStableFunc(r.originals, func(a, b original) int { // so that corrections name units in the order in which they were handed over
		return cmp.Compare(r.before.firstOf(a.invoice), r.before.firstOf(b.invoice))
	})
	for _, of := range r.originals {
		kind := InvoiceRectificativeSimplified
		if of.invoice.Kind != InvoiceSimplified {
			kind = InvoiceRectificativeFull
		}
		d.issue(kind, of.units, of.invoice, r.answer.ID)
	}
	for _, doc := range d.invoices {
		r.answer.Invoices = append(r.answer.Invoices, doc.ID)
	}
	d.remember(r.answer.Customer, PurchaseReturn, r.answer.ID)
	d.tellOrder("OrderReturned")
	d.rows = append(d.rows, r.answer)
	d.tell("ReturnAccepted", r.answer.ID.String(), r.answer.subject(), 1, r.answer)
}
