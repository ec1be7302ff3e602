package deliver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Sender brings the rows of the outbox to their callbacks: in order within a lane, many lanes at once.
type Sender struct {
	cfg     Config
	queue   *queue
	spool   *spool
	started atomic.Bool
	posting atomic.Int64
}

// New checks the configuration and reports all its faults. Nothing runs before Run.
func New(cfg Config) (*Sender, error) {
	cfg = cfg.defaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("deliver: %w", err)
	}
	q := newQueue(cfg.CacheBytes)
	q.workers, q.hostWorkers, q.hostEvery = cfg.Workers, min(cfg.HostWorkers, cfg.Workers), interval(cfg.HostRate)
	s := &Sender{cfg: cfg, queue: q, spool: newSpool(cfg.High, cfg.Low, cfg.OnLow)}
	q.emptied = s.spool.empty
	return s, nil
}

// Wake hands over rows that were just committed. It never waits and may be called before Run. Call it in the order of the commits of one
// resource; those of different resources may come in any order. No seqs means that there may be rows, unknown which (a commit whose
// outcome was lost): the lane is then looked at from its beginning.
func (s *Sender) Wake(lane store.Lane, seqs []store.Seq) { s.queue.wake(lane, seqs) }

// Refresh tells that the configuration of an instance changed: its lanes forget their troubles and ask for their target now.
func (s *Sender) Refresh(instance string) { s.queue.refresh(instance) }

// Run delivers until ctx ends, then lets the requests in flight finish within Config.Grace, commits what they brought, and returns nil
// when all it started has ended. What was woken or stored before is sent first. It runs once; a second call is an error.
func (s *Sender) Run(ctx context.Context) error {
	if s.started.Swap(true) {
		return errStarted
	}
	if !s.rebuild(ctx) {
		return nil
	}
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var running sync.WaitGroup
	for range s.cfg.Workers {
		running.Go(func() { s.serve(working) })
	}
	running.Go(func() { s.queue.tick(ctx) })

	<-ctx.Done()
	s.queue.close()
	grace := time.AfterFunc(max(s.cfg.Grace, 0), cancel)
	defer grace.Stop()
	running.Wait()
	return nil
}

// rebuild finds the lanes that waited in the store. It tries until it succeeds; false means that ctx ended first.
func (s *Sender) rebuild(ctx context.Context) bool {
	for n := 1; ; n++ {
		backlogs, err := s.cfg.Store.Backlogs(ctx)
		if err == nil {
			s.spool.fill(backlogs)
			s.queue.load(backlogs)
			return true
		}
		if ctx.Err() == nil {
			s.cfg.Logger.Error("outbox cannot be listed", "attempt", n, "err", err)
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(s.cfg.Backoff.delay(n)):
		}
	}
}

// serve is one worker: a turn of one lane after the other, until the queue is closed. No error ends it (Invariant 5).
func (s *Sender) serve(ctx context.Context) {
	for l := s.queue.take(); l != nil; l = s.queue.take() {
		s.turn(ctx, l)
	}
}
