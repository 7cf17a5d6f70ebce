// Package migrations holds the database schema as numbered SQL, embedded, so that every binary carries the schema it was
// built for. Each step goes forward while the version before it still serves: expand first, contract in a later release.
package migrations

import "embed"

// Files are the migrations, named <number>_<what>.<up|down>.sql.
//
//go:embed *.sql
var Files embed.FS
