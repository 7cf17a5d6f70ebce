package locale

import (
	"math"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	english, spanish := Numbers{Decimal: ".", Group: ","}, Numbers{Decimal: ",", Group: "."}
	for _, c := range []struct {
		numbers  Numbers
		n        int64
		exponent int
		want     string
	}{
		{english, 0, 2, "0.00"}, {english, 5, 2, "0.05"}, {english, -5, 2, "−0.05"}, {english, 123456, 2, "1,234.56"},
		{english, 99999, 2, "999.99"}, {english, 100000, 2, "1,000.00"}, {english, 1000, 0, "1,000"}, {english, 999, 0, "999"},
		{english, 7, 3, "0.007"}, {english, -1234567, 3, "−1,234.567"}, {english, 0, 0, "0"},
		{english, 1_000_000_000_000_000, 2, "10,000,000,000,000.00"}, {english, math.MaxInt64, 2, "92,233,720,368,547,758.07"},
		{english, math.MinInt64, 0, "−9,223,372,036,854,775,808"}, {spanish, 123456, 2, "1.234,56"}, {spanish, 1000, 0, "1.000"},
	} {
		if got := c.numbers.Fixed(c.n, c.exponent); got != c.want {
			t.Errorf("%d with %d decimals is %s, want %s", c.n, c.exponent, got, c.want)
		}
		if got := c.numbers.Grouped(c.n); c.exponent == 0 && got != c.want {
			t.Errorf("%d is %s, want %s", c.n, got, c.want)
		}
	}
}

func TestZoneName(t *testing.T) {
	for zone, want := range map[string]string{"Europe/Madrid": "CET", "America/Sao_Paulo": "UTC-03:00", "Asia/Kathmandu": "UTC+05:45", "UTC": "UTC"} {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := ZoneName(time.Date(2026, 1, 15, 12, 0, 0, 0, place)); got != want {
			t.Errorf("the clock of %s is called %s, not %s", zone, got, want)
		}
	}
	if got := ZoneName(time.Date(2026, 1, 15, 12, 0, 0, 0, time.FixedZone("", 3600))); got != "UTC+01:00" {
		t.Errorf("a clock without a name is called %s", got)
	}
}
