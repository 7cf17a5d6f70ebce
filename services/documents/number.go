package documents

import (
	"fmt"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/locale"
)

// ppmDecimals: a percent is 10,000 parts per million.
const ppmDecimals = 4

// share writes parts per million as percent, exactly and without needless zeros: 210000 is 21%, 5200 is 0.52%.
func (w words) share(ppm int32) string {
	number := w.Fixed(int64(ppm), ppmDecimals)
	return fmt.Sprintf(w.percent, strings.TrimSuffix(strings.TrimRight(number, "0"), w.Decimal))
}

func (w words) day(t time.Time) string {
	return fmt.Sprintf(w.date, t.Day(), w.months[t.Month()-1], t.Year())
}

// at writes an instant with its zone, so that nobody has to guess what clock it is by.
func (w words) at(t time.Time) string {
	return fmt.Sprintf(w.moment, w.day(t), t.Format("15:04"), clean(locale.ZoneName(t)))
}
