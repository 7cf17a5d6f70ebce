package retail

import (
	"slices"
	"testing"
	"time"
)

func TestAtRisk(t *testing.T) {
	a, b, c := ID{1}, ID{2}, ID{3} // newest first
	holds := []Promise{{Hold: a, Units: 2}, {Order: b, Fulfilment: b, Units: 1}, {Hold: c, Units: 3}}
	for _, risk := range []struct {
		says        string
		ahead, open int64
		holds       []Promise
		want        []ID
	}{
		{"the newest promise answers for one unit", 0, 1, holds, []ID{a}},
		{"the newest hold answers for all that it has", 0, 2, holds, []ID{a}},
		{"the next one answers for the rest", 0, 3, holds, []ID{a, b}},
		{"a hold that is broken for one unit is broken", 0, 4, holds, []ID{a, b, c}},
		{"an older case has the newest hold first", 2, 1, holds, []ID{b}},
		{"a hold that an older case takes in part answers for the rest", 1, 1, holds, []ID{a}},
		{"a hold may answer for two cases", 1, 2, holds, []ID{a, b}},
		{"more is short than was promised", 5, 9, holds, []ID{c}},
		{"older cases take all that was promised", 6, 1, holds, nil},
		{"nothing was promised", 0, 2, nil, nil},
	} {
		t.Run(risk.says, func(t *testing.T) {
			var got []ID
			for _, promise := range (ShownCase{ShortAhead: risk.ahead, OversellCase: OversellCase{OpenUnits: risk.open}, Promises: risk.holds}).AtRisk() {
				if got = append(got, promise.Hold); promise.Hold.IsZero() {
					got[len(got)-1] = promise.Fulfilment
				}
			}
			if !slices.Equal(got, risk.want) {
				t.Errorf("at risk are %v, want %v", got, risk.want)
			}
		})
	}
}

func TestTheOrderOfACase(t *testing.T) {
	for cause, want := range map[string]string{"order/" + ID{7}.String(): ID{7}.String(), "theft": "", "": "", "orders/x": ""} {
		if got := (ShownCase{OversellCase: OversellCase{Cause: cause}}).Order(); got != want {
			t.Errorf("the order of a case by %q is %q, want %q", cause, got, want)
		}
	}
}

func TestOccurredAt(t *testing.T) {
	t.Run("a clock may be ahead by five minutes and no more", func(t *testing.T) {
		if _, err := OccurredAt(true, opening.Add(5*time.Minute), opening); err != nil {
			t.Error(err)
		}
		if _, err := OccurredAt(true, opening.Add(5*time.Minute+time.Microsecond), opening); err == nil {
			t.Error("took the future")
		}
	})
	t.Run("nothing happened before 1970", func(t *testing.T) {
		first := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		if _, err := OccurredAt(true, first, opening); err != nil {
			t.Error(err)
		}
		if _, err := OccurredAt(true, first.Add(-1), opening); err == nil {
			t.Error("took what was before tills")
		}
	})
	t.Run("is kept to the microsecond, as the database does", func(t *testing.T) {
		if at, err := OccurredAt(true, opening.Add(1999), opening); err != nil || !at.Equal(opening.Add(1000)) {
			t.Errorf("%s: %v", at, err)
		}
	})
	t.Run("is left to the moment of recording where nobody says", func(t *testing.T) {
		if at, err := OccurredAt(false, opening.Add(time.Hour), opening); err != nil || !at.IsZero() {
			t.Errorf("%s: %v", at, err)
		}
	})
}
