// Package horizon keeps how far the event log may be read, for every service that follows it: the log itself is listed and
// streamed by package events, and package stock turns it into what stands on the shelves.
//
// # The order
//
// An event's seq is drawn by the transaction that writes it, under the row locks of what it is about. So the events of one
// subject have their versions in the order of seq. But transactions commit in another order than they draw: a reader who goes
// by seq alone passes a number that is drawn and not yet committed, and never comes back to it. With sixteen writers on twenty
// subjects that lost 10 percent of the events.
//
// So a reader goes no further than the horizon: a seq S that is closed, which means that whoever drew a number up to S is done.
// One goroutine per process keeps it (Horizon):
//
//   - It reads S, the seq of the newest committed event. Every number up to S was drawn before it was, by a transaction that
//     already had an id.
//   - Only if S is new, it draws a transaction id X of its own, in a transaction of its own, which ends at once. Whoever drew a
//     number up to S has a lower id.
//   - Once the lowest id that is not done (the xmin of a snapshot) is above X, S is closed. Readers read seq <= S, by seq.
//
// X has to be drawn: the next id of a snapshot (its xmax) comes after the last that is done, and writers may have higher ones.
//
// S is the newest committed event rather than the last value of the sequence, which would do as well until Postgres
// crashes: numbers that only rolled-back transactions drew need not be on disk, and are then drawn again. A committed one
// never is. So what is closed is closed for good, across restarts, for every process; and every cursor is a number up to a
// closed S.
//
// # Asking
//
// Whoever must see what was committed before asks the horizon to advance, and waits for a look that begins afterwards. Whoever
// follows the log listens, which has it look every pollEvery, and waits for what lies beyond. With nobody there it looks every
// idleEvery, for the metrics, or not at all where no service shows the log.
//
// # What holds it up
//
// An open transaction that has written anything, anywhere in the database server, even in another database: a bulk load, a
// migration, a prepared transaction that nobody ends. A dump or a long report does not; they have no id. Nothing is lost
// meanwhile, and nothing is seen. Two gauges tell:
//
//   - aisle_event_horizon_lag_events: numbers between the closed S and the newest committed event;
//   - aisle_event_horizon_lag_seconds: how long the oldest S that is not closed has been waiting. It is milliseconds at work;
//     alert on a few seconds, and look for the oldest backend_xid in pg_stat_activity, and in pg_prepared_xacts.
//
// Ids and snapshots are those of one Postgres. Reads must go to the primary. Across the nodes of a distributed one, only the
// order of each subject is promised, and this room will have to keep a horizon per node.
package horizon
