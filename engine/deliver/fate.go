package deliver

import (
	"context"
	"fmt"

	"github.com/pollwright/pollwright/engine/store"
)

// State is what has become of one sending of a notification.
type State string

// The states. The first three are of rows that wait.
const (
	StateWaiting    State = "waiting"    // no attempt counts yet: its turn has not come, or its callback is in trouble
	StateRetrying   State = "retrying"   // its callback refused it, and it will be tried again
	StatePaused     State = "paused"     // its callback is paused
	StateDelivered  State = "delivered"  // its callback took it
	StateDeadLetter State = "deadletter" // it was given up and lies among the dead letters
	StateResent     State = "resent"     // it was given up and sent again: as another row of the same id
)

// States are all of them.
func States() []State {
	return []State{StateWaiting, StateRetrying, StatePaused, StateDelivered, StateDeadLetter, StateResent}
}

// Status is the platform's word for a state.
type Status string

// The platform's words. It has NEW and CONSUMED, too; nothing here is in these states: an event is stored before it can be seen, and what
// a receiver does with it is not known.
const (
	StatusReceived   Status = "RECEIVED"   // it waits, and no attempt counts yet
	StatusDispatched Status = "DISPATCHED" // its callback was tried and has not taken it: it is tried again, or was given up
	StatusNotified   Status = "NOTIFIED"   // its callback took it
)

// Fate is what has become of one sending of a notification.
type Fate struct {
	State    State
	Attempts []Logged // of this sending, newest first
	// Letter is the record of the dead letter in StateDeadLetter.
	Letter store.Key
	// Before: an earlier sending of the same notification was delivered.
	Before bool
}

// Status is the platform's word.
func (f Fate) Status() Status {
	switch {
	case f.State == StateDelivered:
		return StatusNotified
	case len(f.Attempts) == 0 && (f.State == StateWaiting || f.State == StatePaused):
		return StatusReceived
	}
	return StatusDispatched
}

// FateOf tells what has become of a notification; paused is the state of its callback. It reads the log of attempts, and looks among the
// dead letters if that does not end with a 2xx.
func FateOf(ctx context.Context, s store.Store, k store.Kept, paused bool) (Fate, error) {
	all, err := attempts(ctx, s, k.Lane.Instance, k.ID)
	if err != nil {
		return Fate{}, err
	}
	var f Fate
	for _, a := range all {
		switch {
		case a.seq == k.Seq || a.seq == 0 && a.At.Compare(k.Seq.Time()) >= 0:
			f.Attempts = append(f.Attempts, a)
		case a.seq < k.Seq && a.Delivered():
			f.Before = true
		}
	}
	switch tried := len(f.Attempts) > 0; {
	case k.Waiting && paused:
		f.State = StatePaused
	case k.Waiting && tried:
		f.State = StateRetrying
	case k.Waiting:
		f.State = StateWaiting
	case tried && f.Attempts[0].Delivered():
		f.State = StateDelivered
	default:
		return f, f.givenUp(ctx, s, k)
	}
	return f, nil
}

// givenUp tells a dead letter from one that was sent again. A row without any attempt was delivered: its log has expired.
func (f *Fate) givenUp(ctx context.Context, s store.Store, k store.Kept) error {
	letter, found, err := letterOf(ctx, s, k.Lane.Instance, k.ID)
	switch {
	case err != nil:
		return err
	case found && letter.seq == k.Seq:
		f.State, f.Letter = StateDeadLetter, letter.Key
	case len(f.Attempts) > 0:
		f.State = StateResent
	default:
		f.State = StateDelivered
	}
	return nil
}

// letterOf finds the dead letter of a notification, without its payload. There is one at most: it is sent again before it can be given up
// again.
func letterOf(ctx context.Context, s store.Store, instance, id string) (d DeadLetter, found bool, err error) {
	keys, err := s.Find(ctx, store.Term{Name: TermDeadLetterID, Value: id}, store.Key{}, 8)
	if err != nil {
		return d, false, fmt.Errorf("find dead letter: %w", err)
	}
	for _, key := range keys {
		if !isLetterOf(key, instance) {
			continue
		}
		records, err := s.Get(ctx, key)
		if err != nil {
			return d, false, fmt.Errorf("read dead letter: %w", err)
		}
		if records[0].Version == 0 { // sent again meanwhile
			continue
		}
		d, err = readLetter(records[0])
		return d, err == nil, err
	}
	return d, false, nil
}
