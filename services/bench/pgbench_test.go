package bench

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const report = `transaction type: -
number of transactions actually processed: 9000
number of failed transactions: 0 (0.000%)
latency average = 21.3 ms
initial connection time = 18.579 ms
tps = 3000.000000 (without initial connection time)
`

func TestReadPgbench(t *testing.T) {
	for _, c := range []struct {
		name, report, progress string
		want                   outcome
		fails                  bool
	}{
		{"leaves the first second out", report, "progress: 1.0 s, 1000.0 tps, lat 1.2 ms stddev 0.1, 0 failed\n",
			outcome{perSecond: 4000, done: 9000}, false},
		{"takes the whole where nothing is left after the first interval", report, "progress: 3.0 s, 3000.0 tps, lat 1.2 ms\n",
			outcome{perSecond: 3000, done: 9000}, false},
		{"knows no rate where nothing was done", "number of transactions actually processed: 0\n", "", outcome{}, false},
		{"refuses failed transactions", report[:70] + "number of failed transactions: 1 (0.1%)\n", "", outcome{}, true},
		{"refuses what it does not understand", "tps = many", "", outcome{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readPgbench(c.report, c.progress)
			if (err != nil) != c.fails {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(outcome{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
