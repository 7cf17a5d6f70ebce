package rpc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// errorDomain stands in every google.rpc.ErrorInfo beside the reason.
const errorDomain = "aisle.retail"

// The reasons that are not the shop's: how the mechanism fails.
const (
	reasonStale       retail.Reason = "STALE"
	reasonOverloaded  retail.Reason = "OVERLOADED"
	reasonUnavailable retail.Reason = "UNAVAILABLE"
	reasonInternal    retail.Reason = "INTERNAL"
	reasonCancelled   retail.Reason = "CANCELLED"
)

// reasonCodes is the one place where a reason meets a status code. Three codes hold most of them: NOT_FOUND where what the
// request names is not there, INVALID_ARGUMENT where another request must be sent whatever the shop's state, and
// FAILED_PRECONDITION where the same request could succeed at another time.
var reasonCodes = map[retail.Reason]codes.Code{
	retail.InvalidRequest:   codes.InvalidArgument,
	retail.Unauthenticated:  codes.Unauthenticated,
	retail.PermissionDenied: codes.PermissionDenied,
	// Over REST this is 409: what the id stands for is there already, and it is something else.
	retail.RequestIDReused: codes.AlreadyExists,
	reasonStale:            codes.Aborted,
	reasonOverloaded:       codes.ResourceExhausted,
	reasonUnavailable:      codes.Unavailable,
	reasonInternal:         codes.Internal,
	// DEADLINE_EXCEEDED where it was the deadline.
	reasonCancelled: codes.Canceled,

	retail.UnknownLocation:     codes.NotFound,
	retail.UnknownChannel:      codes.NotFound,
	retail.ChannelRetired:      codes.FailedPrecondition,
	retail.LocationNotServed:   codes.FailedPrecondition,
	retail.UnknownSKU:          codes.NotFound,
	retail.UnknownProduct:      codes.NotFound,
	retail.UnknownPriceList:    codes.NotFound,
	retail.UnknownPromotion:    codes.NotFound,
	retail.UnknownMessage:      codes.NotFound,
	retail.UnknownCoupon:       codes.NotFound,
	retail.CouponNotApplicable: codes.FailedPrecondition,
	retail.CouponUsedUp:        codes.FailedPrecondition,
	retail.UnknownTaxCategory:  codes.NotFound,
	retail.UnknownAttribute:    codes.NotFound,
	retail.SKUTaken:            codes.AlreadyExists,
	retail.BarcodeTaken:        codes.AlreadyExists,
	retail.VariantMissing:      codes.FailedPrecondition,
	retail.Immutable:           codes.FailedPrecondition,

	retail.OutOfStock:       codes.FailedPrecondition,
	retail.UnknownHold:      codes.NotFound,
	retail.HoldExpired:      codes.FailedPrecondition,
	retail.HoldReleased:     codes.FailedPrecondition,
	retail.QuantityTooLarge: codes.OutOfRange,

	retail.UnknownOrder:     codes.NotFound,
	retail.OrderExists:      codes.AlreadyExists,
	retail.PriceMissing:     codes.FailedPrecondition,
	retail.TaxMissing:       codes.FailedPrecondition,
	retail.CurrencyMismatch: codes.InvalidArgument,
	retail.DiscountTooLarge: codes.InvalidArgument,
	retail.AmountTooLarge:   codes.OutOfRange,
	retail.PaymentShort:     codes.InvalidArgument,
	retail.QuoteChanged:     codes.FailedPrecondition,
	retail.ChangeNotGiven:   codes.InvalidArgument,

	retail.LocationClosed:     codes.FailedPrecondition,
	retail.HoldCommitted:      codes.FailedPrecondition,
	retail.UnknownGiftCard:    codes.NotFound,
	retail.BalanceShort:       codes.FailedPrecondition,
	retail.GiftCardReplaced:   codes.FailedPrecondition,
	retail.GiftCardTaken:      codes.AlreadyExists,
	retail.GiftCardExpired:    codes.FailedPrecondition,
	retail.GiftCardLimit:      codes.FailedPrecondition,
	retail.UnknownCardKind:    codes.NotFound,
	retail.CardKindRetired:    codes.FailedPrecondition,
	retail.UnknownPayment:     codes.NotFound,
	retail.PaymentStep:        codes.FailedPrecondition,
	retail.PaymentDeclined:    codes.FailedPrecondition,
	retail.NoPaymentProvider:  codes.FailedPrecondition,
	retail.UnknownPaymentLink: codes.NotFound,
	retail.ReceiptForged:      codes.InvalidArgument,
	retail.UnknownLabel:       codes.NotFound,
	retail.LabelStep:          codes.FailedPrecondition,
	retail.LabelRefused:       codes.FailedPrecondition,
	retail.NoCarrier:          codes.FailedPrecondition,
	retail.CustomerMissing:    codes.FailedPrecondition,
	retail.OrderGone:          codes.FailedPrecondition,
	retail.NothingOwed:        codes.FailedPrecondition,
	retail.RefundTooLarge:     codes.FailedPrecondition,
	retail.AlreadyHandedOver:  codes.FailedPrecondition,

	retail.UnknownFulfilment: codes.NotFound,
	retail.FulfilmentStep:    codes.FailedPrecondition,
	retail.FulfilmentEnded:   codes.FailedPrecondition,
	retail.AlreadyPicked:     codes.FailedPrecondition,
	retail.NotPicked:         codes.FailedPrecondition,
	retail.AlreadyCollected:  codes.FailedPrecondition,
	retail.PickupExpired:     codes.FailedPrecondition,
	retail.WrongCode:         codes.FailedPrecondition,
	retail.CodeLocked:        codes.FailedPrecondition,

	retail.UnknownReturn:      codes.NotFound,
	retail.ReturnTooLarge:     codes.FailedPrecondition,
	retail.ReturnWindowClosed: codes.FailedPrecondition,
	retail.FinalSale:          codes.FailedPrecondition,
	retail.PriceTooHigh:       codes.FailedPrecondition,
	retail.CashLimit:          codes.FailedPrecondition,
	retail.BlindLimit:         codes.FailedPrecondition,
	retail.ReturnCondition:    codes.FailedPrecondition,
	retail.ProofMissing:       codes.FailedPrecondition,
	retail.OverrideNotAllowed: codes.FailedPrecondition,
	retail.UnknownInvoice:     codes.NotFound,
	retail.InvoiceExists:      codes.AlreadyExists,
	retail.InvoiceCorrected:   codes.FailedPrecondition,
	retail.UnknownTransfer:    codes.NotFound,
	retail.UnknownBuffer:      codes.NotFound,
	retail.UnknownStockRule:   codes.NotFound,
	retail.TransferEnded:      codes.FailedPrecondition,
	retail.TransferBeyond:     codes.FailedPrecondition,

	retail.UnknownDelivery:       codes.NotFound,
	retail.DeliveryExists:        codes.AlreadyExists,
	retail.DeliveryEnded:         codes.FailedPrecondition,
	retail.DeliveryArrived:       codes.FailedPrecondition,
	retail.DeliveryNoteReceived:  codes.AlreadyExists,
	retail.DifferenceUnexplained: codes.FailedPrecondition,

	retail.ReaderTooSlow: codes.ResourceExhausted,
	retail.TransferShort: codes.FailedPrecondition,
	retail.UnknownReason: codes.NotFound,
	retail.ReasonRetired: codes.FailedPrecondition,
	retail.ReasonNotFor:  codes.FailedPrecondition,
	retail.StateShort:    codes.FailedPrecondition,
	retail.UnknownCase:   codes.NotFound,
	retail.CaseSettled:   codes.FailedPrecondition,

	retail.UnknownCount:    codes.NotFound,
	retail.CountStep:       codes.FailedPrecondition,
	retail.CountUnreviewed: codes.FailedPrecondition,
	retail.ZoneUnread:      codes.FailedPrecondition,
	retail.NotCounted:      codes.FailedPrecondition,

	retail.CartChanged: codes.Aborted,
	retail.CartEmpty:   codes.FailedPrecondition,
	retail.CartOrdered: codes.FailedPrecondition,

	retail.TransferNotRequested: codes.FailedPrecondition,
	retail.TransferNotShipped:   codes.FailedPrecondition,
	retail.TransferPromised:     codes.FailedPrecondition,

	retail.UnknownReturnRequest: codes.NotFound,
	retail.ReturnRequestStep:    codes.FailedPrecondition,
}

