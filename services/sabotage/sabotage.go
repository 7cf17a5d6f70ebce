// Package sabotage breaks the program on purpose, in one way at a time, so that a test shows that the proof would notice
// (services/sim, TestSabotage). A build tag chooses what is broken:
//
//	go test -tags sabotage_no_lock ./services/sim -run TestSimulation
//
// Without a tag Active is the constant None, and the compiler drops whatever hangs on it: nothing of this is in the program.
package sabotage

// Break is one way to break the program.
type Break uint8

// The breaks. Each is what somebody might do in good faith.
const (
	// None breaks nothing.
	None Break = iota
	// NoLock reads the rows of a batch without locking them.
	NoLock
	// UnorderedLocks locks the rows of a batch in any order.
	UnorderedLocks
	// NoIdempotency does not look whether a request was carried out before.
	NoIdempotency
	// NoHorizon lets the event log be read up to the newest number, whoever is still to commit a lower one.
	NoHorizon
	// UncheckedRefund gives back as much as is asked for.
	UncheckedRefund
	// SkippedFold leaves one account of a position as it was.
	SkippedFold
)
