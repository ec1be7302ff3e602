package simkit

import (
	"maps"
	"sync"
)

// maxCounted bounds the number of different paths that are counted by name; further ones share otherPaths.
const (
	maxCounted = 4096
	otherPaths = "(other)"
)

// Request is one request that the simulator served. Headers and bodies are never kept.
type Request struct {
	Seq    int64  `json:"seq"`
	At     Time   `json:"at"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query"`
	// Status is the HTTP status that was answered, 0 when the connection was cut.
	Status int `json:"status"`
	// Fault tells that an injected fault shaped the answer.
	Fault bool `json:"fault,omitempty"`
}

// RequestLog keeps the newest requests and counts all of them. It is safe for concurrent use.
type RequestLog struct {
	mu     sync.Mutex
	size   int
	seq    int64
	ring   []Request // the request with sequence number s lies at (s-1) mod size
	counts map[string]int64
}

// NewRequestLog keeps the newest size requests; size < 1 is 10,000.
func NewRequestLog(size int) *RequestLog {
	if size < 1 {
		size = 10_000
	}
	return &RequestLog{size: size, counts: map[string]int64{}}
}

// arrived counts a request at its arrival, so that a test can see one that is being held.
func (l *RequestLog) arrived(path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.counts[path]; !known && len(l.counts) >= maxCounted {
		path = otherPaths
	}
	l.counts[path]++
}

// add keeps a request just before its answer is written: who has the answer finds it in the log.
func (l *RequestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	r.Seq = l.seq
	if len(l.ring) < l.size {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[(r.Seq-1)%int64(l.size)] = r
}

// After returns the kept requests whose Seq is greater than seq, oldest first.
func (l *RequestLog) After(seq int64) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := max(seq, l.seq-int64(len(l.ring)), 0)
	found := []Request{}
	for s := from + 1; s <= l.seq; s++ {
		found = append(found, l.ring[(s-1)%int64(l.size)])
	}
	return found
}

// Counts returns how many requests arrived per path.
func (l *RequestLog) Counts() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts)
}
