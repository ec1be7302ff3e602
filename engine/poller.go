package engine

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/sdk"
)

// pollItem is what the scheduler calls: one poll of one resource.
func (e *Engine) pollItem(ctx context.Context, item schedule.Item) schedule.Result {
	name := idText(item.Instance)
	if !e.mayPoll(name, item.Resource) {
		return schedule.Result{}
	}
	ctx, done := e.running.begin(ctx, name)
	defer done()
	defer e.firsts.done(name, item.Resource)
	out, result, err := e.pollResource(ctx, item.Instance, item.Resource, e.priority(name, item.Resource))
	switch {
	case errors.Is(err, ErrNotFound):
		e.scheduler.RemoveItem(item.Instance, item.Resource)
	case err != nil && ctx.Err() == nil:
		e.log.Warn("poll not begun", "instance", item.Instance, "resource", item.Resource, "err", err)
	case err == nil && out.Failed():
		e.log.Warn("poll failed", "instance", out.Instance, "resource", out.Resource, "kind", out.Error.Kind, "err", out.Error.Message)
	}
	return result
}

// pollResource polls one resource. ErrNotFound: it is not there, or no longer; ctx's error: it was stopped, which is no failure; any other: the
// poll could not begin. A poll that failed has an outcome.
func (e *Engine) pollResource(ctx context.Context, id int64, resource string, priority egress.Priority) (poll.Outcome, schedule.Result, error) {
	job, err := e.job(ctx, id, resource, priority)
	switch {
	case errors.Is(err, plugin.ErrUnknownElement):
		out := e.poller.Fail(ctx, job, noAdapter(job))
		return out, e.polled(out, job), nil
	case err != nil:
		return poll.Outcome{}, schedule.Result{Failed: !errors.Is(err, ErrNotFound)}, err
	}
	ctx, end := e.tracePoll(ctx, job)
	out, err := e.poller.Poll(ctx, job)
	end(out, err)
	switch {
	case errors.Is(err, poll.ErrGone):
		return out, schedule.Result{}, ErrNotFound
	case err != nil:
		return out, schedule.Result{}, err
	}
	return out, e.polled(out, job), nil
}

// noAdapter is the fault of a poll whose element's adapter was removed.
func noAdapter(job poll.Job) error {
	return &poll.FaultError{Kind: poll.KindPostponed, RetryAfter: time.Minute,
		Message: "there is no adapter for " + job.Instance.Element + "; the poll goes on when there is one"}
}

// priority of a poll on the schedule: a scan that goes on where another was cut, and one after a rewind, reads what was missed long ago.
func (e *Engine) priority(instance, resource string) egress.Priority {
	if _, ok := e.backfills.Load(instance + "/" + resource); ok {
		return egress.Backfill
	}
	return egress.Live
}

// polled counts an outcome, and tells the scheduler of it.
func (e *Engine) polled(out poll.Outcome, job poll.Job) schedule.Result {
	e.metrics.polled(out, job.Instance.Element, job.Resource.Reads)
	if key := idText(out.Instance) + "/" + out.Resource; out.Continues {
		e.backfills.Store(key, true)
	} else if !out.Failed() && out.Postponed.IsZero() {
		e.backfills.Delete(key)
	}
	return schedule.Result{Failed: out.Failed(), RetryAfter: out.RetryAfter(), Again: out.Again()}
}

// job brings together what a poll needs.
func (e *Engine) job(ctx context.Context, id int64, resource string, priority egress.Priority) (poll.Job, error) {
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return poll.Job{}, err
	}
	res, ok := in.Resource(resource)
	if !ok || !in.Polled() {
		return poll.Job{}, ErrNotFound
	}
	el, ok := e.catalog.Element(in.Element)
	if !ok {
		return poll.Job{Instance: in.Instance, Resource: res}, plugin.ErrUnknownElement
	}
	return e.newJob(ctx, in, res, in.plans[resource], Element{Manifest: el.Manifest, Digest: el.Digest}, priority), nil
}

func (e *Engine) newJob(ctx context.Context, in *live, r *instance.Resource, plan *instance.Plan, el Element, priority egress.Priority) poll.Job {
	return poll.Job{
		Instance: in.Instance, Resource: r, Plan: plan, Element: el.Manifest,
		Digest: el.Digest, Adapter: adapter{e.catalog, in.Element, e.metrics, e.config.Trace}, Provider: e.provider(in, el.Manifest, priority), Config: publicConfig(in, el.Manifest),
		Scrub:  func(text string) string { return e.scrub(ctx, in.ID, el.Manifest, text) },
		Source: source(in.Instance, el.Manifest.Hub, r.Name),
	}
}

