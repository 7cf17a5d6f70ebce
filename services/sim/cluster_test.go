package sim

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	locationspb "github.com/aisle-retail/aisle/gen/go/aisle/locations/v1"
)

// newCluster starts a cluster for a test.
func newCluster(t *testing.T, o ClusterOptions) *Cluster {
	t.Helper()
	begun := time.Now()
	c, err := StartCluster(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the cluster was started in %s", time.Since(begun).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestCluster(t *testing.T) {
	t.Parallel()
	c := newCluster(t, ClusterOptions{})

	t.Run("serves on every server, over REST too, by the keys", func(t *testing.T) {
		wantServing(t, c)
		for i := range c.Servers() {
			if err := ready(t.Context(), c.HTTPAddr(i)); err != nil {
				t.Error(err)
			}
			conn, err := c.Dial(i)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			locations := locationspb.NewLocationServiceClient(conn)
			if _, err := locations.ListLocations(withKey(t.Context(), c.Key("till")), &locationspb.ListLocationsRequest{}); err != nil {
				t.Error(err)
			}
			if _, err := locations.ListLocations(t.Context(), &locationspb.ListLocationsRequest{}); err == nil {
				t.Error("somebody without a key was let in")
			}
		}
	})

	t.Run("keeps the addresses of a server that is started again, and is fast about it", func(t *testing.T) {
		s := c.servers[0]
		address, pid, begun := c.Addr(0), s.pid(), time.Now()
		s.kill()
		if err := s.restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("serves again after %s", time.Since(begun).Round(time.Millisecond))
		if c.Addr(0) != address || s.pid() == pid {
			t.Errorf("address %s, before %s; process %d, before %d", c.Addr(0), address, s.pid(), pid)
		}
		wantServing(t, c)
		if alarms := c.Alarms(); len(alarms) > 0 {
			t.Errorf("a server that was killed raised %q", alarms)
		}
	})

	t.Run("raises an alarm for a server that ends by itself, with what it said", func(t *testing.T) {
		s := c.servers[1]
		if err := s.signal(syscall.SIGQUIT); err != nil { // which makes a Go program say what it was doing
			t.Fatal(err)
		}
		if !await(t.Context(), startMax, func() bool { return strings.Contains(strings.Join(c.Alarms(), "\n"), "server 1 ended by itself") }) {
			t.Fatalf("the alarms are %q", c.Alarms())
		}
		if said := strings.Join(c.Alarms(), "\n"); !strings.Contains(said, "goroutine") {
			t.Errorf("the alarms do not say why: %q", said)
		}
		s.away()
		if err := s.restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("tells deadlocks of the servers from those of faults, also after Postgres was killed", func(t *testing.T) { testDeadlocks(t, c) })
}

// testDeadlocks tells deadlocks of the servers from those of faults.
func testDeadlocks(t *testing.T, c *Cluster) {
	if err := c.execute(t.Context(), "create table pair (id int); insert into pair values (1), (2)"); err != nil {
		t.Fatal(err)
	}
	deadlock := func(one, other string) {
		t.Helper()
		var crossing sync.WaitGroup
		var both sync.WaitGroup
		both.Add(2)
		for i, name := range []string{one, other} {
			crossing.Go(func() {
				conn, err := c.session(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				defer closeRival(conn)
				lock := "select 1 from pair where id = %d for update"
				if err := execute(t.Context(), conn, "begin", fmt.Sprintf(lock, 1+i)); err != nil {
					t.Error(err)
				}
				both.Done()
				both.Wait()
				if err := execute(t.Context(), conn, fmt.Sprintf(lock, 2-i)); ignoreRefused(err) != nil {
					t.Error(err)
				}
			})
		}
		crossing.Wait()
	}
	deadlock(rivalName, "aisle")
	if found, err := c.Deadlocks(); err != nil || len(found) > 0 {
		t.Errorf("of a deadlock that a fault took part in: %q, %v", found, err)
	}
	deadlock("aisle", "aisle")
	ours, err := c.Deadlocks()
	if err != nil || len(ours) != 1 || !strings.Contains(ours[0], "from pair") {
		t.Errorf("of a deadlock of our own: %q, %v", ours, err)
	}
	if _, err := c.onPostgres(c.killPostgres)(t.Context(), rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Fatal(err)
	}
	if again, err := c.Deadlocks(); err != nil || len(again) != 1 {
		t.Errorf("after Postgres was started again: %q, %v", again, err)
	}
}

// TestOrphans: the processes of a cluster end with the one that started it, also one that is stopped at that moment.
func TestOrphans(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(program)
	folder, err := os.MkdirTemp("", "aisle-sim-orphans-") // Postgres could not enter the test's own
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	parent.Env = append(os.Environ(), serverVariable+"="+parentRole, "TMPDIR="+folder)
	var said bytes.Buffer
	parent.Stderr = &said
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = parent.Process.Kill()
	_ = parent.Wait()
	if err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	var postmaster int
	pids := make([]int, 2)
	if _, err := fmt.Sscan(line, &postmaster, &pids[0], &pids[1]); err != nil {
		t.Fatal(err)
	}
	for _, pid := range append(pids, postmaster) {
		if !await(t.Context(), startMax, func() bool { return syscall.Kill(pid, 0) != nil }) {
			t.Errorf("process %d outlived its parent", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// parentRole makes the test binary one that starts a cluster and waits to be killed.
const parentRole = "parent"

// beParent tells the processes of a cluster, the second of whose servers is stopped.
func beParent() {
	c, err := StartCluster(context.Background(), ClusterOptions{})
	if err == nil {
		err = c.servers[1].signal(syscall.SIGSTOP)
	}
	postmaster := 0
	if err == nil {
		postmaster, err = c.postmaster()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(postmaster, c.servers[0].pid(), c.servers[1].pid())
	select {}
}

// withKey calls with a key.
func withKey(ctx context.Context, key string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
}
