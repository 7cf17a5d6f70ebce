package rpc

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

// openServices answer without a key: they tell how the server is and what it offers, and nothing about the shop.
var openServices = map[protoreflect.FullName]bool{
	protoreflect.FullName(grpc_health_v1.Health_ServiceDesc.ServiceName):              true,
	protoreflect.FullName(reflectionv1.ServerReflection_ServiceDesc.ServiceName):      true,
	protoreflect.FullName(reflectionv1alpha.ServerReflection_ServiceDesc.ServiceName): true,
}

// requestIDField is the name of the field that makes a request one with an effect, in every message of the contract.
const requestIDField = "request_id"

// Policies tell, for each method by its full name, who may call it.
type Policies struct {
	methods map[string]*policy
}

// policy is what the contract declares of one method, compiled.
type policy struct {
	// name is "/package.Service/Method".
	name string
	// open methods ask for no key.
	open bool
	// anyone may call it, whatever key there is.
	anyone bool
	// streams last as long as the caller likes.
	streams bool
	// scopes are those of which a caller needs one.
	scopes scopeSet
	// impersonal methods read what is nobody's.
	impersonal bool
	// location, channel and customer lead to the fields of the request that name one, and locationInstead to one that goes before location.
	location, locationInstead, channel, customer fieldPath
	// customerOptional lets a shopper name nobody.
	customerOptional bool
	// owner leads to the field of the answer that names the customer, and notFound is what others are told.
	owner    fieldPath
	notFound *retail.Refusal
	// staffOnly leads to the field of the answer that a shopper is not told.
	staffOnly fieldPath
	// guarded is a flag or a message of the request that takes one of guardedScopes too; nil: there is none.
	guarded       protoreflect.FieldDescriptor
	guardedScopes scopeSet
	// requestID is the request's id; nil where the method has no effect.
	requestID protoreflect.FieldDescriptor
}

// NewPolicies reads who may call the methods of these services. Every method must declare it and the declaration must
// make sense; what does not is an error that names the method, so that a server with a gap does not start.
func NewPolicies(services ...protoreflect.ServiceDescriptor) (*Policies, error) {
	policies := &Policies{methods: map[string]*policy{}}
	var faults []error
	for _, service := range services {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			compiled, err := newPolicy(method)
			if err != nil {
				faults = append(faults, fmt.Errorf("access of %s: %w", method.FullName(), err))
				continue
			}
			policies.methods[compiled.name] = compiled
		}
	}
	return policies, errors.Join(faults...)
}

