package stock

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
	"slices"
	"unicode/utf8"

	"github.com/aisle-retail/aisle/services/retail"
)

// place is how far a watcher has come: in the log, and in its snapshot.
type place struct {
	// at is the seq up to which everything was sent.
	at int64
	// mark is the last position of the snapshot that was sent; done where all of it was.
	mark retail.PositionMark
	done bool
	// fresh is true where nothing of the snapshot was sent. It is not in the cursor: a client that goes on has begun.
	fresh bool
}

// includes tells whether the snapshot has come to a position, so that its changes are to be sent. One of some SKUs goes by SKU, any other
// by location and SKU.
func (p place) includes(l *retail.Level, bySKU bool) bool {
	switch {
	case p.done:
		return true
	case bySKU:
		return l.SKU <= p.mark.SKU
	}
	return cmp.Or(cmp.Compare(l.Location, p.mark.Location), cmp.Compare(l.SKU, p.mark.SKU)) <= 0
}

// query is what a snapshot reads next, and next is where it is then. Without a limit there is nothing to read.
func (p place) query(skus, places []string) (q retail.LevelQuery, next func([]retail.Level) place) {
	if len(skus) > 0 {
		rest := skus[after(skus, p.mark.SKU):]
		chunk := rest[:min(len(rest), skusRead)]
		next = func([]retail.Level) place {
			if len(chunk) == len(rest) {
				return place{done: true}
			}
			return place{mark: retail.PositionMark{SKU: chunk[len(chunk)-1]}}
		}
		if len(chunk) == 0 {
			return q, next
		}
		return retail.LevelQuery{SKUs: chunk, Locations: places, Limit: partMax}, next
	}
	q = retail.LevelQuery{After: p.mark, Limit: partMax}
	if len(places) > 0 {
		if p.mark.Location == "" {
			q.After.Location = places[0]
		}
		q.Locations = []string{q.After.Location}
	}
	return q, func(found []retail.Level) place {
		if len(found) == partMax {
			last := found[partMax-1]
			return place{mark: retail.PositionMark{Location: last.Location, SKU: last.SKU}}
		}
		if len(places) > 0 {
			if more := places[after(places, q.After.Location):]; len(more) > 0 {
				return place{mark: retail.PositionMark{Location: more[0]}}
			}
		}
		return place{done: true}
	}
}

// after is where in a sorted list those begin that come after a code.
func after(sorted []string, code string) int {
	at, found := slices.BinarySearch(sorted, code)
	if found {
		at++
	}
	return at
}

// cursorSalt makes the checksum one of these cursors: other tokens may be made alike.
const cursorSalt = "aisle.stock.v1"

var cursorEncoding = base64.RawURLEncoding.Strict()

// cursorOf is the cursor of a place in a watch: its seq, what it is of, and the mark of a snapshot that is under way, with a checksum, so
// that one that was cut, mistyped or taken from elsewhere is refused rather than read as another place.
func cursorOf(p place, of uint64) string {
	text := binary.BigEndian.AppendUint64(nil, uint64(p.at))
	text = binary.BigEndian.AppendUint64(text, of)
	if !p.done {
		text = binary.AppendUvarint(text, uint64(len(p.mark.Location)))
		text = append(append(text, p.mark.Location...), p.mark.SKU...)
	}
	return cursorEncoding.EncodeToString(binary.BigEndian.AppendUint32(text, checksum(text)))
}

// placeOf reads a cursor. An empty one is of no place.
func placeOf(cursor string, of uint64) (p place, err error) {
	if cursor == "" {
		return p, nil
	}
	refused := retail.RefuseField(retail.InvalidRequest, "cursor", "is not one that an answer gave")
	text, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(text) < 16+crc32.Size {
		return p, refused
	}
	body, sum := text[:len(text)-crc32.Size], text[len(text)-crc32.Size:]
	if binary.BigEndian.Uint32(sum) != checksum(body) {
		return p, refused
	}
	if binary.BigEndian.Uint64(body[8:]) != of {
		return p, retail.RefuseField(retail.InvalidRequest, "cursor", "is of a watch of other SKUs, locations or another channel")
	}
	if p.at = int64(binary.BigEndian.Uint64(body)); p.at < 0 {
		return p, refused
	}
	mark := body[16:]
	if p.done = len(mark) == 0; p.done {
		return p, nil
	}
	length, n := binary.Uvarint(mark)
	if n <= 0 || length > uint64(len(mark)-n) || !utf8.Valid(mark[n:]) || bytes.ContainsRune(mark[n:], 0) {
		return p, refused
	}
	mark = mark[n:]
	p.mark = retail.PositionMark{Location: string(mark[:length]), SKU: string(mark[length:])}
	if cursorOf(p, of) != cursor {
		return p, refused
	}
	return p, nil
}

func checksum(text []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(cursorSalt)), crc32.IEEETable, text)
}

// watchOf is a number of what a watch is of. Codes have no control characters, so that none is mistaken for two.
func watchOf(skus, locations []string, channel string) uint64 {
	sum := fnv.New64a()
	for _, list := range [][]string{skus, locations, {channel}} {
		for _, code := range list {
			_, _ = sum.Write([]byte(code + "\x00"))
		}
		_, _ = sum.Write([]byte{1})
	}
	return sum.Sum64()
}
