package imports

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	fulfilmentsv1 "github.com/aisle-retail/aisle/gen/go/aisle/fulfilments/v1"
	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	returnsv1 "github.com/aisle-retail/aisle/gen/go/aisle/returns/v1"
)

// onlineText is an invoices file of so many invoices with all the dirt that the real one has.
func onlineText(invoices int) string {
	random := rand.New(rand.NewPCG(3, 4))
	at := time.Date(2011, 3, 25, 8, 0, 0, 0, time.UTC) // over the change to summer time
	var b strings.Builder
	b.WriteString(onlineHeader)
	for i := range invoices {
		at = at.Add(time.Duration(random.IntN(50)) * time.Minute)
		number, customer, sign := fmt.Sprint(1000+i), fmt.Sprintf("%d.0", random.IntN(6)), 1
		switch random.IntN(8) {
		case 0:
			customer = ""
		case 1, 2, 3:
			number, sign = "C"+number, -1
		case 4:
			fmt.Fprintf(&b, "%s,%d,damages,-%d,%s,0.0,,EIRE\n", number, 20000+random.IntN(8), 1+random.IntN(5), at.Format(onlineTimeLayout))
			continue
		}
		for range 1 + random.IntN(4) {
			code, units, price := fmt.Sprint(20000+random.IntN(8)), 1+random.IntN(9), fmt.Sprintf("%d.%02d", random.IntN(9), random.IntN(3)*50)
			switch random.IntN(12) {
			case 0:
				code = code + "a"
			case 1:
				code = code + "A"
			case 2:
				code, price = "POST", "18.00"
			case 3:
				code = []string{"M", "D", "AMAZONFEE", "gift_0001_20"}[random.IntN(4)]
			case 4:
				price = "1.115"
			case 5:
				units = 0
			case 6:
				code = "a/b"
			}
			fmt.Fprintf(&b, "%s,%s,THING,%d,%s,%s,%s,EIRE\n", number, code, sign*units, at.Format(onlineTimeLayout), price, customer)
		}
	}
	return b.String()
}

func TestOnlineResumes(t *testing.T) {
	o := into(t, Options{Format: FormatOnlineRetail, Files: []string{write(t, "invoices.csv", onlineText(150))}, Workers: 8})
	whole := newShop()
	report, err := Run(t.Context(), whole.dial(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Rejected == 0 || report.Lines != report.Imported+report.Rejected || report.Returns == 0 || report.BlindReturns == 0 ||
		report.WriteOffs == 0 || report.Orders == 0 {
		t.Fatalf("%+v", report)
	}
	resumes(t, o, whole, report)

	t.Run("what the server refuses is rejected line by line, and what was not sent is named", func(t *testing.T) {
		s := newShop()
		s.before = func(method string, call int) error {
			switch {
			case method == ordersv1.OrderService_PlaceOrder_FullMethodName && call%5 == 0:
				return refuse(codes.FailedPrecondition, "CHANNEL_RETIRED")
			case method == fulfilmentsv1.FulfilmentService_ShipFulfilment_FullMethodName && call%5 == 0:
				return refuse(codes.FailedPrecondition, "FULFILMENT_STATE")
			case method == returnsv1.ReturnService_AcceptBlindReturn_FullMethodName && call%2 == 0:
				return refuse(codes.FailedPrecondition, "TAX_MISSING")
			}
			return nil
		}
		refused, err := Run(t.Context(), s.dial(t), into(t, o))
		if err != nil {
			t.Fatal(err)
		}
		if refused.Rejected <= report.Rejected || refused.Partly == 0 || refused.Lines != report.Lines ||
			refused.Lines != refused.Imported+refused.Rejected {
			t.Errorf("%+v", refused)
		}
		for i, sum := range refused.Sums {
			if whole := report.Sums[i]; sum.Imported+sum.Rejected != whole.Imported+whole.Rejected {
				t.Errorf("%+v, but without refusals %+v", sum, whole)
			}
		}
	})
}

func TestOnlineResumesFromEveryPoint(t *testing.T) {
	o := into(t, Options{Format: FormatOnlineRetail, Files: []string{write(t, "invoices.csv", onlineText(25))}, Workers: 2})
	whole := newShop()
	if _, err := Run(t.Context(), whole.dial(t), o); err != nil {
		t.Fatal(err)
	}
	for call := range whole.calls {
		killed(t, o, whole, call%2 == 0, call+1)
	}
}

func TestOnlineLaterMonths(t *testing.T) {
	text := onlineText(300)
	half := strings.Index(text[len(text)/2:], "\n") + len(text)/2 + 1
	for invoice := strings.SplitN(text[half:], ",", 2)[0]; strings.HasPrefix(text[half:], invoice); { // not within an invoice
		half += strings.Index(text[half:], "\n") + 1
	}
	march, april := write(t, "march.csv", text[:half]), write(t, "april.csv", onlineHeader+text[half:])
	whole := write(t, "whole.csv", text)
	run := func(t *testing.T, s *shop, files ...string) Report {
		t.Helper()
		report, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatOnlineRetail, Files: files}))
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	t.Run("months one by one, each with those before it, are what all of them at once are", func(t *testing.T) {
		s, once := newShop(), newShop()
		run(t, s, march)
		later := run(t, s, march, april)
		all := run(t, once, whole)
		if got, want := s.trade.totals(), once.trade.totals(); got != want || later.Imported != all.Imported {
			t.Errorf("%s\n%s", got, want)
		}
		if d := reconciled(t, londonBooks(t, s), march, april); !d.Equal() {
			t.Error(d)
		}
	})
	t.Run("a month that came alone before is not taken back twice", func(t *testing.T) {
		s := newShop()
		rejected := run(t, s, march).Rejected + run(t, s, april).Rejected
		before := s.trade.totals()
		report := run(t, s, march, april)
		if after := s.trade.totals(); after != before {
			t.Errorf("%s\nbecame\n%s", before, after)
		}
		if report.Rejected <= rejected || report.Lines != report.Imported+report.Rejected {
			t.Errorf("%+v", report)
		}
	})
}
