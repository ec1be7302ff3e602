package deliver

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/pollwright/pollwright/engine/store"
)

// Order says which events of an instance wait for each other (configuration key event.notification.order).
type Order string

// The orders. The zero value means OrderObject.
const (
	OrderObject Order = "object" // events of one object: each object has its lane
	OrderStrict Order = "strict" // all of them: there is one lane
	OrderNone   Order = "none"   // none: notifications are filled with whatever comes and spread over the lanes
)

// MaxLanes is the most lanes of an instance.
const MaxLanes = 64

// A lane's number is part of what is stored: layout << laneBits | index. A layout is a number of lanes and an order; each has lane numbers
// of its own, so that rows which were stored before a change of either can be told from those after it. Layout 0 is one lane, 2 to 64 are
// so many lanes by object, and noneLayout with 2 to 64 so many without order.
const (
	laneBits   = 6
	noneLayout = 1 << 7
)

func (s Source) lanes() int {
	if s.Order == OrderStrict {
		return 1
	}
	return min(max(s.Lanes, 1), MaxLanes)
}

// lane is the lane of the source with an index below lanes().
func (s Source) lane(index int) store.Lane {
	layout := 0
	switch n := s.lanes(); {
	case n > 1 && s.Order == OrderNone:
		layout = noneLayout | n
	case n > 1:
		layout = n
	}
	return store.Lane{Instance: s.instance(), Number: uint16(layout<<laneBits | index)}
}

func layoutOf(l store.Lane) uint16 { return l.Number >> laneBits }

// spread places a name on one of n lanes, for ever the same.
func spread(name string, n int) int {
	if n == 1 {
		return 0
	}
	sum := sha256.Sum256([]byte(name))
	return int(binary.BigEndian.Uint32(sum[:4]) % uint32(n))
}

// Hand tells hand of each lane that notifications were committed to, with their seqs in order. Call it with what a commit emitted and the
// seqs of its outcome, or with no seqs if the outcome is unknown: hand hears of the lanes then, as Sender.Wake wants it.
func Hand(emitted []store.Notification, seqs []store.Seq, hand func(store.Lane, []store.Seq)) {
	var lanes []store.Lane
	of := map[store.Lane][]store.Seq{}
	for i, n := range emitted {
		if _, known := of[n.Lane]; !known {
			lanes, of[n.Lane] = append(lanes, n.Lane), nil
		}
		if i < len(seqs) {
			of[n.Lane] = append(of[n.Lane], seqs[i])
		}
	}
	for _, l := range lanes {
		hand(l, of[l])
	}
}
