package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/pollwright/pollwright/engine/store"
)

// Defaults of Config.
const (
	DefaultMargin = time.Minute
	DefaultCache  = 4096
)

// Store is what this package needs of a store.Store.
type Store interface {
	Get(ctx context.Context, keys ...store.Key) ([]store.Record, error)
	Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error)
}

// Config of Credentials. Vault, Store and HTTP are required.
type Config struct {
	Vault *Vault
	Store Store
	HTTP  *http.Client // reaches token endpoints: egress.Client.HTTP()
	// Margin is how long before its expiry an access token is refreshed, at most a fifth of its life. Default DefaultMargin.
	Margin time.Duration
	Cache  int              // how many opened credentials are kept in memory; default DefaultCache
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: nothing is logged
	// OnRefresh is told what became of each request for new tokens; nil = it was given them. It must not block. Default: nobody is told.
	OnRefresh func(error)
}

// Credentials is the collection of all credentials. It is safe for concurrent use.
type Credentials struct {
	config  Config
	tokens  *http.Client // Config.HTTP with answers tidied for x/oauth2
	cache   *cache
	flights singleflight.Group

	mu      sync.Mutex
	closed  bool
	pending map[store.Key]unstored
	running int
	idle    chan struct{} // closed once Close was called and nothing runs
}

// New checks the configuration. It starts nothing.
func New(c Config) (*Credentials, error) {
	if c.Vault == nil || c.Store == nil || c.HTTP == nil {
		return nil, errors.New("credential: Config.Vault, Config.Store and Config.HTTP are required")
	}
	if c.Margin < 0 || c.Cache < 0 {
		return nil, errors.New("credential: Config.Margin and Config.Cache must not be negative")
	}
	if c.Margin == 0 {
		c.Margin = DefaultMargin
	}
	if c.Cache == 0 {
		c.Cache = DefaultCache
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnRefresh == nil {
		c.OnRefresh = func(error) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Credentials{config: c, tokens: tidied(c.HTTP), cache: newCache(c.Cache), pending: map[store.Key]unstored{}, idle: make(chan struct{})}, nil
}

// Load reads a credential. Errors: ErrNotFound, ErrUnreadable, or the store's.
func (c *Credentials) Load(ctx context.Context, ref Ref) (Stored, error) {
	key := ref.Key()
	_, removed := c.cache.state()
	records, err := c.config.Store.Get(ctx, key)
	if err != nil {
		return Stored{}, fmt.Errorf("load credential %s: %w", ref.ID, err)
	}
	rec := records[0]
	if rec.Version == 0 || rec.Value == nil {
		c.cache.remove(key)
		return Stored{}, fmt.Errorf("load credential %s: %w", ref.ID, ErrNotFound)
	}
	if s, ok := c.cache.get(rec); ok {
		return s, nil
	}
	s, err := unseal(c.config.Vault, ref, rec.Version, rec.Value)
	if err != nil {
		return Stored{}, fmt.Errorf("load credential %s: %w", ref.ID, err)
	}
	c.cache.put(rec, s, removed)
	return s, nil
}

// Put gives the write that makes a new credential, for the commit that makes its instance.
func (c *Credentials) Put(ref Ref, credential Credential) (store.Put, error) {
	return c.write(Stored{Ref: ref}, credential)
}

// Replace gives the write that changes a credential; set Tokens to old.Tokens to keep them. It conflicts if anything, a refresh of the tokens
// too, was stored since old was read: load again and repeat.
func (c *Credentials) Replace(old Stored, credential Credential) (store.Put, error) {
	return c.write(old, credential)
}

// Delete gives the write that destroys a credential. It conflicts like Replace.
func (c *Credentials) Delete(old Stored) store.Put {
	return store.Put{Key: old.Ref.Key(), Expect: old.Version}
}

// Forget lets go of a credential that was deleted: until then it lies opened in memory, for as long as others do not need its room. What is being
// loaded meanwhile is not kept.
func (c *Credentials) Forget(ref Ref) { c.cache.remove(ref.Key()) }

// Opened is how many credentials lie opened in memory.
func (c *Credentials) Opened() int {
	n, _ := c.cache.state()
	return n
}

func (c *Credentials) write(old Stored, credential Credential) (store.Put, error) {
	if err := old.Ref.check(); err != nil {
		return store.Put{}, err
	}
	value, err := seal(c.config.Vault, old.Ref, old.Generation+1, credential)
	if err != nil {
		return store.Put{}, err
	}
	return store.Put{Key: old.Ref.Key(), Expect: old.Version, Value: value, Index: old.Ref.index()}, nil
}

// Close refuses further refreshes, waits for those under way and stores what could not be stored yet. Call it before the store is closed:
// tokens that are still unstored then are lost, and the error (ErrUnstored) names their credentials.
func (c *Credentials) Close(ctx context.Context) error {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	if first && c.running == 0 {
		close(c.idle)
	}
	c.mu.Unlock()
	select {
	case <-c.idle:
	case <-ctx.Done():
		return fmt.Errorf("close credentials: a refresh is still under way: %w", ctx.Err())
	}
	var errs []error
	for _, p := range c.allPending() {
		if _, err := c.persist(ctx, p); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Format implements fmt.Formatter: nothing of the cache is shown.
func (c *Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "credential.Credentials") }

// begin counts a refresh in, unless Close was called; end counts it out.
func (c *Credentials) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.running++
	return nil
}

func (c *Credentials) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running--; c.closed && c.running == 0 {
		close(c.idle)
	}
}
