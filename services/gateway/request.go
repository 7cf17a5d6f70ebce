package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// request is what the client sent, kept beside the call so that a fault in it can be told exactly.
type request struct {
	body       []byte
	parameters url.Values
	// reads tells that the method is GET, whose parameters stand in the query.
	reads bool
}

// diagnoseBytesMax is the largest body that is searched for the field at fault. The search takes some three times as long
// as reading did, and whoever sent the body has not shown a key yet.
const diagnoseBytesMax = 1 << 20

type requestKey struct{}

func requestFrom(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// readRequest reads the whole of a request, so that what follows can neither run into its limit nor be cut short.
func readRequest(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	if !utf8.ValidString(r.URL.Path) {
		return nil, invalid("", "the path is not valid UTF-8")
	}
	parameters, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("", "the query is not well-formed")
	}
	for name, values := range parameters {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values, "")) {
			return nil, invalid(name, "is not valid UTF-8")
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, BodyBytesMax))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, invalid("", "the body is cut short")
	}
	if asksForEvents(r) {
		r = withEvents(r, parameters)
	}
	kept := &request{body: body, parameters: parameters, reads: r.Method == http.MethodGet}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, kept))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r, nil
}

// marshaler reads and writes JSON. It differs from the library's in that it reads a body to its end, and in that an answer that
// is a document of its own, such as a PDF, goes out as it is. The library's marshaler of documents would hide how streams are
// written.
type marshaler struct{ *runtime.JSONPb }

func newMarshaler() marshaler {
	return marshaler{&runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true}}}
}

// ContentType is that of a document, or JSON.
func (m marshaler) ContentType(v any) string {
	if document, ok := v.(*httpbody.HttpBody); ok {
		return document.GetContentType()
	}
	return m.JSONPb.ContentType(v)
}

// Marshal writes a document as it is, and anything else as JSON.
func (m marshaler) Marshal(v any) ([]byte, error) {
	if document, ok := v.(*httpbody.HttpBody); ok {
		return document.GetData(), nil
	}
	return compact(m.JSONPb.Marshal(v))
}

// compact takes the blanks out of JSON that the library wrote. It puts some in or not by the build, so that nobody relies on either; whoever
// reads an answer with sed would find that out with another one.
func compact(text []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	dense := bytes.NewBuffer(make([]byte, 0, len(text)))
	err = json.Compact(dense, text)
	return dense.Bytes(), err
}

// NewDecoder returns a decoder of one message. A body that is empty is one without fields.
func (m marshaler) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			return io.EOF
		}
		return protojson.Unmarshal(text, v.(proto.Message))
	})
}

// checkParameters refuses query parameters that the call does not have, which the library passes over.
func checkParameters(ctx context.Context, args any) error {
	r := requestFrom(ctx)
	if r == nil || len(r.parameters) == 0 {
		return nil
	}
	message := args.(proto.Message).ProtoReflect().Descriptor()
	for name := range r.parameters {
		if !r.reads {
			return invalid(name, "is a query parameter, and this call reads its body only").status.Err()
		}
		if findParameter(message, name) == nil {
			return invalid(name, "is not a parameter of this call").status.Err()
		}
	}
	return nil
}

// diagnose finds out why the library could not read a request, by looking at it again, field by field. It returns nil where
// it finds nothing.
func diagnose(ctx context.Context) *errdetails.BadRequest_FieldViolation {
	r := requestFrom(ctx)
	name, _ := runtime.RPCMethod(ctx)
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(
		protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(name, "/"), "/", ".")))
	if r == nil || err != nil {
		return nil
	}
	method := found.(protoreflect.MethodDescriptor)
	if r.reads {
		return diagnoseParameters(r.parameters, method.Input())
	}
	if http, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule); http.GetBody() == "*" {
		return diagnoseBody(r.body, method.Input())
	}
	return nil
}

func diagnoseParameters(parameters url.Values, message protoreflect.MessageDescriptor) *errdetails.BadRequest_FieldViolation {
	for name, values := range parameters {
		field := findParameter(message, name)
		if field == nil {
			return violation(name, "is not a parameter of this call")
		}
		one := url.Values{name: values}
		if runtime.PopulateQueryParameters(dynamicpb.NewMessage(message), one, utilities.NewDoubleArray(nil)) == nil {
			continue
		}
		if len(values) > 1 && !field.IsList() {
			return violation(name, "is given more than once")
		}
		return violation(name, wanted(field))
	}
	return nil
}

// findParameter returns the field that a dotted name in a query leads to, or nil.
func findParameter(message protoreflect.MessageDescriptor, dotted string) protoreflect.FieldDescriptor {
	var field protoreflect.FieldDescriptor
	for _, name := range strings.Split(dotted, ".") {
		if message == nil {
			return nil
		}
		if field = findField(message, name); field == nil {
			return nil
		}
		message = field.Message()
	}
	return field
}

