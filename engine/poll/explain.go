package poll

import (
	"context"
	"fmt"
	"time"
)

// explainRows bounds how much of the change log one explanation reads: a poll of 100,000 changes has 2,500 rows.
const (
	explainRows  = 10_000
	explainBatch = 200
)

// Explained is what is known of a poll that told something.
type Explained struct {
	Outcome *Outcome        // nil if it is not kept any more
	Window  Window          // that the changes were judged by
	Changes map[string]Told // those that were asked for, by event id
}

// Explain finds what decided about events of a poll: at is its time as its notifications have it (milliseconds), events are the ids. What has
// expired is missing.
func (j *Journal) Explain(ctx context.Context, instanceID int64, resource string, at time.Time, events []string) (Explained, error) {
	wanted := map[string]bool{}
	for _, id := range events {
		wanted[id] = true
	}
	found := Explained{Changes: map[string]Told{}}
	from, before := pollsFrom(at), pollsFrom(at.Add(time.Millisecond))
	pollID := ""
	for read := 0; read < explainRows && len(found.Changes) < len(wanted); read += explainBatch {
		rows, last, err := toldRows(ctx, j.store, instanceID, before, explainBatch)
		if err != nil {
			return found, err
		}
		for _, row := range rows {
			if row.Resource != resource || row.Poll < from {
				continue
			}
			for _, c := range row.Changes {
				if wanted[c.EventID] {
					found.Changes[c.EventID], found.Window, pollID = c, row.Window, row.Poll
				}
			}
		}
		if len(rows) < explainBatch || last < from {
			break
		}
		before = last
	}
	if pollID == "" {
		return found, nil
	}
	outcome, err := j.outcome(ctx, instanceID, pollID)
	found.Outcome = outcome
	return found, err
}

// outcome finds one by its id; nil if it is not kept.
func (j *Journal) outcome(ctx context.Context, instanceID int64, id string) (*Outcome, error) {
	list, err := j.List(ctx, instanceID, id+"~", 1)
	if err != nil || len(list) == 0 || list[0].ID != id {
		return nil, err
	}
	return &list[0], nil
}

// pollsFrom is below the ids of all polls from a time on, and above those before it; see NewID. Rows of the change log begin with their poll's.
func pollsFrom(at time.Time) string { return fmt.Sprintf("%016x", at.UnixMicro()) }
