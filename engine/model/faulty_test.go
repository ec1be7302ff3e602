package model

import (
	"time"

	"github.com/pollwright/pollwright/engine/store/faultstore"
)

// faulty has the store's calls go wrong when the script says so. Commits are counted in each poll.
type faulty struct {
	*faultstore.Store
	trouble map[int]trouble // by the number of the commit
	commits int             // of this poll, failed ones too
	writes  int             // that were applied
	unknown bool            // a commit of this poll was applied, and it does not know
}

// slowCommit is how long a slow commit takes: enough for mutations to come meanwhile.
const slowCommit = 3 * time.Second

// fate is the plan of the store.
func (w *world) fate(c faultstore.Call) faultstore.Fault {
	f := w.store
	if c.Changes == nil {
		if t, bad := f.trouble[f.commits]; bad && t == unreadable {
			return faultstore.Refused
		}
		return faultstore.None
	}
	t, bad := f.trouble[f.commits]
	f.commits++
	if !bad {
		t = troubles
	}
	switch t {
	case commitLost:
		w.refused(c.Changes)
		return faultstore.Refused
	case commitConflict:
		if len(c.Changes[0].Puts) == 0 { // there is nothing to be in conflict about
			f.writes++
		}
		w.refused(c.Changes)
		return faultstore.Conflict
	case commitApplied:
		f.unknown = true
		f.writes++
		return faultstore.Unknown
	case commitSlow:
		f.writes++
		return faultstore.Slow
	case rival:
		w.rival()
	}
	f.writes++
	return faultstore.None
}
