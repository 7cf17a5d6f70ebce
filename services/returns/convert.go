package returns

import (
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

// goods is what every request says about goods that come back.
type goods interface {
	GetLocation() string
	GetOrder() string
	GetLines() []*pb.ReturnItem
	GetFee() *money.Money
	GetRefundTo() []*orderspb.RefundTo
	GetProof() orderspb.ReturnProof
}

// happened is what requests that have an effect say beside.
type happened interface {
	GetChannel() string
	GetOccurredAt() *timestamppb.Timestamp
	GetNote() string
	GetOperator() string
}

func goodsFrom(req goods, order retail.Order, now time.Time) (retail.AcceptReturn, error) {
	cmd := retail.AcceptReturn{Order: order, Location: req.GetLocation(), Items: trade.ItemsFrom(req.GetLines()), Proof: trade.ProofFrom(req.GetProof())}
	var err error
	if req.GetFee() != nil {
		if cmd.FeeMinor, err = trade.FeeFrom(req.GetFee(), "fee", order.Currency); err != nil {
			return cmd, err
		}
		cmd.NoFee = cmd.FeeMinor == 0
	}
	if cmd.RefundTo, err = trade.RefundsFrom(req.GetRefundTo(), order.Currency); err != nil {
		return cmd, err
	}
	if said, ok := req.(happened); ok {
		cmd.Channel, cmd.Operator, cmd.Note = said.GetChannel(), said.GetOperator(), said.GetNote()
		cmd.OccurredAt, err = retail.OccurredAt(said.GetOccurredAt() != nil, said.GetOccurredAt().AsTime(), now)
	}
	return cmd, err
}

// saleFrom reads what leaves in exchange: at the place that takes the goods back, when it does.
func saleFrom(req *pb.ExchangeGoodsRequest, now time.Time) (retail.Basket, error) {
	basket, err := trade.BasketFrom(req.GetSale(), now)
	if err != nil {
		return basket, retail.Under(err, "sale")
	}
	if req.GetSale().GetContact() != nil {
		return basket, retail.RefuseField(retail.InvalidRequest, "sale.contact", "of what leaves in exchange nobody is told")
	}
	if len(req.GetSale().GetFinders()) > 0 {
		return basket, retail.RefuseField(retail.InvalidRequest, "sale.finders", "what leaves in exchange is found by its own number")
	}
	if basket.Cart != nil {
		return basket, retail.RefuseField(retail.InvalidRequest, "sale.cart", "no cart is converted in an exchange")
	}
	if basket.Location != req.GetLocation() {
		return basket, retail.RefuseField(retail.InvalidRequest, "sale.location", "what leaves in exchange leaves %s", req.GetLocation())
	}
	if basket.OccurredAt, err = retail.OccurredAt(req.GetOccurredAt() != nil, req.GetOccurredAt().AsTime(), now); err != nil {
		return basket, err
	}
	return basket.Swapping(swapsFrom(req.GetSwaps()))
}

func swapsFrom(asked []*pb.Swap) []retail.Swap {
	var swaps []retail.Swap
	for _, swap := range asked {
		swaps = append(swaps, retail.Swap{Line: swap.GetSaleLine(), For: swap.GetLine()})
	}
	return swaps
}

// inItem puts the field of a basket's line that a refusal is about below the item, where this request has it.
func inItem(err error) error {
	if refusal := (*retail.Refusal)(nil); errors.As(err, &refusal) && strings.HasPrefix(refusal.Field, "lines[") {
		line, field, _ := strings.Cut(refusal.Field, "]")
		refusal.Field = line + "].item" + field
	}
	return err
}

// overrideScopes are what a caller needs to take back what the policy does not, by whose decision that is; nobody's has none.
var overrideScopes = map[retail.ReturnRight]string{retail.RightStaff: "returns.override", retail.RightManager: "returns.manage"}

// quoteTo is a quote as it is told.
func quoteTo(q retail.ReturnQuote, right retail.ReturnRight) *pb.ReturnQuote {
	told := trade.ReturnTo(q.Return)
	answer := &pb.ReturnQuote{
		Order: told.GetOrder(), Location: told.GetLocation(), Book: told.GetBook(), Customer: told.GetCustomer(),
		GrossTotal: told.GetGrossTotal(), Refunds: told.GetRefunds(), RefundTotal: told.GetRefundTotal(), QuotedAt: told.GetRecordedAt(),
	}
	for _, v := range q.Verdicts {
		line := &pb.ReturnQuoteLine{
			Line: v.Item.Line, Sku: v.Line.SKU, Description: v.Line.Description, Quantity: v.Item.Units, LeftQuantity: v.Left,
			Eligible: v.Takes(""), Until: trade.TimeTo(v.Until), Counted: v.Takes(right), OverrideScope: overrideScopes[v.Right],
			Condition: trade.ConditionTo(v.Terms.Condition), Proof: trade.ProofTo(v.Terms.Proof), ReturnPolicy: v.Terms.Policy,
		}
		if v.Refusal != nil {
			line.Reason, line.Message = string(v.Refusal.Reason), v.Refusal.Message
		}
		if v.Item.Units <= v.Left {
			line.NetAmount = trade.MoneyTo(q.Return.Currency, v.Line.NetMinor)
			line.TaxAmount = trade.MoneyTo(q.Return.Currency, v.Line.TaxMinor)
			line.GrossAmount = trade.MoneyTo(q.Return.Currency, v.Line.GrossMinor)
		}
		if v.FeeMinor > 0 {
			line.Fee = trade.MoneyTo(q.Return.Currency, v.FeeMinor)
		}
		answer.Lines = append(answer.Lines, line)
	}
	return answer
}
