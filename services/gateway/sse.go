package gateway

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// sseType is Server-Sent Events. Source: html.spec.whatwg.org, section 9.2.
const sseType = "text/event-stream"

// lastEventID is the header by which a client says where it was.
const lastEventID = "Last-Event-ID"

// endEvent is the name of the event that says why a stream broke. "error" is taken: clients use it for the line itself.
const endEvent = "end"

// asksForEvents tells whether a request asks for Server-Sent Events.
func asksForEvents(r *http.Request) bool {
	for _, accepted := range r.Header.Values("Accept") {
		for _, one := range strings.Split(accepted, ",") {
			if kind, _, err := mime.ParseMediaType(one); err == nil && kind == sseType {
				return true
			}
		}
	}
	return false
}

// withEvents makes a request for Server-Sent Events one that the library knows, and has it go on from where the client was: a
// client that lost its line comes again with the same address and the id of the last event, which then counts.
func withEvents(r *http.Request, parameters url.Values) *http.Request {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", sseType)
	if id := r.Header.Get(lastEventID); id != "" {
		for _, beginning := range []string{"cursor", "fromNow", "from_now"} {
			parameters.Del(beginning)
		}
		parameters.Set("cursor", id)
		r.URL.RawQuery = parameters.Encode()
	}
	return r
}

// sseMarshaler writes streams as Server-Sent Events, and anything else as JSON.
type sseMarshaler struct{ marshaler }

// StreamContentType is the type of an answer that is a stream.
func (m sseMarshaler) StreamContentType(any) string { return sseType }

// Delimiter stands between messages: the empty line that ends an event is written with it.
func (m sseMarshaler) Delimiter() []byte { return nil }

// Marshal writes a message of a stream as an event. It is named for the field that is in it, for example "snapshot"; a message that has
// nothing but its cursor is a heartbeat, which is a comment that moves the client's last id on.
func (m sseMarshaler) Marshal(v any) ([]byte, error) {
	var event bytes.Buffer
	switch line := v.(type) {
	case map[string]any:
		message, ok := line["result"].(proto.Message)
		if !ok {
			return m.marshaler.Marshal(v)
		}
		name := eventName(message)
		if name == "" {
			event.WriteString(": heartbeat\n")
		} else if err := m.data(&event, name, message); err != nil {
			return nil, err
		}
		if cursored, ok := message.(interface{ GetCursor() string }); ok {
			event.WriteString("id: " + cursored.GetCursor() + "\n")
		}
	case map[string]proto.Message:
		if err := m.data(&event, endEvent, line["error"]); err != nil {
			return nil, err
		}
	default:
		return m.marshaler.Marshal(v)
	}
	event.WriteByte('\n')
	return event.Bytes(), nil
}

// data writes a message as the data of an event. JSON has no line breaks of its own.
func (m sseMarshaler) data(event *bytes.Buffer, name string, message proto.Message) error {
	text, err := m.marshaler.Marshal(message)
	if err != nil {
		return err
	}
	event.WriteString("event: " + name + "\ndata: ")
	event.Write(text)
	event.WriteByte('\n')
	return nil
}

// eventName is the field that holds what a message tells; "": it tells nothing.
func eventName(message proto.Message) (name string) {
	message.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if field.Kind() == protoreflect.MessageKind && !field.IsList() && !field.IsMap() {
			name = string(field.Name())
		}
		return name == ""
	})
	return name
}
