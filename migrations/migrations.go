// Package migrations holds the database schema as numbered SQL, embedded, so that every binary carries the schema it was
// built for. Each step goes forward while the version before it still serves: expand first, contract in a later release.
//
// A migration is one transaction, and says how long it waits for a lock. One that begins with "-- Outside of a transaction."
// runs statement by statement, as an index that is built concurrently asks for, and bears being run again from its beginning.
package migrations

import "embed"

// Files are the migrations, named <number>_<what>.<up|down>.sql.
//
//go:embed *.sql
var Files embed.FS
