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
