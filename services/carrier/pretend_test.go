package carrier_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

func shipment(service string) carrier.Shipment {
	label := ledger.NewID()
	return carrier.Shipment{
		Key: "aisle/" + label.String() + "/1", Label: label, OrderNumber: "7Q4K", Service: service, WeightGrams: 1200,
		From: retail.Location{Name: "Gràcia", Currency: "EUR", Address: retail.Address{CountryCode: "ES"}},
		To:   retail.Recipient{Name: "Ada (home)", Address: retail.Address{Street: "Carrer Major 1", PostalCode: "08012", City: "Barcelona"}},
	}
}

func TestPretend(t *testing.T) {
	p := carrier.NewPretend()
	s10 := regexp.MustCompile(`^CA([0-9]{8})([0-9])ES$`)
	t.Run("makes one label for a key, with a number that checks", func(t *testing.T) {
		for range 200 {
			s := shipment("")
			answer, err := p.Label(t.Context(), s)
			again, _ := p.Label(t.Context(), s)
			if err != nil || answer != again || answer.PriceMinor != 450+2*40 || answer.Currency != "EUR" || answer.Carrier == "" {
				t.Fatalf("it answered %+v, %v, and then %+v", answer, err, again)
			}
			digits := s10.FindStringSubmatch(answer.Tracking)
			if digits == nil {
				t.Fatalf("%s is no number in the form S10", answer.Tracking)
			}
			sum := 0
			for i, weight := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
				sum += weight * int(digits[1][i]-'0')
			}
			want := map[int]string{0: "5", 1: "0"}[sum%11]
			if sum%11 > 1 {
				want = string(rune('0' + 11 - sum%11))
			}
			if digits[2] != want {
				t.Fatalf("%s should check by %s", answer.Tracking, want)
			}
		}
		if got := len(p.Book()); got != 200 {
			t.Errorf("%d labels stand in its book", got)
		}
	})
	t.Run("draws what is stuck on the parcel", func(t *testing.T) {
		answer, err := p.Label(t.Context(), shipment(""))
		if err != nil {
			t.Fatal(err)
		}
		document, err := p.Document(t.Context(), answer.Reference)
		text := string(document.Bytes)
		if err != nil || document.MediaType != "application/pdf" || !strings.HasPrefix(text, "%PDF-1.") || !strings.Contains(text, answer.Tracking) ||
			!strings.Contains(text, `Ada \(home\)`) {
			t.Errorf("it is %s, %v: %q", document.MediaType, err, text)
		}
		_, err = carrier.NewPretend().Document(t.Context(), answer.Reference)
		if err != nil {
			t.Errorf("one that began anew: %v", err)
		}
	})
	t.Run("does what its services say", func(t *testing.T) {
		if answer, err := p.Label(t.Context(), shipment(carrier.PretendDeclined)); err != nil || !answer.Declined || answer.Problem == "" {
			t.Errorf("it did not decline: %+v, %v", answer, err)
		}
		if _, found, err := p.Find(t.Context(), "never asked"); err != nil || found {
			t.Errorf("it found what it was never asked for: %v", err)
		}
		long, err := p.Label(t.Context(), shipment(strings.Repeat("é", 50)))
		if err != nil || !long.Declined || long.Problem == "" {
			t.Errorf("by a service that it can't name: %+v, %v", long, err)
		}
		lost := shipment(carrier.PretendLost)
		before := len(p.Book())
		if _, err := p.Label(t.Context(), lost); err == nil {
			t.Error("its answer was not lost")
		}
		if made, found, err := p.Find(t.Context(), lost.Key); err != nil || !found || made.Reference == "" {
			t.Errorf("it does not find what it made: %+v, %v", made, err)
		}
		answer, err := p.Label(t.Context(), lost)
		if err != nil || answer.Reference == "" || len(p.Book()) != before+1 {
			t.Errorf("asked again it answered %+v, %v", answer, err)
		}
		kept, err := p.Label(t.Context(), shipment(carrier.PretendCancelRefused))
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := p.Cancel(t.Context(), "1", kept.Reference); err != nil || !answer.Declined {
			t.Errorf("it took back %+v, %v", answer, err)
		}
		usual, _ := p.Label(t.Context(), shipment(""))
		if answer, err := carrier.NewPretend().Cancel(t.Context(), "2", usual.Reference); err != nil || answer.Declined {
			t.Errorf("one that began anew did not take back %+v, %v", answer, err)
		}
	})
}
