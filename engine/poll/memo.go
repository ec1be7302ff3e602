package poll

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"github.com/pollwright/pollwright/engine/store"
)

// maxMemo bounds what an adapter can have remembered, bytes.
const maxMemo = 16 << 10

// memo is what the adapter remembers for an instance, shared by its resources.
type memo struct {
	key     store.Key
	version store.Version
	value   []byte
	loaded  bool
	changed bool
}

// MemoKey is where an instance's memo lies.
func MemoKey(instanceID int64) store.Key {
	id := strconv.FormatInt(instanceID, 10)
	return store.Key{Partition: store.PartitionOf(id), Name: "memo/" + id}
}

func loadMemo(ctx context.Context, s store.Store, instanceID int64) (memo, error) {
	key := MemoKey(instanceID)
	records, err := s.Get(ctx, key)
	if err != nil {
		return memo{}, err
	}
	return memo{key: key, version: records[0].Version, value: records[0].Value, loaded: true}, nil
}

func (m *memo) set(value []byte) {
	if len(value) == 0 || len(value) > maxMemo || bytes.Equal(value, m.value) {
		return
	}
	m.value, m.changed = value, true
}

// save stores a changed memo. It is only a shortcut for the adapter: when another resource's poll was faster, theirs stands.
func (m *memo) save(ctx context.Context, s store.Store) error {
	if !m.changed {
		return nil
	}
	_, err := store.One(s.Commit(ctx, store.Change{Puts: []store.Put{{Key: m.key, Expect: m.version, Value: m.value}}}))
	m.changed = false
	if errors.Is(err, store.ErrConflict) {
		m.loaded = false
		return nil
	}
	if err == nil {
		m.version++
	}
	return err
}

// Memo is what is remembered for an instance, for those who read its pages without being a poll.
type Memo struct{ memo }

// LoadMemo reads an instance's memo.
func LoadMemo(ctx context.Context, s store.Store, instanceID int64) (Memo, error) {
	m, err := loadMemo(ctx, s, instanceID)
	return Memo{m}, err
}

// Value is the memo as Talk.Page wants it; nil = nothing is remembered.
func (m *Memo) Value() []byte { return m.value }

// Keep stores what an adapter wants remembered (Page.Memo; nil = nothing new), unless somebody was faster.
func (m *Memo) Keep(ctx context.Context, s store.Store, value []byte) error {
	m.set(value)
	return m.save(ctx, s)
}
