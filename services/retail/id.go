package retail

import (
	"encoding/hex"
	"errors"
)

// ID is a UUID (RFC 9562). Ids are minted outside the rules, by whoever starts an act: version 7, so that rows that are
// made together lie together.
type ID [16]byte

// IsZero tells whether the id is absent.
func (id ID) IsZero() bool { return id == ID{} }

// String returns the canonical form, lower case with hyphens, or nothing for an absent id.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	var b [36]byte
	hex.Encode(b[:8], id[:4])
	b[8] = '-'
	hex.Encode(b[9:13], id[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], id[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], id[8:10])
	b[23] = '-'
	hex.Encode(b[24:], id[10:])
	return string(b[:])
}

// MarshalText makes an id readable in stored outcomes and events.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}

var errBadID = errors.New("not a uuid")

// OwnRequest is the id of a request that a process makes for itself: it follows from what the request is for, so that it is made once,
// and has a version and a variant that no UUID has, so that nobody else's request can have it first. Source: RFC 9562, sections 4.1 and 4.2.
func OwnRequest(fingerprint [32]byte) ID {
	id := ID(fingerprint[:16])
	id[6] |= 0xf0
	id[8] |= 0xe0
	return id
}

// Own tells whether it can only be the id of a request that a process made for itself.
func (id ID) Own() bool { return id[6]&0xf0 == 0xf0 && id[8]&0xe0 == 0xe0 }

// ParseID reads a UUID in its canonical form, in either case. Nothing gives the absent id.
func ParseID(text string) (ID, error) {
	var id ID
	if text == "" {
		return id, nil
	}
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, errBadID
	}
	digits := make([]byte, 0, 32)
	for _, part := range []string{text[:8], text[9:13], text[14:18], text[19:23], text[24:]} {
		digits = append(digits, part...)
	}
	if _, err := hex.Decode(id[:], digits); err != nil {
		return ID{}, errBadID
	}
	return id, nil
}
