package rpc

import (
	"math"
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	cartsv1 "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	promotionsv1 "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

func TestRules(t *testing.T) {
	conn := open(t, &shop{})
	hold := func(change func(*stockv1.HoldStockRequest)) error {
		r := holdRequest()
		change(r)
		_, err := stockv1.NewStockServiceClient(conn).HoldStock(as(t, webKey), r)
		return err
	}
	place := func(change func(*ordersv1.PlaceOrderRequest)) error {
		r := &ordersv1.PlaceOrderRequest{
			RequestId: someID, Location: "milan", Channel: "till",
			Lines: []*ordersv1.BasketLine{{
				Item: &ordersv1.BasketLine_Sku{Sku: "RED-42"}, Quantity: 1,
				Method: ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
			}},
		}
		change(r)
		_, err := ordersv1.NewOrderServiceClient(conn).PlaceOrder(as(t, tillKey), r)
		return err
	}
	const refused = "InvalidArgument INVALID_REQUEST "
	year300Million := &timestamppb.Timestamp{Seconds: math.MaxInt64}

	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"every field at fault is named", hold(func(r *stockv1.HoldStockRequest) {
			r.RequestId, r.Owner, r.Lines[0].Quantity = "7", "", 0
		}), refused + "[request_id owner lines[0].quantity]"},
		{"a request id is asked for", hold(func(r *stockv1.HoldStockRequest) { r.RequestId = "" }), refused + "[request_id]"},
		{"a request id of zeros is none", hold(func(r *stockv1.HoldStockRequest) {
			r.RequestId = "00000000-0000-0000-0000-000000000000"
		}), refused + "[request_id]"},
		{"a request id in upper case is one", hold(func(r *stockv1.HoldStockRequest) {
			r.RequestId = strings.ToUpper(someID)
		}), okay},
		{"a value that the contract does not have is refused", place(func(r *ordersv1.PlaceOrderRequest) {
			r.Lines[0].Method = 77
		}), refused + "[lines[0].method]"},
		{"a choice that was not made is refused", place(func(r *ordersv1.PlaceOrderRequest) { r.Lines[0].Item = nil }),
			refused + "[lines[0].item]"},
		{"an instant that does not exist is refused", place(func(r *ordersv1.PlaceOrderRequest) {
			r.OccurredAt = year300Million
		}), refused + "[occurred_at]"},
		{"an instant that does exist passes", place(func(r *ordersv1.PlaceOrderRequest) {
			r.OccurredAt = timestamppb.Now()
		}), okay},
		{"a duration that does not exist is refused", hold(func(r *stockv1.HoldStockRequest) {
			r.TimeToLive = &durationpb.Duration{Seconds: 60, Nanos: -5}
		}), refused + "[time_to_live]"},
		{"an instant below is named by its path", func() error {
			_, err := catalogv1.NewCatalogServiceClient(conn).PutPrices(as(t, staffKey), &catalogv1.PutPricesRequest{
				RequestId: someID, PriceList: "eur", Prices: []*catalogv1.Price{
					{Sku: "RED-42", UnitPrice: &retailv1.Money{CurrencyCode: "EUR"}},
					{Sku: "RED-42", UnitPrice: &retailv1.Money{CurrencyCode: "EUR"}, ValidUntil: year300Million},
				},
			})
			return err
		}(), refused + "[prices[1].valid_until]"},
		{"a rule over several fields names none", func() error {
			_, err := ordersv1.NewOrderServiceClient(conn).ListOrders(as(t, staffKey), &ordersv1.ListOrdersRequest{})
			return err
		}(), refused + "[]"},
	} {
		t.Run(c.name, func(t *testing.T) { wantTold(t, c.err, c.want) })
	}

	t.Run("the message says what is wrong with the first field, and how many there are", func(t *testing.T) {
		err := hold(func(r *stockv1.HoldStockRequest) { r.RequestId, r.Owner = "7", "" })
		want := "The request is not valid: request_id: must be a valid UUID (and 1 more)"
		if got := status.Convert(err).Message(); got != want {
			t.Errorf("got %q", got)
		}
	})
}

