package retail

import (
	"fmt"
	"slices"
)

// A claim gives money or other goods for goods that do not come back: they broke on their way, or are not worth sending back. It is a return
// whose units the customer keeps. They count as come back, so that nothing is claimed twice, nor claimed and returned; where they are nobody
// asks, and what they cost is lost. It takes a right of its own, as nobody sees the goods.

// By gives a claim its reason, once that is known to fit.
func (c AcceptReturn) By(reason StockReason) (AcceptReturn, error) {
	if err := reason.For(ActAdjust, "stock_reason"); err != nil {
		return c, err
	}
	c.Reason = reason.Code
	return c, nil
}

// claims tells whether nothing comes back of some of it.
func (c AcceptReturn) claims() bool {
	return slices.ContainsFunc(c.Items, func(item ReturnItem) bool { return item.Disposition == Kept })
}

// mayClaim refuses a claim without the right to it, one of which a part comes back, and one without its reason; and a reason without a claim.
func (c AcceptReturn) mayClaim() error {
	if !c.claims() {
		if c.Reason != "" {
			return RefuseField(InvalidRequest, "stock_reason", "goods that come back are not missing for a reason")
		}
		return nil
	}
	for i, item := range c.Items {
		field := fmt.Sprintf("lines[%d].disposition", i)
		switch {
		case item.Disposition != Kept:
			return RefuseField(InvalidRequest, field, "what comes back and what does not are two returns")
		case c.Right == "":
			return RefuseField(InvalidRequest, field, "what does not come back is given for by right alone")
		}
	}
	if c.Reason == "" {
		return RefuseField(InvalidRequest, "stock_reason", "says why the goods are missing that do not come back")
	}
	return nil
}
