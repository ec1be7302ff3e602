// Package sdk is all that the author of an adapter needs: the contract between an adapter and Pollwright on this page, the types of the
// conversation, and a few helpers. It uses the standard library only and builds natively as well as for the sandbox.
//
// # What an adapter is
//
// An adapter teaches Pollwright one provider's API. It is a WebAssembly module with one entry point and no abilities: no network, files,
// environment, clock, randomness or memory of the last call. It is asked a question as bytes and answers with bytes. The host does the rest:
//
//   - it sends the requests that the adapter asks for, and only to the base URLs of the manifest;
//   - it adds the credentials by the manifest's templates, refreshes OAuth2 tokens, keeps the rate limits, follows no redirects;
//   - it finds out what is new or changed, remembers it, and delivers events.
//
// What an adapter must never do: ask for a secret or put one into a path, a state or a memo (it is given none); count on a variable to be
// there in the next call; return a record that it has not read; skip a record silently; answer a failure with an empty page, since "nothing
// there" and "could not look" are different things, and the first makes people believe that records were deleted.
//
// # The step loop
//
// For each page the host calls Adapter.Step until it gets a page or a fault:
//
//	Call without Response     -> Fetch {path, query, state}
//	Call with its Response    -> Fetch ...   (discovery of ids, a detail request: as many as needed)
//	Call with its Response    -> Page {records, next}   then again with Query.Page = next, without Response
//	                          or Fault {kind, message}  and the scan is over
//
// Query and Config stay the same through a page. Fetch.State comes back in the Call that answers it: write into it which request this was.
// What is found once and holds for long, such as an account id, goes into Page.Memo and is in every later Call of the instance until its
// credentials change.
//
// # Records
//
// Do not decode them. A page says where they are in the response's body and the host cuts them out, bytes unchanged:
//
//	Records{Select: &Select{At: "/contacts"}}                        {"contacts": [{...}, {...}]}
//	Records{Table: &Table{Columns: "/headers", Rows: "/data"}}       {"headers": ["id", "name"], "data": [["1", "Ada"]]}
//	Records{Inline: ...}                                             objects the adapter builds: for XML, CSV and oddities
//
// Use Response.Outline for the envelope around them: it gives total, warnings and the number of rows without building values. encoding/json on
// a page of 1,000 records costs 100 ms inside the sandbox, map[string]any three times that. This package does without it there: Outline reads,
// Object writes, and Raw is JSON that is handed on. An adapter may import encoding/json all the same, for half a megabyte of module.
//
// With Manifest.Body = BodyOutline the host takes out the middle of long arrays before it asks, and a call costs the same for 10 records and
// for 1,000; Fetch.Outline wants that for one answer.
//
// # Paging
//
// Follow the provider's cursor if it has one: put it into Page.Next. If it pages by row number, rows shift while one reads, and a record
// deleted in front of the reader hides another. Let each page repeat the last row of the page before and say so with Page.Overlap = 1: the
// host compares the two and reads again when they differ. Offset does the arithmetic. Trust what came, not what was asked for: a provider may
// give fewer rows than the limit, and its total may be stale. If it says which row it began with, compare.
//
// # Since is a permission
//
// Query.Since allows an adapter to leave out records whose field is dated before it, if the provider can filter by that field and the
// manifest's Resource.Since names it. Records at that very time must come; earlier ones may. So when the provider's comparison is
// exclusive, coarse or doubtful, ask for a little more: the host drops what it knows.
//
// Query.Where holds the conditions of the user's URL. Turn those the provider knows into its parameters and refuse the others with a fault
// that lists what is known: a filter that is ignored silently is a full scan, or the wrong records.
//
// Resource.Where says which conditions of a reader are handed on; all others the host judges by the records. One that the provider takes by
// rules of its own is Coarse if it never leaves out a record that fits: the host judges it again. One that might is not listed.
//
// # Faults
//
// A fault says what the host shall do: auth (refresh the token and try once more; then people must act), not_found (a configuration error),
// rate_limited (wait RetryAfter seconds), invalid (asking again would not help), transient (try again later). Message is for people: the
// provider's own words and, if you know it, what would be right. FaultFromStatus judges by the HTTP status; look into the body first, since
// providers hide errors in a 200. A body that is no JSON behind a 200 is a maintenance page or was cut off: transient.
//
// # Building
//
// `pollwright plugin new` makes a project that builds, and `plugin test` and `plugin run` try it (docs/adapters.md). Without these: an
// adapter is package main with an init function that calls Register, and an empty main:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags="-s -w" -o acme.wasm .
//
// Package sdktest runs golden cases of it as ordinary Go and in the sandbox.
//
// # The bytes
//
// For other languages; C and AssemblyScript have an SDK of one file each, in the folders c and assemblyscript. A module exports memory, optionally _initialize, and
//
//	pollwright_abi() -> i32                 1
//	pollwright_buf(n: i32) -> i32           pointer to one reusable buffer of at least n bytes, written by the host
//	pollwright_call(op: i32, n: i32) -> i64 pointer << 32 | length of the reply
//
// op 1 (describe) has no input and answers with a Manifest; op 2 (step) takes the length of a JSON Call as little-endian u32, the Call, then
// the response's raw body, and answers with a Reply. The first byte of an answer is 0 (JSON follows) or 1 (an error message follows). There is
// nothing to free: the host copies the answer out and puts the memory back as it was after the start.
package sdk
