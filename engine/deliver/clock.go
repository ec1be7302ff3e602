package deliver

import (
	"container/heap"
	"context"
	"time"
)

// alarm is a time at which something of the queue goes on.
type alarm struct {
	due  time.Time
	slot int    // in the clock, from 1; 0 = not set
	ring func() // with queue.mu held; the alarm is not set then
}

func (a *alarm) set() bool { return a.slot > 0 }

// clock orders the alarms by the time they are due. It is a heap.Interface; an alarm knows its slot.
type clock []*alarm

func (c clock) Len() int           { return len(c) }
func (c clock) Less(i, j int) bool { return c[i].due.Before(c[j].due) }
func (c clock) Swap(i, j int) {
	c[i], c[j] = c[j], c[i]
	c[i].slot, c[j].slot = i+1, j+1
}

// Push is called by heap.Push.
func (c *clock) Push(x any) {
	a := x.(*alarm)
	*c = append(*c, a)
	a.slot = len(*c)
}

// Pop is called by heap.Pop and heap.Remove.
func (c *clock) Pop() any {
	last := len(*c) - 1
	a := (*c)[last]
	(*c)[last] = nil
	*c = (*c)[:last]
	a.slot = 0
	return a
}

var _ heap.Interface = (*clock)(nil)

// tick rings what is due, until ctx ends.
func (q *queue) tick(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.sooner:
		case <-timer.C:
		}
		timer.Reset(q.ripen(time.Now()))
	}
}

// ripen rings the due alarms and says how long until the next.
func (q *queue) ripen(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.clock) > 0 {
		next := q.clock[0]
		if wait := next.due.Sub(now); wait > 0 {
			return wait
		}
		heap.Pop(&q.clock)
		next.ring()
	}
	return time.Hour
}

// wakeAt sets an alarm, anew if it is set.
func (q *queue) wakeAt(a *alarm, due time.Time) {
	q.unset(a)
	a.due = due
	heap.Push(&q.clock, a)
	if a.slot == 1 {
		select {
		case q.sooner <- struct{}{}:
		default:
		}
	}
}

func (q *queue) unset(a *alarm) {
	if a.set() {
		heap.Remove(&q.clock, a.slot-1)
	}
}
