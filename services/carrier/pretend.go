package carrier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"codeberg.org/go-pdf/fpdf"

	"github.com/aisle-retail/aisle/services/retail"
)

// What Pretend makes of services; it takes any other as its usual one.
const (
	PretendDeclined      = "test_declined"       // there is no label
	PretendLost          = "test_lost"           // each thing is done, and the first answer to it is lost
	PretendCancelRefused = "test_cancel_refused" // the label is not taken back
)

// errLost is what a caller sees whose answer was lost on the way.
var errLost = errors.New("carrier: the answer was lost")

// Pretend is a carrier that carries nothing. What it answers follows from what it is asked: its book is in memory, and a label of before it
// began is known by its reference, so that a process that starts again goes on.
type Pretend struct {
	mu sync.Mutex
	// answers are what was answered under each key, and lost those whose answer was lost once.
	answers map[string]Answer
	lost    map[string]bool
	// to is whom the labels are for, by reference.
	to    map[string]Shipment
	deeds []Done
}

// Done is one line of its book: a label that it made or took back, and not what it refused.
type Done struct {
	Key, Reference string
	Cancelled      bool
}

// NewPretend returns one.
func NewPretend() *Pretend {
	return &Pretend{answers: map[string]Answer{}, lost: map[string]bool{}, to: map[string]Shipment{}}
}

// Name names it.
func (*Pretend) Name() string { return "test" }

// Book is what it did, in order.
func (p *Pretend) Book() []Done {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Done(nil), p.deeds...)
}

// do answers under a key, and what it does it does once.
func (p *Pretend) do(key, service string, cancels bool, decide func() Answer) (Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, known := p.answers[key]
	if !known {
		answer = decide()
		p.answers[key] = answer
		if !answer.Declined {
			p.deeds = append(p.deeds, Done{Key: key, Reference: answer.Reference, Cancelled: cancels})
		}
	}
	if service == PretendLost && !p.lost[key] {
		p.lost[key] = true
		return Answer{}, errLost
	}
	return answer, nil
}

// Prices of Pretend, in minor units of the sender's currency: so much for a parcel, and so much for each kilogram that is begun.
const (
	parcelMinor   = 450
	kilogramMinor = 40
)

// Label makes a label.
func (p *Pretend) Label(_ context.Context, s Shipment) (Answer, error) {
	return p.do(s.Key, s.Service, false, func() Answer {
		if s.Service == PretendDeclined {
			return Answer{Declined: true, Problem: retail.ProblemAddress, Words: "Nobody goes to " + s.To.Address.Street + "."}
		}
		answer := Answer{
			Reference: "test_" + s.Label.String() + "_" + s.Service, Carrier: "Pretend Post", Tracking: tracking(s.Label, s.From.Address.CountryCode),
			PriceMinor: parcelMinor + (s.WeightGrams+999)/1000*kilogramMinor, Currency: s.From.Currency,
		}
		if len(answer.Reference) > TextMax {
			return Answer{Declined: true, Problem: retail.ProblemService}
		}
		p.to[answer.Reference] = s
		return answer
	})
}

// Find returns the label that it made under a key.
func (p *Pretend) Find(_ context.Context, key string) (Answer, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, known := p.answers[key]
	return answer, known && !answer.Declined, nil
}

// Cancel takes a label back.
func (p *Pretend) Cancel(_ context.Context, key, reference string) (Answer, error) {
	_, service := named(reference)
	return p.do(key, service, true, func() Answer {
		if service == PretendCancelRefused {
			return Answer{Declined: true, Problem: retail.ProblemUnderWay, Words: "the parcel was scanned"}
		}
		return Answer{Reference: reference}
	})
}

// named is which label a reference is of, and its service.
func named(reference string) (label retail.ID, service string) {
	text, service, _ := strings.Cut(strings.TrimPrefix(reference, "test_"), "_")
	label, _ = retail.ParseID(text) // zero: it is none of its own
	return label, service
}

// weights of the digits of a number in the form S10.
var weights = [8]int{8, 6, 4, 2, 3, 5, 9, 7}

// tracking is the number of a parcel in the form S10 of the Universal Postal Union: a kind of service, eight digits and the digit that checks
// them, and a country.
func tracking(label retail.ID, country string) string {
	if len(country) != 2 {
		country = "ES"
	}
	hash := sha256.Sum256(label[:])
	serial := fmt.Sprintf("%08d", binary.BigEndian.Uint32(hash[:])%100_000_000)
	return "CA" + serial + fmt.Sprint(checkDigit(serial)) + country
}

// checkDigit checks eight digits: 11 less the rest of their weighted sum by 11, of which 10 is written as 0 and 11 as 5.
func checkDigit(serial string) int {
	sum := 0
	for i, weight := range weights {
		sum += int(serial[i]-'0') * weight
	}
	switch digit := 11 - sum%11; digit {
	case 10:
		return 0
	case 11:
		return 5
	default:
		return digit
	}
}

// Document draws the label as a page of 10 by 15 centimetres. Whom it is for is said as long as the process runs that made it.
func (p *Pretend) Document(_ context.Context, reference string) (Document, error) {
	label, _ := named(reference)
	p.mu.Lock()
	s := p.to[reference]
	p.mu.Unlock()
	lines := []string{
		"PRETEND POST - NOT FOR CARRIAGE", tracking(label, s.From.Address.CountryCode), "", s.To.Name, s.To.Address.Street,
		strings.TrimSpace(s.To.Address.PostalCode + " " + s.To.Address.City), s.To.Address.CountryCode, "", "Order " + s.OrderNumber,
		"From " + s.From.Name, s.From.Address.OneLine(),
	}
	text, err := page(lines)
	return Document{MediaType: "application/pdf", Bytes: text}, err
}

// page is a PDF of one page with lines of text, in a font that every reader has.
func page(lines []string) ([]byte, error) {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: 100, Ht: 150}})
	pdf.SetCompression(false)
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 11)
	pdf.MultiCell(0, 5, pdf.UnicodeTranslatorFromDescriptor("")(strings.Join(lines, "\n")), "", "L", false)
	var b bytes.Buffer
	err := pdf.Output(&b)
	return b.Bytes(), err
}
