package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// Store is a store.Store in a folder. Make it with Open.
type Store struct {
	dir     string
	now     func() time.Time
	history time.Duration
	every   time.Duration // of Run's rounds
	log     *slog.Logger
	db      *badger.DB
	held    *os.File // the lock
	seen    *witness
	fault   *fault
	group   *committer

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup

	closing sync.Once
	closeIt error
}

var _ store.Store = (*Store)(nil)

// start makes the store and starts its committer, the one goroutine of this package. Close ends it and waits for it.
func start(cfg Config, db *badger.DB, held *os.File, seen *witness, f *fault, last store.Seq) *Store {
	s := &Store{
		dir: cfg.Dir, now: cfg.Now, history: cfg.History, every: cfg.Sweep, log: cfg.Logger, db: db, held: held, seen: seen, fault: f,
		group: newCommitter(cfg, db, seen, f, last),
	}
	s.group.pages.advise()
	s.fitCaches()
	go s.group.run()
	return s
}

// Failed is closed when a commit did not become durable, or may not have: stop the process then and open the store anew. The reason is
// Err's. A store that has failed answers every call with it; what it held in memory is not to be believed.
func (s *Store) Failed() <-chan struct{} { return s.fault.ch }

// Err is why the store has failed; nil while it has not.
func (s *Store) Err() error { return s.fault.get() }

// Commit implements store.Store. ctx ends the wait for a place in the queue only: what is queued is committed, and the caller is told
// what became of it. An outcome that is unknown although the store works would be handed to nobody.
func (s *Store) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if len(changes) == 0 {
		return []store.Outcome{}, nil
	}
	return s.submit(ctx, newRequest(changes, s.now()))
}

// submit hands a request to the committer and waits for its end. The caller has entered.
func (s *Store) submit(ctx context.Context, r *request) ([]store.Outcome, error) {
	select {
	case s.group.queue <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	<-r.done
	return r.outcomes, r.err
}

// Close implements store.Store: it waits for running calls and for the committer, then closes the folder and gives back its lock. On a full disk
// the folder stays open, and the process is to end: what was committed is there at the next start.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closeIt = s.close() })
	return s.closeIt
}

func (s *Store) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	s.group.stop()
	if err := s.group.room.check(); err != nil {
		if s.fault.get() == nil {
			s.log.Warn("the store is left as a kill would leave it: to close it would write", "err", err)
		}
		return nil
	}
	if err := errors.Join(s.db.Close(), s.seen.close(), s.held.Close()); err != nil {
		return fmt.Errorf("store %s: close: %w", s.dir, err)
	}
	return nil
}

// enter begins a call, leave ends it. Between them the folder stays open.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, store.ErrClosed
	}
	if err := s.fault.get(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.running.Add(1)
	return s.running.Done, nil
}
