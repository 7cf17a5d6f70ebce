package retail

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// lessBuffer is what is sellable where so many units are kept back.
func lessBuffer(units int64) func(Level) int64 {
	return func(l Level) int64 { return max(0, l.Available()-units) }
}

func TestAvailableToPromise(t *testing.T) {
	rome := time.FixedZone("Rome", 3600)
	monday := time.Date(2026, 3, 2, 10, 0, 0, 0, rome)
	level := func(available int64) Level { return Level{SKU: "RED-42", Units: [7]int64{available}} }
	brings := func(units int64, on string) Inbound { return Inbound{SKU: "RED-42", Units: units, ExpectedOn: on} }
	for _, c := range []struct {
		sentence string
		level    Level
		buffer   int64
		incoming []Inbound
		want     []PromiseDay
	}{
		{"what is there can be promised today", level(3), 0, nil, []PromiseDay{{"2026-03-02", 3}}},
		{"a buffer is kept back", level(3), 1, nil, []PromiseDay{{"2026-03-02", 2}}},
		{"deliveries add up, day by day", level(3), 0, []Inbound{brings(4, "2026-03-09"), brings(2, "2026-03-05"), brings(1, "2026-03-05")},
			[]PromiseDay{{"2026-03-02", 3}, {"2026-03-05", 6}, {"2026-03-09", 10}}},
		{"what comes today can be promised by the end of it", level(3), 0, []Inbound{brings(4, "2026-03-02")}, []PromiseDay{{"2026-03-02", 7}}},
		{"what is overdue is not counted on before tomorrow", level(0), 0, []Inbound{brings(4, "2026-02-20")},
			[]PromiseDay{{"2026-03-02", 0}, {"2026-03-03", 4}}},
		{"what an oversold shelf lacks is taken off what comes first", level(-2), 1, []Inbound{brings(2, "2026-03-05"), brings(4, "2026-03-09")},
			[]PromiseDay{{"2026-03-02", 0}, {"2026-03-09", 3}}},
		{"a transfer is counted on two days after it was sent, by the clock of the place", level(0), 0,
			[]Inbound{{SKU: "RED-42", Units: 5, ShippedAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)}},
			[]PromiseDay{{"2026-03-02", 0}, {"2026-03-04", 5}}},
		{"a transfer that is overdue, tomorrow", level(0), 0, []Inbound{{SKU: "RED-42", Units: 5, ShippedAt: monday.AddDate(0, 0, -9)}},
			[]PromiseDay{{"2026-03-02", 0}, {"2026-03-03", 5}}},
		{"what others bring is not counted", level(1), 0, []Inbound{{SKU: "BLUE-40", Units: 5, ExpectedOn: "2026-03-05"}}, []PromiseDay{{"2026-03-02", 1}}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			if diff := cmp.Diff(c.want, AvailableToPromise(c.level, lessBuffer(c.buffer), c.incoming, monday)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPromisesGrow is that what can be promised only grows by the day, ends with all there is, and that the first day of a quantity is
// the first that has it.
func TestPromisesGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
		level := Level{SKU: "RED-42", Units: [7]int64{rapid.Int64Range(-5, 9).Draw(t, "available")}}
		buffer, all := rapid.Int64Range(0, 3).Draw(t, "buffer"), level.Available()
		var incoming []Inbound
		for range rapid.IntRange(0, 5).Draw(t, "how much is on its way") {
			one := Inbound{SKU: "RED-42", Units: rapid.Int64Range(1, 5).Draw(t, "units")}
			day := now.AddDate(0, 0, rapid.IntRange(-5, 9).Draw(t, "day"))
			if one.ShippedAt = day; rapid.Bool().Draw(t, "of a supplier") {
				one.ExpectedOn = day.Format(time.DateOnly)
			}
			all += one.Units
			incoming = append(incoming, one)
		}
		days := AvailableToPromise(level, lessBuffer(buffer), incoming, now)
		for i, day := range days {
			if i > 0 && (day.On <= days[i-1].On || day.Units <= days[i-1].Units) || day.Units < 0 {
				t.Fatalf("%+v", days)
			}
		}
		if last := days[len(days)-1]; days[0].On != "2026-03-02" || last.Units != max(0, all-buffer) {
			t.Fatalf("%+v, and there are %d", days, all)
		}
		wanted, from := rapid.Int64Range(1, 30).Draw(t, "wanted"), ""
		for i := len(days) - 1; i >= 0 && days[i].Units >= wanted; i-- {
			from = days[i].On
		}
		if got := PromisedFrom(days, wanted); got != from {
			t.Fatalf("%d from %q, and %+v", wanted, got, days)
		}
	})
}
