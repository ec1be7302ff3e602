package poll

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// foldHours is how many hours of idle polls of a resource wait in memory for the next row, at most; older ones are forgotten.
const foldHours = 24

// hours counts the idle polls of one resource, by hour. An idle poll writes nothing; they are folded into one row an hour when another
// row of the resource is written anyway.
type hours []hour

type hour struct {
	start   time.Time
	outcome Outcome // of the first of them; Polls is their number
	dirty   bool
}

// count adds an idle poll, and forgets hours that are more than the most.
func (h hours) count(o Outcome, most int) hours {
	start := o.Time.Truncate(time.Hour)
	if n := len(h); n > 0 && h[n-1].start.Equal(start) {
		h[n-1].outcome.Polls++
		h[n-1].outcome.Records += o.Records
		h[n-1].outcome.Known += o.Known
		h[n-1].dirty = true
		return h
	}
	o.ID, o.Polls = foldID(start, o.Resource), 1
	return push(h, hour{start, o, true}, most)
}

// foldID is the same for all polls of a resource in an hour, so that the row is replaced when more are folded into it. It sorts by time
// among the ids of single polls.
func foldID(start time.Time, resource string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(resource))
	return fmt.Sprintf("%016x%08x", start.UnixMicro(), h.Sum32())
}

// fold gives the rows of the idle polls that no row tells of yet. The hour that is not over stays, to be counted on.
func (j *Journal) fold(key idleKey) (entries []store.Entry, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := j.hours[key]
	for i := range all {
		if !all[i].dirty {
			continue
		}
		value, err := json.Marshal(all[i].outcome)
		if err != nil {
			return nil, fmt.Errorf("encode idle polls: %w", err)
		}
		o := all[i].outcome
		entries = append(entries, store.Entry{Key: journalKey(o.Instance), ID: o.ID, Value: value, Expires: all[i].start.Add(time.Hour + j.keep)})
		all[i].dirty = false
	}
	if n := len(all); n > 1 {
		j.hours[key] = append(hours(nil), all[n-1])
	}
	return entries, nil
}
