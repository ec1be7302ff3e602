package change

import (
	"errors"
	"fmt"
)

// heldSample is how many ids of what is held are named.
const heldSample = 20

// ErrNotHeld: there is nothing held to decide about.
var ErrNotHeld = errors.New("no deletions are held")

// Decision is what somebody decided about deletions that the guard holds.
type Decision string

// The decisions. Both are obeyed by the next complete scan, for what was held when they were made.
const (
	Confirm Decision = "confirm" // tell them, if they are still absent
	Refuse  Decision = "refuse"  // keep them, as if they had been seen
)

// Held is what the guard holds back: objects absent from two complete scans, too many at once to be told as DELETED.
type Held struct {
	Count    int      `json:"count"`
	Since    int64    `json:"since"`  // provider's clock at the scan that first held some, Unix milliseconds
	Sample   []string `json:"sample"` // up to 20 of their ids, in order
	Scan     uint64   `json:"scan"`   // number of the scan that counted them
	Decision Decision `json:"decision,omitempty"`
}

// same reports whether two say the same of what is held; nil = nothing.
func (h *Held) same(o *Held) bool {
	if h == nil || o == nil {
		return h == o
	}
	return h.Count == o.Count && h.Decision == o.Decision
}

// HeldIn reads what is held out of a stored checkpoint, without its chunks; nil if nothing is, or if the resource is watched by dates.
func HeldIn(record []byte) (*Held, error) {
	if len(record) > 0 && record[0] == checkpointFormat {
		return nil, nil
	}
	head, err := readHashHead(record)
	return head.Held, err
}

// Decide writes a decision about what is held into a stored checkpoint: the new record, to be put in the place of the old one under its
// version. The chunks stay. A later decision replaces an earlier one. ErrNotHeld if there is nothing to decide.
func Decide(record []byte, d Decision) ([]byte, error) {
	if d != Confirm && d != Refuse {
		return nil, fmt.Errorf("decision %q: want %q or %q", d, Confirm, Refuse)
	}
	held, err := HeldIn(record)
	if err != nil {
		return nil, err
	}
	if held == nil {
		return nil, ErrNotHeld
	}
	head, err := readHashHead(record)
	if err != nil {
		return nil, err
	}
	head.Held.Decision = d
	return head.encode()
}
