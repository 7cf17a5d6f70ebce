package events

import (
	"context"
	"time"
)

// Listen has the horizon look as if a stream were open.
func Listen(h *Horizon) (leave func()) { return h.listen() }

// Advance is what a list waits for.
func Advance(h *Horizon, wait time.Duration) (closed int64, fresh bool, err error) {
	seen, err := h.advance(context.Background(), wait)
	return seen.closed, seen.fresh, err
}

// CursorOf and SeqOf are how cursors are written and read.
func CursorOf(seq int64) string { return cursorOf(seq) }

func SeqOf(cursor string) (int64, error) { return seqOf(cursor) }
