package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/pollwright/pollwright/sdk"
)

// Catalog holds the adapters, one per element. All methods are safe for concurrent use.
type Catalog struct {
	config  Config
	sandbox *sandbox
	slots   *semaphore.Weighted // one for each call and each installation
	builtin []*adapter

	changing sync.Mutex // held while the folder is read or changed
	folder   *folder

	mu       sync.RWMutex
	elements map[string]*adapter // by key
	refusals []Refusal
	closed   bool
}

// New loads the built-in adapters and those of the folder. It starts nothing: call Run to have the folder watched, and Close at the end.
func New(config Config) (*Catalog, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	ctx := context.Background()
	s, err := newSandbox(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	c := &Catalog{config: config, sandbox: s, slots: semaphore.NewWeighted(int64(config.Parallel)), folder: newFolder(config.Dir)}
	if err := c.loadBuiltin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("plugin: %w", err), c.Close(ctx))
	}
	c.publish()
	c.rescan(ctx, nil)
	return c, nil
}

// loadBuiltin installs the built-in adapters. They are part of the program, so a bad one is a bad program.
func (c *Catalog) loadBuiltin(ctx context.Context) error {
	if c.config.Builtin == nil {
		return nil
	}
	names, err := fs.Glob(c.config.Builtin, "*.wasm")
	if err != nil {
		return err
	}
	// All at once: most of a start is reading what was compiled before. Each waits for a slot.
	loaded, errs := make([]*adapter, len(names)), make([]error, len(names))
	var loading sync.WaitGroup
	for i, name := range names {
		loading.Go(func() {
			wasm, err := fs.ReadFile(c.config.Builtin, name)
			if err == nil {
				loaded[i], err = c.install(ctx, wasm, name, true)
			}
			errs[i] = err
		})
	}
	loading.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("built-in adapter %s: %w", names[i], err)
		}
	}
	keys, ids := make(map[string]string), make(map[int64]string)
	for i, name := range names {
		a := loaded[i]
		c.builtin = append(c.builtin, a)
		key, id := a.Manifest.Key, a.Manifest.ID
		if other, ok := keys[key]; ok {
			return fmt.Errorf("built-in adapters %s and %s both speak for the element %s", other, name, key)
		}
		if other, ok := ids[id]; ok && id != 0 {
			return fmt.Errorf("built-in adapters %s and %s both have the element id %d", other, name, id)
		}
		keys[key], ids[id] = name, name
	}
	return nil
}

// install waits for a slot, because compiling and describing cost as much as a call.
func (c *Catalog) install(ctx context.Context, wasm []byte, source string, builtin bool) (*adapter, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.slots.Release(1)
	return c.sandbox.install(ctx, wasm, source, builtin)
}

// enter takes a slot; the caller releases it.
func (c *Catalog) enter(ctx context.Context) error {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		c.slots.Release(1)
		return ErrClosed
	}
	return nil
}

// Elements returns all adapters that can be called, sorted by key.
func (c *Catalog) Elements() []Element {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := make([]Element, 0, len(c.elements))
	for _, a := range c.elements {
		list = append(list, a.Element)
	}
	slices.SortFunc(list, func(a, b Element) int { return cmp.Compare(a.Manifest.Key, b.Manifest.Key) })
	return list
}

// Element finds an adapter by element key or by numeric element id.
func (c *Catalog) Element(keyOrID string) (Element, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if a, ok := c.elements[keyOrID]; ok {
		return a.Element, true
	}
	id, err := strconv.ParseInt(keyOrID, 10, 64)
	if err != nil || id <= 0 {
		return Element{}, false
	}
	for _, a := range c.elements {
		if a.Manifest.ID == id {
			return a.Element, true
		}
	}
	return Element{}, false
}

// Plugin is an adapter that can be called, and how it does.
type Plugin struct {
	Element
	Suspended *Suspension // nil: it is not
}

// Plugins returns all adapters that can be called, sorted by key.
func (c *Catalog) Plugins() []Plugin {
	c.mu.RLock()
	defer c.mu.RUnlock()
	now := time.Now()
	list := make([]Plugin, 0, len(c.elements))
	for _, a := range c.elements {
		list = append(list, Plugin{a.Element, a.circuit.suspension(now)})
	}
	slices.SortFunc(list, func(a, b Plugin) int { return cmp.Compare(a.Manifest.Key, b.Manifest.Key) })
	return list
}

// Refusals returns the files of the folder that are not in use, sorted by name, each with its reason.
func (c *Catalog) Refusals() []Refusal {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Clone(c.refusals)
}

// Step asks the adapter of an element what to do next. The reply is checked in shape, size and against the manifest; what it means is not.
// A call waits for a free slot as long as ctx allows and ends with the adapter it began with, even if another has taken its place. Every
// error is a *CallError.
func (c *Catalog) Step(ctx context.Context, key string, call sdk.Call) (sdk.Reply, Cost, error) {
	reply, cost, err := c.step(ctx, key, call)
	if err != nil {
		return sdk.Reply{}, cost, &CallError{key, "step", err}
	}
	return reply, cost, nil
}

func (c *Catalog) step(ctx context.Context, key string, call sdk.Call) (sdk.Reply, Cost, error) {
	a, err := c.acquire(key)
	if err != nil {
		return sdk.Reply{}, Cost{}, err
	}
	defer a.release()
	if err := a.circuit.refusal(time.Now()); err != nil { // at once, and not after the call that tries whether it is well
		return sdk.Reply{}, Cost{}, err
	}
	done, err := a.enter(ctx) // before there is a slot: whoever waits for its turn keeps none from others
	if err != nil {
		return sdk.Reply{}, Cost{}, err
	}
	defer done()
	if err := c.enter(ctx); err != nil {
		return sdk.Reply{}, Cost{}, err
	}
	defer c.slots.Release(1)
	if err := a.circuit.enter(time.Now()); err != nil {
		return sdk.Reply{}, Cost{}, err
	}
	reply, cost, err := c.sandbox.step(ctx, a, call)
	a.circuit.leave(time.Now(), err)
	return reply, cost, err
}

// acquire finds the current adapter and keeps it alive; the caller releases it.
func (c *Catalog) acquire(key string) (*adapter, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return nil, ErrClosed
	}
	a, ok := c.elements[key]
	if !ok {
		return nil, ErrUnknownElement
	}
	a.acquire()
	return a, nil
}

// Close refuses further calls, waits for those that run (each ends by its deadline) and frees the sandbox. If ctx ends first, the sandbox
// is left open and Close may be called again: freeing it under a running call would end the process.
func (c *Catalog) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	all := int64(c.config.Parallel)
	if err := c.slots.Acquire(ctx, all); err != nil {
		return fmt.Errorf("plugin: close: calls are still running: %w", err)
	}
	defer c.slots.Release(all)
	c.mu.Lock()
	c.elements = nil
	c.mu.Unlock()
	return c.sandbox.close(ctx)
}
