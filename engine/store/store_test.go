package store_test

import (
	"errors"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// TestPartitionOf holds what lies in folders: FNV-1a (32 bits) modulo 4096. The wanted values come from another implementation of it.
func TestPartitionOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]store.Partition{"": 0xdc5, "i-1": 0x08e, "owner\x0017": 0xe40, "foobar": 0x968} {
		if got := store.PartitionOf(name); got != want {
			t.Errorf("%q: %#x, want %#x", name, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	k := store.Key{Name: "1234"}
	for name, test := range map[string]struct {
		c           store.Change
		bytes, rows int
	}{
		"nothing":      {store.Change{}, 0, 0},
		"put":          {store.Change{Puts: []store.Put{{Key: k, Value: []byte("12345")}}}, 4 + 5, 1},
		"terms":        {store.Change{Puts: []store.Put{{Key: k, Value: []byte{}, Index: []store.Term{{Name: "ab", Value: "c"}}}}}, 4 + 4 + 2*3, 2},
		"chunk":        {store.Change{Side: []store.Chunk{{Key: k, ID: "12", Value: []byte("123")}}}, 4 + 2 + 3, 1},
		"notification": {store.Change{Emit: []store.Notification{{Lane: store.Lane{Instance: "123"}, ID: "1", Meta: []byte("12"), Payload: []byte("1234")}}}, 3 + 3 + 1 + 2 + 4, 2},
		"drop":         {store.Change{Drop: []store.Drop{{Lane: store.Lane{Instance: "123"}}}}, 3, 1},
		"erasing drop": {store.Change{Drop: []store.Drop{{Lane: store.Lane{Instance: "123"}, Erase: true}}}, 6, 2},
		"entry":        {store.Change{Log: []store.Entry{{Key: k, ID: "1", Value: []byte("12")}}}, 4 + 1 + 2, 1},
	} {
		if bytes, rows := test.c.Size(); bytes != test.bytes || rows != test.rows {
			t.Errorf("%s: %d bytes in %d rows, want %d in %d", name, bytes, rows, test.bytes, test.rows)
		}
	}
}

func TestOne(t *testing.T) {
	t.Parallel()
	call := errors.New("call")
	if _, err := store.One(nil, call); err != call {
		t.Errorf("%v, want the error of the call", err)
	}
	if _, err := store.One([]store.Outcome{{Err: store.ErrConflict}}, nil); err != store.ErrConflict {
		t.Errorf("%v, want the error of the change", err)
	}
	o, err := store.One([]store.Outcome{{Seqs: []store.Seq{7}}}, nil)
	if err != nil || len(o.Seqs) != 1 {
		t.Errorf("%+v, %v, want the outcome", o, err)
	}
}
