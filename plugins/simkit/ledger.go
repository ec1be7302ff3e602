package simkit

import (
	"encoding/json"
	"sync"
)

// Op says what a mutation did.
type Op string

// The three mutations.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// Entry is one mutation of a record, the truth that deliveries are compared with.
type Entry struct {
	// Seq counts from 1 without gaps, in the order in which the mutations became visible.
	Seq int64 `json:"seq"`
	// At is the provider's clock when it happened.
	At Time `json:"at"`
	Op Op   `json:"op"`
	// Resource is the collection, such as "contacts" or "messages".
	Resource string `json:"resource"`
	// ID is the record's id as the API shows it.
	ID string `json:"id"`
	// Version is the text of the date by which a poller can tell this state of the record from an
	// earlier one. Where the provider has no modified date it does not change with an update.
	Version string `json:"version"`
	// Record is the record as a collection of the API shows it; for a delete, its last state.
	Record json.RawMessage `json:"record"`
}

// Ledger keeps every mutation in order. It is safe for concurrent use. It grows without bound.
type Ledger struct {
	mu      sync.Mutex
	entries []Entry
}

// Append gives e the next sequence number, keeps it and returns it. The caller holds the lock of the data
// that e speaks of, so that the ledger's order is the order of visibility.
func (l *Ledger) Append(e Entry) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq = int64(len(l.entries)) + 1
	l.entries = append(l.entries, e)
	return e
}

// After returns at most n entries whose Seq is greater than seq, oldest first; n < 1 means all.
func (l *Ledger) After(seq int64, n int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := min(max(seq, 0), int64(len(l.entries)))
	found := l.entries[from:]
	if n > 0 && len(found) > n {
		found = found[:n]
	}
	return append([]Entry{}, found...)
}

// Last is the Seq of the newest entry, 0 when there is none.
func (l *Ledger) Last() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.entries))
}
