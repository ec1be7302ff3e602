// Package crash kills the program, and holds what arrived against what the providers did. It is a test and nothing else: no package may import
// it, and it exports nothing.
//
// The real binary runs on a real folder. The two simulated providers and the receiver (sink_test.go) are processes of their own, so that a kill
// takes nothing of what they know. Records are created and updated at the providers all the time (churn_test.go), a user changes an instance and
// looks whether the change is kept (user_test.go), and the receiver answers late, refuses some notifications and breaks some connections.
// At each provider one resource is compared by content (content_test.go): its records are deleted, too, and written as they are; a provider fails in the
// midst of a scan, or leaves a record out of a whole one (vanish_test.go).
//
// SIGKILL comes at a named moment (moment_test.go): while the program starts, recovers, reads a page, is in the midst of a scan, commits, sends, hears of an
// acknowledgement, tells a deletion, refreshes a token, compacts, stores a user's change, stops, or at no moment in particular. Providers and receiver hold the
// request that the moment is about until its connection is gone (gate_test.go). Then the program starts again on the same folder.
//
// The account (account_test.go) is kept from two journals: what the simulators did, and what the receiver was sent. It claims:
//
//   - Nothing is lost: every version of every object arrives. An object is changed again only when its last version was sent, so a poll can see each.
//   - Nothing is invented: what arrives happened, as CREATED, UPDATED or DELETED; what was there before the watch, a record that one scan did not see, and an
//     update that left the content as it was are not told.
//   - What arrives twice has the same webhook-id, comes in another run of the program, and was in flight at the kill: not answered, or answered so
//     lately that its acknowledgement was still to be stored.
//   - The order holds: a version is first sent when the one before was acknowledged, or stands before it in the same notification.
//   - A change of an instance that was answered with 200 is there after the next start.
//   - The program never ends by itself, and opens every folder that a kill left: also one with a log file of no length, which Badger alone
//     refuses. Where kills leave none, the test makes one.
//
// `make test` kills a few times, `.ci/run` 20 times, and `make crash KILLS=n` as often as one likes; it prints a line for each kill and a total.
// docs/ledger.md has the total of a long run.
//
// Beside it stand the faults of the machine, one test each, in a world that otherwise stands still (steady_test.go): a disk that runs full or is full, a
// folder that cannot be written or was damaged, a second process, no file descriptors left, a process that is stopped and continued. Those of the
// disk mount one of their own, which needs root.
package crash
