package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// counting is a provider that notes how often it refused for the number of requests, and can be told to refuse.
type counting struct {
	next    http.Handler
	mu      sync.Mutex
	refused int
	asked   int
	refuse  func(w http.ResponseWriter) // instead of answering
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked++
	refuse := c.refuse
	c.mu.Unlock()
	if refuse != nil {
		refuse(w)
		return
	}
	rec := httptest.NewRecorder()
	c.next.ServeHTTP(rec, r)
	if rec.Code == http.StatusTooManyRequests {
		c.mu.Lock()
		c.refused++
		c.mu.Unlock()
	}
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

func (c *counting) set(refuse func(http.ResponseWriter)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = refuse
}

func (c *counting) count() (asked, refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked, c.refused
}

// Instances that share a credential are polled at once, more often than the provider allows; it does not refuse a single request.
func TestSharedLimitIsKept(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.FirstPoll = -1 })
	provider := &counting{next: w.acton} // allows 5 calls a second
	w.urls["acton"] = w.serve(provider)
	var all []*engine.Instance
	for n := range 12 {
		all = append(all, w.create(w.shared("main", n == 0, map[string]any{"event.poller.refresh_interval": "600"})))
	}
	for _, in := range all {
		w.outcome(in, "an end", func(o engine.Outcome) bool { return o.Error == nil && !o.Window.To.IsZero() })
	}
	if asked, refused := provider.count(); refused != 0 || asked < len(all) {
		t.Errorf("%d of %d requests were refused", refused, asked)
	}
	limits, err := w.engine.Limits(t.Context(), w.caller, all[3].ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(limits.Shared) != len(all) || len(limits.Windows) < 2 || limits.Windows[len(limits.Windows)-1].Used < len(all) {
		t.Errorf("limits %+v", limits)
	}
	used := limits.Windows[len(limits.Windows)-1].Used
	w.stop()
	w.start()
	if limits, err = w.engine.Limits(t.Context(), w.caller, all[0].ID); err != nil || limits.Windows[len(limits.Windows)-1].Used < used {
		t.Errorf("after a restart: %+v, %v; %d were used before", limits, err, used)
	}
}

// A provider that wants to be left alone is: polls until then are postponed, which counts for nothing, and its word holds over a restart.
func TestPostponedByTheProvider(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := setup(t, func(c *engine.Config) {
		c.PollFailures = 2
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	provider := &counting{next: w.icontact}
	w.urls["icontact"] = w.serve(provider) + "/icp"
	in := w.create(w.body("icontact", nil))
	provider.set(func(rw http.ResponseWriter) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	w.outcome(in, "the refusal", func(o engine.Outcome) bool { return o.Error != nil && o.Error.Kind == "rate_limited" })
	limits, err := w.engine.Limits(t.Context(), w.caller, in.ID)
	if err != nil || limits.Blocked == nil || time.Until(limits.Blocked.Until) < 50*time.Minute {
		t.Fatalf("limits %+v, %v; want an hour", limits, err)
	}
	before, _ := provider.count()
	for range 5 {
		hand, err := w.engine.PollByHand(t.Context(), w.caller, in.ID, in.Resources[0].Name)
		if err != nil || hand.Outcome == nil || hand.Outcome.Postponed.IsZero() || hand.Outcome.Error != nil {
			t.Fatalf("by hand: %+v, %v; want postponed", hand.Outcome, err)
		}
	}
	if asked, _ := provider.count(); asked != before {
		t.Errorf("%d requests meanwhile", asked-before)
	}
	view, err := w.engine.Instance(t.Context(), w.caller, in.ID)
	if err != nil || view.Stopped != nil {
		t.Errorf("stopped: %+v, %v", view.Stopped, err)
	}
	w.stop()
	w.start()
	if limits, err = w.engine.Limits(t.Context(), w.caller, in.ID); err != nil || limits.Blocked == nil {
		t.Errorf("after a restart: %+v, %v", limits, err)
	}
}

// "Too many requests", and nothing else, stops an instance only after two days.
func TestTooManyRequestsStopsAfterTwoDays(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := setup(t, func(c *engine.Config) {
		c.PollFailures = 3
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	provider := &counting{next: w.icontact}
	w.urls["icontact"] = w.serve(provider) + "/icp"
	in := w.create(w.body("icontact", nil))
	provider.set(func(rw http.ResponseWriter) {
		rw.Header().Set("Retry-After", "0")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	poll := func() *engine.Stopped {
		t.Helper()
		if _, err := w.engine.PollByHand(t.Context(), w.caller, in.ID, in.Resources[0].Name); err != nil {
			t.Fatal(err)
		}
		view, err := w.engine.Instance(t.Context(), w.caller, in.ID)
		if err != nil {
			t.Fatal(err)
		}
		return view.Stopped
	}
	for range 6 {
		if s := poll(); s != nil {
			t.Fatalf("stopped: %+v", s)
		}
	}
	ahead.Store(int64(49 * time.Hour))
	if s := poll(); s == nil || s.Kind != "rate_limited" {
		t.Errorf("after two days: %+v", s)
	}
}

// Without its adapter an instance waits, and goes on when there is one again.
func TestWithoutAdapterPollsWait(t *testing.T) {
	t.Parallel()
	modules, err := acmeModules()
	if err != nil {
		t.Fatal(err)
	}
	w := setup(t, func(c *engine.Config) { c.PluginDir, c.PollFailures = t.TempDir(), 2 })
	if _, err := w.engine.InstallAdapter(t.Context(), w.caller, "acme", modules[0], nil); err != nil {
		t.Fatal(err)
	}
	w.urls["acme"] = w.serve(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(rw, `{"things":[]}`) }))
	in := w.create(w.body("acme", map[string]any{"acme.token": "t0ken"}))
	if err := w.engine.RemoveAdapter(t.Context(), w.caller, "acme"); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if _, err := w.engine.PollByHand(t.Context(), w.caller, in.ID, "things"); err != nil {
			t.Fatal(err)
		}
	}
	out := w.outcome(in, "a wait", func(o engine.Outcome) bool { return !o.Postponed.IsZero() })
	if !strings.Contains(strings.Join(out.Warnings, " "), "no adapter for acme") {
		t.Errorf("warnings %q", out.Warnings)
	}
	since := time.Now()
	if _, err := w.engine.InstallAdapter(t.Context(), w.caller, "acme", modules[0], nil); err != nil {
		t.Fatal(err)
	}
	w.outcome(in, "a poll with the new adapter", func(o engine.Outcome) bool { return o.Error == nil && o.Postponed.IsZero() && o.Time.After(since) })
}
