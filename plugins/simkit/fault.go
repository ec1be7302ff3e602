package simkit

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Cut says where a connection is cut.
type Cut string

// The places of a cut. After and middle let the provider do its work first: the effect stays, the answer is
// lost, which is how a rotated token gets lost.
const (
	CutBefore Cut = "before" // nothing is processed, nothing is answered
	CutAfter  Cut = "after"  // processed, nothing is answered
	CutMiddle Cut = "middle" // processed, half of the body is sent
)

// Garbage says what kind of nonsense is answered in place of JSON.
type Garbage string

// The kinds of nonsense.
const (
	GarbageBytes     Garbage = "bytes"     // 512 seeded random bytes
	GarbageHTML      Garbage = "html"      // a gateway's error page
	GarbageTruncated Garbage = "truncated" // the provider's own answer, half of it, with a matching length
)

// Fault is trouble for the next requests that match. The zero value of a field means "not this".
type Fault struct {
	// Prefix is matched against the start of the request's path; "" matches all. Control requests never match.
	Prefix string `json:"prefix,omitempty"`
	// Method restricts the fault to one HTTP method.
	Method string `json:"method,omitempty"`
	// Skip lets this many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how many matching requests it hits: 0 means 1, -1 means until cleared.
	Times int `json:"times,omitempty"`
	// Delay waits before the request is looked at; Hold waits after it was processed, before the answer.
	// Both are real time and end early when the client leaves.
	Delay Duration `json:"delay,omitempty"`
	Hold  Duration `json:"hold,omitempty"`
	// Status answers this without asking the provider's API. The body is Body, or else the provider's
	// envelope of an error with that status.
	Status int    `json:"status,omitempty"`
	Body   string `json:"body,omitempty"`
	// Header is added to the answer, such as Retry-After. An empty value removes the header.
	Header  map[string]string `json:"header,omitempty"`
	Garbage Garbage           `json:"garbage,omitempty"`
	Cut     Cut               `json:"cut,omitempty"`
}

// Check tells the first thing that is wrong with f.
func (f Fault) Check() error {
	switch {
	case f.Prefix != "" && !strings.HasPrefix(f.Prefix, "/"):
		return fmt.Errorf("fault: prefix %q: want a path that starts with /", f.Prefix)
	case f.Times < -1 || f.Skip < 0 || f.Delay < 0 || f.Hold < 0:
		return fmt.Errorf("fault: times >= -1, skip, delay and hold >= 0 are wanted")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("fault: status %d: want 200 to 599", f.Status)
	case !slices.Contains([]Cut{"", CutBefore, CutAfter, CutMiddle}, f.Cut):
		return fmt.Errorf("fault: cut %q: want before, after or middle", f.Cut)
	case !slices.Contains([]Garbage{"", GarbageBytes, GarbageHTML, GarbageTruncated}, f.Garbage):
		return fmt.Errorf("fault: garbage %q: want bytes, html or truncated", f.Garbage)
	case f.Status == 0 && f.Body == "" && f.Cut == "" && f.Garbage == "" && f.Delay == 0 && f.Hold == 0 && len(f.Header) == 0:
		return fmt.Errorf("fault: nothing to do: want one of status, body, delay, hold, header, garbage, cut")
	}
	return nil
}

func (f Fault) matches(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, f.Prefix) && (f.Method == "" || strings.EqualFold(f.Method, r.Method))
}

// Faults is the queue of faults to come. It is safe for concurrent use.
type Faults struct {
	mu    sync.Mutex
	queue []Fault
}

// Add puts faults at the end of the queue; none of them when one is wrong.
func (q *Faults) Add(faults ...Fault) error {
	faults = slices.Clone(faults)
	for i, f := range faults {
		if err := f.Check(); err != nil {
			return fmt.Errorf("%d of %d: %w", i+1, len(faults), err)
		}
		if f.Times == 0 {
			faults[i].Times = 1
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = append(q.queue, faults...)
	return nil
}

// Clear drops all faults.
func (q *Faults) Clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = nil
}

// Pending returns the faults that still wait, with what is left of Skip and Times.
func (q *Faults) Pending() []Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]Fault{}, q.queue...)
}

// take returns the oldest fault that hits r and uses it up by one.
func (q *Faults) take(r *http.Request) (Fault, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.queue {
		f := &q.queue[i]
		if !f.matches(r) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		hit := *f
		if f.Times > 0 {
			f.Times--
		}
		if f.Times == 0 {
			q.queue = slices.Delete(q.queue, i, i+1)
		}
		return hit, true
	}
	return Fault{}, false
}
