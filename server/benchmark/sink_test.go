package benchmark

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// told is what has arrived of a group: events, and the sum of their objects' ids. Latencies are from the provider's answer to the arrival, of
// the events since the last reset.
type told struct {
	Requests, Events int64
	Sum              uint64
	P50, P99, Max    time.Duration
}

// sink takes notifications at /{group} and answers 200 at once.
type sink struct {
	mu     sync.Mutex
	groups map[string]*tally
}

type tally struct {
	told
	late []time.Duration
}

func serveSink() {
	s := &sink{groups: map[string]*tally{}}
	serveHTTP(s.take, s.obey)
}

func (s *sink) group(name string) *tally {
	if s.groups[name] == nil {
		s.groups[name] = &tally{}
	}
	return s.groups[name]
}

func (s *sink) obey(o order) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(o.Group)
	if t := g.told; !o.Reset {
		return t
	}
	t := g.told
	if slices.Sort(g.late); len(g.late) > 0 {
		at := func(part float64) time.Duration { return g.late[int(part*float64(len(g.late)-1))] }
		t.P50, t.P99, t.Max = at(0.5), at(0.99), at(1)
	}
	g.late = g.late[:0]
	return t
}

func (s *sink) take(target string, body []byte) reply {
	now := time.Now().UnixNano()
	var events int64
	var sum uint64
	numbers(body, `"objectId":"`, func(id uint64) { events, sum = events+1, sum+id })
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(strings.TrimPrefix(target, "/"))
	g.Requests, g.Events, g.Sum = g.Requests+1, g.Events+events, g.Sum+sum
	numbers(body, `"stamp":"`, func(at uint64) { g.late = append(g.late, time.Duration(now-int64(at))) })
	return reply{"text/plain", []byte("ok")}
}

// numbers finds all that stand behind a word.
func numbers(body []byte, word string, do func(uint64)) {
	for {
		_, rest, found := bytes.Cut(body, []byte(word))
		if !found {
			return
		}
		digits, _, _ := bytes.Cut(rest[:min(len(rest), 24)], []byte(`"`))
		if n, err := strconv.ParseUint(string(digits), 10, 64); err == nil {
			do(n)
		}
		body = rest
	}
}
