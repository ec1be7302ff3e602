package demo

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// settle is how long the workload leaves a record alone after a change, so that four polls can see each state.
const settle = 4 * interval

// logged is how many requests a simulator remembers: some 15 hours of polls.
const logged = 1 << 18

// provider is a simulated provider, what changes there, and how its events are read.
type provider struct {
	key, name string
	handler   http.Handler
	kit       *simkit.Kit
	path      string // of the API below the simulator's address
	every     time.Duration
	step      func(*rand.Rand) error // one change
	body      func(place) (string, error)
	// collections are the polled resources by the name that the body gives them, which is the object type of their events.
	collections map[string]collection
	try         string // what a visitor may POST to the control API to make a contact
	settings    []setting

	base      int64     // the ledger's last entry when the instance was being watched
	id        int64     // of the instance
	tolerated []problem // in the body
}

// collection is one polled collection of a provider.
type collection struct {
	resource string                          // its name in the ledger
	idField  string                          // of a record
	requests string                          // how the path of a request for it ends
	show     func(f map[string]any) []string // what a person wants to see of a record
}

// setting is a key of an instance's configuration that this provider wants.
type setting struct{ key, value string }

// place is what an instance's body is filled in with.
type place struct {
	base, callback, signatureKey string
}

// existing lets n changes happen at the given age, before anyone watches.
func (p *provider) existing(rng *rand.Rand, age time.Duration, n int) error {
	p.kit.Clock.SetOffset(-age)
	defer p.kit.Clock.SetOffset(0)
	for range n {
		if err := p.step(rng); err != nil {
			return err
		}
	}
	return nil
}

// work changes records until ctx ends: change n is due n steps after the start. One that is late is made up for, so that how much happens
// does not depend on how busy the machine is.
func (p *provider) work(ctx context.Context, rng *rand.Rand, pace float64) error {
	every := time.Duration(float64(p.every) * pace)
	timer := time.NewTimer(every)
	defer timer.Stop()
	for due := time.Now().Add(every); ; due = due.Add(every) {
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			if err := p.step(rng); err != nil {
				return err
			}
		}
	}
}

// reads returns when a first page of each ledger resource was served, in order, by the provider's own log.
func (p *provider) reads() map[string][]time.Time {
	times := map[string][]time.Time{}
	for _, r := range p.kit.Requests.After(0) {
		for _, c := range p.collections {
			if strings.HasSuffix(r.Path, c.requests) && r.Method == http.MethodGet && r.Status == http.StatusOK && firstPage(r.Query) {
				times[c.resource] = append(times[c.resource], r.At.Time)
			}
		}
	}
	return times
}

func firstPage(query string) bool {
	values, err := url.ParseQuery(query)
	return err == nil && (values.Get("offset") == "" || values.Get("offset") == "0")
}

// summary shows a record to a person.
func (c collection) summary(record json.RawMessage) string {
	var fields map[string]any
	if err := json.Unmarshal(record, &fields); err != nil {
		return "(a record that is not an object)"
	}
	var parts []string
	for _, part := range c.show(fields) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

func text(fields map[string]any, name string) string {
	s, _ := fields[name].(string)
	return s
}
