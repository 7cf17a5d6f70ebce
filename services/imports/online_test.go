package imports

import (
	"bytes"
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

func TestOnlineReal(t *testing.T) {
	files := []string{realData(t, "online-retail", "2010-12_2011-03.csv.gz")}
	var progress bytes.Buffer
	s := newShop()
	began := time.Now()
	report, err := Run(t.Context(), s.dial(t), into(t, Options{Format: FormatOnlineRetail, Files: files, Progress: &progress}))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(progress.String(), time.Since(began))
	t.Log(s.totals(), len(s.products))
	t.Log(rejectReasons(report))
	_, _ = cmp.Diff, ordersv1.TenderKind_TENDER_KIND_CARD
	d := reconciled(t, londonBooks(t, s), files...)
	t.Log(d)
}
