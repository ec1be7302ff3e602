package plugin_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
	"github.com/pollwright/pollwright/sdk"
)

// The long form of TestAttacks, for `make attack`.
var (
	attackRounds = flag.Int("attack.rounds", 0, "how many rounds TestAttacks measures; 0 = it looks only whether attacks are contained")
	attackOnly   = flag.String("attack.only", "", "a part of the names of the attacks that TestAttacks measures")
	attackTime   = flag.Duration("attack.time", 300*time.Millisecond, "how long each half of a round is")
)

// arena is where one attack takes place: a catalog with the attacker and others, and a provider for those who poll.
type arena struct {
	t       testing.TB
	attack  plugin.Attack
	catalog *plugin.Catalog
	egress  *egress.Client
	url     string
	strays  atomic.Int64 // requests that came to the provider and should not have
}

// The deadline of calls that must end by it is short here; that of others is long, for a busy machine.
const shortDeadline = 200 * time.Millisecond

func newArena(t testing.TB, attack plugin.Attack) *arena {
	t.Helper()
	a := &arena{t: t, attack: attack}
	probe, cache := plugin.Probe(t)
	config := plugin.Config{CacheDir: cache, Limits: plugin.Limits{Memory: 64 << 20, Output: 100_000, Deadline: time.Minute}}
	if attack.Slow && !attack.Install {
		config.Limits.Deadline = shortDeadline
	}
	modules := map[string][]byte{"probe.wasm": probe, "bystander.wasm": plugin.Bystander()}
	if attack.Wasm != nil && !attack.Install {
		config.Dir = t.TempDir() // it is no part of the program
		if err := os.WriteFile(filepath.Join(config.Dir, "attacker.wasm"), attack.Wasm, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.catalog = plugin.NewCatalog(t, config, modules)
	if attack.Install {
		patience := time.Minute
		if attack.Slow {
			patience = attackPatience
		}
		plugin.InChild(a.catalog, cache, patience)
	}
	if attack.Poll {
		a.serve()
	}
	return a
}

// attackPatience is how long a module is compiled here, instead of minutes.
const attackPatience = 3 * time.Second

func (a *arena) serve() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet {
			a.strays.Add(1)
		}
		_, _ = w.Write([]byte(`{"contacts":[{"id":"1"},{"id":"2"}]}`))
	}))
	client, err := egress.New(egress.Config{AllowPrivate: true})
	if err != nil {
		a.t.Fatal(err)
	}
	a.egress, a.url = client, server.URL+"/api"
	a.t.Cleanup(func() { client.Close(); server.Close() })
}

// control is no attack: a goroutine of the host that computes. What it costs the others is the machine's doing, which may have other work.
const control = "none: the host computes"

func compute() error {
	sum := 0
	for began := time.Now(); time.Since(began) < time.Millisecond; {
		sum++
	}
	runtime.KeepAlive(sum)
	return nil
}

// strike makes the attack once. The error is what became of it.
func (a *arena) strike(ctx context.Context) error {
	switch {
	case a.attack.Name == control:
		return compute()
	case a.attack.Install:
		return a.catalog.Install(ctx, a.attack.Wasm)
	case a.attack.Poll:
		return a.poll(ctx, "attacker")
	}
	key := "attacker"
	if a.attack.Probe {
		key = "probe"
	}
	reply, _, err := a.catalog.Step(ctx, key, sdk.Call{Query: sdk.Query{Resource: a.attack.Ask}})
	if err == nil && a.attack.Probe && !strings.Contains(reply.Page.Warnings[0], a.attack.Text) {
		return fmt.Errorf("it says %s", reply.Page.Warnings[0])
	}
	return err
}

// contained checks the end of an attack.
func (a *arena) contained(err error) error {
	switch {
	case a.attack.Want == nil && a.attack.Text == "" && err != nil && !a.attack.Poll:
		return fmt.Errorf("it ended with %w, and should have ended well", err)
	case a.attack.Want != nil && (err == nil || !errors.As(err, a.attack.As())):
		return fmt.Errorf("it ended with %w, want a %T", err, a.attack.Want)
	case (a.attack.Want != nil || a.attack.Poll) && (err == nil || !strings.Contains(err.Error(), a.attack.Text)):
		return fmt.Errorf("it ended with %w, want %q", err, a.attack.Text)
	case a.strays.Load() > 0:
		return fmt.Errorf("%d requests came to where they should not", a.strays.Load())
	}
	return nil
}

