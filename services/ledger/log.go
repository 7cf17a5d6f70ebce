package ledger

// LoggedEvent is an event as it stands in the log. Its body is JSON (json.RawMessage).
type LoggedEvent struct {
	Event
	// Seq is where it stands: drawn under the row locks by the transaction that wrote it.
	Seq int64
}

// LogFilter says which events a reader of the log wants. What is empty lets everything pass.
type LogFilter struct {
	Kinds   []string
	Subject string
	Shard   string
}
