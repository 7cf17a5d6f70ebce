package documents

import (
	"strings"
	"unicode"
)

// clean makes a text that somebody typed into one harmless line. Spaces and line ends become one space each. What steers and
// shows nothing is left out: control characters, marks of direction (U+202E would let an amount be read backwards) and spaces
// without width. Joiners stay, because some scripts and signs are made with them. What is no UTF-8 becomes U+FFFD.
func clean(text string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(text, string(unicode.ReplacementChar)) {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(invisible, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// invisible are U+200B, a space without width, U+2060 to U+2064, word joiner and unseen operators, U+206A to U+206F, which
// Unicode deprecates, U+FEFF, the byte order mark, U+FFF9 to U+FFFB, annotations, and the tags of plane 14.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{{0x200B, 0x200B, 1}, {0x2060, 0x2064, 1}, {0x206A, 0x206F, 1}, {0xFEFF, 0xFEFF, 1}, {0xFFF9, 0xFFFB, 1}},
	R32: []unicode.Range32{{0xE0000, 0xE007F, 1}},
}
