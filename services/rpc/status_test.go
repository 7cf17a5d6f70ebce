package rpc

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// reasonsInGo reads the values of all constants of type Reason in a Go file.
func reasonsInGo(t *testing.T, path string) map[retail.Reason]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[retail.Reason]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Reason" {
			return true
		}
		for i, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			reasons[retail.Reason(text)] = spec.Names[i].Name
		}
		return true
	})
	return reasons
}

func TestReasons(t *testing.T) {
	inGo := reasonsInGo(t, "../retail/refusal.go")
	if len(inGo) < 20 {
		t.Fatalf("only %d reasons found in the rules", len(inGo))
	}
	mechanism := []retail.Reason{reasonStale, reasonOverloaded, reasonUnavailable, reasonInternal, reasonCancelled}
	for _, reason := range mechanism {
		if name, ok := inGo[reason]; ok {
			t.Errorf("%s is how the mechanism fails, and stands in the rules as %s", reason, name)
		}
		inGo[reason] = "of the mechanism"
	}

	t.Run("each of the contract has a status code and a constant", func(t *testing.T) {
		for name := range retailv1.Reason_value {
			if name == retailv1.Reason_REASON_UNSPECIFIED.String() {
				continue
			}
			if _, ok := reasonCodes[retail.Reason(name)]; !ok {
				t.Errorf("%s of the contract has no status code in reasonCodes", name)
			}
			if _, ok := inGo[retail.Reason(name)]; !ok {
				t.Errorf("%s of the contract has no constant in retail/refusal.go", name)
			}
		}
	})
	t.Run("each of the rules stands in the contract", func(t *testing.T) {
		for reason, name := range inGo {
			if _, ok := retailv1.Reason_value[string(reason)]; !ok {
				t.Errorf("%s (%s) does not stand in aisle.retail.v1.Reason", reason, name)
			}
		}
	})
	t.Run("no status code is for a reason that does not exist", func(t *testing.T) {
		for reason := range reasonCodes {
			if _, ok := retailv1.Reason_value[string(reason)]; !ok {
				t.Errorf("%s has a status code and does not stand in aisle.retail.v1.Reason", reason)
			}
		}
	})
}

func TestErrorTable(t *testing.T) {
	s := &shop{}
	var answer error
	s.stock.hold = func(context.Context, *stockv1.HoldStockRequest) (*stockv1.Hold, error) { return nil, answer }
	stock := stockv1.NewStockServiceClient(open(t, s))

	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a refusal", retail.Refuse(retail.OutOfStock, "Two are left."), "FailedPrecondition OUT_OF_STOCK"},
		{"a refusal in a wrapping", fmt.Errorf("holding: %w", retail.Refuse(retail.HoldExpired, "Too late.")),
			"FailedPrecondition HOLD_EXPIRED"},
		{"a refusal of a field", retail.RefuseField(retail.UnknownSKU, "lines[2].sku", "There is no such SKU."),
			"NotFound UNKNOWN_SKU [lines[2].sku]"},
		{"an id that is taken", retail.Refuse(retail.OrderExists, "It is there."), "AlreadyExists ORDER_EXISTS"},
		{"a request id with another request", retail.Refuse(retail.RequestIDReused, "It was another."),
			"AlreadyExists REQUEST_ID_REUSED"},
		{"another currency", retail.Refuse(retail.CurrencyMismatch, "It is in EUR."), "InvalidArgument CURRENCY_MISMATCH"},
		{"a quantity beyond counting", retail.Refuse(retail.QuantityTooLarge, "Too many."), "OutOfRange QUANTITY_TOO_LARGE"},
		{"overload", fmt.Errorf("submit: %w", ledger.ErrOverloaded), "ResourceExhausted OVERLOADED"},
		{"shutdown", ledger.ErrClosed, "Unavailable UNAVAILABLE"},
		{"no database", fmt.Errorf("submit: %w", ledger.ErrUnavailable), "Unavailable UNAVAILABLE"},
		{"a stale plan", ledger.ErrStale, "Aborted STALE"},
		{"a deadline", fmt.Errorf("query: %w", context.DeadlineExceeded), "DeadlineExceeded CANCELLED"},
		{"a caller who went away", context.Canceled, "Canceled CANCELLED"},
		{"a command without a request", ledger.ErrNoRequest, "Internal INTERNAL"},
		{"a reason that is in no table", retail.Refuse("MADE_UP", "Nonsense."), "Internal INTERNAL"},
		{"a status of a handler's own", status.Error(5, "not the handler's to say"), "Internal INTERNAL"},
		{"anything else", errors.New("pq: password of user aisle is 1234"), "Internal INTERNAL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer = c.err
			_, err := stock.HoldStock(as(t, webKey), holdRequest())
			wantTold(t, err, c.want)
			if got := errorInfo(t, err).GetDomain(); got != "aisle.retail" {
				t.Errorf("domain is %q", got)
			}
			if strings.Contains(statusText(err), "1234") || strings.Contains(statusText(err), "Nonsense") {
				t.Errorf("leaks %v", err)
			}
		})
	}

	t.Run("a refusal keeps its message and its facts", func(t *testing.T) {
		answer = retail.Refuse(retail.OutOfStock, "Only 3 of RED-42 are left.").With("lines[0].available", 3)
		_, err := stock.HoldStock(as(t, webKey), holdRequest())
		if got := status.Convert(err).Message(); got != "Only 3 of RED-42 are left." {
			t.Errorf("message is %q", got)
		}
		if diff := cmp.Diff(map[string]string{"lines[0].available": "3"}, errorInfo(t, err).GetMetadata()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a refusal of five hundred lines arrives whole", func(t *testing.T) {
		refusal := retail.Refuse(retail.OutOfStock, "Too few.")
		for i := range 500 {
			refusal.With(fmt.Sprintf("lines[%d].available", i), i).With(fmt.Sprintf("lines[%d].wanted", i), i+1)
		}
		answer = refusal
		_, err := stock.HoldStock(as(t, webKey), holdRequest())
		if got := len(errorInfo(t, err).GetMetadata()); got != 1000 {
			t.Errorf("%d facts arrived", got)
		}
	})
	t.Run("a refusal that quotes broken text still arrives", func(t *testing.T) {
		answer = retail.RefuseField(retail.UnknownSKU, "sku\xff", "There is no \xff.").With("sku", "\xff")
		_, err := stock.HoldStock(as(t, webKey), holdRequest())
		if got := status.Convert(err).Message(); !utf8.ValidString(got) || errorInfo(t, err).GetReason() != "UNKNOWN_SKU" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a caller is told when to try again", func(t *testing.T) {
		for _, answer = range []error{ledger.ErrOverloaded, ledger.ErrUnavailable, ledger.ErrClosed} {
			_, err := stock.HoldStock(as(t, webKey), holdRequest())
			var delay int64
			for _, detail := range status.Convert(err).Details() {
				if retry, ok := detail.(*errdetails.RetryInfo); ok {
					delay = retry.GetRetryDelay().AsDuration().Milliseconds()
				}
			}
			if delay < 100 {
				t.Errorf("%v: %d ms", answer, delay)
			}
		}
	})
}
