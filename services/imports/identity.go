package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"google.golang.org/protobuf/proto"
)

// namespace stands before everything that an id is derived from. Another one would make every rerun of every import a
// second import, so it never changes.
const namespace = "aisle/imports/1"

// derivedID makes a UUID of version 8 (RFC 9562, section 5.8) from the SHA-256 of a key, so that whoever reads the same
// thing from the same source asks under the same id.
func derivedID(key ...string) string {
	sum := sha256.Sum256([]byte(namespace + "\x00" + strings.Join(key, "\x00")))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	digits := hex.EncodeToString(sum[:16])
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// factID is the request id of something that happened once, such as a sale or a delivery. The source's own key alone decides
// it: the same basket with another content is refused by the server, and never sold twice.
func factID(key ...string) string { return derivedID(key...) }

// statementID is the request id of something that is said to be so, such as a product's title. It is derived from the key
// and the content: what was said before has no second effect, and what a later file says anew is taken over.
func statementID(request proto.Message, key ...string) string {
	return derivedID(append(key, contentOf(request))...)
}

// contentOf is a request as bytes that are the same whenever the request is. No message of the contract has a map, so that
// the order of fields is all there is to fix.
func contentOf(request proto.Message) string {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		// Only text that is not UTF-8 can't be written. The call fails on it too, and says so.
		return err.Error()
	}
	return string(content)
}
