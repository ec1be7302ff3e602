package model

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

var errBroken = errors.New("broken on purpose")

// provider plays the script's mutations as time goes by, and answers requests. It is the adapter, too.
type provider struct {
	*ledger
	script  script
	now     time.Time // our clock
	next    int       // of the script's ops
	hidden  []showing // what becomes visible later, by time
	rows    []*state  // what is visible, sorted; nil = to be sorted again
	noise   *rand.Rand
	edges   []op // wait for the next window that is asked for
	fars    int64
	written int

	query    sdk.Query
	page     sdk.Page
	since    int64   // asked last
	from, to reading // this poll's last request for a first page, and its last request
	requests int
	trouble  map[int]trouble
	stop     context.CancelFunc
}

// reading is when a page was read.
type reading struct{ moment, shows int }

type showing struct {
	at time.Time
	*state
}

func newProvider(s script, l *ledger) *provider {
	return &provider{ledger: l, script: s, now: s.start, noise: rand.New(rand.NewPCG(s.seed, 0x6e6f697365))}
}

// clock is the provider's, Unix milliseconds.
func (p *provider) clock() int64 { return p.now.Add(p.skew).UnixMilli() }

// advance lets time pass, and what the script has for it happen.
func (p *provider) advance(to time.Time) {
	for {
		due := to
		if p.next < len(p.script.ops) {
			due = p.start.Add(p.script.ops[p.next].at)
		}
		if len(p.hidden) > 0 && p.hidden[0].at.Before(due) && !p.hidden[0].at.After(to) {
			h := p.hidden[0]
			p.hidden = p.hidden[1:]
			p.now, p.rows = later(p.now, h.at), nil
			p.show(h.state, h.at.Add(p.skew).UnixMilli())
			continue
		}
		if p.next >= len(p.script.ops) || due.After(to) {
			p.now = later(p.now, to)
			return
		}
		p.do(p.script.ops[p.next], due)
		p.next++
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (p *provider) do(o op, at time.Time) {
	clock := at.Add(p.skew).UnixMilli()
	obj := p.objects[o.object]
	switch {
	case o.do == edge:
		p.edges = append(p.edges, o)
	case o.do == create && obj == nil:
		obj = p.add(o.object)
		p.write(obj, clock, clock, at, o)
	case o.do == update && obj != nil && !obj.removed:
		p.write(obj, obj.states[0].created, clock, at, o)
	case o.do == remove && obj != nil && !obj.removed:
		p.remove(obj)
		p.rows = nil
	}
}

func (p *provider) add(index int) *object {
	o := &object{index: index, id: "c" + strconv.Itoa(index)}
	p.objects[index], p.byID[o.id], p.all = o, o, append(p.all, o)
	return o
}

// write makes a new state. Dates of one object that are right rise, so that no two of its states have the same in milliseconds.
func (p *provider) write(o *object, created, updated int64, at time.Time, how op) {
	updated = max(updated, o.newest+1)
	o.newest = updated
	if len(o.states) == 0 {
		created = updated
		if how.wrong == wrongCreated || how.wrong == wrongBoth {
			p.fars += 60_000
			created = far + p.fars
		}
	}
	if how.wrong == wrongUpdated || how.wrong == wrongBoth {
		p.fars += 60_000
		updated = far + p.fars
	}
	s := &state{object: o, n: len(o.states) + 1, created: created, updated: updated}
	s.raw = fmt.Appendf(nil, `{"id":%q,"n":%d,"created":%s,"updated":%s}`, o.id, s.n, p.text(created), p.text(updated))
	o.states = append(o.states, s)
	p.written++
	show := showing{at.Add(how.late), s}
	i, _ := slices.BinarySearchFunc(p.hidden, show, func(a, b showing) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1
	})
	p.hidden = slices.Insert(p.hidden, i, show)
	p.rows = nil
}

// placeEdges creates records dated at the lower bound that is being asked for, visible at once.
func (p *provider) placeEdges() {
	for _, o := range p.edges {
		at := p.notBefore(p.since)
		if p.objects[o.object] != nil || at > p.clock() || p.since == 0 {
			continue
		}
		p.write(p.add(o.object), at, at, p.now, op{})
	}
	p.edges = nil
	p.advance(p.now)
}
