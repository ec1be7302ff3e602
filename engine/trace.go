package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/poll"
)

// Trace is told of a piece of work as it begins: what it is, since when (zero: now) and what it is about. It returns the context of the work
// that belongs to it, and what to call when it has ended. It must not block, and may be called by many goroutines at once. The pieces:
//
//	poll     one poll of a resource
//	step     in a poll: one call of the adapter
//	fetch    in a poll: one request to the provider
//	detect   in a poll: the comparison of a page with the checkpoint
//	commit   in a poll: the storing of it; "events" are the webhook ids of what it tells
//	deliver  one attempt to deliver the notification "event"; it belongs to no other, for it may come days later
//
// Nothing of what it is told is a secret or a record; a poll's fault has the provider's words.
type Trace = poll.Trace

// tracePoll begins a poll's, and ends it with its outcome.
func (e *Engine) tracePoll(ctx context.Context, job poll.Job) (context.Context, func(poll.Outcome, error)) {
	ctx, end := e.config.Trace(ctx, "poll", time.Time{}, slog.Int64("instance", job.Instance.ID), slog.String("element", job.Instance.Element), slog.String("resource", job.Resource.Name))
	return ctx, func(o poll.Outcome, err error) {
		found := []slog.Attr{
			slog.String("poll", o.ID), slog.Int("records", o.Records), slog.Int("pages", o.Pages), slog.Int("requests", o.Requests),
			slog.Int("created", o.Created), slog.Int("updated", o.Updated), slog.Int("deleted", o.Deleted),
		}
		if o.Failed() {
			err = traced(o.Error.Kind)
			found = append(found, slog.String("fault", o.Error.Message)) // without the instance's secrets
		}
		end(err, found...)
	}
}

// traced is a fault in a word.
type traced string

func (t traced) Error() string { return string(t) }

// wordOf is a word for an error whose text is from outside.
func wordOf(err error, word traced) error {
	if err == nil {
		return nil
	}
	return word
}

// attempted is told each attempt after it was made.
func (e *Engine) attempted(a deliver.Attempt) {
	e.metrics.attempted(a)
	_, end := e.config.Trace(context.Background(), "deliver", a.At, slog.String("instance", a.Instance), slog.String("resource", a.Resource),
		slog.String("event", a.Notification), slog.Int("events", a.Events), slog.Int("attempt", a.Number))
	var err error
	if !a.Delivered() {
		err = traced(a.Fault)
	}
	end(err, slog.Int("status", a.Status))
}
