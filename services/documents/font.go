package documents

import (
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// The PDF carries the Go fonts, of which it embeds the letters it uses: Latin with all European accents, Greek, Cyrillic, the
// euro. They are free (BSD) and come as a Go module, so that a document looks alike wherever it is made. They have no other
// scripts: fonts for those are megabytes each, and the page in HTML has the fonts of whoever reads it.
const (
	fontFamily = "go"
	regular    = ""
	bold       = "B"
)

// box stands for a run of letters that the fonts lack. Both fonts have it.
const box = '□'

// letters are the characters that both fonts have.
var letters = sync.OnceValue(func() map[rune]bool {
	shared := map[rune]bool{}
	for _, file := range [][]byte{goregular.TTF, gobold.TTF} {
		font, err := sfnt.Parse(file)
		if err != nil {
			panic("documents: the built-in font can't be read: " + err.Error())
		}
		var buffer sfnt.Buffer
		before := len(shared)
		for r := rune(' '); r <= 0xFFFF; r++ { // the PDF library knows no letters beyond, and the fonts have none
			index, err := font.GlyphIndex(&buffer, r)
			if has := err == nil && index != 0; before == 0 && has {
				shared[r] = true
			} else if !has {
				delete(shared, r)
			}
		}
	}
	return shared
})

// addFonts gives the fonts to a document.
func addFonts(pdf *fpdf.Fpdf) {
	pdf.AddUTF8FontFromBytes(fontFamily, regular, goregular.TTF)
	pdf.AddUTF8FontFromBytes(fontFamily, bold, gobold.TTF)
}

// printable makes a clean text into one that the fonts can print. Accents written apart are put on their letters; joiners and
// variants of a sign need a font that knows them and are left out; each run of letters that the fonts lack becomes one box, so
// that a reader sees that something stood there. It tells whether there was one.
func printable(text string) (string, bool) {
	have := letters()
	var b strings.Builder
	missing, boxed := false, false
	for _, r := range norm.NFC.String(text) {
		switch {
		case have[r]:
			b.WriteRune(r)
			boxed = false
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		case !boxed:
			b.WriteRune(box)
			missing, boxed = true, true
		}
	}
	return b.String(), missing
}
