package sim

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// reported finds the SQLSTATE in a line by its prefix, log_line_prefix of postgresSettings.
var reported = regexp.MustCompile(` \[\d+\] aisle ([0-9A-Z]{5}) (?:ERROR|FATAL|PANIC): `)

// traces are what faults leave behind, counted.
type traces map[string]int

// proofs tell by the traces of before and after that a fault has truly happened.
var proofs = map[string]func(before, after traces) bool{
	"client line cut":                  more("repeated"),
	"client line stalled":              more("stalled"),
	"late request":                     more("repeated"),
	"database line cut":                more("sessions"),
	"database line stalled":            more("stalled"),
	"database line cut at a statement": more("sessions"),
	"statement refused":                more("planned"),
	"crash after commit":               other("servers"),
	"server killed":                    other("servers"),
	"server drained":                   other("servers"),
	"server stopped for a while":       more("stopped"),
	"postgres killed":                  other("postmaster"),
	"backend killed":                   more("killed"),
	"backends terminated":              more("57P01"),
	"backends cancelled":               more("57014"),
	"rows locked":                      more("blocked"),
	"deadlock":                         more("40P01"),
	"clock stepped":                    more("ahead"),
	"disk full":                        more("53100"),
}

func more(of string) func(before, after traces) bool {
	return func(before, after traces) bool { return after[of] > before[of] }
}

func other(than string) func(before, after traces) bool {
	return func(before, after traces) bool { return after[than] != before[than] }
}

// tracker looks at a cluster from the outside while faults happen.
type tracker struct {
	cluster *Cluster
	rush    *rush
	// seen counts what can be seen only while it lasts.
	mu       sync.Mutex
	seen     traces
	sessions map[uint32]bool
}

// watch looks again and again until the context ends.
func (k *tracker) watch(ctx context.Context) {
	var conn *pgx.Conn
	for ; ctx.Err() == nil; wait(ctx, 2*time.Millisecond) {
		if conn == nil || conn.IsClosed() {
			var err error
			if conn, err = k.cluster.rival(ctx); err != nil {
				continue
			}
		}
		k.look(ctx, conn)
	}
	if conn != nil {
		closeRival(conn)
	}
}

func (k *tracker) look(ctx context.Context, conn *pgx.Conn) {
	var ahead time.Duration
	var blocked int
	var sessions []uint32
	err := conn.QueryRow(ctx, `select (select by from clock.ahead),
		(select count(*) from pg_stat_activity w join pg_stat_activity r on r.pid = any(pg_blocking_pids(w.pid))
			where w.application_name = 'aisle' and r.application_name = 'rival'),
		(select array_agg(pid) from pg_stat_activity where application_name = 'aisle')`).Scan(&ahead, &blocked, &sessions)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.seen["ahead"] = max(k.seen["ahead"], int(ahead))
		k.seen["blocked"] += blocked
		for _, pid := range sessions {
			k.sessions[pid] = true
		}
	}
	for _, s := range k.cluster.servers {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid()))
		if bytes.Contains(stat, []byte(") T ")) {
			k.seen["stopped"]++
		}
		for _, line := range []*Line{s.front, s.database} {
			line.mu.Lock()
			for strand := range line.open {
				if strand.stalled != nil {
					k.seen["stalled"]++
				}
			}
			line.mu.Unlock()
		}
	}
}

// traces are those so far.
func (k *tracker) traces(t *testing.T) traces {
	t.Helper()
	now := traces{}
	if err := k.cluster.readLog(func(line string) {
		if found := reported.FindStringSubmatch(line); found != nil {
			now[found[1]]++
		}
		if strings.Contains(line, "a fault that was planned") {
			now["planned"]++
		}
		if strings.Contains(line, "was terminated by signal 9") {
			now["killed"]++
		}
	}); err != nil {
		t.Error(err)
	}
	k.rush.mu.Lock()
	now["repeated"] = k.rush.repeated
	k.rush.mu.Unlock()
	for _, s := range k.cluster.servers {
		now["servers"] = 31*now["servers"] + s.pid()
	}
	now["postmaster"], _ = k.cluster.postmaster()
	k.mu.Lock()
	defer k.mu.Unlock()
	for trace, n := range k.seen {
		now[trace] = n
	}
	now["sessions"] = len(k.sessions)
	return now
}

// TestFaults makes every fault happen on a shop that trades, and proves each by what it leaves behind.
func TestFaults(t *testing.T) {
	t.Parallel()
	c := newCluster(t, ClusterOptions{})
	for _, reason := range c.Unarranged() {
		t.Log("not here: " + reason)
	}
	k := &tracker{cluster: c, rush: newRush(t, c, 1), seen: traces{}, sessions: map[uint32]bool{}}
	life, stop := context.WithCancel(t.Context())
	var trading sync.WaitGroup
	trading.Go(func() { k.rush.run(life) })
	trading.Go(func() { k.watch(life) })
	defer trading.Wait()
	defer stop()
	random := rand.New(rand.NewPCG(1, 2))
	for _, fault := range c.Faults() {
		t.Run(fault.Name+" happens, and is over when it says so", func(t *testing.T) {
			proof := proofs[fault.Name]
			if proof == nil {
				t.Fatal("nobody said how it is proved")
			}
			before := k.traces(t)
			proved := false
			for tries := 0; !proved && tries < 12; tries++ {
				begun := time.Now()
				if _, err := fault.Run(t.Context(), random); err != nil {
					t.Fatal(err)
				}
				took := time.Since(begun)
				proved = c.Struck()[fault.Name] > 0 && await(t.Context(), time.Second, func() bool { return proof(before, k.traces(t)) })
				t.Logf("took %s, proved: %t", took.Round(time.Millisecond), proved)
			}
			if !proved {
				t.Errorf("it did not happen; traces before %v, after %v", before, k.traces(t))
			}
			wantServing(t, c)
		})
	}
	t.Run("rows locked for longer than servers wait end in a lock timeout", func(t *testing.T) {
		before := k.traces(t)
		for tries := 0; tries < 3 && k.traces(t)["55P03"] == before["55P03"]; tries++ {
			if _, err := c.keepRows(t.Context(), hotRows[1], lockTimeout); err != nil {
				t.Fatal(err)
			}
		}
		if !more("55P03")(before, k.traces(t)) {
			t.Error("nobody's lock timed out")
		}
	})
	t.Logf("struck: %v", c.Struck())
	stop()
	trading.Wait()
	wantLinear(t, k.rush.history.Calls())
	wantWell(t, c)
}

// wantServing fails unless every server answers soon.
func wantServing(t *testing.T, c *Cluster) {
	t.Helper()
	for i := range c.Servers() {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		conn, err := c.Dial(i)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		begun := time.Now()
		var answer *grpc_health_v1.HealthCheckResponse
		if !await(ctx, 5*time.Second, func() bool {
			answer, err = grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
			return err == nil && answer.GetStatus() == grpc_health_v1.HealthCheckResponse_SERVING
		}) {
			t.Errorf("server %d does not serve: %v %v", i, answer, err)
		}
		if took := time.Since(begun); took > 100*time.Millisecond {
			t.Logf("server %d serves %s after the fault", i, took.Round(time.Millisecond))
		}
	}
}
