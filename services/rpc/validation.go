package rpc

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// violationsMax caps how many violations one answer lists. They travel in HTTP/2 trailers, and a basket of a thousand bad
// lines would fill more than other languages' clients accept.
const violationsMax = 50

// invalidRequest is the refusal of a request that breaks the rules of the contract.
type invalidRequest struct {
	violations []*errdetails.BadRequest_FieldViolation
}

// Error says what is wrong, for people.
func (e *invalidRequest) Error() string {
	first := e.violations[0]
	text := "The request is not valid: " + first.GetDescription()
	if first.GetField() != "" {
		text = fmt.Sprintf("The request is not valid: %s: %s", first.GetField(), first.GetDescription())
	}
	if more := len(e.violations) - 1; more > 0 {
		text = fmt.Sprintf("%s (and %d more)", text, more)
	}
	return text
}

// rules hold requests against the contract.
type rules struct {
	validator protovalidate.Validator
	// times tell for each type of message where it has instants and durations.
	times map[protoreflect.FullName]*timeFields
}

// compiler compiles the rules of each message once in a process, however many servers it starts.
var compiler = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// newRules compiles the rules of all requests, so that the first caller does not wait for it and a rule that does not
// compile keeps the server from starting.
func newRules(services ...protoreflect.ServiceDescriptor) (*rules, error) {
	validator, err := compiler()
	if err != nil {
		return nil, err
	}
	r := &rules{validator: validator, times: map[protoreflect.FullName]*timeFields{}}
	for _, service := range services {
		for i := range service.Methods().Len() {
			input := service.Methods().Get(i).Input()
			err := validator.Validate(dynamicpb.NewMessage(input))
			if fault, ok := errors.AsType[*protovalidate.CompilationError](err); ok {
				return nil, fmt.Errorf("rules of %s: %w", input.FullName(), fault)
			}
			timeFieldsOf(input, r.times)
		}
	}
	return r, nil
}

// check returns an *invalidRequest where the request breaks a rule.
func (r *rules) check(request protoreflect.Message) error {
	if err := r.validator.Validate(request.Interface()); err != nil {
		invalid, ok := errors.AsType[*protovalidate.ValidationError](err)
		if !ok {
			return fmt.Errorf("validating a request: %w", err)
		}
		return violationsOf(invalid, request.Descriptor())
	}
	return r.times[request.Descriptor().FullName()].check(request)
}

func violationsOf(invalid *protovalidate.ValidationError, request protoreflect.MessageDescriptor) *invalidRequest {
	refused := &invalidRequest{}
	for _, violation := range invalid.Violations {
		if len(refused.violations) == violationsMax {
			break
		}
		refused.violations = append(refused.violations, &errdetails.BadRequest_FieldViolation{
			Field:       protovalidate.FieldPathString(violation.Proto.GetField()),
			Description: describe(violation, request),
			Reason:      violationReason(violation.Proto.GetRuleId()),
		})
	}
	return refused
}

// violationReason turns a rule's name into the form that google.rpc.BadRequest asks for: string.min_len is STRING_MIN_LEN.
func violationReason(rule string) string {
	return strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(rule))
}

// timeFields are the fields of a message that are instants or durations, or lead to some. Protobuf can write instants in
// the year 300 million and durations of a negative count of nanoseconds in a positive count of seconds; nothing behind
// this room can.
type timeFields struct {
	fields []protoreflect.FieldDescriptor
	// below is what lies under each of the fields; nil where the field is itself an instant or a duration.
	below []*timeFields
}

// timeFieldsOf returns nil where the message has none. A message that contains itself is looked into once.
func timeFieldsOf(message protoreflect.MessageDescriptor, known map[protoreflect.FullName]*timeFields) *timeFields {
	if t, ok := known[message.FullName()]; ok {
		return t
	}
	known[message.FullName()] = nil
	var found timeFields
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if field.Message() == nil || field.IsMap() {
			continue
		}
		below := timeFieldsOf(field.Message(), known)
		if below == nil && !isTime(field.Message()) {
			continue
		}
		found.fields = append(found.fields, field)
		found.below = append(found.below, below)
	}
	if len(found.fields) > 0 {
		known[message.FullName()] = &found
	}
	return known[message.FullName()]
}

func isTime(message protoreflect.MessageDescriptor) bool {
	return message.FullName() == "google.protobuf.Timestamp" || message.FullName() == "google.protobuf.Duration"
}

func (t *timeFields) check(message protoreflect.Message) error {
	if t == nil {
		return nil
	}
	for i, field := range t.fields {
		if !message.Has(field) {
			continue
		}
		value := message.Get(field)
		if !field.IsList() {
			if err := t.checkOne(i, value.Message(), 0); err != nil {
				return err
			}
			continue
		}
		for j := range value.List().Len() {
			if err := t.checkOne(i, value.List().Get(j).Message(), j); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *timeFields) checkOne(i int, message protoreflect.Message, index int) error {
	below := t.below[i]
	if below == nil && timeExists(message.Interface()) {
		return nil
	}
	if below == nil {
		return &invalidRequest{violations: []*errdetails.BadRequest_FieldViolation{{
			Field:       pathOf("", t.fields[i], index),
			Description: "is not a time or a duration that exists",
			Reason:      "TIME_EXISTS",
		}}}
	}
	err := below.check(message)
	if invalid, ok := errors.AsType[*invalidRequest](err); ok {
		invalid.violations[0].Field = pathOf("", t.fields[i], index) + "." + invalid.violations[0].Field
	}
	return err
}

func timeExists(message proto.Message) bool {
	switch message := message.(type) {
	case *timestamppb.Timestamp:
		return message.IsValid()
	case *durationpb.Duration:
		return message.IsValid()
	default:
		return true
	}
}
