package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// liveInstances bounds how many instances are kept ready in memory; others are read when they are due.
const liveInstances = 10_000

// live is an instance ready for work: read, its resources compiled. It is never changed.
type live struct {
	*instance.Instance
	version store.Version
	plans   map[string]*instance.Plan // by resource
}

// lives keeps the instances that were used lately.
type lives struct {
	store store.Store
	mu    sync.Mutex
	byID  map[int64]*live
	gen   uint64 // raised by forget, so that a reading under way is not kept
}

func newLives(s store.Store) *lives { return &lives{store: s, byID: map[int64]*live{}} }

// idText is an id as keys, lanes and the scheduler have it.
func idText(id int64) string { return strconv.FormatInt(id, 10) }

func parseID(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

func instanceKey(id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(name), Name: "instance/" + name}
}

// get reads an instance, from memory if it is there. It returns ErrNotFound for one that does not exist.
func (l *lives) get(ctx context.Context, id int64) (*live, error) {
	l.mu.Lock()
	found, gen := l.byID[id], l.gen
	l.mu.Unlock()
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
	in, err := readInstance(records[0])
	if err != nil {
		return nil, fmt.Errorf("instance %d: %w", id, err)
	}
	l.keep(in, gen)
	return in, nil
}

func readInstance(rec store.Record) (*live, error) {
	in := &live{Instance: &instance.Instance{}, version: rec.Version, plans: map[string]*instance.Plan{}}
	if err := json.Unmarshal(rec.Value, in.Instance); err != nil {
		return nil, err
	}
	for n := range in.Resources {
		plan, err := in.Resources[n].Compile()
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
	if len(l.byID) >= liveInstances {
		for victim := range l.byID { // any one: it is read again when it is due
			delete(l.byID, victim)
			break
		}
	}
	l.byID[in.ID] = in
}

// forget drops an instance that was changed or deleted.
func (l *lives) forget(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byID, id)
	l.gen++
}
