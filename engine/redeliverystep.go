package engine

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// advance looks at the next notifications of a job and gathers what is to be committed for them.
func (r *redeliveries) advance(ctx context.Context, row *redeliveryRow, c *climb) (store.Change, error) {
	filter, err := row.Filter.parse()
	if err != nil { // it was stored by another build
		row.end(redeliveryFailed, err.Error(), r.config.Now())
		return store.Change{}, nil
	}
	if !row.Letters {
		return r.advanceLetters(ctx, row, c, filter)
	}
	rows, reached, err := c.Read(ctx, r.store, idText(row.Instance), row.After, row.End, c.rows)
	if err != nil {
		return store.Change{}, err
	}
	var part part
	for _, k := range rows {
		change, err := r.consider(ctx, row, k, filter)
		if err != nil {
			return store.Change{}, err
		}
		if !part.add(change) {
			reached = row.After
			break
		}
		row.After = k.Seq
	}
	row.After, row.Sent = max(row.After, reached), row.Sent+len(part.Emit)
	row.Reached = row.After.Time().Truncate(time.Millisecond)
	if row.After+1 >= row.End {
		row.Reached = time.Time{}
		row.end(redeliveryDone, "", r.config.Now())
	}
	return part.Change, nil
}

// advanceLetters looks at the next dead letters: those given up before the job began, for it may be that what it sends is given up again.
func (r *redeliveries) advanceLetters(ctx context.Context, row *redeliveryRow, c *climb, filter deliver.Filter) (store.Change, error) {
	instance := idText(row.Instance)
	after := store.Key{}
	if row.Letter != "" {
		after = store.Key{Partition: store.PartitionOf(instance), Name: row.Letter}
	}
	letters, err := deliver.DeadLetters(ctx, r.store, instance, time.Time{}, after, c.rows)
	if err != nil {
		return store.Change{}, err
	}
	var part part
	row.Letters = len(letters) < c.rows
	for _, d := range letters {
		if d.At.After(row.Started) {
			row.Letters = true
			break
		}
		if found, wanted := deliver.MatchLetter(d, filter); wanted {
			change, err := r.again(ctx, row, found)
			if err != nil {
				return store.Change{}, err
			}
			if !part.add(change) {
				row.Letters = false
				break
			}
		}
		row.Letter = d.Key.Name
	}
	row.Sent += len(part.Emit)
	return part.Change, nil
}

// consider decides about one notification. Of several sendings of one only the first that was delivered is sent again, so that a job does
// not send what another job has sent.
func (r *redeliveries) consider(ctx context.Context, row *redeliveryRow, k store.Kept, filter deliver.Filter) (store.Change, error) {
	found, wanted, err := deliver.Match(ctx, r.store, k, filter, false)
	if err != nil || !wanted {
		return store.Change{}, err
	}
	switch state := found.Fate.State; {
	case state == deliver.StateResent, state == deliver.StateDeadLetter, state == deliver.StateDelivered && found.Meta.Redelivery && found.Fate.Before:
		return store.Change{}, nil
	}
	return r.again(ctx, row, found)
}

// again counts what cannot be sent again: it waits, or is kept no more.
func (r *redeliveries) again(ctx context.Context, row *redeliveryRow, found deliver.Listed) (store.Change, error) {
	change, err := deliver.Again(ctx, r.store, found)
	if errors.Is(err, deliver.ErrWaits) || errors.Is(err, deliver.ErrNoNotification) {
		row.Skipped++
		return store.Change{}, nil
	}
	return change, err
}

// part is what one step commits.
type part struct {
	store.Change
	size int // bytes of its payloads
}

// add takes a change in unless that makes the part too large.
func (p *part) add(c store.Change) bool {
	size := 0
	for _, n := range c.Emit {
		size += len(n.Payload)
	}
	if size > 0 && p.size > 0 && p.size+size > redeliverBytes {
		return false
	}
	p.size += size
	p.Puts, p.Emit = append(p.Puts, c.Puts...), append(p.Emit, c.Emit...)
	return true
}