// live is what everybody else does meanwhile: a call of a small adapter and one of a Go adapter with a page; and, if the attack is of what
// polls do, a poll.
func (a *arena) live(ctx context.Context) error {
	if a.attack.Poll {
		return a.poll(ctx, "probe")
	}
	if _, _, err := a.catalog.Step(ctx, "bystander", sdk.Call{}); err != nil {
		return err
	}
	call := sdk.Call{Query: sdk.Query{Resource: "contacts"}, Response: &sdk.Response{Status: 200, Body: body}}
	reply, _, err := a.catalog.Step(ctx, "probe", call)
	if err != nil {
		return err
	}
	_, err = plugin.Slice(reply.Page.Records, body, 1000)
	return err
}

var body = plugin.Page(100)

// Step, Send and Renew are what a poll needs.
type side struct {
	*arena
	key string
}

func (s side) Step(ctx context.Context, call sdk.Call) (sdk.Reply, error) {
	reply, _, err := s.catalog.Step(ctx, s.key, call)
	return reply, err
}

func (s side) Send(ctx context.Context, f sdk.Fetch) (poll.Answer, error) {
	r := egress.Request{Method: f.Method, Base: s.url, Path: f.Path, Header: http.Header{}, Body: []byte(f.Body)}
	if f.Base != "" && f.Base != "https://example.com/api" {
		r.Base = f.Base
	}
	for name, value := range f.Headers {
		r.Header.Set(name, value)
	}
	res, err := s.egress.Do(ctx, r)
	if err != nil {
		return poll.Answer{}, &poll.FaultError{Kind: poll.KindNetwork, Message: err.Error()}
	}
	return poll.Answer{Response: sdk.Response{Status: res.Status, Body: res.Body}, Date: res.Date}, nil
}

func (side) Renew(context.Context, uint64) error { return poll.ErrNotRenewable }

// poll polls an element, as the engine does, on a store of its own. A poll that only hit a bound is told as an error here.
func (a *arena) poll(ctx context.Context, key string) error {
	resource := &instance.Resource{
		Name: "contacts", Reads: "contacts", URL: "/hubs/general/contacts?where=updated>='${epoch}'", Overlap: time.Minute, Tolerance: time.Second,
		Fields: instance.Fields{ID: "id", Updated: instance.DateField{Field: "updated", Format: "milliseconds"}},
	}
	plan, err := resource.Compile()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	s := memstore.New(time.Now)
	defer func() { _ = s.Close() }()
	first, err := poll.First(1, resource, plan, time.Now())
	if err != nil {
		return err
	}
	if _, err := store.One(s.Commit(ctx, store.Change{Puts: []store.Put{first}})); err != nil {
		return err
	}
	poller, err := poll.New(poll.Config{Store: s, Journal: poll.NewJournal(s, 7*24*time.Hour, log), Logger: log})
	if err != nil {
		return err
	}
	el, _ := a.catalog.Element(key)
	out, err := poller.Poll(ctx, poll.Job{
		Instance: &instance.Instance{ID: 1, Element: key, Resources: []instance.Resource{*resource}}, Resource: resource, Plan: plan,
		Element: el.Manifest, Adapter: side{a, key}, Provider: side{a, key}, Source: deliver.Source{InstanceID: 1},
	})
	switch {
	case err != nil:
		return err
	case out.Error != nil:
		return errors.New(out.Error.Kind + ": " + out.Error.Message)
	case out.Continues:
		return fmt.Errorf("the poll continues at the next, after %d pages", out.Pages)
	}
	return nil
}

// TestAttacks: each attack ends as its error, again and again, and another adapter's calls, and polls, go on. With -attack.rounds it measures
// how much longer they take meanwhile.
func TestAttacks(t *testing.T) {
	if *attackRounds > 0 {
		measureAttacks(t)
		return
	}
	t.Parallel()
	for _, attack := range plugin.Attacks() {
		t.Run(attack.Name, func(t *testing.T) {
			t.Parallel()
			a := newArena(t, attack)
			for range 2 { // the second finds nothing of the first
				if err := a.contained(a.strike(t.Context())); err != nil {
					t.Fatal(err)
				}
				if err := a.live(t.Context()); err != nil {
					t.Errorf("another adapter: %v", err)
				}
			}
		})
	}
}

// reading is what one attack did in all rounds.
type reading struct {
	name                 string
	err                  string
	strikes              []time.Duration
	quiet50, quiet99     []time.Duration // of each round
	attacked50, attack99 []time.Duration
}

