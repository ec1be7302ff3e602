// Package store is the seam between the engine and where it keeps things. It is small and shaped by the domain, so that one Badger
// folder now and a replicated database on many nodes later are both natural: a commit is a compare-and-set on records plus everything
// that must agree with it, and every read names what it reads.
//
// Implementations: badgerstore (the default, on disk) and memstore (tests). storetest.Run is the definition of a store; both pass it.
// A store must never: lose a commit it has acknowledged, apply a Change in part, show what is not yet durable, or hand out bytes it
// will later reuse. The engine's packages call it; nothing in it knows what a record means.
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
// Deleting a record with very many chunks ends so too: delete its chunks first, in steps, each under the record's next version.
var ErrTooLarge = errors.New("change is larger than one commit can hold")

// ErrInvalid is wrapped by the outcome of a change, and by the error of a read, that breaks a rule of the shapes below (Change.Check,
// Key.Check). Trying again cannot help. Nothing of the change was applied.
var ErrInvalid = errors.New("invalid")

// ErrClosed is returned by every call after Close.
var ErrClosed = errors.New("store is closed")

// Partitions is the number of partitions. It is part of the persisted format.
const Partitions = 4096

// Limits of one name (a record's name, an id of a chunk, entry or notification, a lane's instance, either half of a term) and of one
// value (of a record, a chunk, an entry, a notification's Meta). A payload is bounded by its change only.
const (
	MaxName  = 512
	MaxValue = 256 << 10
)

// A change whose Size is within SafeBytes and SafeRows fits into one commit of every store. Whoever writes more in one change must be
// ready for ErrTooLarge.
const (
	SafeBytes = 2 << 20
	SafeRows  = 5000
)

// Partition spreads keys, so that a later store can spread them over nodes. All records of one instance share one.
type Partition uint16

// PartitionOf places a name (an instance id, a credential id, an organization id).
func PartitionOf(name string) Partition {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return Partition(h.Sum32() % Partitions)
}

// Key names a record. Name is "<kind>/<id>...", not empty, holds no zero byte, and is at most MaxName bytes. Names are ordered as bytes.
type Key struct {
	Partition Partition
	Name      string
}

// Version counts the puts of a record: 0 = there is none, 1 = the first. A successful put with Expect v stores version v+1, so the
// writer knows the new version without reading. A record that was deleted begins at 1 again: do not put a deleted name to a new use.
type Version uint64

// Record is a stored value. Values are copies and belong to the caller; the Value of a record that exists is never nil, only empty.
// Hot records stay under 1 KB; MaxValue is the limit.
type Record struct {
	Key     Key
	Version Version
	Value   []byte
}

// Term is an index entry of a record: {"owner", "17"}, {"token", "<hash>"}. Neither half holds a zero byte; Name is not empty.
type Term struct{ Name, Value string }

// Put writes or deletes (Value nil) one record if its stored version is Expect. Index replaces all terms of the record. A deleted
// record's chunks and terms go with it; its history stays until it expires. Deleting what is not there (Expect 0) writes nothing: it
// asserts that the record is absent.
type Put struct {
	Key    Key
	Expect Version
	Value  []byte
	Index  []Term
}

// Chunk is a piece of a record's side state (seen-sets, content hashes), too large to be rewritten with the record. Value nil deletes.
// A Change that writes or deletes chunks must also Put their record: the record's version guards them. A value that is empty but not
// nil is kept.
type Chunk struct {
	Key   Key
	ID    string // ordered as bytes; not empty, no zero byte, at most MaxName bytes
	Value []byte
}

// Seq orders the notifications of a lane. The store assigns it at commit; it is never used twice, not even after a restart.
type Seq uint64

// Lane is an ordered queue of notifications of one instance.
type Lane struct {
	Instance string
	Number   uint16
}

// SeqAt is the least number of a notification that was committed at a time: numbers follow the clock, in microseconds since 1970, as long as
// it is not set back and there is at most one a microsecond. For time ranges, not for order.
func SeqAt(t time.Time) Seq { return Seq(max(0, t.UnixMicro())) }

// Time is about when the notification of a number was committed.
func (s Seq) Time() time.Time { return time.UnixMicro(int64(s)).UTC() }

// Notification is a row of the outbox: formed once, in the commit that moves the checkpoint, and never regrouped. The payload is stored
// once and kept apart from the small row that makes it wait. It does not expire while it waits. Once it is dropped it waits no more, and
// can be read for the store's retention, counted from its commit.
type Notification struct {
	Lane    Lane
	Seq     Seq    // set by the store
	ID      string // the webhook id, for ever the same
	Events  int    // how many changes it tells, for accounts of what waits
	Meta    []byte // small: what must be known without the payload
	Payload []byte
}

