package app_test

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/aisle-retail/aisle/services/pgtest"
)

// undisturbed carries the act out once with nothing in its way, and finds out its statements and its effect.
func (b *bursting) undisturbed() {
	b.t.Helper()
	first := b.begin().send(b.one) // what a shop has only once, such as its first invoice, is there then
	r := b.begin()
	b.one.written()
	if first.reason == b.act.reason {
		first = r.send(b.one)
	}
	b.statements, b.effect = b.one.written(), r.before.effect(b.reader.read())
	if first.reason != b.act.reason {
		b.t.Fatalf("undisturbed: %s %s %v %s", first.code, first.reason, first.fields, first.message)
	}
	if len(b.effect) == 0 || b.effect["rows of requests"] == 0 {
		b.t.Fatalf("it has no effect: %v", b.effect)
	}
	if first, last := b.statements[0], b.statements[len(b.statements)-1]; first != "begin" || last != "commit" || len(b.statements) < 6 {
		b.t.Fatalf("it is written by %v", b.statements)
	}
	r.done(first, "undisturbed")
}

// burstReads lets each of the handler's different reads go wrong in every way before it is let through. What failed is not
// remembered, so that all of it happens to one request, which is refused each time and carried out in the end. What goes out once more,
// such as a read whose line is cut, on another connection, goes wrong again.
func (b *bursting) burstReads() {
	r := b.begin()
	ways := []struct {
		fault  pgtest.Fault
		reason string
		logged map[string]int
	}{
		{pgtest.Fault{}, "UNAVAILABLE", map[string]int{}},
		{pgtest.Fault{Answered: true}, "UNAVAILABLE", map[string]int{}},
		{pgtest.Fault{Code: "57014"}, "UNAVAILABLE", map[string]int{}},
		{pgtest.Fault{Code: "XX000"}, "INTERNAL", map[string]int{"call": 1}},
	}
	failed, seen := map[string]int{}, map[string]bool{} // by all that is sent, and by name
	at, sent := "", ""
	for tried := 0; ; tried++ {
		way := ways[tried%len(ways)]
		fault := way.fault
		fault.At = 1
		again := fault
		again.Counts = func(_, bind string) bool { return bind == sent }
		fault.Counts = func(statement, bind string) bool {
			if isWrite(statement) || isOwn(statement) || isBeside(statement) || b.known[b.act.method][statement] || failed[bind] == len(ways) {
				return false
			}
			failed[bind]++
			at, sent, seen[statement] = statement, bind, true
			return true
		}
		planned := []pgtest.Fault{fault, again}
		b.other.line.Plan(planned...)
		if a := r.send(b.other); b.other.line.Planned() == len(planned) { // no read is left that went wrong less often
			b.other.line.Plan()
			b.reads = len(failed)
			for read := range seen {
				b.known[b.act.method][read] = true
			}
			b.tried += tried
			r.done(a, "after the reads that failed")
			return
		} else if a.reason != way.reason {
			b.t.Fatalf("%s at the read %s: %s %q %s, want %s", describe(fault), at, a.code, a.reason, a.message, way.reason)
		}
		b.other.line.Plan()
		r.unchanged(b.other, way.logged, describe(fault)+" at the read "+at)
	}
}

// describe says what a fault does.
func describe(f pgtest.Fault) string {
	switch {
	case f.Code != "":
		return "error " + f.Code
	case f.Answered:
		return "answer lost"
	}
	return "line cut"
}

// burstFaults has the server fail at each statement for what is a fault of ours. All of it happens to one request. Nobody hears
// that a rollback fails: that is tried with what is tried again. Of a request in two transactions the second is tried, before which
// the first is carried out, and found from then on.
func (b *bursting) burstFaults() {
	r := b.begin()
	found := 0 // by how much a transaction that is found is shorter than one that is carried out
	second := 0
	for at, statement := range b.statements {
		if statement == "begin" && b.act.inParts {
			second = at
		}
	}
	for at, statement := range b.statements {
		if statement == "rollback" || at < second {
			continue
		}
		code := faults[(at+*b.made)%len(faults)]
		b.one.line.Plan(pgtest.Fault{Counts: writes, At: at + 1 - found, Code: code})
		b.tried++
		r.refused(b.one, "INTERNAL", map[string]int{"alarm": 1, "call": 1}, code+" at "+statement)
		if b.act.inParts {
			found = second - (slices.Index(b.statements, "outcomes") + 2) // which a rollback ends
		}
	}
	r.carriedOut(b.one, "after all faults")
}

