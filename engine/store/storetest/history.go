package storetest

import (
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

var historyTests = map[string]func(*world){
	"History/newest first, page by page": func(w *world) {
		k := key(7, "res")
		for _, id := range []string{"2026-03", "2026-01", "2026-01-05", "2026-02", "2026-04"} {
			w.apply(store.Change{Log: []store.Entry{{Key: k, ID: id, Value: []byte(id)}}})
		}
		for _, neighbour := range []string{"re", "res2", "res\x01"} {
			w.apply(store.Change{Log: []store.Entry{{Key: key(7, neighbour), ID: "2026-09"}, {Key: key(7, neighbour), ID: "0"}}})
		}
		want := []string{"2026-04", "2026-03", "2026-02", "2026-01-05", "2026-01"}
		same(w, "all", entryIDs(w.history(k, "", 9)), want)
		for n := 1; n <= 3; n++ {
			got, before := []string{}, ""
			for page := w.history(k, before, n); len(page) > 0; page = w.history(k, before, n) {
				before = page[len(page)-1].ID
				got = append(got, entryIDs(page)...)
			}
			same(w, "by pages", got, want)
		}
		same(w, "before what is not there", entryIDs(w.history(k, "2026-02-15", 1)), []string{"2026-02"})
		same(w, "before the first", entryIDs(w.history(k, "2026-01", 9)), []string{})
		same(w, "after the last", entryIDs(w.history(k, "\xff\xff", 1)), []string{"2026-04"})
		same(w, "n 0", entryIDs(w.history(k, "", 0)), []string{})
		same(w, "none", entryIDs(w.history(key(7, "nothing"), "", 9)), []string{})
	},
	"History/fields and copies": func(w *world) {
		value := []byte("one")
		e := store.Entry{Key: key(7, "res"), ID: "a", Value: value, Expires: w.clock.Now().Add(time.Hour)}
		w.apply(store.Change{Log: []store.Entry{e}})
		value[0] = 'X'
		want := e
		want.Value = []byte("one")
		got := w.history(e.Key, "", 1)
		same(w, "entry", got, []store.Entry{want})
		got[0].Value[0] = 'Y'
		same(w, "entry", w.history(e.Key, "", 1), []store.Entry{want})
	},
	"History/whole milliseconds, rounded up, UTC": func(w *world) {
		zone := time.FixedZone("", 2*60*60)
		end := w.clock.Now().Add(time.Hour)
		w.apply(store.Change{Log: []store.Entry{{Key: key(7, "res"), ID: "a", Expires: end.Add(time.Microsecond).In(zone)}}})
		got := w.history(key(7, "res"), "", 1)[0].Expires
		if want := end.Add(time.Millisecond); !got.Equal(want) || got.Location() != time.UTC {
			w.Fatalf("expires %v, want %v", got, want)
		}
	},
	"History/expired entries are left out": func(w *world) {
		k := key(7, "res")
		for id, life := range map[string]time.Duration{"a": time.Hour, "b": time.Minute, "c": 2 * time.Hour, "past": -time.Second, "now": 0} {
			w.apply(store.Change{Log: []store.Entry{{Key: k, ID: id, Expires: w.clock.Now().Add(life)}}})
		}
		w.apply(store.Change{Log: []store.Entry{{Key: k, ID: "ever"}}})
		same(w, "all", entryIDs(w.history(k, "", 9)), []string{"ever", "c", "b", "a"})
		w.clock.move(time.Minute)
		same(w, "a minute later", entryIDs(w.history(k, "", 9)), []string{"ever", "c", "a"})
		same(w, "n counts what is left", entryIDs(w.history(k, "d", 2)), []string{"c", "a"})
		w.clock.move(time.Hour)
		same(w, "an hour later", entryIDs(w.history(k, "", 9)), []string{"ever", "c"})
		w.clock.move(100 * 365 * 24 * time.Hour)
		same(w, "a century later", entryIDs(w.history(k, "", 9)), []string{"ever"})
	},
	"History/the same id replaces the row": func(w *world) {
		k, end := key(7, "res"), w.clock.Now().Add(time.Hour)
		for range 2 {
			w.apply(store.Change{Log: []store.Entry{{Key: k, ID: "a", Value: []byte("one"), Expires: end}}})
		}
		same(w, "not doubled", w.history(k, "", 9), []store.Entry{{Key: k, ID: "a", Value: []byte("one"), Expires: end}})
		w.apply(store.Change{Log: []store.Entry{{Key: k, ID: "a", Value: []byte("two")}}})
		same(w, "lives longer", w.history(k, "", 9), []store.Entry{{Key: k, ID: "a", Value: []byte("two")}})
		w.apply(store.Change{Log: []store.Entry{{Key: k, ID: "a", Value: []byte("three"), Expires: w.clock.Now()}}})
		same(w, "ended", len(w.history(k, "", 9)), 0)
	},
	"History/of a record that never was": func(w *world) {
		w.apply(store.Change{Log: []store.Entry{{Key: key(7, "res"), ID: "a"}}})
		same(w, "record", w.get(key(7, "res")).Version, store.Version(0))
		same(w, "entries", entryIDs(w.history(key(7, "res"), "", 9)), []string{"a"})
	},
	"History/invalid key": func(w *world) {
		_, err := w.s.History(w.ctx, store.Key{}, "", 1)
		wantInvalid(w, err)
	},
}

func entryIDs(entries []store.Entry) []string {
	out := []string{}
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}
