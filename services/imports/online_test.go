package imports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
)

const onlineHeader = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"

// onlineRun imports one synthetic file.
func onlineRun(t *testing.T, s *shop, lines ...string) Report {
	t.Helper()
	report, err := Run(t.Context(), s.dial(t), into(t, Options{
		Format: FormatOnlineRetail, Files: []string{write(t, "invoices.csv", onlineHeader+strings.Join(lines, "\n")+"\n")},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if report.Lines != report.Imported+report.Rejected || report.Lines != int64(len(lines)) {
		t.Errorf("%d lines: %+v", len(lines), report)
	}
	return report
}

// toldOrders are the orders as a person would write them down, by reference.
func toldOrders(s *shop) map[string]string {
	told := map[string]string{}
	for _, order := range s.orders {
		var lines []string
		for _, line := range order.GetLines() {
			item := line.GetSku()
			if charge := line.GetCharge(); charge != nil {
				item = charge.GetCode() + " (" + charge.GetDescription() + ")"
			}
			way := strings.TrimPrefix(line.GetMethod().String(), "FULFILMENT_METHOD_")
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s x%d %d %s %s", item, line.GetQuantity(), listOf(line), way, line.GetNote())))
		}
		for _, tender := range order.GetTenders() {
			lines = append(lines, fmt.Sprintf("%s %d", strings.TrimPrefix(tender.GetKind().String(), "TENDER_KIND_"), tender.GetAmount().GetAmountMinor()))
		}
		told[order.GetReference()] = strings.Join(lines, ", ")
	}
	return told
}

// toldReturns are the returns, in order.
func toldReturns(s *shop) []string {
	var told []string
	for _, goods := range s.returned {
		var lines []string
		for _, line := range goods.lines {
			lines = append(lines, fmt.Sprintf("%s x%d %d", strings.TrimSpace(line.sku+" "+strings.TrimPrefix(line.account, "sales")), line.units, line.minor))
		}
		kind := "blind"
		if goods.receipt {
			kind = "receipt"
		}
		told = append(told, fmt.Sprintf("%s %s->%s: %s", kind, goods.location, goods.book, strings.Join(lines, ", ")))
	}
	return told
}

func rejectReasons(report Report) []string {
	var told []string
	for _, r := range report.Rejects {
		told = append(told, fmt.Sprint(r.Line, " ", r.Reason))
	}
	slices.Sort(told)
	return told
}

func TestOnlineInvoices(t *testing.T) {
	t.Run("an invoice is an order, paid by card, packed and sent at once", func(t *testing.T) {
		s := newShop()
		report := onlineRun(t, s,
			`1,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,France`,
			`1,85123a,"HEART, WHITE",2,2010-12-01 08:26:00,2.55,17850.0,France`,      // the same SKU in small letters
			`1,71053,LANTERN,1,2010-12-01 08:26:00,0.0,17850.0,France`,               // free
			`1,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,France`, // the same line twice
			`1,POST,POSTAGE,3,2010-12-01 08:26:00,18.0,17850.0,France`,
			`2,gift_0001_20,Gift Voucher,1,2010-12-01 08:27:00,20.0,,United Kingdom`, // nothing to send
			`3,DOT,,1000,2010-12-01 08:28:00,0.0,,United Kingdom`,
		)
		want := map[string]string{
			"1": "85123A x6 1530 SHIP, 85123A x2 510 SHIP, 71053 x1 0 SHIP, 85123A x6 1530 SHIP, POST (POSTAGE) x3 5400 SHIP, CARD 8970",
			"2": "GIFT_0001_20 (Gift Voucher) x1 2000 CARRY_OUT, CARD 2000",
			"3": "DOT (DOT) x1000 0 CARRY_OUT",
		}
		if diff := cmp.Diff(want, toldOrders(s)); diff != "" {
			t.Error(diff)
		}
		if len(s.shipped) != 1 || report.Orders != 3 || len(s.products) != 2 || s.products["85123A"].GetTitle() != "WHITE HANGING HEART" {
			t.Errorf("%d shipped, %+v, %v", len(s.shipped), report, s.products)
		}
		warehouse := "online-retail-warehouse"
		if diff := cmp.Diff(map[place]int64{{warehouse, "85123A"}: 14, {warehouse, "71053"}: 1}, s.received); diff != "" {
			t.Error(diff)
		}
		order := s.orders[slices.IndexFunc(s.orders, func(o *ordersv1.PlaceOrderRequest) bool { return o.GetReference() == "1" })]
		if order.GetCustomer() != derivedID(FormatOnlineRetail, "customer", "17850") || order.GetLocation() != "online-retail" ||
			order.GetOccurredAt().AsTime().Format(time.RFC3339) != "2010-12-01T08:26:00Z" {
			t.Error(order)
		}
		if note := strings.Join(report.Notes, "; "); !strings.Contains(note, "1 lines are free") {
			t.Error(note)
		}
	})
	t.Run("an invoice beyond what an order may hold is cut into parts that say so", func(t *testing.T) {
		s := newShop()
		var lines []string
		for i := range 501 {
			lines = append(lines, fmt.Sprintf("7,%d,THING,1,2011-07-01 12:00:00,1.00,1,EIRE", 20000+i))
		}
		lines = append(lines, "C8,20500,THING,-1,2011-07-02 12:00:00,1.00,1,EIRE")
		onlineRun(t, s, lines...)
		told := toldOrders(s)
		if len(told) != 2 || !strings.HasSuffix(told["7 (1 of 2)"], "CARD 50000") || told["7 (2 of 2)"] != "20500 x1 100 SHIP, CARD 100" {
			t.Error(told["7 (2 of 2)"], len(told))
		}
		if diff := cmp.Diff([]string{"receipt online-retail-warehouse->online-retail: 20500 x1 100"}, toldReturns(s)); diff != "" {
			t.Error(diff)
		}
		if at := s.orders[0].GetOccurredAt().AsTime().Hour(); at != 11 { // noon in London in summer
			t.Error(at)
		}
	})
	t.Run("an invoice whose lines stand apart is one order, and counts with its last line", func(t *testing.T) {
		s := newShop()
		onlineRun(t, s,
			`1,11111,A,1,2010-12-01 08:26:00,1.00,9,EIRE`,
			`2,22222,B,1,2010-12-01 08:26:00,1.00,,EIRE`,
			`1,33333,C,1,2010-12-01 08:27:00,1.00,9,EIRE`,
		)
		if got := toldOrders(s)["1"]; got != "11111 x1 100 SHIP, 33333 x1 100 SHIP, CARD 200" || len(s.orders) != 2 {
			t.Error(got)
		}
	})
	t.Run("a price finer than a penny stays in the note, and the line is rounded", func(t *testing.T) {
		s := newShop()
		report := onlineRun(t, s, `1,11111,A,7,2010-12-01 08:26:00,0.125,9,EIRE`, `2,22222,B,3,2010-12-01 08:26:00,0.001,9,EIRE`,
			`C3,11111,A,-2,2010-12-01 09:26:00,0.125,9,EIRE`)
		want := map[string]string{"1": "11111 x7 88 SHIP unit price 0.125 GBP, CARD 88", "2": "22222 x3 0 SHIP unit price 0.001 GBP"}
		if diff := cmp.Diff(want, toldOrders(s)); diff != "" {
			t.Error(diff)
		}
		if told := report.String(); len(report.Residues) != 2 || !strings.Contains(told, "UnitPrice of 7 x 0.125 was booked as 0.88 GBP") {
			t.Error(told)
		}
	})
	t.Run("a negative quantity without a C is a write-off with the warehouse's remark", func(t *testing.T) {
		s := newShop()
		report := onlineRun(t, s, `1,11111,thrown away,-5,2010-12-01 08:26:00,0.0,,EIRE`, `2,11111,,-1,2010-12-01 08:27:00,2.00,,EIRE`)
		if len(s.adjustments) != 2 || report.WriteOffs != 2 || s.stocked[place{"online-retail-warehouse", "11111"}] != 0 {
			t.Error(s.adjustments)
		}
		if diff := cmp.Diff([]string{"3 PRICE_LEFT_OUT"}, rejectReasons(report)); diff != "" || report.Partly != 1 {
			t.Error(diff)
		}
		var reasons []string
		for _, a := range s.adjustments {
			reasons = append(reasons, fmt.Sprint(a.GetReason(), " of ", a.GetReference(), ": ", a.GetNote()))
		}
		slices.Sort(reasons)
		if diff := cmp.Diff([]string{"write-off of write-off 1: thrown away", "write-off of write-off 2: "}, reasons); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("what is no invoice line is rejected with its number and the reason", func(t *testing.T) {
		s := newShop()
		report := onlineRun(t, s,
			`1,11111,A,1,2010-12-01 08:26:00,1.00,9,EIRE`,
			`1,22222,A,1,2010-12-01 08:26:00,1.00,8,EIRE`, // another customer
			`2,11111,A,0,2010-12-01 08:26:00,1.00,9,EIRE`,
			`2,11111,A,1.5,2010-12-01 08:26:00,1.00,9,EIRE`,
			`2,11111,A,1,2010-12-01,1.00,9,EIRE`,
			`2,11111,A,1,2010-12-01 08:26:00,-1.00,9,EIRE`,
			`2,11111,A,1,2010-12-01 08:26:00,one,9,EIRE`,
			`2,11111,A,1000001,2010-12-01 08:26:00,1.00,9,EIRE`,
			`2,11111,A,1000000,2010-12-01 08:26:00,100000000.00,9,EIRE`,
			`2,1/2,A,1,2010-12-01 08:26:00,1.00,9,EIRE`,
			`,11111,A,1,2010-12-01 08:26:00,1.00,9,EIRE`,
			`2,11111,A,1,2010-12-01 08:26:00`,
			`C2,11111,A,1,2010-12-01 08:26:00,1.00,9,EIRE`,
			`2,POST,,-1,2010-12-01 08:26:00,0.0,9,EIRE`,
		)
		want := []string{"10 MALFORMED", "11 MALFORMED", "12 MALFORMED", "13 MALFORMED", "14 NOT_A_RETURN", "15 NOTHING_SOLD",
			"3 INVOICE_DISAGREES", "4 NOTHING_SOLD", "5 MALFORMED", "6 MALFORMED", "7 MALFORMED", "8 MALFORMED", "9 MALFORMED"}
		if diff := cmp.Diff(want, rejectReasons(report)); diff != "" || len(s.orders) != 1 {
			t.Error(diff)
		}
	})
	t.Run("a file in ISO 8859-1 is read as such", func(t *testing.T) {
		s := newShop()
		onlineRun(t, s, "1,gift_0001_20,Voucher \xa320.00,1,2010-12-01 08:26:00,20.0,,EIRE")
		if got := s.orders[0].GetLines()[0].GetCharge().GetDescription(); got != "Voucher £20.00" {
			t.Error(got)
		}
	})
}

func TestOnlineReturns(t *testing.T) {
	sale := func(invoice, code string, units int, price, customer string) string {
		return fmt.Sprintf("%s,%s,A,%d,2010-12-01 08:26:00,%s,%s,EIRE", invoice, code, units, price, customer)
	}
	const warehouse, web = "online-retail-warehouse", "online-retail"
	for name, example := range map[string]struct {
		lines []string
		want  []string
	}{
		"of the newest sale that has units left, and then of older ones": {
			[]string{
				sale("1", "11111", 4, "2.00", "9"), sale("2", "11111", 2, "3.00", "9"), sale("C3", "11111", -1, "3.00", "9"),
				sale("C4", "11111", -3, "3.00", "9"), sale("C5", "11111", -9, "2.50", "9"),
			},
			[]string{
				"receipt " + warehouse + "->" + web + ": 11111 x1 300",
				"receipt " + warehouse + "->" + web + ": 11111 x1 300", "receipt " + warehouse + "->" + web + ": 11111 x2 400",
				"receipt " + warehouse + "->" + web + ": 11111 x2 400", "blind " + warehouse + "->" + warehouse + ": 11111 x7 1750",
			},
		},
		"of a code in other letters, and of two lines of one order in one return": {
			[]string{
				sale("1", "11111a", 1, "2.00", "9"), sale("1", "11111A", 2, "1.00", "9"), sale("1", "22222", 1, "5.00", "9"),
				sale("C2", "11111A", -3, "1.00", "9"), sale("C2", "22222", -1, "5.00", "9"),
			},
			[]string{"receipt " + warehouse + "->" + web + ": 11111A x2 200, 11111A x1 200, 22222 x1 500"},
		},
		"without a receipt where nobody knows who bought it, another did, or it was sold later": {
			[]string{
				sale("1", "11111", 4, "2.00", ""), sale("C2", "11111", -1, "2.00", ""), sale("3", "11111", 4, "2.00", "8"),
				sale("C4", "11111", -1, "2.00", "9"), sale("5", "11111", 4, "2.00", "9"),
			},
			[]string{"blind " + warehouse + "->" + warehouse + ": 11111 x1 200", "blind " + warehouse + "->" + warehouse + ": 11111 x1 200"},
		},
		"of a charge that cost the same, and else as money of the web shop": {
			[]string{
				sale("1", "POST", 2, "18.00", "9"), sale("1", "M", 1, "7.00", "9"), sale("C2", "POST", -1, "18.00", "9"),
				sale("C2", "M", -1, "9.00", "9"), sale("C2", "D", -1, "12.34", "9"), sale("C2", "11111", -1, "1.00", "9"),
				sale("A3", "B", 1, "-11062.06", ""),
			},
			[]string{
				"receipt " + warehouse + "->" + web + ": charges/POST x1 1800", "blind " + warehouse + "->" + warehouse + ": 11111 x1 100",
				"blind " + web + "->" + web + ": charges/M x1 900, charges/D x1 1234", "blind " + web + "->" + web + ": charges/B x1 1106206",
			},
		},
		"of units that share what does not divide, to the penny": {
			[]string{sale("1", "11111", 3, "0.333", "9"), sale("C2", "11111", -1, "0.333", "9"), sale("C3", "11111", -2, "0.333", "9")},
			[]string{"receipt " + warehouse + "->" + web + ": 11111 x1 33", "receipt " + warehouse + "->" + web + ": 11111 x2 67"},
		},
	} {
		t.Run("a cancellation takes back "+name, func(t *testing.T) {
			s := newShop()
			report, err := Run(t.Context(), s.dial(t), into(t, Options{
				Format: FormatOnlineRetail, Files: []string{write(t, "invoices.csv", onlineHeader+strings.Join(example.lines, "\n"))}, Workers: 1,
			}))
			if err != nil || report.Imported != int64(len(example.lines)) {
				t.Fatal(report, err)
			}
			if diff := cmp.Diff(example.want, toldReturns(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("what was paid goes back, and the report names the difference to the file", func(t *testing.T) {
		report := onlineRun(t, newShop(), sale("1", "11111", 2, "2.00", "9"), sale("C2", "11111", -2, "1.50", "9"))
		if told := report.String(); !strings.Contains(told, "the file says 3.00 GBP, and what was paid is 4.00 GBP") {
			t.Error(told)
		}
	})
}
