//go:build sabotage_no_lock

package sabotage

// Active is what is broken in this build.
const Active = NoLock
