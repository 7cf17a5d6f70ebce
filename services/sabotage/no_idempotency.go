//go:build sabotage_no_idempotency

package sabotage

// Active is what is broken in this build.
const Active = NoIdempotency
