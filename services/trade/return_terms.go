package trade

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

type managesReturnsKey struct{}

// ManagesReturns returns a context that says that the caller's key decides on returns as a manager's. The rights interceptor makes it; nothing
// else does.
func ManagesReturns(ctx context.Context) context.Context {
	return context.WithValue(ctx, managesReturnsKey{}, true)
}

// ReturnRight is by what right the caller decides on returns, where it does.
func ReturnRight(ctx context.Context) retail.ReturnRight {
	if manages, _ := ctx.Value(managesReturnsKey{}).(bool); manages {
		return retail.RightManager
	}
	return retail.RightStaff
}

// The prefixes of the values of enums, which rules and rows name without them.
const (
	conditionPrefix = "GOODS_CONDITION_"
	proofPrefix     = "RETURN_PROOF_"
	rightPrefix     = "RETURN_RIGHT_"
)

// ConditionFrom reads a condition; unspecified is none.
func ConditionFrom(c pb.GoodsCondition) retail.GoodsCondition {
	if c == 0 {
		return ""
	}
	return retail.GoodsCondition(strings.TrimPrefix(c.String(), conditionPrefix))
}

// ConditionTo tells a condition.
func ConditionTo(c retail.GoodsCondition) pb.GoodsCondition {
	return pb.GoodsCondition(pb.GoodsCondition_value[conditionPrefix+string(c)])
}

// ProofFrom reads a proof; unspecified is none.
func ProofFrom(p pb.ReturnProof) retail.ReturnProof {
	if p == 0 {
		return ""
	}
	return retail.ReturnProof(strings.TrimPrefix(p.String(), proofPrefix))
}

// ProofTo tells a proof.
func ProofTo(p retail.ReturnProof) pb.ReturnProof {
	return pb.ReturnProof(pb.ReturnProof_value[proofPrefix+string(p)])
}

// ReturnTermsFrom reads the terms of a policy, below a field.
func ReturnTermsFrom(given *pb.ReturnTerms, field string) (retail.ReturnTerms, error) {
	terms := retail.ReturnTerms{
		Condition: ConditionFrom(given.GetCondition()), Proof: ProofFrom(given.GetProof()), FeeBasisPoints: given.GetFeeBasisPoints(),
	}
	if right := given.GetOverride(); right != 0 {
		terms.Override = retail.ReturnRight(strings.TrimPrefix(right.String(), rightPrefix))
	}
	if given.GetUnitFee() != nil {
		fee, err := AmountFrom(given.GetUnitFee(), field+".unit_fee", 1)
		if err != nil {
			return terms, err
		}
		terms.FeeUnitMinor, terms.FeeCurrency = fee.Minor, fee.Currency
	}
	var err error
	terms.UntilAtLeast, err = InstantFrom(given.GetUntilAtLeast(), field+".until_at_least")
	return terms, err
}

// ReturnTermsTo tells terms whose amounts are in a currency.
func ReturnTermsTo(t retail.ReturnTerms, currency string) *pb.ReturnTerms {
	told := &pb.ReturnTerms{
		UntilAtLeast: TimeTo(t.UntilAtLeast), Condition: ConditionTo(t.Condition), FeeBasisPoints: t.FeeBasisPoints, Proof: ProofTo(t.Proof),
		Override: pb.ReturnRight(pb.ReturnRight_value[rightPrefix+string(t.Override)]),
	}
	if t.FeeUnitMinor > 0 {
		told.UnitFee = MoneyTo(currency, t.FeeUnitMinor)
	}
	return told
}

// InstantFrom reads an instant of the years 1 to 9999, as finely as times are kept; absent: none. Their very first one stands for none in the
// books.
func InstantFrom(at *timestamppb.Timestamp, field string) (time.Time, error) {
	if at == nil {
		return time.Time{}, nil
	}
	if !at.IsValid() || at.AsTime().Truncate(time.Microsecond).IsZero() {
		return time.Time{}, retail.RefuseField(retail.InvalidRequest, field, "is not a time between the years 1 and 9999")
	}
	return at.AsTime().Truncate(time.Microsecond), nil
}

// RefundOrderPrefix begins the names of orders of tenders.
const RefundOrderPrefix = "REFUND_ORDER_"

// RefundRuleTo tells how money of an order goes back; nil: as it did before there were terms.
func RefundRuleTo(r retail.RefundRule) *pb.RefundRule {
	if r == (retail.RefundRule{}) {
		return nil
	}
	return &pb.RefundRule{Order: pb.RefundOrder(pb.RefundOrder_value[RefundOrderPrefix+string(r.Order)]), CashMaxMinor: r.CashMaxMinor}
}
