package deliver

import (
	"math"
	"time"
)

// slowest is the longest time between two notifications that a rate can ask for.
const slowest = time.Hour

// pace lets so many notifications a second pass: evenly, and after a rest those of one second at once, at least one. It is the generic cell
// rate algorithm, which counts in whole nanoseconds and so wakes exactly when it may go on. The zero value lets everything pass.
type pace struct {
	every time.Duration // between two notifications; 0 = no limit
	due   time.Time     // when all that passed would have passed evenly
}

// interval is the time between two notifications of a rate; 0 for none, and for what is no rate.
func interval(rate float64) time.Duration {
	if !(rate > 0) || math.IsInf(rate, 1) {
		return 0
	}
	return time.Duration(min(float64(time.Second)/rate, float64(slowest)))
}

// set changes the rate. What passed before under a slower one holds nothing up for longer than the new one would.
func (p *pace) set(every time.Duration, now time.Time) {
	if p.every == every {
		return
	}
	p.every = every
	if latest := now.Add(max(every, time.Second)); p.due.After(latest) {
		p.due = latest
	}
}

// next is when one more may pass.
func (p *pace) next() time.Time { return p.due.Add(-max(time.Second-p.every, 0)) }

func (p *pace) free(now time.Time) bool { return p.every == 0 || !p.next().After(now) }

// rested says whether the past no longer counts.
func (p *pace) rested(now time.Time) bool { return p.every == 0 || !p.due.After(now) }

func (p *pace) take(now time.Time) {
	if p.every == 0 {
		return
	}
	if p.due.Before(now) {
		p.due = now
	}
	p.due = p.due.Add(p.every)
}
