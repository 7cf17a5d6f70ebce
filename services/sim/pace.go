package sim

import "sync"

// faultWindow is how many operations go by while every fault happens once.
const faultWindow = 500

// sharesAhead is how many shares of the operations may have begun before the faults of the first are over: enough to trade while
// something is broken.
const sharesAhead = 6

// pace keeps clients and faults together: a fault begins when its share of the operations has begun, and the clients do not run
// ahead of the faults by more than a few shares. So whatever a run's length, each fault happens once in each faultWindow, and
// under load.
type pace struct {
	mu    sync.Mutex
	moved sync.Cond
	total int // operations of the run
	share int // operations per fault; 0: there are no faults
	due   int // faults in all
	ahead int // operations by which clients may be further ahead

	begun  int // operations
	faults int // faults that are over
	ended  bool
}

func newPace(total, faultKinds int) *pace {
	p := &pace{total: total}
	if faultKinds > 0 {
		p.share = max(1, faultWindow/faultKinds)
		p.due = faultKinds * (total / faultWindow)
	}
	p.moved.L = &p.mu
	return p
}

// last tells whether the next operation is the last, which waits until all faults are over.
func (p *pace) last() bool { return p.begun == p.total-1 }

// operation lets a client begin one more, once the faults are not behind. False when the run is over.
func (p *pace) operation() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.ended && p.begun < p.total && p.share > 0 && (p.begun >= (p.faults+sharesAhead)*p.share+p.ahead || p.last() && p.faults < p.due) {
		p.moved.Wait()
	}
	if p.ended || p.begun >= p.total {
		return false
	}
	p.begun++
	p.moved.Broadcast()
	return true
}

// fault waits until it is time for the n-th fault of the run, from 0. False when the run is over before.
func (p *pace) fault(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.ended && p.begun < min(p.total, n*p.share) {
		p.moved.Wait()
	}
	return !p.ended && n*p.share < p.total
}

// hunger lets clients begin a few operations more, for a fault that found nobody at work: all may be waiting for it.
func (p *pace) hunger() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += sharesAhead
	p.ahead += sharesAhead
	p.moved.Broadcast()
}

// faultOver counts a fault.
func (p *pace) faultOver() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults++
	p.moved.Broadcast()
}

// end sends everybody home.
func (p *pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.moved.Broadcast()
}

// done is how many operations have begun.
func (p *pace) done() (operations, faults int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.begun, p.faults
}
