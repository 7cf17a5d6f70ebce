//go:build sabotage_no_horizon

package sabotage

// Active is what is broken in this build.
const Active = NoHorizon