// Kept is a notification that waits, or that was dropped within the store's retention.
type Kept struct {
	Notification
	Waiting bool
}

// Drop ends the waiting of one notification, delivered or given up, by explicit id: never "up to a cursor". Dropping one that is not there
// is no error, so a retried Drop is safe. Erase deletes what was kept of it, too, at once.
type Drop struct {
	Lane  Lane
	Seq   Seq
	Erase bool
}

// Entry is a row of the expiring log of a record, which need not exist. ID is chosen by the writer, sorts by time, and is unique for
// the record; writing the same ID again replaces the row, so a retried commit does not double it.
type Entry struct {
	Key     Key
	ID      string
	Value   []byte
	Expires time.Time // zero = never; kept in whole milliseconds (rounded up), read back in UTC
}

// Change is all-or-nothing. The Puts of one change are of one partition, and each names another record.
type Change struct {
	Puts []Put
	Side []Chunk
	Emit []Notification
	Drop []Drop
	Log  []Entry
}

// Outcome tells what became of one Change: Err is nil, ErrConflict, ErrTooLarge, or wraps ErrInvalid. Seqs are those of Emit, in order;
// there are none if Err is not nil.
type Outcome struct {
	Err  error
	Seqs []Seq
}

// Backlog is a lane that has waiting notifications.
type Backlog struct {
	Lane   Lane
	First  Seq
	Count  int
	Events int   // of all of them
	Bytes  int64 // of all their payloads
}

// Store is implemented by badgerstore and memstore. All methods are safe for concurrent use. A read sees every commit acknowledged
// before it began, and sees one moment only: all of a change or nothing of it. What it returns belongs to the caller; n <= 0 reads
// nothing. A call whose context has ended returns the context's error.
type Store interface {
	// Get reads records; one that does not exist comes back with Version 0. The answer has the order of keys.
	Get(ctx context.Context, keys ...Key) ([]Record, error)
	// Scan reads up to n records of a partition whose name begins with prefix, in key order, from the one after `after` (zero Key =
	// from the start). The record `after` names need not exist; if its Name is not empty it must be of the partition.
	Scan(ctx context.Context, p Partition, prefix string, after Key, n int) ([]Record, error)
	// Find reads up to n keys of the records that carry a term, over all partitions, ordered by (partition, name), after the given key
	// (zero Key = from the start), which need not exist.
	Find(ctx context.Context, t Term, after Key, n int) ([]Key, error)
	// Chunks reads up to n chunks of a record with ID > after, in ID order.
	Chunks(ctx context.Context, k Key, after string, n int) ([]Chunk, error)
	// Outbox reads up to n waiting notifications of a lane with Seq > after, in order, with payloads.
	Outbox(ctx context.Context, l Lane, after Seq, n int) ([]Notification, error)
	// Backlogs lists the lanes that have waiting notifications, ordered by (instance, number). It is for the start of the sender: one
	// pass over the small rows, none of it reads a payload.
	Backlogs(ctx context.Context) ([]Backlog, error)
	// Kept reads up to n notifications of an instance with Seq < before (0 = from the newest), of all its lanes, newest first, without
	// their payloads. What was dropped longer ago than the store's retention may be left out.
	Kept(ctx context.Context, instance string, before Seq, n int) ([]Kept, error)
	// Recall reads one of them with its payload; its Seq is 0 if it is not kept.
	Recall(ctx context.Context, instance string, seq Seq) (Kept, error)
	// Forget erases what is kept of an instance that was deleted, but for what still waits.
	Forget(ctx context.Context, instance string) error
	// History reads up to n log entries of a record with ID < before ("" = from the newest), newest first. Expired ones are left out.
	History(ctx context.Context, k Key, before string, n int) ([]Entry, error)
	// Commit applies the changes, each on its own and in order, and returns when they are durable: one Outcome for each. An error
	// means "unknown": read the versions again; compare-and-set makes the retry safe. Changes of concurrent calls share one sync.
	// The store keeps nothing of the changes' bytes after the return. ctx may keep a call from beginning; it does not cut one off, for then
	// nobody would know what became of it.
	Commit(ctx context.Context, changes ...Change) ([]Outcome, error)
	// Close waits for running calls. After it every call fails with ErrClosed, except Close itself, which returns what it returned.
	Close() error
}

// One is the outcome of a Commit of one change: the error of the call, else that of the change.
func One(outcomes []Outcome, err error) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	return outcomes[0], outcomes[0].Err
}
