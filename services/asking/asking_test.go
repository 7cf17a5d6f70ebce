package asking_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"golang.org/x/sync/singleflight"

	"github.com/aisle-retail/aisle/services/asking"
)

// TestTogether has two ask one question at once: of what nobody answers each knows what it knew before.
func TestTogether(t *testing.T) {
	for _, c := range []struct {
		fails error
		want  string
	}{{nil, "answered"}, {errors.New("it says nothing"), "given up"}} {
		synctest.Test(t, func(t *testing.T) {
			group, answer := singleflight.Group{}, make(chan struct{})
			ask := func(context.Context) (string, error) {
				<-answer
				return "answered", c.fails
			}
			go func() { _, _ = asking.Together(t.Context(), &group, "label", "requested", ask) }()
			synctest.Wait()
			came := make(chan string)
			go func() {
				known, err := asking.Together(t.Context(), &group, "label", "given up", ask)
				if !errors.Is(err, c.fails) {
					t.Errorf("%v", err)
				}
				came <- known
			}()
			synctest.Wait()
			close(answer)
			if got := <-came; got != c.want {
				t.Errorf("it knows that it is %q, and should that it is %q", got, c.want)
			}
		})
	}
}
