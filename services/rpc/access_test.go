package rpc

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	locationsv1 "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	stockv1 "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestAuthentication(t *testing.T) {
	stock := stockv1.NewStockServiceClient(open(t, &shop{}))
	for _, c := range []struct {
		name string
		with []string
		want string
	}{
		{"refuses a call without a key", nil, unknownKey},
		{"refuses a key that is not known", []string{"authorization", "Bearer 0123456789012345678901"}, unknownKey},
		{"refuses a known key under another scheme", []string{"authorization", "Basic " + webKey}, unknownKey},
		{"refuses a known key without a scheme", []string{"authorization", webKey}, unknownKey},
		{"refuses two keys", []string{"authorization", "Bearer " + webKey, "authorization", "Bearer " + staffKey}, unknownKey},
		{"refuses a key with something behind it", []string{"authorization", "Bearer " + webKey + " x"}, unknownKey},
		{"takes a known key", []string{"authorization", "Bearer " + webKey}, okay},
		{"takes the scheme in any case", []string{"Authorization", "bEARER " + webKey}, okay},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := stock.HoldStock(metadata.AppendToOutgoingContext(t.Context(), c.with...), holdRequest())
			wantTold(t, err, c.want)
		})
	}
}

func TestOpenServices(t *testing.T) {
	conn := open(t, &shop{})

	t.Run("health answers without a key, and says no until it is told otherwise", func(t *testing.T) {
		for _, service := range []string{"", "aisle.stock.v1.StockService"} {
			answer, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(),
				&grpc_health_v1.HealthCheckRequest{Service: service})
			if err != nil || answer.GetStatus() != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
				t.Errorf("%q: got %v, %v", service, answer, err)
			}
		}
	})
	t.Run("health keeps its own status for a service that is not there", func(t *testing.T) {
		_, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "x"})
		wantTold(t, err, "NotFound")
	})
	t.Run("reflection streams without a key", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ask := &reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}
		if err := stream.Send(ask); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil || len(answer.GetListServicesResponse().GetService()) < 5 {
			t.Errorf("got %v, %v", answer, err)
		}
	})
	t.Run("a method that does not exist is not there for anybody", func(t *testing.T) {
		for _, method := range []string{"/aisle.stock.v1.StockService/Steal", "/aisle.stock.v1.ThiefService/Steal"} {
			err := conn.Invoke(as(t, staffKey), method, &stockv1.Hold{}, &stockv1.Hold{})
			wantTold(t, err, "Unimplemented")
		}
	})
}

