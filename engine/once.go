package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// IdempotencyTime is how long an idempotency key stands for its first request.
const IdempotencyTime = 24 * time.Hour

// ReusedKeyError is an idempotency key that stands for another request.
type ReusedKeyError struct{}

func (*ReusedKeyError) Error() string {
	return "the Idempotency-Key was used for another request within 24 hours; a new request needs a new key"
}

// once is a request that makes one instance, however often it comes. The ids that its instance may have are made of its key, so that whether
// it was made is found without an index, and what remembers it lies in the partition of the instance and is stored in the commit that makes
// it: a crash leaves both or neither.
type once struct {
	key  [sha256.Size]byte // of organization and key
	body [sha256.Size]byte // of what was asked for
	at   time.Time
	old  map[int64]store.Version // expired memories, by id
}

func newOnce(caller Caller, c Creation, now time.Time) *once {
	o := &once{at: now.UTC().Truncate(time.Second), old: map[int64]store.Version{}}
	o.key = sha256.Sum256([]byte(idText(caller.Organization) + "/" + c.IdempotencyKey))
	o.body = sha256.Sum256(append([]byte(c.Element+"\n"), c.Body...))
	return o
}

// id is where the instance may be; each try is another place. Without a key it is any.
func (o *once) id(try int) int64 {
	if o == nil {
		return randomID()
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(o.key[:], uint64(try)))
	const least = 1_000_000
	return least + int64(binary.BigEndian.Uint64(sum[:])%uint64(1<<31-1-least))
}

// memory is what is stored of a request.
type memory struct {
	Format   int                `json:"format"`
	Key      string             `json:"key"`
	Body     string             `json:"body"`
	At       time.Time          `json:"at"`
	Secret   []byte             `json:"secret,omitempty"` // sealed: the webhook secret that the answer showed
	Warnings []instance.Problem `json:"warnings,omitempty"`
}

const memoryFormat = 1

func memoryKey(id int64) store.Key {
	name := idText(id)
	return store.Key{Partition: store.PartitionOf(name), Name: "idempotency/" + name}
}

// put remembers the request beside its instance.
func (o *once) put(e *Engine, made *instance.Made, g grant) (store.Put, error) {
	id := made.Instance.ID
	sealed, err := e.vault.Seal([]byte(g.Values[keyWebhookSecret].Reveal()), []byte("idempotency/"+idText(id)))
	if err != nil {
		return store.Put{}, err
	}
	value, err := json.Marshal(memory{memoryFormat, hex.EncodeToString(o.key[:]), hex.EncodeToString(o.body[:]), o.at, sealed, made.Warnings})
	return store.Put{Key: memoryKey(id), Expect: o.old[id], Value: value, Index: []store.Term{{Name: "idempotency", Value: "all"}}}, err
}

// requests are those with a key that are under way.
type requests struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]bool
}

func newRequests() *requests { return &requests{all: map[[sha256.Size]byte]bool{}} }

// begin reports whether none with that key is under way; then the caller ends it.
func (r *requests) begin(key [sha256.Size]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all[key] {
		return false
	}
	r.all[key] = true
	return true
}

func (r *requests) end(key [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, key)
}

// createOnce makes an instance, or gives the one that an earlier request with the key has made. A request that failed is not remembered.
func (e *Engine) createOnce(ctx context.Context, caller Caller, c Creation, create func(*once) (*Instance, error)) (*Instance, error) {
	o := newOnce(caller, c, e.config.Now())
	if !e.requests.begin(o.key) {
		return nil, &ConflictError{"a request with this Idempotency-Key is under way; ask again when it has ended"}
	}
	defer e.requests.end(o.key)
	for try := range tries {
		made, err := e.remembered(ctx, caller, o, o.id(try))
		if made != nil || err != nil {
			return made, err
		}
	}
	return create(o)
}

// remembered gives the instance that the request has made at an id; nil if it has made none there.
func (e *Engine) remembered(ctx context.Context, caller Caller, o *once, id int64) (*Instance, error) {
	records, err := e.store.Get(ctx, memoryKey(id))
	if err != nil || records[0].Version == 0 {
		return nil, err
	}
	var m memory
	if err := json.Unmarshal(records[0].Value, &m); err != nil {
		return nil, fmt.Errorf("idempotency key of instance %d: %w", id, err)
	}
	switch {
	case e.forgotten(m):
		o.old[id] = records[0].Version
		return nil, nil
	case m.Key != hex.EncodeToString(o.key[:]):
		return nil, nil
	case m.Body != hex.EncodeToString(o.body[:]):
		return nil, &ReusedKeyError{}
	}
	secret, err := e.vault.Open(m.Secret, []byte("idempotency/"+idText(id)))
	if err != nil {
		return nil, fmt.Errorf("idempotency key of instance %d: %w", id, err)
	}
	in, err := e.Instance(ctx, caller, id)
	if errors.Is(err, ErrNotFound) {
		return nil, &ConflictError{"the instance that the first request with this Idempotency-Key made was deleted; another one needs a new key"}
	}
	if err != nil {
		return nil, err
	}
	in.WebhookSecret, in.Warnings, in.Replayed = string(secret), m.Warnings, true
	return in, nil
}

func (e *Engine) forgotten(m memory) bool { return e.config.Now().Sub(m.At) >= IdempotencyTime }

// dropMemories deletes what is remembered of old requests.
func (e *Engine) dropMemories(ctx context.Context) error {
	return e.each(ctx, store.Term{Name: "idempotency", Value: "all"}, func(rec store.Record) error {
		var m memory
		if json.Unmarshal(rec.Value, &m) == nil && !e.forgotten(m) {
			return nil
		}
		_, err := store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: rec.Key, Expect: rec.Version}}}))
		if errors.Is(err, store.ErrConflict) { // it was renewed meanwhile
			err = nil
		}
		return err
	})
}
