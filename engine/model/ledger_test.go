package model

import (
	"bytes"
	"fmt"
	"time"
)

// state is one version of an object, as the provider wrote it.
type state struct {
	object           *object
	n                int
	created, updated int64 // provider's clock, Unix milliseconds
	raw              []byte

	shownAt     int64 // provider's clock; 0 = not yet visible
	shown, gone int   // moments; 0 = not yet
	early       bool  // was read before the first complete scan had ended
	never       bool  // belongs to the baseline
	remembered  bool  // and was in its window
	told        int
}

// object is a record with its history.
type object struct {
	index   int
	id      string
	states  []*state
	visible *state
	removed bool
	newest  int64 // date of the last state that was dated rightly

	firstShown int64 // provider's clock; 0 = not yet
	shown      int   // the moment of that
	lastTold   int   // state number; 0 = none
}

// claim is what an event says.
type claim struct {
	id, kind string
	n        int
}

// ledger is the model: what was written, what could be seen, and what was told.
type ledger struct {
	settings
	objects map[int]*object
	byID    map[string]*object
	all     []*object // in the order of their creation
	moment  int       // counts readings and what changes between them
	shows   int       // counts the changes of what can be seen
	first   bool      // the first complete scan has ended
	unsure  bool      // or may have ended: the answer to a commit was lost
	began   int       // the moment of the last request for a first page
	last    int       // and of the one before the last complete scan ended, which did not begin later
	ids     map[claim]string
	changes map[string]claim
	err     error // the first broken promise
	stats
}

func newLedger(s settings) *ledger {
	return &ledger{settings: s, objects: map[int]*object{}, byID: map[string]*object{}, ids: map[claim]string{}, changes: map[string]claim{}}
}

func (l *ledger) fault(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

func (l *ledger) show(s *state, at int64) {
	o := s.object
	if o.removed || o.visible != nil && o.visible.n > s.n {
		return
	}
	l.moment++
	l.shows++
	if o.visible != nil {
		o.visible.gone = l.moment
	}
	if o.firstShown == 0 {
		o.firstShown, o.shown = at, l.moment
	}
	o.visible, s.shown, s.shownAt = s, l.moment, at
}

func (l *ledger) remove(o *object) {
	l.moment++
	l.shows++
	if o.visible != nil {
		o.visible.gone = l.moment
	}
	o.visible, o.removed = nil, true
}

// event is what the outbox says.
type event struct {
	id, kind, object string
	date             time.Time
	n                int
	raw              []byte
}

// attempt notes the id of an event that was to be stored.
func (l *ledger) attempt(e event) {
	c := claim{e.object, e.kind, e.n}
	if id, ok := l.ids[c]; ok && id != e.id {
		l.fault("%v has the event ids %s and %s", c, id, e.id)
	}
	if other, ok := l.changes[e.id]; ok && other != c {
		l.fault("%v and %v have the same event id %s", c, other, e.id)
	}
	l.ids[c], l.changes[e.id] = e.id, c
}

// tell notes an event that was stored, by a scan that asked for dates from since on.
func (l *ledger) tell(e event, since int64) {
	l.attempt(e)
	o := l.byID[e.object]
	if o == nil || e.n < 1 || e.n > len(o.states) {
		l.fault("%s %s (state %d) was told, and does not exist", e.kind, e.object, e.n)
		return
	}
	s := o.states[e.n-1]
	lo, hi := l.instants(s.updated)
	switch s.told++; {
	case s.told > 1:
		l.fault("%v was told twice, now as %s", s, e.kind)
	case s.never:
		l.fault("%v was told as %s, and belongs to the baseline", s, e.kind)
	case s.shown == 0:
		l.fault("%v was told before it could be seen", s)
	case o.lastTold > s.n:
		l.fault("%v was told after state %d", s, o.lastTold)
	case !bytes.Equal(e.raw, s.raw):
		l.fault("%v was told as %s, want the provider's bytes %s", s, e.raw, s.raw)
	case !sameSecond(e.date, lo) && !sameSecond(e.date, hi):
		l.fault("%v is dated %v, want %v", s, e.date, time.UnixMilli(lo).UTC())
	}
	if want := l.kind(s, since); want != "" && e.kind != want {
		l.fault("%v was told as %s, want %s (window from %v)", s, e.kind, want, time.UnixMilli(since).UTC())
	}
	o.lastTold = s.n
	l.stats.told++
}

func sameSecond(t time.Time, ms int64) bool { return t.Unix() == time.UnixMilli(ms).Unix() }

func (s *state) String() string {
	stamp := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
	text := fmt.Sprintf("%s state %d (created %s, updated %s", s.object.id, s.n, stamp(s.created), stamp(s.updated))
	if s.shownAt != 0 {
		text += ", visible from " + stamp(s.shownAt)
	}
	return text + "; " + string(s.raw) + ")"
}
