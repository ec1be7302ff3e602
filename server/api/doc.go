// Package api is the REST API: it decodes a request, calls the engine, and encodes the answer in the shapes of the platform whose API it
// re-creates. The routes are listed in routes.go, each served at /elements/api-v2 (the platform's base) and at the root.
//
// Every answer is JSON, errors too, and carries its request id; which error has which status is decided in status.go and nowhere else.
//
// It must never: know a rule about instances or polling (the engine reports what is wrong with a body), keep a byte of Fiber's buffers
// beyond the request, or write a secret, a header or a body to the log.
//
// It is called by server/command and server/demo.
package api
