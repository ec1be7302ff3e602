package storetest

import (
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

var owner17 = store.Term{Name: "owner", Value: "17"}

var findTests = map[string]func(*world){
	"Find/over all partitions, in order, page by page": func(w *world) {
		want := []store.Key{key(0, "b"), key(1, "a"), key(1, "a/b"), key(1, "b"), key(255, "z"), key(256, "a"), key(store.Partitions-1, "a")}
		for i := range want {
			w.put(want[(i*3)%len(want)], 0, "v", owner17) // in another order than found
		}
		w.put(key(2, "not17"), 0, "v", store.Term{Name: "owner", Value: "170"}, store.Term{Name: "owne", Value: "r17"})
		same(w, "all at once", w.find(owner17, store.Key{}, 99), want)
		for n := 1; n <= 3; n++ {
			var got []store.Key
			for page := w.find(owner17, store.Key{}, n); len(page) > 0; page = w.find(owner17, page[len(page)-1], n) {
				if len(page) > n {
					w.Fatalf("page of %d, want %d at most", len(page), n)
				}
				got = append(got, page...)
			}
			same(w, "by pages", got, want)
		}
		same(w, "after what is not there", w.find(owner17, key(1, "aa"), 1), []store.Key{key(1, "b")})
		same(w, "none", w.find(owner17, store.Key{}, 0), []store.Key{})
	},
	"Find/a put replaces the terms": func(w *world) {
		k, tag, token := key(1, "a"), store.Term{Name: "tag"}, store.Term{Name: "token", Value: "x"}
		w.put(k, 0, "v", owner17, tag, owner17)
		w.put(k, 1, "v", token, tag)
		same(w, "gone", w.find(owner17, store.Key{}, 9), []store.Key{})
		same(w, "kept", w.find(tag, store.Key{}, 9), []store.Key{k})
		same(w, "new", w.find(token, store.Key{}, 9), []store.Key{k})
		w.put(k, 2, "v")
		same(w, "none left", append(w.find(tag, store.Key{}, 9), w.find(token, store.Key{}, 9)...), []store.Key{})
	},
	"Find/a refused put changes no term": func(w *world) {
		w.put(key(1, "a"), 0, "v", owner17)
		o := w.commit(store.Change{Puts: []store.Put{{Key: key(1, "a"), Expect: 7, Value: []byte("v")}}})
		wantError(w, o[0].Err, store.ErrConflict)
		same(w, "found", w.find(owner17, store.Key{}, 9), []store.Key{key(1, "a")})
	},
	"Find/terms go with their record": func(w *world) {
		w.put(key(1, "a"), 0, "v", owner17)
		w.put(key(1, "b"), 0, "v", owner17)
		w.apply(store.Change{Puts: []store.Put{{Key: key(1, "a"), Expect: 1}}})
		same(w, "found", w.find(owner17, store.Key{}, 9), []store.Key{key(1, "b")})
	},
	"Find/a record that comes and goes in one call": func(w *world) {
		k := key(1, "a")
		w.commit(
			store.Change{Puts: []store.Put{{Key: k, Value: []byte("v"), Index: []store.Term{owner17}}}},
			store.Change{Puts: []store.Put{{Key: k, Expect: 1}}},
			store.Change{Puts: []store.Put{{Key: key(2, "b"), Value: []byte("v"), Index: []store.Term{owner17}}}},
		)
		same(w, "found", w.find(owner17, store.Key{}, 9), []store.Key{key(2, "b")})
	},
	"Find/invalid term": func(w *world) {
		_, err := w.s.Find(w.ctx, store.Term{Name: "", Value: "x"}, store.Key{}, 9)
		wantInvalid(w, err)
	},
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}
