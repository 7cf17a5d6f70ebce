package rpc

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// codec decodes as gRPC's own codec does, but for messages that are broken. Those gRPC answers with INTERNAL, before any
// of our code is asked, as if the fault were ours. This codec lets the call go on with an empty message that carries the
// fault, which the interceptor finds and refuses. In the same pass it finds U+0000, which protobuf allows and Postgres
// does not.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(protocodec.Name)} }

// faultField is the unknown field in which a message carries its fault: the highest number there is, which no contract
// uses. A client that sends it is refused for what it says, and that is all it gains.
const faultField = protowire.MaxValidNumber

var faultTag = protowire.AppendTag(nil, faultField, protowire.BytesType)

// Unmarshal decodes a message.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	message, ok := v.(proto.Message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buffer.Free()
	wire := buffer.ReadOnlyData()
	err := proto.Unmarshal(wire, message)
	// Hardly any message has a zero byte: protobuf leaves out what is zero, and its numbers have none.
	if err == nil && bytes.IndexByte(wire, 0) < 0 {
		return nil
	}
	fault := findFault(wire, message.ProtoReflect().Descriptor(), "")
	if fault == nil && err != nil {
		fault = broken("")
	}
	if fault == nil {
		return nil
	}
	return mark(message, fault)
}

// mark empties the message and leaves the fault in it.
func mark(message proto.Message, fault *errdetails.BadRequest_FieldViolation) error {
	text, err := proto.Marshal(fault)
	if err != nil {
		return err
	}
	proto.Reset(message)
	message.ProtoReflect().SetUnknown(protowire.AppendBytes(bytes.Clone(faultTag), text))
	return nil
}

// faultIn returns the fault that the codec left in a message, or nil.
func faultIn(message protoreflect.Message) *errdetails.BadRequest_FieldViolation {
	unknown := message.GetUnknown()
	if len(unknown) == 0 || !bytes.HasPrefix(unknown, faultTag) {
		return nil
	}
	fault := &errdetails.BadRequest_FieldViolation{}
	text, n := protowire.ConsumeBytes(unknown[len(faultTag):])
	if n < 0 || proto.Unmarshal(text, fault) != nil {
		return broken("")
	}
	return fault
}

// findFault returns the first field that no valid message has: one that is cut short, text that is not UTF-8, text with
// U+0000. It reads as proto.Unmarshal does: a field of another wire type than the contract's is an unknown one.
func findFault(wire []byte, message protoreflect.MessageDescriptor, prefix string) *errdetails.BadRequest_FieldViolation {
	seen := map[protowire.Number]int{}
	for len(wire) > 0 {
		number, wireType, n := protowire.ConsumeTag(wire)
		if n < 0 {
			return broken(prefix)
		}
		wire = wire[n:]
		field := message.Fields().ByNumber(number)
		path := prefix
		if field != nil {
			path = pathOf(prefix, field, seen[number])
			seen[number]++
		}
		if n = protowire.ConsumeFieldValue(number, wireType, wire); n < 0 {
			return broken(path)
		}
		value := wire[:n]
		wire = wire[n:]
		if field == nil || wireType != protowire.BytesType {
			continue
		}
		value, _ = protowire.ConsumeBytes(value)
		if fault := findFaultIn(value, field, path); fault != nil {
			return fault
		}
	}
	return nil
}

func findFaultIn(value []byte, field protoreflect.FieldDescriptor, path string) *errdetails.BadRequest_FieldViolation {
	switch field.Kind() {
	case protoreflect.MessageKind:
		return findFault(value, field.Message(), path+".")
	case protoreflect.StringKind:
		if !utf8.Valid(value) {
			return &errdetails.BadRequest_FieldViolation{Field: path, Description: "is not valid UTF-8", Reason: "STRING_UTF8"}
		}
		if bytes.IndexByte(value, 0) >= 0 {
			return &errdetails.BadRequest_FieldViolation{
				Field: path, Description: "holds the character U+0000, which no text may have", Reason: "STRING_NUL",
			}
		}
	}
	return nil
}

func broken(path string) *errdetails.BadRequest_FieldViolation {
	fault := &errdetails.BadRequest_FieldViolation{
		Field: strings.TrimSuffix(path, "."), Description: "is cut short or is not protobuf", Reason: "MALFORMED",
	}
	if fault.Field == "" {
		fault.Description = "the message is cut short or is not protobuf"
	}
	return fault
}

func pathOf(prefix string, field protoreflect.FieldDescriptor, index int) string {
	if field.Cardinality() == protoreflect.Repeated {
		return fmt.Sprintf("%s%s[%d]", prefix, field.Name(), index)
	}
	return prefix + string(field.Name())
}
