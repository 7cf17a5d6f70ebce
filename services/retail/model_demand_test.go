package retail

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// lookFor records what people looked for: each line as somebody may have, or one thing wrong with it.
func (s *trial) lookFor(t *rapid.T) {
	c := RecordDemand{Transaction: s.mint(), Location: anyPlace.Draw(t, "place")}
	wrong := false
	for n := range rapid.IntRange(0, 4).Draw(t, "lines") {
		line := DemandLine{At: s.now, Times: rapid.Int64Range(1, 9).Draw(t, "times")}
		line.Channel = fmt.Sprint(n) // so that no two are alike
		line.Kind = rapid.SampledFrom([]DemandKind{
			"SEARCH", "AVAILABILITY", "PRODUCT", "HOLD", "ORDER", "EXCHANGE", "TRANSFER",
		}).Draw(t, "kind")
		switch line.Kind {
		case "SEARCH":
			line.Words, line.Found, line.More = "linen", rapid.Int64Range(0, 50).Draw(t, "found"), rapid.Bool().Draw(t, "more")
			if rapid.Bool().Draw(t, "agrees") {
				line.Customer = s.mint()
			}
		case "AVAILABILITY", "PRODUCT":
			line.SKU = "RED-42"
		default:
			line.SKU, line.Units = "BLUE-40", few.Draw(t, "units")
			line.There = rapid.Int64Range(0, line.Units-1).Draw(t, "there")
		}
		if rapid.IntRange(0, 9).Draw(t, "something is wrong") == 0 {
			wrong = true
			rapid.SampledFrom([]func(){
				func() { line.Kind = "WISH" },
				func() { line.Times = 0 },
				func() { line.There = max(line.Units, 1) },
				func() { line.Found = -1 },
				func() { line.SKU, line.Words = "", "" },
			}).Draw(t, "what")()
		}
		c.Lines = append(c.Lines, line)
	}
	_, err := submit(t, s.shop, c)
	if decided(t, err, reasonIf(wrong || len(c.Lines) == 0, InvalidRequest)) {
		s.demands = append(s.demands, c)
	}
}

// checkDemand compares what was recorded with what was seen.
func (s *trial) checkDemand(t *rapid.T) {
	t.Helper()
	for _, paper := range s.demands {
		row := s.rows[DemandKey(paper.Location, paper.Transaction)].(Demand)
		if row.Location != paper.Location || !slices.Equal(row.Lines, paper.Lines) {
			t.Fatalf("recorded is %+v, on paper %+v", row, paper)
		}
	}
}
