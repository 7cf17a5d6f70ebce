package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// median of the rounds.
func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// ratio is the median of how many times the rate of the other a side had in the same round; found is false where one of
// them was not measured.
func (r result) ratio(who, other side) (ratio float64, found bool) {
	if len(r.rates[who]) == 0 || len(r.rates[other]) == 0 {
		return 0, false
	}
	ratios := make([]float64, len(r.rates[who]))
	for i := range ratios {
		ratios[i] = r.rates[who][i] / r.rates[other][i]
	}
	return median(ratios), true
}

// printTable shows everything: what each side did a second, and the ratios.
func printTable(out io.Writer, results []result) {
	fmt.Fprintf(out, "Medians of %d rounds. A ratio is taken round by round; more is better.\n\n", rounds)
	for _, which := range []struct {
		title  string
		act    act
		hot    bool
		sides  []side
		ratios [][2]side
	}{
		{"hold one unit, spread over 10,000 positions", hold, false, []side{sameWork, bare, engine, overGRPC, emptyRPC}, holdRatios},
		{"hold one unit, one hot position", hold, true, []side{sameWork, bare, engine, overGRPC, emptyRPC}, holdRatios},
		{"place an order of three lines, spread over 10,000 positions", order3, false, []side{sameWork, overGRPC, flooded}, orderRatios},
		{"place an order of three lines, three hot positions", order3, true, []side{sameWork, overGRPC}, orderRatios},
		{"availability of one SKU at 50 locations", availability, false, []side{sameWork, overGRPC, emptyRPC, chained}, availabilityRatios},
		{"delivery of 10,000 lines to the chain", delivery, false, []side{copied, overGRPC}, deliveryRatios},
		{"flash sale of 500 pairs in 20 shops", sale, false, []side{sameWork, overGRPC}, saleRatios},
	} {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		heads := []string{"callers"}
		for _, who := range which.sides {
			heads = append(heads, who.String()+" /s")
		}
		for _, pair := range which.ratios {
			heads = append(heads, pair[0].String()+" : "+pair[1].String())
		}
		fmt.Fprintln(out, which.title)
		fmt.Fprintln(table, strings.Join(heads, "\t")+"\t")
		for _, r := range results {
			if r.act == which.act && r.hot == which.hot {
				fmt.Fprintln(table, r.row(which.sides, which.ratios))
			}
		}
		table.Flush() // to out, whose errors nobody here could tell anybody
		fmt.Fprintln(out)
	}
}

var (
	holdRatios = [][2]side{{engine, sameWork}, {overGRPC, sameWork}, {engine, bare}, {overGRPC, bare}, {overGRPC, engine},
		{overGRPC, emptyRPC}}
	orderRatios        = [][2]side{{overGRPC, sameWork}, {flooded, overGRPC}}
	availabilityRatios = [][2]side{{overGRPC, sameWork}, {overGRPC, emptyRPC}, {overGRPC, chained}}
	deliveryRatios     = [][2]side{{overGRPC, copied}}
	saleRatios         = [][2]side{{overGRPC, sameWork}}
)

// rate shows what was done a second; what takes long, with two digits more.
func rate(perSecond float64) string {
	if perSecond < 100 {
		return fmt.Sprintf("%.2f", perSecond)
	}
	return fmt.Sprintf("%.0f", perSecond)
}

// row is one line of the table; what was not measured is a dash.
func (r result) row(sides []side, ratios [][2]side) string {
	cells := []string{fmt.Sprint(r.callers)}
	for _, who := range sides {
		if len(r.rates[who]) == 0 {
			cells = append(cells, "-")
		} else {
			cells = append(cells, rate(median(r.rates[who])))
		}
	}
	for _, pair := range ratios {
		if ratio, found := r.ratio(pair[0], pair[1]); found {
			cells = append(cells, fmt.Sprintf("%.2f", ratio))
		} else {
			cells = append(cells, "-")
		}
	}
	return strings.Join(cells, "\t") + "\t"
}

// named are the ratios that programs read, with what we aim at; 0: nothing in particular.
var named = []struct {
	name       string
	act        act
	hot        bool
	callers    int
	who, other side
	aim        float64
	atMost     bool // the aim is not to be exceeded
}{
	{"engine_hold_spread_64", hold, false, 64, engine, sameWork, 5, false},
	{"engine_hold_hot_64", hold, true, 64, engine, sameWork, 14, false},
	{"grpc_hold_spread_64", hold, false, 64, overGRPC, sameWork, 2, false},
	{"grpc_hold_hot_64", hold, true, 64, overGRPC, sameWork, 10, false},
	{"grpc_hold_vs_empty_64", hold, false, 64, overGRPC, emptyRPC, 0, false},
	{"grpc_availability50_vs_empty_64", availability, false, 64, overGRPC, emptyRPC, 0, false},
	// How many times as long it takes in the chain.
	{"availability50_chain_time", availability, false, 64, overGRPC, chained, 1.5, true},
	{"delivery10000_vs_copy", delivery, false, 1, overGRPC, copied, 0.33, false},
	{"grpc_order3_spread_64", order3, false, 64, overGRPC, sameWork, 0, false},
	{"grpc_order3_hot_64", order3, true, 64, overGRPC, sameWork, 0, false},
	// How many times as long it takes until 2,000 buyers are served, 500 of them with a pair.
	{"flash_sale_time", sale, false, saleBuyers, sameWork, overGRPC, 0, true},
	{"overload_goodput", order3, false, 64, flooded, overGRPC, 0.9, false},
	// A lone caller's latencies are to each other as the rates are the other way round.
	{"lone_hold_latency", hold, false, 1, sameWork, engine, 1.8, true},
}

// printRatios says what was aimed at, and then, as the last lines, one line for each named ratio.
func printRatios(out io.Writer, results []result) {
	var lines []string
	for _, n := range named {
		for _, r := range results {
			ratio, found := r.ratio(n.who, n.other)
			if !found || r.act != n.act || r.hot != n.hot || r.callers != n.callers {
				continue
			}
			lines = append(lines, fmt.Sprintf("ratio %s %.2f", n.name, ratio))
			aim, reached := "at least", ratio >= n.aim
			if n.atMost {
				aim, reached = "at most", ratio <= n.aim
			}
			if n.aim > 0 {
				verdict := map[bool]string{true: "reached", false: "missed"}[reached]
				fmt.Fprintf(out, "aim: %s %s %g, is %.2f, %s\n", n.name, aim, n.aim, ratio, verdict)
			}
		}
	}
	fmt.Fprintf(out, "\nNothing was oversold, and every acknowledged hold and order is there.\n\n%s\n", strings.Join(lines, "\n"))
}
