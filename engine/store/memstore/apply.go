package memstore

import (
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// admit tells why a change cannot be applied: nothing of it may be, before all of it can.
func (s *Store) admit(c store.Change) error {
	if err := c.Check(); err != nil {
		return err
	}
	bytes, rows := c.Size()
	for _, p := range c.Puts {
		if s.records[p.Key].version != p.Expect {
			return store.ErrConflict
		}
		if p.Value == nil {
			rows += len(s.chunks[p.Key])
		}
	}
	if bytes > store.SafeBytes || rows > store.SafeRows {
		return store.ErrTooLarge
	}
	return nil
}

// apply does what admit has admitted.
func (s *Store) apply(c store.Change) []store.Seq {
	now := s.now()
	for _, p := range c.Puts {
		s.put(p)
	}
	for _, chunk := range c.Side {
		s.side(chunk)
	}
	for _, d := range c.Drop {
		delete(s.lanes[d.Lane], d.Seq)
		if kept := s.kept[d.Lane.Instance]; d.Erase && kept[d.Seq].Lane == d.Lane {
			delete(kept, d.Seq)
		}
	}
	seqs := make([]store.Seq, 0, len(c.Emit))
	for _, n := range c.Emit {
		seqs = append(seqs, s.emit(n, now))
	}
	for _, e := range c.Log {
		s.log(e, now)
	}
	return seqs
}

func (s *Store) put(p store.Put) {
	if p.Value == nil {
		delete(s.records, p.Key)
		delete(s.chunks, p.Key)
		return
	}
	s.records[p.Key] = record{version: p.Expect + 1, value: clone(p.Value), terms: slices.Clone(p.Index)}
}

func (s *Store) side(c store.Chunk) {
	if c.Value == nil {
		delete(s.chunks[c.Key], c.ID)
		return
	}
	if s.chunks[c.Key] == nil {
		s.chunks[c.Key] = map[string][]byte{}
	}
	s.chunks[c.Key][c.ID] = clone(c.Value)
}

// emit numbers a notification: above all before it, and above the clock's microseconds, so that numbers grow over a restore as well.
func (s *Store) emit(n store.Notification, now time.Time) store.Seq {
	s.last = max(s.last+1, store.Seq(max(0, now.UnixMicro())))
	n.Seq, n.Meta, n.Payload = s.last, clone(n.Meta), clone(n.Payload)
	if s.lanes[n.Lane] == nil {
		s.lanes[n.Lane] = map[store.Seq]store.Notification{}
	}
	s.lanes[n.Lane][n.Seq] = n
	if s.kept[n.Lane.Instance] == nil {
		s.kept[n.Lane.Instance] = map[store.Seq]store.Notification{}
	}
	s.kept[n.Lane.Instance][n.Seq] = n
	return n.Seq
}

func (s *Store) log(e store.Entry, now time.Time) {
	e.Value = clone(e.Value)
	e.Expires = wholeMillis(e.Expires)
	if s.entries[e.Key] == nil {
		s.entries[e.Key] = map[string]store.Entry{}
	}
	if expired(e, now) {
		delete(s.entries[e.Key], e.ID)
		return
	}
	s.entries[e.Key][e.ID] = e
}

func expired(e store.Entry, now time.Time) bool { return !e.Expires.IsZero() && !e.Expires.After(now) }

// wholeMillis rounds up: an entry never expires before its time.
func wholeMillis(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.Add(time.Millisecond - 1).UnixMilli()).UTC()
}

// clone copies a value; the copy is never nil.
func clone(b []byte) []byte { return append([]byte{}, b...) }
