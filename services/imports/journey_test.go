package imports

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	ordersv1 "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	"github.com/aisle-retail/aisle/services/imports/reconcile"
)

const (
	journeyHeader  = "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,transaction_timestamp\n"
	productsHeader = "product_id,manufacturer_id,department,brand,product_category,product_type,package_size\n"
)

// journeyText is a transactions file of so many baskets with all the dirt that the real one has.
func journeyText(baskets int) string {
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2017, 3, 1, 8, 0, 0, 0, time.UTC)
	var b strings.Builder
	b.WriteString(journeyHeader)
	for basket := range baskets {
		at = at.Add(time.Duration(random.IntN(3)) * time.Minute) // often the same second
		for range 1 + random.IntN(4) {
			quantity, sales, retail, coupon, match := 1+random.IntN(3), random.IntN(900), 0, 0, 0
			switch random.IntN(12) {
			case 0:
				retail = random.IntN(200)
			case 1:
				coupon, match = random.IntN(100), random.IntN(50)
			case 2:
				quantity, sales = 0, 0
			case 3:
				quantity, sales, coupon = 0, 0, 100
			case 4:
				quantity = 0
			case 5:
				coupon = sales + 500
			case 6:
				quantity = 20_000
			}
			fmt.Fprintf(&b, "%d,%d,%d,%d,%d,%d.%02d,%d.%02d,%d.%02d,%d.%02d,9,%s\n", 1+basket%17, 300+basket%5, 1000+basket,
				5000+random.IntN(40), quantity, sales/100, sales%100, retail/100, retail%100, coupon/100, coupon%100, match/100, match%100,
				at.Format(journeyTimeLayout))
		}
	}
	return b.String()
}

// productsText is a product table that lacks some of what journeyText sells.
func productsText() string {
	var b strings.Builder
	b.WriteString(productsHeader)
	for id := 5000; id < 5035; id++ {
		fmt.Fprintf(&b, "%d,69,GROCERY,Private,EGGS,EGGS - X-LARGE,A D   1 DZ\n", id)
	}
	return b.String()
}

