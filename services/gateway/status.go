package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	retailv1 "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

const (
	errorDomain = "aisle.retail"
	jsonType    = "application/json"
	// nameMax is how much of a name that a client made up is told back to it.
	nameMax = 100
)

// fault is an error that the gateway finds itself, with the HTTP status that fits it better than its code's.
type fault struct {
	httpStatus int
	status     *status.Status
}

// Error says what is wrong.
func (f *fault) Error() string { return f.status.Message() }

var (
	errTooLarge = &fault{http.StatusRequestEntityTooLarge, newStatus(codes.InvalidArgument,
		fmt.Sprintf("The body is larger than %d bytes.", BodyBytesMax), info(retailv1.Reason_INVALID_REQUEST))}

	errNoPath = &fault{http.StatusNotFound, newStatus(codes.NotFound,
		"There is nothing at this path.", info(retailv1.Reason_INVALID_REQUEST))}

	errNoMethod = &fault{http.StatusMethodNotAllowed, newStatus(codes.Unimplemented,
		"This path does not have this HTTP method.", info(retailv1.Reason_INVALID_REQUEST))}
)

// invalid is the fault of a request that cannot be read.
func invalid(field, description string) *fault {
	return &fault{http.StatusBadRequest, invalidStatus(violation(field, description))}
}

func invalidStatus(v *errdetails.BadRequest_FieldViolation) *status.Status {
	message := "The request is not valid: " + v.GetDescription()
	if v.GetField() != "" {
		message = fmt.Sprintf("The request is not valid: %s: %s", v.GetField(), v.GetDescription())
	}
	return newStatus(codes.InvalidArgument, message, info(retailv1.Reason_INVALID_REQUEST),
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{v}})
}

func violation(field, description string) *errdetails.BadRequest_FieldViolation {
	return &errdetails.BadRequest_FieldViolation{Field: shorten(field), Description: strings.ToValidUTF8(description, "\uFFFD")}
}

func shorten(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	for len(name) > nameMax {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// internal is the answer to a fault of the gateway, with the name under which it is logged.
func internal() (*status.Status, string) {
	traceID := fmt.Sprintf("%016x", rand.Uint64())
	told := info(retailv1.Reason_INTERNAL)
	told.Metadata = map[string]string{"trace_id": traceID}
	return newStatus(codes.Internal, "internal error", told), traceID
}

// answerError answers with the status of a call that failed.
func (g *gateway) answerError(
	ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, err error,
) {
	answer := status.Convert(err)
	if !explained(answer) {
		answer = g.explain(ctx, answer)
	}
	writeStatus(w, runtime.HTTPStatusFromCode(answer.Code()), answer)
}

// explained tells whether the status has a reason: the service gives one to every status of its own.
func explained(s *status.Status) bool {
	for _, detail := range s.Details() {
		if _, ok := detail.(*errdetails.ErrorInfo); ok {
			return true
		}
	}
	return false
}

// explain puts a status that a library made into our own words. The library's words are for those who run the service:
// they have addresses in them.
func (g *gateway) explain(ctx context.Context, s *status.Status) *status.Status {
	switch s.Code() {
	case codes.InvalidArgument:
		if found := diagnose(ctx); found != nil {
			return invalidStatus(found)
		}
		return newStatus(s.Code(), "The request is not valid.", info(retailv1.Reason_INVALID_REQUEST))
	case codes.Unavailable:
		return newStatus(s.Code(), "The service is not available. Try again with the same request id.",
			info(retailv1.Reason_UNAVAILABLE), &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)})
	case codes.ResourceExhausted:
		return newStatus(s.Code(), "That is more than fits into one call. Ask for less at once.",
			info(retailv1.Reason_OVERLOADED))
	case codes.DeadlineExceeded, codes.Canceled:
		return newStatus(s.Code(), "It took too long. Ask for the outcome with the same request id.",
			info(retailv1.Reason_CANCELLED))
	case codes.Unimplemented:
		return newStatus(s.Code(), "This is not served here.", info(retailv1.Reason_INVALID_REQUEST))
	}
	answer, traceID := internal()
	g.logger.ErrorContext(ctx, "gateway", "trace_id", traceID, "code", s.Code(), "error", s.Message())
	return answer
}

// answerRouting answers where no call fits the path and method.
func answerRouting(
	_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, httpStatus int,
) {
	if httpStatus == http.StatusMethodNotAllowed {
		writeFault(w, errNoMethod)
		return
	}
	writeFault(w, errNoPath)
}

func writeFault(w http.ResponseWriter, err error) {
	found := err.(*fault)
	writeStatus(w, found.httpStatus, found.status)
}

// writeStatus writes a google.rpc.Status.
func writeStatus(w http.ResponseWriter, httpStatus int, s *status.Status) {
	text, err := compact(protojson.Marshal(s.Proto()))
	if err != nil {
		// A detail of a type that is not known here. The rest is still worth telling.
		text, _ = compact(protojson.Marshal(&spb.Status{Code: int32(s.Code()), Message: s.Message()}))
	}
	header := w.Header()
	header.Set("Content-Type", jsonType)
	if httpStatus == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="aisle"`)
	}
	for _, detail := range s.Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			header.Set("Retry-After", seconds(retry.GetRetryDelay().AsDuration()))
		}
	}
	w.WriteHeader(httpStatus)
	_, _ = w.Write(text)
}

// seconds rounds up: HTTP knows no shorter time.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

func info(reason retailv1.Reason) *errdetails.ErrorInfo {
	return &errdetails.ErrorInfo{Reason: reason.String(), Domain: errorDomain}
}

func newStatus(code codes.Code, message string, details ...proto.Message) *status.Status {
	made := &spb.Status{Code: int32(code), Message: message}
	for _, detail := range details {
		// A detail that cannot be written is left out: the code and the message are still worth telling.
		if packed, err := anypb.New(detail); err == nil {
			made.Details = append(made.Details, packed)
		}
	}
	return status.FromProto(made)
}
