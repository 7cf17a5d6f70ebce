package reconcile

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// totals are the exact sums of the columns of files, each kept several ways: of the file, imported, rejected, residue.
type totals map[string]*big.Rat

func (t totals) add(column, kind string, amount *big.Rat) {
	key := column + " " + kind
	if t[key] == nil {
		t[key] = new(big.Rat)
	}
	t[key].Add(t[key], amount)
}

func (t totals) get(column, kind string) *big.Rat {
	if sum := t[column+" "+kind]; sum != nil {
		return sum
	}
	return new(big.Rat)
}

// booked adds an amount of the file, and what it comes to once it is rounded; what was lost is the residue.
func (t totals) booked(column, kind string, amount, rounded *big.Rat) {
	t.add(column, kind, rounded)
	t.add(column, "residue", new(big.Rat).Sub(amount, rounded))
}

// tell writes the totals down, and holds imported and rejected against the file.
func (t totals) tell(d *Differences, columns []string) {
	for _, column := range columns {
		file, imported, rejected, residue := t.get(column, "file"), t.get(column, "imported"), t.get(column, "rejected"), t.get(column, "residue")
		total := Total{Column: column, File: exactly(file), Imported: exactly(imported), Rejected: exactly(rejected)}
		if residue.Sign() != 0 {
			total.Residue = exactly(residue)
		}
		d.Totals = append(d.Totals, total)
		sum := new(big.Rat).Add(new(big.Rat).Add(imported, rejected), residue)
		d.add(Difference{What: "imported + rejected of " + column, Location: "the files", Expected: exactly(file), Found: exactly(sum)})
	}
	d.add(Difference{
		What: "lines", Location: "the files", Expected: fmt.Sprint(d.Lines), Found: fmt.Sprint(d.Imported + d.Rejected),
	})
	slices.Sort(d.Notes)
	d.Notes = slices.CompactFunc(d.Notes, strings.EqualFold)
}
