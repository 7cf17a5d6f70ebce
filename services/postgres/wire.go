package postgres

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// Rows go to and come from Postgres in its binary format, built and read here without reflection: a batch of 64 holds
// sends some 3,000 values, and the general encoder took as long for them as everything else the program does.

// elementOID gives the type of an array's elements (pg_type.oid, fixed for built-in types).
var elementOID = map[string]uint32{
	"bool": 16, "bytea": 17, "int8": 20, "int4": 23, "text": 25, "timestamptz": 1184, "uuid": 2950,
}

// epoch is where Postgres counts microseconds from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// rows collects the rows of one statement, column by column, as array parameters.
type rows struct {
	columns []column
	arrays  [][]byte
	count   int
	at      int
	seal    seal
	sealed  bool
}

// arrayHeader is dimensions, a flag for nulls, the element type, the length and the lower bound.
const arrayHeader = 20

func (t table) rows() *rows { return newRows(t.sealed(), true) }

func (t table) keys(n int) *rows { return newRows(t.columns[:n], false) }

func newRows(columns []column, sealed bool) *rows {
	r := &rows{columns: columns, arrays: make([][]byte, len(columns)), sealed: sealed, seal: newSeal()}
	for i, c := range columns {
		array := make([]byte, arrayHeader, 256)
		binary.BigEndian.PutUint32(array, 1)
		binary.BigEndian.PutUint32(array[8:], elementOID[c.typ])
		binary.BigEndian.PutUint32(array[16:], 1)
		r.arrays[i] = array
	}
	return r
}

// put appends a value to the next column. A nil value is null.
func (r *rows) put(value []byte) {
	array := r.arrays[r.at]
	if value == nil {
		array = binary.BigEndian.AppendUint32(array, 0xffffffff)
		binary.BigEndian.PutUint32(array[4:], 1)
	} else {
		array = append(binary.BigEndian.AppendUint32(array, uint32(len(value))), value...)
		r.seal.add(r.at, value)
	}
	r.arrays[r.at] = array
	r.at++
}

func (r *rows) text(s string) *rows {
	array := r.arrays[r.at]
	array = append(binary.BigEndian.AppendUint32(array, uint32(len(s))), s...)
	r.arrays[r.at] = array
	r.seal.add(r.at, array[len(array)-len(s):])
	r.at++
	return r
}

func (r *rows) bytes(b []byte) *rows {
	if b == nil {
		b = []byte{}
	}
	r.put(b)
	return r
}

func (r *rows) int8(n int64) *rows {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	r.put(b[:])
	return r
}

func (r *rows) int4(n int32) *rows {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	r.put(b[:])
	return r
}

func (r *rows) bool(v bool) *rows {
	b := [1]byte{}
	if v {
		b[0] = 1
	}
	r.put(b[:])
	return r
}

// id writes a uuid, null where it is absent.
func (r *rows) id(id retail.ID) *rows {
	if id.IsZero() {
		r.put(nil)
	} else {
		r.put(id[:])
	}
	return r
}

// time writes an instant to the microsecond. Not by its distance from the epoch: a time.Duration ends after 292 years.
func (r *rows) time(t time.Time) *rows {
	return r.int8(t.UnixMicro() - epoch.UnixMicro())
}

// Columns that were added to a table are null where there is nothing to say, and in rows that are older than they are.

// null writes nothing into the next column.
func (r *rows) null() *rows {
	r.put(nil)
	return r
}

func (r *rows) textOrNull(s string) *rows {
	if s == "" {
		r.put(nil)
		return r
	}
	return r.text(s)
}

func (r *rows) timeOrNull(t time.Time) *rows {
	if t.IsZero() {
		r.put(nil)
		return r
	}
	return r.time(t)
}

// int8OrNull writes null for 0.
func (r *rows) int8OrNull(n int64) *rows {
	if n == 0 {
		r.put(nil)
		return r
	}
	return r.int8(n)
}

