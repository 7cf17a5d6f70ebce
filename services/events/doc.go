// Package events serves the committed event log: in order, replayable, lost to nobody.
//
// # The order
//
// A reader goes no further than the horizon (package horizon): everything up to it is committed, by whoever drew a number there.
// So events come in the order of seq, each once, none missing, and those of one subject in the order of their versions.
//
// # Read after write
//
// An event whose write was acknowledged is committed, so that a look that begins afterwards sees it. A list has the horizon
// look first, and waits for it, at most waitMax. Streams have it look every pollEvery as long as there are any. With nobody
// there it looks every idleEvery, for the metrics.
//
// What holds the horizon up holds readers up: package horizon tells what, and which metrics show it.
package events
