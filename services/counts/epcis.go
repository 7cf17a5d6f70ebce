package counts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/aisle-retail/aisle/services/retail"
)

// What a document of EPCIS 2.0 says of what was seen, as far as counting reads it. Source: GS1 EPCIS 2.0, section 10 (JSON binding),
// ObjectEvent-JSON-Schema.json.

// Limits of a document.
const (
	// eventsMax is how many events it may have.
	eventsMax = 1000
	// seenMax is how many EPCs and classes all of them may have together.
	seenMax = 50_000
	// countableMax is how many units one class may be seen with.
	countableMax = 1_000_000_000
)

// observation is an event: what was seen, where and when.
type observation struct {
	// path is where it stands in the document.
	path string
	// id is its eventID, or made of what it says where it has none.
	id string
	// withdrawn is true where it declares that the event with its id was an error.
	withdrawn bool
	at        time.Time
	// readPoint and bizLocation are URIs; empty: not said.
	readPoint, bizLocation string
	lines                  []seen
}

// seen is one unit, or a number of units of a class.
type seen struct {
	path string
	retail.ReadingLine
}

// The parts of a document.
type (
	epcisDocument struct {
		Type          string          `json:"type"`
		SchemaVersion json.RawMessage `json:"schemaVersion"`
		Body          *struct {
			Events []json.RawMessage `json:"eventList"`
			Query  *struct {
				Results struct {
					Events []json.RawMessage `json:"eventList"`
				} `json:"resultsBody"`
			} `json:"queryResults"`
		} `json:"epcisBody"`
	}
	epcisEvent struct {
		Type        string          `json:"type"`
		Action      string          `json:"action"`
		EventID     string          `json:"eventID"`
		EventTime   string          `json:"eventTime"`
		Offset      string          `json:"eventTimeZoneOffset"`
		EPCs        *[]string       `json:"epcList"`
		Quantities  *[]epcisUnits   `json:"quantityList"`
		BizStep     string          `json:"bizStep"`
		ReadPoint   *epcisPlace     `json:"readPoint"`
		BizLocation *epcisPlace     `json:"bizLocation"`
		Error       json.RawMessage `json:"errorDeclaration"`
	}
	epcisUnits struct {
		Class    string      `json:"epcClass"`
		Quantity json.Number `json:"quantity"`
		Unit     string      `json:"uom"`
	}
	epcisPlace struct {
		ID string `json:"id"`
	}
)

// parseDocument reads an EPCIS document, or one event alone. What it can't be is refused with the event, and the line of it, named.
func parseDocument(text string) ([]observation, error) {
	const root = "document"
	var document epcisDocument
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, refuse(root, "is no EPCIS document in JSON: %v", err)
	}
	events, path := []json.RawMessage{json.RawMessage(text)}, func(int) string { return root }
	switch {
	case document.Body != nil:
		if version := strings.Trim(string(document.SchemaVersion), `"`); version != "" && version != "2" && !strings.HasPrefix(version, "2.") {
			return nil, refuse(root+".schemaVersion", "is %s, and what is read is version 2", version)
		}
		events, path = document.Body.Events, func(i int) string { return fmt.Sprintf("%s.epcisBody.eventList[%d]", root, i) }
		if query := document.Body.Query; query != nil && len(events) == 0 {
			events = query.Results.Events
			path = func(i int) string { return fmt.Sprintf("%s.epcisBody.queryResults.resultsBody.eventList[%d]", root, i) }
		}
	case document.Type != "ObjectEvent":
		return nil, refuse(root, "has no epcisBody, and is no ObjectEvent")
	}
	if len(events) > eventsMax {
		return nil, refuse(root, "has %d events, more than %d; send it in parts", len(events), eventsMax)
	}
	all, lines := make([]observation, 0, len(events)), 0
	for i, event := range events {
		one, err := parseEvent(event, path(i))
		if err != nil {
			return nil, err
		}
		if lines += len(one.lines); lines > seenMax {
			return nil, refuse(root, "says of more than %d things that they were seen; send it in parts", seenMax)
		}
		all = append(all, one)
	}
	return all, nil
}

func refuse(path, format string, args ...any) error {
	return retail.RefuseField(retail.InvalidRequest, path, format, args...)
}

// countingSteps are the business steps in which things are counted. Source: GS1 Core Business Vocabulary 2.0, section 7.1.
var countingSteps = map[string]bool{"": true, "cycle_counting": true, "stock_taking": true}

// vocabulary cuts a word of the vocabulary out of its URI, in either form.
func vocabulary(word, kind string) string {
	for _, prefix := range []string{"urn:epcglobal:cbv:" + strings.ToLower(kind) + ":", "https://ref.gs1.org/cbv/" + kind + "-", "cbv:" + kind + "-"} {
		if rest, found := strings.CutPrefix(word, prefix); found {
			return rest
		}
	}
	return word
}

