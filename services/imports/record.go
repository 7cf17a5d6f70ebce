package imports

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// A record may name any method of the contract, and is found in what the generated code registers.
	_ "github.com/aisle-retail/aisle/gen/go/aisle/carts/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/counts/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/customers/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/deliveries/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/demand/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/invoices/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/messages/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/payments/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/promotions/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/replenishment/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/reports/v1"
	_ "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
)

// Record is one line of the aisle format: one change, asked for through one method of the API.
type Record struct {
	// Method is "aisle.catalog.v1.CatalogService/PutProduct".
	Method string
	// Key is what the source calls this change, unique per method; empty: method, content and how often that came before.
	Key string
	// Request is the method's request; its request_id is derived where it has none.
	Request proto.Message
}

// envelope is a record as it stands in a file.
type envelope struct {
	Method  string          `json:"method"`
	Key     string          `json:"key,omitempty"`
	Request json.RawMessage `json:"request"`
}

// MarshalJSON writes the record as a line of the aisle format.
func (r Record) MarshalJSON() ([]byte, error) {
	request, err := protojson.Marshal(r.Request)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{Method: r.Method, Key: r.Key, Request: request})
}

// UnmarshalJSON reads a line of the aisle format.
func (r *Record) UnmarshalJSON(line []byte) error {
	var e envelope
	decoder := json.NewDecoder(strings.NewReader(string(line)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return err
	}
	m, err := methodOf(e.Method)
	if err != nil {
		return err
	}
	if len(e.Request) == 0 {
		return errors.New("there is no request")
	}
	r.Method, r.Key, r.Request = e.Method, e.Key, m.request.New().Interface()
	return protojson.Unmarshal(e.Request, r.Request)
}

// errNoMutation means that a record names no method that changes something.
var errNoMutation = errors.New("there is no such change in the API")

// method is a method of the API that changes something.
type method struct {
	// path is "/aisle.catalog.v1.CatalogService/PutProduct".
	path            string
	request, answer protoreflect.MessageType
	requestID       protoreflect.FieldDescriptor
	// subject leads to the fields that name what is changed: those in the path of the method's REST form.
	subject [][]protoreflect.FieldDescriptor
}

// methodOf looks a method up in the contract, as the generated code carries it. A change is a method with a request_id.
func methodOf(name string) (method, error) {
	service, short, _ := strings.Cut(name, "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return method{}, fmt.Errorf("%w: %q", errNoMutation, name)
	}
	declared, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return method{}, fmt.Errorf("%w: %q", errNoMutation, name)
	}
	d := declared.Methods().ByName(protoreflect.Name(short))
	if d == nil || d.IsStreamingClient() || d.IsStreamingServer() {
		return method{}, fmt.Errorf("%w: %q", errNoMutation, name)
	}
	m := method{path: "/" + name, requestID: d.Input().Fields().ByName("request_id")}
	if m.requestID == nil || m.requestID.Kind() != protoreflect.StringKind {
		return method{}, fmt.Errorf("%w: %q changes nothing", errNoMutation, name)
	}
	if m.request, err = protoregistry.GlobalTypes.FindMessageByName(d.Input().FullName()); err != nil {
		return method{}, err
	}
	if m.answer, err = protoregistry.GlobalTypes.FindMessageByName(d.Output().FullName()); err != nil {
		return method{}, err
	}
	m.subject = subjectOf(d)
	return m, nil
}

// subjectOf reads which fields name what a method changes from the path of its REST form, for example
// "/v1/products/{product.code}".
func subjectOf(d protoreflect.MethodDescriptor) [][]protoreflect.FieldDescriptor {
	rule, _ := proto.GetExtension(d.Options(), annotations.E_Http).(*annotations.HttpRule)
	var subject [][]protoreflect.FieldDescriptor
	rest := rule.GetPut() + rule.GetPost() + rule.GetPatch() + rule.GetDelete()
	for {
		_, after, open := strings.Cut(rest, "{")
		variable, next, closed := strings.Cut(after, "}")
		if !open || !closed {
			return subject
		}
		name, _, _ := strings.Cut(variable, "=")
		rest = next
		var path []protoreflect.FieldDescriptor
		message := d.Input()
		for part := range strings.SplitSeq(name, ".") {
			if message == nil {
				return nil
			}
			field := message.Fields().ByName(protoreflect.Name(part))
			if field == nil {
				return nil
			}
			path, message = append(path, field), field.Message()
		}
		subject = append(subject, path)
	}
}

// subjectIn names what a request changes, so that two changes of one thing follow one another. Empty: nothing that another
// request could change too.
func (m method) subjectIn(request proto.Message) string {
	var b strings.Builder
	for _, path := range m.subject {
		value := protoreflect.ValueOfMessage(request.ProtoReflect())
		for _, field := range path {
			value = value.Message().Get(field)
		}
		b.WriteString(value.String())
		b.WriteByte(0)
	}
	return b.String()
}

// identified gives a record its request id, unless it brings one.
func (m method) identified(r Record, seen occurrences) {
	message := r.Request.ProtoReflect()
	if message.Get(m.requestID).String() != "" {
		return
	}
	id := ""
	if r.Key != "" {
		id = factID("aisle", r.Method, "key", r.Key)
	} else {
		content := contentOf(r.Request)
		id = factID("aisle", r.Method, "content", content, fmt.Sprint(seen.next(r.Method, content)))
	}
	message.Set(m.requestID, protoreflect.ValueOfString(id))
}

// occurrences counts how often the same content came without a key: a file may receive the same delivery twice. It costs
// some 50 bytes per such line, which is why lines of a large file should have keys.
type occurrences map[[16]byte]uint32

func (o occurrences) next(method, content string) uint32 {
	sum := sha256.Sum256([]byte(method + "\x00" + content))
	at := [16]byte(sum[:16])
	o[at]++
	return o[at]
}
