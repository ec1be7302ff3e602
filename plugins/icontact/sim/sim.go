package sim

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // Eastern time must be known on a machine without zone files

	"github.com/pollwright/pollwright/plugins/simkit"
)

// The first ids that the simulator gives.
const (
	firstContact = 60000101
	firstMessage = 550001
)

// Sim is a simulated iContact. The embedded Kit serves HTTP and holds clock, ledger, request log and faults.
// It is safe for concurrent use.
type Sim struct {
	*simkit.Kit
	config  Config
	eastern *time.Location
	kinds   []*kind

	mu       sync.Mutex // guards all below
	options  Options
	rng      *rand.Rand         // shuffles
	contacts []*Contact         // by ID
	deleted  []*Contact         // by time of deletion, with their last status
	messages []*Message         // by ID
	items    map[string][]*item // of the plain collections, by kind
	nextID   int64
	nextMsg  int64
}

// New returns a simulator without records. It panics when c.Options are not valid.
func New(c Config) *Sim {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic("icontact sim: " + err.Error()) // cannot happen: the zone is embedded
	}
	if err := c.Options.check(); err != nil {
		panic("icontact sim: " + err.Error())
	}
	s := &Sim{
		config:  c.withDefaults(),
		eastern: eastern,
		options: c.Options,
		rng:     rand.New(rand.NewPCG(c.Seed, 0x1C)),
		nextID:  firstContact,
		nextMsg: firstMessage,
		kinds:   newKinds(),
		items:   map[string][]*item{},
	}
	s.items["lists"] = []*item{s.first("lists", s.config.ListID, "Newsletter")}
	s.items["campaigns"] = []*item{s.first("campaigns", "7001", "Main")}
	s.Kit = simkit.New(simkit.Config{
		Provider: provider{s}, Target: target{s}, ErrorBody: s.errorBody, Now: c.Now, Seed: c.Seed, LogSize: c.LogSize,
	})
	return s
}

// first is a record that is there from the start, and in no ledger.
func (s *Sim) first(resource, id, name string) *item {
	k := s.kind(resource)
	i := &item{kind: k, n: k.first, fields: maps.Clone(k.usual)}
	i.fields[k.id], i.fields["name"] = id, name
	return i
}

// Options returns the switches.
func (s *Sim) Options() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.options
	o.IgnoreTerms = slices.Clone(o.IgnoreTerms)
	return o
}

// SetOptions lets change alter the switches; they stay as they were when the result is not valid.
func (s *Sim) SetOptions(change func(*Options)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.options
	o.IgnoreTerms = slices.Clone(o.IgnoreTerms)
	change(&o)
	if err := o.check(); err != nil {
		return err
	}
	s.options = o
	return nil
}

// now is the provider's time in US Eastern time.
func (s *Sim) now() time.Time { return s.Clock.Now().In(s.eastern) }
