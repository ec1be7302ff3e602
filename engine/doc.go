// Package engine turns APIs that cannot notify into APIs that do. It polls providers through sandboxed adapters, detects which records were
// created, updated or deleted, and delivers each change as an event to a callback URL. Start reading here.
//
// # Words
//
// An element is a type of provider ("icontact"); an adapter is the WebAssembly module that speaks for it. An instance is one authenticated
// connection to a provider; a resource is one collection of it that is polled. A record is one object of a resource; a change is a record
// seen to be created, updated or deleted; an event is a change as told to the user; a notification is one callback POST of a few events. A
// checkpoint is what the detection of a resource remembers. An attempt is one try to deliver a notification.
//
// # Two journeys
//
// A POST body becomes a stored instance. The server decodes it and calls the engine; the catalog knows the element; instance.New checks
// the body once and reports all faults together, each with its JSON path; the credentials are exchanged and sealed; one commit stores the
// instance with its first checkpoints. Nothing about the configuration is checked again later.
//
// A due poll becomes a delivered event. The schedule says that a resource is due. Package poll reads its checkpoint and loops: the
// adapter is asked what next, wants a request, egress sends it with the credentials, the answer goes back to the adapter, until it points
// at the records. Package change compares them with the checkpoint. One commit stores the new checkpoint, the notifications and the
// outcome of the poll. Then package deliver sends the notifications, and a commit drops each from the outbox when it is acknowledged. A
// crash before a commit is as if it had not happened; after it, all of it is durable. There is no third state, and a poll that changes
// nothing writes nothing.
//
// # Map
//
// A package imports only packages below it in this list; imports_test.go holds the exact table.
//
//	server      REST API, command line, demo: decode, call the engine, encode
//	engine      this package: wiring, and the use cases that the server calls
//	poll        one poll: read, ask and fetch, detect, commit
//	hub         one request for records: parse, hand on what the provider can do, filter, order and page the rest
//	schedule    when: computed due times, one heap, fairness, backoff (imports nothing of the project)
//	model       tests only: a simulated provider's mutations against poll and change
//	beside      tests only: the processes, tables and compiled adapters that tests have around them
//	deliver     one delivery: outbox lanes, signing, retry, dead letters
//	credential  secrets sealed at rest; OAuth2 tokens refreshed once and stored before use
//	plugin      the only code that knows wazero: load adapters, sandbox them, call them
//	instance    what is polled: parse and check a POST body, once
//	change      which records changed; pure
//	egress      the only code that opens outbound connections: address guard, deadlines, limits
//	store       the seam to what is kept; badgerstore on disk, memstore for tests, storetest as its definition, faultstore for its errors
//	template    ${...} placeholders in poll URLs; pure
//	ceql        the where clause of hub URLs; pure
//	header      what a user may add to the requests to a callback; pure
//	javadate    date patterns of java.text.SimpleDateFormat; pure
//	sdk         what an adapter sees: manifest, call and reply; the standard library only
//
// # Invariants
//
// What everything else here serves. The lines that keep one of them are marked "Invariant n".
//
//  1. A change is delivered at least once, or lies where it can be seen and sent again.
//  2. A checkpoint moves only in the commit that stores the events it passes.
//  3. The same change has the same event id and, once stored, the same notification id, whatever crashed in between.
//  4. A stale writer cannot commit: every write of a checkpoint is compare-and-set.
//  5. Stopping costs no attempt, and an error never ends a loop.
//  6. An adapter gets bytes and gives bytes; what it returns is untrusted input; it never holds a secret.
//  7. Every answer from outside is bounded in time, bytes and count before it is parsed.
//  8. Events of one object are first sent in the order of their detection; a later one waits until the earlier one is acknowledged or has
//     been given up. A repeat may come late: receivers compare dates.
//
// It must never: open a connection except through egress, write except through store, or know HTTP, Fiber or the command line.
package engine
