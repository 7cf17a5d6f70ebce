// Package sim proves that no fault loses, doubles or oversells. It trades through the real services, in processes of their
// own, on a real Postgres, breaks everything around them meanwhile, and then holds what every client was told against what
// the books say, by a model of its own (services/sim/auditor) that shares no code with the rules.
//
// # How a run goes
//
//	cluster  one Postgres and two servers; every line between them and to the clients leads through a proxy
//	clients  act at once, each by a random source of its own seed: valid, invalid and malicious requests, duplicates, late
//	         copies, and look at what others did
//	faults   cut lines, lock rows, kill -9 servers and Postgres, step the clock, fill the disk
//	history  every call with its beginning, its end and its answer, in ticks of one clock (auditor/history.go)
//	books    what the database holds when everybody has gone home, in the order it was committed (auditor/books.go)
//	auditor  replays the committed acts through the model in that order, and checks every answer of every call against it
//
// # What the auditor demands
//
//   - What was acknowledged is in the books, once. What was refused is not. What nobody knows of is there once or not at all,
//     and then whole.
//   - The order of the books is one that the clients could have seen: what was answered before another call began comes first.
//   - Every answer is what the model says at that place of the order. A refusal, which leaves no trace, and a read fit some
//     moment between the call's beginning and its end.
//   - In the end every count and every cent is what the model comes to, and `aisle audit` agrees.
//   - What the service says of every number in the end, why it is what it is and what it was at moments of the run, is what the
//     books folded forwards come to (explain.go).
//   - Whoever watched the stock was told, of every position and version, what the books come to there, never an older one after a
//     newer, and in the end all of it (watch_stock.go).
//
// What a run finds is printed with the seed and the shortest story that still shows it (story.go).
package sim
