package documents

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
)

func TestNoLanguageLeavesAWordOut(t *testing.T) {
	for tag, w := range languages {
		if tag != w.tag || tag != strings.ToLower(tag) {
			t.Errorf("%s is filed as %s", w.tag, tag)
		}
		value := reflect.ValueOf(w)
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			switch field := value.Field(i); field.Kind() {
			case reflect.String:
				if field.String() == "" {
					t.Errorf("%s has no word for %s", tag, name)
				}
			case reflect.Array:
				for month := range field.Len() {
					if field.Index(month).String() == "" {
						t.Errorf("%s has no name for month %d", tag, month+1)
					}
				}
			}
		}
		for _, kind := range []retail.InvoiceKind{
			retail.InvoiceSimplified, retail.InvoiceFull, retail.InvoiceFullReplacingSimplified, retail.InvoiceRectificativeSimplified,
			retail.InvoiceRectificativeFull,
		} {
			if w.titles[kind] == "" {
				t.Errorf("%s has no title for %s", tag, kind)
			}
			refers := kind.Rectifies() || kind == retail.InvoiceFullReplacingSimplified
			if strings.Contains(w.originals[kind], "%s") != refers {
				t.Errorf("%s says of %s: %q", tag, kind, w.originals[kind])
			}
		}
	}
}

func TestLanguages(t *testing.T) {
	for _, tag := range []string{"", "en", "en-GB", "EN_us", "tlh", "<script>"} {
		if got := wordsOf(tag).tag; got != "en" {
			t.Errorf("%q gives %s", tag, got)
		}
	}
}

func TestClean(t *testing.T) {
	for typed, want := range map[string]string{
		"  two \t\r\n words ":            "two words",
		"line\u2028and\u2029paragraph":   "line and paragraph",
		"1.00\u202e00.9\u202c":           "1.0000.9",
		"a\x00b\x1bc\u0085d":             "abc d",
		"\ufeffz\u200bero\u2060 \u2066w": "zero w",
		"bad \xff\xfe":                   "bad \ufffd",
		"\U0001F469\u200D\U0001F467":     "\U0001F469\u200D\U0001F467",
		"שלום عالم":                      "שלום عالم",
		"":                               "",
		"\n":                             "",
	} {
		if got := clean(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for typed, want := range map[string]string{
		"Łódź, žluťoučký kůň, ñ, ç, ß, ő, €": "Łódź, žluťoučký kůň, ñ, ç, ß, ő, €",
		"Δερμάτινη τσάντα":                   "Δερμάτινη τσάντα",
		"Ёлка, її":                           "Ёлка, її",
		"e\u0301":                            "é",
		"漢字 tea":                             "□ tea",
		"A漢B字C":                              "A□B□C",
		"\U0001F469\u200D\U0001F467\ufe0f":   "□",
		"\u200d":                             "",
		"\ue000":                             "□",
	} {
		got, missing := printable(typed)
		if got != want || missing != strings.ContainsRune(want, box) {
			t.Errorf("%q becomes %q (missing: %t), want %q", typed, got, missing, want)
		}
	}
	for tag, w := range languages {
		value := reflect.ValueOf(w)
		for i := range value.NumField() {
			if field := value.Field(i); field.Kind() == reflect.String {
				if _, missing := printable(field.String()); missing {
					t.Errorf("the fonts can't print what %s says: %q", tag, field.String())
				}
			}
		}
	}
	if !letters()[box] || !letters()['−'] || !letters()['·'] {
		t.Error("the fonts lack a sign that every document may need")
	}
}