func TestScopesAndCoverage(t *testing.T) {
	conn := open(t, &shop{})
	stock := stockv1.NewStockServiceClient(conn)
	orders := ordersv1.NewOrderServiceClient(conn)
	catalog := catalogv1.NewCatalogServiceClient(conn)
	locations := locationsv1.NewLocationServiceClient(conn)

	hold := func(location, channel string) func(context.Context) error {
		return func(ctx context.Context) error {
			r := holdRequest()
			r.Location, r.Channel = location, channel
			_, err := stock.HoldStock(ctx, r)
			return err
		}
	}
	receive := func(ctx context.Context) error {
		_, err := stock.ReceiveStock(ctx, &stockv1.ReceiveStockRequest{
			RequestId: someID, Location: "milan", Lines: []*stockv1.ReceiveLine{{Sku: "RED-42", Quantity: 1}},
		})
		return err
	}
	availability := func(channel string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := stock.GetAvailability(ctx, &stockv1.GetAvailabilityRequest{Skus: []string{"RED-42"}, Channel: channel})
			return err
		}
	}
	list := func(customer, location string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := orders.ListOrders(ctx, &ordersv1.ListOrdersRequest{Customer: customer, Location: location})
			return err
		}
	}
	place := func(location, channel, customer string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := orders.PlaceOrder(ctx, &ordersv1.PlaceOrderRequest{
				RequestId: someID, Location: location, Channel: channel, Customer: customer,
				Lines: []*ordersv1.BasketLine{{
					Item: &ordersv1.BasketLine_Sku{Sku: "RED-42"}, Quantity: 1,
					Method: ordersv1.FulfilmentMethod_FULFILMENT_METHOD_CARRY_OUT,
				}},
			})
			return err
		}
	}
	putLocation := func(code string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := locations.PutLocation(ctx, &locationsv1.PutLocationRequest{RequestId: someID, Location: &locationsv1.Location{
				Code: code, Name: "Milan", Kind: locationsv1.LocationKind_LOCATION_KIND_STORE, TimeZone: "Europe/Rome",
				CurrencyCode: "EUR", TaxJurisdiction: "IT",
			}})
			return err
		}
	}
	listProducts := func(ctx context.Context) error {
		_, err := catalog.ListProducts(ctx, &catalogv1.ListProductsRequest{})
		return err
	}

	for _, c := range []struct {
		name, key string
		call      func(context.Context) error
		want      string
	}{
		{"a site holds at a location and channel of its own", webKey, hold("milan", "web"), okay},
		{"a site holds at each location of its own", webKey, hold("rome", "web"), okay},
		{"a site does not hold elsewhere", webKey, hold("turin", "web"), denied},
		{"a site does not hold for another channel", webKey, hold("milan", "till"), denied},
		{"a code is told in its own case", webKey, hold("Milan", "web"), denied},
		{"a star is not a code", webKey, hold("*", "web"), denied},
		{"a site for all holds anywhere", anywebKey, hold("turin", "app"), okay},
		{"a site does not receive goods", webKey, receive, denied},
		{"a till does not receive goods", tillKey, receive, denied},
		{"a tablet receives goods", tabletKey, receive, okay},
		{"a system has only the scopes it lists", importKey, hold("milan", "web"), denied},
		{"a system has the scopes it lists", importKey, receive, okay},
		{"a key without places acts at none", nowhereKey, receive, denied},
		{"a key without places still reads the catalogue", nowhereKey, listProducts, okay},

		{"a site asks for its channel", webKey, availability("web"), okay},
		{"a site does not ask for another channel", webKey, availability("app"), denied},
		{"a site does not leave its channel by naming none", webKey, availability(""), denied},
		{"staff asks without a channel", staffKey, availability(""), okay},
		{"a shopper asks for her channel", adaKey, availability("web"), okay},
		{"a shopper does not ask without a channel", adaKey, availability(""), denied},

		{"a till lists the orders of its location", tillKey, list("", "milan"), okay},
		{"a till does not list the orders of another location", tillKey, list("", "rome"), denied},
		{"a till sees a customer's history over all places", tillKey, list(bobID, ""), okay},
		{"a till does not see a customer's orders at another location", tillKey, list(bobID, "rome"), denied},
		{"a shopper sees her own history", adaKey, list(adaID, ""), okay},
		{"a shopper's id is the same in upper case", adaKey, list(strings.ToUpper(adaID), ""), okay},
		{"a shopper does not see another's history", adaKey, list(bobID, ""), denied},
		{"a shopper does not see a location's orders", adaKey, list("", "milan"), denied},

		{"a till sells at its location", tillKey, place("milan", "till", ""), okay},
		{"a till sells to anybody", tillKey, place("milan", "till", bobID), okay},
		{"a till does not sell at another location", tillKey, place("rome", "till", ""), denied},
		{"a till does not sell through another channel", tillKey, place("milan", "web", ""), denied},
		{"a tablet does not sell", tabletKey, place("milan", "till", ""), denied},
		{"a shopper buys for herself", adaKey, place("milan", "web", adaID), okay},
		{"a shopper does not buy for another", adaKey, place("milan", "web", bobID), denied},
		{"a shopper does not buy for nobody", adaKey, place("milan", "web", ""), denied},
		{"a customer named does not open another location", adaKey, place("rome", "web", adaID), denied},
		{"a shopper has no part in what does not ask who she is", adaKey, hold("milan", "web"), denied},

		{"a path through a message is followed", nowhereKey, putLocation("milan"), denied},
		{"staff puts a location", staffKey, putLocation("milan"), okay},
		{"a site does not put a location", anywebKey, putLocation("milan"), denied},
		{"a broken request is told what is broken before where it may not go", webKey, hold("", "web"),
			"InvalidArgument INVALID_REQUEST [location]"},
		{"a method that is not there yet says so", staffKey, func(ctx context.Context) error {
			_, err := locations.GetLocation(ctx, &locationsv1.GetLocationRequest{Code: "milan"})
			return err
		}, "Unimplemented"},
	} {
		t.Run(c.name, func(t *testing.T) { wantTold(t, c.call(as(t, c.key)), c.want) })
	}
}

