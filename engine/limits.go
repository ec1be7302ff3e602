package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// limiter is that of the credential that an instance shows its provider. One that was in use before this start begins its long windows as if
// their burst were used.
func (e *Engine) limiter(in *instance.Instance, m sdk.Manifest) *egress.Limiter {
	rates := make([]egress.Rate, len(m.RateLimit))
	for i, r := range m.RateLimit {
		rates[i] = egress.Rate{Requests: r.Requests, Per: time.Duration(r.PerSeconds) * time.Second}
	}
	known := in.Created.Before(e.began.Truncate(time.Second))
	return e.limits.Limiter(providerRef(in).ID, rates, known)
}

// limitsTerm finds what was saved of limits at a stop.
var limitsTerm = store.Term{Name: "limits", Value: "all"}

func limitsKey(ref string) store.Key {
	return store.Key{Partition: store.PartitionOf("limits/" + ref), Name: "limits/" + ref}
}

// limitsAtOnce is how many are written at one time.
const limitsAtOnce = 500

// saveLimits stores how much of the limits is used, for the next start. Nothing more is sent by then.
func (e *Engine) saveLimits(ctx context.Context) error {
	var changes []store.Change
	for ref, saved := range e.limits.Save() {
		value, err := json.Marshal(saved)
		if err != nil {
			return err
		}
		changes = append(changes, store.Change{Puts: []store.Put{{Key: limitsKey(ref), Value: value, Index: []store.Term{limitsTerm}}}})
	}
	return e.commitAll(ctx, changes)
}

// restoreLimits takes back what the last stop stored, and deletes it: a start after a kill must not believe it.
func (e *Engine) restoreLimits(ctx context.Context) error {
	all := map[string]egress.Saved{}
	var changes []store.Change
	err := e.each(ctx, limitsTerm, func(rec store.Record) error {
		var s egress.Saved
		if json.Unmarshal(rec.Value, &s) == nil { // what cannot be read counts as used up
			all[strings.TrimPrefix(rec.Key.Name, "limits/")] = s
		}
		changes = append(changes, store.Change{Puts: []store.Put{{Key: rec.Key, Expect: rec.Version}}})
		return nil
	})
	if err = errors.Join(err, e.commitAll(ctx, changes)); err != nil {
		return err
	}
	e.limits.Restore(all)
	return nil
}

func (e *Engine) commitAll(ctx context.Context, changes []store.Change) error {
	for len(changes) > 0 {
		n := min(len(changes), limitsAtOnce)
		outcomes, err := e.store.Commit(ctx, changes[:n]...)
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			err = errors.Join(err, o.Err)
		}
		if err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

// Limits is how much an instance's credential has used of what its provider allows.
type Limits struct {
	Instance int64         `json:"instanceId"`
	Shared   []int64       `json:"sharedBy"` // the instances that use the same credential, this one among them
	Windows  []LimitWindow `json:"windows"`  // the shortest first; empty: the adapter declares none
	// Waiting are requests that wait for their turn: somebody waits, on the schedule, backfills.
	Waiting LimitWaiting  `json:"waiting"`
	Blocked *LimitBlock   `json:"blocked,omitempty"` // nothing is sent before
	Said    *ProviderSaid `json:"provider,omitempty"`
}

// LimitWindow is one limit that the adapter declares.
type LimitWindow struct {
	Limit     int       `json:"limit"` // requests
	Seconds   float64   `json:"perSeconds"`
	Used      int       `json:"used"`      // in the last window, as far as this server knows
	Remaining int       `json:"remaining"` // of it
	Next      time.Time `json:"next"`      // when the next request can be sent
}

// LimitWaiting is how many requests wait.
type LimitWaiting struct {
	Now      int `json:"now"`
	Live     int `json:"live"`
	Backfill int `json:"backfill"`
}

// LimitBlock is why nothing is sent, and until when.
type LimitBlock struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// ProviderSaid is what the provider last told of its limits by headers.
type ProviderSaid struct {
	At        time.Time `json:"at"`
	Limit     *int64    `json:"limit,omitempty"`
	Remaining *int64    `json:"remaining,omitempty"`
	Reset     time.Time `json:"reset,omitzero"`
}

// Limits tells how much of its provider's limits an instance has used. Errors: ErrNotFound.
func (e *Engine) Limits(ctx context.Context, caller Caller, id int64) (Limits, error) {
	in, err := e.Instance(ctx, caller, id)
	if err != nil {
		return Limits{}, err
	}
	shared, err := e.usersOf(ctx, in.Instance)
	if err != nil {
		return Limits{}, err
	}
	return viewLimits(id, shared, e.limiter(in.Instance, in.Element.Manifest).Usage()), nil
}

func viewLimits(id int64, shared []int64, u egress.Usage) Limits {
	milli := func(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
	l := Limits{Instance: id, Shared: shared, Windows: []LimitWindow{}}
	for _, w := range u.Windows {
		l.Windows = append(l.Windows, LimitWindow{w.Requests, w.Per.Seconds(), w.Used, max(w.Requests-w.Used, 0), milli(w.Next)})
	}
	l.Waiting = LimitWaiting{u.Waiting[egress.Now], u.Waiting[egress.Live], u.Waiting[egress.Backfill]}
	if !u.Blocked.IsZero() {
		l.Blocked = &LimitBlock{milli(u.Blocked), u.Why}
	}
	if s := u.Said; !s.At.IsZero() {
		l.Said = &ProviderSaid{At: milli(s.At), Reset: s.Reset.UTC()}
		if s.Limit >= 0 {
			l.Said.Limit = &s.Limit
		}
		if s.Remaining >= 0 {
			l.Said.Remaining = &s.Remaining
		}
	}
	return l
}
