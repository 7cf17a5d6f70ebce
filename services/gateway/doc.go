// Package gateway is the REST side of the service: it turns HTTP and JSON into calls over a gRPC connection, and the
// answers back. It knows no rule, no key and no database. Every call goes through the same door as a call over gRPC
// (package rpc), because it is one: there is a real connection in between.
//
// What it adds is what HTTP needs:
//
//   - Errors have one shape, google.rpc.Status as JSON, whoever made them: {"code", "message", "details"}. An error of the
//     service passes as it is. One that the gateway or a library makes, for a broken body, an unknown path or a service
//     that is down, is given a google.rpc.ErrorInfo like the service's own, and says nothing about hosts and ports.
//   - A request that cannot be read is told which field is to blame and what belongs there, unknown fields and query
//     parameters included. A misspelt "chanel" that is passed over would be answered for every channel.
//   - A stream is lines of JSON, each sent at once: {"result": {...}}, and {"error": {...}} with a status of the same shape as
//     the last line of one that breaks. One that is refused before its first line is answered like any other call.
//   - Asked with "Accept: text/event-stream", a stream is Server-Sent Events (sse.go): the id is the cursor, and a client that comes
//     again with Last-Event-ID goes on behind it; an event is named for what it holds, its data is the message as JSON, and one named
//     "end" has the status of a stream that breaks. Heartbeats are comments that move the last id on.
//   - The OpenAPI document at /openapi.json, a page at /docs that shows it and can call it, and a first page at /.
//
// Health and metrics are every process's, with a gateway or without, so package app answers for them.
//
// Pages ask no other host for anything, and a content security policy holds them to it. There is no CORS: browsers of
// shoppers talk to the retailer's site, and the site talks to this.
//
// Zeros are written out ("available": "0"), messages that are absent are left out, and numbers of 64 bits are strings, as
// protojson defines. Names of fields are in lowerCamelCase in JSON, and read in either form; where an error names a field
// it uses the contract's own name, the same over REST and gRPC.
package gateway
