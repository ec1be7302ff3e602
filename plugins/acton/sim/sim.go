package sim

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
	_ "time/tzdata" // the account's zone must be known on a machine without zone files

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Sim is a simulated Act-On account. The embedded Kit serves HTTP and holds clock, ledger, request log and
// faults. It is safe for concurrent use.
type Sim struct {
	*simkit.Kit
	config Config

	mu          sync.Mutex // guards all below
	options     Options
	rng         *rand.Rand // tokens, request ids, shuffles
	tokens      tokens
	calls       calls
	lists       []*list // in the order of Config.Lists
	suppressed  map[string][]suppression
	items       map[string][]*item // by kind
	consentPage consentPage
}

// New returns a simulator without records. It panics when c.Options or c.Lists are not valid.
func New(c Config) *Sim {
	c = c.withDefaults()
	if c.Zone == nil {
		zone, err := time.LoadLocation("America/Los_Angeles")
		if err != nil {
			panic("acton sim: " + err.Error()) // cannot happen: the zone is embedded
		}
		c.Zone = zone
	}
	if err := c.Options.check(); err != nil {
		panic("acton sim: " + err.Error())
	}
	s := &Sim{
		config:      c,
		options:     c.Options,
		rng:         rand.New(rand.NewPCG(c.Seed, 0xAC)),
		tokens:      newTokens(),
		suppressed:  map[string][]suppression{},
		items:       map[string][]*item{},
		consentPage: newConsentPage(),
	}
	s.Kit = simkit.New(simkit.Config{
		Provider: provider{s}, Target: target{s}, ErrorBody: s.errorBody, Now: c.Now, Seed: c.Seed, LogSize: c.LogSize,
	})
	s.routes()
	for _, l := range c.Lists {
		if err := s.AddList(l); err != nil {
			panic("acton sim: " + err.Error())
		}
	}
	return s
}

// Options returns the switches.
func (s *Sim) Options() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options
}

// SetOptions lets change alter the switches; they stay as they were when the result is not valid.
func (s *Sim) SetOptions(change func(*Options)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.options
	change(&o)
	if err := o.check(); err != nil {
		return err
	}
	s.options = o
	return nil
}

// uuid draws an id in the form of a random UUID. The caller holds s.mu.
func (s *Sim) uuid() string {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// millis is the provider's time as the API keeps it.
func (s *Sim) millis() time.Time { return s.Clock.Now().Truncate(time.Millisecond) }

// provider serves the API. It runs under the simulator's lock: what it writes to is a buffer.
type provider struct{ s *Sim }

func (p provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.serve(w, r)
}
