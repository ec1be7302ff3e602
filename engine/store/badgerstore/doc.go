// Package badgerstore keeps a store in one folder on disk, with Badger. It is the only package that knows Badger.
//
// # How a commit becomes durable
//
// Badger syncs every transaction by itself, and a sync takes milliseconds. So one goroutine, the committer, puts the changes of all
// callers that wait into one transaction, commits it synced, and only then answers them. It adds no delay: while one sync runs, the
// next group gathers. Because nobody else writes, compare-and-set is a plain read there, and a group is all there or not at all after
// a crash. A Change is never split over two transactions; the changes of one call may be.
//
// # What it must never do
//
//   - Answer before the sync, or go on after a sync that did not succeed: what the memory shows then may not be on the disk. The first
//     commit error of Badger is final: every later call returns it, and Failed tells the process to stop and start again.
//   - Delete anything in a folder to make it open, but log files of no length, which a kill can leave and Badger refuses.
//   - Delete what waits: only what was dropped is swept, once it is older than the retention, and by its number. No row of the outbox expires.
//   - Touch a folder without holding its lock, or with a key that does not fit.
//   - Open a folder in which bytes were changed or cut off as if there were less in it: all that Badger opens is read before (verify.go), and held
//     against the number of the last commit, which lies in a file of its own (witness.go).
//   - Write where the disk has no room: Badger would end the process (room.go).
//
// # What lies where
//
// Keys are described in layout.go, rows in row.go; testdata holds the bytes of every version of them. Bodies are compressed by us, with
// s2, and so not by Badger. A row of 1 KiB or more, compressed, lies in Badger's value log, which most notifications do that tell several events: it is
// written once, and not again with each compaction of the tree.
//
// # How the folder stays small
//
// Run sweeps, has Badger rewrite files of the value log that are garbage by half, and compact a large folder that holds little. It is a loop of its
// own because Badger compacts as it is written to, and a folder that was drained is not.
//
// The server opens it; the engine sees it as a store.Store.
package badgerstore
