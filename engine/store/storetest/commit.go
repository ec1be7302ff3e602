package storetest

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pollwright/pollwright/engine/store"
)

var commitTests = map[string]func(*world){
	"Commit/versions count the puts": func(w *world) {
		for v := range store.Version(4) {
			w.put(key(1, "a"), v, "v")
			same(w, "version", w.get(key(1, "a")).Version, v+1)
		}
	},
	"Commit/another version is a conflict": func(w *world) {
		w.put(key(1, "a"), 0, "kept")
		for _, expect := range []store.Version{0, 2, 1 << 40} {
			o := w.commit(store.Change{Puts: []store.Put{{Key: key(1, "a"), Expect: expect, Value: []byte("x")}}})
			wantError(w, o[0].Err, store.ErrConflict)
		}
		o := w.commit(store.Change{Puts: []store.Put{{Key: key(1, "absent"), Expect: 1, Value: []byte("x")}}})
		wantError(w, o[0].Err, store.ErrConflict)
		same(w, "record", w.get(key(1, "a")), store.Record{Key: key(1, "a"), Version: 1, Value: []byte("kept")})
	},
	"Commit/all of a change or nothing": func(w *world) {
		full := everything(key(1, "a"), key(1, "b"))
		w.put(key(1, "b"), 0, "in the way") // the second put of the change
		o := w.commit(full)
		wantError(w, o[0].Err, store.ErrConflict)
		if len(o[0].Seqs) != 0 {
			w.Fatalf("a refused change got %v", o[0].Seqs)
		}
		nothingOf(w, full)
		full.Puts[1].Expect = 1
		w.apply(full)
		same(w, "put", w.get(key(1, "a")).Version, store.Version(1))
		same(w, "chunks", w.ids(key(1, "a"), "", 9), []string{"c"})
		same(w, "terms", w.find(owner17, store.Key{}, 9), []store.Key{key(1, "a")})
		same(w, "outbox", len(w.outbox(full.Emit[0].Lane, 0, 9)), 1)
		same(w, "history", len(w.history(key(1, "a"), "", 9)), 1)
	},
	"Commit/changes of one call stand each on its own": func(w *world) {
		put := func(name string, expect store.Version) store.Change {
			return store.Change{Puts: []store.Put{{Key: key(1, name), Expect: expect, Value: []byte("v")}}}
		}
		o := w.commit(put("a", 0), put("b", 3), put("c", 0), store.Change{}, put("a\x00", 0))
		same(w, "outcomes", len(o), 5)
		for i, want := range []error{nil, store.ErrConflict, nil, nil, store.ErrInvalid} {
			wantError(w, o[i].Err, want)
		}
		same(w, "stored", w.names(1, "", store.Key{}, 9), []string{"a", "c"})
	},
	"Commit/changes of one call are applied in order": func(w *world) {
		change := func(expect store.Version, value string) store.Change {
			return store.Change{Puts: []store.Put{{Key: key(1, "a"), Expect: expect, Value: []byte(value)}}}
		}
		o := w.commit(change(0, "1"), change(1, "2"), change(1, "stale"), change(2, "3"))
		for i, want := range []error{nil, nil, store.ErrConflict, nil} {
			wantError(w, o[i].Err, want)
		}
		same(w, "record", w.get(key(1, "a")), store.Record{Key: key(1, "a"), Version: 3, Value: []byte("3")})
	},
	"Commit/nothing": func(w *world) {
		same(w, "outcomes", len(w.commit()), 0)
		same(w, "outcome of an empty change", len(w.apply(store.Change{}).Seqs), 0)
	},
	"Commit/a deleted record takes its chunks and terms, not its history": func(w *world) {
		c := everything(key(1, "a"), key(1, "ab"))
		w.apply(c)
		w.apply(store.Change{Puts: []store.Put{{Key: key(1, "a"), Expect: 1}}})
		same(w, "record", w.get(key(1, "a")), store.Record{Key: key(1, "a")})
		same(w, "chunks", w.ids(key(1, "a"), "", 9), []string{})
		same(w, "terms", w.find(owner17, store.Key{}, 9), []store.Key{})
		same(w, "history", len(w.history(key(1, "a"), "", 9)), 1)
		same(w, "its neighbour", w.get(key(1, "ab")).Version, store.Version(1))
		w.put(key(1, "a"), 0, "again")
		same(w, "chunks of the new one", w.ids(key(1, "a"), "", 9), []string{})
	},
	"Commit/deleting needs the version": func(w *world) {
		w.put(key(1, "a"), 0, "v")
		o := w.commit(store.Change{Puts: []store.Put{{Key: key(1, "a")}}})
		wantError(w, o[0].Err, store.ErrConflict)
		same(w, "version", w.get(key(1, "a")).Version, store.Version(1))
		w.apply(store.Change{Puts: []store.Put{{Key: key(1, "absent")}}})
		same(w, "still absent", w.get(key(1, "absent")).Version, store.Version(0))
	},
	"Commit/invalid changes": func(w *world) {
		for name, c := range invalid() {
			o := w.commit(c)
			if !errors.Is(o[0].Err, store.ErrInvalid) {
				w.Errorf("%s: %v, want ErrInvalid", name, o[0].Err)
			}
		}
		same(w, "stored", w.names(1, "", store.Key{}, 9), []string{})
	},
	"Commit/the longest names and values": func(w *world) {
		long := strings.Repeat("n", store.MaxName)
		k, value := key(1, long), bytes.Repeat([]byte("v"), store.MaxValue)
		w.apply(store.Change{
			Puts: []store.Put{{Key: k, Value: value, Index: []store.Term{{Name: long, Value: long}}}},
			Side: []store.Chunk{{Key: k, ID: long, Value: value}},
			Log:  []store.Entry{{Key: k, ID: long, Value: value}},
			Emit: []store.Notification{{Lane: store.Lane{Instance: long}, ID: long, Meta: value}},
		})
		same(w, "value", w.get(k).Value, value)
		same(w, "chunk", must(w.s.Chunks(w.ctx, k, "", 1))(w)[0].Value, value)
		same(w, "entry", w.history(k, "", 1)[0].Value, value)
		same(w, "meta", w.outbox(store.Lane{Instance: long}, 0, 1)[0].Meta, value)
		same(w, "found", w.find(store.Term{Name: long, Value: long}, store.Key{}, 1), []store.Key{k})
	},
}

// everything is a change that has one of all, put into a, and another put into b.
func everything(a, b store.Key) store.Change {
	return store.Change{
		Puts: []store.Put{{Key: a, Value: []byte("v"), Index: []store.Term{owner17}}, {Key: b, Value: []byte("v")}},
		Side: []store.Chunk{{Key: a, ID: "c", Value: []byte("c")}},
		Emit: []store.Notification{{Lane: store.Lane{Instance: a.Name}, ID: "n", Meta: []byte("m"), Payload: []byte("p")}},
		Log:  []store.Entry{{Key: a, ID: "e", Value: []byte("e")}},
	}
}

// nothingOf looks for traces of everything.
func nothingOf(w *world, c store.Change) {
	w.Helper()
	k := c.Puts[0].Key
	same(w, "record", w.get(k), store.Record{Key: k})
	same(w, "chunks", w.ids(k, "", 9), []string{})
	same(w, "terms", w.find(owner17, store.Key{}, 9), []store.Key{})
	same(w, "outbox", len(w.outbox(c.Emit[0].Lane, 0, 9)), 0)
	same(w, "history", len(w.history(k, "", 9)), 0)
}

func is(err, want error) bool {
	if want == nil {
		return err == nil
	}
	return errors.Is(err, want)
}
