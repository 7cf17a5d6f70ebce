package imports

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"
)

// What an import of a file may allocate: so much whatever the file says, and so much for each byte of it. A file that makes more of
// itself than that could end a server by its size alone.
const (
	importBytesMax  = 256 << 20
	bytesPerByteMax = 16 << 10
)

// fuzzImport reads any bytes as files of a format. It comes to an error or to a report in which every line is imported or rejected,
// and to the same report again, since all that it did is done.
func fuzzImport(f *testing.F, o Options, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
		f.Add([]byte(seed[:len(seed)*2/3]))
		f.Add([]byte(strings.ReplaceAll(seed, "\n", "\r\n")))
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(seeds[0])); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Add(packed.Bytes()[:packed.Len()/2])
	f.Fuzz(func(t *testing.T, text []byte) {
		o.Files = []string{write(t, "file", string(text))}
		conn := newShop().dial(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		report, err := Run(t.Context(), conn, into(t, o))
		runtime.ReadMemStats(&after)
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(importBytesMax+bytesPerByteMax*len(text)); took > most {
			t.Errorf("%d bytes took %d bytes of memory, more than %d", len(text), took, most)
		}
		if err != nil {
			return
		}
		if report.Lines != report.Imported+report.Rejected || report.Imported < 0 || report.Rejected < 0 {
			t.Errorf("not every line is settled once: %+v", report)
		}
		again, err := Run(t.Context(), conn, into(t, o))
		if err != nil || again.Lines != report.Lines || again.Imported != report.Imported || again.Rejected != report.Rejected {
			t.Errorf("the second run comes to %+v, %v; the first to %+v", again, err, report)
		}
	})
}

func FuzzAisle(f *testing.F) { fuzzImport(f, Options{Format: FormatAisle}, aisleText) }

func FuzzShopify(f *testing.F) {
	fuzzImport(f, Options{Format: FormatShopify, Currency: "EUR"}, shopifyHeader+
		"shirt,Shirt,<p>Soft &amp; warm</p>,Orilla,Shirts,Size,S,Colour,Red,SH-S-R,3,19.99,4006381333931,https://pictures/1\n"+
		"shirt,,,,,,S/M,,Red,,2,20,,\n"+
		"mug,Mug,,Orilla,,Title,Default Title,,,'0042,-2,9.999,,\n"+
		"\"vase\",\"Vase\nwith two lines\",,,,Title,Default Title,,,,4,5,,\n"+
		"bad \"row,x\n")
}

func FuzzJourney(f *testing.F) {
	fuzzImport(f, Options{Format: FormatCompleteJourney}, journeyText(8), productsText())
}

func FuzzOnlineRetail(f *testing.F) {
	fuzzImport(f, Options{Format: FormatOnlineRetail}, onlineHeader+
		"536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"+
		"536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,France\n"+
		"536366,22633,HAND WARMER,3,2010-12-01 08:28:00,1.855,,United Kingdom\n"+
		"C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527,United Kingdom\n"+
		"C536383,85123a,WHITE HANGING HEART,-2,2010-12-01 09:49:00,2.55,17850,United Kingdom\n"+
		"536414,22139,damages,-5,2010-12-01 11:52:00,0,,United Kingdom\n")
}
