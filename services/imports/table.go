package imports

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
)

// columns tells where each column of a CSV file stands.
type columns map[string]int

// columnsOf reads a header. Names are told apart without regard to case.
func columnsOf(header []string) columns {
	c := columns{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := c[name]; !twice {
			c[name] = i
		}
	}
	return c
}

// require fails with the names of all columns that are missing.
func (c columns) require(path string, names ...string) error {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, ok := c[strings.ToLower(name)]; return ok })
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: there is no column %s", path, strings.Join(missing, ", "))
}

// get returns the first of the named columns that the file has, without spaces around it; empty where it has none.
func (c columns) get(fields []string, names ...string) string {
	for _, name := range names {
		if i, ok := c[strings.ToLower(name)]; ok && i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
	}
	return ""
}

// splitLine splits a line of CSV whose fields have no line breaks.
func splitLine(line string) ([]string, error) {
	if !strings.Contains(line, `"`) {
		return strings.Split(line, ","), nil
	}
	return csv.NewReader(strings.NewReader(line)).Read()
}

// tableLineBytesMax is the longest line of a table that is read whole.
const tableLineBytesMax = 64 << 10

// headerOf reads the header and requires columns.
func headerOf(lines *lineReader, required []string) (columns, error) {
	header, err := lines.next()
	if err != nil {
		return nil, fmt.Errorf("%s has no header: %w", lines.source.path, err)
	}
	names, err := splitLine(header.text)
	if err != nil {
		return nil, fmt.Errorf("%s has no header: %w", lines.source.path, err)
	}
	at := columnsOf(names)
	if len(at) != len(names) {
		return nil, fmt.Errorf("%s has a column twice: %s", lines.source.path, header.text)
	}
	return at, at.require(lines.source.path, required...)
}

// eachLine reads a table whose fields have no line breaks: its header, which must have the required columns, and then each
// line. Its text is copied to also where that is not nil. A line that is too long is rejected.
func (s source) eachLine(
	count *atomic.Int64, also io.Writer, required []string, header func(columns), take func(origin) error, reject func(Reject) error,
) error {
	text, err := s.open(count)
	if err != nil {
		return err
	}
	defer text.Close()
	copied := io.Reader(text)
	if also != nil {
		copied = io.TeeReader(text, also)
	}
	lines := newLineReader(s, copied, tableLineBytesMax)
	at, err := headerOf(lines, required)
	if err != nil {
		return err
	}
	header(at)
	for {
		o, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLineTooLong):
			err = reject(o.reject(reasonTooLong, "longer than %d bytes", tableLineBytesMax))
		case err == nil:
			err = take(o)
		}
		if err != nil {
			return err
		}
	}
}

// rowReader reads CSV whose quoted fields may run over several lines, and keeps each row as it stands in the file.
type rowReader struct {
	source source
	kept   *keptReader
	csv    *csv.Reader
}

func newRowReader(s source, text io.Reader) *rowReader {
	kept := &keptReader{reader: text}
	r := &rowReader{source: s, kept: kept, csv: csv.NewReader(kept)}
	r.csv.FieldsPerRecord = -1 // rows are often cut short or padded
	return r
}

// errBrokenRow is a row that is not CSV. The reader stands behind it and can go on.
var errBrokenRow = errors.New("not CSV")

// next returns the next row, or io.EOF after the last. With errBrokenRow there are no fields.
func (r *rowReader) next() ([]string, origin, error) {
	from := r.csv.InputOffset()
	fields, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, origin{}, io.EOF
	}
	text := strings.Trim(r.kept.take(from, r.csv.InputOffset()), "\r\n")
	o := origin{file: r.source.index, path: r.source.path, text: text}
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		o.number = broken.StartLine
		return nil, o, fmt.Errorf("%w: %w", errBrokenRow, broken)
	}
	if err != nil {
		return nil, o, fmt.Errorf("%s: %w", r.source.path, err)
	}
	o.number, _ = r.csv.FieldPos(0)
	return fields, o, nil
}

// keptReader keeps what was read until it is taken.
type keptReader struct {
	reader io.Reader
	kept   []byte
	// at is the offset of kept in the file.
	at int64
}

// Read reads and keeps.
func (k *keptReader) Read(p []byte) (int, error) {
	n, err := k.reader.Read(p)
	k.kept = append(k.kept, p[:n]...)
	return n, err
}

// take returns what stands between two offsets, and forgets what stands before the second.
func (k *keptReader) take(from, to int64) string {
	text := string(k.kept[from-k.at : to-k.at])
	k.kept = append(k.kept[:0], k.kept[to-k.at:]...)
	k.at = to
	return text
}
