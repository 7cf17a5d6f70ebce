//go:build sabotage_unordered_locks

package sabotage

// Active is what is broken in this build.
const Active = UnorderedLocks
