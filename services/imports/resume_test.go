package imports

import (
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resumes checks that an import that was broken off anywhere and run again does what the one run did that whole and report
// tell of.
func resumes(t *testing.T, o Options, whole *shop, report Report) {
	t.Helper()
	rejects := rejectsOf(t, o)
	t.Run("a second run adds nothing and reports the same", func(t *testing.T) {
		before := whole.totals()
		again, err := Run(t.Context(), whole.dial(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if after := whole.totals(); after != before {
			t.Errorf("%s\n%s", before, after)
		}
		report.Took, again.Took, report.Requests, again.Requests = 0, 0, 0, 0 // what is there is not created again
		if diff := cmp.Diff(report, again); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(rejects, rejectsOf(t, o)); diff != "" {
			t.Error(diff)
		}
	})
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("killed at random points, the runs together do what one does (seed %d)", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			lefts := make([]int, 4)
			for i := range lefts {
				lefts[i] = random.IntN(len(whole.answers))
			}
			killed(t, o, whole, seed%2 == 0, lefts...)
		})
	}
	t.Run("a server that fails now and then changes nothing", func(t *testing.T) {
		s := newShop()
		s.before = func(_ string, call int) error {
			if call%29 == 0 {
				return errLost
			}
			return nil
		}
		s.after = func(_ string, call int) error {
			if call%31 == 0 {
				return errLost
			}
			return nil
		}
		report, err := Run(t.Context(), s.dial(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.totals(), whole.totals(); got != want || report.Retries == 0 {
			t.Errorf("%d retries\n%s, but without failures\n%s", report.Retries, got, want)
		}
	})
}

// killed runs an import that is killed once for each of lefts, after so many calls, and then once more to the end. The call that it
// is killed in has no effect where before is true; else its effect is there and the answer is lost.
func killed(t *testing.T, o Options, whole *shop, before bool, lefts ...int) {
	t.Helper()
	s := newShop()
	conn := s.dial(t)
	for _, left := range lefts {
		ctx, kill := context.WithCancel(t.Context())
		die := func(string, int) error {
			if left--; left <= 0 {
				kill()
				return errLost
			}
			return nil
		}
		if before {
			s.hooks(die, nil)
		} else {
			s.hooks(nil, die)
		}
		_, err := Run(ctx, conn, o)
		kill()
		if ignoreCancelled(err) != nil {
			t.Fatal(err)
		}
	}
	s.hooks(nil, nil)
	if _, err := Run(t.Context(), conn, o); err != nil {
		t.Fatal(err)
	}
	if got, want := s.totals(), whole.totals(); got != want {
		t.Errorf("killed after %v\n%s, but one run does\n%s", lefts, got, want)
	}
}

func rejectsOf(t *testing.T, o Options) [][]string {
	t.Helper()
	file, err := os.Open(o.RejectFile)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
