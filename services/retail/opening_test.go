package retail

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// madrid is a store that is open from Monday to Saturday, over two spans on Saturdays, and on one Sunday before Christmas.
func madrid() Location {
	l := Location{Code: "madrid", LeadTime: 3 * time.Hour}
	for day := int32(1); day <= 5; day++ {
		l.OpeningHours = append(l.OpeningHours, OpeningHours{day, "10:00", "20:00"})
	}
	l.OpeningHours = append(l.OpeningHours, OpeningHours{6, "17:00", "20:00"}, OpeningHours{6, "10:00", "14:00"})
	l.SpecialDays = []SpecialDay{
		{Date: "2026-12-20", Name: "Sunday before Christmas", Hours: []DayHours{{"11:00", "19:00"}}},
		{Date: "2026-12-24", Hours: []DayHours{{"10:00", "14:00"}}}, {Date: "2026-12-25", Name: "Christmas"}, {Date: "2026-12-26"},
	}
	return l
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestOpening reads the clock of the place: "2026-11-27 21:30" is what people there see.
func TestOpening(t *testing.T) {
	always := Location{SpecialDays: nil}
	for day := int32(1); day <= 7; day++ {
		always.OpeningHours = append(always.OpeningHours, OpeningHours{day, "00:00", "24:00"})
	}
	bar := Location{OpeningHours: []OpeningHours{{5, "18:00", "24:00"}, {6, "00:00", "02:00"}}}
	night := Location{OpeningHours: []OpeningHours{{7, "01:00", "06:00"}}}
	for _, c := range []struct {
		name          string
		place         Location
		now           string
		open          bool
		closes, opens string
		ready         string // by the lead time
	}{
		{"a Friday morning", madrid(), "2026-11-27 11:00", true, "2026-11-27 20:00", "", "2026-11-27 14:00"},
		{"the instant it opens", madrid(), "2026-11-27 10:00", true, "2026-11-27 20:00", "", "2026-11-27 13:00"},
		{"the instant it closes", madrid(), "2026-11-27 20:00", false, "", "2026-11-28 10:00", "2026-11-28 13:00"},
		{"what is ready as it closes is ready when it opens", madrid(), "2026-11-27 17:00", true, "2026-11-27 20:00", "", "2026-11-28 10:00"},
		{"over night", madrid(), "2026-11-27 19:00", true, "2026-11-27 20:00", "", "2026-11-28 12:00"},
		{"between two spans", madrid(), "2026-11-28 15:00", false, "", "2026-11-28 17:00", "2026-11-30 10:00"},
		{"over the Sunday", madrid(), "2026-11-28 19:30", true, "2026-11-28 20:00", "", "2026-11-30 12:30"},
		{"a Sunday that is special", madrid(), "2026-12-20 12:00", true, "2026-12-20 19:00", "", "2026-12-20 15:00"},
		{"Christmas Eve, which is short", madrid(), "2026-12-24 13:00", true, "2026-12-24 14:00", "", "2026-12-28 12:00"},
		{"Christmas, and the weekend after", madrid(), "2026-12-25 12:00", false, "", "2026-12-28 10:00", "2026-12-28 13:00"},
		{"around the clock", always, "2026-11-27 11:00", true, "", "", "2026-11-27 13:00"},
		{"past midnight", bar, "2026-11-27 23:00", true, "2026-11-28 02:00", "", "2026-11-28 01:00"},
		{"after midnight", bar, "2026-11-28 01:00", true, "2026-11-28 02:00", "", "2026-12-04 19:00"},
		{"never", Location{SpecialDays: []SpecialDay{{Date: "2020-01-01"}}}, "2026-11-27 11:00", false, "", "", ""},
		{"without hours", Location{LeadTime: time.Hour}, "2026-11-27 11:00", false, "", "", "2026-11-27 12:00"},
		// The clocks went back on 2026-10-25 at 03:00, so that the night was an hour longer, and forward on 2026-03-29 at 02:00.
		{"the long night", night, "2026-10-24 12:00", false, "", "2026-10-25 01:00", "2026-10-25 02:00"},
		{"the short night", Location{LeadTime: 3 * time.Hour, OpeningHours: night.OpeningHours}, "2026-03-28 12:00", false, "", "2026-03-29 01:00", "2026-03-29 05:00"},
		{"the day of a change", madrid(), "2026-03-28 19:30", true, "2026-03-28 20:00", "", "2026-03-30 12:30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone := zone(t, "Europe/Madrid")
			at := func(text string) time.Time {
				if text == "" {
					return time.Time{}
				}
				at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
				if err != nil {
					t.Fatal(err)
				}
				return at
			}
			now := at(c.now).UTC() // the server's clock is none of the place's business
			got := c.place.OpeningAt(now, zone)
			if got.Open != c.open || !got.Closes.Equal(at(c.closes)) || !got.Opens.Equal(at(c.opens)) {
				t.Errorf("it is %+v", got)
			}
			ready, opens := c.place.ReadyAt(now, zone)
			if want := at(c.ready); !ready.Equal(want) && c.name != "the long night" || opens != (c.ready != "") {
				t.Errorf("a pickup is ready at %s", ready.In(zone))
			}
		})
	}
	t.Run("an hour that comes twice counts twice", func(t *testing.T) {
		zone := zone(t, "Europe/Madrid")
		l := Location{LeadTime: 3 * time.Hour, OpeningHours: night.OpeningHours}
		ready, _ := l.ReadyAt(time.Date(2026, 10, 24, 12, 0, 0, 0, zone), zone)
		if want := time.Date(2026, 10, 25, 2, 0, 0, 0, time.UTC); !ready.Equal(want) { // 01:00 +02:00, and three hours
			t.Errorf("ready at %s, not %s", ready, want.In(zone))
		}
	})
}

