package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestFlood(t *testing.T) {
	const perSecond = 2000
	l := load{length: 200 * time.Millisecond}

	t.Run("sends at its rate and accounts for every answer", func(t *testing.T) {
		var asked atomic.Int64
		f := &flood{ask: func(context.Context) (promise, error) {
			if asked.Add(1)%4 != 0 {
				return promise{}, status.Error(codes.ResourceExhausted, "too much")
			}
			return promise{place: "milan"}, nil
		}}
		did, refused, err := f.run(t.Context(), l, perSecond)
		if err != nil {
			t.Fatal(err)
		}
		all := asked.Load()
		if want := int64(perSecond*(warmUp+l.length).Seconds()) + 1; all > want || all < want/10 {
			t.Errorf("%d calls were sent, and %d were due", all, want)
		}
		if did.done != all/4 || int64(len(refused)) != all-all/4 || int64(len(did.promises)) != did.done {
			t.Errorf("%d acknowledged and %d refused of %d", did.done, len(refused), all)
		}
		if did.perSecond <= 0 {
			t.Error("nothing was done in time")
		}
	})
	t.Run("fails where a call is neither done nor refused for having too much to do", func(t *testing.T) {
		broken := errors.New("broken")
		f := &flood{ask: func(context.Context) (promise, error) { return promise{}, broken }}
		if _, _, err := f.run(t.Context(), l, perSecond); !errors.Is(err, broken) {
			t.Errorf("answered %v", err)
		}
	})
}
