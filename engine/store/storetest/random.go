package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/engine/store"
)

var modelTests = map[string]func(*world){
	"model/random changes": func(w *world) {
		run := 0
		rapid.Check(w.T, func(t *rapid.T) {
			run++ // each run has names of its own in the one store
			r := random{T: t, w: w, m: newModel(), prefix: fmt.Sprintf("%04d/", run)}
			for range rapid.IntRange(1, 8).Draw(t, "calls") {
				r.call()
			}
			r.compare()
		})
	},
}

// random draws changes, commits them, and does the same to the model.
type random struct {
	*rapid.T
	w      *world
	m      *model
	prefix string
}

func (r random) call() {
	n := rapid.IntRange(1, 4).Draw(r.T, "changes")
	changes, want := make([]store.Change, n), make([]bool, n)
	// What a change must do depends on those before it in the call, and their numbers are not known yet: a copy is told without them.
	ahead := &model{records: maps.Clone(r.m.records), chunks: map[store.Key]map[string]string{},
		entries: map[store.Key]map[string]store.Entry{}, lanes: map[store.Lane][]store.Notification{}, kept: map[string][]store.Notification{}}
	for i := range changes {
		changes[i] = r.change(ahead)
		if want[i] = ahead.admits(changes[i]); want[i] {
			ahead.apply(store.Change{Puts: changes[i].Puts}, nil)
		}
	}
	outcomes, err := r.w.s.Commit(context.Background(), changes...)
	if err != nil {
		r.Fatalf("commit: %v", err)
	}
	for i, o := range outcomes {
		if !want[i] {
			same(r, "conflict", is(o.Err, store.ErrConflict), true)
			continue
		}
		if o.Err != nil {
			r.Fatalf("change %d: %v, want it applied", i, o.Err)
		}
		r.m.apply(changes[i], o.Seqs)
	}
	if rapid.IntRange(0, 9).Draw(r.T, "forget") == 0 {
		instance := rapid.SampledFrom(r.lanes()).Draw(r.T, "instance").Instance
		if err := r.w.s.Forget(context.Background(), instance); err != nil {
			r.Fatalf("forget: %v", err)
		}
		r.m.forget(instance)
	}
	if rapid.IntRange(0, 3).Draw(r.T, "time") == 0 {
		r.w.clock.move(time.Minute)
	}
}

func (r random) change(ahead *model) store.Change {
	var c store.Change
	p := rapid.SampledFrom(r.partitions()).Draw(r.T, "partition")
	for _, k := range r.keys(p) {
		switch rapid.IntRange(0, 5).Draw(r.T, "record") {
		case 0, 1:
			c.Puts = append(c.Puts, r.put(k, ahead))
			c.Side = append(c.Side, r.side(k)...)
		case 2:
			c.Puts = append(c.Puts, store.Put{Key: k, Expect: ahead.records[k].version})
		}
	}
	for _, l := range r.lanes() {
		for range rapid.IntRange(0, 2).Draw(r.T, "emits") {
			c.Emit = append(c.Emit, store.Notification{
				Lane: l, ID: "n", Events: rapid.IntRange(0, 300).Draw(r.T, "events"), Meta: r.bytes("meta"), Payload: r.bytes("payload"),
			})
		}
		for _, n := range r.m.kept[l.Instance] { // dropped before, and of another lane, too
			if how := rapid.IntRange(0, 7).Draw(r.T, "drop"); how < 3 {
				c.Drop = append(c.Drop, store.Drop{Lane: l, Seq: n.Seq, Erase: how == 0})
			}
		}
	}
	k := rapid.SampledFrom(r.keys(p)).Draw(r.T, "of")
	for range rapid.IntRange(0, 2).Draw(r.T, "entries") {
		c.Log = append(c.Log, r.entry(k))
	}
	return c
}

func (r random) put(k store.Key, ahead *model) store.Put {
	p := store.Put{Key: k, Expect: ahead.records[k].version, Value: r.bytes("value")}
	if rapid.IntRange(0, 7).Draw(r.T, "stale") == 0 {
		p.Expect = store.Version(rapid.IntRange(0, 3).Draw(r.T, "expect"))
	}
	for _, t := range r.terms() {
		if rapid.Bool().Draw(r.T, "term") {
			p.Index = append(p.Index, t)
		}
	}
	return p
}

func (r random) side(k store.Key) []store.Chunk {
	var out []store.Chunk
	for _, id := range []string{"a", "b", "ba"} {
		switch rapid.IntRange(0, 3).Draw(r.T, "chunk") {
		case 0:
			out = append(out, store.Chunk{Key: k, ID: id, Value: r.bytes("chunk")})
		case 1:
			out = append(out, store.Chunk{Key: k, ID: id})
		}
	}
	return out
}

