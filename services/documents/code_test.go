package documents

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image/color"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
)

var (
	pathBars = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	rects    = regexp.MustCompile(`(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re f`)
)

// matrix is the dark modules of a QR code, line by line.
type matrix map[[2]int]bool

func (m matrix) bar(x, y, long int) {
	for i := range long {
		m[[2]int{x + i, y}] = true
	}
}

// matrixOf is that of a text.
func matrixOf(t *testing.T, text string) (m matrix, size int) {
	t.Helper()
	drawn, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	m, size = matrix{}, drawn.Bounds().Dx()
	for y := range size {
		for x := range size {
			if color.GrayModel.Convert(drawn.At(x, y)) == (color.Gray{}) {
				m.bar(x, y, 1)
			}
		}
	}
	return m, size
}

// onPage is the QR code of a page, without its edge.
func onPage(t *testing.T, page []byte) matrix {
	t.Helper()
	m := matrix{}
	for node := range parsed(t, page).Descendants() {
		if node.Data != "path" || attribute(node, "fill") != "#000" {
			continue
		}
		bars := pathBars.FindAllStringSubmatch(attribute(node, "d"), -1)
		if rest := pathBars.ReplaceAllString(attribute(node, "d"), ""); rest != "" {
			t.Errorf("draws %q besides", rest)
		}
		for _, b := range bars {
			m.bar(number(t, b[1])-quietZone, number(t, b[2])-quietZone, number(t, b[3]))
		}
	}
	return m
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(math.Round(n))
}

// onPaper is that of a PDF, whose bars begin at the left of the text.
func onPaper(t *testing.T, pdf []byte) matrix {
	t.Helper()
	const points = 72 / 25.4
	m, top := matrix{}, -1.0
	for _, stream := range streams.FindAllSubmatch(pdf, -1) {
		reader, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			continue
		}
		for _, r := range rects.FindAllSubmatch(content, -1) {
			var of [4]float64
			for i := range of {
				of[i], _ = strconv.ParseFloat(string(r[i+1]), 64)
			}
			if math.Abs(of[3]) > 2*moduleWide*points { // the bar beside a note
				continue
			}
			if top < 0 {
				top = of[1]
			}
			at := func(points float64) int { return int(math.Round(points / (moduleWide * 72 / 25.4))) }
			m.bar(at(of[0]-left*points), at(top-of[1]), at(of[2]))
		}
	}
	return m
}

// TestReceiptsAreReadOffPaper compares what a page and a sheet of paper have, module by module, with the QR code of the token: of one line, and of
// as many as a token has. On paper a module is as wide as a till reads.
func TestReceiptsAreReadOffPaper(t *testing.T) {
	for _, token := range []string{"AQEB", strings.Repeat("Az09-_", 30), strings.Repeat("Az09-_q", 100)[:683]} {
		t.Run(fmt.Sprint(len(token)), func(t *testing.T) {
			e := example{invoice: examples()[0].invoice, options: Options{Receipt: token}}
			want, size := matrixOf(t, token)
			for where, got := range map[string]matrix{"page": onPage(t, rendered(t, HTML, e)), "paper": onPaper(t, rendered(t, PDF, e))} {
				if len(got) != len(want) {
					t.Errorf("on %s are %d dark modules of %d", where, len(got), len(want))
				}
				for at := range want {
					if !got[at] {
						t.Fatalf("on %s %v is white", where, at)
					}
				}
			}
			if wide := float64(size+2*quietZone) * moduleWide; wide > across {
				t.Errorf("it is %g mm wide", wide)
			}
		})
	}
	plain := example{invoice: examples()[0].invoice}
	if len(onPage(t, rendered(t, HTML, plain)))+len(onPaper(t, rendered(t, PDF, plain))) != 0 {
		t.Error("one without a receipt has a code")
	}
	if _, err := HTML(plain.invoice, Options{Receipt: strings.Repeat("A", 5000)}); err == nil {
		t.Error("what no QR code holds is shown")
	}
}
