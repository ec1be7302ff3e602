package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
)

// HandPoll is what became of a poll that a user asked for. One that failed has an outcome, too.
type HandPoll struct {
	*Outcome          // nil while it is running
	Running  bool     `json:"running,omitempty"` // the poll goes on; its outcome will be among the instance's polls
	Stopped  *Stopped `json:"stopped,omitempty"` // why the schedule does not poll the instance
	Message  string   `json:"message,omitempty"` // what to do now
}

// hands are the polls that users asked for. They go on when nobody waits for them any more, and end with the engine.
type hands struct {
	work  chan func(context.Context)
	ended chan struct{} // closed when no more work is taken
	turns chan struct{} // bounds how many there are at once, dry runs included
	mu    sync.Mutex
	next  map[string]*hand // by instance/resource: the one that has not begun, which others join
	busy  map[string]int   // turns taken or waited for, by instance
}

// hand is a poll by hand. out and err are set when done is closed.
type hand struct {
	done chan struct{}
	out  poll.Outcome
	err  error
}

func newHands(most int) *hands {
	return &hands{work: make(chan func(context.Context)), ended: make(chan struct{}), turns: make(chan struct{}, max(1, most)), next: map[string]*hand{}, busy: map[string]int{}}
}

// run does the work until ctx ends, and returns when all of it has ended. It is for one call.
func (h *hands) run(ctx context.Context) error {
	var working sync.WaitGroup
	defer working.Wait()
	defer close(h.ended)
	for {
		select {
		case do := <-h.work:
			working.Go(func() { do(ctx) })
		case <-ctx.Done():
			return nil
		}
	}
}

// turn waits until one more may be polled by hand. Of one instance only a part of them may be, so that one whose provider does not answer does not
// keep the others from theirs.
func (h *hands) turn(ctx context.Context, instance string) (done func(), err error) {
	if !h.enter(instance) {
		return nil, &ConflictError{"as many polls by hand of the instance as may be are running; try again when some have ended"}
	}
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns; h.leave(instance) }, nil
	case <-ctx.Done():
		h.leave(instance)
		return nil, &ConflictError{"as many polls by hand as may be are running; try again when some have ended"}
	}
}

func (h *hands) enter(instance string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy[instance] >= max(2, cap(h.turns)/4) { // one that runs, and one that waits for it
		return false
	}
	h.busy[instance]++
	return true
}

func (h *hands) leave(instance string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy[instance]--; h.busy[instance] == 0 {
		delete(h.busy, instance)
	}
}

// join gives the poll of a resource that has not begun; made tells that it is new, and the caller's to begin.
func (h *hands) join(key string) (p *hand, made bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p = h.next[key]; p == nil {
		p, made = &hand{done: make(chan struct{})}, true
		h.next[key] = p
	}
	return p, made
}

// begun: nobody can join any more, for what happens from now on may be too late for the poll.
func (h *hands) begun(key string, p *hand) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next[key] == p {
		delete(h.next, key)
	}
}

// PollByHand polls a resource now, after the poll of it that is running, if there is one. It waits for the outcome up to Config.HandWait; the poll
// goes on in any case. An instance that was stopped after failures is polled as a trial and stays stopped: what else of it fails is not known,
// so the user decides. Errors: ErrNotFound, ErrDisabled, *ConflictError when nothing may be polled now, ErrStopping.
func (e *Engine) PollByHand(ctx context.Context, caller Caller, id int64, resource string) (HandPoll, error) {
	in, err := e.pollable(ctx, caller, id, resource)
	if err == nil {
		err = e.admitHand(ctx, id)
	}
	if err != nil {
		return HandPoll{}, e.metrics.refusedByHand("poll", err)
	}
	wait, cancel := context.WithTimeout(ctx, e.config.HandWait)
	defer cancel()
	p := e.start(wait, id, resource)
	select {
	case <-p.done:
	case <-wait.Done():
		e.note(ctx, caller, "resource.poll", ofResource(id, resource), "")
		e.metrics.byHand.WithLabelValues("poll", "running").Inc()
		return HandPoll{Running: true, Message: "the poll goes on; its outcome will be in GET /instances/{id}/polls"}, nil
	}
	if err = p.err; err != nil {
		if _, why := e.pollable(ctx, caller, id, resource); why != nil { // it changed meanwhile
			err = why
		}
		return HandPoll{}, e.metrics.refusedByHand("poll", err)
	}
	e.note(ctx, caller, "resource.poll", ofResource(id, resource), "")
	e.metrics.tried("poll", p.out)
	return e.shown(ctx, in, p.out)
}

