package poll

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// MarkMove is a move of a resource's mark.
type MarkMove struct {
	ID   string    `json:"id"` // sorts by time; that of the poll, if it was one
	Time time.Time `json:"time"`
	From time.Time `json:"from,omitzero"` // zero = there was none
	To   time.Time `json:"to"`
	By   string    `json:"by"`               // "poll" or "user"
	User int64     `json:"userId,omitempty"` // of a rewind
}

// Who moves a mark.
const (
	ByPoll = "poll"
	ByUser = "user"
)

// rewindRow is a row of the log of rewinds, which lies beside the journal: an idle poll moves no mark and writes nothing, and every other has
// its outcome in the journal, with the mark before and after.
type rewindRow struct {
	Resource string `json:"resource"`
	MarkMove
}

func rewindsKey(instanceID int64) store.Key {
	id := strconv.FormatInt(instanceID, 10)
	return store.Key{Partition: store.PartitionOf(id), Name: "rewinds/" + id}
}

// Rewound is the row that tells of a rewind, for the commit that makes it.
func (j *Journal) Rewound(instanceID int64, resource string, m MarkMove) (store.Entry, error) {
	value, err := json.Marshal(rewindRow{resource, m})
	return store.Entry{Key: rewindsKey(instanceID), ID: m.ID, Value: value, Expires: m.Time.Add(j.keep)}, err
}

// Bounds of Moves: rows of the journal that one call looks at, and how many at a time; rewinds of an instance that it knows, the last ones.
const (
	movesLook   = 10_000
	movesStep   = 500
	mostRewinds = 1000
)

// Moves lists up to n moves of a resource's mark with id < before ("" = from the newest), newest first, as long as outcomes are kept, and the
// before of the next page ("" = none). A page may be short, or empty, and have a next one.
func (j *Journal) Moves(ctx context.Context, instanceID int64, resource, before string, n int) (list []MarkMove, next string, err error) {
	last := before
	for looked, ended := 0, false; !ended && len(list) <= n && looked < movesLook; {
		entries, err := j.store.History(ctx, journalKey(instanceID), last, movesStep)
		if err != nil {
			return nil, "", err
		}
		for _, e := range entries {
			last = e.ID
			var o Outcome
			if err := json.Unmarshal(e.Value, &o); err != nil {
				return nil, "", fmt.Errorf("journal of instance %d: %w", instanceID, err)
			}
			if o.Resource == resource && !o.Mark.After.IsZero() && !o.Mark.After.Equal(o.Mark.Before) {
				list = append(list, MarkMove{ID: o.ID, Time: o.Time, From: o.Mark.Before, To: o.Mark.After, By: ByPoll})
			}
		}
		looked += len(entries)
		if ended = len(entries) < movesStep; ended {
			last = ""
		}
	}
	rewinds, err := j.rewinds(ctx, instanceID, resource, before, last)
	if err != nil {
		return nil, "", err
	}
	list = append(list, rewinds...)
	slices.SortFunc(list, func(a, b MarkMove) int { return strings.Compare(b.ID, a.ID) })
	if len(list) > n {
		return list[:n], list[n-1].ID, nil
	}
	return list, last, nil
}

// rewinds are those with after <= id < before.
func (j *Journal) rewinds(ctx context.Context, instanceID int64, resource, before, after string) (list []MarkMove, err error) {
	entries, err := j.store.History(ctx, rewindsKey(instanceID), before, mostRewinds)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		var row rewindRow
		if err := json.Unmarshal(e.Value, &row); err != nil {
			return nil, fmt.Errorf("rewinds of instance %d: %w", instanceID, err)
		}
		if row.Resource == resource && e.ID >= after {
			list = append(list, row.MarkMove)
		}
	}
	return list, nil
}
