package app

import "context"

// background is something that goes on beside what is asked for, until it is ended.
type background struct {
	stop context.CancelFunc
	done chan struct{}
}

// inBackground begins something that goes on until its context ends, which is not when the one that is given does.
func inBackground(ctx context.Context, run func(context.Context)) *background {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &background{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		run(ctx)
	}()
	return b
}

// end ends it and waits until it has; nil is nothing to end.
func (b *background) end() {
	if b != nil {
		b.stop()
		<-b.done
	}
}
