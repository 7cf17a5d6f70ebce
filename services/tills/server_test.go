package tills

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	money "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/tills/v1"
	"github.com/aisle-retail/aisle/services/retail"
)

func TestCash(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	milan := retail.Location{Code: "milan", Currency: "EUR"}
	amount := func(currency string, minor int64) *money.Money {
		return &money.Money{CurrencyCode: currency, AmountMinor: minor}
	}
	for act, want := range map[pb.CashAct]retail.CashAct{
		pb.CashAct_CASH_ACT_DROP: retail.CashDrop, pb.CashAct_CASH_ACT_SHORT: retail.CashShort, pb.CashAct_CASH_ACT_OVER: retail.CashOver,
	} {
		cmd, err := cashFrom(&pb.RecordCashRequest{Act: act, Amount: amount("EUR", 5), Note: "n"}, milan, now)
		if err != nil || cmd.Act != want || cmd.AmountMinor != 5 || cmd.Location != "milan" || cmd.Currency != "EUR" || !cmd.OccurredAt.IsZero() {
			t.Errorf("%s: %+v, %v", act, cmd, err)
		}
		if told := cashTo(retail.CashMoved{Act: want}); told.GetAct() != act {
			t.Errorf("%s is told as %s", want, told.GetAct())
		}
	}
	for field, request := range map[string]*pb.RecordCashRequest{
		"amount.amount_minor":  {Amount: amount("EUR", 0)},
		"amount.currency_code": {Amount: amount("USD", 5)},
		"occurred_at":          {Amount: amount("EUR", 5), OccurredAt: timestamppb.New(now.Add(time.Hour))},
	} {
		_, err := cashFrom(request, milan, now)
		if refusal := (*retail.Refusal)(nil); !errors.As(err, &refusal) || refusal.Field != field {
			t.Errorf("%v, want %s", err, field)
		}
	}
}
