package credential

import (
	"bytes"
	"container/list"
	"sync"

	"github.com/pollwright/pollwright/engine/store"
)

// cache spares opening a record that has not changed. Its entries are found by key and are good only for the very bytes they were opened
// from: a version number would not do, since a record that is deleted and made again starts at 1.
type cache struct {
	max     int
	mu      sync.Mutex
	byKey   map[store.Key]*list.Element
	used    *list.List // of *opened, the latest used first
	removed int        // how often something was
}

type opened struct {
	key    store.Key
	sealed []byte
	stored Stored
}

func newCache(limit int) *cache {
	return &cache{max: limit, byKey: map[store.Key]*list.Element{}, used: list.New()}
}

func (c *cache) get(rec store.Record) (Stored, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[rec.Key]
	if !ok || !bytes.Equal(e.Value.(*opened).sealed, rec.Value) {
		return Stored{}, false
	}
	c.used.MoveToFront(e)
	s := e.Value.(*opened).stored
	s.Version, s.Credential = rec.Version, s.clone()
	return s, true
}

// put keeps what was opened, unless something was removed since: it may have been this.
func (c *cache) put(rec store.Record, s Stored, removed int) {
	s.Credential = s.clone()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.removed != removed {
		return
	}
	c.drop(rec.Key)
	c.byKey[rec.Key] = c.used.PushFront(&opened{key: rec.Key, sealed: bytes.Clone(rec.Value), stored: s})
	if c.used.Len() > c.max {
		c.drop(c.used.Back().Value.(*opened).key)
	}
}

func (c *cache) remove(key store.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.removed++
	c.drop(key)
}

// state is how many are kept, and how often one was removed.
func (c *cache) state() (kept, removed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used.Len(), c.removed
}

func (c *cache) drop(key store.Key) {
	if e, ok := c.byKey[key]; ok {
		delete(c.byKey, key)
		c.used.Remove(e)
	}
}
