package engine

import (
	"context"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// watches settles what becomes of each resource's checkpoint.
func (u *update) watches(ctx context.Context, in *instance.Instance, old *live, el Element) (puts []store.Put, err error) {
	account := otherAccount(in, old.Instance, el)
	watch := in.Watches + 1
	for n := range in.Resources {
		r := &in.Resources[n]
		before, ok := old.Resource(r.Name)
		why := account
		if ok && why == "" {
			_, why = r.SameWatch(before)
		}
		if ok && why == "" {
			r.Watch = before.Watch
			put, err := u.widen(ctx, in.ID, before, r)
			if err != nil {
				return nil, err
			}
			puts = append(puts, put...)
			continue
		}
		if r.Watch, in.Watches = watch, watch; ok {
			u.warnings = append(u.warnings, instance.Problem{Path: "configuration['" + instance.KeyResources + "']." + r.Name,
				Message: "begins anew, because it has " + why + ": what changed since its last poll is not told, what is there now is taken for known"})
		}
		first, err := u.firstCheckpoint(in, r)
		if err != nil {
			return nil, err
		}
		puts = append(puts, first)
	}
	ended, err := u.ended(ctx, in, old)
	return append(puts, ended...), err
}

// otherAccount says why all that was seen belongs to another account; "" if it does not.
func otherAccount(in, old *instance.Instance, el Element) string {
	if in.BaseURL != old.BaseURL {
		return "another " + instance.KeyBaseURL
	}
	for _, p := range el.Config {
		if p.Account && in.Configuration[p.Key] != old.Configuration[p.Key] {
			return "another " + p.Key
		}
	}
	return ""
}

// widen keeps a window that has become wider from reaching beyond what is remembered.
func (u *update) widen(ctx context.Context, id int64, before, after *instance.Resource) ([]store.Put, error) {
	was, err := before.Compile()
	if err != nil {
		return nil, err
	}
	is, err := after.Compile()
	if err != nil || is.Hash != nil || is.Rule.Window() <= was.Rule.Window() {
		return nil, err
	}
	records, err := u.store.Get(ctx, poll.CheckpointKey(id, before))
	if err != nil || records[0].Version == 0 {
		return nil, err
	}
	value, changed, err := change.Widen(records[0].Value, was.Rule, is.Rule)
	if err != nil || !changed {
		return nil, err
	}
	return []store.Put{{Key: records[0].Key, Expect: records[0].Version, Value: value}}, nil
}

// ended touches the checkpoints that are no longer used, so that a poll that is under way with one cannot store what it found, and lists them for
// deletion: they may be too large for one commit.
func (u *update) ended(ctx context.Context, in *instance.Instance, old *live) (puts []store.Put, err error) {
	for n := range old.Resources {
		was := &old.Resources[n]
		if is, ok := in.Resource(was.Name); ok && is.Watch == was.Watch {
			continue
		}
		key := poll.CheckpointKey(in.ID, was)
		records, err := u.store.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if rec := records[0]; rec.Version > 0 {
			puts = append(puts, store.Put{Key: key, Expect: rec.Version, Value: rec.Value})
			in.Dropped = append(in.Dropped, key.Name)
		}
	}
	return puts, nil
}
