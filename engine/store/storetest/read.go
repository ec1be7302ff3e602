package storetest

import (
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

var readTests = map[string]func(*world){
	"Get/absent record has version 0": func(w *world) {
		got := w.get(key(1, "a/1"))
		if got.Value != nil {
			w.Fatalf("value %q, want nil", got.Value)
		}
		same(w, "record", got, store.Record{Key: key(1, "a/1")})
	},
	"Get/order of keys, repeated ones too": func(w *world) {
		w.put(key(1, "a/1"), 0, "one")
		w.put(key(2, "a/1"), 0, "two")
		same(w, "records", must(w.s.Get(w.ctx, key(2, "a/1"), key(9, "x"), key(1, "a/1"), key(2, "a/1")))(w), []store.Record{
			{Key: key(2, "a/1"), Version: 1, Value: []byte("two")},
			{Key: key(9, "x")},
			{Key: key(1, "a/1"), Version: 1, Value: []byte("one")},
			{Key: key(2, "a/1"), Version: 1, Value: []byte("two")},
		})
	},
	"Get/no keys": func(w *world) {
		if got := must(w.s.Get(w.ctx))(w); len(got) != 0 {
			w.Fatalf("%d records", len(got))
		}
	},
	"Get/empty value is not nil": func(w *world) {
		w.put(key(1, "a"), 0, "")
		if got := w.get(key(1, "a")); got.Value == nil || got.Version != 1 {
			w.Fatalf("%+v, want version 1 and an empty value", got)
		}
	},
	"Get/values are copies": func(w *world) {
		value := []byte("abc")
		w.apply(store.Change{Puts: []store.Put{{Key: key(1, "a"), Value: value}}})
		value[0] = 'X' // what was given
		got := w.get(key(1, "a"))
		got.Value[1] = 'Y' // what was returned
		_ = append(got.Value, "tail"...)
		same(w, "record", w.get(key(1, "a")), store.Record{Key: key(1, "a"), Version: 1, Value: []byte("abc")})
	},
	"Get/invalid key": func(w *world) {
		_, err := w.s.Get(w.ctx, key(1, "a\x00b"))
		wantInvalid(w, err)
	},
	"Scan/prefix, order and partition": func(w *world) {
		for _, k := range []store.Key{
			key(1, "ins/b"), key(1, "ins/a"), key(1, "ins/a/x"), key(1, "ins"), key(1, "int"), key(2, "ins/c"), key(1, "\xff"),
		} {
			w.put(k, 0, "v")
		}
		for _, test := range []struct {
			prefix string
			after  store.Key
			n      int
			want   []string
		}{
			{"", store.Key{}, 9, []string{"ins", "ins/a", "ins/a/x", "ins/b", "int", "\xff"}},
			{"ins/", store.Key{}, 9, []string{"ins/a", "ins/a/x", "ins/b"}},
			{"ins", store.Key{}, 2, []string{"ins", "ins/a"}},
			{"ins/", key(1, "ins/a"), 9, []string{"ins/a/x", "ins/b"}},
			{"ins/", key(1, "ins/a/missing"), 1, []string{"ins/a/x"}},
			{"ins/", key(1, "ins/b"), 9, []string{}},
			{"ins/", key(1, "a"), 9, []string{"ins/a", "ins/a/x", "ins/b"}},
			{"ins/", key(1, "z"), 9, []string{}},
			{"\xff", store.Key{}, 9, []string{"\xff"}},
			{"none", store.Key{}, 9, []string{}},
			{"", store.Key{}, 0, []string{}},
			{"", store.Key{}, -1, []string{}},
		} {
			same(w, "scan of "+test.prefix+" after "+test.after.Name, w.names(1, test.prefix, test.after, test.n), test.want)
		}
	},
	"Scan/returns what Get does": func(w *world) {
		w.put(key(3, "a"), 0, "1")
		w.put(key(3, "a"), 1, "2")
		got := must(w.s.Scan(w.ctx, 3, "", store.Key{}, 5))(w)
		same(w, "records", got, []store.Record{{Key: key(3, "a"), Version: 2, Value: []byte("2")}})
		got[0].Value[0] = 'X'
		same(w, "record", w.get(key(3, "a")).Value, []byte("2"))
	},
	"Scan/after of another partition": func(w *world) {
		_, err := w.s.Scan(w.ctx, 3, "", key(4, "a"), 5)
		wantInvalid(w, err)
	},
	"Chunks/order, after and n": func(w *world) {
		k := key(5, "rec")
		w.apply(store.Change{
			Puts: []store.Put{{Key: k, Value: []byte("v")}, {Key: key(5, "rec2"), Value: []byte("v")}},
			Side: []store.Chunk{
				{Key: k, ID: "b", Value: []byte("B")}, {Key: k, ID: "a", Value: []byte("A")}, {Key: k, ID: "ab", Value: []byte{}},
				{Key: key(5, "rec2"), ID: "c", Value: []byte("other")},
			},
		})
		same(w, "all", w.ids(k, "", 9), []string{"a", "ab", "b"})
		same(w, "after a", w.ids(k, "a", 9), []string{"ab", "b"})
		same(w, "after what is not there", w.ids(k, "aa", 1), []string{"ab"})
		same(w, "none", w.ids(k, "", 0), []string{})
		got := must(w.s.Chunks(w.ctx, k, "a", 1))(w)
		same(w, "chunk", got, []store.Chunk{{Key: k, ID: "ab"}})
		if got[0].Value == nil {
			w.Fatal("an empty chunk came back nil")
		}
	},
	"Chunks/replace, delete, copy": func(w *world) {
		k, value := key(5, "rec"), []byte("one")
		w.apply(store.Change{Puts: []store.Put{{Key: k, Value: []byte("v")}}, Side: []store.Chunk{
			{Key: k, ID: "a", Value: value}, {Key: k, ID: "b", Value: []byte("b")},
		}})
		value[0] = 'X'
		got := must(w.s.Chunks(w.ctx, k, "", 1))(w)
		same(w, "as given", got[0].Value, []byte("one"))
		got[0].Value[0] = 'Y'
		same(w, "as stored", must(w.s.Chunks(w.ctx, k, "", 1))(w)[0].Value, []byte("one"))
		w.apply(store.Change{Puts: []store.Put{{Key: k, Expect: 1, Value: []byte("v")}}, Side: []store.Chunk{
			{Key: k, ID: "a", Value: []byte("two")}, {Key: k, ID: "b"}, {Key: k, ID: "never there"},
		}})
		same(w, "chunks", must(w.s.Chunks(w.ctx, k, "", 9))(w), []store.Chunk{{Key: k, ID: "a", Value: []byte("two")}})
	},
}

func wantInvalid(t testing.TB, err error) {
	t.Helper()
	wantError(t, err, store.ErrInvalid)
}
