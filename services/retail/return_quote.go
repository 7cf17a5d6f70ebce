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
	// Refusal is why they may not come back; nil: they may.
	Refusal *Refusal
	// ByRight is true where who may override the policy takes them all the same.
	ByRight bool
	parts   []originalUnits
}

// originalUnits are units by the document in force that they were invoiced by.
type originalUnits struct {
	invoice Invoice
	units   UnitRange
}

// Takes tells whether the units come back, of somebody who overrides the policy or not.
func (v Verdict) Takes(override bool) bool { return v.Refusal == nil || override && v.ByRight }

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
		if v.Takes(c.Override) {
			r.take(&after, v)
			taken = append(taken, item)
		}
	}
	if len(taken) > 0 {
		c.Items = taken
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
