package auditor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	retailpb "github.com/aisle-retail/aisle/gen/go/aisle/retail/v1"
)

// BenchmarkAudit audits twenty thousand calls on two positions: half of them write, a tenth of those are lost, and the rest look.
func BenchmarkAudit(b *testing.B) {
	a := newTale(nil)
	a.receive("milan", "HAT", 1_000_000)
	for a.history.clock.Load() < 40_000 {
		look := a.looking()
		hold, _ := a.hold("till", "HAT", 1)
		a.end(look, a.levels())
		a.refuse(a.holding("till", "SOCK", 1), codes.FailedPrecondition, "OUT_OF_STOCK")
		release := a.releasing(hold)
		_, answer := a.released(release, hold, "RELEASE", "RELEASED")
		if a.ids%10 == 0 {
			a.lose(release)
		} else {
			a.end(release, answer)
		}
	}
	b.ReportMetric(float64(len(a.history.Calls())), "calls")
	for b.Loop() {
		if found := a.audit(); len(found) > 0 {
			b.Fatal(found[0])
		}
	}
}

func wantRule(t *testing.T, found []Finding, rule string) {
	t.Helper()
	if !slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == rule }) {
		t.Errorf("did not find %q, but %v", rule, found)
	}
}

// toldFindings prints findings.
func toldFindings(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s\n\t%s\n\t%v %v\n", f.Rule, f.Text, f.Subjects, f.Calls)
	}
	return b.String()
}

func euros(minor int64) *retailpb.Money {
	return &retailpb.Money{CurrencyCode: Currency, AmountMinor: minor}
}
