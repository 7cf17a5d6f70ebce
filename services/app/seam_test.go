package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// A seam is where a write can come apart: between one statement and the next, and between a statement and its answer.
// TestSeams takes every kind of write there is and lets each of its seams burst in turn, in every way:
//
//   - the line is cut before a statement is carried out;
//   - the line is cut when a round trip was carried out, its answer lost. The server carries out what it has received up to the
//     end of the round trip, so that this is the same at each statement of one;
//   - the server fails with an SQLSTATE that is nobody's fault, which the engine tries again;
//   - the server fails with one that is a fault of ours;
//   - the database stays away until the engine gives up, with the COMMIT carried out or not.
//
// Where a method is tried in several ways, all of them have the server fail at each statement; the line is cut, which is dear, at
// those that are new, and the database stays away for the first.
//
// Whatever happens, the caller is told of an effect that is there once, or of an error after which the books are the same to the
// last bit; and the request sent again, to the same server and to another, has the effect once and the same answer.
func TestSeams(t *testing.T) {
	t.Parallel()
	table := &seamTable{}
	t.Cleanup(func() { t.Log(table.String()) })
	covered := map[string]bool{}
	for _, group := range seamGroups() {
		for _, a := range group.acts {
			covered[a.method] = true
		}
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			s := newSeams(t, table)
			for _, a := range group.acts {
				t.Run(a.name(), func(t *testing.T) { s.in(t).burst(a) })
			}
			s.audit()
		})
	}
	for _, method := range mutations() {
		if !covered[method] {
			t.Errorf("%s changes something, and no seam of it is tried", method)
		}
		delete(covered, method)
	}
	for method := range covered {
		t.Errorf("%s is no mutation of the contract", method)
	}
}

// mutations are the methods of the contract that have an effect, which is those with a request id.
func mutations() (all []string) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		room, ours := strings.CutPrefix(string(file.Package()), "aisle.")
		for i := 0; ours && i < file.Services().Len(); i++ {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if methods.Get(j).Input().Fields().ByName("request_id") != nil {
					all = append(all, strings.TrimSuffix(room, ".v1")+"/"+string(methods.Get(j).Name()))
				}
			}
		}
		return true
	})
	return all
}

// act is one kind of write.
type act struct {
	method string
	// how says what is special about it; empty: nothing.
	how string
	// about makes what the act is about, anew each time and always alike, and returns the request without an id.
	about func(s *seams) string
	// reason is with what it is answered although it was carried out: what is remembered though it fails.
	reason string
	// inParts is true where one request takes several transactions: an error may leave the first of them behind.
	inParts bool
}

func (a *act) name() string {
	return strings.TrimSpace(strings.ReplaceAll(a.method, "/", ".") + " " + a.how)
}

// seams is a shop and the processes that things happen to.
type seams struct {
	*world // prepares, on a process that nothing happens to
	one    *through
	reader *reader
	table  *seamTable
	made   *int // how many things were named
	// known are the statements that were tried in every way, by method.
	known map[string]map[string]bool
}

func newSeams(t *testing.T, table *seamTable) *seams {
	one := openThrough(t, time.Second)
	furnishSeams(one.world)
	return &seams{world: one.world, one: one, reader: newReader(t, one.world), table: table, made: new(int),
		known: map[string]map[string]bool{}}
}

// in is the same shop for a test within the test.
func (s *seams) in(t *testing.T) *seams {
	within := *s
	within.one, within.reader = s.one.in(t), s.reader.in(t)
	within.world = within.one.world
	return &within
}

func (p *through) in(t *testing.T) *through {
	within := *p
	within.world = p.world.in(t)
	return &within
}

func (r *reader) in(t *testing.T) *reader { return &reader{t: t, conn: r.conn, sql: r.sql} }

// name makes a name that nothing has yet.
func (s *seams) name(prefix string) string {
	*s.made++
	return fmt.Sprintf("%s-%d", prefix, *s.made)
}

// chain is how many attempts of one request are lost at most before one is let through: fewer than the engine makes, and few, for
// it pauses longer before each.
const chain = 4

// The SQLSTATEs that a server fails with, and whether that is a fault of ours. They take turns over the statements.
var (
	transients = []string{"40001", "40P01", "55P03", "57014", "53100", "57P01", "23505"}
	faults     = []string{"XX000", "23514"}
)

// burst tries all seams of an act.
func (s *seams) burst(a *act) {
	b := &bursting{seams: s, act: a}
	if b.undisturbed(); s.t.Failed() {
		return
	}
	b.other = s.anotherThrough(s.t, time.Second) // knows nothing yet, so that all reads are sent
	tries := []func(){b.burstReads, b.burstFaults, b.burstTransients, b.burstCuts, b.burstAnswers}
	if s.known[a.method] == nil {
		s.known[a.method] = map[string]bool{}
		tries = append(tries, b.burstAway)
	}
	for _, try := range tries {
		if try(); s.t.Failed() {
			return // what is broken once is broken at every seam after it
		}
	}
	for _, statement := range b.statements {
		s.known[a.method][statement] = true
	}
	s.table.add(b)
}

