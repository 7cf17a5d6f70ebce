package house

import (
	"cmp"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/demand/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/messages/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

func TestEveryMethodSaysWhoMayCallIt(t *testing.T) {
	methods, open := 0, []string{}
	err := fs.WalkDir(os.DirFS(filepath.Join(root, "proto")), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".proto" {
			return err
		}
		file, err := protoregistry.GlobalFiles.FindFileByPath(name)
		if err != nil {
			t.Errorf("proto/%s is not looked at: import its generated package in services/house/contract_test.go", name)
			return nil
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				methods++
				access, _ := proto.GetExtension(method.Options(), retailpb.E_Access).(*retailpb.Access)
				if access.GetAnyone() {
					open = append(open, string(method.FullName()))
				} else if len(access.GetScopes()) == 0 {
					t.Errorf("%s does not say who may call it: without an access option and a scope nobody may", method.FullName())
				}
				if method.Input().Fields().ByName("request_id") != nil && slices.ContainsFunc(access.GetScopes(), isReading) {
					t.Errorf("%s has an effect, for it has a request_id, and may be called by %v", method.FullName(), access.GetScopes())
				}
			}
		}
		return nil
	})
	if err != nil || methods == 0 {
		t.Errorf("%d methods: %v", methods, err)
	}
	const link = "aisle.payments.v1.PaymentService."
	if want := []string{link + "GetPaymentLink", link + "PayByLink"}; !slices.Equal(open, want) {
		t.Errorf("anyone may call %v, and not %v: whoever opens another says here why a stranger may", open, want)
	}
}

func isReading(scope string) bool { return strings.HasSuffix(scope, ".read") }

// mechanism are the reasons that no rule gives: they say how the program failed, and package rpc has them.
var mechanism = strings.Fields("REASON_UNSPECIFIED STALE OVERLOADED UNAVAILABLE INTERNAL CANCELLED")

// renamed are the constants that can't have their reason's name, which a state or a type of the rules has.
var renamed = map[string]string{
	"OrderGone": "OrderExpired", "FulfilmentStep": "FulfilmentState", "FulfilmentEnded": "FulfilmentCancelled",
	"TransferEnded": "TransferReceived", "CountStep": "CountState", "PaymentStep": "PaymentState", "LabelStep": "LabelState", "LabelRefused": "LabelDeclined",
	"CartOrdered": "CartConverted", "ReturnRequestStep": "ReturnRequestState",
}

func TestTheReasonsOfTheRulesAreThoseOfTheContract(t *testing.T) {
	reasons := map[string]bool{}
	for _, s := range written(t) {
		if roomOf(s.path) != "services/retail" || s.isTest() {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
				for i, name := range spec.Names {
					reason, _ := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
					reasons[reason] = true
					if reason != screaming(cmp.Or(renamed[name.Name], name.Name)) {
						t.Errorf("the constant %s says %s", name.Name, reason)
					}
				}
			}
			return true
		})
	}
	for reason := range reasons {
		if _, known := retailpb.Reason_value[reason]; !known || slices.Contains(mechanism, reason) {
			t.Errorf("the rules refuse with %s, which aisle.retail.v1.Reason does not have", reason)
		}
	}
	for reason := range retailpb.Reason_value {
		if !reasons[reason] && !slices.Contains(mechanism, reason) {
			t.Errorf("aisle.retail.v1.Reason has %s, which is no constant of retail/refusal.go", reason)
		}
	}
}

// screaming writes RequestIDReused as REQUEST_ID_REUSED.
func screaming(name string) string {
	var b strings.Builder
	isUpper := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= 'A' && name[i] <= 'Z' }
	for i := range name {
		if i > 0 && isUpper(i) && (!isUpper(i-1) || i+1 < len(name) && !isUpper(i+1)) {
			b.WriteByte('_')
		}
		b.WriteByte(name[i])
	}
	return strings.ToUpper(b.String())
}
