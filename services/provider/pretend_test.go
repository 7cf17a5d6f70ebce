package provider

import (
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
)

// TestPretendDeclinesWhatItDoesNotKnow gives it a token that is mistyped, which must not count as paid.
func TestPretendDeclinesWhatItDoesNotKnow(t *testing.T) {
	p := NewPretend("")
	for i, token := range append([]string{"tok_zzz", "TOK_OK", ""}, pretendTokens...) {
		charge := Charge{Key: token + "/1", Intent: retail.ID{15: byte(i)}, AmountMinor: 500, Token: token}
		answer, err := p.Authorise(t.Context(), charge)
		if token == PretendLost { // the second time it is heard
			answer, err = p.Authorise(t.Context(), charge)
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := i < 3 || token == PretendDeclined; answer.Declined != want {
			t.Errorf("%q: %+v", token, answer)
		}
		if i < 3 && !strings.Contains(answer.Problem, "tok_ok, tok_declined") {
			t.Errorf("%q is declined without a word of what there is: %q", token, answer.Problem)
		}
	}
}