// bursting is one act, and what is found out about it on the way.
type bursting struct {
	*seams
	act   *act
	other *through
	// statements of the write, in order, and its effect.
	statements []string
	effect     map[string]int64
	// reads are the different reads; runs are the requests for which something went wrong, tried the things that did.
	reads, runs, tried int
}

// trial is one request.
type trial struct {
	*bursting
	request string
	before  books
}

// begin makes what one request is about.
func (b *bursting) begin() *trial {
	b.t.Helper()
	request := fmt.Sprintf(`{"requestId":%q,%s`, newUUID(), strings.TrimPrefix(b.act.about(b.seams), "{"))
	return &trial{bursting: b, request: request, before: b.reader.read()}
}

// send sends the request to a process.
func (r *trial) send(p *through) answer {
	r.t.Helper()
	return p.grpcCall("staff", r.act.method, r.request)
}

// carriedOut sends the request, and wants it done, once: told so, to be seen in the books, and told so again by every process.
func (r *trial) carriedOut(p *through, what string) {
	r.t.Helper()
	first := r.send(p)
	r.settled(p, what)
	if first.reason != r.act.reason {
		r.t.Fatalf("%s: %s %s %s, want it carried out", what, first.code, first.reason, first.message)
	}
	if logged := p.said.take(); len(logged) > 0 {
		r.t.Errorf("%s: carried out and logged as a fault: %v", what, logged)
	}
	r.done(first, what)
}

// done looks whether the effect is there, once, and stays so when the request is sent again.
func (r *trial) done(first answer, what string) {
	r.t.Helper()
	after := r.reader.read()
	if diff := cmp.Diff(r.effect, r.before.effect(after)); diff != "" {
		r.t.Errorf("%s: the effect (-undisturbed +now):\n%s", what, diff)
	}
	for name, p := range map[string]*through{"the same server": r.one, "another": r.other} {
		if p == nil {
			continue
		}
		if diff := cmp.Diff(first, r.send(p), cmp.AllowUnexported(answer{})); diff != "" {
			r.t.Errorf("%s: %s answers the request otherwise when it comes again (-first +again):\n%s", what, name, diff)
		}
	}
	if trace := after.trace(r.reader.read()); trace != "" {
		r.t.Errorf("%s: the request sent again left a trace:\n%s", what, trace)
	}
}

// refused sends the request, and wants an error of the mechanism that left no trace.
func (r *trial) refused(p *through, reason string, logged map[string]int, what string) {
	r.t.Helper()
	a := r.send(p)
	r.settled(p, what)
	if a.reason != reason {
		r.t.Fatalf("%s: %s %q %s, want %s", what, a.code, a.reason, a.message, reason)
	}
	r.unchanged(p, logged, what)
}

// unchanged wants no trace of a request, and an alarm where it was a fault of ours.
func (r *trial) unchanged(p *through, logged map[string]int, what string) {
	r.t.Helper()
	if diff := cmp.Diff(logged, p.said.take()); diff != "" {
		r.t.Errorf("%s: alarms (-want +logged):\n%s", what, diff)
	}
	if trace := r.before.trace(r.reader.read()); trace != "" && !r.act.inParts {
		r.t.Fatalf("%s: it left a trace:\n%s", what, trace)
	}
}

// settled counts a request, and makes sure that what was to happen to it did.
func (r *trial) settled(p *through, what string) {
	r.t.Helper()
	r.runs++
	if left := p.line.Planned(); left > 0 {
		r.t.Fatalf("%s: %d of it did not happen; the statements were %v", what, left, p.written())
	}
}

// seamTable says what was tried.
type seamTable struct {
	mu   sync.Mutex
	rows []string
	sums [4]int
}

func (s *seamTable) add(b *bursting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := [...]int{len(b.statements), b.reads, b.tried, b.runs}
	for i, count := range counts {
		s.sums[i] += count
	}
	s.rows = append(s.rows, seamRow(b.act.name(), counts))
}

func seamRow(name string, counts [4]int) string {
	return fmt.Sprintf("%-50s %10d %6d %7d %8d", name, counts[0], counts[1], counts[2], counts[3])
}

// String is the table.
func (s *seamTable) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.rows)
	return fmt.Sprintf("\n%-50s %10s %6s %7s %8s\n%s\n%s", "kind of write", "statements", "reads", "faults", "requests",
		strings.Join(s.rows, "\n"), seamRow(fmt.Sprintf("%d kinds", len(s.rows)), s.sums))
}