func TestOrdersOfOthers(t *testing.T) {
	answers := map[string]*ordersv1.Order{someID: {Id: someID, Customer: adaID}, otherID: {Id: otherID, Customer: bobID}}
	s := &shop{}
	s.orders.get = func(_ context.Context, r *ordersv1.GetOrderRequest) (*ordersv1.Order, error) {
		switch order := answers[r.GetOrder()]; {
		case order != nil:
			return order, nil
		case r.GetOrder() == bobID:
			return &ordersv1.Order{Id: bobID}, nil
		case r.GetOrder() == adaID:
			return nil, errors.New("boom")
		}
		return nil, retail.Refuse(retail.UnknownOrder, "There is no order %s.", r.GetOrder()).With("order", r.GetOrder())
	}
	orders := ordersv1.NewOrderServiceClient(open(t, s))
	get := func(key, id string) error {
		_, err := orders.GetOrder(as(t, key), &ordersv1.GetOrderRequest{Order: id})
		return err
	}

	t.Run("a shopper gets her own order", func(t *testing.T) { wantTold(t, get(adaKey, someID), okay) })
	t.Run("a shopper does not get an anonymous order", func(t *testing.T) { wantTold(t, get(adaKey, bobID), unknownOrder) })
	t.Run("staff gets any order", func(t *testing.T) { wantTold(t, get(staffKey, otherID), okay) })
	t.Run("a fault of ours stays one", func(t *testing.T) { wantTold(t, get(adaKey, adaID), "Internal INTERNAL") })
	t.Run("another's order and one that is not there look the same to the letter", func(t *testing.T) {
		others, missing := get(adaKey, otherID), get(adaKey, "0198c0de-0000-7000-8000-00000000dead")
		wantTold(t, others, unknownOrder)
		if a, b := statusText(others), statusText(missing); a != b {
			t.Errorf("a shopper can tell them apart:\n%s\n%s", a, b)
		}
	})
	t.Run("staff is told which order is missing", func(t *testing.T) {
		err := get(staffKey, "0198c0de-0000-7000-8000-00000000dead")
		if got := errorInfo(t, err).GetMetadata()["order"]; got == "" {
			t.Errorf("got %v", err)
		}
	})
}