// How long a client is asked to wait before it tries again.
const (
	retryOverloaded  = 200 * time.Millisecond
	retryUnavailable = time.Second
)

// The answers of the mechanism never differ, so they are made once: an overloaded server has no time to make them.
var (
	statusStale = newStatus(codes.Aborted, "It changed while it was being decided. Ask again.", info(reasonStale, nil))

	statusOverloaded = newStatus(codes.ResourceExhausted, "Too much is going on at once. Try again in a moment.",
		info(reasonOverloaded, nil), &errdetails.RetryInfo{RetryDelay: durationpb.New(retryOverloaded)})

	statusUnavailable = newStatus(codes.Unavailable, "The service is not available. Try again with the same request id.",
		info(reasonUnavailable, nil), &errdetails.RetryInfo{RetryDelay: durationpb.New(retryUnavailable)})

	statusCancelled = newStatus(codes.Canceled, "The caller went away. Ask for the outcome with the same request id.",
		info(reasonCancelled, nil))

	statusDeadline = newStatus(codes.DeadlineExceeded, "It took longer than the caller's deadline. Ask for the outcome with the "+
		"same request id.", info(reasonCancelled, nil))
)

// outcome is what became of a call, for the caller and for the log.
type outcome struct {
	status *status.Status
	reason retail.Reason
	// traceID is the name under which a fault of ours is logged; empty for everything else.
	traceID string
}

