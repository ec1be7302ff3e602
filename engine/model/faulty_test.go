package model

import (
	"context"

	"github.com/pollwright/pollwright/engine/store"
)

// faulty is a store whose commits and reads go wrong when the script says so.
type faulty struct {
	store.Store
	trouble map[int]trouble // by the number of the commit
	commits int             // of this poll, failed ones too
	writes  int             // that were applied
	unknown bool            // a commit of this poll was applied, and it does not know
	rival   func()          // polls the same resource meanwhile
	refused func(changes []store.Change)
}

func (f *faulty) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	t, bad := f.trouble[f.commits]
	f.commits++
	switch {
	case bad && t == commitLost:
		f.refused(changes)
		return nil, errBroken
	case bad && t == commitApplied:
		if _, err := f.Store.Commit(ctx, changes...); err != nil {
			return nil, err
		}
		f.writes++
		f.unknown = true
		return nil, errBroken
	case bad && t == rival:
		f.rival()
	}
	f.writes++
	return f.Store.Commit(ctx, changes...)
}

func (f *faulty) Get(ctx context.Context, keys ...store.Key) ([]store.Record, error) {
	if f.trouble[f.commits] == unreadable && len(f.trouble) > 0 {
		return nil, errBroken
	}
	return f.Store.Get(ctx, keys...)
}
