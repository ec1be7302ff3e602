package workshop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// play is what a run shows.
func (b *bench) play(ctx context.Context) error {
	in, err := b.create(ctx)
	if err != nil {
		return explain(err)
	}
	for _, w := range in.Warnings {
		b.screen.note("note: %s %s", w.Path, w.Message)
	}
	outcomes, err := b.first(ctx, in)
	if err != nil {
		return err
	}
	if err := b.show(ctx, "first poll", outcomes); err != nil {
		return err
	}
	if b.fake != nil {
		if err := b.second(ctx, in); err != nil {
			return err
		}
	}
	if b.run.Follow {
		b.screen.note("polling every minute; an interrupt ends it")
		<-ctx.Done()
	}
	return nil
}

// first waits for the first poll of each resource.
func (b *bench) first(ctx context.Context, in *engine.Instance) ([]engine.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, firstPolls)
	defer cancel()
	for {
		outcomes, err := b.engine.Polls(ctx, b.caller, in.ID, "", 100)
		if err != nil {
			return nil, err
		}
		slices.Reverse(outcomes)
		seen := map[string]bool{}
		var firsts []engine.Outcome
		for _, o := range outcomes {
			if !seen[o.Resource] {
				seen[o.Resource], firsts = true, append(firsts, o)
			}
		}
		if len(firsts) == len(in.Resources) {
			return firsts, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("the first polls did not end: %w", ctx.Err())
		}
	}
}

// second lets the fake provider's records change and polls again.
func (b *bench) second(ctx context.Context, in *engine.Instance) error {
	said, err := b.fake.change()
	if err != nil {
		return err
	}
	for _, line := range said {
		b.screen.note("the fake provider: %s", line)
	}
	var outcomes []engine.Outcome
	for _, r := range in.Resources {
		polled, err := b.engine.PollByHand(ctx, b.caller, in.ID, r.Name)
		if err != nil {
			return err
		}
		if polled.Outcome != nil {
			outcomes = append(outcomes, *polled.Outcome)
		}
	}
	return b.show(ctx, "second poll", outcomes)
}

// show prints outcomes, and waits until their events have arrived.
func (b *bench) show(ctx context.Context, name string, outcomes []engine.Outcome) error {
	var failed []string
	for _, o := range outcomes {
		b.screen.outcome(name, o)
		if o.Failed() {
			failed = append(failed, o.Resource)
		}
		if err := b.inbox.await(ctx, o.Resource, o.Created+o.Updated+o.Deleted, arriving); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s of %s failed", name, strings.Join(failed, ", "))
	}
	return nil
}
