package poll

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

const (
	// mostRecalled bounds how many changes a rewind remembers, the last ones: about 20 MB, read within a second. For those before them the
	// dates decide.
	mostRecalled = 200_000
	// mostRecallRows bounds how many rows of the log are read for it, those of other resources included.
	mostRecallRows = 100_000
	// recallSlack: a change may have been seen that long before the date that its record carries.
	recallSlack = 24 * time.Hour
)

// recalled is what the change log tells of a resource, by hashes.
type recalled struct {
	kinds   map[[2]uint64]change.Kind // by object and version
	objects map[uint64]bool
}

// loadRecall reads what was told of a resource since an instant.
func loadRecall(ctx context.Context, s store.Store, job Job, since time.Time) (change.Recall, error) {
	all := recalled{map[[2]uint64]change.Kind{}, map[uint64]bool{}}
	oldest, before := NewID(since.Add(-recallSlack)), ""
	for looked := 0; len(all.kinds) < mostRecalled && looked < mostRecallRows; {
		rows, last, err := toldRows(ctx, s, job.Instance.ID, before, 200)
		if err != nil {
			return nil, storeFault("read change log", err)
		}
		for _, row := range rows {
			if row.Resource == job.Resource.Name {
				all.add(row.Changes)
			}
		}
		if len(rows) == 0 || last < oldest {
			break
		}
		before, looked = last, looked+len(rows)
	}
	return all.recall, nil
}

func (r recalled) add(changes []Told) {
	for _, c := range changes {
		key := [2]uint64{hashText(c.ObjectID), hashText(c.Version)}
		if _, newer := r.kinds[key]; !newer {
			r.kinds[key] = c.Kind
		}
		r.objects[key[0]] = true
	}
}

// recall is a change.Recall.
func (r recalled) recall(objectID, version string) (change.Kind, bool) {
	object := hashText(cut(objectID))
	return r.kinds[[2]uint64{object, hashText(version)}], r.objects[object]
}

func hashText(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}
