// Package egress sends every HTTP request that leaves this process: to providers, to their token endpoints and to callback URLs. No other
// package opens a connection.
//
// The danger is that both ends are chosen by strangers. Users name callback URLs and base URLs, adapters name paths and headers, and the
// servers that answer may be hostile. Each guard, and the file that keeps it:
//
//   - Where to: the resolved address is judged in the dialer, after name resolution and for every connection, so that a name that resolves
//     differently the second time gains nothing (guard.go). What is refused may be allowed by ranges (ranges.go). No redirect is followed, and
//     no proxy of the environment is used.
//   - What path: a path is appended to the base URL the caller allows and cannot leave it (target.go).
//   - What headers: framing and credentials are the host's; an adapter that sets them is refused (header.go).
//   - How long and how much: dial, TLS, headers and the whole exchange have deadlines of ours; headers and the decompressed body have caps
//     (config.go, client.go). Invariant 7: every answer from outside is bounded before it is parsed.
//   - How often: a set of token buckets for each credential (limiter.go).
//   - What is told: errors have a kind, name the URL without its query, and never repeat bytes of a header, a query or an answer (errors.go).
//
// A configured proxy undoes the first guard: it dials in our place and resolves for itself, so the proxy must refuse private addresses. What is
// judged before it is asked are literal addresses, and names that resolve here to refused addresses only or that read as numbers (screen.go,
// proxy.go). A name with addresses of both kinds, or with none here, is handed over. The proxy's own address is not judged. Its user and
// password go to it alone, and into no error or log.
//
// It knows no credentials of users: an Authorizer, given with the request, puts them in at the last moment. It never retries and never
// decides what a status means. Its callers are poll (Do), deliver (Post) and credential (HTTP).
package egress
