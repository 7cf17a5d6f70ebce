package imports

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSource(t *testing.T) {
	pack := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"reads a plain file":                   "a,b\n1,2\n",
		"reads a packed file":                  pack("a,b\n1,2\n"),
		"reads a file packed in several parts": pack("a,b\n") + pack("1,2\n"),
		"drops a byte order mark":              "\ufeffa,b\n1,2\n",
	} {
		t.Run(name, func(t *testing.T) {
			sources, err := sourcesOf([]string{write(t, "file", text)})
			if err != nil {
				t.Fatal(err)
			}
			opened, err := sources[0].open(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			if got, err := io.ReadAll(opened); err != nil || string(got) != "a,b\n1,2\n" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("fails on a packed file that was cut off", func(t *testing.T) {
		path := write(t, "cut.gz", pack(strings.Repeat("one line after another\n", 10_000))[:100])
		s := source{path: path}
		opened, err := s.open(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		lines := newLineReader(s, opened, 100)
		for err == nil {
			_, err = lines.next()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v", err)
		}
	})
	t.Run("drops folder and endings for the reject file", func(t *testing.T) {
		for path, want := range map[string]string{"/x/sales.csv.gz": "sales", "sales.csv": "sales", "sales": "sales", "a.b.gz": "a"} {
			if got := (source{path: path}).stem(); got != want {
				t.Errorf("%s: %s, want %s", path, got, want)
			}
		}
	})
}

func TestLineReader(t *testing.T) {
	text := "one\r\n\n  \ntwo\n" + strings.Repeat("x", 200_000) + "\nthree"
	lines := newLineReader(source{}, strings.NewReader(text), 100_000)
	type line struct {
		Number int
		Text   string
		Long   bool
	}
	var got []line
	for {
		o, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		got = append(got, line{o.number, o.text[:min(5, len(o.text))], errors.Is(err, errLineTooLong)})
	}
	want := []line{{1, "one", false}, {4, "two", false}, {5, "xxxxx", true}, {6, "three", false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRowReader(t *testing.T) {
	text := "h1,h2\na,\"line one\nline \"\"two\"\"\"\r\nbroken \"quote,x\nb,c,d\n"
	rows := newRowReader(source{}, strings.NewReader(text))
	type row struct {
		Fields []string
		Number int
		Text   string
		Broken bool
	}
	var got []row
	for {
		fields, o, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		got = append(got, row{fields, o.number, o.text, errors.Is(err, errBrokenRow)})
	}
	want := []row{
		{[]string{"h1", "h2"}, 1, "h1,h2", false},
		{[]string{"a", "line one\nline \"two\""}, 2, "a,\"line one\nline \"\"two\"\"\"", false},
		{nil, 4, "broken \"quote,x", true},
		{[]string{"b", "c", "d"}, 5, "b,c,d", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRejectFile(t *testing.T) {
	path := write(t, "rejects.csv", "left by an earlier run")
	f, err := newRejectFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the earlier run's rejects are still there: %v", err)
	}
	o := origin{path: "in.csv", number: 7, text: `a,"b ""c"""`}
	if err := f.write(o.reject(reasonMalformed, "field %d", 2)); err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "file,line,reason,detail,source line\nin.csv,7,MALFORMED,field 2,\"a,\"\"b \"\"\"\"c\"\"\"\"\"\"\"\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
