package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// redeliveryRow is its stored form, redelivery/<instance>/<id>.
type redeliveryRow struct {
	Format int `json:"format"`
	Redelivery
	// First come the dead letters, some of which are kept longer than anything else: up to which one they were looked at.
	Letter  string `json:"letter,omitempty"` // name of its record
	Letters bool   `json:"letters"`          // all of them were
	// Then what was delivered.
	After store.Seq `json:"after"` // all up to here were looked at
	End   store.Seq `json:"end"`   // all from here on were stored later than the job, those it sends among them
}

const (
	redeliveryFormat = 1
	redeliveriesKept = 20 // of an instance
)

// termRedelivering marks the record redelivering/<instance>, which there is while a redelivery of the instance runs; its value is the id.
var termRedelivering = store.Term{Name: "redelivering", Value: "all"}

func redeliveringKey(id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(name), Name: "redelivering/" + name}
}

func redeliveryPrefix(id int64) string { return "redelivery/" + idText(id) + "/" }

func redeliveryKey(id int64, job string) store.Key {
	return store.Key{Partition: store.PartitionOf(idText(id)), Name: redeliveryPrefix(id) + job}
}

func readRedelivery(rec store.Record) (row redeliveryRow, err error) {
	if err = json.Unmarshal(rec.Value, &row); err == nil && row.Format != redeliveryFormat {
		err = fmt.Errorf("format %d; this build reads format %d", row.Format, redeliveryFormat)
	}
	if err != nil {
		return row, fmt.Errorf("redelivery %s: %w", rec.Key.Name, err)
	}
	return row, nil
}

func (r redeliveryRow) put(expect store.Version) (store.Put, error) {
	value, err := json.Marshal(r)
	return store.Put{Key: redeliveryKey(r.Instance, r.ID), Expect: expect, Value: value}, err
}

func (e *Engine) redelivery(ctx context.Context, id int64, job string) (row redeliveryRow, version store.Version, err error) {
	key := redeliveryKey(id, job)
	if key.Check() != nil {
		return row, 0, ErrNotFound
	}
	records, err := e.store.Get(ctx, key)
	if err != nil {
		return row, 0, err
	}
	if records[0].Version == 0 {
		return row, 0, ErrNotFound
	}
	row, err = readRedelivery(records[0])
	return row, records[0].Version, err
}

func (e *Engine) redeliveryRecords(ctx context.Context, id int64) ([]store.Record, error) {
	return e.store.Scan(ctx, store.PartitionOf(idText(id)), redeliveryPrefix(id), store.Key{}, 2*redeliveriesKept)
}

func (r *redeliveryRow) end(state, reason string, now time.Time) {
	r.State, r.Error, r.Finished = state, reason, now.UTC().Truncate(time.Millisecond)
}

// commitRedelivery stores a step of a redelivery: what it sends, how far it is, and with its end that the next may begin.
func (e *Engine) commitRedelivery(ctx context.Context, row redeliveryRow, version store.Version, c store.Change) error {
	put, err := row.put(version)
	if err != nil {
		return err
	}
	c.Puts = append(c.Puts, put)
	if row.State != redeliveryRunning {
		records, err := e.store.Get(ctx, redeliveringKey(row.Instance))
		if err != nil {
			return err
		}
		if string(records[0].Value) == row.ID {
			c.Puts = append(c.Puts, store.Put{Key: records[0].Key, Expect: records[0].Version})
		}
	}
	out, err := store.One(e.store.Commit(ctx, c))
	if err == nil || !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrTooLarge) { // after any other error it may be stored
		e.sender.Take(c.Emit, out.Seqs)
	}
	return err
}

// tidyRedeliveries keeps the last redeliveriesKept.
func (e *Engine) tidyRedeliveries(ctx context.Context, id int64) error {
	records, err := e.redeliveryRecords(ctx, id)
	if err != nil {
		return err
	}
	for _, rec := range records[:max(0, len(records)-redeliveriesKept)] {
		if err := e.deleteRecords(ctx, rec.Key); err != nil {
			return err
		}
	}
	return nil
}

// dropRedeliveries deletes those of an instance that was deleted.
func (e *Engine) dropRedeliveries(ctx context.Context, id int64) error {
	records, err := e.redeliveryRecords(ctx, id)
	if err != nil {
		return err
	}
	keys := []store.Key{redeliveringKey(id)}
	for _, rec := range records {
		keys = append(keys, rec.Key)
	}
	return e.deleteRecords(ctx, keys...)
}
