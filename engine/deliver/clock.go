package deliver

import (
	"container/heap"
	"context"
	"time"
)

// clock orders the lanes that wait by the time they are due. It is a heap.Interface; the lane knows its slot.
type clock []*lane

func (c clock) Len() int           { return len(c) }
func (c clock) Less(i, j int) bool { return c[i].due.Before(c[j].due) }
func (c clock) Swap(i, j int) {
	c[i], c[j] = c[j], c[i]
	c[i].slot, c[j].slot = i, j
}

// Push is called by heap.Push.
func (c *clock) Push(x any) {
	l := x.(*lane)
	l.slot = len(*c)
	*c = append(*c, l)
}

// Pop is called by heap.Pop and heap.Remove.
func (c *clock) Pop() any {
	last := len(*c) - 1
	l := (*c)[last]
	(*c)[last] = nil
	*c = (*c)[:last]
	return l
}

var _ heap.Interface = (*clock)(nil)

// tick makes ready what is due, until ctx ends.
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

// ripen moves the due lanes to the ready list and says how long until the next.
func (q *queue) ripen(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.clock) > 0 {
		if wait := q.clock[0].due.Sub(now); wait > 0 {
			return wait
		}
		q.unclock(q.clock[0])
	}
	return time.Hour
}

func (q *queue) unclock(l *lane) {
	heap.Remove(&q.clock, l.slot)
	q.push(l)
}
