package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Simulation is a simulated provider at an address, to try a server on without an account.
type Simulation struct {
	// Provider is the key of its element: icontact or acton.
	Provider string
	// Addr is where it listens, on a loopback address: whoever reaches it may change its records.
	Addr string
	// Every is the time between the changes that it makes by itself; 0 = only those that are asked for.
	Every time.Duration
	// Out is where it says what it is, and tells each request; nil = nowhere.
	Out io.Writer
	// Color colours what it says.
	Color bool
	// Seed decides what its records are.
	Seed uint64
	// Logger takes what its HTTP server complains of; nil = nowhere.
	Logger *slog.Logger
}

// simulations are the providers that there are simulators of.
var simulations = map[string]func(uint64) (*provider, error){"icontact": newIContact, "acton": newActOn}

// Simulated are the keys of the elements whose providers can be simulated.
func Simulated() []string { return []string{"acton", "icontact"} }

// ErrSimulation is what a Simulation that makes no sense is refused with.
var ErrSimulation = errors.New("simulation")

func (s Simulation) check() error {
	if !slices.Contains(Simulated(), s.Provider) {
		return fmt.Errorf("%w: there is none of %q: want %s", ErrSimulation, s.Provider, strings.Join(Simulated(), " or "))
	}
	if s.Every < 0 {
		return fmt.Errorf("%w: the time between changes is %v: want 0 or more", ErrSimulation, s.Every)
	}
	addr, err := net.ResolveTCPAddr("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("%w: address %q: %w", ErrSimulation, s.Addr, err)
	}
	if !addr.IP.IsLoopback() {
		return fmt.Errorf("%w: address %q is not one of loopback, like 127.0.0.1:9090: whoever reaches a simulator may change its records", ErrSimulation, s.Addr)
	}
	return nil
}

// Simulate serves a simulated provider until ctx ends. What it holds is forgotten then.
func Simulate(ctx context.Context, s Simulation) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	if s.Out == nil {
		s.Out = io.Discard
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	p, err := simulations[s.Provider](s.Seed)
	if err != nil {
		return err
	}
	out := &screen{out: s.Out, color: s.Color}
	at, err := serve(s.Addr, &requests{provider: p, to: out}, s.Logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, at.close()) }()
	s.introduce(out, p, at.url)
	if s.Every == 0 {
		<-ctx.Done()
		return nil
	}
	p.every = s.Every
	return p.work(ctx, rand.New(rand.NewPCG(s.Seed, 2)), 1)
}

// introduce says what an instance needs to poll it, and how it is changed.
func (s Simulation) introduce(out *screen, p *provider, url string) {
	out.line("A simulated %s listens at %s. What it holds is forgotten when it ends.", p.name, url)
	out.line("")
	out.line("An instance of the element %s polls it with this configuration:", out.paint(bold, p.key))
	out.line("")
	for _, set := range append([]setting{{"base.url", url + p.path}}, p.settings...) {
		out.line("  %-18s %s", set.key, set.value)
	}
	out.line("")
	out.line("The server must run with --allow-private-egress, or --allow-egress 127.0.0.0/8: this is a private address.")
	out.line("Create a record, have it change something by itself, and see what has happened in it:")
	out.line("")
	out.line("  curl -d '%s' %s/_sim/records/contacts", p.try, url)
	out.line("  curl -X POST %s/_sim/step", url)
	out.line("  curl %s/_sim/ledger", url)
	out.line("")
	out.line("Each request that it answers is a line here.")
	out.line("")
}

// requests is a provider's handler that tells each request for its records.
type requests struct {
	provider *provider
	to       *screen

	mu   sync.Mutex
	last int64 // that was told
}

func (t *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer t.tell() // also when the simulator cuts the connection, by a panic
	t.provider.handler.ServeHTTP(w, r)
}

func (t *requests) tell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.provider.kit.Requests.After(t.last) {
		t.last = r.Seq
		target := r.Path
		if r.Query != "" {
			target += "?" + r.Query
		}
		t.to.line("%s  %s %s  %d", r.At.Time.Format(clock), r.Method, target, r.Status)
	}
}
