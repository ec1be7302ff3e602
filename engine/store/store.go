// Package store is the seam between the engine and where it keeps things. It is small and shaped by the domain, so that one Badger
// folder now and a replicated database on many nodes later are both natural: a commit is a compare-and-set on records plus everything
// that must agree with it, and every read names what it reads.
//
// Implementations: badgerstore (the default, on disk) and memstore (tests). storetest.Run is the definition of a store; both pass it.
// A store must never: lose a commit it has acknowledged, apply a Change in part, or hand out bytes it will later reuse.
package store

import (
	"context"
	"errors"
	"hash/fnv"
	"time"
)

// ErrConflict is the outcome of a change whose expected version was not the stored one. Nothing of that change was applied.
var ErrConflict = errors.New("stored version differs from the expected one")

// ErrTooLarge is the outcome of a change that no single commit can hold. Nothing of it was applied; split it at a record boundary.
var ErrTooLarge = errors.New("change is larger than one commit can hold")

// ErrClosed is returned by every call after Close.
var ErrClosed = errors.New("store is closed")

// Partitions is the number of partitions. It is part of the persisted format.
const Partitions = 4096

// Partition spreads keys, so that a later store can spread them over nodes. All records of one instance share one.
type Partition uint16

// PartitionOf places a name (an instance id, a credential id, an organization id).
func PartitionOf(name string) Partition {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return Partition(h.Sum32() % Partitions)
}

// Key names a record. Name is "<kind>/<id>..." and holds no zero byte; it is at most 512 bytes.
type Key struct {
	Partition Partition
	Name      string
}

// Version counts the puts of a record: 0 = there is none, 1 = the first. A successful put with Expect v stores version v+1, so the
// writer knows the new version without reading.
type Version uint64

// Record is a stored value. Values are copies and belong to the caller. Hot records stay under 1 KB; 256 KiB is the limit.
type Record struct {
	Key     Key
	Version Version
	Value   []byte
}

// Term is an index entry of a record: {"owner", "17"}, {"token", "<hash>"}. Put.Index replaces all terms of the record.
type Term struct{ Name, Value string }

// Put writes or deletes (Value nil) one record if its stored version is Expect. A deleted record's chunks and terms go with it;
// its history stays until it expires.
type Put struct {
	Key    Key
	Expect Version
	Value  []byte
	Index  []Term
}

// Chunk is a piece of a record's side state (seen-sets, content hashes), too large to be rewritten with the record. Value nil deletes.
// A Change that writes chunks must also Put their record: the record's version guards them.
type Chunk struct {
	Key   Key
	ID    string // ordered; no zero byte
	Value []byte
}

// Seq orders the notifications of a lane. The store assigns it at commit; it is never used twice, not even after a restart.
type Seq uint64

// Lane is an ordered queue of notifications of one instance.
type Lane struct {
	Instance string
	Number   uint16
}

// Notification is a row of the outbox: formed once, in the commit that moves the checkpoint, and never regrouped. The payload is kept
// apart from the small row that orders it.
type Notification struct {
	Lane    Lane
	Seq     Seq    // set by the store
	ID      string // the webhook id, for ever the same
	Meta    []byte // small: what the sender must know without the payload
	Payload []byte
}

// Drop removes one notification, delivered or given up, by explicit id: never "up to a cursor".
type Drop struct {
	Lane Lane
	Seq  Seq
}

// Entry is a row of the expiring log of a record. ID is chosen by the writer, sorts by time, and is unique for the record; writing the
// same ID again replaces the row, so a retried commit does not double it.
type Entry struct {
	Key     Key
	ID      string
	Value   []byte
	Expires time.Time // zero = never
}

// Change is all-or-nothing. The Puts of one change are of one partition.
type Change struct {
	Puts []Put
	Side []Chunk
	Emit []Notification
	Drop []Drop
	Log  []Entry
}

// Outcome tells what became of one Change: Err is nil, ErrConflict or ErrTooLarge. Seqs are those of Emit, in order.
type Outcome struct {
	Err  error
	Seqs []Seq
}

// Backlog is a lane that has waiting notifications.
type Backlog struct {
	Lane  Lane
	First Seq
	Count int
}

// Store is implemented by badgerstore and memstore. All methods are safe for concurrent use.
type Store interface {
	// Get reads records; one that does not exist comes back with Version 0. The answer has the order of keys.
	Get(ctx context.Context, keys ...Key) ([]Record, error)
	// Scan reads up to n records of a partition whose name begins with prefix, in key order, from the one after `after` (zero Key = from the start).
	Scan(ctx context.Context, p Partition, prefix string, after Key, n int) ([]Record, error)
	// Find reads up to n keys of the records that carry a term, over all partitions, ordered by (partition, name), after the given key (zero Key = from the start).
	Find(ctx context.Context, t Term, after Key, n int) ([]Key, error)
	// Chunks reads up to n chunks of a record with ID > after, in ID order.
	Chunks(ctx context.Context, k Key, after string, n int) ([]Chunk, error)
	// Outbox reads up to n waiting notifications of a lane with Seq > after, in order, with payloads.
	Outbox(ctx context.Context, l Lane, after Seq, n int) ([]Notification, error)
	// Backlogs lists the lanes that have waiting notifications. It is for the start of the sender: one pass over keys only.
	Backlogs(ctx context.Context) ([]Backlog, error)
	// History reads up to n log entries of a record with ID < before ("" = from the newest), newest first. Expired ones are left out.
	History(ctx context.Context, k Key, before string, n int) ([]Entry, error)
	// Commit applies the changes, each on its own, and returns when they are durable. An error means "unknown": read the versions again;
	// compare-and-set makes the retry safe. Changes of concurrent calls share one sync.
	Commit(ctx context.Context, changes ...Change) ([]Outcome, error)
	// Close waits for running calls. After it every call fails with ErrClosed.
	Close() error
}

// One is the outcome of a Commit of one change: the error of the call, else that of the change.
func One(outcomes []Outcome, err error) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	return outcomes[0], outcomes[0].Err
}
