package command_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// killKey is one version of one object. Version is the text of the date that tells it from others, as the provider shows it.
type killKey struct{ element, resource, id, version string }

// arrival is a notification that came in.
type arrival struct {
	run      int // of the program
	webhook  string
	keys     []killKey
	answered time.Time // zero = the run was killed before
}

// killSink takes notifications and remembers in which run of the program they came, and in which order.
type killSink struct {
	mu       sync.Mutex
	run      int
	seen     map[killKey]int
	arrivals []arrival
	ended    map[int]time.Time // when a run was killed
	refusals int
	faults   []string
}

// runKey marks a connection with the run of the program that opened it: what is read after a kill may have been sent before it.
type runKey struct{}

func (s *killSink) mark(ctx context.Context, _ net.Conn) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return context.WithValue(ctx, runKey{}, s.run)
}

func newKillSink() *killSink {
	return &killSink{seen: map[killKey]int{}, ended: map[int]time.Time{}}
}

// next begins another run of the program.
func (s *killSink) next() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run++
}

// end notes that the run was killed.
func (s *killSink) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[s.run] = time.Now()
}

// ServeHTTP notes a notification and answers it a little later: a kill in between finds its acknowledgement open.
func (s *killSink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.refuse(w) {
		return
	}
	n := s.note(r)
	pause(time.Duration(rand.IntN(150)) * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n >= 0 && r.Context().Err() == nil {
		s.arrivals[n].answered = time.Now()
	}
}

// refuse answers some notifications as a receiver does that cannot take them, or is in trouble.
func (s *killSink) refuse(w http.ResponseWriter) bool {
	status := 0
	switch n := rand.IntN(100); {
	case n < 10:
		status = http.StatusBadRequest
	case n < 13:
		status = http.StatusServiceUnavailable
	case n >= 15:
		return false
	}
	s.mu.Lock()
	s.refusals++
	s.mu.Unlock()
	if status == 0 {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	w.WriteHeader(status)
	return true
}

func (s *killSink) refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals
}

// note keeps a notification and tells its place; -1 if it is none.
func (s *killSink) note(r *http.Request) int {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return -1 // cut by a kill: never arrived
	}
	var n struct {
		Message struct {
			EventID    string
			ElementKey string
			Raw        map[string]json.RawMessage
			Events     []struct{ ObjectType, ObjectID, EventType string }
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(body, &n); err != nil {
		s.faults = append(s.faults, fmt.Sprintf("notification is not JSON: %v", err))
		return -1
	}
	run, _ := r.Context().Value(runKey{}).(int)
	a := arrival{run: run, webhook: r.Header.Get("webhook-id")}
	if a.webhook == "" || a.webhook != n.Message.EventID {
		s.faults = append(s.faults, fmt.Sprintf("webhook-id %q, eventId %q", a.webhook, n.Message.EventID))
	}
	for i, e := range n.Message.Events {
		var records []map[string]any
		if err := json.Unmarshal(n.Message.Raw[e.ObjectType], &records); err != nil || i >= len(records) {
			s.faults = append(s.faults, fmt.Sprintf("event %d of %s has no record", i, a.webhook))
			continue
		}
		key := killKey{n.Message.ElementKey, e.ObjectType, e.ObjectID, versionOf(records[i])}
		s.seen[key]++
		a.keys = append(a.keys, key)
	}
	s.arrivals = append(s.arrivals, a)
	return len(s.arrivals) - 1
}

// versionOf is the date text that the simulators' ledgers call the version.
func versionOf(record map[string]any) string {
	for _, field := range []string{"__modified_date", "createDate"} {
		if text, ok := record[field].(string); ok {
			return text
		}
	}
	return ""
}

func (s *killSink) has(element, resource, id, version string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[killKey{element, resource, id, version}] > 0
}

func (s *killSink) notifications() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.arrivals)
}

// openFor is how long after its answer a notification may still be open: the answer has to be read and its acknowledgement made durable, on a
// machine that may be busy.
const openFor = time.Second

// repeats counts what came more than once, and tells which of it should not have: a repeat must come under the same webhook-id, in another
// run, and the delivery before it must have been open when its run was killed.
func (s *killSink) repeats() (n int, wrong []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wrong = append(wrong, s.faults...)
	before := map[killKey]arrival{}
	for _, a := range s.arrivals {
		for _, key := range a.keys {
			b, again := before[key]
			before[key] = a
			if !again {
				continue
			}
			n++
			switch {
			case a.webhook != b.webhook:
				wrong = append(wrong, fmt.Sprintf("%v came under %s and %s", key, b.webhook, a.webhook))
			case a.run == b.run:
				wrong = append(wrong, fmt.Sprintf("%v came twice in one run", key))
			case !b.answered.IsZero() && s.ended[b.run].Sub(b.answered) > openFor:
				wrong = append(wrong, fmt.Sprintf("%v came again although it was acknowledged before the kill", key))
			}
		}
	}
	return n, wrong
}

// unknown lists what came but never was at a provider.
func (s *killSink) unknown(wanted []killKey) map[killKey]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	unknown := map[killKey]int{}
	for key, n := range s.seen {
		unknown[key] = n
	}
	for _, key := range wanted {
		delete(unknown, key)
	}
	return unknown
}
