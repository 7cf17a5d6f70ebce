// Package ledger is the engine: the one path by which anything is ever written. It gathers commands, locks and loads what
// they name, lets the rules decide, and commits. Waiting, order, fairness, failure and retry live here and nowhere else;
// what is allowed lives in retail, SQL in postgres.
//
// # The life of a batch
//
//	Submit -> lane -> Lock (round trip 1) -> Decide, one after another, in memory -> Commit (round trip 2) -> answers
//
// A command joins the lane of its place. If the lane is idle its goroutine starts at once; if not, the command is in the
// next batch. A lane takes whoever is in line and never waits for company: a lone caller pays for nobody, and a hundred
// buyers of one shoe pay for one lock.
//
// Each command decides on what the commands before it left. An accepted one is folded in; a refused one leaves no trace,
// because a rule returns what it wants and changes nothing. That is also why a batch can be run again as it is after a
// deadlock or a lost connection.
//
// # What keeps it correct
//
//   - Row locks, and nothing else: FOR NO KEY UPDATE, tables in one order, keys sorted. Lanes are a hint, and several
//     processes on one database are as safe as one.
//   - Seeding. A position that does not exist can't be locked. A batch that would write one rolls back and runs again, and
//     this time first inserts the empty row and then locks it, by two statements: in one statement, a row that somebody else
//     commits while it waits would stay invisible. Most positions exist, so most batches run once.
//   - Idempotency. A request is read after the locks and inserted at the end, in the transaction of its effects. So a retry
//     finds it, a connection lost at COMMIT is safe to run again, and two copies in one batch meet in the workset. A
//     fingerprint of another content is refused. What a refused request wanted is decided afresh when it comes again, and so is
//     what was so already (retail.ErrUnchanged), which is answered and leaves no trace either.
//   - The clock is the database's, read after the last lock, or the latest time in a locked row where that is later.
//   - A command reads only rows that it named; reading another makes it stale, and Replan plans it again, a bounded
//     number of times.
//
// # What keeps it alive
//
//   - Failures are dealt with in failure.go, which has the table. Nobody else retries.
//   - A request that is more than a batch may take is cut into parts, whose ids derive from its own; those that have no
//     row in common are under way two at a time (parts.go).
//   - Work in flight is capped; past the cap the answer is ErrOverloaded at once. A batch is capped by rows, not commands.
//     People go before bulk work, and bulk work is never starved.
//   - A caller that gives up gets its context's error at once. A command whose batch has begun goes on with it; one that is
//     still in line is dropped, so that people who have left take nothing from those who wait.
//   - Close stops intake and answers everybody in line.
package ledger
