package catalog

import (
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
)

func TestLanguages(t *testing.T) {
	for tag, want := range map[string]string{
		"ES": "es", "pt-br": "pt-BR", "zh-HANT-tw": "zh-Hant-TW", "sl-rozaj-biske": "sl-rozaj-biske", "de-1996": "de-1996",
		"en-a-BBBB-CC": "en-a-bbbb-cc", "es-419": "es-419", "": "",
	} {
		if got := languageFrom(tag); got != want {
			t.Errorf("%q is written %q, not %q", tag, got, want)
		}
	}
	texts := []retail.LocalText{{Language: "es", Text: "es"}, {Language: "es-MX", Text: "mx"}, {Language: "zh-Hant", Text: "zh"}}
	for wanted, want := range map[string]string{
		"es": "es", "es-mx": "mx", "es-AR": "es", "zh-Hant-TW": "zh", "zh": "own", "ca": "own", "": "own", "es-x-private": "es",
	} {
		if got := said("own", texts, wanted); got != want {
			t.Errorf("in %q it says %q, not %q", wanted, got, want)
		}
	}
}

// FuzzLanguage writes any tag in its usual case, which no second writing changes, and looks for it, which ends.
func FuzzLanguage(f *testing.F) {
	for _, tag := range []string{"es", "pt-BR", "zh-Hant-TW", "en-a-bbb-x-a-ccc", "-", "a--b", "x-"} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		if written := languageFrom(tag); languageFrom(written) != written {
			t.Errorf("%q, then %q", written, languageFrom(written))
		}
		said("own", []retail.LocalText{{Language: "es"}}, tag)
	})
}
