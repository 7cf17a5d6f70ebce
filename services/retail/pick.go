package retail

import (
	"fmt"
	"slices"
	"time"
)

// Picked is how many units of a line were fetched so far, whatever became of them since, but for those that were put aside as unfit.
type Picked struct {
	Line  int32 `json:"line"`
	Units int64 `json:"units"`
}

// fetched is how many units of a line of the fulfilment were fetched so far, as far as anybody said. What was handed over was fetched.
func (f Fulfilment) fetched(line OrderLine) int64 {
	at := slices.IndexFunc(f.Picked, func(p Picked) bool { return p.Line == line.Line })
	if at < 0 {
		return line.Fulfilled
	}
	return max(line.Fulfilled, f.Picked[at].Units)
}

// Waiting is how many of the open units of a line of the fulfilment were fetched and wait to be handed over. Of a line of which some are
// given up, those go first that nobody fetched; any more are back on the shelf, or aside where they are unfit. What is ready, or was, is fetched.
func (f Fulfilment) Waiting(line OrderLine) int64 {
	if todo := slices.Index(steps[f.Method], f.State); f.State != FulfilmentAwaiting && todo < 0 || f.State == f.Method.Ready() {
		return line.Open()
	}
	return min(line.Open(), f.fetched(line)-line.Fulfilled)
}

// unfetched is how many open units of a line of the fulfilment nobody fetched, as far as that is known: while somebody picks and does not say
// by line what, it may be any.
func (f Fulfilment) unfetched(line OrderLine) int64 {
	if f.State == FulfilmentPicking && len(f.Picked) == 0 {
		return 0
	}
	return line.Open() - f.Waiting(line)
}

// unpicked returns the lines of which something is to be fetched, and how much: goods, for what is charged for them nobody fetches.
func (f Fulfilment) unpicked(order Order) (left []UnitCount) {
	for _, line := range order.Lines {
		if units := line.Open() - f.Waiting(line); line.Fulfilment == f.ID && line.SKU != "" && units > 0 {
			left = append(left, UnitCount{Line: line.Line, Units: units})
		}
	}
	return left
}

// PickUnits says which units were fetched, as they are found. What nobody finds of the rest is rejected (RejectUnits), or cancelled.
type PickUnits struct {
	Work
	// Lines are what was fetched; none: all that was not.
	Lines []UnitCount
}

// Decide refuses what is ready or has ended, and more than is left to fetch.
func (c PickUnits) Decide(s State, now time.Time) (Change, Worked, error) {
	f, order, err := c.on(s)
	if err != nil {
		return Change{}, Worked{}, err
	}
	if err := f.ended(now); err != nil {
		return Change{}, Worked{}, err
	}
	if f.State == f.Method.Ready() || f.State == FulfilmentAwaiting {
		return Change{}, Worked{}, Refuse(FulfilmentStep, "of a %s that is %s nothing is picked", f.Method, f.State).With("state", f.State)
	}
	units, err := c.picks(f, order)
	if err != nil {
		return Change{}, Worked{}, err
	}
	// Nothing below this line can fail.
	f.State = FulfilmentPicking
	f.Picked = slices.Clone(f.Picked)
	for _, u := range units {
		of := Picked{Line: u.Line, Units: f.fetched(order.Lines[u.Line-1]) + u.Units}
		if at := slices.IndexFunc(f.Picked, func(p Picked) bool { return p.Line == u.Line }); at >= 0 {
			f.Picked[at] = of
		} else {
			f.Picked = append(f.Picked, of)
		}
	}
	return c.done(f, order, now, "UnitsPicked")
}

func (c PickUnits) picks(f Fulfilment, order Order) ([]UnitCount, error) {
	units, err := order.openUnits(c.Lines, f.ID)
	if err != nil {
		return nil, err
	}
	if len(c.Lines) == 0 {
		units = f.unpicked(order)
	}
	for i, u := range units {
		line := order.Lines[u.Line-1]
		if left := line.Open() - f.Waiting(line); u.Units > left {
			return nil, RefuseField(AlreadyPicked, fmt.Sprintf("lines[%d].quantity", i), "%d of line %d are left to pick, and not %d", left, u.Line, u.Units).
				With("left", left)
		}
	}
	if len(units) == 0 {
		return nil, Refuse(AlreadyPicked, "all that is open is picked")
	}
	return units, nil
}

// mustBePicked refuses to call ready what is picked by line and not wholly. Where nobody says what was picked, who says that it is ready says
// so of all.
func (f Fulfilment) mustBePicked(order Order) error {
	if len(f.Picked) == 0 {
		return nil
	}
	if left := f.unpicked(order); len(left) > 0 {
		return Refuse(NotPicked, "%d of line %d are not picked; pick or reject them first", left[0].Units, left[0].Line).
			With("line", left[0].Line).With("left", left[0].Units)
	}
	return nil
}
