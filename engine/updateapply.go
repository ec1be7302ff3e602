package engine

import (
	"context"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/schedule"
)

// apply has the running engine work by what was stored.
func (u *update) apply(ctx context.Context, in *instance.Instance, old *live, authorized bool) error {
	id, name := in.ID, idText(in.ID)
	u.lives.forget(id)
	for n := range old.Resources {
		if is, ok := in.Resource(old.Resources[n].Name); !ok || is.Watch != old.Resources[n].Watch {
			u.streaks.success(name + "/" + old.Resources[n].Name)
			u.scheduler.RemoveItem(id, old.Resources[n].Name)
		}
	}
	u.reschedule(ctx, in, old)
	u.sender.Refresh(name)
	if old.Credential() != in.Credential() && old.Credential() != "" {
		if err := u.dropUnused(ctx, providerRef(old.Instance)); err != nil {
			u.log.Warn("shared credential of a changed instance not looked after", "instance", id, "err", err) // the keeper will
		}
	}
	if len(in.Dropped) > 0 {
		if err := u.dropCheckpoints(ctx, id); err != nil {
			u.log.Warn("former checkpoints of a changed instance not removed yet", "instance", id, "err", err) // the keeper will
		}
	}
	if authorized {
		return u.authorizedAgain(ctx, in)
	}
	return nil
}

// reschedule puts on the schedule what is polled now, and takes off what is not.
func (u *update) reschedule(ctx context.Context, in *instance.Instance, old *live) {
	if !in.Polled() {
		u.scheduler.Remove(in.ID)
		return
	}
	stopped, err := u.stopped(ctx, in.ID)
	if err != nil {
		u.log.Error("changed instance not scheduled", "instance", in.ID, "err", err)
		return
	}
	if stopped != nil {
		return
	}
	for n := range in.Resources {
		r := &in.Resources[n]
		before, ok := old.Resource(r.Name)
		if ok && before.Watch == r.Watch && old.Polled() && old.Events.Interval == in.Events.Interval {
			if _, scheduled := u.scheduler.Next(in.ID, r.Name); scheduled {
				continue
			}
		}
		item := schedule.Item{Instance: in.ID, Resource: r.Name, Interval: in.Events.Interval}
		if err := u.scheduler.Add(item, schedule.Now); err != nil {
			u.log.Error("resource not scheduled", "instance", in.ID, "resource", r.Name, "err", err)
		}
	}
}