// contract makes a service with one method out of nothing, as a proto file would declare it.
func contract(t *testing.T, input string, access *retailv1.Access, change ...func(*descriptorpb.MethodDescriptorProto),
) protoreflect.ServiceDescriptor {
	t.Helper()
	method := &descriptorpb.MethodDescriptorProto{
		Name: proto.String("Do"), InputType: proto.String(input), OutputType: proto.String(".made.Order"),
		Options: &descriptorpb.MethodOptions{},
	}
	if access != nil {
		proto.SetExtension(method.Options, retailv1.E_Access, access)
	}
	for _, c := range change {
		c(method)
	}
	text, message := descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	one, many := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	number := descriptorpb.FieldDescriptorProto_TYPE_INT64
	field := func(n int32, name string, kind descriptorpb.FieldDescriptorProto_Type,
		label descriptorpb.FieldDescriptorProto_Label, of string,
	) *descriptorpb.FieldDescriptorProto {
		f := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &n, Type: &kind, Label: &label}
		if of != "" {
			f.TypeName = &of
		}
		return f
	}
	choice := func(f *descriptorpb.FieldDescriptorProto) *descriptorpb.FieldDescriptorProto {
		f.OneofIndex = proto.Int32(0)
		return f
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("made.proto"), Package: proto.String("made"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("Read"), Field: []*descriptorpb.FieldDescriptorProto{
				field(1, "place", text, one, ""), field(2, "places", text, many, ""),
				field(3, "lines", message, many, ".made.Line"), field(4, "line", message, one, ".made.Line"),
				choice(field(5, "store", text, one, "")), choice(field(6, "parcel", message, one, ".made.Line")),
				field(7, "count", number, one, ""), field(8, "customer", text, one, ""),
				field(9, "tags", message, many, ".made.Read.TagsEntry"),
			}, OneofDecl: []*descriptorpb.OneofDescriptorProto{{Name: proto.String("target")}},
				NestedType: []*descriptorpb.DescriptorProto{{
					Name: proto.String("TagsEntry"), Options: &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)},
					Field: []*descriptorpb.FieldDescriptorProto{field(1, "key", text, one, ""), field(2, "value", text, one, "")},
				}}},
			{Name: proto.String("Write"), Field: []*descriptorpb.FieldDescriptorProto{
				field(1, "request_id", text, one, ""), field(2, "place", text, one, ""), field(3, "customer", text, one, ""),
			}},
			{Name: proto.String("Line"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "place", text, one, "")}},
			{Name: proto.String("Order"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "customer", text, one, "")}},
			{Name: proto.String("Sock"), Field: []*descriptorpb.FieldDescriptorProto{field(1, "customer", text, one, "")}},
		},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("MadeService"), Method: []*descriptorpb.MethodDescriptorProto{method},
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0)
}

func TestNewPolicies(t *testing.T) {
	read := []string{"orders.read"}
	streaming := func(m *descriptorpb.MethodDescriptorProto) { m.ServerStreaming = proto.Bool(true) }
	socks := func(m *descriptorpb.MethodDescriptorProto) { m.OutputType = proto.String(".made.Sock") }
	for _, c := range []struct {
		name, input string
		access      *retailv1.Access
		change      func(*descriptorpb.MethodDescriptorProto)
		want        string
	}{
		{"no access", ".made.Read", nil, nil, "does not say who may call it"},
		{"no scope", ".made.Read", &retailv1.Access{Location: "place"}, nil, "names no scope"},
		{"an unknown scope", ".made.Read", &retailv1.Access{Scopes: []string{"stock.steal"}}, nil, "is not a scope"},
		{"a path to nowhere", ".made.Read", &retailv1.Access{Scopes: read, Location: "palace"}, nil, "no such field"},
		{"a path to nowhere in a message", ".made.Read", &retailv1.Access{Scopes: read, Channel: "lines.palace"}, nil, "no such field"},
		{"a path through a string", ".made.Read", &retailv1.Access{Scopes: read, Location: "place.code"}, nil, "not a message"},
		{"a path through a map", ".made.Read", &retailv1.Access{Scopes: read, Location: "tags.value"}, nil, "no such field"},
		{"a path to a number", ".made.Read", &retailv1.Access{Scopes: read, Customer: "count"}, nil, "not a string"},
		{"a path to a message", ".made.Read", &retailv1.Access{Scopes: read, Customer: "line"}, nil, "not a string"},
		{"an answer's path to nowhere", ".made.Read", &retailv1.Access{Scopes: read, ResponseCustomer: "who"}, nil, "no such field"},
		{"an effect before the look at the answer", ".made.Write", &retailv1.Access{Scopes: read, ResponseCustomer: "customer"}, nil,
			"with an effect"},
		{"an answer that no reason fits", ".made.Read", &retailv1.Access{Scopes: read, ResponseCustomer: "customer"}, socks,
			"no reason UNKNOWN_SOCK"},
		{"what is kept from shoppers who may not ask", ".made.Read", &retailv1.Access{Scopes: read, StaffOnly: "customer"}, nil, "goes with a response_customer"},
		{"a method for anybody, and some", ".made.Read", &retailv1.Access{Anyone: true, Scopes: read}, nil, "anyone may call it, and not everyone"},
		{"a method for anybody, of some place", ".made.Read", &retailv1.Access{Anyone: true, Location: "place"}, nil, "anyone may call it, and not everyone"},
		{"a stream for anybody", ".made.Read", &retailv1.Access{Anyone: true}, streaming, "costs a stranger nothing"},
		{"a stream with an effect", ".made.Write", &retailv1.Access{Scopes: read}, streaming, "a stream has no"},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			var changes []func(*descriptorpb.MethodDescriptorProto)
			if c.change != nil {
				changes = append(changes, c.change)
			}
			_, err := NewPolicies(contract(t, c.input, c.access, changes...))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "made.MadeService.Do") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}

	t.Run("a server with a service that has no contract does not start", func(t *testing.T) {
		keys, err := ParseKeys([]byte(testKeys))
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewServer(Config{Keys: keys, Register: func(r grpc.ServiceRegistrar) {
			r.RegisterService(&grpc.ServiceDesc{ServiceName: "aisle.thief.v1.ThiefService", HandlerType: (*any)(nil)}, struct{}{})
		}})
		if err == nil || !strings.Contains(err.Error(), "the contract of aisle.thief.v1.ThiefService") {
			t.Errorf("got %v", err)
		}
	})
}

