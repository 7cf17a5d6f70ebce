// Package stock serves what stands on every shelf: deliveries, adjustments, transfers, availability and holds; why a position counts
// what it counts, and what it counted; and whoever watches it.
//
// # Why, and what it was
//
// Every entry carries the version of its position after it, and neither ever changes. So a level is folded back from a version to any
// before, exactly, without a snapshot, and a page goes on from the version where the one before ended. Recorded times never run
// backwards along the versions, which ends a walk to a past time.
//
// # Watching
//
//	log -> horizon -> feed (one per process) -> a queue per watcher -> streams
//
// The feed (feed.go) reads the log from one closed place to the next, only while somebody watches, finds the positions that the acts
// in between moved by the ids that events carry, and folds each back to the last of those acts: not what it is now, but what it was at
// that place. So a batch holds each position once, however often it moved, and who has taken all batches up to a place knows what
// the books come to there. That is also why no version ever goes back, whichever process a watcher comes back to.
//
// A snapshot (watch.go) is read in pages, each in a snapshot of the database of its own, and folded back to the place where its watcher
// is, by what the log has beyond. Between pages the watcher takes what its queue holds, of the positions that were sent. So nothing
// is held for long, a large snapshot can be broken off and gone on with, and it comes at once even while a writer holds the horizon up.
//
// A cursor is the place in the log, what the watch is of, and how far its snapshot had come. A watcher that comes back is told what
// moved since, or begins with the snapshot where that is cheaper. A queue that is full ends its watcher: a batch comes every 50 ms at
// most, so that a reader may be slow for some 13 seconds on end.
//
// Two indexes of the ledger are for this, by position and by act. Five rounds of 64 callers who moved one unit each, on a busy machine of
// two cores, wrote 5,065 acts a second without them, 4,865 with the first, and 4,243 with both; single rounds differed by a quarter.
//
// Watching needs no events service in the process: the horizon runs wherever either is served.
package stock
