package crash

import "fmt"

// fold judges a line of the sink's journal.
func (a *account) fold(n note) {
	arrived := a.arrivals[n.Arrival]
	switch n.What {
	case faulty:
		a.fault("%s", n.Webhook)
	case came:
		a.arrive(n)
	case refused:
		arrived.refused = true
		a.refused++
	case answered:
		arrived.answered = n.At
		for _, k := range arrived.keys {
			if v := a.versions[k]; v != nil && !v.delivered {
				v.delivered = true
				a.delivered++
			}
		}
	}
}

func (a *account) arrive(n note) {
	arrived := &arrival{run: n.Run, webhook: n.Webhook}
	for _, t := range n.Told {
		arrived.keys = append(arrived.keys, t.key)
	}
	a.arrivals[n.Arrival] = arrived
	for i, t := range n.Told {
		v := a.versions[t.key]
		switch {
		case v == nil:
			a.fault("told what never was: %s %v", t.Kind, t.key)
			continue
		case v.base:
			a.fault("told what was there before: %s %v", t.Kind, t.key)
		case t.Kind != v.kind:
			a.fault("%v was told as %s, and was %s", t.key, t.Kind, v.kind)
		case len(v.came) == 0:
			a.judgeOrder(v, arrived.keys[:i])
		default:
			a.judgeRepeat(v, v.came[len(v.came)-1], arrived)
		}
		if len(v.came) == 0 && v.Version == gone {
			a.awaited[v.Element]--
		}
		v.came = append(v.came, arrived)
	}
}

// judgeOrder holds the first sending of a version against invariant 8. What stands before it in the notification has come.
func (a *account) judgeOrder(v *version, above []key) {
	if v.before == nil || v.before.base {
		return
	}
	for _, k := range above {
		if k == v.before.key {
			return
		}
	}
	for _, earlier := range v.before.came {
		if a.heard(earlier) {
			return
		}
	}
	a.disorder++
	a.fault("%v was first sent before its version %s was acknowledged", v.key, v.before.Version)
}

// heard says whether the program can have heard that a notification was taken.
func (a *account) heard(n *arrival) bool {
	end, over := a.ended[n.run]
	return !n.refused && !n.answered.IsZero() && (!over || n.answered.Before(end))
}

// judgeRepeat holds what came again against the promise: under the same id, and unless it was refused, in another run, since nobody had heard of
// its acknowledgement at the kill.
func (a *account) judgeRepeat(v *version, first, again *arrival) {
	if again.webhook != first.webhook {
		a.fault("%v came under %s and %s", v.key, first.webhook, again.webhook)
	}
	if first.refused {
		return
	}
	a.repeated++
	gap := a.ended[first.run].Sub(first.answered)
	switch {
	case first.run == again.run:
		a.fault("%v came twice in run %d, although it was not refused", v.key, first.run)
	case !a.heard(first):
		a.inFlight++
	case gap <= openFor:
		a.inFlight++
		a.latest = max(a.latest, gap)
	default:
		a.fault("%v came again in run %d, although it was acknowledged %v before run %d was killed", v.key, again.run, gap, first.run)
	}
}

func (a *account) fault(format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Sprintf(format, args...))
}
