package deliver

import (
	"slices"
	"time"
)

// limit bounds what the callbacks at one host, or the lanes of one instance, get at once and in a second. It is forgotten when nothing of
// it is in flight or in line and its pace has rested. All of it is guarded by queue.mu.
type limit struct {
	name  string // in queue.limits
	most  int    // requests in flight; 0 = any number
	taken int
	pace  pace
	line  turns // lanes set aside, without a worker
	alarm alarm // while the line waits for the pace, or the limit to be forgotten
}

// permit is what a lane holds or waits for: its limits, as of its last admission.
type permit struct {
	wants [2]want  // of its instance and its host; no name = none
	taken []*limit // while its request is under way, or about to be
	line  *limit   // whose line it is in
}

// want names a limit and says how it is set.
type want struct {
	name  string
	most  int
	every time.Duration
}

// admit lets a held lane send, if the limits of its instance and host allow it now. Else it is set aside, without a worker, and comes
// back with its place taken. leave ends what admit allowed.
func (q *queue) admit(l *lane, target Target) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	wants := q.wants(l, target)
	if len(l.permit.taken) > 0 && l.permit.wants == wants {
		return true
	}
	q.vacate(l)
	l.permit.wants = wants
	if l.again { // the target may be another one by now
		l.forgive()
		q.push(l)
		return false
	}
	return q.enter(l, nil)
}

func (q *queue) wants(l *lane, target Target) (w [2]want) {
	if every := interval(target.Rate); every > 0 {
		w[0] = want{name: "instance/" + l.key.Instance, every: every}
	}
	c := l.callback
	if c.host == "" || c.url != target.URL {
		c.url, c.host = target.URL, "host/"+hostOf(target.URL)
	}
	w[1] = want{name: c.host, most: q.hostWorkers, every: q.hostEvery}
	return w
}

// enter takes all limits of a lane at once, or puts it in the line of the first that is not free. So no lane holds one limit while it
// waits for another. A lane whose turn it is in a line goes before the others in it.
func (q *queue) enter(l *lane, from *limit) bool {
	now := time.Now()
	var all []*limit
	for _, w := range l.permit.wants {
		if w.name == "" {
			continue
		}
		m := q.limitOf(w, now)
		if !q.free(m, now) && (m != from || !q.open(m, now)) {
			q.line(l, m)
			for _, other := range all {
				q.watch(other, now)
			}
			return false
		}
		all = append(all, m)
	}
	for _, m := range all {
		q.count(m, 1)
		m.pace.take(now)
	}
	l.permit.taken = all
	return true
}

// limitOf finds or begins a limit.
func (q *queue) limitOf(w want, now time.Time) *limit {
	m, known := q.limits[w.name]
	if !known {
		m = &limit{name: w.name}
		m.alarm.ring = func() { q.advance(m) }
		q.limits[w.name] = m
	}
	m.most = w.most
	m.pace.set(w.every, now)
	return m
}

// free says whether one more may pass, behind those in line.
func (q *queue) free(m *limit, now time.Time) bool { return m.line.empty() && q.open(m, now) }

// open says whether one more may be in flight now. A host gets the same part of the workers that no other host holds as it would get of
// all, so that hosts which hang take less and less each, and leave some to the others. Its first request is always let through, and each
// that ends looks again, so none is left in line for good.
func (q *queue) open(m *limit, now time.Time) bool {
	if !m.pace.free(now) {
		return false
	}
	others := q.taken - m.taken
	return m.most == 0 || m.taken == 0 || m.taken < m.most*(q.workers-others)/q.workers
}

// line sets a lane aside. It keeps what it has in memory while a quarter of the cache is left to others.
func (q *queue) line(l *lane, m *limit) {
	if q.cached > q.limit*3/4 {
		q.release(l)
	}
	l.state, l.permit.line = limited, m
	m.line.add(l)
	q.watch(m, time.Now())
}

// advance lets those in line go on that may. A lane that another limit holds up moves to the line of that one.
func (q *queue) advance(m *limit) {
	now := time.Now()
	for !m.line.empty() && q.open(m, now) {
		l := m.line.take()
		l.permit.line = nil
		if l.callback.stopped() && l.callback.probe != l || q.enter(l, m) {
			q.push(l)
		}
	}
	q.watch(m, now)
}

// watch sets the alarm of a limit, or forgets it. A line that waits for a request to end needs no alarm.
func (q *queue) watch(m *limit, now time.Time) {
	switch {
	case !m.line.empty() && !m.pace.free(now):
		q.alert(m, m.pace.next())
	case !m.line.empty() || m.taken > 0:
		q.unset(&m.alarm)
	case !m.pace.rested(now):
		q.alert(m, m.pace.due)
	default:
		q.unset(&m.alarm)
		delete(q.limits, m.name)
	}
}

func (q *queue) alert(m *limit, due time.Time) {
	if !m.alarm.set() || !m.alarm.due.Equal(due) {
		q.wakeAt(&m.alarm, due)
	}
}

func (q *queue) count(m *limit, n int) {
	m.taken += n
	if m.most > 0 {
		q.taken += n
	}
}

// leave ends the request of a lane, as far as its limits go.
func (q *queue) leave(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.vacate(l)
}

// vacate gives back what a lane holds of its limits. Whoever gives a held lane back calls it.
func (q *queue) vacate(l *lane) {
	taken := l.permit.taken
	l.permit.taken = nil
	for _, m := range taken {
		q.count(m, -1)
	}
	for _, m := range taken {
		q.advance(m)
	}
}

// inLine says whether others stand in line at a limit of this lane: what it has in memory will not be sent soon.
func (q *queue) inLine(l *lane) bool {
	for _, w := range l.permit.wants {
		if m, known := q.limits[w.name]; known && !m.line.empty() {
			return true
		}
	}
	return false
}

// queued puts a lane that would be ready in line at once if a limit of it is known to be taken: it needs no worker to learn that, and reads its
// rows when it is its turn. One that may have no row left does not go: it would waste its place.
func (q *queue) queued(l *lane) bool {
	if c := l.callback; len(l.rows) == 0 && l.waiting == 0 || l.again || l.settled() || c.stopped() && c.probe != l {
		return false
	}
	now := time.Now()
	for _, w := range l.permit.wants {
		if m, known := q.limits[w.name]; known && !q.free(m, now) {
			q.line(l, m)
			return true
		}
	}
	return false
}

// recall takes the lanes of a callback out of the lines they wait in: their target may be another one now.
func (q *queue) recall(c *callback) (lanes []*lane) {
	var lines []*limit
	for _, l := range c.lanes {
		if m := l.permit.line; m != nil && !slices.Contains(lines, m) {
			lines = append(lines, m)
		}
	}
	for _, m := range lines {
		lanes = append(lanes, m.line.withdraw(c)...)
		q.advance(m)
	}
	for _, l := range lanes {
		l.permit.line = nil
	}
	return lanes
}
