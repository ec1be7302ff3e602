package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// What Badger 4.9.6 does with what was deleted: a deletion is a row of its own, and frees the disk of the row it deletes when a compaction
// meets both. Compactions come with writes. So a folder that was filled and then drained, and is written to little, stays as large as it was.
const (
	roomy     = 256 << 20 // bytes of the tree that are not worth a search
	tolerated = 4         // times the bytes of what is alive
	// Of the value log, which is not rewritten with the tree: the tree, which must be, is small beside it.
	roomyApart     = 96 << 20
	toleratedApart = 2
	countKeys      = 20_000 // of one step of the search, which reads as of one moment
)

// volume is what rows take on the disk.
type volume struct {
	tree  int64
	apart int64 // in the value log
}

// wasteful tells whether either holds much more than is alive. It counts that only in a folder that is large, and no longer than it must.
func (s *Store) wasteful(ctx context.Context) (bool, error) {
	all := volume{tree: occupied(s.dir, ".sst"), apart: occupied(s.dir, ".vlog")}
	if all.tree <= roomy && all.apart <= roomyApart {
		return false, nil
	}
	live, err := s.alive(ctx, func(live volume) bool { return !all.wastes(live) })
	return err == nil && all.wastes(live), err
}

// Live is about how many bytes of Size are rows that can be read; the rest are logs, deleted and overwritten rows, tables' indexes. It reads
// every key, not the values: about a second for a million rows.
func (s *Store) Live(ctx context.Context) (int64, error) {
	live, err := s.alive(ctx, func(volume) bool { return false })
	return live.tree + live.apart, err
}

// alive counts what can be read, until it is enough.
func (s *Store) alive(ctx context.Context, enough func(volume) bool) (live volume, err error) {
	for at := head(0, 0, 0); at != nil && !enough(live); {
		if at, err = s.count(ctx, at, &live); err != nil {
			return volume{}, err
		}
	}
	return live, nil
}

func (v volume) wastes(live volume) bool {
	return v.tree > max(roomy, tolerated*live.tree) || v.apart > max(roomyApart, toleratedApart*live.apart)
}

// count adds the rows of one step, and tells where the next begins: nil = there is none.
func (s *Store) count(ctx context.Context, from []byte, live *volume) (next []byte, err error) {
	err = s.view(ctx, "search for garbage", func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		n := 0
		for it.Seek(from); it.Valid(); it.Next() {
			if n++; n > countKeys {
				next = it.Item().KeyCopy(nil)
				return nil
			}
			if size := it.Item().EstimatedSize(); liesApart(it.Item()) {
				live.apart += size
			} else {
				live.tree += size
			}
		}
		return ctx.Err()
	})
	return next, err
}

// liesApart tells whether an item's row is in the value log. What Badger estimates of such a row has more about it than its key.
func liesApart(item *badger.Item) bool {
	return item.EstimatedSize()-item.ValueSize() > item.KeySize()
}

// reclaim has Badger compact the whole folder. Flatten does nothing while all tables are in the first level and are too few for a compaction:
// so there must be enough.
func (s *Store) reclaim(ctx context.Context) error {
	for n := 0; n == 0 || n <= s.db.Opts().NumLevelZeroTables && s.shallow(); n++ {
		if err := s.turn(ctx); err != nil {
			return err
		}
	}
	// Badger keeps what a transaction could still read: one that ends now is the last that could.
	if err := s.view(ctx, "compact", func(*badger.Txn) error { return nil }); err != nil {
		return err
	}
	if err := s.flatten(ctx); err != nil {
		return err
	}
	return s.collect(ctx)
}

func (s *Store) flatten(ctx context.Context) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.db.Flatten(2); err != nil {
		return fmt.Errorf("store %s: compact: %w", s.dir, err)
	}
	return nil
}

// shallow tells whether all tables are in the first level.
func (s *Store) shallow() bool {
	return !slices.ContainsFunc(s.db.Levels()[1:], func(l badger.LevelInfo) bool { return l.NumTables > 0 })
}

// collect rewrites files of the value log that are garbage by half. Badger knows of garbage what compactions have met.
func (s *Store) collect(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = s.collectOne(ctx); err != nil {
			return err
		}
	}
	return nil
}

// collectOne rewrites a file: what is alive in it goes to the end of the log, in a commit of Badger's own.
func (s *Store) collectOne(ctx context.Context) (more bool, err error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if err := errors.Join(ctx.Err(), s.group.room.check()); err != nil {
		return false, err
	}
	err = s.db.RunValueLogGC(0.5)
	if errors.Is(err, badger.ErrNoRewrite) || errors.Is(err, badger.ErrRejected) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store %s: collect the value log: %w", s.dir, err)
	}
	return true, nil
}

// turnRow is what the rows are called that fill a log. They are behind all others.
const turnRow = "turn"

// turn brings into the tree what lies in the log, or Flatten would not see it: Badger does so when the log is full, and has no call for it. So
// the log is filled, by steps between the commits of others. A row before all others makes what is then compacted reach over the whole tree:
// rows that have expired lie in its last level until a compaction meets them.
func (s *Store) turn(ctx context.Context) error {
	const rows = 1000 // of a commit
	filler := make([]byte, inline-1)
	before := newestLog(s.dir, logExt)
	for range int(s.db.Opts().MemTableSize)/(rows*len(filler)) + 2 {
		if newestLog(s.dir, logExt) > before {
			break
		}
		if err := s.write(ctx, fillers(rows, filler)); err != nil {
			return err
		}
	}
	if err := s.write(ctx, fillers(rows, nil)); err != nil {
		return err
	}
	return s.flushed(ctx, before)
}

// fillers are rows that fill a log, or without a value what takes them away.
func fillers(n int, value []byte) []row {
	rows := []row{{key: head(0, 0, 0), value: plainRow(nil)}}
	for i := range n {
		rows = append(rows, row{key: ownKey(fmt.Sprint(turnRow, i)), value: value})
	}
	return rows
}

// flushed waits until a log and those before it are in the tree. Badger removes their files then; it has no call that waits.
func (s *Store) flushed(ctx context.Context, log int) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for oldestLog(s.dir, logExt) <= log {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.fault.ch:
			return s.fault.err
		case <-look.C:
		}
	}
	return nil
}

// write commits rows like a change.
func (s *Store) write(ctx context.Context, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	outcomes, err := s.submit(ctx, &request{plans: []plan{{rows: rows}}, outcomes: make([]store.Outcome, 1), done: make(chan struct{})})
	if err != nil {
		return err
	}
	return outcomes[0].Err
}