func newPolicy(method protoreflect.MethodDescriptor) (*policy, error) {
	p := &policy{name: fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())}
	p.streams = method.IsStreamingClient() || method.IsStreamingServer()
	if openServices[method.Parent().FullName()] {
		p.open = true
		return p, nil
	}
	if !proto.HasExtension(method.Options(), retailv1.E_Access) {
		return nil, errors.New("the contract does not say who may call it")
	}
	access := proto.GetExtension(method.Options(), retailv1.E_Access).(*retailv1.Access)
	if access.GetAnyone() {
		return newOpenPolicy(p, method, access)
	}
	if len(access.GetScopes()) == 0 {
		return nil, errors.New("it names no scope")
	}
	var err error
	if p.scopes, err = scopesOf(access.GetScopes()); err != nil {
		return nil, err
	}
	p.impersonal = p.scopes&^impersonal == 0
	p.customerOptional = access.GetCustomerOptional()
	if err := p.readRequestID(method); err != nil {
		return nil, err
	}
	for _, field := range []struct {
		path    *fieldPath
		message protoreflect.MessageDescriptor
		name    string
	}{
		{&p.location, method.Input(), access.GetLocation()},
		{&p.locationInstead, method.Input(), access.GetLocationInstead()},
		{&p.channel, method.Input(), access.GetChannel()},
		{&p.customer, method.Input(), access.GetCustomer()},
		{&p.owner, method.Output(), access.GetResponseCustomer()},
		{&p.staffOnly, method.Output(), access.GetStaffOnly()},
	} {
		if *field.path, err = newFieldPath(field.message, field.name); err != nil {
			return nil, err
		}
	}
	if p.locationInstead != nil && p.location == nil {
		return nil, errors.New("a location_instead goes with a location")
	}
	if err := p.guard(method.Input(), access); err != nil {
		return nil, err
	}
	if p.streams && (p.requestID != nil || p.owner != nil) {
		return nil, errors.New("a stream has no request_id and no response_customer")
	}
	if p.staffOnly != nil && p.owner == nil {
		return nil, errors.New("a staff_only goes with a response_customer")
	}
	if p.owner != nil {
		if p.requestID != nil {
			return nil, errors.New("a method with an effect cannot look at its answer to see whether it was allowed")
		}
		if p.notFound, err = notFound(method.Output().Name()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// readRequestID finds the request's id.
func (p *policy) readRequestID(method protoreflect.MethodDescriptor) error {
	p.requestID = method.Input().Fields().ByName(requestIDField)
	if p.requestID != nil && p.requestID.Kind() != protoreflect.StringKind {
		return errors.New("its request_id is not a string")
	}
	return nil
}

// newOpenPolicy is that of a method that anyone may call: it says nothing else of who may.
func newOpenPolicy(p *policy, method protoreflect.MethodDescriptor, access *retailv1.Access) (*policy, error) {
	if !proto.Equal(access, &retailv1.Access{Anyone: true}) {
		return nil, errors.New("anyone may call it, and not everyone")
	}
	if p.streams {
		return nil, errors.New("a stream that anyone may open costs a stranger nothing")
	}
	p.anyone = true
	return p, p.readRequestID(method)
}

// guard finds the flag or message of the request that takes a right of its own.
func (p *policy) guard(request protoreflect.MessageDescriptor, access *retailv1.Access) (err error) {
	if (access.GetGuarded() == "") != (len(access.GetGuardedScopes()) == 0) {
		return errors.New("guarded and guarded_scopes go together")
	}
	if access.GetGuarded() == "" {
		return nil
	}
	p.guarded = request.Fields().ByName(protoreflect.Name(access.GetGuarded()))
	if p.guarded == nil || p.guarded.IsList() || p.guarded.Kind() != protoreflect.BoolKind && p.guarded.Kind() != protoreflect.MessageKind {
		return fmt.Errorf("%s has no flag and no message %s", request.Name(), access.GetGuarded())
	}
	p.guardedScopes, err = scopesOf(access.GetGuardedScopes())
	return err
}

// notFound is what a shopper is told of somebody else's Order, and of one that is not there. A list of what belongs to an order,
// such as ListOrderReturnsResponse, is told as the order.
func notFound(entity protoreflect.Name) (*retail.Refusal, error) {
	if name := string(entity); strings.HasPrefix(name, "ListOrder") && strings.HasSuffix(name, "Response") {
		entity = "Order"
	}
	var words strings.Builder
	for i, r := range string(entity) {
		if i > 0 && unicode.IsUpper(r) {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(r))
	}
	reason := "UNKNOWN_" + strings.ToUpper(strings.ReplaceAll(words.String(), " ", "_"))
	if _, ok := retailv1.Reason_value[reason]; !ok {
		return nil, fmt.Errorf("there is no reason %s for a %s that is not the caller's", reason, entity)
	}
	return retail.Refuse(retail.Reason(reason), "There is no such %s.", words.String()), nil
}

// mayCall tells whether the caller has one of the scopes, and for a shopper whether the method knows whose things it
// shows.
func (p *policy) mayCall(caller *Principal) error {
	if caller.scopes&p.scopes == 0 {
		return retail.Refuse(retail.PermissionDenied, "This key has no right to do that: it needs %s.", p.scopes).
			With("scope", p.scopes)
	}
	if caller.Kind == KindCustomer && p.customer == nil && p.owner == nil && !p.impersonal {
		return retail.Refuse(retail.PermissionDenied, "A shopper's key has no right to do that.")
	}
	return nil
}

// covers tells whether the caller's right covers every place, channel and customer that the request names, and what it asks for.
func (p *policy) covers(caller *Principal, request protoreflect.Message) error {
	if p.guarded != nil && request.Has(p.guarded) && caller.scopes&p.guardedScopes == 0 {
		return retail.Refuse(retail.PermissionDenied, "This key has no right to do that: %s needs %s.", p.guarded.Name(), p.guardedScopes).
			With("scope", p.guardedScopes).With("field", p.guarded.Name())
	}
	namesCustomer := false
	if p.customer != nil && (caller.Kind == KindCustomer || p.location != nil) {
		var mine bool
		namesCustomer, mine = p.customer.all(request, caller.owns)
		nobody := p.customerOptional && !namesCustomer
		if caller.Kind == KindCustomer && !nobody && !(namesCustomer && mine) {
			return retail.Refuse(retail.PermissionDenied, "This key is another customer's.").With("field", p.customer)
		}
	}
	if p.location != nil && !caller.locations.all {
		location := p.location
		if p.locationInstead != nil {
			if named, _ := p.locationInstead.all(request, caller.locations.covers); named {
				location = p.locationInstead
			}
		}
		named, covered := location.all(request, caller.locations.covers)
		history := !named && namesCustomer && p.requestID == nil
		if !history && !(named && covered) {
			return retail.Refuse(retail.PermissionDenied, "This key does not cover that location.").With("field", location)
		}
	}
	if p.channel != nil && !caller.channels.all {
		if named, covered := p.channel.all(request, caller.channels.covers); !named || !covered {
			return retail.Refuse(retail.PermissionDenied, "This key does not cover that channel.").With("field", p.channel)
		}
	}
	return nil
}

// conceal keeps from a shopper what is not hers. An entity of somebody else and one that does not exist get the very same
// answer.
func (p *policy) conceal(caller *Principal, answer any, err error) (any, error) {
	if p.owner == nil || caller.Kind != KindCustomer {
		return answer, err
	}
	if err != nil {
		if refusal, ok := errors.AsType[*retail.Refusal](err); ok && refusal.Reason == p.notFound.Reason {
			return nil, p.notFound
		}
		return nil, err
	}
	message := answer.(proto.Message).ProtoReflect()
	if named, mine := p.owner.all(message, caller.owns); !named || !mine {
		return nil, p.notFound
	}
	p.staffOnly.clear(message)
	return answer, nil
}

// owns tells whether the caller is this customer. An id is the same in either case.
func (p *Principal) owns(customer string) bool {
	return p.Customer != "" && strings.EqualFold(customer, p.Customer)
}

// fieldPath leads to strings in a message, through messages and repeated fields; nil leads nowhere.
type fieldPath []protoreflect.FieldDescriptor

func newFieldPath(message protoreflect.MessageDescriptor, dotted string) (fieldPath, error) {
	if dotted == "" {
		return nil, nil
	}
	var path fieldPath
	for _, name := range strings.Split(dotted, ".") {
		if message == nil {
			return nil, fmt.Errorf("%q goes on behind a field that is not a message", dotted)
		}
		field := message.Fields().ByName(protoreflect.Name(name))
		if field == nil || field.IsMap() {
			return nil, fmt.Errorf("%q: %s has no such field that could lead to a code", dotted, message.FullName())
		}
		path = append(path, field)
		message = field.Message()
	}
	if path[len(path)-1].Kind() != protoreflect.StringKind {
		return nil, fmt.Errorf("%q is not a string", dotted)
	}
	return path, nil
}

// String returns the dotted path.
func (path fieldPath) String() string {
	names := make([]string, len(path))
	for i, field := range path {
		names[i] = string(field.Name())
	}
	return strings.Join(names, ".")
}

// clear empties what the path leads to.
func (path fieldPath) clear(message protoreflect.Message) {
	switch {
	case len(path) == 0 || !message.Has(path[0]):
	case len(path) == 1:
		message.Clear(path[0])
	case path[0].IsList():
		list := message.Get(path[0]).List()
		for i := range list.Len() {
			path[1:].clear(list.Get(i).Message())
		}
	default:
		path[1:].clear(message.Get(path[0]).Message())
	}
}

// all tells whether the path leads to any value that is not empty, and whether every value it leads to is one and
// satisfies the condition.
func (path fieldPath) all(message protoreflect.Message, satisfies func(string) bool) (named, all bool) {
	field, rest := path[0], path[1:]
	// What is absent reads as empty.
	value := message.Get(field)
	if !field.IsList() {
		return rest.allOf(value, satisfies)
	}
	all = true
	for i := range value.List().Len() {
		namedHere, allHere := rest.allOf(value.List().Get(i), satisfies)
		named, all = named || namedHere, all && allHere
	}
	return named, all
}

func (path fieldPath) allOf(value protoreflect.Value, satisfies func(string) bool) (named, all bool) {
	if len(path) > 0 {
		return path.all(value.Message(), satisfies)
	}
	text := value.String()
	return text != "", text != "" && satisfies(text)
}
