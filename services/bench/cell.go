package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// act is what callers ask for.
type act uint8

const (
	hold         act = iota // one unit
	availability            // of one SKU over 50 locations
	order3                  // of three lines, to be shipped from one place, paid
	delivery                // of 10,000 lines, at a place of the chain
	sale                    // of a pair, in a flash sale
)

// side is who takes turns in a cell.
type side uint8

const (
	sameWork side = iota
	bare
	engine
	overGRPC
	emptyRPC
	flooded // gRPC, asked for floodTimes as much as it answers
	chained // gRPC, in the chain
	copied  // COPY of the same rows
)

// String is the name that the table shows.
func (s side) String() string {
	return [...]string{
		sameWork: "same work", bare: "bare", engine: "engine", overGRPC: "gRPC", emptyRPC: "empty RPC", flooded: "flooded gRPC",
		chained: "chain", copied: "COPY",
	}[s]
}

// cell is one load, under which sides take turns.
type cell struct {
	act     act
	hot     bool
	callers int
	sides   []side
}

// String says what is asked for and by how many.
func (c cell) String() string {
	what := "hold, 10,000 positions"
	switch {
	case c.act == availability:
		what = "availability at 50 locations"
	case c.act == delivery:
		what = "delivery of 10,000 lines to the chain"
	case c.act == sale:
		return fmt.Sprintf("flash sale of %d pairs in %d shops, %d buyers", pairs, saleShops, c.callers)
	case c.act == order3 && c.hot:
		what = "order of three lines, three hot positions"
	case c.act == order3:
		what = "order of three lines, 10,000 positions"
	case c.hot:
		what = "hold, one hot position"
	}
	if c.callers == 1 {
		return what + ", 1 caller"
	}
	return fmt.Sprintf("%s, %d callers", what, c.callers)
}

// fullCells are all there are.
func fullCells() []cell {
	var cells []cell
	for _, hot := range []bool{false, true} {
		for _, callers := range []int{1, 16, 64, 256} {
			cells = append(cells, cell{hold, hot, callers, []side{sameWork, engine, overGRPC, emptyRPC, bare}})
		}
	}
	for _, hot := range []bool{false, true} {
		for _, callers := range []int{1, 16, 64, 256} {
			sides := []side{sameWork, overGRPC}
			if !hot && callers == 64 {
				sides = append(sides, flooded)
			}
			cells = append(cells, cell{order3, hot, callers, sides})
		}
	}
	for _, callers := range []int{1, 16, 64, 256} {
		cells = append(cells, cell{availability, false, callers, []side{sameWork, overGRPC, emptyRPC, chained}})
	}
	return append(cells, deliveryCell, saleCell)
}

// deliveryCell is one store keeper with one lorry.
var deliveryCell = cell{delivery, false, 1, []side{copied, overGRPC}}

// saleCell is all buyers at once, as often as there are rounds, whatever the length of a slice.
var saleCell = cell{sale, false, saleBuyers, []side{sameWork, overGRPC}}

// largeCells are those that a chain of 10 million positions is needed for.
func largeCells() []cell {
	return []cell{
		{availability, false, 1, []side{overGRPC, chained}},
		{availability, false, 64, []side{overGRPC, chained}},
		deliveryCell,
	}
}

// quickCells are those that the ratios are taken from.
func quickCells() []cell {
	return []cell{
		{hold, false, 1, []side{sameWork, engine}},
		{hold, false, 64, []side{sameWork, engine, overGRPC, emptyRPC}},
		{hold, true, 64, []side{sameWork, engine, overGRPC}},
		{availability, false, 64, []side{overGRPC, emptyRPC, chained}},
		{order3, false, 64, []side{sameWork, overGRPC, flooded}},
		{order3, true, 64, []side{sameWork, overGRPC}},
		deliveryCell,
		saleCell,
	}
}

// result is what was measured in a cell: by side, the rate of each round.
type result struct {
	cell
	rates map[side][]float64
	// note is what the last slice that had one said.
	note string
}

// measure goes through the cells, and tells after each round what is left.
func (s *stage) measure(ctx context.Context, cells []cell, length time.Duration, out io.Writer) ([]result, error) {
	var results []result
	done, total, began := 0, 0, time.Now()
	for _, c := range cells {
		total += rounds * len(c.sides)
	}
	for _, c := range cells {
		if err := s.tidy(ctx); err != nil {
			return nil, err
		}
		r := result{cell: c, rates: map[side][]float64{}}
		for round := range rounds {
			if err := s.round(ctx, &r, round, length); err != nil {
				return nil, fmt.Errorf("%s: %w", c, err)
			}
			done += len(c.sides)
			left := time.Since(began) * time.Duration(total-done) / time.Duration(done)
			fmt.Fprintf(out, "%s, round %d of %d:%s; %s left\n", c, round+1, rounds, r.last(), left.Round(time.Second))
		}
		results = append(results, r)
	}
	fmt.Fprintln(out)
	return results, nil
}

// round lets each side act once, forwards or backwards, and proves what each did.
func (s *stage) round(ctx context.Context, r *result, round int, length time.Duration) error {
	turns := slices.Clone(r.sides)
	if round%2 == 1 {
		slices.Reverse(turns)
	}
	for _, who := range turns {
		if err := s.auditor.before(ctx); err != nil {
			return err
		}
		did, err := s.act(ctx, who, r, length)
		if err != nil {
			return fmt.Errorf("%s: %w", who, err)
		}
		if err := s.auditor.after(ctx, who, did); err != nil {
			return err
		}
		r.rates[who] = append(r.rates[who], did.perSecond)
		r.note = cmp.Or(did.note, r.note)
	}
	return nil
}

// act lets one side act.
func (s *stage) act(ctx context.Context, who side, r *result, length time.Duration) (did outcome, err error) {
	what, l := r.act, load{hot: r.hot, callers: r.callers, length: length}
	place := func() (string, string) { return pick(l.hot) }
	switch {
	case who == flooded:
		answered := r.rates[overGRPC] // of this round or, where it goes backwards, of the one before
		return s.floodOrders(ctx, l, answered[len(answered)-1])
	case who == emptyRPC:
		return drive(ctx, l, s.emptyOverGRPC())
	case who == bare:
		return s.pgbench.run(ctx, bareSQL, l)
	case what == availability && who == sameWork:
		return s.pgbench.run(ctx, availabilitySQL, l)
	case what == availability && who == chained:
		return drive(ctx, l, s.chain.availabilityOverGRPC(s.chain.anyArticle))
	case what == availability:
		return drive(ctx, l, s.availabilityOverGRPC(anyArticle))
	case what == sale:
		return s.sale(ctx, who)
	case what == delivery:
		return s.chain.deliveries(ctx, who, l)
	case what == order3 && who == sameWork:
		did, err = s.pgbench.run(ctx, order3SQL, l)
		did.orders = did.done
		return did, err
	case what == order3:
		did, err = drive(ctx, l, s.orderOverGRPC(l.hot))
		did.orders = did.done
		return did, err
	case who == sameWork:
		did, err = s.pgbench.run(ctx, sameWorkSQL, l)
	case who == overGRPC:
		did, err = drive(ctx, l, s.holdOverGRPC(place))
	default:
		did, err = drive(ctx, l, s.holdInProcess(place))
	}
	did.holds = did.done
	return did, err
}

// last shows the latest round.
func (r result) last() string {
	text := ""
	for i, who := range r.sides {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %s %s/s", who, rate(r.rates[who][len(r.rates[who])-1]))
	}
	if r.note != "" {
		text += " (" + r.note + ")"
	}
	return text
}
