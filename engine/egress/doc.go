// Package egress sends every HTTP request that leaves this process: to providers, to their token endpoints and to callback URLs. No other
// package opens a connection.
//
// The danger is that both ends are chosen by strangers. Users name callback URLs and base URLs, adapters name paths and headers, and the
// servers that answer may be hostile. Each guard, and the file that keeps it:
//
//   - Where to: the resolved address is judged in the dialer, after name resolution and for every connection, so that a name that resolves
//     differently the second time gains nothing (guard.go). No proxy is used and no redirect is followed.
//   - What path: a path is appended to the base URL the caller allows and cannot leave it (target.go).
//   - What headers: framing and credentials are the host's; an adapter that sets them is refused (header.go).
//   - How long and how much: dial, TLS, headers and the whole exchange have deadlines of ours; headers and the decompressed body have caps
//     (config.go, client.go). Invariant 7: every answer from outside is bounded before it is parsed.
//   - How often: a set of token buckets for each credential (limiter.go).
//   - What is told: errors have a kind, name the URL without its query, and never repeat bytes of a header, a query or an answer (errors.go).
//
// It knows no credentials: an Authorizer, given with the request, puts them in at the last moment. It never retries and never decides what a
// status means. Its callers are poll (Do), deliver (Post) and credential (HTTP).
package egress
