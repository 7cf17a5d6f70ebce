package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestClock(t *testing.T) {
	noon := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	// at opens a shop whose store says what time it is, with 10 units that came at noon.
	at := func(t *testing.T) (s *shop, set func(time.Time)) {
		s = openShop(t, ledger.Config{})
		clock := noon
		s.now = func() time.Time { return clock }
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 10))
		return s, func(now time.Time) { clock = now }
	}
	// lastRecorded is when the last commit was.
	lastRecorded := func(s *shop) time.Time {
		headers := s.commits[len(s.commits)-1].Headers
		return headers[len(headers)-1].RecordedAt
	}

	scene(t, "is the store's, not the computer's", func(t *testing.T) {
		s, set := at(t)
		set(noon.Add(time.Second))
		held := mustSubmit(t, as("anna"), s, hold("milan", "red-42", 1))
		equal(t, "recorded", held.RecordedAt, noon.Add(time.Second))
		equal(t, "expires", held.ExpiresAt, noon.Add(time.Second+time.Hour))
		equal(t, "transaction", lastRecorded(s), noon.Add(time.Second))
		equal(t, "event", s.commits[1].Events[0].RecordedAt, noon.Add(time.Second))
		equal(t, "outcome", s.commits[1].Outcomes[0].RecordedAt, noon.Add(time.Second))
	})

	scene(t, "never runs backwards for a position, whatever the store's does", func(t *testing.T) {
		s, set := at(t)
		for _, skew := range []time.Duration{-time.Hour, time.Minute, -time.Microsecond, 2 * time.Minute, 0} {
			before := lastRecorded(s)
			set(noon.Add(skew))
			mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1))
			want := noon.Add(skew)
			if want.Before(before) {
				want = before
			}
			equal(t, "recorded with a clock at "+skew.String(), lastRecorded(s), want)
		}
	})

	scene(t, "is the latest of all rows of the batch, for all of it", func(t *testing.T) {
		s, set := at(t)
		set(noon.Add(time.Hour))
		mustSubmit(t, as("anna"), s, receive("milan", "blue-40", 1))
		set(noon)
		cmd := receive("milan", "red-42", 1)
		cmd.Lines = append(cmd.Lines, retail.Line{SKU: "blue-40", Quantity: 1})
		equal(t, "recorded", mustSubmit(t, as("anna"), s, cmd).RecordedAt, noon.Add(time.Hour))
	})

	scene(t, "a row that the batch did not lock does not move it", func(t *testing.T) {
		s, set := at(t)
		set(noon.Add(time.Hour))
		mustSubmit(t, as("anna"), s, receive("milan", "blue-40", 1))
		set(noon)
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1))
		equal(t, "recorded", lastRecorded(s), noon)
	})

	t.Run("a hold is over at the very instant it expires", func(t *testing.T) {
		expiry := noon.Add(time.Hour)
		sweeping := func(h retail.Hold) retail.EndHold {
			cmd := release(h)
			cmd.Sweep = true
			return cmd
		}
		for _, c := range []struct {
			sentence string
			at       time.Time
			cmd      func(retail.Hold) retail.EndHold
			state    retail.HoldState // empty: not ended
			reason   retail.Reason    // empty: stale
		}{
			{"it is released just before", expiry.Add(-time.Microsecond), release, retail.StateReleased, ""},
			{"it is not swept just before", expiry.Add(-time.Microsecond), sweeping, "", ""},
			{"it is not released at the instant", expiry, release, "", retail.HoldExpired},
			{"it is swept at the instant", expiry, sweeping, retail.StateExpired, ""},
			{"it is not released later", expiry.Add(time.Microsecond), release, "", retail.HoldExpired},
		} {
			scene(t, c.sentence, func(t *testing.T) {
				s, set := at(t)
				held := mustSubmit(t, as("anna"), s, hold("milan", "red-42", 4))
				set(c.at)
				ended, err := ledger.Submit(as("anna"), s.engine, c.cmd(held))
				switch {
				case c.state != "":
					equal(t, "state", ended.State, c.state)
					equal(t, "units", s.available("milan", "red-42"), 10)
				case c.reason != "":
					wantRefusal(t, err, c.reason)
				case !errors.Is(err, ledger.ErrStale):
					t.Errorf("answered %v, want stale", err)
				}
			})
		}
	})

	scene(t, "a hold that another row's time puts past its end is over, whatever the store's clock says", func(t *testing.T) {
		s, set := at(t)
		held := mustSubmit(t, as("anna"), s, hold("milan", "red-42", 4))
		set(noon.Add(2 * time.Hour))
		mustSubmit(t, as("anna"), s, receive("milan", "red-42", 1))
		set(noon)
		_, err := ledger.Submit(as("anna"), s.engine, release(held))
		wantRefusal(t, err, retail.HoldExpired)
	})
}