// burstTransients has the server fail at each statement for what is nobody's fault.
func (b *bursting) burstTransients() {
	var all []int
	for at := range b.statements {
		all = append(all, at)
	}
	b.chains(all, func(at int) pgtest.Fault { return pgtest.Fault{Code: transients[(at+*b.made)%len(transients)]} })
}

// burstCuts cuts the line before each statement where it was not cut yet.
func (b *bursting) burstCuts() {
	var fresh []int
	for at, statement := range b.statements {
		if !b.known[b.act.method][statement] {
			fresh = append(fresh, at)
		}
	}
	b.chains(fresh, func(int) pgtest.Fault { return pgtest.Fault{} })
}

// chains lets something go wrong at statements, a few in a row to one request: each attempt comes as far as the next.
func (b *bursting) chains(all []int, fault func(at int) pgtest.Fault) {
	for targets := range slices.Chunk(all, chain) {
		r := b.begin()
		r.carriedOut(b.one, b.plan(targets, fault))
	}
}

// burstAnswers loses the answer to each round trip of a write: what was carried out then is found. All of one transaction happen
// to one request.
func (b *bursting) burstAnswers() {
	var ends []int
	for at, statement := range b.statements {
		switch statement {
		case "outcomes", "open_cases", "rollback", "commit":
			ends = append(ends, at)
		}
		if statement == "commit" {
			r := b.begin()
			r.carriedOut(b.one, b.plan(ends, func(int) pgtest.Fault { return pgtest.Fault{Answered: true} }))
			ends = nil
		}
	}
}

// plan plans a fault at each of some statements, in order, and says so.
func (b *bursting) plan(targets []int, fault func(at int) pgtest.Fault) string {
	planned, what := planAt(b.statements, targets, fault)
	b.one.line.Plan(planned...)
	b.tried += len(planned)
	return what
}

// planAt places a fault at each of some of the statements of a write, in order, and says so. An attempt that is lost begins again
// where its transaction began: what must be made first, and what an earlier transaction of the request did, is known by then.
func planAt(statements []string, targets []int, fault func(at int) pgtest.Fault) (planned []pgtest.Fault, what string) {
	var said []string
	next := 0 // the statement that is carried out next
	for _, at := range targets {
		f := fault(at)
		f.Counts, f.At = writes, at-next+1
		planned = append(planned, f)
		said = append(said, describe(f)+" at "+statements[at])
		begins := at
		for statements[begins] != "begin" {
			begins--
		}
		switch next = begins; {
		case statements[at] == "rollback": // which nobody waits for
			next = at + 1
		case f.Code != "" && statements[at] != "begin" && statements[at] != "commit":
			next-- // there are a line and a transaction still, so that the engine sends a rollback
		}
	}
	return planned, strings.Join(said, ", ")
}

// burstAway takes the database away at the last COMMIT until the engine gives up, and brings it back.
func (b *bursting) burstAway() {
	commit := 0
	for at, statement := range b.statements {
		if statement == "commit" {
			commit = at
		}
	}
	for _, answered := range []bool{false, true} {
		for name, again := range map[string]*through{"the same server": b.one, "another": b.other} {
			r := b.begin()
			fault := pgtest.Fault{Counts: writes, At: commit + 1, Answered: answered}
			b.one.line.Plan(fault)
			b.one.line.DownAfterCut()
			what := "away at the commit, " + describe(fault)
			r.away(answered, what)
			b.one.line.BringUp()
			r.carriedOut(again, what+", sent again to "+name)
		}
	}
	r := b.begin()
	full := []pgtest.Fault{{Counts: writes, At: commit + 1, Code: "53100"}}
	for range attempts - 1 {
		full = append(full, pgtest.Fault{Counts: only("commit"), At: 1, Code: "53100"})
	}
	b.one.line.Plan(full...)
	b.tried += len(full)
	r.refused(b.one, "UNAVAILABLE", map[string]int{}, "disk full at every commit")
	r.carriedOut(b.other, "disk full at every commit, sent again to another")
}

// attempts is how often the engine tries.
const attempts = 5

// away sends the request to a process whose database goes away.
func (r *trial) away(carriedOut bool, what string) {
	r.t.Helper()
	r.tried++
	if !carriedOut {
		r.refused(r.one, "UNAVAILABLE", map[string]int{}, what)
		return
	}
	a := r.send(r.one)
	r.settled(r.one, what)
	if a.reason != "UNAVAILABLE" {
		r.t.Fatalf("%s: %s %q %s, want UNAVAILABLE", what, a.code, a.reason, a.message)
	}
	if diff := cmp.Diff(r.effect, r.before.effect(r.reader.read())); diff != "" {
		r.t.Errorf("%s: it was carried out, and its effect (-undisturbed +now):\n%s", what, diff)
	}
}