func TestJourneyBasket(t *testing.T) {
	text := journeyHeader +
		"1,319,A,11,2,3.00,0.50,0,0.25,1,2017-01-01 07:30:27\n" + // a plain line with both discounts
		"1,319,A,12,0,0,0,1.00,0,1,2017-01-01 07:30:27\n" + // a coupon for the basket
		"1,319,A,13,0,0,0,0,0,1,2017-01-01 07:30:27\n" + // nothing
		"2,319,B,11,0,4.440892e-16,0,0,0,1,2017-01-01 07:30:27\n" + // a value too small to pay
		"1,319,A,14,30080,80.00,0,0,0,1,2017-01-01 07:30:27\n" + // fuel, after a line of another basket
		"3,320,C,12,0,0,0,1.00,0,1,2017-01-02 09:00:00\n" + // a coupon and nothing else
		"4,320,D,11,1,1.00,0,3.00,0,1,2017-01-02 10:00:00\n" + // a coupon beyond what is due
		"4,321,D,11,1,1.00,0,0,0,1,2017-01-02 10:00:00\n" + // another store
		"5,320,E,11,1,abc,0,0,0,1,2017-01-02 11:00:00\n" + // no amount
		"5,320,F,11,-1,1.00,0,0,0,1,2017-01-02 11:00:00\n" + // less than nothing
		"5,320,G,11,1.5,1.00,0,0,0,1,2017-01-02 11:00:00\n" + // not a unit
		"5,320,H,11,1,1.00,0,0,0,1\n" + // cut short
		"6,320,I,11,0,0,0.86,0,0,1,2017-01-02 12:00:00\n" // a value that was given away whole
	s := newShop()
	o := into(t, Options{Format: FormatCompleteJourney, Files: []string{write(t, "t.csv", text)}})
	report, err := Run(t.Context(), s.dial(t), o)
	if err != nil {
		t.Fatal(err)
	}
	type order struct{ Basket, Lines, Tenders string }
	var got []order
	for _, o := range s.orders {
		lines, tenders := []string{}, []string{}
		for _, l := range o.GetLines() {
			line := fmt.Sprintf("%s x%d %d", l.GetSku(), l.GetQuantity(), l.GetTillPrice().GetLine().GetAmountMinor())
			for _, d := range l.GetDiscounts() {
				line += fmt.Sprintf(" -%s %d", d.GetCode(), d.GetAmount().GetAmountMinor())
			}
			lines = append(lines, strings.TrimSpace(line+" "+l.GetNote()))
		}
		for _, tender := range o.GetTenders() {
			tenders = append(tenders, fmt.Sprintf("%s %d", strings.TrimPrefix(tender.GetKind().String(), "TENDER_KIND_"), tender.GetAmount().GetAmountMinor()))
		}
		got = append(got, order{o.GetLocation() + " " + o.GetReference(), strings.Join(lines, ", "), strings.Join(tenders, ", ")})
	}
	slices.SortFunc(got, func(a, b order) int { return strings.Compare(a.Basket, b.Basket) })
	want := []order{
		{"319 A", "11 x2 375 -retail_disc 50 -coupon_match_disc 25, 14 x30080 8000", "VOUCHER 100, CASH 8200"},
		{"319 B", "11 x1 0 quantity assumed", ""},
		{"320 D", "11 x1 100", "VOUCHER 300"},
		{"320 I", "11 x1 86 -retail_disc 86 quantity assumed", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var rejects []string
	for _, r := range report.Rejects {
		rejects = append(rejects, fmt.Sprint(r.Line, " ", r.Reason))
	}
	wantRejects := []string{"4 NOTHING_SOLD", "9 BASKET_DISAGREES", "7 COUPON_WITHOUT_GOODS", "10 MALFORMED", "11 MALFORMED", "12 MALFORMED", "13 MALFORMED"}
	slices.Sort(rejects)
	slices.Sort(wantRejects)
	if diff := cmp.Diff(wantRejects, rejects); diff != "" {
		t.Error(diff)
	}
	if report.Lines != 13 || report.Imported != 6 || report.Rejected != 7 || report.Baskets != 4 || len(report.Residues) != 1 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff(map[place]int64{{"319", "11"}: 3, {"319", "14"}: 30080, {"320", "11"}: 2}, s.received); diff != "" {
		t.Error(diff)
	}
	// 07:30:27 in New York in winter.
	first := slices.IndexFunc(s.orders, func(o *ordersv1.PlaceOrderRequest) bool { return o.GetReference() == "A" })
	if at := s.orders[first].GetOccurredAt().AsTime().Format(time.RFC3339); at != "2017-01-01T12:30:27Z" {
		t.Error(at)
	}
	summary := report.String()
	for _, want := range []string{
		"13 = 6 imported + 7 rejected", "sales_value of 4.440892e-16 was booked as 0.00 USD", "quantity 0; one unit each", report.RejectFile,
		"85.00 USD = 84.00 USD imported + 1.00 USD rejected", // the line of basket D at another store
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not say %q:\n%s", want, summary)
		}
	}
}

func TestJourneyProduct(t *testing.T) {
	text := productsHeader +
		"1,69,GROCERY,Private,EGGS,EGGS - X-LARGE,A D   1 DZ\n" +
		"2,,FUEL,National,,,\n" +
		"3,1,,,,,\n" +
		"1,69,GROCERY,Private,EGGS,OTHER EGGS,\n" +
		"\"4\",1,DELI,National,MEAT,\"HAM, SLICED\",12 OZ\n" +
		"5,1,DELI\n"
	s := newShop()
	o := into(t, Options{Format: FormatCompleteJourney, Files: []string{write(t, "p.csv", text)}})
	report, err := Run(t.Context(), s.dial(t), o)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for code, product := range s.products {
		got[code] = product.GetTitle() + " | " + product.GetDescription() + " | " + product.GetBrand()
	}
	want := map[string]string{
		"1": "EGGS - X-LARGE, A D 1 DZ | EGGS: EGGS - X-LARGE. Package A D 1 DZ. Manufacturer 69 | Private",
		"2": "FUEL |  | National",
		"3": "Product 3 | Manufacturer 1 | ",
		"4": "HAM, SLICED, 12 OZ | MEAT: HAM, SLICED. Package 12 OZ. Manufacturer 1 | National",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if report.Imported != 4 || report.Rejected != 2 {
		t.Errorf("%+v", report)
	}
}

func TestJourneyResumes(t *testing.T) {
	files := []string{write(t, "products.csv", productsText()), write(t, "transactions.csv", journeyText(400))}
	o := into(t, Options{Format: FormatCompleteJourney, Files: files, Workers: 8})
	whole := newShop()
	report, err := Run(t.Context(), whole.dial(t), o)
	if err != nil {
		t.Fatal(err)
	}
	rejects := rejectsOf(t, o)
	if report.Rejected == 0 || int64(len(rejects)) != report.Rejected+1 || report.Lines != report.Imported+report.Rejected {
		t.Fatalf("%d entries in the reject file, %+v", len(rejects), report)
	}

	resumes(t, o, whole, report)
	t.Run("baskets that the server refuses are rejected line by line", func(t *testing.T) {
		s := newShop()
		s.before = func(method string, call int) error {
			if method == ordersv1.OrderService_PlaceOrder_FullMethodName && call%3 == 0 {
				return refuse(codes.FailedPrecondition, "CHANNEL_RETIRED")
			}
			return nil
		}
		refused, err := Run(t.Context(), s.dial(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if refused.Rejected <= report.Rejected || refused.Lines != report.Lines || refused.Lines != refused.Imported+refused.Rejected {
			t.Errorf("%+v", refused)
		}
		for i, sum := range refused.Sums {
			if whole := report.Sums[i]; sum.Imported+sum.Rejected != whole.Imported+whole.Rejected {
				t.Errorf("%+v, but without refusals %+v", sum, whole)
			}
		}
	})
}

func TestJourneyPieces(t *testing.T) {
	text := journeyHeader +
		"1,319,A,11,1,1.00,0,0,0,1,2017-01-01 07:30:27\n" +
		"1,319,B,11,1,1.00,0,0,0,1,2017-01-01 07:31:00\n" +
		"1,319,A,12,1,1.00,0,0,0,1,2017-01-01 07:30:27\n"
	s := newShop()
	o := into(t, Options{Format: FormatCompleteJourney, Files: []string{write(t, "t.csv", text)}, Workers: 1})
	report, err := Run(t.Context(), s.dial(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if report.Baskets != 2 || report.Rejected != 1 || report.Rejects[0].Reason != "REQUEST_ID_REUSED" || report.Rejects[0].Line != 4 {
		t.Errorf("%+v", report)
	}
}

func TestJourneyLaterMonths(t *testing.T) {
	march := journeyText(100)
	may := strings.NewReplacer("2017-03-", "2017-05-", ",1", ",9").Replace(march)
	products := write(t, "products.csv", productsText())
	first, later := write(t, "march.csv", march), write(t, "may.csv", journeyHeader+strings.TrimPrefix(may, journeyHeader))
	s := newShop()
	conn := s.dial(t)
	run := func(files ...string) Report {
		t.Helper()
		report, err := Run(t.Context(), conn, into(t, Options{Format: FormatCompleteJourney, Files: files}))
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	run(products, first)
	one := s.totals()
	run(later) // another run, without the product table
	both := s.totals()
	if both == one {
		t.Error("the later month added nothing")
	}
	if diff := cmp.Diff(s.received, s.sold); diff != "" {
		t.Error(diff)
	}
	run(later, first, products)
	if again := s.totals(); again != both {
		t.Errorf("%s\nbecame\n%s", both, again)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]string{{first}, {later}, {first, later, products}} {
		d, err := reconcile.Run(t.Context(), books{shop: s, zone: newYork}, nil, reconcile.Options{Format: FormatCompleteJourney, Files: files})
		if err != nil || !d.Equal() {
			t.Error(d, err)
		}
	}
}

func TestJourneyFilesAreToldApart(t *testing.T) {
	o := into(t, Options{Format: FormatCompleteJourney, Files: []string{write(t, "other.csv", "a,b\n1,2\n")}})
	if _, err := Run(t.Context(), newShop().dial(t), o); err == nil || !strings.Contains(err.Error(), "neither transactions") {
		t.Error(err)
	}
}

// TestJourneyReal holds the importer against what the real file is known to hold, and against what reconcile makes of it.
func TestJourneyReal(t *testing.T) {
	files := []string{
		realData(t, "complete-journey", "products.csv.gz"),
		realData(t, "complete-journey", "transactions_2017-01_2017-08.csv.gz"),
	}
	var progress bytes.Buffer
	s := newShop()
	o := into(t, Options{Format: FormatCompleteJourney, Files: files, Progress: &progress})
	report, err := Run(t.Context(), s.dial(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(progress.String())
	want := Report{Lines: 20_897 + 49_940, Imported: 20_897 + 49_718, Rejected: 175 + 47, Products: 20_897, Baskets: 31_358}
	got := Report{Lines: report.Lines, Imported: report.Imported, Rejected: report.Rejected, Products: report.Products, Baskets: report.Baskets}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sums := []Sum{
		{"quantity", "", 4_972_656 + 2, 0}, {"sales_value", "USD", 153_699_21, 0}, {"retail_disc", "USD", 26_812_88, 0},
		{"coupon_match_disc", "USD", 143_10, 0}, {"coupon_disc", "USD", 753_62, 100_48},
	}
	if diff := cmp.Diff(sums, report.Sums); diff != "" {
		t.Error(diff)
	}
	if len(s.places) != 246 || len(s.products) != 20_897+5 || len(s.received) != 43_519 || len(report.Residues) != 1 {
		t.Errorf("%d stores, %d products, %d positions, %d residues", len(s.places), len(s.products), len(s.received), len(report.Residues))
	}
	if diff := cmp.Diff(s.received, s.sold); diff != "" {
		t.Error("what was received is not what was sold:", diff)
	}
	excess := 0
	for _, order := range s.orders {
		if len(order.GetTenders()) == 1 && order.GetTenders()[0].GetKind() == ordersv1.TenderKind_TENDER_KIND_VOUCHER {
			excess++
		}
	}
	t.Log(s.totals(), "; baskets paid by coupons alone: ", excess)
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	d, err := reconcile.Run(t.Context(), books{shop: s, zone: newYork}, nil, reconcile.Options{Format: FormatCompleteJourney, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(d)
	if !d.Equal() || d.Lines != 49_940 || d.Rejected != 222 {
		t.Error(d)
	}
}