// source is what the notifications of a resource tell of where they come from, and their form.
func source(in *instance.Instance, hub, resource string) deliver.Source {
	return deliver.Source{
		InstanceID: in.ID, InstanceName: in.Name, Tags: in.Tags, ElementKey: in.Element, Hub: hub, Resource: resource,
		AccountID: in.Organization, CompanyID: in.Organization, UserID: in.User,
		Format: deliver.Format(in.Events.Format), Batch: in.Events.Batch, Order: deliver.Order(in.Events.Order),
		Lanes: cmp.Or(in.Events.Lanes, instance.DefaultLanes),
	}
}

// publicConfig is what an adapter may see of the configuration. Invariant 6: nothing secret or masked is in it.
func publicConfig(in *live, m sdk.Manifest) map[string]string {
	config := map[string]string{}
	for _, p := range m.Config {
		if value, ok := in.Configuration[p.Key]; ok && !p.Secret && !p.Masked {
			config[p.Key] = value
		}
	}
	return config
}

// adapter binds the catalog to one element.
type adapter struct {
	catalog *plugin.Catalog
	key     string
	metrics *metrics
	trace   Trace
}

func (a adapter) Step(ctx context.Context, call sdk.Call) (sdk.Reply, error) {
	ctx, end := a.trace(ctx, "step", time.Time{})
	reply, cost, err := a.catalog.Step(ctx, a.key, call)
	end(wordOf(err, "the call failed"), slog.Int64("fuel", cost.Fuel))
	a.metrics.stepped(a.key, cost, err)
	return reply, err
}

// firsts lets CreateInstance wait for the first polls of an instance.
type firsts struct {
	mu      sync.Mutex
	waiting map[string]*sync.WaitGroup // instance/resource
}

func newFirsts() *firsts { return &firsts{waiting: map[string]*sync.WaitGroup{}} }

// expect returns a channel that is closed when each of the resources was polled.
func (f *firsts) expect(instance string, resources []string) <-chan struct{} {
	var wg sync.WaitGroup
	f.mu.Lock()
	for _, r := range resources {
		wg.Add(1)
		f.waiting[instance+"/"+r] = &wg
	}
	f.mu.Unlock()
	all := make(chan struct{})
	go func() { wg.Wait(); close(all) }() // ends with the polls, or with give
	return all
}

func (f *firsts) done(instance, resource string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := instance + "/" + resource
	if wg := f.waiting[key]; wg != nil {
		delete(f.waiting, key)
		wg.Done()
	}
}

// give ends the wait for polls that have not come.
func (f *firsts) give(instance string, resources []string) {
	for _, r := range resources {
		f.done(instance, r)
	}
}

// running knows how to end the polls of an instance that are under way.
type running struct {
	mu  sync.Mutex
	all map[string]map[*context.CancelFunc]struct{} // by instance
	// ending counts by instance who forbids polls of it: one by hand, which no schedule knows, ends as it begins.
	ending map[string]int
}

func newRunning() *running {
	return &running{all: map[string]map[*context.CancelFunc]struct{}{}, ending: map[string]int{}}
}

func (r *running) begin(ctx context.Context, instance string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all[instance] == nil {
		r.all[instance] = map[*context.CancelFunc]struct{}{}
	}
	r.all[instance][&cancel] = struct{}{}
	if r.ending[instance] > 0 {
		cancel()
	}
	return ctx, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		if delete(r.all[instance], &cancel); len(r.all[instance]) == 0 {
			delete(r.all, instance)
		}
	}
}

// cancel ends the polls of an instance; they count as stopped, not as failed.
func (r *running) cancel(instance string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for cancel := range r.all[instance] {
		(*cancel)()
	}
}

// forbid does so, too, with polls that begin before allow is called.
func (r *running) forbid(instance string) (allow func()) {
	r.mu.Lock()
	r.ending[instance]++
	r.mu.Unlock()
	r.cancel(instance)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.ending[instance]--; r.ending[instance] == 0 {
			delete(r.ending, instance)
		}
	}
}
