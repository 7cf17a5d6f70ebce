package bench

import (
	"strings"
	"testing"
)

func TestRatios(t *testing.T) {
	results := []result{
		{cell: cell{hold, false, 1, nil}, rates: map[side][]float64{sameWork: {900, 1000, 300}, engine: {600, 500, 150}}},
		{cell: cell{hold, false, 64, nil}, rates: map[side][]float64{sameWork: {100, 200, 400}, engine: {600, 1000, 4000}, overGRPC: {300, 600, 400},
			emptyRPC: {3000, 3000, 4000}}},
	}
	var out strings.Builder
	printTable(&out, results)
	printRatios(&out, results)

	t.Run("are taken round by round, and the median last", func(t *testing.T) {
		want := "ratio engine_hold_spread_64 6.00\nratio grpc_hold_spread_64 3.00\nratio grpc_hold_vs_empty_64 0.10\n" +
			"ratio lone_hold_latency 2.00\n"
		if !strings.HasSuffix(out.String(), "\n"+want) {
			t.Errorf("got\n%s\nwant as the last lines\n%s", out.String(), want)
		}
	})
	t.Run("are held against what was aimed at", func(t *testing.T) {
		for _, line := range []string{
			"aim: engine_hold_spread_64 at least 5, is 6.00, reached",
			"aim: lone_hold_latency at most 1.8, is 2.00, missed",
		} {
			if !strings.Contains(out.String(), line+"\n") {
				t.Errorf("%q is missing in\n%s", line, out.String())
			}
		}
	})
}
