package events

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/events/v1"
	"github.com/aisle-retail/aisle/services/ledger"
)

// wholeMax is the largest whole number of which a reader of JSON, for whom numbers are doubles, still knows every digit.
const wholeMax = 1 << 53

func eventTo(e ledger.LoggedEvent) (*pb.Event, error) {
	body, err := bodyTo(e.Body.(json.RawMessage))
	if err != nil {
		return nil, fmt.Errorf("body of event %d: %w", e.Seq, err)
	}
	return &pb.Event{
		Cursor: cursorOf(e.Seq), Kind: e.Kind, Subject: e.Subject, Version: e.Version, Transaction: e.Transaction.String(),
		RecordedAt: timestamppb.New(e.RecordedAt), Body: body,
	}, nil
}

func bodyTo(text json.RawMessage) (*structpb.Struct, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var body map[string]any
	if err := decoder.Decode(&body); err != nil {
		return nil, err
	}
	for name, value := range body {
		body[name] = exact(value)
	}
	return structpb.NewStruct(body)
}

// exact writes numbers that a double would round as text.
func exact(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			value[name] = exact(inner)
		}
		return value
	case []any:
		for i, inner := range value {
			value[i] = exact(inner)
		}
		return value
	case json.Number:
		if n, err := value.Int64(); err == nil && -wholeMax <= n && n <= wholeMax {
			return float64(n)
		}
		return value.String()
	}
	return value
}
