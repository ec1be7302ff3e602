// Package demo shows the main job in one process, on loopback ports and with nothing but this program: a server, simulators of two
// providers that send no notifications, and a receiver. Two instances are made through the REST API; then records are created and changed
// at the providers, and each event is printed as it arrives. At the end the providers' ledgers are compared with what arrived.
//
// The order of reading: demo.go (one run), world.go (what runs), provider.go with icontact.go and acton.go (what is simulated), receiver.go
// and notification.go (what a user's own code would do), tally.go (the comparison).
//
// # What counts as true
//
// Each simulator keeps a ledger of every mutation. The truth is what the ledgers say from the moment when both instances were being
// watched, which is known because POST /instances has returned and GET /instances/{id}/polls shows a good poll of each resource. What
// existed before must not be told. After that, every state that a record had is owed one event: CREATED if it is the first that was told of
// a new record, UPDATED otherwise, with exactly the record that the provider showed, in the order of the ledger.
//
// Two exceptions, each as narrow as it can be made:
//
//   - A state that was replaced before a whole scan could see it is owed nothing; it may be told. Whether one could is not guessed from
//     intervals but read from the provider's own request log: if it served the first page of the collection three times while the state
//     stood, the scan that began with the second of them lies wholly within, and the state is owed. The last state of a record is always
//     owed. The workload leaves a record alone for several polls after each change, so that this exception stays rare.
//   - An update that does not move the record's date (iContact has only a creation date) is owed nothing, because the instance asks to be
//     told by dates; it may be told. The workload makes none, but a visitor may, through a simulator's control API.
//
// The receiver is written as a user would write it: it verifies signatures with the standard library and reads the body by its own types.
// It must never borrow code from the engine, or the demo would only show that the engine agrees with itself.
//
// It is called by server/command.
package demo
