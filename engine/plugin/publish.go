package plugin

import (
	"fmt"
	"slices"
	"time"
)

// Refusal is a file of the folder that is not in use. If an earlier version of it was good, that one is.
type Refusal struct {
	File   string // name in the folder
	Reason string
	Time   time.Time // when it was first refused for this reason
}

// publish makes the adapters that are loaded now the current ones, at once. Built-in adapters come first, unless files may override them;
// then files by name, so that the outcome does not depend on which file came first.
func (c *Catalog) publish() {
	b := board{elements: make(map[string]*adapter), ids: make(map[int64]*adapter)}
	overridden := c.overridden()
	for _, a := range c.builtin {
		if !overridden[a.Manifest.Key] {
			_ = b.add(a) // distinct among themselves
		}
	}
	var refused []Refusal
	for _, name := range c.folder.names() {
		f := c.folder.files[name]
		if f.err != nil {
			refused = append(refused, Refusal{File: name, Reason: f.err.Error()})
		}
		if f.adapter == nil {
			continue
		}
		if err := b.add(f.adapter); err != nil {
			refused = append(refused, Refusal{File: name, Reason: err.Error()})
		}
	}
	for _, a := range c.builtin {
		_ = b.add(a) // back in place of an override that was refused
	}
	c.swap(b.elements, refused)
}

// overridden names the elements whose built-in adapter gives way to a file.
func (c *Catalog) overridden() map[string]bool {
	keys := make(map[string]bool)
	for _, f := range c.folder.files {
		if c.config.AllowOverride && f.adapter != nil {
			keys[f.adapter.Manifest.Key] = true
		}
	}
	return keys
}

// board is a set of adapters with distinct keys and ids.
type board struct {
	elements map[string]*adapter
	ids      map[int64]*adapter
}

// add puts an adapter on the board or says who is in its place.
func (b *board) add(a *adapter) error {
	key, id := a.Manifest.Key, a.Manifest.ID
	if other, ok := b.elements[key]; ok {
		if other.Builtin {
			return fmt.Errorf("the element %s has a built-in adapter, which files may not override", key)
		}
		return fmt.Errorf("the element %s already has the adapter %s", key, other.Source)
	}
	if other, ok := b.ids[id]; ok && id != 0 {
		return fmt.Errorf("the element id %d already belongs to %s (%s)", id, other.Manifest.Key, other.Source)
	}
	b.elements[key] = a
	if id != 0 {
		b.ids[id] = a
	}
	return nil
}

// swap replaces what calls see and logs the difference.
func (c *Catalog) swap(elements map[string]*adapter, refused []Refusal) {
	c.mu.Lock()
	before, refusedBefore := c.elements, c.refusals
	now := time.Now()
	var fresh []Refusal
	for i, r := range refused {
		if j := slices.IndexFunc(refusedBefore, func(o Refusal) bool { return o.File == r.File && o.Reason == r.Reason }); j >= 0 {
			refused[i].Time = refusedBefore[j].Time
			continue
		}
		refused[i].Time = now
		fresh = append(fresh, refused[i])
	}
	c.elements, c.refusals = elements, refused
	c.mu.Unlock()

	log := c.config.Logger
	for key, a := range elements {
		if old := before[key]; old != a {
			log.Info("adapter loaded", "element", key, "version", a.Manifest.Version, "file", a.Source, "builtin", a.Builtin, "digest", a.Digest)
		}
	}
	for key, a := range before {
		if elements[key] == nil {
			log.Warn("adapter removed", "element", key, "file", a.Source)
		}
	}
	for _, r := range fresh {
		log.Warn("adapter refused", "file", r.File, "err", r.Reason)
	}
}
