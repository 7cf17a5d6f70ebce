package events

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"github.com/aisle-retail/aisle/services/retail"
)

// A cursor is a seq and a checksum, 12 bytes or 16 characters, so that one that was cut, mistyped or taken from another list
// is refused rather than read as another place in the log.
const (
	seqBytes    = 8
	cursorBytes = seqBytes + crc32.Size
)

// cursorSalt makes the checksum one of cursors: other tokens may be made alike.
const cursorSalt = "aisle.events.v1"

var cursorEncoding = base64.RawURLEncoding.Strict()

// cursorOf is the cursor behind a seq.
func cursorOf(seq int64) string {
	text := binary.BigEndian.AppendUint64(make([]byte, 0, cursorBytes), uint64(seq))
	return cursorEncoding.EncodeToString(binary.BigEndian.AppendUint32(text, checksum(text)))
}

// seqOf reads a cursor. An empty one is before everything.
func seqOf(cursor string) (seq int64, err error) {
	if cursor == "" {
		return 0, nil
	}
	text, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(text) != cursorBytes || binary.BigEndian.Uint32(text[seqBytes:]) != checksum(text[:seqBytes]) {
		return 0, retail.RefuseField(retail.InvalidRequest, "cursor", "is not one that an answer gave")
	}
	return int64(binary.BigEndian.Uint64(text)), nil
}

func checksum(seq []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(cursorSalt)), crc32.IEEETable, seq)
}
