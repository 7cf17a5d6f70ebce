package returns

import (
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	common "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
	pb "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
	"github.com/aisle-retail/aisle/services/retail"
	"github.com/aisle-retail/aisle/services/trade"
)

func TestDispositions(t *testing.T) {
	for _, disposition := range []retail.Disposition{
		retail.Undecided, retail.ReturnToStock, retail.WriteOff, retail.Repair, retail.ReturnToSupplier, retail.Lost, retail.Kept,
	} {
		told := trade.ReturnTo(retail.Return{Lines: []retail.ReturnLine{{Disposition: disposition}}}).GetLines()[0].GetDisposition()
		if told == pb.Disposition_DISPOSITION_UNSPECIFIED || trade.DispositionFrom(told) != disposition {
			t.Errorf("%s is told as %s", disposition, told)
		}
	}
}

// TestOverrideScope holds what a quote says that an override needs against what the contract asks of it.
func TestOverrideScope(t *testing.T) {
	method := pb.File_aisle_returns_v1_returns_proto.Services().ByName("ReturnService").Methods().ByName("AcceptReturnByRight")
	access := proto.GetExtension(method.Options(), common.E_Access).(*common.Access)
	for _, scope := range overrideScopes {
		if !slices.Contains(access.GetScopes(), scope) {
			t.Errorf("AcceptReturnByRight needs %v, and a quote says %s", access.GetScopes(), scope)
		}
	}
}

func TestReturnTo(t *testing.T) {
	told := trade.ReturnTo(retail.Return{
		ID: retail.ID{1}, Currency: "EUR", Book: "milan",
		Lines: []retail.ReturnLine{{Units: retail.UnitRange{Line: 2, From: 1, Until: 4}, GrossMinor: 300}},
		Refunds: []retail.Payment{
			{Movement: retail.MovementFee, AmountMinor: 50}, {Movement: retail.MovementRefund, Kind: retail.Cash, AmountMinor: 250, Location: "rome"},
		},
	})
	if told.GetRefundTotal().GetAmountMinor() != 250 || told.GetGrossTotal().GetAmountMinor() != 300 {
		t.Errorf("a fee counts as given back: %v", told)
	}
	if line := told.GetLines()[0]; line.GetQuantity() != 3 || line.GetLine() != 0 {
		t.Errorf("without a receipt there is no line: %v", line)
	}
	if told.GetRefunds()[0].GetLocation() != "milan" || told.GetRefunds()[1].GetLocation() != "rome" {
		t.Errorf("%v", told.GetRefunds())
	}
}

func TestFieldsOfWhatLeavesAndOfItems(t *testing.T) {
	field := func(err error) string {
		refusal := (*retail.Refusal)(nil)
		if !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		return refusal.Field
	}
	at := func(field string) error { return retail.RefuseField(retail.InvalidRequest, field, "no") }
	for _, c := range [][2]string{
		{field(retail.Under(at("lines[3].gtin"), "sale")), "sale.lines[3].gtin"},
		{field(retail.Under(at(""), "sale")), ""},
		{field(inItem(at("lines[3].gtin"))), "lines[3].item.gtin"},
		{field(inItem(at("lines[3]"))), "lines[3].item"},
		{field(inItem(at("channel"))), "channel"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
	if retail.Under(nil, "sale") != nil || inItem(nil) != nil {
		t.Error("nothing is refused")
	}
}