// int4OrNull writes null for 0.
func (r *rows) int4OrNull(n int32) *rows {
	if n == 0 {
		r.put(nil)
		return r
	}
	return r.int4(n)
}

// trueOrNull writes null for false.
func (r *rows) trueOrNull(v bool) *rows {
	if !v {
		r.put(nil)
		return r
	}
	return r.bool(true)
}

// jsonOrNull writes null for a nil pointer.
func jsonOrNull[V any](r *rows, v *V) *rows {
	if v == nil {
		r.put(nil)
		return r
	}
	return r.text(toJSON(v))
}

// listOrNull writes null for a list without anything in it.
func listOrNull[V any](r *rows, list []V) *rows {
	if len(list) == 0 {
		r.put(nil)
		return r
	}
	return r.text(toJSON(list))
}

// end closes a row with its seal.
func (r *rows) end() {
	if r.sealed {
		sum := r.seal.sum()
		r.int8(sum)
		r.seal = newSeal()
	}
	r.at = 0
	r.count++
}

// params returns the arrays.
func (r *rows) params() [][]byte {
	for _, array := range r.arrays {
		binary.BigEndian.PutUint32(array[12:], uint32(r.count))
	}
	return r.arrays
}

// seal is a hash over the values of a row as they go over the wire, each with the number of its column, nulls left out, so
// that a nullable column added at the end leaves older seals true. FNV-1a, 64 bits: it finds what was changed by accident
// or by hand, and is no signature.
type seal uint64

func newSeal() seal { return 14695981039346656037 }

func (s *seal) add(column int, value []byte) {
	h := uint64(*s)
	h = (h ^ uint64(column+1)) * 1099511628211
	h = (h ^ uint64(len(value))) * 1099511628211
	for len(value) >= 8 { // eight bytes at a time, each step a bijection of the state
		h = (h ^ binary.BigEndian.Uint64(value)) * 1099511628211
		h ^= h >> 32
		value = value[8:]
	}
	for _, b := range value {
		h = (h ^ uint64(b)) * 1099511628211
	}
	*s = seal(h)
}

func (s seal) sum() int64 { return int64(s) }

// record reads the values of one row in the order of its columns.
type record struct {
	values [][]byte
	at     int
}

func (r *record) next() []byte {
	value := r.values[r.at]
	r.at++
	return value
}

func (r *record) text() string { return string(r.next()) }

func (r *record) bytes() []byte { return append([]byte(nil), r.next()...) }

func (r *record) int8() int64 { return int64(binary.BigEndian.Uint64(r.next())) }

func (r *record) int4() int32 { return int32(binary.BigEndian.Uint32(r.next())) }

func (r *record) bool() bool { return r.next()[0] == 1 }

// id reads a uuid; null is the absent one.
func (r *record) id() (id retail.ID) {
	copy(id[:], r.next())
	return id
}

// isNull tells whether the next value is null.
func (r *record) isNull() bool { return r.values[r.at] == nil }

// timeOrZero reads an instant; null is none.
func (r *record) timeOrZero() time.Time {
	if r.isNull() {
		r.at++
		return time.Time{}
	}
	return r.time()
}

// int8Or0 reads a number; null is 0.
func (r *record) int8Or0() int64 {
	if r.isNull() {
		r.at++
		return 0
	}
	return r.int8()
}

// int4Or0 reads a number; null is 0.
func (r *record) int4Or0() int32 {
	if r.isNull() {
		r.at++
		return 0
	}
	return r.int4()
}

// isTrue reads a flag; null is false.
func (r *record) isTrue() bool {
	if r.isNull() {
		r.at++
		return false
	}
	return r.bool()
}

// jsonOrNil reads a column of JSON; null is nil.
func jsonOrNil[V any](r *record) (*V, error) {
	text := r.next()
	if text == nil {
		return nil, nil
	}
	var v V
	err := json.Unmarshal(text, &v)
	return &v, err
}

func (r *record) time() time.Time {
	return time.UnixMicro(epoch.UnixMicro() + r.int8()).UTC()
}
