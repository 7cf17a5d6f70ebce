//go:build sabotage_unchecked_refund

package sabotage

// Active is what is broken in this build.
const Active = UncheckedRefund