// TestKeptUntil is when who wants something kept has to come for it, as people there say it.
func TestKeptUntil(t *testing.T) {
	local := zone(t, "Europe/Madrid")
	bar := Location{OpeningHours: []OpeningHours{{5, "18:00", "24:00"}, {6, "00:00", "02:00"}}}
	always := Location{}
	for day := int32(1); day <= 7; day++ {
		always.OpeningHours = append(always.OpeningHours, OpeningHours{day, "00:00", "24:00"})
	}
	for _, c := range []struct {
		name       string
		place      Location
		now, until string
	}{
		{"a Friday morning", madrid(), "2026-11-27 11:00", "2026-11-27 20:00"},
		{"before it opens", madrid(), "2026-11-27 06:00", "2026-11-27 20:00"},
		{"two hours before it closes", madrid(), "2026-11-27 18:00", "2026-11-27 20:00"},
		{"less than that", madrid(), "2026-11-27 18:01", "2026-11-28 20:00"},
		{"after it closed", madrid(), "2026-11-27 21:00", "2026-11-28 20:00"},
		{"breaks do not count", madrid(), "2026-11-28 10:30", "2026-11-28 20:00"},
		{"in a break", madrid(), "2026-11-28 15:00", "2026-11-28 20:00"},
		{"over the Sunday", madrid(), "2026-11-28 19:30", "2026-11-30 20:00"},
		{"Christmas Eve, which is short", madrid(), "2026-12-24 11:00", "2026-12-24 14:00"},
		{"Christmas, and the weekend after", madrid(), "2026-12-24 13:00", "2026-12-28 20:00"},
		{"past midnight", bar, "2026-11-27 23:00", "2026-11-28 02:00"},
		{"shortly before it closes past midnight", bar, "2026-11-28 01:00", "2026-12-05 02:00"},
		{"over a day of 25 hours", madrid(), "2026-10-24 19:00", "2026-10-26 20:00"},
		{"around the clock", always, "2026-11-27 11:00", ""},
		{"without hours", Location{}, "2026-11-27 11:00", ""},
		{"never open", Location{SpecialDays: []SpecialDay{{Date: "2020-01-01"}}}, "2026-11-27 11:00", ""},
		{"not for longer than a month", Location{SpecialDays: []SpecialDay{{Date: "2026-12-30", Hours: []DayHours{{"10:00", "14:00"}}}}}, "2026-11-27 11:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.ParseInLocation("2006-01-02 15:04", c.now, local)
			if err != nil {
				t.Fatal(err)
			}
			until, kept := c.place.KeptUntil(now.UTC(), local)
			if got := until.In(local).Format("2006-01-02 15:04"); kept != (c.until != "") || kept && got != c.until {
				t.Errorf("kept until %s, %v", got, kept)
			}
		})
	}
}

