package storetest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// model is what a store should hold, in the plainest form.
type model struct {
	records map[store.Key]modelRecord
	chunks  map[store.Key]map[string]string
	entries map[store.Key]map[string]store.Entry
	lanes   map[store.Lane][]store.Notification
	kept    map[string][]store.Notification // of an instance, in order, those that wait among them
}

type modelRecord struct {
	version store.Version
	value   string
	terms   []store.Term
}

func newModel() *model {
	return &model{
		records: map[store.Key]modelRecord{}, chunks: map[store.Key]map[string]string{},
		entries: map[store.Key]map[string]store.Entry{}, lanes: map[store.Lane][]store.Notification{},
		kept: map[string][]store.Notification{},
	}
}

// admits tells whether the store must apply a change.
func (m *model) admits(c store.Change) bool {
	return !slices.ContainsFunc(c.Puts, func(p store.Put) bool { return m.records[p.Key].version != p.Expect })
}

// apply takes over a change that the store applied and numbered.
func (m *model) apply(c store.Change, seqs []store.Seq) {
	for _, p := range c.Puts {
		if p.Value == nil {
			delete(m.records, p.Key)
			delete(m.chunks, p.Key)
			continue
		}
		m.records[p.Key] = modelRecord{version: p.Expect + 1, value: string(p.Value), terms: p.Index}
	}
	for _, s := range c.Side {
		if s.Value == nil {
			delete(m.chunks[s.Key], s.ID)
			continue
		}
		inside(m.chunks, s.Key)[s.ID] = string(s.Value)
	}
	for _, d := range c.Drop {
		m.lanes[d.Lane] = slices.DeleteFunc(m.lanes[d.Lane], func(n store.Notification) bool { return n.Seq == d.Seq })
		if i := d.Lane.Instance; d.Erase {
			m.kept[i] = slices.DeleteFunc(m.kept[i], func(n store.Notification) bool { return n.Seq == d.Seq && n.Lane == d.Lane })
		}
	}
	for i, n := range c.Emit {
		n.Seq = seqs[i]
		m.lanes[n.Lane] = append(m.lanes[n.Lane], n)
		m.kept[n.Lane.Instance] = append(m.kept[n.Lane.Instance], n)
	}
	for _, e := range c.Log {
		inside(m.entries, e.Key)[e.ID] = e
	}
}

func (m *model) scan(p store.Partition, prefix string) []store.Record {
	out := []store.Record{}
	for _, k := range slices.SortedFunc(maps.Keys(m.records), byKey) {
		if k.Partition == p && strings.HasPrefix(k.Name, prefix) {
			out = append(out, m.get(k))
		}
	}
	return out
}

func (m *model) get(k store.Key) store.Record {
	r, ok := m.records[k]
	if !ok {
		return store.Record{Key: k}
	}
	return store.Record{Key: k, Version: r.version, Value: []byte(r.value)}
}

func (m *model) find(t store.Term, after store.Key) []store.Key {
	out := []store.Key{}
	for _, k := range slices.SortedFunc(maps.Keys(m.records), byKey) {
		if byKey(k, after) > 0 && slices.Contains(m.records[k].terms, t) {
			out = append(out, k)
		}
	}
	return out
}

func (m *model) history(k store.Key, before string, now time.Time) []store.Entry {
	out := []store.Entry{}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(m.entries[k]))) {
		e := m.entries[k][id]
		if (before == "" || id < before) && (e.Expires.IsZero() || e.Expires.After(now)) {
			out = append(out, e)
		}
	}
	return out
}

func (m *model) backlogs() []store.Backlog {
	out := []store.Backlog{}
	for l, waiting := range m.lanes {
		if len(waiting) > 0 {
			b := store.Backlog{Lane: l, First: waiting[0].Seq, Count: len(waiting)}
			for _, n := range waiting {
				b.Events += n.Events
				b.Bytes += int64(len(n.Payload))
			}
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b store.Backlog) int {
		return cmp.Or(strings.Compare(a.Lane.Instance, b.Lane.Instance), cmp.Compare(a.Lane.Number, b.Lane.Number))
	})
	return out
}

// forget is Forget.
func (m *model) forget(instance string) {
	m.kept[instance] = slices.DeleteFunc(m.kept[instance], func(n store.Notification) bool { return !m.waits(n) })
}

func (m *model) waits(n store.Notification) bool {
	return slices.ContainsFunc(m.lanes[n.Lane], func(o store.Notification) bool { return o.Seq == n.Seq })
}

// listed is what Kept tells of an instance.
func (m *model) listed(instance string, before store.Seq) []store.Kept {
	out := []store.Kept{}
	for _, n := range slices.Backward(m.kept[instance]) {
		if before == 0 || n.Seq < before {
			waiting := m.waits(n)
			n.Payload = nil
			out = append(out, store.Kept{Notification: n, Waiting: waiting})
		}
	}
	return out
}

func inside[V any](all map[store.Key]map[string]V, k store.Key) map[string]V {
	if all[k] == nil {
		all[k] = map[string]V{}
	}
	return all[k]
}

func byKey(a, b store.Key) int {
	return cmp.Or(cmp.Compare(a.Partition, b.Partition), strings.Compare(a.Name, b.Name))
}
