package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// settle draws the consequences of an attempt: the row is dropped, or the callback is set back, or the row is refused.
func (s *Sender) settle(ctx context.Context, l *lane, row store.Notification, target Target, a Attempt, answer Answer) {
	if a.Delivered() {
		s.cfg.OnAttempt(a)
		s.queue.succeed(l)
		l.receipt = &receipt{seq: row.Seq, load: loadOf(row), entry: a.entry(l.key, row.Seq, s.cfg.History)}
		s.acknowledge(ctx, l)
		return
	}
	told := retryAfter(answer.Header, time.Now())
	switch s.queue.judge(l, a.blame(answer)) {
	case setback:
		s.cfg.OnAttempt(a)
		s.setBack(ctx, l, a, told)
	case refusal:
		l.refusals++
		a.Refusals = l.refusals
		s.cfg.OnAttempt(a)
		s.refuse(ctx, l, row, target, a, told)
	case moot:
		s.cfg.OnAttempt(a)
		s.queue.postpone(l, troubled, 0)
	}
}

// setBack lets the lane wait until its callback is better. It writes nothing, and the notification is none the worse for it.
func (s *Sender) setBack(ctx context.Context, l *lane, a Attempt, told time.Duration) {
	since, faults, paused := s.queue.setBack(l, a, s.cfg.Backoff, told, s.cfg.PauseAfter)
	log := s.cfg.Logger.Debug
	if faults == 1 {
		log = s.cfg.Logger.Warn
	}
	log("delivery failed, the callback will be tried again", s.about(a)...)
	if paused {
		s.tellPause(ctx, Pause{
			Instance: a.Instance, At: time.Now(), Since: since, Faults: faults, Reason: s.pauseReason(a, since), Status: a.Status, Fault: a.Fault,
		})
	}
}

// refuse lets the lane wait for another attempt of the same row, or gives the row up when its retries are used up. The rows behind it in
// the lane wait too (Invariant 8).
func (s *Sender) refuse(ctx context.Context, l *lane, row store.Notification, target Target, a Attempt, told time.Duration) {
	s.cfg.Logger.Warn("delivery failed, the notification was refused", s.about(a)...)
	waits := s.retries(target)
	switch {
	case a.Refusals <= len(waits):
		wait := max(jitter(waits[a.Refusals-1]), told)
		s.remember(ctx, l, row, a, wait)
		s.queue.postpone(l, troubled, wait)
	case target.Order == OrderStrict:
		if s.queue.pause(l) {
			s.tellPause(ctx, Pause{
				Instance: a.Instance, At: time.Now(), Since: a.At, Faults: a.Refusals, Status: a.Status, Fault: a.Fault,
				Reason: fmt.Sprintf("notification %s was refused %d times, and strict order lets none pass it", a.Notification, a.Refusals),
			})
		}
	default:
		l.letter = newLetter(row, a, s.cfg.History, time.Now())
		s.bury(ctx, l)
	}
}

// countTime is how much longer than until the next attempt a refusal is kept at least: a process may be down meanwhile.
const countTime = 24 * time.Hour

// remember logs a refusal, so that the next process goes on counting. If it cannot, that process begins anew.
func (s *Sender) remember(ctx context.Context, l *lane, row store.Notification, a Attempt, wait time.Duration) {
	err := s.commit(ctx, store.Change{Log: []store.Entry{a.entry(l.key, row.Seq, max(s.cfg.History, wait+countTime))}})
	if err != nil {
		s.cfg.Logger.Warn("attempt is not logged", "instance", a.Instance, "event", a.Notification, "err", err)
	}
}

// takeUp goes on with the retries of a row that an earlier process counted. It tells whether the lane was given back: the row is not due,
// or cannot be looked up.
func (s *Sender) takeUp(ctx context.Context, l *lane, row store.Notification, target Target) bool {
	entries, err := s.cfg.Store.History(ctx, HistoryKey(l.key.Instance, row.ID), "", 1)
	if err != nil {
		s.stumble(ctx, l, "attempts cannot be read", err)
		return true
	}
	l.old = false
	if len(entries) == 0 {
		return false
	}
	var last attemptRow
	if err := json.Unmarshal(entries[0].Value, &last); err != nil {
		s.cfg.Logger.Warn("log of an attempt cannot be read, retries begin anew", "instance", l.key.Instance, "event", row.ID, "err", err)
		return false
	}
	if last.Refusals == 0 || last.Seq != row.Seq || last.Lane != l.key.Number {
		return false
	}
	l.attempts, l.refusals = last.Number, last.Refusals
	waits := s.retries(target)
	if last.Refusals > len(waits) {
		return false
	}
	wait := time.Until(time.UnixMilli(last.At).Add(waits[last.Refusals-1]))
	if wait <= 0 {
		return false
	}
	s.queue.postpone(l, troubled, min(wait, waits[last.Refusals-1])) // a clock that was set back does not make it longer
	return true
}

func (s *Sender) about(a Attempt) []any {
	return []any{"instance", a.Instance, "resource", a.Resource, "event", a.Notification, "attempt", a.Number, "status", a.Status,
		"fault", string(a.Fault), "err", a.Err}
}