func (r random) entry(k store.Key) store.Entry {
	e := store.Entry{Key: k, ID: rapid.SampledFrom([]string{"1", "10", "2", "3"}).Draw(r.T, "id"), Value: r.bytes("entry")}
	if life := rapid.IntRange(-1, 4).Draw(r.T, "life"); life >= 0 {
		e.Expires = r.w.clock.Now().Add(time.Duration(life) * time.Minute)
	}
	return e
}

// compare reads all back, whole and by pages.
func (r random) compare() {
	ctx, now := context.Background(), r.w.clock.Now()
	for _, p := range r.partitions() {
		got, err := r.w.s.Scan(ctx, p, r.prefix, store.Key{}, 99)
		check(r, "scan", got, err, r.m.scan(p, r.prefix))
		for _, k := range r.keys(p) {
			r.compareRecord(ctx, k, now)
		}
	}
	for _, t := range r.terms() {
		after := store.Key{}
		for want := r.m.find(t, after); ; want = r.m.find(t, after) {
			got, err := r.w.s.Find(ctx, t, after, 2)
			check(r, "find", got, err, want[:min(2, len(want))])
			if len(got) == 0 {
				break
			}
			after = got[len(got)-1]
		}
	}
	for _, l := range r.lanes() {
		got, err := r.w.s.Outbox(ctx, l, 0, 99)
		check(r, "outbox", got, err, append([]store.Notification{}, r.m.lanes[l]...))
		r.compareKept(ctx, l.Instance)
	}
	got, err := r.w.s.Backlogs(ctx)
	got = slices.DeleteFunc(got, func(b store.Backlog) bool { return !strings.HasPrefix(b.Lane.Instance, r.prefix) })
	check(r, "backlogs", got, err, r.m.backlogs())
}

func (r random) compareRecord(ctx context.Context, k store.Key, now time.Time) {
	records, err := r.w.s.Get(ctx, k)
	check(r, "get", records, err, []store.Record{r.m.get(k)})
	want := []store.Chunk{}
	for _, id := range slices.Sorted(maps.Keys(r.m.chunks[k])) {
		want = append(want, store.Chunk{Key: k, ID: id, Value: []byte(r.m.chunks[k][id])})
	}
	got, err := r.w.s.Chunks(ctx, k, "", 99)
	check(r, "chunks", got, err, want)
	for _, before := range []string{"", "10", "2", "25"} {
		entries, err := r.w.s.History(ctx, k, before, 99)
		check(r, "history before "+before, entries, err, r.m.history(k, before, now))
	}
}

// compareKept lists an instance by pages, and recalls each.
func (r random) compareKept(ctx context.Context, instance string) {
	var before store.Seq
	for want := r.m.listed(instance, before); ; want = r.m.listed(instance, before) {
		got, err := r.w.s.Kept(ctx, instance, before, 3)
		check(r, "kept", got, err, want[:min(3, len(want))])
		if len(got) == 0 {
			break
		}
		before = got[len(got)-1].Seq
	}
	for _, n := range r.m.kept[instance] {
		got, err := r.w.s.Recall(ctx, instance, n.Seq)
		check(r, "recall", []store.Kept{got}, err, []store.Kept{{Notification: n, Waiting: r.m.waits(n)}})
	}
}

func check[T any](r random, what string, got []T, err error, want []T) {
	r.Helper()
	if err != nil {
		r.Fatalf("%s: %v", what, err)
	}
	same(r, what, got, want)
}

func (r random) partitions() []store.Partition { return []store.Partition{3, 700} }

func (r random) keys(p store.Partition) []store.Key {
	return []store.Key{key(p, r.prefix+"a"), key(p, r.prefix+"a/b"), key(p, r.prefix+"ab")}
}

func (r random) lanes() []store.Lane {
	return []store.Lane{{Instance: r.prefix + "i", Number: 0}, {Instance: r.prefix + "i", Number: 7}, {Instance: r.prefix + "j", Number: 0}}
}

func (r random) terms() []store.Term {
	return []store.Term{{Name: "t", Value: r.prefix}, {Name: "t", Value: r.prefix + "x"}, {Name: "u" + r.prefix}}
}

// bytes are short, or long enough to be compressed; never nil.
func (r random) bytes(label string) []byte {
	short := rapid.StringMatching(`[a-z]{0,6}`).Draw(r.T, label)
	return append([]byte{}, strings.Repeat(short, rapid.SampledFrom([]int{1, 1, 1, 40}).Draw(r.T, "times"))...)
}
