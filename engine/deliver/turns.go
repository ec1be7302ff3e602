package deliver

// turns is a line of lanes in which callbacks take turns, each with its oldest lane: a callback with 64 lanes in it goes no faster than
// one with a single lane. Lanes are linked by lane.next; a lane is in one line at a time.
type turns struct {
	head, tail *party
	parties    map[*callback]*party
	spare      *party
	lanes      int
}

// party is the lanes of one callback in a line, in order of arrival.
type party struct {
	callback   *callback
	head, tail *lane
	next       *party
}

func (t *turns) empty() bool { return t.lanes == 0 }

// add puts a lane behind those of its callback, and the callback at the end of the line if it has no place yet.
func (t *turns) add(l *lane) {
	t.lanes++
	p, known := t.parties[l.callback]
	if !known {
		if p = t.spare; p == nil {
			p = &party{}
		}
		t.spare = nil
		*p = party{callback: l.callback}
		if t.parties == nil {
			t.parties = map[*callback]*party{}
		}
		t.parties[l.callback] = p
		t.queue(p)
	}
	l.next = nil
	if p.tail == nil {
		p.head = l
	} else {
		p.tail.next = l
	}
	p.tail = l
}

func (t *turns) queue(p *party) {
	if t.tail == nil {
		t.head = p
	} else {
		t.tail.next = p
	}
	t.tail = p
}

// take removes the lane whose turn it is. There must be one.
func (t *turns) take() *lane {
	p := t.head
	if t.head, p.next = p.next, nil; t.head == nil {
		t.tail = nil
	}
	l := p.head
	p.head, l.next = l.next, nil
	t.lanes--
	if p.head != nil {
		t.queue(p)
	} else {
		delete(t.parties, p.callback)
		*p = party{}
		t.spare = p
	}
	return l
}

// withdraw removes all lanes of a callback.
func (t *turns) withdraw(c *callback) (lanes []*lane) {
	p, known := t.parties[c]
	if !known {
		return nil
	}
	for l := p.head; l != nil; {
		next := l.next
		l.next = nil
		lanes, l = append(lanes, l), next
	}
	t.lanes -= len(lanes)
	delete(t.parties, c)
	var last *party
	for other := t.head; other != p; other = other.next {
		last = other
	}
	if last == nil {
		t.head = p.next
	} else {
		last.next = p.next
	}
	if t.tail == p {
		t.tail = last
	}
	return lanes
}
