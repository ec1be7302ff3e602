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
	run     int // of the program
	order   int // within the run, per instance
	webhook string
	keys    []killKey
	lane    int64 // instance
}

// killSink takes notifications and remembers in which run of the program they came, and in which order.
type killSink struct {
	mu       sync.Mutex
	run      int
	seen     map[killKey]int
	arrivals []arrival
	last     map[[2]int64]int // run and instance -> order of its last notification
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
	return &killSink{seen: map[killKey]int{}, last: map[[2]int64]int{}}
}

// next begins another run of the program.
func (s *killSink) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run++
	return s.run
}

// ServeHTTP notes a notification and answers it a little later: a kill in between finds its acknowledgement open.
func (s *killSink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	s.note(r)
	pause(time.Duration(rand.IntN(150)) * time.Millisecond)
}

func (s *killSink) note(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut by a kill: never arrived
	}
	var n struct {
		Message struct {
			EventID    string
			ElementKey string
			InstanceID int64
			Raw        map[string]json.RawMessage
			Events     []struct{ ObjectType, ObjectID, EventType string }
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(body, &n); err != nil {
		s.faults = append(s.faults, fmt.Sprintf("notification is not JSON: %v", err))
		return
	}
	run, _ := r.Context().Value(runKey{}).(int)
	a := arrival{run: run, webhook: r.Header.Get("webhook-id"), lane: n.Message.InstanceID}
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
	place := [2]int64{int64(a.run), a.lane}
	s.last[place]++
	a.order = s.last[place]
	s.arrivals = append(s.arrivals, a)
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

// repeats counts what came more than once, and tells which of it should not have: a repeat must come under the same webhook-id, and the
// delivery before it must be the last of its instance in its run. An instance's notifications go one after the other, each
// acknowledged before the next, so only the last of a run can have been open at the kill.
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
			case b.order != s.last[[2]int64{int64(b.run), b.lane}]:
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
