// Package gen holds what is generated from the contract in proto/: Go in go/, the OpenAPI document in openapi/. Only this
// file is written by hand; generating replaces the two folders and leaves it alone.
package gen

import _ "embed"

// OpenAPI is the OpenAPI 2.0 document of the whole REST API, as JSON.
//
//go:embed openapi/api.swagger.json
var OpenAPI []byte
