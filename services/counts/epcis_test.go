package counts

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// noon is when the documents of the tests arrive.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestDocument(t *testing.T) {
	observed, err := parseDocument(file(t, "shelf_count.json"))
	if err != nil {
		t.Fatal(err)
	}
	events, err := eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{Location: "milan", Count: retail.ID{7}}, observed, "0614141073467", noon)
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		event, zone, at string
		lines           []retail.ReadingLine
	}
	var got []told
	for _, parts := range events {
		r := parts[0]
		got = append(got, told{r.EventID[:8], r.Zone, r.ReadAt.Format("15:04:05"), r.Lines})
	}
	want := []told{
		{"ni:///sh", "shelf-3", "09:33:31", []retail.ReadingLine{
			{Code: "10614141073464", Unit: "https://id.gs1.org/01/10614141073464/21/2017", Quantity: 1},
			{Code: "10614141073464", Unit: "https://id.gs1.org/01/10614141073464/21/2018", Quantity: 1},
			{Code: "10614141073464", Unit: "https://id.gs1.org/01/10614141073464/21/2018", Quantity: 1},
		}},
		{"urn:uuid", "", "09:40:00", []retail.ReadingLine{
			{Code: "04012345123456", Quantity: 20}, {Code: "04012345987652", Quantity: 3}, {Code: "04012345123456", Quantity: 0},
		}},
		{"content:", "https://example.com/back-room", "09:41:00", nil},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
		t.Error(diff)
	}
	t.Run("an event has the same id whenever it comes, and another in another count", func(t *testing.T) {
		again, _ := eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{Location: "milan", Count: retail.ID{7}}, observed, "", noon)
		other, _ := eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{Location: "milan", Count: retail.ID{8}}, observed, "", noon)
		for i := range events {
			if events[i][0].ID != again[i][0].ID || events[i][0].ID == other[i][0].ID {
				t.Errorf("event %d is %s, %s and %s", i, events[i][0].ID, again[i][0].ID, other[i][0].ID)
			}
		}
	})
	t.Run("an error declaration withdraws the event with its id", func(t *testing.T) {
		observed, err := parseDocument(file(t, "error_declaration.json"))
		if err != nil || len(observed) != 1 || !observed[0].withdrawn {
			t.Fatalf("%+v: %v", observed, err)
		}
		withdrawn, err := eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{Count: retail.ID{7}}, observed, "", noon)
		if err != nil || withdrawn[0][0].EventID != events[1][0].EventID || withdrawn[0][0].ID == events[1][0].ID || len(withdrawn[0][0].Lines) > 0 {
			t.Errorf("%+v: %v", withdrawn, err)
		}
	})
	t.Run("a large event is cut into parts, and parts into pieces", func(t *testing.T) {
		o := observation{id: "large", at: noon}
		for i := range 2500 {
			o.lines = append(o.lines, seen{ReadingLine: retail.ReadingLine{Code: "1", Unit: fmt.Sprint(i), Quantity: 1}})
		}
		events, err := eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{}, []observation{o, o, {id: "small", at: noon}}, "", noon)
		if err != nil || len(events[0]) != 3 || len(events[0][2].Lines) != 500 {
			t.Fatalf("%d parts: %v", len(events[0]), err)
		}
		pieces := piecesOf(retail.CountAct{}, events)
		if len(pieces) != 3 || len(pieces[2].Readings) != 2 || pieces[0].Transaction == pieces[1].Transaction {
			t.Errorf("%d pieces", len(pieces))
		}
		answer := &pb.ImportEpcisResponse{}
		for _, piece := range pieces {
			all := make([]bool, len(piece.Readings))
			for i := range all {
				all[i] = true
			}
			captureTo(answer, piece, retail.Captured{New: all})
		}
		if answer.GetUnits() != 2500 || answer.GetNewEvents() != 2 {
			t.Errorf("%v", answer)
		}
	})
}

