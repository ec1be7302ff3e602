package engine

import (
	"sync"

	"github.com/pollwright/pollwright/engine/deliver"
)

// held knows the resources whose poll came due while their instance, or all of them, had to wait. Each waits for its next due time or to be
// let go, whichever comes first.
type held struct {
	mu  sync.Mutex
	all map[string]map[string]struct{} // resources by instance
}

func newHeld() *held { return &held{all: map[string]map[string]struct{}{}} }

func (h *held) hold(instance, resource string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all[instance] == nil {
		h.all[instance] = map[string]struct{}{}
	}
	h.all[instance][resource] = struct{}{}
}

func (h *held) release(instance string) map[string]struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	resources := h.all[instance]
	delete(h.all, instance)
	return resources
}

func (h *held) instances() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := make([]string, 0, len(h.all))
	for name := range h.all {
		names = append(names, name)
	}
	return names
}

// mayPoll says whether a resource may be polled now. If not, it is polled as soon as it may.
func (e *Engine) mayPoll(instance, resource string) bool {
	if e.admits(instance, deliver.Load{}) {
		return true
	}
	e.held.hold(instance, resource)
	if !e.admits(instance, deliver.Load{}) {
		return false
	}
	for other := range e.held.release(instance) { // let go between the two questions, by somebody who did not see it held
		if other != resource {
			e.pollNow(instance, other)
		}
	}
	return true
}

// admits says whether more may be stored for an instance: there is disk, and not too much waits for its callback.
func (e *Engine) admits(instance string, found deliver.Load) bool {
	return e.disk.Full() == "" && e.sender.Admits(instance, found)
}

func (e *Engine) pollNow(instance, resource string) {
	if id, err := parseID(instance); err == nil {
		e.scheduler.PollNow(id, resource)
	}
}

// letGo polls what was held of an instance.
func (e *Engine) letGo(instance string) {
	for resource := range e.held.release(instance) {
		e.pollNow(instance, resource)
	}
}

// letAllGo polls everything that was held; what must still wait is held again.
func (e *Engine) letAllGo() {
	for _, instance := range e.held.instances() {
		e.letGo(instance)
	}
}
