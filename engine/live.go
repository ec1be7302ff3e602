package engine

import (
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// liveInstances bounds how many instances are kept ready in memory, some 4 KB each; others are read when they are due, which is a small part of
// a poll.
const liveInstances = 2000

// live is an instance ready for work: read, its resources compiled. It is never changed, but for what it keeps of its target.
type live struct {
	*instance.Instance
	version store.Version
	plans   map[string]*instance.Plan // by resource
	target  atomic.Pointer[keptTarget]
}

// lives keeps the instances that were used last.
type lives struct {
	store store.Store
	plans *instance.Plans
	most  int
	mu    sync.Mutex
	byID  map[int64]*list.Element
	used  *list.List // of *live, the latest used first
	gen   uint64     // raised by forget, so that a reading under way is not kept
}

func newLives(s store.Store, most int) *lives {
	return &lives{store: s, plans: instance.NewPlans(), most: most, byID: map[int64]*list.Element{}, used: list.New()}
}

// idText is an id as keys, lanes and the scheduler have it.
func idText(id int64) string { return strconv.FormatInt(id, 10) }

func parseID(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

// instancePrefix begins the names of the records of instances, and of no others.
const instancePrefix = "instance/"

func instanceKey(id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(name), Name: instancePrefix + name}
}

// get reads an instance, from memory if it is there. It returns ErrNotFound for one that does not exist.
func (l *lives) get(ctx context.Context, id int64) (*live, error) {
	found, gen := l.kept(id)
	if found != nil {
		return found, nil
	}
	records, err := l.store.Get(ctx, instanceKey(id))
	if err != nil {
		return nil, err
	}
	if records[0].Version == 0 {
		return nil, ErrNotFound
	}
	in, err := l.read(records[0])
	if err != nil {
		return nil, fmt.Errorf("instance %d: %w", id, err)
	}
	l.keep(in, gen)
	return in, nil
}

func (l *lives) kept(id int64) (*live, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byID[id]
	if e == nil {
		return nil, l.gen
	}
	l.used.MoveToFront(e)
	return e.Value.(*live), l.gen
}

func (l *lives) read(rec store.Record) (*live, error) {
	in := &live{Instance: &instance.Instance{}, version: rec.Version, plans: map[string]*instance.Plan{}}
	if err := json.Unmarshal(rec.Value, in.Instance); err != nil {
		return nil, err
	}
	for n := range in.Resources {
		plan, err := l.plans.Of(&in.Resources[n])
		if err != nil {
			return nil, fmt.Errorf("resource %s: %w", in.Resources[n].Name, err)
		}
		in.plans[in.Resources[n].Name] = plan
	}
	return in, nil
}

func (l *lives) keep(in *live, gen uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if gen != l.gen {
		return
	}
	l.drop(in.ID)
	l.byID[in.ID] = l.used.PushFront(in)
	if l.used.Len() > l.most {
		l.drop(l.used.Back().Value.(*live).ID)
	}
}

// forget drops an instance that was changed or deleted.
func (l *lives) forget(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(id)
	l.gen++
}

func (l *lives) drop(id int64) {
	if e := l.byID[id]; e != nil {
		delete(l.byID, id)
		l.used.Remove(e)
	}
}