// measureAttacks takes turns: every round has, for each attack, some time without it and some time with it.
func measureAttacks(t *testing.T) {
	list := []plugin.Attack{{Name: control}}
	for _, attack := range plugin.Attacks() {
		if strings.Contains(attack.Name, *attackOnly) {
			list = append(list, attack)
		}
	}
	readings := make([]reading, len(list))
	for round := range *attackRounds {
		for i, attack := range list {
			a := newArena(t, attack)
			r := &readings[i]
			r.name = attack.Name
			a.round(r, round%2 == 0)
		}
	}
	report(t, readings)
}

func (a *arena) round(r *reading, quietFirst bool) {
	if err := a.live(a.t.Context()); err != nil { // makes boxes
		a.t.Errorf("%s: another adapter: %v", r.name, err)
	}
	quiet := func() {
		p50, p99 := a.timed(nil)
		r.quiet50, r.quiet99 = append(r.quiet50, p50), append(r.quiet99, p99)
	}
	if quietFirst {
		quiet()
	}
	p50, p99 := a.timed(r)
	r.attacked50, r.attack99 = append(r.attacked50, p50), append(r.attack99, p99)
	if !quietFirst {
		quiet()
	}
}

// timed has the others live for some time, beside an attack if there is a reading to write it to.
func (a *arena) timed(r *reading) (p50, p99 time.Duration) {
	ctx := a.t.Context()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if r != nil {
			a.assault(stop, r)
		}
	}()
	var took []time.Duration
	for until := time.Now().Add(*attackTime); time.Now().Before(until); {
		began := time.Now()
		if err := a.live(ctx); err != nil {
			a.t.Errorf("%s: another adapter: %v", a.attack.Name, err)
			break
		}
		took = append(took, time.Since(began))
	}
	close(stop)
	<-ended
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}

// assault makes the attack again and again, from as many sides at once as it wants.
func (a *arena) assault(stop <-chan struct{}, r *reading) {
	var sides sync.WaitGroup
	var mu sync.Mutex
	for range max(1, a.attack.Sides) {
		sides.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				err := a.strike(a.t.Context())
				mu.Lock()
				r.strikes, r.err = append(r.strikes, time.Since(began)), a.errorName(err)
				mu.Unlock()
				if err := a.contained(err); err != nil {
					a.t.Errorf("%s: %v", r.name, err)
				}
			}
		})
	}
	sides.Wait()
}

// errorName is the type of the error that was wanted, or the beginning of the error's text.
func (a *arena) errorName(err error) string {
	switch {
	case err == nil:
		return "none: harmless"
	case a.attack.Want != nil:
		return strings.TrimPrefix(fmt.Sprintf("%T", a.attack.Want), "**plugin.")
	}
	_, text, _ := strings.Cut(err.Error(), "attacker: step: ")
	text = cmp.Or(text, err.Error())
	return strings.Join(strings.Fields(text[:min(len(text), 34)]), " ")
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// report prints the table and holds it against the aim: p99 at most 1.1 times that of quiet times, and 5 ms; and what a busy processor costs
// on this machine without any attack.
func report(t *testing.T, readings []reading) {
	allowance := 5*time.Millisecond + max(0, median(readings[0].attack99)-median(readings[0].quiet99))
	var b strings.Builder
	fmt.Fprintf(&b, "%-42s %-34s %9s %9s %9s %9s %9s %6s\n", "attack", "ends as", "stopped", "p50", "p50 then", "p99", "p99 then", "ratio")
	for _, r := range readings {
		quiet, then := median(r.quiet99), median(r.attack99)
		mark := ""
		if then > quiet*11/10+allowance {
			mark = "  over the aim"
			t.Errorf("%s: p99 of others is %v, without it %v", r.name, then, quiet)
		}
		fmt.Fprintf(&b, "%-42s %-34s %9s %9s %9s %9s %9s %6.2f%s\n", r.name, r.err, short(median(r.strikes)), short(median(r.quiet50)), short(median(r.attacked50)),
			short(quiet), short(then), float64(then)/float64(quiet), mark)
	}
	t.Logf("%d rounds; allowed are 1.1 times the quiet p99, and %v\n%s", *attackRounds, allowance, b.String())
}

func short(d time.Duration) string { return fmt.Sprintf("%.2fms", d.Seconds()*1000) }