// TestBadDocuments names the event and the line that can't be.
func TestBadDocuments(t *testing.T) {
	good := file(t, "shelf_count.json")
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("the document has no %s", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for _, c := range []struct{ says, text, field string }{
		{"what is no JSON", "{", "document"},
		{"what is no document", `{"type":"Order"}`, "document"},
		{"another version", change(`"2.0"`, `"1.2"`), "document.schemaVersion"},
		{"another kind of event", change(`"ObjectEvent"`, `"AggregationEvent"`), "document.epcisBody.eventList[0].type"},
		{"what was not observed", change(`"OBSERVE"`, `"ADD"`), "document.epcisBody.eventList[0].action"},
		{"what is no counting", change(`"cycle_counting"`, `"shipping"`), "document.epcisBody.eventList[0].bizStep"},
		{"an EPC that can't be", change("0614141.107346.2017", "0614141.10734.2017"), "document.epcisBody.eventList[0].epcList[0]"},
		{"a wrong check digit", change("10614141073464/21/2018", "10614141073465/21/2018"), "document.epcisBody.eventList[0].epcList[1]"},
		{"a class that can't be", change("4012345.098765.*", "4012345.098765.7"), "document.epcisBody.eventList[1].quantityList[1].epcClass"},
		{"fewer than none", change(`"quantity": 20`, `"quantity": -1`), "document.epcisBody.eventList[1].quantityList[0].quantity"},
		{"half a piece", change(`"quantity": 20`, `"quantity": 0.5`), "document.epcisBody.eventList[1].quantityList[0].quantity"},
		{"too many", change(`"quantity": 20`, `"quantity": 1e12`), "document.epcisBody.eventList[1].quantityList[0].quantity"},
		{"a quantity that is missing", change(`, "quantity": 20`, ``), "document.epcisBody.eventList[1].quantityList[0].quantity"},
		{"kilograms", change(`"EA"`, `"KGM"`), "document.epcisBody.eventList[1].quantityList[1].uom"},
		{"a time without a zone", change(`10:33:31.116+01:00`, `10:33:31.116`), "document.epcisBody.eventList[0].eventTime"},
		{"an offset that is none", change(`"eventTimeZoneOffset": "+01:00"`, `"eventTimeZoneOffset": "CET"`), "document.epcisBody.eventList[0].eventTimeZoneOffset"},
		{"nothing seen", change(`"epcList": [],`, ``), "document.epcisBody.eventList[2]"},
		{"an id that nothing can keep", change("urn:uuid:374d", `urn:\u0000:374d`), "document.epcisBody.eventList[1].eventID"},
		{"a place that nothing can keep", change("example.com/back", `example.com\u0000back`), "document.epcisBody.eventList[2].readPoint.id"},
		{"an event that is none", change(`"epcList": [],`, `"epcList": 7,`), "document.epcisBody.eventList[2]"},
	} {
		t.Run("refuses "+c.says, func(t *testing.T) {
			_, err := parseDocument(c.text)
			if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Field != c.field {
				t.Errorf("%v, want %s", err, c.field)
			}
		})
	}
	t.Run("refuses another location, and another day", func(t *testing.T) {
		observed, err := parseDocument(good)
		if err != nil {
			t.Fatal(err)
		}
		for field, of := range map[string]struct {
			gln string
			now time.Time
		}{
			"document.epcisBody.eventList[0].bizLocation.id": {"9521321000018", noon},
			"document.epcisBody.eventList[0].eventTime":      {"", noon.AddDate(0, 2, 0)},
		} {
			_, err := eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{}, observed, of.gln, of.now)
			if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Field != field {
				t.Errorf("%v, want %s", err, field)
			}
		}
	})
}

// FuzzDocument reads any text as an EPCIS document. It is refused with a field, or what it says can be recorded: units of codes, none
// below zero, one of each tag, in pieces that fit.
func FuzzDocument(f *testing.F) {
	f.Add(file(f, "shelf_count.json"))
	f.Add(file(f, "error_declaration.json"))
	f.Add(`{"epcisBody":{"queryResults":{"resultsBody":{"eventList":[]}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		observed, err := parseDocument(text)
		refusal := (*retail.Refusal)(nil)
		if err == nil {
			var events [][]retail.Reading
			if events, err = eventsFrom(&pb.ImportEpcisRequest{}, retail.CountAct{Count: retail.ID{7}}, observed, "", noon); err == nil {
				for _, piece := range piecesOf(retail.CountAct{}, events) {
					if len(piece.Keys()) > 1+pieceReadings {
						t.Fatalf("a piece of %d readings", len(piece.Readings))
					}
				}
				for _, parts := range events {
					if strings.ContainsRune(parts[0].EventID+parts[0].Zone+parts[0].Counter, 0) || len(parts[0].Zone) > zoneMax {
						t.Fatalf("%+v", parts[0])
					}
				}
				for line := range linesOf(events) {
					if line.Code == "" || line.Quantity < 0 || line.Quantity > countableMax || line.Unit != "" && line.Quantity != 1 {
						t.Fatalf("%+v", *line)
					}
				}
			}
		}
		if err != nil && (!errors.As(err, &refusal) || refusal.Reason != retail.InvalidRequest || !strings.HasPrefix(refusal.Field, "document")) {
			t.Fatal(err)
		}
	})
}
