package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/sim/auditor"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// storyMax is how many lines a story has at most: the last ones.
const storyMax = 60

// Story tells what led to a finding: every call that has to do with its subjects, and the faults meanwhile, in order.
func (r *Result) Story(f auditor.Finding) string {
	type told struct {
		tick int64
		text string
	}
	var all []told
	first, last := int64(0), int64(0)
	for _, call := range r.History.Calls() {
		if !slices.Contains(f.Calls, call.Number) && !concerns(call, f.Subjects) {
			continue
		}
		all = append(all, told{call.Began, lineOf(call)})
		if first == 0 {
			first = call.Began
		}
		last = max(last, call.Ended)
	}
	for _, note := range r.History.Notes() {
		if note.Tick > first && note.Tick < last {
			all = append(all, told{note.Tick, fmt.Sprintf("%8d           *** %s", note.Tick, note.Text)})
		}
	}
	slices.SortFunc(all, func(a, b told) int { return cmp.Compare(a.tick, b.tick) })
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", f.Rule, f.Text)
	if left := len(all) - storyMax; left > 0 {
		fmt.Fprintf(&b, "  (%d lines before)\n", left)
		all = all[left:]
	}
	for _, line := range all {
		fmt.Fprintln(&b, line.text)
	}
	return b.String()
}

// lineOf is one line of a story: when it began and ended, who asked what of which servers, and what came of it.
func lineOf(call *auditor.Call) string {
	answer := short(call.Answer)
	if call.Outcome != auditor.Acknowledged {
		answer = fmt.Sprintf("%s %s %s", call.Code, call.Reason, call.Message)
	}
	return fmt.Sprintf("%8d to %8d  client %d, servers %v: call %d %s %s\n%31s%s: %.600s", call.Began, call.Ended, call.Client, call.Servers,
		call.Number, auditor.ShortName(call.Method), short(call.Request), "", call.Outcome, answer)
}

func short(m proto.Message) string {
	if m == nil {
		return ""
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%.600s", text)
}

// concerns tells whether a call has to do with one of the subjects.
func concerns(call *auditor.Call, subjects []string) bool {
	text := ""
	for _, subject := range subjects {
		kind, name, _ := strings.Cut(subject, "/")
		if text == "" {
			text = textOf(call.Request) + textOf(call.Answer)
		}
		switch kind {
		case "request":
			if call.RequestID == name {
				return true
			}
		case "position":
			location, sku, _ := strings.Cut(name, "/")
			if call.Outcome != auditor.Refused && call.RequestID != "" && strings.Contains(text, `"`+location+`"`) && strings.Contains(text, `"`+sku+`"`) {
				return true
			}
		default:
			if name != "" && strings.Contains(text, `"`+name+`"`) {
				return true
			}
		}
	}
	return false
}

func textOf(m proto.Message) string {
	if m == nil {
		return ""
	}
	text, _ := protojson.Marshal(m)
	return string(text)
}

// Shorten runs again with less, as long as the first finding still shows, and returns the shortest run that shows it: fewer
// operations, fewer clients, without faults or without all kinds but one. Runs of one seed are not the same, so that it is
// the shortest that could be found in the time.
func Shorten(ctx context.Context, failed *Result, budget time.Duration) *Result {
	began, best := time.Now(), failed
	rule := failed.Findings[0].Rule
	try := func(o Options) bool {
		if ctx.Err() != nil || time.Since(began)+best.Took > budget {
			return false
		}
		fmt.Fprintf(o.Say, "looking for a shorter story: %s\n", o.command())
		again, err := Run(ctx, o)
		if err != nil {
			fmt.Fprintln(o.Say, err)
			return false
		}
		for i, finding := range again.Findings {
			if finding.Rule == rule {
				again.Findings[0], again.Findings[i] = again.Findings[i], again.Findings[0]
				best = again
				return true
			}
		}
		return false
	}
	less := func(change func(*Options)) Options {
		o := best.Options
		change(&o)
		return o
	}
	try(less(func(o *Options) { o.Without = []string{"all"} }))
	for best.Options.Operations > 50 && try(less(func(o *Options) { o.Operations /= 4 })) {
	}
	for best.Options.Clients > 2 && try(less(func(o *Options) { o.Clients /= 2 })) {
	}
	for best.Options.Operations > 20 && try(less(func(o *Options) { o.Operations /= 2 })) {
	}
	return best
}

// command is how to make such a run.
func (o Options) command() string {
	text := fmt.Sprintf("make sim SEED=%d N=%d CLIENTS=%d", o.Seed, o.Operations, o.Clients)
	if len(o.Without) > 0 {
		text += fmt.Sprintf(" WITHOUT=%q", strings.Join(o.Without, ","))
	}
	return text
}

// Report is what is said of a run that found something: how to make it again, and the story of its first finding.
func (r *Result) Report() string {
	var b strings.Builder
	rules := map[string]int{}
	for _, f := range r.Findings {
		rules[f.Rule]++
	}
	fmt.Fprintf(&b, "%s\nby %s\nfound: %s\n\n", r.Summary(), r.Options.command(), counts(rules))
	for _, f := range r.Findings[:min(8, len(r.Findings))] {
		fmt.Fprintf(&b, "%s: %.500s\n", f.Rule, f.Text)
	}
	fmt.Fprintf(&b, "\nThe story of the first:\n%s", r.Story(r.Findings[0]))
	return b.String()
}