// outcomeOf is the one table that turns errors into statuses. Nothing of an error that is neither a refusal nor known
// here reaches the caller.
func outcomeOf(err error) outcome {
	if refusal, ok := errors.AsType[*retail.Refusal](err); ok {
		return outcomeOfRefusal(refusal)
	}
	if invalid, ok := errors.AsType[*invalidRequest](err); ok {
		return outcome{status: newStatus(codes.InvalidArgument, invalid.Error(),
			info(retail.InvalidRequest, nil), &errdetails.BadRequest{FieldViolations: invalid.violations},
		), reason: retail.InvalidRequest}
	}
	switch {
	case errors.Is(err, ledger.ErrOverloaded):
		return outcome{status: statusOverloaded, reason: reasonOverloaded}
	case errors.Is(err, ledger.ErrClosed), errors.Is(err, ledger.ErrUnavailable):
		return outcome{status: statusUnavailable, reason: reasonUnavailable}
	case errors.Is(err, ledger.ErrStale):
		return outcome{status: statusStale, reason: reasonStale}
	case errors.Is(err, context.DeadlineExceeded):
		return outcome{status: statusDeadline, reason: reasonCancelled}
	case errors.Is(err, context.Canceled):
		return outcome{status: statusCancelled, reason: reasonCancelled}
	}
	return internal()
}

func outcomeOfRefusal(refusal *retail.Refusal) outcome {
	code, ok := reasonCodes[refusal.Reason]
	if !ok {
		return internal()
	}
	details := []proto.Message{info(refusal.Reason, refusal.Details)}
	if refusal.Field != "" {
		details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{
			Field: clean(refusal.Field), Description: clean(refusal.Message), Reason: string(refusal.Reason),
		}}})
	}
	return outcome{status: newStatus(code, refusal.Message, details...), reason: refusal.Reason}
}

// internal is the answer to a fault of ours. The trace id is where it meets its line in the log.
func internal() outcome {
	traceID := fmt.Sprintf("%016x", rand.Uint64())
	return outcome{
		status: newStatus(codes.Internal, "internal error",
			info(reasonInternal, map[string]string{"trace_id": traceID})),
		reason:  reasonInternal,
		traceID: traceID,
	}
}

func info(reason retail.Reason, details map[string]string) *errdetails.ErrorInfo {
	metadata := maps.Clone(details)
	for name, fact := range metadata {
		metadata[name] = clean(fact)
	}
	return &errdetails.ErrorInfo{Reason: string(reason), Domain: errorDomain, Metadata: metadata}
}

func newStatus(code codes.Code, message string, details ...proto.Message) *status.Status {
	made := &spb.Status{Code: int32(code), Message: clean(message)}
	for _, detail := range details {
		// A detail that cannot be written is left out: the code and the message are still worth telling.
		if packed, err := anypb.New(detail); err == nil {
			made.Details = append(made.Details, packed)
		}
	}
	return status.FromProto(made)
}

// clean makes text fit for protobuf, which takes valid UTF-8 only. A status that cannot be written reaches the caller as
// an empty one.
func clean(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
