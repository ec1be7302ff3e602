package engine_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// swapped is a provider of several accounts that notes by which version of the adapter it was asked.
type swapped struct {
	mu       sync.Mutex
	things   map[string][]string // by account
	asked    map[string][]string // versions since the last installation
	inside   map[string]int
	overlaps int
	versions map[string]int
	hold     chan struct{} // the first account's requests wait for it
	held     chan struct{} // told when one waits
}

func (s *swapped) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	account, version := strings.Split(r.URL.Path, "/")[1], r.Header.Get("X-Acme-Adapter")
	s.mu.Lock()
	s.asked[account], s.versions[version] = append(s.asked[account], version), s.versions[version]+1
	if s.inside[account]++; s.inside[account] > 1 {
		s.overlaps++
	}
	hold := s.hold
	s.mu.Unlock()
	if account == "a0" && hold != nil {
		select {
		case s.held <- struct{}{}:
		default:
		}
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside[account]--
	_, _ = fmt.Fprintf(w, `{"things":[%s]}`, strings.Join(s.things[account], ","))
}

func (s *swapped) create(account string, n int) {
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.things[account] = append(s.things[account], fmt.Sprintf(`{"id":"%s-%d","made":%q,"changed":%q}`, account, n, now, now))
}

// pause has the next request of the first account wait until release.
func (s *swapped) pause() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hold := make(chan struct{})
	s.hold = hold
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hold = nil
		close(hold)
	}
}

// TestAdaptersAreSwappedUnderLoad: an adapter is replaced again and again while its instances are polled. What had begun ends, what begins is
// asked of the new one, and nothing is lost or told twice.
func TestAdaptersAreSwappedUnderLoad(t *testing.T) {
	t.Parallel()
	modules, err := acmeModules()
	if err != nil {
		t.Fatal(err)
	}
	versions := []string{"0.1.0", "0.2.0"}
	wasm := [][]byte{modules[0], bytes.ReplaceAll(modules[0], []byte(versions[0]), []byte(versions[1]))}
	const accounts, swaps = 6, 24
	w := setup(t, func(c *engine.Config) { c.PluginDir = t.TempDir() })
	provider := &swapped{things: map[string][]string{}, asked: map[string][]string{}, inside: map[string]int{}, versions: map[string]int{}, held: make(chan struct{}, 1)}
	url := w.serve(provider)
	install := func(n int) {
		t.Helper()
		if _, err := w.engine.InstallAdapter(t.Context(), w.caller, "acme", wasm[n%2], nil); err != nil {
			t.Fatal(err)
		}
	}
	install(0)
	var instances []*engine.Instance
	for n := range accounts {
		w.urls["acme"] = fmt.Sprintf("%s/a%d", url, n)
		instances = append(instances, w.create(w.body("acme", map[string]any{"acme.token": "t0ken"})))
	}
	for n := 1; n <= swaps; n++ {
		for a := range accounts {
			provider.create(fmt.Sprint("a", a), n)
		}
		release := provider.pause()
		<-provider.held // the first account's poll is between two calls of the adapter while it is replaced
		install(n)
		provider.mu.Lock()
		clear(provider.asked)
		provider.mu.Unlock()
		release()
		await(t, "a poll by the new version", func() bool {
			provider.mu.Lock()
			defer provider.mu.Unlock()
			return len(provider.asked["a0"]) > 0
		})
		// What came after the installation: at most the first request of each account is of a call that had begun before.
		provider.mu.Lock()
		for account, asked := range provider.asked {
			for _, version := range asked[1:] {
				if version != versions[n%2] {
					t.Errorf("swap %d: %s was asked by %q", n, account, asked)
				}
			}
		}
		if asked := provider.asked["a0"]; asked[0] != versions[n%2] { // the one that had begun is the one that was held
			t.Errorf("swap %d: the first account was asked by %q", n, asked)
		}
		provider.mu.Unlock()
	}
	told := map[string]int{}
	for _, e := range w.receiver.wait(t, accounts*swaps) {
		if e.Kind != "CREATED" {
			t.Errorf("%s %s", e.Kind, e.ID)
		}
		told[e.ID]++
	}
	for a := range accounts {
		for n := 1; n <= swaps; n++ {
			if id := fmt.Sprintf("a%d-%d", a, n); told[id] != 1 {
				t.Errorf("%s was told %d times", id, told[id])
			}
		}
	}
	for _, in := range instances {
		outcomes, err := w.engine.Polls(t.Context(), w.caller, in.ID, "", 1000)
		if err != nil || len(outcomes) == 0 {
			t.Fatalf("%d outcomes, %v", len(outcomes), err)
		}
		begun := map[time.Time]bool{}
		for _, o := range outcomes {
			if o.Failed() || !o.Postponed.IsZero() || len(o.Warnings) > 0 {
				t.Errorf("outcome %s", show(o))
			}
			if o.Polls > 0 { // the idle ones of an hour, of the time of their first, which may be listed by itself, too
				continue
			}
			if begun[o.Time] {
				t.Errorf("two polls of %v", o.Time)
			}
			begun[o.Time] = true
		}
	}
	provider.mu.Lock() // polls go on
	defer provider.mu.Unlock()
	if provider.overlaps > 0 {
		t.Errorf("%d polls of a resource ran beside another of it", provider.overlaps)
	}
	if provider.versions[versions[0]] < swaps || provider.versions[versions[1]] < swaps || len(provider.versions) != 2 {
		t.Errorf("asked by %v", provider.versions)
	}
}
