// Package sdktest tests an adapter: golden cases in JSON files, and a contract that every adapter must keep.
//
// A case is a whole scan as the host runs it. It gives the question and the provider's answers in their order; the runner asks the adapter,
// hands it the next answer for each request, follows the pages, and compares every request, page and fault with what the file expects:
//
//	{
//	  "about": "what this case shows, and where its facts are from",
//	  "call": {"query": {"resource": "contacts"}, "config": {"status": "total"}, "now": 1780704000000},
//	  "exchanges": [
//	    {"fetch": {"path": "/a"}, "status": 200, "headers": {"date": "..."}, "body": "accounts.json"},
//	    {"fetch": {"path": "/a/1/contacts"}, "status": 503, "text": "<html>down</html>"}
//	  ],
//	  "pages": [{"page": {...}, "rows": 2}],
//	  "fault": {"kind": "transient", "message": "..."}
//	}
//
// "body" names a file in the folder of bodies beside the cases, "text" gives the body in place. "rows" is how many records the page's
// pointers lead to, counted by the runner in the body, so a pointer that leads nowhere fails. The states that an adapter hands itself are
// not compared: they are its own business.
//
// The same case runs through anything that is a Host: Native for the adapter as ordinary Go, or the real sandbox around its .wasm file.
// `go test -sdktest.update` writes what the adapter does into the files: read the difference before you believe it.
//
// Tests of adapters call this package; it must never import the engine.
package sdktest
