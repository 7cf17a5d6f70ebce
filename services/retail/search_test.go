package retail

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFoldWords(t *testing.T) {
	for text, want := range map[string]string{
		"Camisa de Algodón":         "camisa de algodon",
		"L'ÀVIA çedilla ñandú":      "lavia cedilla nandu",
		"Straße, Œuvre; SMØRREBRØD": "strasse oeuvre smorrebrod",
		"Cafe\u0301":                "cafe",
		"RED-42/XL_a":               "red 42 xl a",
		"İstanbul ILIK":             "istanbul ilik",
		"Ёлка":                      "u00435u0043bu0043au00430",
		"綿 シャツ":                     "u07dbf u030b7 u030e3 u030c4",
		"  ":                        "",
		"\xff\x00a":                 "a",
	} {
		if got := strings.Join(FoldWords(text), " "); got != want {
			t.Errorf("%q is searched as %q, not %q", text, got, want)
		}
	}
}

func TestSearchText(t *testing.T) {
	yes := true
	text := SearchTextOf(Product{
		Code: "ox-1", Title: "Oxford shirt", Description: "unsaid", Brand: "Lindström & Vale", Department: "Men",
		Options:      []Option{{Name: "Colour", Values: []string{"Red"}}},
		Translations: []Translation{{Language: "es", Title: "Camisa Oxford", Options: []Option{{Name: "Color", Values: []string{"Rojo"}}}}},
		Attributes: []AttributeValue{
			{Attribute: "material", Choices: []string{"cotton"}}, {Attribute: "iron", Boolean: &yes},
			{Attribute: "fit", Text: "Loose", Texts: []LocalText{{Language: "es", Text: "Holgado"}}},
		},
		Variants: []Variant{{SKU: "OX-RED", Aliases: []string{"OLD9"}, Barcodes: []string{"00000096385074"}, OptionValues: []string{"Red"}}},
	})
	if want := " camisa oxford shirt "; text.Title != want {
		t.Errorf("title %q", text.Title)
	}
	want := " 1 96385074 =a=fit=loose =a=iron=true =a=material=cotton =b=lindstrom_vale =d=men =o=colour=red camisa cotton holgado lindstrom loose " +
		"men old9 ox oxford red rojo shirt vale "
	if diff := cmp.Diff(want, text.Words); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(strings.Fields("camisa cotton holgado lindstrom loose oxford rojo shirt vale"), text.Vocabulary); diff != "" {
		t.Error(diff)
	}
	for _, query := range []string{"OXFORD camisa", "holgado", "96385074", "0000096385074", "old9"} {
		for _, term := range SearchTerms(query) {
			if !strings.Contains(text.Words, " "+term) {
				t.Errorf("%s of %q is not found", term, query)
			}
		}
	}
}

func TestNearWords(t *testing.T) {
	vocabulary := strings.Fields("shirt skirt short shoe linen camisa pantalones sandals")
	for word, want := range map[string]string{
		"shrit": "shirt", "shirtt": "shirt", "hirt": "shirt", "skort": "short skirt", "linnen": "linen", "sho": "", "pantalnoe": "pantalones",
		"kamisa": "camisa", "xyzzy": "", "sh1rt": "", "sandlas": "sandals",
	} {
		got := NearWords(word, vocabulary)
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if diff := cmp.Diff(wanted, got, cmp.Transformer("none", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s: %s", word, diff)
		}
	}
}

// FuzzFoldWords folds anything: into words of small ASCII letters and digits, which fold into themselves, and the same whether
// it is asked in capitals or not. Whatever a product is called, it is found by it.
func FuzzFoldWords(f *testing.F) {
	for _, text := range []string{"Camisa de Algodón", "L'ÀVIA", "Ёлка", "綿", "RED-42", "\xff\x00", "İ", "ẞß", "ǅ", "ﬁ", "ａＡ１"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := FoldWords(text)
		for _, word := range words {
			if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Fatalf("%q has the word %q", text, word)
			}
			if again := FoldWords(word); len(again) != 1 || again[0] != word {
				t.Fatalf("%q of %q folds again, to %q", word, text, again)
			}
		}
		document := SearchTextOf(Product{Title: text})
		for _, term := range SearchTerms(text) {
			if !strings.Contains(document.Title, " "+term) {
				t.Fatalf("%q is not found by %q in %q", text, term, document.Title)
			}
		}
		NearWords(text, words)
	})
}