// findField finds a field by the name that it has in JSON, or by the contract's own.
func findField(message protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := message.Fields().ByJSONName(name); field != nil {
		return field
	}
	return message.Fields().ByTextName(name)
}

// diagnoseBody finds the first fault in a body that shall be a message. It says nothing of one that is too large to search.
func diagnoseBody(text []byte, message protoreflect.MessageDescriptor) *errdetails.BadRequest_FieldViolation {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return violation("", "the body is not valid JSON: "+whereBroken(text, err))
	}
	if len(text) > diagnoseBytesMax {
		return nil
	}
	return diagnoseObject(whole, message, "")
}

// whereBroken says where JSON ceases to be JSON, for an editor that counts lines and columns from 1.
func whereBroken(text []byte, err error) string {
	fault, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return err.Error()
	}
	before := text[:min(max(int(fault.Offset)-1, 0), len(text))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d: %v", line, column, err)
}

// diagnoseObject finds the first fault in valid JSON that shall be a message.
func diagnoseObject(text []byte, message protoreflect.MessageDescriptor, path string) *errdetails.BadRequest_FieldViolation {
	members, ok := membersOf(text)
	if !ok && path == "" {
		return violation("", "the body must be a JSON object")
	}
	if !ok {
		return violation(path, "must be a JSON object")
	}
	prefix := path
	if prefix != "" {
		prefix += "."
	}
	seen := map[protoreflect.FieldNumber]bool{}
	chosen := map[protoreflect.Name]bool{}
	for _, member := range members {
		field := findField(message, member.name)
		if field == nil {
			return violation(prefix+member.name, "is not a field that this call has")
		}
		name := prefix + string(field.Name())
		if seen[field.Number()] {
			return violation(name, "is given more than once")
		}
		seen[field.Number()] = true
		if string(member.text) == "null" {
			continue
		}
		if choice := field.ContainingOneof(); choice != nil && !choice.IsSynthetic() {
			if chosen[choice.Name()] {
				return violation(prefix+string(choice.Name()), "is chosen twice: give one of "+choices(choice))
			}
			chosen[choice.Name()] = true
		}
		if fault := diagnoseField(member.text, field, name); fault != nil {
			return fault
		}
	}
	return nil
}

func diagnoseField(text []byte, field protoreflect.FieldDescriptor, path string) *errdetails.BadRequest_FieldViolation {
	if !field.IsList() {
		return diagnoseValue(text, field, path)
	}
	var elements []json.RawMessage
	if json.Unmarshal(text, &elements) != nil {
		return violation(path, "must be a list")
	}
	for i, element := range elements {
		if fault := diagnoseValue(element, field, fmt.Sprintf("%s[%d]", path, i)); fault != nil {
			return fault
		}
	}
	return nil
}

// diagnoseValue lets protojson judge one value alone, in a message that has nothing else.
func diagnoseValue(text []byte, field protoreflect.FieldDescriptor, path string) *errdetails.BadRequest_FieldViolation {
	if field.Message() != nil && !field.IsMap() && field.Message().ParentFile().Package() != "google.protobuf" {
		return diagnoseObject(text, field.Message(), path)
	}
	if !utf8.Valid(text) {
		return violation(path, "is not valid UTF-8")
	}
	value := string(text)
	if field.IsList() {
		value = "[" + value + "]"
	}
	alone := fmt.Sprintf("{%q:%s}", field.JSONName(), value)
	if protojson.Unmarshal([]byte(alone), dynamicpb.NewMessage(field.ContainingMessage())) != nil {
		return violation(path, wanted(field))
	}
	return nil
}

type member struct {
	name string
	text json.RawMessage
}

// membersOf splits a JSON object into its members as they stand, so that one that is there twice is seen twice. It tells
// whether the text is an object.
func membersOf(text []byte) (members []member, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return nil, false
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, false
		}
		members = append(members, member{name.(string), value})
	}
	return members, true
}

// wanted says what belongs into a field.
func wanted(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return "must be true or false"
	case protoreflect.StringKind:
		return "must be a text"
	case protoreflect.BytesKind:
		return "must be bytes in base64"
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "must be a number"
	case protoreflect.EnumKind:
		return "must be one of " + valuesOf(field.Enum())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		switch field.Message().FullName() {
		case "google.protobuf.Timestamp":
			return `must be a time with a zone, such as "2026-01-31T15:04:05+01:00"`
		case "google.protobuf.Duration":
			return `must be a duration in seconds, such as "900s"`
		}
		return "must be a " + string(field.Message().Name())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return "must be a whole number of at most 32 bits"
	default:
		return "must be a whole number of at most 64 bits"
	}
}

// valuesOf lists the values of an enum but for the one that stands for none.
func valuesOf(enum protoreflect.EnumDescriptor) string {
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 {
			names = append(names, string(value.Name()))
		}
	}
	return strings.Join(names, ", ")
}

func choices(oneof protoreflect.OneofDescriptor) string {
	var names []string
	for i := range oneof.Fields().Len() {
		names = append(names, string(oneof.Fields().Get(i).Name()))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
