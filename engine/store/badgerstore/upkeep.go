package badgerstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Run keeps the folder small until ctx ends: every Config.Sweep (and once soon after the start) it deletes what was dropped longer ago than
// Config.History, and gives back the disk of what was deleted: of the value log by files, of the tree if that is much. It keeps memory small too:
// caches, and pages of the value log. Commits go on meanwhile. It returns nil: a round that does not succeed is told to the logger and comes
// again; a commit that fails is told by Failed, as ever. A compaction that has begun is not cut off by the end of ctx: that can take seconds
// in a folder of some gigabytes. A kill does no harm.
func (s *Store) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var memory sync.WaitGroup
	defer memory.Wait()
	defer stop()
	memory.Go(func() { repeat(ctx, letGoEvery, s.lighten) })
	memory.Go(func() { repeat(ctx, fitEvery, func() bool { s.fitCaches(); return true }) })
	u := upkeep{Store: s}
	for wait := s.every / 10; ; wait = s.every {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		err := u.round(ctx)
		switch {
		case errors.Is(err, store.ErrClosed):
			return nil
		case err != nil && ctx.Err() == nil:
			s.log.Info("folder not cleaned, trying again", "wait", s.every, "err", err)
		}
	}
}

// repeat does something every so often until ctx ends, or until it returns false.
func repeat(ctx context.Context, every time.Duration, do func() bool) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !do() {
			return
		}
	}
}

// upkeep is the state of Run.
type upkeep struct {
	*Store
	searched time.Time     // when the last search for garbage ended
	took     time.Duration // it, and what came of it
}

// restful is how many times as long as a search for garbage took the next is put off: its share of the time is bounded, however large the
// folder is.
const restful = 20

func (u *upkeep) round(ctx context.Context) error {
	gone, err := u.sweep(ctx)
	if err != nil {
		return err
	}
	u.log.Debug("swept", "notifications", gone)
	if err := u.collect(ctx); err != nil {
		return err
	}
	if !u.searched.IsZero() && time.Since(u.searched) < restful*u.took {
		return nil
	}
	start := time.Now()
	defer func() { u.searched, u.took = time.Now(), time.Since(start) }()
	much, err := u.wasteful(ctx)
	if err != nil || !much {
		return err
	}
	before := u.Size()
	if err := u.reclaim(ctx); err != nil {
		return err
	}
	u.log.Info("folder compacted", "from", before, "to", u.Size(), "took", time.Since(start).Round(time.Millisecond))
	return nil
}
