package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// verb is what the provider does to its records.
type verb int

const (
	create verb = iota
	update
	remove
	edge // create a record that is dated at the very lower bound of the window that is being asked for
)

// wrong is which dates of a state lie in the year 2099.
type wrong int

const (
	right wrong = iota
	wrongUpdated
	wrongCreated
	wrongBoth
)

// op is one mutation. Those of a tie have the same time.
type op struct {
	at     time.Duration // after the begin of the watch
	do     verb
	object int
	late   time.Duration // until it can be seen
	wrong  wrong
}

func (o op) String() string {
	text := fmt.Sprintf("%12v  %s c%d", o.at, [...]string{"create", "update", "remove", "create at the edge"}[o.do], o.object)
	if o.late > 0 {
		text += fmt.Sprintf(", visible %v later", o.late)
	}
	return text + [...]string{"", ", updated 2099", ", created 2099", ", dated 2099"}[o.wrong]
}

// trouble is what goes wrong in a poll.
type trouble int

const (
	unreachable    trouble = iota // the request fails
	faultReply                    // the adapter reports a fault
	refused                       // the adapter calls the request invalid
	garbage                       // the answer is cut off
	trap                          // the adapter traps
	stop                          // the poll is stopped
	commitLost                    // a commit fails and was not applied
	commitApplied                 // a commit fails and was applied all the same
	rival                         // another poll of the same resource is faster
	unreadable                    // the store cannot be read
	commitConflict                // a commit finds that somebody was faster, whom nobody sees
	commitSlow                    // a commit takes its time
	troubles
)

func (t trouble) String() string {
	return [...]string{"no connection", "fault", "refused", "garbage", "trap", "stop", "commit lost", "commit applied, answer lost", "rival poll", "unreadable store",
		"commit in conflict", "slow commit"}[t]
}

// visit is one poll.
type visit struct {
	at      time.Duration
	restart bool            // with a new Poller
	trouble map[int]trouble // by the number of the request, or of the commit
	patch   *patch          // a change of the instance before the poll, or in the midst of it
}

// patch is a change that keeps the checkpoint: nothing may be lost or repeated by it. Its overlap is never shorter than what was promised.
type patch struct {
	overlap   time.Duration
	pageSize  int
	tolerance time.Duration
	meanwhile bool // where the poll has a rival
}

func (p patch) String() string {
	return fmt.Sprintf("overlap %v, pages of %d, meanwhile %t", p.overlap, p.pageSize, p.meanwhile)
}

func (v visit) String() string {
	text := fmt.Sprintf("%12v  POLL", v.at)
	if v.restart {
		text += " after a restart"
	}
	if v.patch != nil {
		text += fmt.Sprintf(", PATCH %v", *v.patch)
	}
	for _, n := range slices.Sorted(maps.Keys(v.trouble)) {
		text += fmt.Sprintf(", %v at %d", v.trouble[n], n)
	}
	return text
}

// script is a whole run. It plays the same way each time.
type script struct {
	seed uint64
	settings
	ops    []op // by time
	visits []visit
}

// newScript makes the script of a seed, with about the given number of states.
func newScript(seed uint64, states int) script {
	r := rand.New(rand.NewPCG(seed, 0x706f6c6c))
	s := script{seed: seed, settings: newSettings(r)}
	s.addVisits(r, 20+r.IntN(100))
	s.addOps(r, states)
	if chance(r, 1) {
		s.addCrowd(r)
	}
	slices.SortStableFunc(s.ops, func(a, b op) int { return int(a.at - b.at) })
	s.name(r)
	return s
}

func (s *script) addVisits(r *rand.Rand, n int) {
	badness := oneOf(r, 0, 0, 5, 20, 50)
	patched := oneOf(r, 0, 5, 30)
	at := oneOf(r, span(r, time.Second), span(r, 10*time.Second), span(r, 2*s.pace))
	for range n {
		v := visit{at: at, restart: chance(r, badness), trouble: map[int]trouble{}}
		if chance(r, badness) {
			for range 1 + r.IntN(2) {
				v.trouble[r.IntN(8)] = trouble(r.IntN(int(troubles)))
			}
		}
		if chance(r, patched) {
			v.patch = s.newPatch(r, &v)
		}
		s.visits = append(s.visits, v)
		at += oneOf(r, s.pace, s.pace, span(r, s.pace), span(r, time.Second), span(r, 5*s.pace))
	}
}

func (s *script) newPatch(r *rand.Rand, v *visit) *patch {
	p := &patch{
		overlap: oneOf(r, s.overlap, 2*s.overlap, 10*s.overlap, s.overlap+span(r, s.overlap)), tolerance: s.tolerance,
		pageSize: oneOf(r, s.pageSize, max(2, s.pageSize/2)), meanwhile: chance(r, 30),
	}
	if p.meanwhile {
		v.trouble[r.IntN(8)] = rival
	}
	return p
}

// addOps spreads the mutations: some before the watch begins, many while pages are being read.
func (s *script) addOps(r *rand.Rand, states int) {
	end := s.visits[len(s.visits)-1].at
	past := 4*(s.overlap+s.unit) + s.pace
	busy := oneOf(r, 0, 10, 40) // percent of the mutations that meet a poll
	for len(s.ops) < states {
		o := op{at: span(r, end), do: oneOf(r, create, create, create, create, update, update, update, update, update, remove)}
		switch {
		case chance(r, 8):
			o.at = -span(r, past)
		case chance(r, busy):
			o.at = oneOf(r, s.visits...).at + span(r, 6*s.latency)
		case chance(r, 1):
			o.do = edge
		}
		s.delay(r, &o)
		if chance(r, 1) {
			o.wrong = wrong(r.IntN(4))
		}
		s.ops = append(s.ops, o)
		if chance(r, 3) { // a tie
			for range r.IntN(oneOf(r, 5, 5, 60)) {
				o.do = oneOf(r, create, update)
				s.ops = append(s.ops, o)
			}
		}
	}
}

// addCrowd makes a tie that no single piece of a seen-set holds.
func (s *script) addCrowd(r *rand.Rand) {
	s.pageSize, s.limits.Pages, s.limits.CommitChanges, s.limits.CommitBytes = 1000, 0, 0, 0
	at := oneOf(r, s.visits...).at
	for range 9000 {
		s.ops = append(s.ops, op{at: at, do: create})
	}
}

func (s *script) delay(r *rand.Rand, o *op) {
	latest := s.latest()
	if o.do == remove {
		return
	}
	switch r.IntN(20) {
	case 0, 1, 2:
		o.late = span(r, latest)
	case 3, 4:
		o.late = latest - span(r, min(latest, time.Second))
	case 5:
		o.late = span(r, 2*s.overlap) // perhaps later than was promised
	}
}

// name gives each mutation its object. Names do not depend on what other mutations are left out later.
func (s *script) name(r *rand.Rand) {
	n := 0
	recent := oneOf(r, 10, 100, 1_000_000) // how many of the newest objects are busy
	for i := range s.ops {
		o := &s.ops[i]
		if o.do == create || o.do == edge || n == 0 {
			if o.do != edge {
				o.do = create
			}
			o.object = n
			n++
			continue
		}
		o.object = n - 1 - r.IntN(min(n, recent))
	}
}

// end is when everything has happened and can be seen.
func (s script) end() time.Time {
	end := s.start
	for _, o := range s.ops {
		end = later(end, s.start.Add(o.at+o.late))
	}
	return end
}
