package fulfilments

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aisle-retail/aisle/services/retail"
)

// secret is long enough.
var secret = []byte(strings.Repeat("s", SecretMin))

func pickup(n byte, renewals int32) retail.Fulfilment {
	return retail.Fulfilment{ID: retail.ID{15: n}, CodeCount: renewals}
}

func TestCodes(t *testing.T) {
	codes, err := NewCodes(secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a code is the same for good", func(t *testing.T) {
		// Codes that were shown must open after an upgrade too.
		if got := codes.Of(pickup(1, 0)); got != "499698" {
			t.Errorf("the code of the first pickup is %s", got)
		}
	})
	t.Run("it is six digits, of the pickup, its renewals and the secret", func(t *testing.T) {
		other, err := NewCodes([]byte(strings.Repeat("t", SecretMin)))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for n := range byte(100) {
			for renewals := range int32(3) {
				code := codes.Of(pickup(n, renewals))
				if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) {
					t.Fatalf("%q", code)
				}
				seen[code] = true
				seen[other.Of(pickup(n, renewals))] = true
			}
		}
		if len(seen) < 595 { // of 600 by chance about 0.2 coincide
			t.Errorf("600 codes are %d", len(seen))
		}
	})
	t.Run("only it opens the pickup", func(t *testing.T) {
		right := codes.Of(pickup(1, 0))
		opened := 0
		for n := range 1_000 {
			if codes.Opens(pickup(1, 0), fmt.Sprintf("%06d", n*1_000)) {
				opened++
			}
		}
		if !codes.Opens(pickup(1, 0), right) || opened > 1 {
			t.Errorf("%s does not open it, or %d others do", right, opened)
		}
		for _, wrong := range []string{"", "0", right[:5], right + "0", " " + right, strings.Repeat("9", 1000)} {
			if codes.Opens(pickup(1, 0), wrong) {
				t.Errorf("%q opens it", wrong)
			}
		}
		if codes.Opens(pickup(1, 1), right) || codes.Opens(pickup(2, 0), right) {
			t.Error("it opens another, or after it was renewed")
		}
	})
	t.Run("a short secret is refused without being told", func(t *testing.T) {
		_, err := NewCodes([]byte("hunter2"))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	})
}

// TestCodesAreComparedInConstantTime reads the code, for what takes how long can't be told on a busy machine: Opens is one
// comparison, by crypto/subtle, and decides nothing before it.
func TestCodesAreComparedInConstantTime(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Name.Name == "Opens"
	})
	if at < 0 {
		t.Fatal("there is no Opens")
	}
	body := file.Decls[at].(*ast.FuncDecl).Body
	if len(body.List) != 1 {
		t.Fatalf("Opens has %d statements", len(body.List))
	}
	result := body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BinaryExpr)
	call, ok := result.X.(*ast.CallExpr)
	if !ok || result.Op != token.EQL {
		t.Fatal("Opens is not one comparison")
	}
	if by, ok := call.Fun.(*ast.SelectorExpr); !ok || by.Sel.Name != "ConstantTimeCompare" || by.X.(*ast.Ident).Name != "subtle" {
		t.Error("Opens does not compare by subtle.ConstantTimeCompare")
	}
}
