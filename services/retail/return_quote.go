package retail

import "time"

// Verdict is whether units of one line of an order may come back, and what for.
type Verdict struct {
	Item ReturnItem
	// Line is what they come back as; of more than are left it is not known what they were worth.
	Line ReturnLine
	// Left is how many units of the line can come back, after those that are taken before.
	Left int64
	// Until is until when the policy takes all of them back; zero: never, or they are more than are left.
	Until time.Time
	// Terms are those of the sale, and FeeMinor is what they keep of what the units were worth.
	Terms    ReturnTerms
	FeeMinor int64
	// Refusal is why they may not come back; nil: they may.
	Refusal *Refusal
	// Right is what takes them all the same, by the terms of the sale, which may be RightNobody's; empty: they need none, or it is not the policy
	// that refuses them.
	Right ReturnRight
	parts []originalUnits
}

// originalUnits are units by the document in force that they were invoiced by.
type originalUnits struct {
	invoice Invoice
	units   UnitRange
}

// Takes tells whether the units come back of somebody who has a right to override the policy, or none.
func (v Verdict) Takes(right ReturnRight) bool { return v.Refusal == nil || right.suffices(v.Right) }

// refusedTo says why the units don't come back to whoever has a right, or none.
func (v Verdict) refusedTo(right ReturnRight) *Refusal {
	if right == "" || v.Right == "" {
		return v.Refusal
	}
	needs := "a manager's right"
	if v.Right == RightNobody {
		needs = "what nobody has"
	}
	return RefuseField(OverrideNotAllowed, v.Refusal.Field, "%s: to decide otherwise takes %s", v.Refusal.Message, needs).
		With("reason", v.Refusal.Reason).With("override", v.Right)
}

// ReturnQuote is what a return would come to.
type ReturnQuote struct {
	// Verdicts are of the items, in their order.
	Verdicts []Verdict
	// Return is what AcceptReturn would make of those that may come back, without what it is called and what documents it issues. It has no
	// lines where none may.
	Return Return
}

// Quote says of every item what Decide would, and of those that may come back what it would give for them, on rows that were read and not
// locked. Without items it is asked of all that can still come back. Units that may not come back are left out, and do not count for those
// after them. It refuses what is wrong with the return as a whole, and with how money is to go back for what may.
func (c AcceptReturn) Quote(s State, now time.Time) (ReturnQuote, error) {
	r, after, err := c.begin(s, now)
	if err != nil {
		return ReturnQuote{}, err
	}
	if len(c.Items) == 0 {
		c.Items = r.before.returnable()
	}
	q := ReturnQuote{Return: r.answer}
	var taken []ReturnItem
	for i, item := range c.Items {
		v, err := r.assess(s, after, i, item)
		if err != nil {
			return ReturnQuote{}, err
		}
		q.Verdicts = append(q.Verdicts, v)
		if v.Takes(c.Right) {
			r.take(&after, v)
			taken = append(taken, item)
		}
	}
	if len(taken) > 0 {
		c.Items = taken
		if c.claims() { // for what reason is said when it is settled
			c.Reason = "quoted"
		}
		if _, q.Return, err = c.Decide(s, now); err != nil {
			return ReturnQuote{}, err
		}
	}
	q.Return.ID, q.Return.Invoices = ID{}, nil
	return q, nil
}

// returnable is all that can still come back of an order, undecided what becomes of it.
func (o Order) returnable() (items []ReturnItem) {
	for _, line := range o.Lines {
		if left := line.Fulfilled - line.Returned; left > 0 {
			items = append(items, ReturnItem{Line: line.Line, Units: left, Disposition: Undecided})
		}
	}
	return items
}
