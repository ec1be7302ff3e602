package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Terms of the records of dead letters, beside their order by instance and time: those of all instances, and those of a notification id.
const (
	TermDeadLetter   = "deadletter"    // value "all"
	TermDeadLetterID = "deadletter-id" // value: the webhook-id
)

// DeadLetter is a notification that was given up: its callback refused it until its retries were used up.
type DeadLetter struct {
	Key          store.Key // of the record
	Instance     string
	Lane         store.Lane
	Notification string // the webhook-id
	Meta         Meta
	At           time.Time // when it was given up; milliseconds
	Attempts     int
	Status       int // of the last attempt; 0 = no answer
	Fault        Fault
	Size         int    // of the payload, bytes
	Payload      []byte // from ReadDeadLetter only

	version store.Version
	seq     store.Seq // of the row that it was
	meta    []byte
}

// letterRow is the stored form of a dead letter, version 1 (testdata/deadletter.v1.golden). The record's name is
// deadletter/<instance>/<Unix milliseconds, 16 digits>/<webhook-id>; its chunks are the payload, in order, of at most store.MaxValue bytes.
type letterRow struct {
	Version  int       `json:"v"`
	ID       string    `json:"id"`
	Lane     uint16    `json:"lane"`
	Seq      store.Seq `json:"seq"`
	Meta     []byte    `json:"meta"`
	At       int64     `json:"at"` // Unix milliseconds
	Attempts int       `json:"attempts"`
	Status   int       `json:"status"`
	Fault    Fault     `json:"fault"`
	Size     int       `json:"size"`
}

// letter is a dead letter in the hand of its lane until its commit is durable.
type letter struct {
	seq    store.Seq
	load   Load
	change store.Change
	told   DeadLetter
}

func letterPrefix(instance string) string { return "deadletter/" + instance + "/" }

func isLetterOf(key store.Key, instance string) bool {
	return strings.HasPrefix(key.Name, letterPrefix(instance))
}

func letterKey(instance string, at time.Time, id string) store.Key {
	return store.Key{
		Partition: store.PartitionOf(instance),
		Name:      fmt.Sprintf("%s%016d/%s", letterPrefix(instance), max(at.UnixMilli(), 0), id),
	}
}

// newLetter is the commit that moves a row from the outbox to the dead letters: all of it or nothing (Invariant 1).
func newLetter(row store.Notification, last Attempt, keep time.Duration, now time.Time) *letter {
	instance := row.Lane.Instance
	value, _ := json.Marshal(letterRow{ // numbers, bytes and text always encode
		Version: 1, ID: row.ID, Lane: row.Lane.Number, Seq: row.Seq, Meta: row.Meta, At: now.UnixMilli(),
		Attempts: last.Number, Status: last.Status, Fault: last.Fault, Size: len(row.Payload),
	})
	key := letterKey(instance, now, row.ID)
	c := store.Change{
		Puts: []store.Put{{Key: key, Value: value, Index: []store.Term{{Name: TermDeadLetter, Value: "all"}, {Name: TermDeadLetterID, Value: row.ID}}}},
		Drop: []store.Drop{{Lane: row.Lane, Seq: row.Seq}},
		Log:  []store.Entry{last.entry(row.Lane, row.Seq, keep)},
	}
	for n, rest := 0, row.Payload; len(rest) > 0; n++ {
		size := min(len(rest), store.MaxValue)
		c.Side = append(c.Side, store.Chunk{Key: key, ID: fmt.Sprintf("%06d", n), Value: rest[:size]})
		rest = rest[size:]
	}
	told, _ := readLetter(store.Record{Key: key, Version: 1, Value: value}) // an unreadable meta leaves its fields empty
	return &letter{row.Seq, loadOf(row), c, told}
}

func readLetter(rec store.Record) (DeadLetter, error) {
	var row letterRow
	if err := json.Unmarshal(rec.Value, &row); err != nil {
		return DeadLetter{}, fmt.Errorf("dead letter %s: %w", rec.Key.Name, err)
	}
	if row.Version != 1 {
		return DeadLetter{}, fmt.Errorf("dead letter %s: version %d; this build reads version 1", rec.Key.Name, row.Version)
	}
	instance, _, _ := strings.Cut(strings.TrimPrefix(rec.Key.Name, "deadletter/"), "/")
	meta, _ := ReadMeta(row.Meta) // it can be seen and sent again without
	return DeadLetter{
		Key: rec.Key, Instance: instance, Lane: store.Lane{Instance: instance, Number: row.Lane}, Notification: row.ID, Meta: meta,
		At: time.UnixMilli(row.At).UTC(), Attempts: row.Attempts, Status: row.Status, Fault: row.Fault, Size: row.Size,
		version: rec.Version, seq: row.Seq, meta: row.Meta,
	}, nil
}

// bury makes a dead letter durable; then the lane goes on. A conflict says that an earlier try of the same commit was applied.
func (s *Sender) bury(ctx context.Context, l *lane) {
	err := s.commit(ctx, l.letter.change)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		s.stumble(ctx, l, "dead letter is not stored, will be retried", err)
		return
	}
	told, seq := l.letter.told, l.letter.seq
	s.spool.drain(l.key.Instance, l.letter.load)
	s.cfg.Logger.Warn("notification given up", "instance", told.Instance, "resource", told.Meta.Resource, "event", told.Notification,
		"attempt", told.Attempts, "status", told.Status, "fault", string(told.Fault))
	s.cfg.OnDeadLetter(told)
	s.queue.dropped(l, seq, 1)
	s.queue.put(l)
}