// TestReadyWhileOpen draws hours and instants: what is ready is ready at a time when the place is open, and not before its lead time
// has passed.
func TestReadyWhileOpen(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Europe/Madrid"), zone(t, "America/New_York"), zone(t, "Australia/Lord_Howe"), zone(t, "Asia/Kathmandu")}
	times := []string{"00:00", "01:30", "02:30", "09:00", "12:00", "17:15", "24:00"}
	rapid.Check(t, func(t *rapid.T) {
		l := Location{LeadTime: time.Duration(rapid.IntRange(1, 40*60).Draw(t, "minutes")) * time.Minute}
		for range rapid.IntRange(1, 6).Draw(t, "spans") {
			from := rapid.IntRange(0, len(times)-2).Draw(t, "from")
			l.OpeningHours = append(l.OpeningHours, OpeningHours{
				rapid.Int32Range(1, 7).Draw(t, "weekday"), times[from], times[rapid.IntRange(from+1, len(times)-1).Draw(t, "until")],
			})
		}
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		now := time.Date(2026, 1, 1, 0, rapid.IntRange(0, 365*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		ready, opens := l.ReadyAt(now, zone)
		if !opens {
			t.Skip("it is open too little")
		}
		if ready.Sub(now) < l.LeadTime || !l.OpeningAt(ready, zone).Open {
			t.Fatalf("ordered at %s, ready at %s, when it is %+v", now.In(zone), ready.In(zone), l.OpeningAt(ready, zone))
		}
	})
}

// TestPromises promises pickups by the clock of the place, whose day is an hour longer or shorter when the clocks change.
func TestPromises(t *testing.T) {
	shop := Location{Code: "madrid", LeadTime: 4 * time.Hour, OpeningHours: []OpeningHours{{6, "10:00", "22:00"}, {7, "00:00", "09:00"}}}
	for _, c := range []struct {
		name, at, promised string
		method             Method
	}{
		{"a pickup", "2026-10-17T10:00:00+02:00", "2026-10-17T14:00:00+02:00", PickUp},
		{"over midnight", "2026-10-17T21:00:00+02:00", "2026-10-18T03:00:00+02:00", PickUp},
		// From midnight it takes three hours more: 02:00 comes twice in one night, and does not come in the other.
		{"in the long night", "2026-10-24T21:00:00+02:00", "2026-10-25T02:00:00+01:00", PickUp},
		{"in the short night", "2027-03-27T21:00:00+01:00", "2027-03-28T04:00:00+02:00", PickUp},
		{"no finer than is kept", "2026-10-17T10:00:00.123456789+02:00", "2026-10-17T14:00:00.123456+02:00", PickUp},
		{"no shipment", "2026-10-17T10:00:00+02:00", "0001-01-01T00:00:00Z", Ship},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339Nano, c.at)
			if err != nil {
				t.Fatal(err)
			}
			got := shop.Promises(c.method, at.UTC(), zone(t, "Europe/Madrid"))
			if want, _ := time.Parse(time.RFC3339Nano, c.promised); !got.Equal(want) {
				t.Errorf("promised for %s", got.In(zone(t, "Europe/Madrid")))
			}
		})
	}
	t.Run("nothing where it does not open", func(t *testing.T) {
		shut := Location{SpecialDays: []SpecialDay{{Date: "2020-01-01"}}}
		if got := shut.Promises(PickUp, time.Now(), time.UTC); !got.IsZero() {
			t.Errorf("promised for %s", got)
		}
	})
}
