package retail

import (
	"slices"

	"pgregory.net/rapid"
)

// mayRecord says for every act from where it may take units, and to where it brings them.
var mayRecord = map[StockAct][2][]string{
	"DAMAGE":     {{"available", "inspection", "quarantine"}, {"damaged"}},
	"QUARANTINE": {{"available", "inspection", "damaged"}, {"quarantine"}},
	"INSPECT":    {{"inspection"}, {"available", "damaged", "quarantine", "shrinkage"}},
	"RESTORE":    {{"damaged", "quarantine"}, {"available"}},
	"WRITE_OFF":  {{"damaged", "available", "inspection", "quarantine"}, {"shrinkage"}},
	"FOUND":      {{"found"}, {"available", "inspection", "damaged", "quarantine"}},
}

// state is where a shelf counts the units of a state that are not for sale; nil: for sale, or nowhere.
func (s *shelf) state(account string) *int64 {
	switch account {
	case "inspection":
		return &s.inspection
	case "damaged":
		return &s.damaged
	case "quarantine":
		return &s.quarantine
	}
	return nil
}

// lose takes more than there is.
func (s *trial) lose(t *rapid.T, place, sku string) {
	shelf := s.shelf(place, sku)
	lost := max(0, shelf.available) + rapid.Int64Range(1, 3).Draw(t, "lost")
	c := MoveStock{Transaction: s.mint(), Kind: KindAdjust, Location: place, Lines: []Line{{SKU: sku, Quantity: -lost}}}
	theft, _ := StandardReason("theft")
	c, err := c.By(theft, ActAdjust)
	if !decided(t, err) {
		return
	}
	if _, err := submit(t, s.shop, c); decided(t, err, reasonIf(shelf.available-lost < -paperMax, QuantityTooLarge)) {
		shelf.take(lost, c.Transaction)
	}
}

// resolve ends an oversell case.
func (s *trial) resolve(t *rapid.T) {
	place, sku := anyPlace.Draw(t, "place"), rapid.SampledFrom(skus).Draw(t, "sku")
	shelf := s.shelf(place, sku)
	if len(shelf.owed) == 0 && rapid.IntRange(0, 4).Draw(t, "none") > 0 {
		s.lose(t, place, sku) // chance alone seldom leaves something owed to be resolved
	}
	c := ResolveOversell{Transaction: s.mint(), Location: place, SKU: sku, Case: s.mint(), Note: "N"}
	at := -1
	if len(shelf.owed) > 0 && rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		at = rapid.IntRange(0, len(shelf.owed)-1).Draw(t, "case")
		c.Case = shelf.owed[at].by
	}
	reason, unfit := s.drawReason(t, "OVERSELL")
	c, err := c.By(reason)
	if !decided(t, err, unfit...) {
		return
	}
	resolved, err := submit(t, s.shop, c)
	if !decided(t, err, reasonIf(at < 0, CaseSettled)) {
		return
	}
	if resolved.Case.OpenUnits != 0 || resolved.Case.SettledBy != c.Transaction || resolved.Case.Transaction != c.Case {
		t.Fatalf("%+v came of %+v", resolved, c)
	}
	shelf.available += shelf.owed[at].units
	shelf.owed = slices.Delete(shelf.owed, at, at+1)
}

// recordStock records what became of units.
func (s *trial) recordStock(t *rapid.T) {
	c := RecordStock{
		Transaction: s.mint(), Act: rapid.SampledFrom([]StockAct{"DAMAGE", "QUARANTINE", "INSPECT", "RESTORE", "WRITE_OFF", "FOUND"}).Draw(t, "act"),
		Location: anyPlace.Draw(t, "place"), Cause: rapid.SampledFrom([]string{"", "RPT-3"}).Draw(t, "cause"),
	}
	may := mayRecord[c.Act]
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		// The most that can be counted only where it is for sale: the paper of deliveries knows none of it in other states.
		line := StockLine{SKU: rapid.SampledFrom(skus).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 4).Draw(t, "units")}
		line.From = rapid.SampledFrom(append([]string{""}, may[0]...)).Draw(t, "from")
		line.To = rapid.SampledFrom(append([]string{"", "", "incoming"}, may[1]...)).Draw(t, "to")
		c.Lines = append(c.Lines, line)
	}
	// What is not said is the first that may be; nothing else may be, and each line stands once.
	meant := slices.Clone(c.Lines)
	wrong := false
	for i := range meant {
		line := &meant[i]
		if line.From == "" {
			line.From = may[0][0]
		}
		if line.To == "" {
			line.To = may[1][0]
		}
		wrong = wrong || line.To == "incoming" || slices.ContainsFunc(meant[:i], func(l StockLine) bool {
			return l.SKU == line.SKU && l.From == line.From && l.To == line.To
		})
	}
	c, err := NewRecordStock(c)
	if !decided(t, err, reasonIf(wrong, InvalidRequest)) {
		return
	}
	if !slices.Equal(c.Lines, meant) {
		t.Fatalf("%+v is taken for %+v, on paper %+v", c, c.Lines, meant)
	}
	reason, unfit := s.drawReason(t, string(c.Act))
	if c, err = c.By(reason); !decided(t, err, unfit...) {
		return
	}
	short, beyond := false, false
	after := map[string]shelf{}
	for _, line := range meant {
		shelf, seen := after[line.SKU]
		if !seen {
			shelf = *s.shelf(c.Location, line.SKU)
		}
		switch from := shelf.state(line.From); {
		case line.From == "available":
			beyond = beyond || line.Quantity > paperMax+shelf.available
			shelf.available -= line.Quantity
		case from != nil:
			*from -= line.Quantity
			short = short || *from < 0
		}
		switch to := shelf.state(line.To); {
		case line.To == "available":
			shelf.available += line.Quantity
			beyond = beyond || shelf.available > paperMax
		case to != nil:
			*to += line.Quantity
			beyond = beyond || *to > paperMax
		}
		after[line.SKU] = shelf
	}
	_, err = submit(t, s.shop, c)
	if !decided(t, err, reasonIf(short, StateShort), reasonIf(beyond, QuantityTooLarge)) {
		return
	}
	for sku, becomes := range after {
		shelf := s.shelf(c.Location, sku)
		change := becomes.available - shelf.available
		shelf.inspection, shelf.damaged, shelf.quarantine = becomes.inspection, becomes.damaged, becomes.quarantine
		shelf.change(change, c.Transaction)
	}
}
