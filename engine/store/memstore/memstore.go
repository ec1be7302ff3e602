package memstore

import (
	"context"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Store is a store.Store in memory. One mutex makes every call a moment of its own. It keeps what was dropped until it is erased.
type Store struct {
	now func() time.Time

	mu      sync.Mutex
	closed  bool
	last    store.Seq
	records map[store.Key]record
	chunks  map[store.Key]map[string][]byte
	entries map[store.Key]map[string]store.Entry
	lanes   map[store.Lane]map[store.Seq]store.Notification
	kept    map[string]map[store.Seq]store.Notification // by instance; those in lanes among them
}

type record struct {
	version store.Version
	value   []byte
	terms   []store.Term
}

var _ store.Store = (*Store)(nil)

// New makes an empty store. now is asked when entries are written and read, and for sequence numbers; nil = time.Now.
func New(now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{
		now:     now,
		records: map[store.Key]record{},
		chunks:  map[store.Key]map[string][]byte{},
		entries: map[store.Key]map[string]store.Entry{},
		lanes:   map[store.Lane]map[store.Seq]store.Notification{},
		kept:    map[string]map[store.Seq]store.Notification{},
	}
}

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	outcomes := make([]store.Outcome, len(changes))
	for i, c := range changes {
		if err := s.admit(c); err != nil {
			outcomes[i].Err = err
			continue
		}
		outcomes[i].Seqs = s.apply(c)
	}
	return outcomes, nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// enter begins a call; unlock ends it.
func (s *Store) enter(ctx context.Context) (unlock func(), err error) {
	s.mu.Lock()
	if s.closed {
		err = store.ErrClosed
	} else {
		err = ctx.Err()
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return s.mu.Unlock, nil
}