// TestViolationsAreSaidInWords reads what is said of choices that were not made and of texts that are not of the form asked for.
func TestViolationsAreSaidInWords(t *testing.T) {
	rules, err := newRules()
	if err != nil {
		t.Fatal(err)
	}
	for want, request := range map[string]proto.Message{
		"promotion.gives: must be one of these: basis_points, amount, n_for_m": &promotionsv1.PutPromotionRequest{
			RequestId: someID, Promotion: &promotionsv1.Promotion{Code: "x", Name: "X"}},
		"device: must be a token of 16 to 128 letters": &cartsv1.GetCartRequest{Device: "short"},
		"channel.code: must be a code without a slash": &locationsv1.PutChannelRequest{RequestId: someID, Channel: &locationsv1.Channel{Name: "X", Kind: 1}},
	} {
		err := rules.check(request.ProtoReflect())
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "^$`") {
			t.Errorf("%v, and not %s", err, want)
		}
	}
}

// forEachMethod calls visit for every method of every service of the contract.
func forEachMethod(visit func(protoreflect.MethodDescriptor)) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "aisle.") {
			return true
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				visit(service.Methods().Get(j))
			}
		}
		return true
	})
}

// forEachField calls visit for every field of the message and of what it leads to.
func forEachField(
	message protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, visit func(protoreflect.FieldDescriptor),
) {
	if seen[message.FullName()] || !strings.HasPrefix(string(message.FullName()), "aisle.") {
		return
	}
	seen[message.FullName()] = true
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		visit(field)
		if field.Message() != nil {
			forEachField(field.Message(), seen, visit)
		}
	}
}

// posted are methods that change nothing and are no GET all the same: questions of many parts, and a number that must not stand in
// an address, which is logged.
var posted = []protoreflect.FullName{
	"aisle.returns.v1.ReturnService.QuoteReturn", "aisle.payments.v1.PaymentService.LookupGiftCard", "aisle.orders.v1.OrderService.QuoteOrder",
	"aisle.carts.v1.CartService.GetCart", "aisle.returns.v1.ReturnService.FindPurchases",
}

// settled are methods that need no request_id, for they say what is to be, and it is no other the second time: sent once more after it
// failed, and forgotten.
var settled = []protoreflect.FullName{
	"aisle.messages.v1.MessageService.RetryMessage", "aisle.messages.v1.MessageService.EraseContact",
	"aisle.orders.v1.OrderService.PutShipTo",
}

// TestContract holds the contract against what this room relies on and no compiler checks.
func TestContract(t *testing.T) {
	methods, said := 0, map[string]bool{}
	forEachMethod(func(method protoreflect.MethodDescriptor) {
		methods++
		http, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		id := method.Input().Fields().ByName(requestIDField)
		switch {
		case http == nil:
			t.Errorf("%s has no REST binding", method.FullName())
		case http.GetGet() != "" && id != nil:
			t.Errorf("%s is a GET and has a request_id", method.FullName())
		case http.GetGet() == "" && id == nil && !slices.Contains(posted, method.FullName()) && !slices.Contains(settled, method.FullName()):
			t.Errorf("%s has an effect and no request_id: a retry would have it twice", method.FullName())
		}
		if id != nil && !rulesOf(t, id).GetString().GetUuid() {
			t.Errorf("%s does not say that its request_id is a uuid", method.FullName())
		}
		forEachField(method.Input(), map[protoreflect.FullName]bool{}, func(field protoreflect.FieldDescriptor) {
			rules := rulesOf(t, field)
			if field.IsList() {
				if !rules.GetRepeated().HasMaxItems() {
					t.Errorf("%s has no max_items: everything has a limit", field.FullName())
				}
				rules = rules.GetRepeated().GetItems()
			}
			switch field.Kind() {
			case protoreflect.EnumKind:
				if !rules.GetEnum().GetDefinedOnly() {
					t.Errorf("%s takes values that do not exist: say defined_only", field.FullName())
				}
			case protoreflect.StringKind:
				text := rules.GetString()
				if asked, _ := inner(text.GetPattern()); text.HasPattern() && patterns[asked] == "" {
					t.Errorf("nobody says in words what %s asks for: %s", field.FullName(), asked)
				} else if text.HasPattern() {
					said[asked] = true
				}
				if !text.HasMaxLen() && !text.HasPattern() && !text.GetUuid() {
					t.Errorf("%s has neither max_len nor a pattern: everything has a limit", field.FullName())
				}
			}
		})
	})
	for asked := range patterns {
		if !said[asked] {
			t.Errorf("words are left of a pattern that no field has: %s", asked)
		}
	}
	if methods < 20 {
		t.Errorf("only %d methods were found", methods)
	}
}

func rulesOf(t *testing.T, field protoreflect.FieldDescriptor) *validate.FieldRules {
	t.Helper()
	rules, err := protovalidate.ResolveFieldRules(field)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
