package documents

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/aisle-retail/aisle/services/retail"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestPages(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			got := rendered(t, HTML, e)
			file := filepath.Join("testdata", e.name+".html")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the page changed; if it should, run with -update:\n%s", diff)
			}
		})
	}
}

func TestPageAddsUp(t *testing.T) {
	for _, e := range append(examples(), example{name: "long", invoice: long(500)}) {
		t.Run(e.name, func(t *testing.T) {
			tree := parsed(t, rendered(t, HTML, e))
			var shown shownAmounts
			for _, cells := range figures(tree, "items") {
				shown.addLine(t, e.invoice, cells[2], cells[3])
			}
			for _, cells := range figures(tree, "taxes") {
				shown.addTax(t, e.invoice, cells[1], cells[2])
			}
			sums := figures(tree, "sums")
			if total := sums[2][0]; !strings.HasSuffix(total, " "+e.invoice.Currency) {
				t.Errorf("the total is %q, without its currency", total)
			}
			shown.compare(t, e.invoice, sums[0][0], sums[1][0], sums[2][0])
		})
	}
}

// TestPageIsHarmless proves that nothing a person typed becomes markup, and that the page asks for nothing from elsewhere.
func TestPageIsHarmless(t *testing.T) {
	for _, e := range examples() {
		text := rendered(t, HTML, e)
		for node := range parsed(t, text).Descendants() {
			if node.Type == html.CommentNode {
				t.Errorf("%s: has a comment: %q", e.name, node.Data)
			}
			if node.Type != html.ElementNode {
				continue
			}
			if node.Data == "svg" && e.options.Receipt != "" && node.Parent.Data == "figure" {
				continue // its code, which is drawn by us
			}
			if slices.Contains(strings.Fields("script link img svg iframe object embed form input base video audio a b"), node.Data) {
				t.Errorf("%s: has a <%s>", e.name, node.Data)
			}
			for _, a := range node.Attr {
				if strings.HasPrefix(a.Key, "on") || slices.Contains(strings.Fields("src href srcset style data action"), a.Key) {
					t.Errorf("%s: <%s> has %s=%q", e.name, node.Data, a.Key, a.Val)
				}
			}
		}
		if at := bytes.Index(text, []byte("</style>")); bytes.Contains(text[:at], []byte("url(")) || bytes.Contains(text[:at], []byte("@import")) {
			t.Errorf("%s: the styles ask for something from elsewhere", e.name)
		}
		for _, r := range string(text) {
			if r < ' ' && r != '\n' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200b' {
				t.Errorf("%s: has %U", e.name, r)
			}
		}
	}
}

func TestPageCanBeReadAloud(t *testing.T) {
	for _, e := range examples() {
		tree := parsed(t, rendered(t, HTML, e))
		counts := map[string]int{}
		for node := range tree.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			counts[node.Data]++
			if scope := attribute(node, "scope"); node.Data == "th" && scope != "col" && scope != "row" {
				t.Errorf("%s: a head of a table without a scope: %q", e.name, textOf(node))
			}
			if node.Data == "html" && attribute(node, "lang") != "en" {
				t.Errorf("%s: the page does not say its language", e.name)
			}
		}
		if counts["h1"] != 1 || counts["main"] != 1 || counts["title"] != 1 || counts["table"] != 3 || counts["caption"] != 3 {
			t.Errorf("%s: has %v", e.name, counts)
		}
	}
}

func TestWhatADocumentSays(t *testing.T) {
	by := map[string]example{}
	for _, e := range examples() {
		by[e.name] = e
	}
	for name, says := range map[string][]string{
		"ticket":                       {"Simplified invoice", "21 November 2026, 18:05 CET", "8K3M2-X9QT7", "B12345674", "Record 117 of issuing point 1 at bcn-gracia"},
		"full":                         {"Zofia Wójcik-Łęcka", "Tax ID PL5260001246", "00-050 Warszawa, PL", "Date of supply", "19 November 2026"},
		"replacing":                    {"Stands in for simplified invoice bcn-gracia-1-T26-000042"},
		"rectificative_simplified_yen": {"Simplified corrective invoice", "−1,628,000 JPY", "22 November 2026, 02:05 UTC+09:00", "折りたたみ傘"},
		"rectificative_full_dinar":     {"Corrects invoice bcn-gracia-1-F26-000042", "−1,296.225 KWD", "Δερμάτινη τσάντα"},
		"without_receipt":              {"without a receipt", id(4).String(), "21 November 2026, 17:05 UTC"},
	} {
		text := textOf(parsed(t, rendered(t, HTML, by[name])))
		seal := "Seal " + by[name].invoice.Hash[:16]
		for _, said := range append(says, by[name].invoice.Number, "Casa Blau, S.L.", seal) {
			if !strings.Contains(text, said) {
				t.Errorf("%s does not say %q", name, said)
			}
		}
		if name != "full" && strings.Contains(text, "Date of supply") {
			t.Errorf("%s says the day of supply, which is that of issue", name)
		}
		if strings.Contains(text, by[name].invoice.Hash[:17]) {
			t.Errorf("%s prints more of the hash than anybody reads", name)
		}
	}
}

func TestRefusesWhatIsNoDocument(t *testing.T) {
	for _, wrong := range []struct {
		want   error
		damage func(*retail.Invoice)
	}{
		{ErrUnknownKind, func(i *retail.Invoice) { i.Kind = "QUOTE" }},
		{ErrUnknownCurrency, func(i *retail.Invoice) { i.Currency = "XXX" }},
		{ErrContradiction, func(i *retail.Invoice) { i.Lines[0].GrossMinor++ }},
		{ErrContradiction, func(i *retail.Invoice) { i.Taxes[0].TaxMinor++ }},
		{ErrContradiction, func(i *retail.Invoice) { i.Taxes[0].NetMinor-- }},
	} {
		invoice := examples()[0].invoice
		wrong.damage(&invoice)
		_, page := HTML(invoice, Options{})
		_, paper := PDF(invoice, Options{})
		if !errors.Is(page, wrong.want) || !errors.Is(paper, wrong.want) {
			t.Errorf("HTML says %v, PDF %v, want %v", page, paper, wrong.want)
		}
	}
}

func rendered(t *testing.T, render func(retail.Invoice, Options) ([]byte, error), e example) []byte {
	t.Helper()
	text, err := render(e.invoice, e.options)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parsed(t *testing.T, text []byte) *html.Node {
	t.Helper()
	tree, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func attribute(node *html.Node, key string) string {
	for _, a := range node.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(node *html.Node) string {
	var b strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}

// figures are the texts of the cells of each row of a table.
func figures(tree *html.Node, class string) [][]string {
	var rows [][]string
	for node := range tree.Descendants() {
		if node.Data != "tr" || node.Parent.Data != "tbody" || attribute(node.Parent.Parent, "class") != class {
			continue
		}
		var cells []string
		for cell := range node.ChildNodes() {
			if cell.Data == "td" {
				cells = append(cells, textOf(cell))
			}
		}
		rows = append(rows, cells)
	}
	return rows
}
