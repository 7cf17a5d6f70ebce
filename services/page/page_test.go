package page_test

import (
	"errors"
	"testing"

	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestTokens(t *testing.T) {
	t.Run("a mark comes back", func(t *testing.T) {
		for _, code := range []string{"milan", "ñandú/1", ""} {
			if got, err := page.Read[string](page.Token(code)); err != nil || got != code {
				t.Errorf("%q came back as %q, %v", code, got, err)
			}
		}
	})
	t.Run("no token is before everything", func(t *testing.T) {
		if got, err := page.Read[string](""); err != nil || got != "" {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("a forged one is refused with its field", func(t *testing.T) {
		for _, token := range []string{"%%%", "forged", page.Token(17), page.Token("a\x00b")} {
			_, err := page.Read[string](token)
			if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Field != "page_token" {
				t.Errorf("%q: %v", token, err)
			}
		}
	})
}
