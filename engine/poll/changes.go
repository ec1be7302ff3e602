package poll

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// perRow is how many changes one row of the change log holds at most. Each row is a write beside the events; with texts of maxText bytes that JSON
// makes six times as long, a row stays below store.MaxValue.
const perRow = 40

// Told is a change as the log keeps it, with what decided about it.
type Told struct {
	EventID  string      `json:"eventId"`
	ObjectID string      `json:"objectId"`
	Kind     change.Kind `json:"eventType"`
	Version  string      `json:"version"`
	Date     time.Time   `json:"date"`
	change.Why
}

// ToldRow is a row of the change log: changes of one poll.
type ToldRow struct {
	Poll     string `json:"pollId"`
	Resource string `json:"resource"`
	Window   Window `json:"window"`
	Changes  []Told `json:"changes"`
}

func changesKey(instanceID int64) store.Key {
	id := strconv.FormatInt(instanceID, 10)
	return store.Key{Partition: store.PartitionOf(id), Name: "changes/" + id}
}

// maxText bounds what the log keeps of a text that came from outside: a row has a bound, and an id or a date has none.
const maxText = 256

func told(event string, c change.Change) Told {
	why := change.Why{Updated: cut(c.Why.Updated), Created: cut(c.Why.Created), Rule: c.Why.Rule}
	return Told{event, cut(c.ObjectID), c.Kind, c.Version, c.Date, why}
}

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "..."
}

// toldRows are the rows for the changes that wait, for the commit that tells them.
func (r *run) toldRows() ([]store.Entry, error) {
	window := Window{From: r.det.since(), To: r.det.clock()}
	entries := make([]store.Entry, 0, (len(r.pending)+perRow-1)/perRow)
	row := ToldRow{Poll: r.out.ID, Resource: r.job.Resource.Name, Window: window, Changes: make([]Told, 0, min(len(r.pending), perRow))}
	for from := 0; from < len(r.pending); from += perRow {
		row.Changes = row.Changes[:0]
		for _, c := range r.pending[from:min(from+perRow, len(r.pending))] {
			row.Changes = append(row.Changes, told(c.Event, c))
		}
		value, err := json.Marshal(row)
		if err != nil {
			return nil, fmt.Errorf("encode change log: %w", err)
		}
		entries = append(entries, store.Entry{
			Key: changesKey(r.job.Instance.ID), ID: fmt.Sprintf("%s-%06d", r.out.ID, r.rows), Value: value, Expires: r.Now().Add(r.Journal.keep),
		})
		r.rows++
	}
	return entries, nil
}

// Changes returns up to n rows of the change log of an instance with id < before ("" = from the newest), newest first, and the id of the last.
func (j *Journal) Changes(ctx context.Context, instanceID int64, before string, n int) (rows []ToldRow, last string, err error) {
	return toldRows(ctx, j.store, instanceID, before, n)
}

func toldRows(ctx context.Context, s store.Store, instanceID int64, before string, n int) (rows []ToldRow, last string, err error) {
	entries, err := s.History(ctx, changesKey(instanceID), before, n)
	if err != nil {
		return nil, "", err
	}
	for _, e := range entries {
		var row ToldRow
		if err := json.Unmarshal(e.Value, &row); err != nil {
			return nil, "", fmt.Errorf("change log of instance %d: %w", instanceID, err)
		}
		rows, last = append(rows, row), e.ID
	}
	return rows, last, nil
}
