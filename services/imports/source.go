package imports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// source is one file of an import.
type source struct {
	path string
	// index is its place among the files of the run.
	index int
	// bytes is its size as it lies on the disk.
	bytes int64
}

func sourcesOf(paths []string) ([]source, error) {
	sources := make([]source, len(paths))
	for i, path := range paths {
		stat, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !stat.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not a file; transactions are read twice, so a pipe will not do", path)
		}
		sources[i] = source{path: path, index: i, bytes: stat.Size()}
	}
	return sources, nil
}

// gzipMagic are the first bytes of a gzip member (RFC 1952, section 2.3.1).
var gzipMagic = []byte{0x1f, 0x8b}

// byteOrderMark is what some programs write before UTF-8.
var byteOrderMark = []byte{0xef, 0xbb, 0xbf}

// open returns the file's text: unpacked where it is packed, whatever it is called, and without a byte order mark. The bytes
// read from the disk are added to read, which may be nil.
func (s source) open(read *atomic.Int64) (io.ReadCloser, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	raw := bufio.NewReaderSize(&countedReader{reader: file, read: read}, 64<<10)
	text := raw
	if head, _ := raw.Peek(len(gzipMagic)); bytes.Equal(head, gzipMagic) {
		unpacked, err := gzip.NewReader(raw)
		if err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
		text = bufio.NewReaderSize(unpacked, 64<<10)
	}
	if head, _ := text.Peek(len(byteOrderMark)); bytes.Equal(head, byteOrderMark) {
		_, _ = text.Discard(len(byteOrderMark))
	}
	return &openSource{Reader: text, file: file}, nil
}

type openSource struct {
	io.Reader
	file *os.File
}

// Close closes the file. It was only read, so that nothing can be lost.
func (s *openSource) Close() error { return s.file.Close() }

type countedReader struct {
	reader io.Reader
	read   *atomic.Int64
}

// Read reads and counts.
func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	if c.read != nil {
		c.read.Add(int64(n))
	}
	return n, err
}

// stem is the file's name without its folder and endings: "sales.csv.gz" is "sales".
func (s source) stem() string {
	name := strings.TrimSuffix(filepath.Base(s.path), ".gz")
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// origin is where a line of a file stands, with its text.
type origin struct {
	file   int
	path   string
	number int
	text   string
}

// errLineTooLong is one line that exceeds what a reader keeps. The reader stands behind it and can go on.
var errLineTooLong = errors.New("the line is longer than can be read")

// lineReader reads a file line by line. Lines end with LF or CRLF.
type lineReader struct {
	source source
	reader *bufio.Reader
	number int
	// bytesMax is the longest line that is read whole.
	bytesMax int
}

func newLineReader(s source, text io.Reader, bytesMax int) *lineReader {
	return &lineReader{source: s, reader: bufio.NewReaderSize(text, 64<<10), bytesMax: bytesMax}
}

// next returns the next line that is not blank, or io.EOF after the last. With errLineTooLong it returns the line's
// beginning.
func (r *lineReader) next() (origin, error) {
	for {
		line, err := r.line()
		if err != nil && !errors.Is(err, errLineTooLong) {
			return origin{}, err
		}
		if err == nil && strings.TrimSpace(line) == "" {
			continue
		}
		return origin{file: r.source.index, path: r.source.path, number: r.number, text: line}, err
	}
}

func (r *lineReader) line() (string, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.reader.ReadSlice('\n')
		if len(line)+len(part) > r.bytesMax {
			part, tooLong = part[:max(0, min(len(part), sourceTextMax-len(line)))], true
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("%s after line %d: %w", r.source.path, r.number, err)
			}
			return "", err
		}
		r.number++
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		if tooLong {
			return text, errLineTooLong
		}
		return text, nil
	}
}
