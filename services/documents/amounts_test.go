package documents

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aisle-retail/aisle/services/locale"
	"github.com/aisle-retail/aisle/services/retail"
)

// shownAmounts sums what a document shows, read back from its texts, in minor units with the sign as shown.
type shownAmounts struct {
	net, gross, taxedNet, tax int64
}

func (s *shownAmounts) addLine(t *testing.T, of retail.Invoice, net, gross string) {
	t.Helper()
	s.net += minor(t, net, of.Currency)
	s.gross += minor(t, gross, of.Currency)
}

func (s *shownAmounts) addTax(t *testing.T, of retail.Invoice, net, tax string) {
	t.Helper()
	s.taxedNet += minor(t, net, of.Currency)
	s.tax += minor(t, tax, of.Currency)
}

// compare proves that lines, taxes and totals agree with each other and with the invoice.
func (s *shownAmounts) compare(t *testing.T, of retail.Invoice, net, tax, total string) {
	t.Helper()
	net64, tax64 := minor(t, net, of.Currency), minor(t, tax, of.Currency)
	total64 := minor(t, strings.TrimSuffix(total, " "+of.Currency), of.Currency)
	if s.net != net64 || s.taxedNet != net64 || s.tax != tax64 || s.gross != total64 || net64+tax64 != total64 {
		t.Errorf("shows net %s, tax %s, total %s, and in its tables %+v", net, tax, total, *s)
	}
	sign := int64(1)
	if of.Kind.Rectifies() {
		sign = -1
	}
	if want := of.Totals(); total64 != sign*want.Gross || net64 != sign*want.Net || tax64 != sign*want.Tax {
		t.Errorf("shows net %s, tax %s, total %s of %+v", net, tax, total, want)
	}
}

// minor reads an amount as a person would.
func minor(t *testing.T, shown, currency string) int64 {
	t.Helper()
	exponent, _ := retail.CurrencyExponent(currency)
	text := strings.ReplaceAll(strings.Replace(shown, locale.Minus, "-", 1), ",", "")
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || len(fraction) != exponent {
		t.Fatalf("%q is no amount of %s", shown, currency)
	}
	return n
}

func TestShares(t *testing.T) {
	for ppm, want := range map[int32]string{
		0: "0%", 210000: "21%", 52000: "5.2%", 5200: "0.52%", 1: "0.0001%", 1_000_000: "100%", 100_000: "10%", 76_875: "7.6875%",
	} {
		if got := english.share(ppm); got != want {
			t.Errorf("%d ppm is %s, want %s", ppm, got, want)
		}
	}
	spanish := english
	spanish.Decimal, spanish.Group, spanish.percent = ",", ".", "%s %%"
	if got := spanish.share(52000); got != "5,2 %" {
		t.Errorf("with commas: %s", got)
	}
}

// TestPartOfALineBelowZero is about a run of units to which the cut of the line gives tax but no gross: its net is below zero.
func TestPartOfALineBelowZero(t *testing.T) {
	odd := item("One of seven", "X", 1, -1, 1, "es-standard", 210000)
	for kind, want := range map[retail.InvoiceKind][2]string{
		retail.InvoiceSimplified: {"−0.01", "0.01"}, retail.InvoiceRectificativeSimplified: {"0.01", "−0.01"},
	} {
		s, err := newSheet(document(kind, "EUR", odd), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Sums.BeforeTax != want[0] || s.Sums.Tax != want[1] || s.Sums.Total != "0.00" {
			t.Errorf("%s shows %+v, want %v and 0.00: nothing is never below zero", kind, s.Sums, want)
		}
	}
}

func TestMoments(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, zone := range map[string]*time.Location{
		"2 January 2026, 03:04 UTC":         time.UTC,
		"2 January 2026, 04:04 CET":         barcelona,
		"1 January 2026, 23:34 UTC-03:30":   time.FixedZone("", -(3*60+30)*60),
		"2 January 2026, 00:04 UTC-03:00":   time.FixedZone("-03", -3*3600),
		"2 January 2026, 04:04 <Mars> Time": time.FixedZone("<Mars>\n\u202eTime", 3600),
	} {
		if got := english.at(at.In(zone)); got != want {
			t.Errorf("is %s, want %s", got, want)
		}
	}
}
