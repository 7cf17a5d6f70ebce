package retail

import (
	"strings"
	"time"
)

// OpenCase is an open oversell case as it is shown, with the holds at its position that it puts at risk.
type OpenCase struct {
	Location, SKU string
	OversellCase
	// ShortAhead is the open units of older cases at the position: the newest holds answer for those first.
	ShortAhead int64
	// Holds are the holds in force at the position, newest first.
	Holds []HeldUnits
}

// CaseMark is where a page of cases ended.
type CaseMark struct {
	OpenedAt    time.Time `json:"at"`
	SKU         string    `json:"sku"`
	Transaction ID        `json:"id"`
}

// HeldUnits is what one hold keeps of one position.
type HeldUnits struct {
	Hold  ID
	Units int64
}

// Order returns the id of the order whose sale opened the case, or nothing.
func (c OpenCase) Order() string {
	order, found := strings.CutPrefix(c.Cause, OrderPrefix)
	if !found {
		return ""
	}
	return order
}

// AtRisk returns the holds that can't be kept if nothing arrives: the newest, as many as it takes to cover the units that
// are short up to and with this case.
func (c OpenCase) AtRisk() []ID {
	var at []ID
	covered := int64(0)
	for _, held := range c.Holds {
		if covered >= c.ShortAhead+c.OpenUnits {
			break
		}
		if covered += held.Units; covered > c.ShortAhead {
			at = append(at, held.Hold)
		}
	}
	return at
}

// clockSkew is how far a till's clock may be ahead of ours.
const clockSkew = 5 * time.Minute

// OccurredAt checks when a caller says that something happened in the shop: not in the future, beyond what clocks differ,
// and not before there were tills. A caller that does not say leaves it to the moment of recording.
func OccurredAt(given bool, at, now time.Time) (time.Time, error) {
	switch {
	case !given:
		return time.Time{}, nil
	case at.After(now.Add(clockSkew)):
		return time.Time{}, RefuseField(InvalidRequest, "occurred_at", "lies in the future: %s", at.Format(time.RFC3339))
	case at.Year() < 1970:
		return time.Time{}, RefuseField(InvalidRequest, "occurred_at", "lies before 1970: %s", at.Format(time.RFC3339))
	}
	return at.Truncate(time.Microsecond), nil
}