func parseEvent(text json.RawMessage, path string) (observation, error) {
	o := observation{path: path}
	var event epcisEvent
	if err := json.Unmarshal(text, &event); err != nil {
		return o, refuse(path, "is no event: %v", err)
	}
	o.id, o.withdrawn = event.EventID, len(event.Error) > 0 && !bytes.Equal(event.Error, []byte("null"))
	switch {
	case event.Type != "ObjectEvent":
		return o, refuse(path+".type", "is %q; what is counted is an ObjectEvent", event.Type)
	case event.Action != "OBSERVE":
		return o, refuse(path+".action", "is %q; what is counted is observed: OBSERVE", event.Action)
	case !countingSteps[vocabulary(event.BizStep, "BizStep")]:
		return o, refuse(path+".bizStep", "is %s; what is counted is in cycle_counting or stock_taking", event.BizStep)
	case event.EPCs == nil && event.Quantities == nil && !o.withdrawn:
		return o, refuse(path, "has neither an epcList nor a quantityList")
	case len(o.id) > eventIDMax || !plain(o.id):
		return o, refuse(path+".eventID", "is longer than %d, or holds a control character", eventIDMax)
	}
	var err error
	if o.at, err = eventTime(event, path); err != nil {
		return o, err
	}
	if event.ReadPoint != nil {
		if o.readPoint = event.ReadPoint.ID; !plain(o.readPoint) {
			return o, refuse(path+".readPoint.id", "holds a control character")
		}
	}
	if event.BizLocation != nil {
		o.bizLocation = event.BizLocation.ID
	}
	if event.EPCs != nil {
		for i, epc := range *event.EPCs {
			line, err := seenTag(epc, fmt.Sprintf("%s.epcList[%d]", path, i))
			if err != nil {
				return o, err
			}
			o.lines = append(o.lines, line)
		}
	}
	if event.Quantities != nil {
		for i, units := range *event.Quantities {
			line, err := seenClass(units, fmt.Sprintf("%s.quantityList[%d]", path, i))
			if err != nil {
				return o, err
			}
			o.lines = append(o.lines, line)
		}
	}
	if o.id == "" {
		o.id = o.hash()
	}
	return o, nil
}

// plain tells whether a text has no control characters, which JSON can escape and Postgres does not keep.
func plain(text string) bool { return strings.IndexFunc(text, unicode.IsControl) < 0 }

// eventIDMax is how long the id of an event may be, in bytes.
const eventIDMax = 256

var zoneOffset = regexp.MustCompile(`^[+-](0\d|1[0-4]):[0-5]\d$`)

// eventTime is when an event happened. Its zone says which time people saw on the wall, and changes nothing.
func eventTime(event epcisEvent, path string) (time.Time, error) {
	if !zoneOffset.MatchString(event.Offset) {
		return time.Time{}, refuse(path+".eventTimeZoneOffset", "is %q, and no offset like +02:00", event.Offset)
	}
	at, err := time.Parse(time.RFC3339Nano, event.EventTime)
	if err != nil {
		return time.Time{}, refuse(path+".eventTime", "is %q, and no time with a zone", event.EventTime)
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

func seenTag(epc, path string) (seen, error) {
	tag, ok := retail.ParseTag(epc)
	if !ok {
		return seen{}, refuse(path, "%.100q can't be an EPC", epc)
	}
	line := retail.ReadingLine{Code: tag.GTIN, Unit: tag.Unit, Quantity: 1}
	if tag.GTIN == "" {
		line.Code = tag.Unit
	}
	return seen{path, line}, nil
}

func seenClass(units epcisUnits, path string) (seen, error) {
	gtin, ok := retail.ParseTagClass(units.Class)
	if !ok {
		return seen{}, refuse(path+".epcClass", "%.100q is no class of a trade item", units.Class)
	}
	if units.Unit != "" && units.Unit != "EA" && units.Unit != "H87" { // UN/CEFACT recommendation 20: each, piece
		return seen{}, refuse(path+".uom", "is %s; what is counted is counted in pieces", units.Unit)
	}
	quantity, err := wholeNumber(units.Quantity)
	if err != nil {
		return seen{}, refuse(path+".quantity", "is %q, and no whole number from 0 to %d", units.Quantity, countableMax)
	}
	return seen{path, retail.ReadingLine{Code: gtin, Quantity: quantity}}, nil
}

// wholeNumber reads 3, and 3.0, which some write for it.
func wholeNumber(n json.Number) (int64, error) {
	whole, fraction, _ := strings.Cut(n.String(), ".")
	units, err := strconv.ParseInt(whole, 10, 64)
	if err == nil && (units < 0 || units > countableMax || strings.Trim(fraction, "0") != "" || strings.HasPrefix(whole, "-")) {
		err = strconv.ErrRange
	}
	return units, err
}

// hash makes an id of what an event says, so that one that comes twice without an eventID is one. It is not the hash of the Core
// Business Vocabulary, which covers parts that counting does not read.
func (o observation) hash() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%q %q\n", o.at.Format(time.RFC3339Nano), o.readPoint, o.bizLocation)
	for _, line := range o.lines {
		fmt.Fprintf(sum, "%q %q %d\n", line.Code, line.Unit, line.Quantity)
	}
	return "content:" + hex.EncodeToString(sum.Sum(nil))
}

// place reads the GLN of a location and what it is extended by: a shelf, a reader; none where a URI is of another kind. It is false
// where there should be a GLN and is none.
func place(uri string) (gln, extension string, ok bool) {
	if rest, found := strings.CutPrefix(uri, "urn:epc:id:sgln:"); found {
		parts := strings.SplitN(rest, ".", 3)
		if len(parts) != 3 || len(parts[0])+len(parts[1]) != 12 {
			return "", "", false
		}
		gln, ok = glnOf(parts[0] + parts[1])
		return gln, parts[2], ok
	}
	_, path, found := strings.Cut(uri, "/414/")
	if !found {
		return "", "", true
	}
	path, _, _ = strings.Cut(path, "?")
	gln, rest, _ := strings.Cut(path, "/")
	if _, ok = retail.GTIN14(gln); !ok || len(gln) != 13 {
		return "", "", false
	}
	extension, _ = strings.CutPrefix(rest, "254/")
	return gln, extension, true
}

// glnOf adds the check digit of a GLN, which is a GTIN-13's.
func glnOf(digits string) (string, bool) {
	for _, check := range "0123456789" {
		if _, ok := retail.GTIN14(digits + string(check)); ok {
			return digits + string(check), true
		}
	}
	return "", false
}
