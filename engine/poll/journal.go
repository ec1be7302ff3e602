package poll

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

const (
	// keepIdle is how many idle outcomes of a resource are remembered, in memory only: an idle poll writes nothing.
	keepIdle = 20
	// idleResources, idleOutcomes and idleHours bound that memory: of many resources each has a smaller share. An outcome takes 0.7 KB.
	idleResources = 5000
	idleOutcomes  = 20_000
	idleHours     = 10_000
)

// Journal keeps the outcomes of polls: the telling ones in the store, the last idle ones in memory.
type Journal struct {
	store store.Store
	keep  time.Duration
	log   *slog.Logger

	mu     sync.Mutex
	idle   map[idleKey][]Outcome
	hours  map[idleKey]hours
	clocks map[idleKey]time.Time // the provider's, at the last poll that ended well
	steady map[idleKey]bool      // the last poll did not fail
}

type idleKey struct {
	instance int64
	resource string
}

// NewJournal opens the journal over a store. It keeps outcomes that changed, warned or failed, the log of changes and that of rewinds for so long
// after they were stored.
func NewJournal(s store.Store, keep time.Duration, log *slog.Logger) *Journal {
	return &Journal{store: s, keep: keep, log: log, idle: map[idleKey][]Outcome{}, hours: map[idleKey]hours{}, clocks: map[idleKey]time.Time{}, steady: map[idleKey]bool{}}
}

func journalKey(instanceID int64) store.Key {
	id := strconv.FormatInt(instanceID, 10)
	return store.Key{Partition: store.PartitionOf(id), Name: "polls/" + id}
}

func (j *Journal) entry(o Outcome, value []byte) store.Entry {
	end := o.Time.Add(time.Duration(o.Duration) * time.Millisecond)
	return store.Entry{Key: journalKey(o.Instance), ID: o.ID, Value: value, Expires: end.Add(max(j.keep, o.needed()))}
}

// Record keeps the outcome of a poll that committed nothing of its own. A journal that cannot be written does not fail the poll.
func (j *Journal) Record(ctx context.Context, o Outcome) {
	if o.Idle() {
		j.remember(o)
		return
	}
	entries, err := j.rows(o)
	if err == nil {
		_, err = store.One(j.store.Commit(ctx, store.Change{Log: entries}))
	}
	if err != nil {
		j.log.Warn("poll outcome not kept", "instance", o.Instance, "resource", o.Resource, "err", err)
	}
}

// rows are an outcome's own row and those of the idle polls before it.
func (j *Journal) rows(o Outcome) ([]store.Entry, error) {
	value, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	folded, err := j.fold(idleKey{o.Instance, o.Resource})
	return append(folded, j.entry(o, value)), err
}

func (j *Journal) remember(o Outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	o.scrub, o.latenesses = nil, nil // what they hold is more than the outcome
	key := idleKey{o.Instance, o.Resource}
	makeRoom(j.idle, key)
	j.idle[key] = push(j.idle[key], o, share(idleOutcomes, len(j.idle), keepIdle))
	makeRoom(j.hours, key)
	j.hours[key] = j.hours[key].count(o, share(idleHours, len(j.hours), foldHours))
}

// share is how much of a whole each of some has, but no more than the most.
func share(whole, among, most int) int { return max(1, min(most, whole/max(among, 1))) }

// push adds an element, and drops the oldest that are more than the most.
func push[T any](ring []T, one T, most int) []T {
	if over := len(ring) + 1 - most; over > 0 {
		kept := copy(ring, ring[over:])
		clear(ring[kept:])
		ring = ring[:kept]
	}
	if ring = append(ring, one); cap(ring) > 2*most {
		return slices.Clone(ring)
	}
	return ring
}

func keyOf(job Job) idleKey { return idleKey{job.Instance.ID, job.Resource.Name} }

// clock is the provider's clock at the resource's last poll that ended well; zero if it was not since the start.
func (j *Journal) clock(job Job) time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.clocks[keyOf(job)]
}

func (j *Journal) setClock(job Job, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	makeRoom(j.clocks, keyOf(job))
	j.clocks[keyOf(job)] = at
}

// isSteady says whether the resource's last poll did not fail; false if that is not known.
func (j *Journal) isSteady(job Job) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.steady[keyOf(job)]
}

func (j *Journal) setSteady(job Job, steady bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !steady {
		delete(j.steady, keyOf(job))
		return
	}
	makeRoom(j.steady, keyOf(job))
	j.steady[keyOf(job)] = true
}

// makeRoom bounds a map of conveniences: any one entry goes when a new one comes to a full map.
func makeRoom[V any](m map[idleKey]V, key idleKey) {
	if _, known := m[key]; known || len(m) < idleResources {
		return
	}
	for victim := range m {
		delete(m, victim)
		return
	}
}

// List returns up to n outcomes of an instance with id < before ("" = from the newest), newest first. Idle polls come one by one while they
// are in memory, and folded into one row an hour (Polls tells how many) after.
func (j *Journal) List(ctx context.Context, instanceID int64, before string, n int) ([]Outcome, error) {
	entries, err := j.store.History(ctx, journalKey(instanceID), before, n)
	if err != nil {
		return nil, err
	}
	outcomes := j.remembered(instanceID, before)
	for _, e := range entries {
		var o Outcome
		if err := json.Unmarshal(e.Value, &o); err != nil {
			return nil, err
		}
		outcomes = append(outcomes, o)
	}
	slices.SortFunc(outcomes, func(a, b Outcome) int { return strings.Compare(b.ID, a.ID) })
	return outcomes[:min(n, len(outcomes))], nil
}

func (j *Journal) remembered(instanceID int64, before string) (outcomes []Outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for key, ring := range j.idle {
		if key.instance != instanceID {
			continue
		}
		for _, o := range ring {
			if before == "" || o.ID < before {
				outcomes = append(outcomes, o)
			}
		}
	}
	return outcomes
}

// Forget drops what is remembered of an instance that was deleted.
func (j *Journal) Forget(instanceID int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	forget(j.idle, instanceID)
	forget(j.hours, instanceID)
	forget(j.clocks, instanceID)
	forget(j.steady, instanceID)
}

func forget[V any](m map[idleKey]V, instanceID int64) {
	maps.DeleteFunc(m, func(key idleKey, _ V) bool { return key.instance == instanceID })
}
