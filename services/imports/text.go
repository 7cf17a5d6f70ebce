package imports

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Elements that a reader of plain text must still notice.
var (
	// unseen elements show nothing of what is in them.
	unseen = []atom.Atom{atom.Script, atom.Style, atom.Head, atom.Template, atom.Noscript, atom.Iframe, atom.Svg}
	// paragraphs stand apart, lines begin anew.
	paragraphs = []atom.Atom{atom.P, atom.Div, atom.Ul, atom.Ol, atom.Table, atom.Blockquote, atom.Section, atom.Article, atom.H1,
		atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr, atom.Pre, atom.Dl}
	lines = []atom.Atom{atom.Br, atom.Li, atom.Tr, atom.Dt, atom.Dd}
)

// plainText is what a shopper would read of a piece of HTML: entities resolved, paragraphs apart, items of a list after a
// dash, and no tags, scripts or styles.
func plainText(body string) string {
	var b plainTextBuilder
	tokens := html.NewTokenizer(strings.NewReader(body))
	hidden := 0
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken { // the end: a string can't fail
			return b.String()
		}
		token := tokens.Token()
		switch {
		case slices.Contains(unseen, token.DataAtom):
			switch kind {
			case html.StartTagToken:
				hidden++
			case html.EndTagToken:
				hidden = max(0, hidden-1)
			}
		case hidden > 0:
		case kind == html.TextToken:
			b.text(token.Data)
		case kind == html.CommentToken, kind == html.DoctypeToken:
		case slices.Contains(paragraphs, token.DataAtom):
			b.breaks = max(b.breaks, 2)
		case slices.Contains(lines, token.DataAtom):
			b.breaks = max(b.breaks, 1)
			if token.DataAtom == atom.Li && kind == html.StartTagToken {
				b.dash = true
			}
		case token.DataAtom == atom.Td, token.DataAtom == atom.Th:
			b.space = true
		}
	}
}

// plainTextBuilder puts words together with as many spaces and line breaks as were asked for, and none at either end.
type plainTextBuilder struct {
	strings.Builder
	breaks      int
	space, dash bool
}

func (b *plainTextBuilder) text(text string) {
	for _, r := range text {
		if unicode.IsSpace(r) || r == '\u00a0' {
			b.space = true
			continue
		}
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			continue
		}
		b.apart()
		b.WriteRune(r)
	}
}

// apart writes what must stand between the text so far and the next letter.
func (b *plainTextBuilder) apart() {
	switch {
	case b.Len() == 0:
	case b.breaks > 0:
		b.WriteString(strings.Repeat("\n", b.breaks))
	case b.space:
		b.WriteByte(' ')
	}
	if b.dash {
		b.WriteString("- ")
	}
	b.breaks, b.space, b.dash = 0, false, false
}
