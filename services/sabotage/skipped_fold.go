//go:build sabotage_skipped_fold

package sabotage

// Active is what is broken in this build.
const Active = SkippedFold
