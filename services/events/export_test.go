package events

// CursorOf and SeqOf are how cursors are written and read.
func CursorOf(seq int64) string { return cursorOf(seq) }

func SeqOf(cursor string) (int64, error) { return seqOf(cursor) }
