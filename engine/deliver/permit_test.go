package deliver

import (
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// heldLane is a lane in a worker's hands, of instance 7 in the layout of four lanes.
func heldLane(q *queue, lane uint16) *lane {
	q.wake(store.Lane{Instance: "7", Number: 4<<laneBits | lane}, []store.Seq{9})
	return q.take()
}

func limitedQueue() *queue {
	q := newQueue(1 << 20)
	q.workers, q.hostWorkers = 8, 1
	return q
}

// However a lane is given back, it keeps no place at its host: others would wait for it.
func TestNoPlaceIsKeptByALaneThatIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]func(*queue, *lane){
		"put":       func(q *queue, l *lane) { q.put(l) },
		"forgotten": func(q *queue, l *lane) { l.more = false; q.put(l) },
		"postponed": func(q *queue, l *lane) { q.postpone(l, troubled, time.Hour) },
		"parked":    func(q *queue, l *lane) { q.postpone(l, parked, time.Hour) },
		"paused":    func(q *queue, l *lane) { q.pause(l) },
		"gated": func(q *queue, l *lane) {
			q.wake(store.Lane{Instance: "7", Number: 0}, []store.Seq{1}) // another layout, not yet read
			if !q.gate(l) {
				t.Error("it is not gated")
			}
		},
		"left": func(q *queue, l *lane) { q.leave(l) },
	} {
		q := limitedQueue()
		target := Target{URL: "https://a.example/", Rate: 1e9}
		l, other := heldLane(q, 0), heldLane(q, 1)
		if !q.admit(l, target) || q.taken != 1 {
			t.Fatal("a free host lets nothing through")
		}
		if q.admit(other, target) || other.state != limited {
			t.Fatal("a host of one request lets two through")
		}
		give(q, l)
		if m := q.limits["host/a.example"]; name != "paused" && (m == nil || m.taken != 1 || len(other.permit.taken) != 2) || len(l.permit.taken) != 0 {
			t.Errorf("%s: the place did not go to the lane in line", name)
		}
		if want := map[bool]int{false: 1, true: 0}[name == "paused"]; q.taken != want {
			t.Errorf("%s: %d workers are taken, want %d", name, q.taken, want)
		}
	}
}

func TestPlaceIsOfOneHostAndRate(t *testing.T) {
	t.Parallel()
	q := limitedQueue()
	l := heldLane(q, 0)
	for _, target := range []Target{{URL: "https://a.example/"}, {URL: "https://b.example/"}, {URL: "https://b.example/x", Rate: 1e9}} {
		if !q.admit(l, target) {
			t.Fatalf("%s lets nothing through", target.URL)
		}
		m := q.limits["host/"+hostOf(target.URL)]
		if m == nil || m.taken != 1 || q.taken != 1 || len(q.limits) != len(l.permit.taken) {
			t.Errorf("%s: %d limits in use, %d workers taken", target.URL, len(q.limits), q.taken)
		}
	}
	q.leave(l)
	if len(q.limits) != 0 || q.taken != 0 {
		t.Errorf("%d limits in use, %d workers taken", len(q.limits), q.taken)
	}
}

// A target that was read before a change of its instance puts no lane in line.
func TestRefreshedLaneDoesNotStandInLine(t *testing.T) {
	t.Parallel()
	q := limitedQueue()
	target := Target{URL: "https://a.example/"}
	first, l := heldLane(q, 0), heldLane(q, 1)
	q.admit(first, target)
	q.refresh("7")
	if q.admit(l, target) || l.state != ready {
		t.Errorf("the lane is in state %d, want it ready to ask for its target again", l.state)
	}
}
