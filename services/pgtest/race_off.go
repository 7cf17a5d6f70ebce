//go:build !race

package pgtest

// underRaceDetector tells how the program was built.
const underRaceDetector = false
