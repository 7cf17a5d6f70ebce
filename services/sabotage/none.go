//go:build !sabotage_no_lock && !sabotage_unordered_locks && !sabotage_no_idempotency && !sabotage_no_horizon && !sabotage_unchecked_refund && !sabotage_skipped_fold

package sabotage

// Active is what is broken in this build.
const Active = None
