package imports

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestOnlineReal holds the importer against what the real file is known to hold. What its invoices come to is worked out for all
// of them; the first are carried out, and held against what reconcile makes of them.
func TestOnlineReal(t *testing.T) {
	path := realData(t, "online-retail", "2010-12_2011-03.csv.gz")
	t.Run("the whole file", func(t *testing.T) {
		got, opening := dealt(t, path)
		want := Report{Lines: 142_083, Imported: 142_083, Orders: 5421, WriteOffs: 348, Returns: 866, BlindReturns: 450}
		counts := Report{
			Lines: got.Lines, Imported: got.Imported, Rejected: got.Rejected, Partly: got.Partly, Orders: got.Orders, WriteOffs: got.WriteOffs,
			Returns: got.Returns, BlindReturns: got.BlindReturns,
		}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Error(diff)
		}
		sums := []Sum{
			{"units ordered", "", 1_428_102, 0}, {"ordered", "GBP", 2_650_008_77, 0}, {"charged", "GBP", 106_373_18, 0},
			{"units written off", "", 46_469, 0}, {"units returned", "", 102_737, 0}, {"returned, by the file", "GBP", 128_185_33, 0},
			{"given back, by the file", "GBP", 137_909_61, 0},
		}
		if diff := cmp.Diff(sums, got.Sums); diff != "" {
			t.Error(diff)
		}
		if opening != 1_428_102+46_469 {
			t.Errorf("%d units of opening stock", opening)
		}
		notes := []string{
			"436 lines are free items",
			"1650 lines give back what was bought on known orders, 940 without a receipt, 13 are of both kinds",
			"70 lines give back at another price than was paid: the file says 2,070.02 GBP, and what was paid is 2,280.58 GBP, which went back",
		}
		if diff := cmp.Diff(notes, got.Notes); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("its first invoices", func(t *testing.T) {
		files := []string{firstOnlineLines(t, path, 6000)}
		s := newShop()
		report, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatOnlineRetail, Files: files}))
		if err != nil || report.Imported != 6000 || report.Orders != 299 || report.Returns != 4 || report.BlindReturns != 29 {
			t.Fatal(report, err)
		}
		for at, units := range s.stocked {
			if units < 0 {
				t.Errorf("%v: %d", at, units)
			}
		}
		if d := reconciled(t, londonBooks(t, s), files...); !d.Equal() || d.Imported != 6000 || d.Totals[1].File != "116361.89" {
			t.Error(d)
		}
	})
}

// dealt works out what the invoices of a file come to, as if a shop accepted all of it, and the units of its opening stock.
func dealt(t *testing.T, path string) (Report, int64) {
	t.Helper()
	o, err := Options{Format: FormatOnlineRetail, Files: []string{path}}.complete()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := sourcesOf(o.Files)
	if err != nil {
		t.Fatal(err)
	}
	r, units := newRun(t.Context(), nil, o, sources), int64(0)
	report, err := r.carryOut(func(context.Context) error {
		totals, sold := newOnlineTotals(o.Currency), soldLines{}
		file := &onlineFile{source: sources[0], onlineReader: onlineReader{zone: time.UTC, currency: o.Currency}}
		plan, err := file.plan(&r.Options)
		if err != nil {
			return err
		}
		for _, p := range plan.positions {
			units += p.units
		}
		file.reject = func(reject Reject) error { return r.reject(reject) }
		err = file.invoices(nil, func(i *onlineInvoice) error {
			d := &dealing{run: r, onlineInvoice: i, sold: sold}
			d.deal()
			outcomes := make([]outcome, len(d.lines))
			for _, act := range d.acts {
				act.done(r.report)
				for _, line := range act.lines {
					outcomes[line].accepted++
				}
			}
			return d.settle(outcomes, totals)
		})
		totals.tell(r.report)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return report, units
}

// firstOnlineLines puts the header and the first lines of a packed file into a file of the test.
func firstOnlineLines(t *testing.T, path string, lines int) string {
	t.Helper()
	text, err := source{path: path}.open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	reader, first := newLineReader(source{path: path}, text, tableLineBytesMax), strings.Builder{}
	for range 1 + lines {
		line, err := reader.next()
		if err != nil {
			t.Fatal(err)
		}
		first.WriteString(line.text + "\n")
	}
	return write(t, "first.csv", first.String())
}
