package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// key is one version of one object. Version is the text that tells it from others, as the provider shows it.
type key struct{ Element, Resource, ID, Version string }

// told is what an event says became of an object.
type told struct {
	key
	Kind string
}

// note is a line of the sink's journal.
type note struct {
	Arrival int // counts the notifications that came, from 0
	What    string
	At      time.Time
	Run     int    `json:",omitempty"` // of the program
	Webhook string `json:",omitempty"`
	Told    []told `json:",omitempty"`
}

// What became of a notification.
const (
	came     = "came"
	answered = "answered" // with 200: noted before it is sent
	refused  = "refused"
	faulty   = "faulty" // Webhook says what is wrong with it
)

// sink is the receiver. It notes all that comes and what it answers; the account is not its business.
type sink struct {
	gate
	mu      sync.Mutex
	rng     *rand.Rand
	run     int
	count   int
	journal []note
}

func newSink(seed uint64) *sink { return &sink{rng: rand.New(rand.NewPCG(seed, 2))} }

// runKey marks a connection with the run of the program that opened it.
type runKey struct{}

func (s *sink) mark(ctx context.Context, _ net.Conn) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return context.WithValue(ctx, runKey{}, s.run)
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/_gate":
		s.arm(w, r)
	case "/_run": // on a connection of its own: those that a killed run opened were accepted before
		s.mu.Lock()
		defer s.mu.Unlock()
		s.run++
	case "/_journal":
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		s.mu.Lock()
		notes := s.journal[min(after, len(s.journal)):]
		s.mu.Unlock()
		_ = json.NewEncoder(w).Encode(notes)
	default:
		s.take(w, r)
	}
}

// take notes a notification and answers it a little later: a kill in between finds its acknowledgement open. Some it refuses, as a receiver does
// that cannot take them or is in trouble.
func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut by a kill: never arrived
	}
	n, what := s.arrived(r, body)
	mood, pause := s.mood()
	s.pass(r, what+" received")
	<-time.After(pause)
	if r.Context().Err() != nil {
		return
	}
	if mood != http.StatusOK {
		s.note(note{Arrival: n, What: refused})
		if mood == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(mood)
		return
	}
	s.note(note{Arrival: n, What: answered})
	w.WriteHeader(http.StatusOK)
	send(w, nil)
	s.pass(r, what+" answered")
}

// mood is the status of an answer, 0 for a connection that breaks, and how long it takes.
func (s *sink) mood() (status int, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause = time.Duration(s.rng.IntN(100)) * time.Millisecond
	switch n := s.rng.IntN(100); {
	case n < 8:
		return http.StatusBadRequest, pause
	case n == 8:
		return http.StatusServiceUnavailable, pause
	case n == 9:
		return 0, pause
	}
	return http.StatusOK, pause
}

func (s *sink) note(n note) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.At = time.Now()
	s.journal = append(s.journal, n)
}

// arrived notes a notification and tells its number, and what it is: a "deletion" if it tells one, else a "post".
func (s *sink) arrived(r *http.Request, body []byte) (number int, what string) {
	all, err := read(body, r.Header.Get("webhook-id"))
	run, _ := r.Context().Value(runKey{}).(int)
	s.mu.Lock()
	number = s.count
	s.count++
	s.mu.Unlock()
	if err != nil {
		s.note(note{Arrival: number, What: faulty, Webhook: err.Error()})
	}
	s.note(note{Arrival: number, What: came, Run: run, Webhook: r.Header.Get("webhook-id"), Told: all})
	if slices.ContainsFunc(all, func(t told) bool { return t.Version == gone }) {
		return number, "deletion"
	}
	return number, "post"
}

// read finds what a notification tells. Objects that are gone have no record.
func read(body []byte, webhook string) (all []told, err error) {
	var n struct {
		Message struct {
			EventID    string
			ElementKey string
			Raw        map[string]json.RawMessage
			Events     []struct{ ObjectType, ObjectID, EventType string }
		}
	}
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, fmt.Errorf("a notification is not JSON: %w", err)
	}
	if webhook == "" || webhook != n.Message.EventID {
		return nil, fmt.Errorf("webhook-id %q, eventId %q, want the same", webhook, n.Message.EventID)
	}
	next := map[string]int{}
	for i, e := range n.Message.Events {
		t := told{key{n.Message.ElementKey, e.ObjectType, e.ObjectID, gone}, e.EventType}
		if e.EventType != "DELETED" {
			var records []json.RawMessage
			if err := json.Unmarshal(n.Message.Raw[e.ObjectType], &records); err != nil || next[e.ObjectType] >= len(records) {
				return all, fmt.Errorf("event %d of %s has no record", i, webhook)
			}
			if t.Version, err = versionOf(e.ObjectType, records[next[e.ObjectType]]); err != nil {
				return all, err
			}
			next[e.ObjectType]++
		}
		all = append(all, t)
	}
	return all, nil
}
