package storetest

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/pollwright/pollwright/engine/store"
)

var sizeTests = map[string]func(*world){
	"size/a safe change of bytes is stored": func(w *world) {
		c := store.Change{Emit: []store.Notification{{Lane: laneA, ID: "n"}}}
		bytes, _ := c.Size()
		c.Emit[0].Payload = noise(store.SafeBytes - bytes)
		w.apply(c)
		same(w, "payload", w.outbox(laneA, 0, 1)[0].Payload, c.Emit[0].Payload)
	},
	"size/a safe change of rows is stored": func(w *world) {
		k := key(1, "rec")
		w.apply(chunks(k, 0, store.SafeRows-1, noise(200)))
		same(w, "chunks", len(w.ids(k, "", 2*store.SafeRows)), store.SafeRows-1)
	},
	"size/a safe change of notifications and of drops is stored": func(w *world) {
		long := strings.Repeat("i", 200)
		var c, drops store.Change
		for i := range store.SafeRows / 2 { // two rows each
			c.Emit = append(c.Emit, store.Notification{Lane: store.Lane{Instance: long, Number: math.MaxUint16}, ID: fmt.Sprint(i), Events: 1000, Meta: []byte("m")})
		}
		bytes, rows := c.Size()
		same(w, "rows", rows, store.SafeRows)
		for i := range c.Emit {
			c.Emit[i].Payload = noise((store.SafeBytes - bytes) / len(c.Emit))
		}
		for _, seq := range w.apply(c).Seqs {
			drops.Drop = append(drops.Drop, store.Drop{Lane: c.Emit[0].Lane, Seq: seq, Erase: true})
		}
		_, rows = drops.Size()
		same(w, "rows", rows, store.SafeRows)
		w.apply(drops)
		same(w, "kept", len(must(w.s.Kept(w.ctx, long, 0, 9))(w)), 0)
	},
	"size/too many bytes": func(w *world) {
		c := everything(key(1, "a"), key(1, "b"))
		c.Emit[0].Payload = noise(16 << 20) // what no s2 makes smaller
		for range 5 {
			c.Emit = append(c.Emit, c.Emit[0])
		}
		tooLarge(w, c)
	},
	"size/one payload beyond all measure": func(w *world) {
		c := everything(key(1, "a"), key(1, "b"))
		c.Emit[0].Payload = bytes.Repeat([]byte("0123456789abcdef"), 5<<20) // 80 MiB, however small it could be made
		tooLarge(w, c)
	},
	"size/too many rows": func(w *world) {
		c := everything(key(1, "a"), key(1, "b"))
		for i := range 100_000 {
			c.Log = append(c.Log, store.Entry{Key: key(1, "a"), ID: fmt.Sprint(i)})
		}
		tooLarge(w, c)
	},
	"size/a record with more chunks than a commit holds is deleted in steps": func(w *world) {
		const total, step = 60_000, 4000
		k := key(1, "rec")
		var v store.Version
		for ; int(v)*step < total; v++ {
			w.apply(chunks(k, v, step, []byte{}))
		}
		o := w.commit(store.Change{Puts: []store.Put{{Key: k, Expect: v}}})
		wantError(w, o[0].Err, store.ErrTooLarge)
		same(w, "version", w.get(k).Version, v)
		for page := w.ids(k, "", step); len(page) == step; page = w.ids(k, "", step) {
			c := store.Change{Puts: []store.Put{{Key: k, Expect: v, Value: []byte("going")}}}
			for _, id := range page {
				c.Side = append(c.Side, store.Chunk{Key: k, ID: id})
			}
			w.apply(c)
			v++
		}
		w.apply(store.Change{Puts: []store.Put{{Key: k, Expect: v}}})
		same(w, "record", w.get(k).Version, store.Version(0))
	},
}

// tooLarge wants everything in c refused for its size, and what comes with it in the same call stored.
func tooLarge(w *world, c store.Change) {
	w.Helper()
	small := store.Change{Puts: []store.Put{{Key: key(9, "small"), Value: []byte("v")}}}
	o := w.commit(c, small)
	wantError(w, o[0].Err, store.ErrTooLarge)
	wantError(w, o[1].Err, nil)
	nothingOf(w, c)
	same(w, "the other change", w.get(key(9, "small")).Version, store.Version(1))
}

// chunks puts a record and n chunks with ids that no other version has.
func chunks(k store.Key, expect store.Version, n int, value []byte) store.Change {
	c := store.Change{Puts: []store.Put{{Key: k, Expect: expect, Value: []byte("v")}}}
	for i := range n {
		c.Side = append(c.Side, store.Chunk{Key: k, ID: fmt.Sprintf("%d-%05d", expect, i), Value: value})
	}
	return c
}

// noise are bytes that do not compress, the same ones each time.
func noise(n int) []byte {
	out := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(out)
	return out
}