// pollable is the instance of a resource that can be polled.
func (e *Engine) pollable(ctx context.Context, caller Caller, id int64, resource string) (*Instance, error) {
	in, err := e.Instance(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	_, ok := in.Resource(resource)
	switch {
	case !ok:
		return nil, ErrNotFound
	case in.Disabled:
		return nil, ErrDisabled
	case !in.Polled():
		return nil, &ConflictError{"the instance is not polled: it needs event.notification.enabled and event.notification.callback.url in its configuration"}
	}
	return in, e.Ready()
}

// admitHand is the gate of every poll for one by hand.
func (e *Engine) admitHand(ctx context.Context, id int64) error {
	select {
	case <-e.sender.Counted(): // soon after a start
	case <-ctx.Done():
		return ctx.Err()
	}
	if reason := e.Halted(); reason != "" {
		return &ConflictError{"nothing is polled until there is room on the disk: " + reason}
	}
	if !e.admits(idText(id), deliver.Load{}) {
		return &ConflictError{"more waits to be delivered than the instance may have waiting; poll again when the callback has taken some of it"}
	}
	return nil
}

// start begins a poll by hand, or joins one that has not begun.
func (e *Engine) start(ctx context.Context, id int64, resource string) *hand {
	key := idText(id) + "/" + resource
	p, made := e.hands.join(key)
	if !made {
		return p
	}
	if err := e.begin(ctx, id, resource, p); err != nil {
		e.hands.begun(key, p)
		p.err = err
		close(p.done)
	}
	return p
}

// begin hands the poll over to whoever does the work.
func (e *Engine) begin(ctx context.Context, id int64, resource string, p *hand) error {
	done, err := e.hands.turn(ctx, idText(id))
	if err != nil {
		return err
	}
	do := func(ctx context.Context) {
		defer close(p.done)
		defer done()
		p.out, p.err = e.pollClaimed(ctx, id, resource, p)
	}
	select {
	case e.hands.work <- do:
		return nil
	case <-e.hands.ended:
		done()
		return ErrStopping
	}
}

// pollClaimed polls when no other poll of the resource runs.
func (e *Engine) pollClaimed(ctx context.Context, id int64, resource string, p *hand) (poll.Outcome, error) {
	claim, err := e.scheduler.Claim(ctx, id, resource)
	e.hands.begun(idText(id)+"/"+resource, p)
	if err != nil {
		return poll.Outcome{}, notClaimed(err)
	}
	result := schedule.Result{Failed: true} // of a panic
	defer func() { claim.End(result) }()
	work, end := e.running.begin(ctx, idText(id))
	defer end()
	var out poll.Outcome
	out, result, err = e.pollResource(work, id, resource, egress.Now)
	if work.Err() != nil && ctx.Err() == nil {
		return out, errEnded
	}
	if ctx.Err() != nil {
		return out, ErrStopping
	}
	return out, err
}

// errEnded: somebody wanted no poll of the instance any more.
var errEnded = &ConflictError{"the poll was ended because the instance changes or is deleted"}

// notClaimed: the resource did not become free.
func notClaimed(err error) error {
	if errors.Is(err, schedule.ErrRemoved) {
		return &ConflictError{"the polling of the instance was stopped or changed while its running poll was waited for; try again"}
	}
	return ErrStopping
}

// shown is an outcome with what a user needs to know besides.
func (e *Engine) shown(ctx context.Context, in *Instance, out poll.Outcome) (HandPoll, error) {
	stopped, err := e.stopped(ctx, in.ID)
	if err != nil || stopped == nil {
		return HandPoll{Outcome: &out}, err
	}
	message := "the instance stays stopped after this poll; PUT /instances/{id}/enabled has it polled on the schedule again"
	if out.Failed() {
		message = "the instance is stopped; when a poll by hand does not fail any more, PUT /instances/{id}/enabled has it polled on the schedule again"
	}
	return HandPoll{Outcome: &out, Stopped: stopped, Message: message}, nil
}

// ofResource is the subject of an audit entry about a resource.
func ofResource(id int64, resource string) string { return ofInstance(id) + "/resources/" + resource }

// tried counts what somebody had polled.
func (m *metrics) tried(what string, out poll.Outcome) {
	result := "ok"
	if out.Failed() {
		result = out.Error.Kind
	}
	m.byHand.WithLabelValues(what, result).Inc()
}

func (m *metrics) refusedByHand(what string, err error) error {
	m.byHand.WithLabelValues(what, "refused").Inc()
	return err
}

// handTime bounds a dry run between its pages. A page may take as long again, so that the answer comes in time.
func (e *Engine) handTime() time.Duration { return e.config.HandWait / 2 }
