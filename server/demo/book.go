package demo

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// book keeps what arrived, by element, and shows it.
type book struct {
	screen *screen
	news   chan struct{} // has one element when something arrived since it was last emptied

	mu      sync.Mutex
	shelves map[string]*shelf
}

// shelf is what came of one provider.
type shelf struct {
	*provider
	events  []event
	refused []string

	seq    int64                // how far changed has read the ledger
	change map[string]time.Time // when a state came to be, by identity
	seen   map[string]bool      // identities that arrived
}

func newBook(s *screen, providers []*provider) *book {
	b := &book{screen: s, news: make(chan struct{}, 1), shelves: map[string]*shelf{}}
	for _, p := range providers {
		b.shelves[p.key] = &shelf{provider: p, change: map[string]time.Time{}, seen: map[string]bool{}}
	}
	return b
}

// take notes events in the order of their arrival.
func (b *book) take(element string, events []event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shelves[element]
	for _, e := range events {
		s.events = append(s.events, e)
		b.screen.event(s.provider, e, s.sight(e))
	}
	b.tell()
}

// sighting is what can be said of an event when it arrives.
type sighting struct {
	age      time.Duration // since the change; negative if the ledger does not know it
	repeated bool
}

func (s *shelf) sight(e event) sighting {
	for _, entry := range s.kit.Ledger.After(s.seq, 0) {
		s.change[identity(entry.Resource, entry.ID, entry.Record)] = entry.At.Time
		s.seq = entry.Seq
	}
	name := identity(s.collections[e.ObjectType].resource, e.ObjectID, e.Record)
	at, known := s.change[name]
	seen := sighting{age: -1, repeated: s.seen[name]}
	if s.seen[name] = true; known {
		seen.age = e.At.Sub(at)
	}
	return seen
}

// refuse notes a notification whose signature is wrong; misread one that is not what was promised.
func (b *book) refuse(element string, err error)  { b.reject(element, "refused", err) }
func (b *book) misread(element string, err error) { b.reject(element, "not understood", err) }

func (b *book) reject(element, what string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shelves[element]
	s.refused = append(s.refused, fmt.Sprintf("a notification was %s: %v", what, err))
	b.screen.trouble(s.provider, s.refused[len(s.refused)-1])
	b.tell()
}

func (b *book) tell() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// compare holds what arrived of a provider against what it testifies.
func (b *book) compare(p *provider) *finding {
	b.mu.Lock()
	s := b.shelves[p.key]
	events, refused := slices.Clone(s.events), slices.Clone(s.refused)
	b.mu.Unlock()
	// After the events: what arrived is then in the ledger that they are held against.
	f := compare(truth{p.key, p.collections, p.kit.Ledger.After(0, 0), p.base, p.reads()}, events)
	f.Refused = len(refused)
	f.problems = append(f.problems, refused...)
	return f
}
