package deliver

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Place is where a page of Changes begins: behind so many events of a notification, or of those before it. The zero value is the newest.
type Place struct {
	Seq   store.Seq
	Event int
}

// String is the place as text; "" is the zero value.
func (p Place) String() string {
	if p == (Place{}) {
		return ""
	}
	return fmt.Sprintf("%d.%d", p.Seq, p.Event)
}

// ParsePlace reads what String wrote.
func ParsePlace(text string) (p Place, ok bool) {
	if text == "" {
		return p, true
	}
	seq, event, _ := strings.Cut(text, ".")
	n, err := strconv.ParseUint(seq, 10, 63)
	if err != nil || n == 0 {
		return p, false
	}
	p.Seq = store.Seq(n)
	p.Event, err = strconv.Atoi(event)
	return p, err == nil && p.Event >= 0
}

// Change is an event, with the notification that tells it.
type Change struct {
	Told
	Seq          store.Seq
	Notification string
	Resource     string
	Formed       time.Time // of the poll that saw the change
	State        State     // of the notification's first sending
}

// ChangesQuery says which events Changes returns. State and Status of its filter are not used.
type ChangesQuery struct {
	Filter
	Begin  Place
	N      int
	Paused bool
}

// Changes reads events of an instance, those of the newest notification first and within a notification in their order. Each is there
// once: sendings beyond the first are left out. next is where the next page begins, zero if there is none; List tells why a page may be
// short.
func Changes(ctx context.Context, s store.Store, instance string, q ChangesQuery) (list []Change, next Place, err error) {
	before := store.Seq(0)
	if q.Begin.Seq > 0 {
		before = q.Begin.Seq + 1
	}
	q.State, q.Status = "", ""
	full := false
	last, err := walk(ctx, s, instance, q.Filter, before, func(k store.Kept, m Meta) (more bool, err error) {
		if m.Redelivery || !q.knows(k, m) {
			return true, nil
		}
		told, _ := m.Told() // what cannot be read tells nothing
		skip := 0
		if k.Seq == q.Begin.Seq {
			skip = q.Begin.Event
		}
		var state State
		for i, t := range told {
			if i < skip || !q.tells(t) {
				continue
			}
			if len(list) == q.N {
				next, full = Place{k.Seq, i}, true
				return false, nil
			}
			if state == "" {
				fate, err := FateOf(ctx, s, k, q.Paused)
				if err != nil {
					return false, err
				}
				state = fate.State
			}
			list = append(list, Change{t, k.Seq, k.ID, m.Resource, m.Formed, state})
		}
		return true, nil
	})
	if err != nil {
		return nil, Place{}, fmt.Errorf("list changes: %w", err)
	}
	if !full && last > 1 {
		next = Place{Seq: last - 1} // there may be none of that number: then the next older one comes first
	}
	return list, next, nil
}
