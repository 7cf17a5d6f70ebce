// Package page is how long lists are cut: every service that lists returns a token that says where a page ended, opaque to
// callers, and reads it again.
package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/aisle-retail/aisle/services/retail"
)

// Token makes the token of a mark: what the last entry of a page is sorted by.
func Token(mark any) string {
	text, err := json.Marshal(mark)
	if err != nil {
		panic("page: a mark must be JSON: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Read returns the mark of a token; without a token, the zero mark, which is before everything. What Token did not make is
// refused.
func Read[Mark any](token string) (mark Mark, err error) {
	if token == "" {
		return mark, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if bytes.Contains(text, []byte(`\u0000`)) { // Postgres keeps no such text, and no token of ours holds one
		err = errors.New("U+0000")
	}
	if err == nil {
		err = json.Unmarshal(text, &mark)
	}
	if err != nil {
		return mark, retail.RefuseField(retail.InvalidRequest, "page_token", "is not one that a page before gave")
	}
	return mark, nil
}

// Size is how many entries a page has: what was asked for, or the standard where nothing was.
func Size(asked int32, standard int) int {
	if asked <= 0 {
		return standard
	}
	return int(asked)
}
