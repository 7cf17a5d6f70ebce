package retail

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// FuzzRules reads any bytes as a trade: which shops, which commands, how each of them is twisted. The trade is held against paper,
// and the twisted commands against what Command promises.
func FuzzRules(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		rapid.MakeFuzz(func(t *rapid.T) { newTrial(t, nil, besiege).trade30(t) })(t, endless(text))
	})
}

// tradeBytes is more than a trade of thirty acts reads.
const tradeBytes = 128 << 10

// endless goes on where a text ends, always in the same way, so that a short text is a whole trade too, and a longer one is the same
// trade with another end.
func endless(text []byte) []byte {
	more := rand.New(rand.NewPCG(1, 2))
	long := append(make([]byte, 0, tradeBytes), text[:min(len(text), tradeBytes)]...)
	for len(long) < tradeBytes {
		long = binary.LittleEndian.AppendUint64(long, more.Uint64())
	}
	return long
}