func TestPaths(t *testing.T) {
	milan := &Principal{Kind: KindTill, locations: reachOf([]string{"milan"})}
	for _, c := range []struct {
		name, path string
		request    string
		covered    bool
	}{
		{"each of a repeated field is covered", "places", `places: "milan" places: "milan"`, true},
		{"one of a repeated field is not covered", "places", `places: "milan" places: "rome"`, false},
		{"an empty one beside another names no place", "places", `places: "milan" places: ""`, false},
		{"a repeated field that is empty names no place", "places", ``, false},
		{"each message of a repeated field is covered", "lines.place", `lines { place: "milan" } lines { place: "milan" }`, true},
		{"one message of a repeated field is not", "lines.place", `lines { place: "milan" } lines { place: "rome" }`, false},
		{"one message of a repeated field names no place", "lines.place", `lines { place: "milan" } lines { }`, false},
		{"a message is followed", "line.place", `line { place: "milan" }`, true},
		{"a message that is absent names no place", "line.place", ``, false},
		{"a choice is followed", "store", `store: "milan"`, true},
		{"another choice names no place", "store", `parcel { place: "milan" }`, false},
		{"a message in a choice is followed", "parcel.place", `parcel { place: "milan" }`, true},
		{"a message in a choice that was not taken names no place", "parcel.place", `store: "milan"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := contract(t, ".made.Read", &retailv1.Access{Scopes: []string{"stock.read"}, Location: c.path})
			policies, err := NewPolicies(service)
			if err != nil {
				t.Fatal(err)
			}
			err = policies.methods["/made.MadeService/Do"].covers(milan, parse(t, service, c.request))
			if (err == nil) != c.covered {
				t.Errorf("got %v", err)
			}
		})
	}

	t.Run("a customer named in place of a location opens a read, and no write", func(t *testing.T) {
		for input, want := range map[string]bool{".made.Read": true, ".made.Write": false} {
			service := contract(t, input, &retailv1.Access{Scopes: []string{"orders.read"}, Location: "place", Customer: "customer"})
			policies, err := NewPolicies(service)
			if err != nil {
				t.Fatal(err)
			}
			err = policies.methods["/made.MadeService/Do"].covers(milan, parse(t, service, `customer: "x"`))
			if (err == nil) != want {
				t.Errorf("%s: got %v", input, err)
			}
		}
	})
}

func TestACustomerWhoNeedNotBeNamed(t *testing.T) {
	her := &Principal{Kind: KindCustomer, Customer: "x", locations: reach{all: true}, channels: reach{all: true}}
	for _, optional := range []bool{false, true} {
		service := contract(t, ".made.Read", &retailv1.Access{
			Scopes: []string{"catalog.read"}, Customer: "customer", CustomerOptional: optional,
		})
		policies, err := NewPolicies(service)
		if err != nil {
			t.Fatal(err)
		}
		for request, covered := range map[string]bool{``: optional, `customer: ""`: optional, `customer: "x"`: true, `customer: "y"`: false} {
			err := policies.methods["/made.MadeService/Do"].covers(her, parse(t, service, request))
			if (err == nil) != covered {
				t.Errorf("optional %v, %s: got %v", optional, request, err)
			}
		}
	}
}

// TestAFlagTakesARightOfItsOwn sets the flag of a request that only some may set.
func TestAFlagTakesARightOfItsOwn(t *testing.T) {
	orders := ordersv1.File_aisle_orders_v1_orders_proto.Services().ByName("OrderService")
	policies, err := NewPolicies(orders)
	if err != nil {
		t.Fatal(err)
	}
	cancel := policies.methods["/aisle.orders.v1.OrderService/CancelLines"]
	for scope, may := range map[string]map[bool]bool{"orders.write": {false: true, true: false}, "orders.override": {false: true, true: true}} {
		caller := &Principal{Kind: KindSystem, scopes: mustScopes(scope), locations: reach{all: true}}
		for picked, want := range may {
			if err := cancel.covers(caller, (&ordersv1.CancelLinesRequest{Picked: picked}).ProtoReflect()); (err == nil) != want {
				t.Errorf("%s, picked %v: %v", scope, picked, err)
			}
		}
	}
	for _, access := range []*retailv1.Access{
		{Scopes: []string{"orders.write"}, Guarded: "customer", GuardedScopes: []string{"orders.override"}},
		{Scopes: []string{"orders.write"}, Guarded: "nothing", GuardedScopes: []string{"orders.override"}},
		{Scopes: []string{"orders.write"}, Guarded: "customer"},
		{Scopes: []string{"orders.write"}, GuardedScopes: []string{"orders.override"}},
	} {
		if _, err := NewPolicies(contract(t, ".made.Read", access)); err == nil {
			t.Errorf("%v starts", access)
		}
	}
}

func parse(t *testing.T, service protoreflect.ServiceDescriptor, text string) protoreflect.Message {
	t.Helper()
	message := dynamicpb.NewMessage(service.Methods().Get(0).Input())
	if err := prototext.Unmarshal([]byte(text), message); err != nil {
		t.Fatal(err)
	}
	return message
}

// statusText is all that a caller is told, to the letter.
func statusText(err error) string {
	text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(status.Convert(err).Proto())
	return string(text)
}

// TestWhatOthersAreTold is that an entity of somebody else is told as one that is not there, and a list of an order as the order.
func TestWhatOthersAreTold(t *testing.T) {
	for entity, want := range map[protoreflect.Name]string{
		"Order": "UNKNOWN_ORDER", "Return": "UNKNOWN_RETURN", "Invoice": "UNKNOWN_INVOICE", "Fulfilment": "UNKNOWN_FULFILMENT",
		"ListOrderReturnsResponse": "UNKNOWN_ORDER", "ListOrderFulfilmentsResponse": "UNKNOWN_ORDER", "ListOrderInvoicesResponse": "UNKNOWN_ORDER",
	} {
		refusal, err := notFound(entity)
		if err != nil || string(refusal.Reason) != want || strings.Contains(refusal.Message, "list") {
			t.Errorf("%s: %v, %v", entity, refusal, err)
		}
	}
	if _, err := notFound("ListPurchasesResponse"); err == nil {
		t.Error("there is a reason for a list of purchases that is not there")
	}
}
