package counts

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

const (
	// pieceLines and pieceReadings are how many lines and readings one transaction records.
	pieceLines    = 1000
	pieceReadings = 400
	// zoneMax is how long a zone that a readPoint names may be, in bytes.
	zoneMax = 64
)

// eventsFrom makes readings of events, each of a part of one.
func eventsFrom(
	req *pb.ImportEpcisRequest, act retail.CountAct, observed []observation, gln string, now time.Time,
) ([][]retail.Reading, error) {
	events := make([][]retail.Reading, 0, len(observed))
	for _, o := range observed {
		zone, err := o.zone(gln)
		if err != nil {
			return nil, err
		}
		reading := retail.Reading{
			Location: act.Location, Count: act.Count, Zone: cmp.Or(req.GetZone(), zone), Pass: max(1, req.GetPass()),
			Counter: cut(cmp.Or(req.GetCounter(), o.readPoint), 100), EventID: o.id, Withdrawal: o.withdrawn,
		}
		if reading.ReadAt, err = retail.ReadAt(true, o.at, now); err != nil {
			return nil, refuse(o.path+".eventTime", "is %s: in the future, or more than 31 days back", o.at.Format(time.RFC3339))
		}
		events = append(events, partsOf(reading, o.lines))
	}
	return events, nil
}

// partsOf cuts an event into readings that each fit a transaction. What was withdrawn has no lines.
func partsOf(reading retail.Reading, lines []seen) []retail.Reading {
	if reading.Withdrawal {
		lines = nil
	}
	var parts []retail.Reading
	for {
		part := reading
		for _, line := range lines[:min(pieceLines, len(lines))] {
			part.Lines = append(part.Lines, line.ReadingLine)
		}
		lines = lines[len(part.Lines):]
		part.ID = partID(reading, len(parts))
		if parts = append(parts, part); len(lines) == 0 {
			return parts
		}
	}
}

// partID makes the id of a part of an event, version 8 (RFC 9562, section 5.8): the same whenever the event comes.
func partID(r retail.Reading, part int) (id retail.ID) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %v %s", r.Count, r.EventID, r.Withdrawal, strconv.Itoa(part)))
	copy(id[:], sum[:])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id
}

// zone is where in the location an event was read, by its readPoint. Both places must be of the location, where that has a GLN.
func (o observation) zone(gln string) (string, error) {
	for _, of := range []struct{ field, uri string }{{"bizLocation", o.bizLocation}, {"readPoint", o.readPoint}} {
		at, _, ok := place(of.uri)
		if !ok {
			return "", refuse(o.path+"."+of.field+".id", "%.100q names no GLN: its check digit is wrong, or its length", of.uri)
		}
		if gln != "" && at != "" && at != gln {
			return "", refuse(o.path+"."+of.field+".id", "is of %s, and the location is %s", at, gln)
		}
	}
	at, extension, _ := place(o.readPoint)
	if at == "" {
		return cut(o.readPoint, zoneMax), nil
	}
	if extension == "0" { // none
		return "", nil
	}
	return cut(extension, zoneMax), nil
}

// cut shortens a text to so many bytes, and leaves no half letter.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

// linesOf are all lines of events.
func linesOf(events [][]retail.Reading) iter.Seq[*retail.ReadingLine] {
	return func(yield func(*retail.ReadingLine) bool) {
		for _, readings := range events {
			for i := range readings {
				for j := range readings[i].Lines {
					if !yield(&readings[i].Lines[j]) {
						return
					}
				}
			}
		}
	}
}

// piecesOf cuts readings into transactions. The same event twice in a document is one.
func piecesOf(act retail.CountAct, events [][]retail.Reading) []retail.CaptureEvents {
	var pieces []retail.CaptureEvents
	lines := 0
	known := map[retail.ID]bool{}
	for _, reading := range slices.Concat(events...) {
		if known[reading.ID] {
			continue
		}
		known[reading.ID] = true
		last := len(pieces) - 1
		if last < 0 || lines+len(reading.Lines) > pieceLines || len(pieces[last].Readings) == pieceReadings {
			act.Transaction = ledger.NewID()
			pieces = append(pieces, retail.CaptureEvents{CountAct: act})
			last, lines = last+1, 0
		}
		pieces[last].Readings = append(pieces[last].Readings, reading)
		lines += len(reading.Lines)
	}
	return pieces
}

// captureTo adds what became of a piece to the answer.
func captureTo(answer *pb.ImportEpcisResponse, piece retail.CaptureEvents, captured retail.Captured) {
	for i, reading := range piece.Readings {
		if !captured.New[i] {
			continue
		}
		if reading.ID == partID(reading, 0) {
			answer.NewEvents++
			if reading.Withdrawal {
				answer.Withdrawals++
			}
		}
		for _, line := range reading.Lines {
			answer.Units += line.Quantity
			if line.SKU == "" {
				answer.UnknownCodes = append(answer.UnknownCodes, line.Code)
			}
		}
	}
}
