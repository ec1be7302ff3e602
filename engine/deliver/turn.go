package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// commitTimeout bounds the commit of an acknowledgement. It also bounds how much longer than Config.Grace a stop can take.
const commitTimeout = 5 * time.Second

// receipt is a 2xx in the hand of the lane until its commit is durable.
type receipt struct {
	seq   store.Seq
	load  Load
	entry store.Entry
}

// turn serves the first row of a lane once and gives the lane back. ctx ends with the grace of a stop.
func (s *Sender) turn(ctx context.Context, l *lane) {
	switch {
	case l.receipt != nil:
		s.acknowledge(ctx, l)
		return
	case l.letter != nil:
		s.bury(ctx, l)
		return
	}
	row, found, err := s.first(ctx, l)
	if err != nil {
		s.stumble(ctx, l, "outbox cannot be read", err)
		return
	}
	if !found {
		s.queue.put(l)
		return
	}
	if s.queue.gate(l) {
		return
	}
	target, err := s.cfg.Targets.Target(ctx, l.key.Instance)
	switch {
	case errors.Is(err, ErrGone):
		s.discard(ctx, l)
	case err != nil:
		s.stumble(ctx, l, "callback cannot be looked up", err)
	case !target.ready():
		l.parked++
		s.queue.postpone(l, parked, s.cfg.Recheck.delay(l.parked))
	case target.Paused:
		l.parked = 0
		s.queue.pause(l)
	default:
		l.parked = 0
		s.deliver(ctx, l, row, target)
	}
}

// first is the first waiting row of the lane. It reads behind the last dropped row, never from the beginning of the outbox.
func (s *Sender) first(ctx context.Context, l *lane) (store.Notification, bool, error) {
	if row, ok := s.queue.peek(l); ok {
		return row, true, nil
	}
	after, n := s.queue.plan(l)
	rows, err := s.cfg.Store.Outbox(ctx, l.key, after, n)
	if err != nil {
		s.queue.unread(l)
		return store.Notification{}, false, err
	}
	s.queue.keep(l, rows, n)
	if len(rows) == 0 {
		return store.Notification{}, false, nil
	}
	return rows[0], true, nil
}

// deliver makes one attempt and settles it.
func (s *Sender) deliver(ctx context.Context, l *lane, row store.Notification, target Target) {
	l.try(row.Seq)
	if l.old && s.takeUp(ctx, l, row, target) {
		return
	}
	if !s.queue.admit(l, target) {
		return
	}
	attempt, answer, err := s.attempt(ctx, l, row, target)
	s.queue.leave(l)
	if err != nil {
		s.stumble(ctx, l, "notification cannot be signed", err)
		return
	}
	if attempt.Err != nil && ctx.Err() != nil {
		s.queue.put(l) // Invariant 5: we hung up, so it is no attempt.
		return
	}
	l.attempts++
	l.faults = 0
	s.settle(ctx, l, row, target, attempt, answer)
}

// attempt sends one row once. An error says that it could not be signed and was not sent.
func (s *Sender) attempt(ctx context.Context, l *lane, row store.Notification, target Target) (Attempt, Answer, error) {
	meta, err := ReadMeta(row.Meta)
	if err != nil {
		meta.ContentType = jsonType
		s.cfg.Logger.Warn("notification is sent without its meta", "instance", l.key.Instance, "event", row.ID, "err", err)
	}
	start := time.Now()
	// Invariant 3: id and body are those of the row, at every attempt.
	h, err := target.header(s.cfg.UserAgent, row.ID, meta.ContentType, start, row.Payload)
	if err != nil {
		return Attempt{}, Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	s.posting.Add(1)
	answer, err := s.cfg.Poster.Post(ctx, target.URL, h, row.Payload)
	duration := time.Since(start)
	s.posting.Add(-1)
	if err != nil {
		answer = Answer{}
	}
	a := Attempt{
		Instance: l.key.Instance, Resource: meta.Resource, Notification: row.ID, Events: meta.Events, Number: l.attempts + 1,
		At: start, Duration: duration, Status: answer.Status, Err: bare(err), Formed: meta.Formed, Said: said(answer),
	}
	switch {
	case err != nil:
		a.Fault = faultOf(err)
	case !answer.ok():
		a.Fault = FaultStatus
	}
	if answer.Cut != nil {
		a.Cut = faultOf(answer.Cut)
	}
	return a, answer, nil
}

// acknowledge makes a 2xx durable. Until the commit has said so the lane goes no further (Invariant 8). An error of the commit means
// "unknown": the same commit is made again, which drops the row once and writes the same log row. If the process dies first, the row is
// sent again with the same webhook-id (Invariant 1).
func (s *Sender) acknowledge(ctx context.Context, l *lane) {
	r := l.receipt
	err := s.commit(ctx, store.Change{
		Drop: []store.Drop{{Lane: l.key, Seq: r.seq}},
		Log:  []store.Entry{r.entry},
	})
	if err != nil {
		s.stumble(ctx, l, "acknowledgement is not stored, will be retried", err)
		return
	}
	s.spool.drain(l.key.Instance, r.load)
	s.queue.dropped(l, r.seq, 1)
	s.queue.put(l)
}

// discard drops the rows in hand of an instance that was deleted; the lane comes back for the rest.
func (s *Sender) discard(ctx context.Context, l *lane) {
	rows := s.queue.rows(l)
	drops, load := make([]store.Drop, 0, len(rows)), Load{}
	for _, row := range rows {
		drops = append(drops, store.Drop{Lane: l.key, Seq: row.Seq, Erase: true})
		load = load.plus(loadOf(row))
	}
	if err := s.commit(ctx, store.Change{Drop: drops}); err != nil {
		s.stumble(ctx, l, "rows of a deleted instance are not dropped, will be retried", err)
		return
	}
	s.cfg.Logger.Info("rows of a deleted instance dropped", "instance", l.key.Instance, "rows", len(drops))
	s.spool.drain(l.key.Instance, load)
	s.queue.dropped(l, drops[len(drops)-1].Seq, len(drops))
	s.queue.put(l)
}

// commit outlives the grace of a stop by commitTimeout: what a callback took should not be sent again.
func (s *Sender) commit(ctx context.Context, change store.Change) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	_, err := store.One(s.cfg.Store.Commit(ctx, change))
	return err
}

// stumble lets the lane wait after trouble on our side.
func (s *Sender) stumble(ctx context.Context, l *lane, message string, err error) {
	if ctx.Err() != nil {
		s.queue.put(l)
		return
	}
	l.faults++
	s.cfg.Logger.Warn(message, "instance", l.key.Instance, "attempt", l.faults, "err", err)
	s.queue.postpone(l, troubled, s.cfg.Backoff.delay(l.faults))
}
