package retail

import "time"

// ReportDaysMax is the longest time that a report covers: a year, and as many days more as it takes to compare it with the last.
const ReportDaysMax = 400

// ReportDays reads the first and the last UTC day of a report, of the request's fields from_day and until_day. It ends before the day
// after the last.
func ReportDays(first, last string) (from, until time.Time, err error) {
	for _, day := range []struct {
		text, field string
		into        *time.Time
	}{{first, "from_day", &from}, {last, "until_day", &until}} {
		if *day.into, err = time.Parse(time.DateOnly, day.text); err != nil {
			return from, until, RefuseField(InvalidRequest, day.field, "%s is no day, such as 2026-11-27", day.text)
		}
	}
	switch {
	case until.Before(from):
		return from, until, RefuseField(InvalidRequest, "until_day", "is before from_day")
	case until.After(from.AddDate(0, 0, ReportDaysMax)):
		return from, until, RefuseField(InvalidRequest, "until_day", "is more than %d days after from_day", ReportDaysMax)
	}
	return from, until.AddDate(0, 0, 1), nil
}

// Liability is what is owed by one kind of stored value in one currency, and what made it so from one time to another.
type Liability struct {
	// Kind is the tender that it is spent by: GiftCard or StoreCredit.
	Kind, Currency string
	// OpeningMinor is what was owed at first. IssuedMinor is what cards were sold for, and ToppedUpMinor what was put on them later.
	OpeningMinor, IssuedMinor, ToppedUpMinor int64
	// RefundedMinor was given back to it, SpentMinor was paid with it, and ReturnedMinor is what cards were worth that came back as goods.
	// ExpiredMinor was on cards that expired, and is ours.
	RefundedMinor, SpentMinor, ReturnedMinor, ExpiredMinor int64
	// Open is how many accounts anything was left on in the end.
	Open int64
}

// OutstandingMinor is what was owed in the end.
func (l Liability) OutstandingMinor() int64 {
	return l.OpeningMinor + l.IssuedMinor + l.ToppedUpMinor + l.RefundedMinor - l.SpentMinor - l.ReturnedMinor - l.ExpiredMinor
}
