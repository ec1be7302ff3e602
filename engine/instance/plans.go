package instance

import (
	"encoding/json"
	"sync"
)

// mostPlans bounds how many plans Plans keeps, some 3 KB each. Most instances of an element have one of a few.
const mostPlans = 1000

// Plans compiles resources that are alike once: a plan is never changed, and may be used by many polls at once. It may be used by many
// goroutines.
type Plans struct {
	mu  sync.Mutex
	all map[string]*Plan // by what of a resource is compiled
}

// NewPlans returns a Plans without any.
func NewPlans() *Plans { return &Plans{all: map[string]*Plan{}} }

// Of is the plan of a resource; see Resource.Compile.
func (p *Plans) Of(r *Resource) (*Plan, error) {
	compiled := *r
	compiled.Name, compiled.Reads, compiled.Vars, compiled.PageSize, compiled.Watch = "", "", nil, 0, 0
	text, err := json.Marshal(compiled)
	if err != nil {
		return nil, err
	}
	key := string(text)
	p.mu.Lock()
	plan := p.all[key]
	p.mu.Unlock()
	if plan != nil {
		return plan, nil
	}
	if plan, err = compiled.Compile(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) >= mostPlans {
		clear(p.all) // those in use are compiled again
	}
	p.all[key] = plan
	return plan, nil
}
