package retail

import "time"

// OrderStep is one thing that happened to an order, or to what belongs to it: a hold it took up, a fulfilment, an invoice, a return.
type OrderStep struct {
	// Seq is its place in the log.
	Seq int64
	// Event is the kind of the event that others were told, of a subject that it left at a version.
	Event, Subject string
	Version        int64
	// Transaction is the act, of a kind, which an actor did through a channel; steps of one act share it.
	Transaction    ID
	Kind           Kind
	Actor, Channel string
	Request        ID
	Reason, Note   string
	// OccurredAt is when it happened in the shop.
	OccurredAt, RecordedAt time.Time
	// Parcel is the number of the parcel that it was of; 0: of none, or of a whole fulfilment.
	Parcel int32
}
