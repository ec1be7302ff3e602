package schedule

// find is the entry of a resource, one that was removed while it runs included; nil if there is none.
func (s *Scheduler) find(instance int64, resource string) *entry {
	name, ok := s.names.find(resource)
	if !ok {
		return nil
	}
	for number := s.index.get(instance); number > 0; {
		e := s.entries.at(number)
		if e.resource == name {
			return e
		}
		number = e.next
	}
	return nil
}

// insert makes an entry that is nowhere yet.
func (s *Scheduler) insert(instance int64, resource string) *entry {
	e := s.entries.take()
	e.instance, e.resource, e.next = instance, s.names.take(resource), s.index.get(instance)
	s.index.set(instance, e.number)
	return e
}

// forget takes an entry back that is nowhere any more.
func (s *Scheduler) forget(e *entry) {
	if first := s.index.get(e.instance); first != e.number {
		before := s.entries.at(first)
		for before.next != e.number {
			before = s.entries.at(before.next)
		}
		before.next = e.next
	} else if e.next > 0 {
		s.index.set(e.instance, e.next)
	} else {
		s.index.remove(e.instance)
	}
	s.names.give(e.resource)
	s.entries.give(e)
}

// group finds or makes the group of an instance of which something is to run or to wait.
func (s *Scheduler) group(instance int64) *group {
	g := s.groups[instance]
	if g == nil {
		g = &group{}
		s.groups[instance] = g
	}
	return g
}

// rest forgets the group of an instance of which nothing runs or waits.
func (s *Scheduler) rest(instance int64) {
	if g := s.groups[instance]; g != nil && g.running == 0 && len(g.ready) == 0 {
		delete(s.groups, instance)
	}
}

func (s *Scheduler) itemOf(e *entry) Item {
	return Item{Instance: e.instance, Resource: s.names.text(e.resource), Interval: e.interval}
}

// hash is the item's.
func (s *Scheduler) hash(e *entry) uint64 { return hashOf(e.instance, s.names.text(e.resource)) }
