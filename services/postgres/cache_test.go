package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is what a cache stands before.
type shelf struct {
	value string
	err   error
	reads atomic.Int64
	// slow is how long a read takes; during is called in the middle of it.
	slow   time.Duration
	during func()
}

func (s *shelf) load(context.Context) (string, bool, error) {
	s.reads.Add(1)
	value := s.value
	if s.during != nil {
		s.during()
	}
	time.Sleep(s.slow)
	return value, value != "", s.err
}

func TestCache(t *testing.T) {
	for what, test := range map[string]func(*testing.T, *cache[string], *shelf){
		"remembers for a second from before the read": func(t *testing.T, c *cache[string], s *shelf) {
			s.slow = cacheTime / 4
			wantCached(t, c, s, "old", 1)
			s.value = "new"
			wantCached(t, c, s, "old", 1)
			time.Sleep(cacheTime - s.slow - time.Nanosecond)
			wantCached(t, c, s, "old", 1)
			time.Sleep(time.Nanosecond)
			wantCached(t, c, s, "new", 2)
		},
		"does not remember what is not there": func(t *testing.T, c *cache[string], s *shelf) {
			s.value = ""
			wantCached(t, c, s, "", 1)
			s.value = "made"
			wantCached(t, c, s, "made", 2)
		},
		"does not remember a failure": func(t *testing.T, c *cache[string], s *shelf) {
			s.err = errors.New("lost")
			if _, _, err := c.get(t.Context(), "key", s.load); !errors.Is(err, s.err) {
				t.Errorf("%v, want %v", err, s.err)
			}
			s.err = nil
			wantCached(t, c, s, "old", 2)
		},
		"forgets what is dropped": func(t *testing.T, c *cache[string], s *shelf) {
			wantCached(t, c, s, "old", 1)
			s.value = "new"
			c.drop("key")
			wantCached(t, c, s, "new", 2)
		},
		"does not keep what was read before a drop": func(t *testing.T, c *cache[string], s *shelf) {
			s.during = func() {
				s.value, s.during = "new", nil
				c.drop("key")
			}
			wantCached(t, c, s, "old", 1) // whoever asked before the drop may still be told
			wantCached(t, c, s, "new", 2)
		},
		"reads once for many that ask at once": func(t *testing.T, c *cache[string], s *shelf) {
			s.slow = time.Second / 10
			for range 100 {
				go wantCached(t, c, s, "old", 1)
			}
			time.Sleep(s.slow)
			synctest.Wait()
		},
		"lets a caller go that gives up, and not the others": func(t *testing.T, c *cache[string], s *shelf) {
			s.slow = time.Second / 10
			ctx, giveUp := context.WithCancel(t.Context())
			go func() {
				if _, _, err := c.get(ctx, "key", s.load); !errors.Is(err, context.Canceled) {
					t.Errorf("%v, want canceled", err)
				}
			}()
			synctest.Wait()
			go wantCached(t, c, s, "old", 1)
			synctest.Wait()
			giveUp()
			time.Sleep(s.slow)
			synctest.Wait()
		},
		"stays bounded": func(t *testing.T, c *cache[string], s *shelf) {
			for i := range cacheMax + 1 {
				if _, _, err := c.get(t.Context(), fmt.Sprint(i), s.load); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(c.entries); got != 1 {
				t.Errorf("%d entries after one more than the most", got)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, &cache[string]{}, &shelf{value: "old"}) })
		})
	}
}

func wantCached(t *testing.T, c *cache[string], s *shelf, want string, reads int64) {
	t.Helper()
	got, found, err := c.get(t.Context(), "key", s.load)
	if got != want || found != (want != "") || err != nil {
		t.Errorf("got %q, %t, %v; want %q", got, found, err, want)
	}
	if n := s.reads.Load(); n != reads {
		t.Errorf("read %d times, want %d", n, reads)
	}
}

func TestKnownSKUs(t *testing.T) {
	t.Run("asks for each SKU once, until it is known", func(t *testing.T) {
		var k knownSKUs
		k.add("A")
		if got := fmt.Sprint(k.unknown([]string{"B", "A", "C", "B"})); got != "[B C]" {
			t.Errorf("unknown: %s", got)
		}
	})
	t.Run("starts anew when it is full", func(t *testing.T) {
		var k knownSKUs
		for i := range knownSKUsMax + 1 {
			k.add(fmt.Sprint(i))
		}
		if got := len(k.known); got != 1 {
			t.Errorf("%d known after one more than the most", got)
		}
	})
}
