package retail

import "testing"

func TestFold(t *testing.T) {
	for _, c := range []struct {
		kind         FinderKind
		value, folds string
	}{
		{FinderPhone, " +34 600 111-222 ", "+34600111222"},
		{FinderPhone, "0034.600/111(222)", "+34600111222"},
		{FinderPhone, "600111222", "600111222"}, // nobody knows of which country
		{FinderEmail, " Ada@Example.COM", "ada@example.com"},
		{FinderLoyalty, "al-00 17", "AL0017"},
		{FinderCardToken, " tok_aB-1 ", "tok_aB-1"},
		{FinderLoyalty, " - ", ""},
		{FinderEmail, " ", ""},
	} {
		if got := c.kind.Fold(c.value); got != c.folds {
			t.Errorf("%s %q is folded to %q, want %q", c.kind, c.value, got, c.folds)
		}
	}
}
