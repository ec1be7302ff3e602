package change

// finishBytes is how much Finish readies for one commit, beside the changes.
const finishBytes = 256 << 10

// finish is a complete scan on its way to its end: what it did not see is weighed once, and then taken one by one.
type finish struct {
	at     spot
	weighs int  // absent from two complete scans, and not decided about
	held   bool // they are more than the guard allows
	sample []string
}

// Finish ends a complete scan: no fault, all pages read, no rows moved. It returns up to n changes; more means that a commit (see Pause)
// and another call should follow. When it reports no more, the next Save ends the scan.
func (s *HashScan) Finish(n int) (changes []Change, counts Counts, more bool) {
	if s.finish == nil {
		s.finish = s.weigh()
	}
	if s.rule.Deletes && s.sweep(n, &changes, &counts) {
		return changes, counts, true
	}
	s.end()
	return changes, counts, false
}

// absentees calls f with every object that the scan did not see.
func (x *index) absentees(f func(v entryView)) {
	for at, ok := x.next(spot{}); ok; at, ok = x.next(spot{block: at.block, entry: at.entry + 1}) {
		if v := x.entry(at); v.flags&flagSeen == 0 {
			f(v)
		}
	}
}

// weigh counts what would be told, and holds it against the guard.
func (s *HashScan) weigh() *finish {
	f := &finish{}
	if !s.rule.Deletes {
		return f
	}
	s.state.index.absentees(func(v entryView) {
		if !s.twice(v.object) || s.decided(v.object) != "" {
			return
		}
		if f.weighs++; len(f.sample) < heldSample {
			f.sample = append(f.sample, string(v.id))
		}
	})
	f.held = !s.rule.Guard.allows(f.weighs, s.state.index.n)
	return f
}

// twice reports whether an object that this scan did not see was absent from the complete scan before, too.
func (s *HashScan) twice(o object) bool {
	if s.rule.broken(OneScanDeletes) {
		return true
	}
	return o.absent != 0 && o.absent < s.number
}

// decided is what was decided about an absent object: only what was held when the decision was made is covered by it.
func (s *HashScan) decided(o object) Decision {
	if held := s.state.Held; held != nil && o.absent != 0 && o.absent < held.Scan {
		return held.Decision
	}
	return ""
}

// sweep takes the absent objects one by one; true = there are more than one commit should hold.
func (s *HashScan) sweep(n int, changes *[]Change, counts *Counts) (more bool) {
	x := s.state.index
	for {
		at, ok := x.next(s.finish.at)
		if !ok {
			return false
		}
		if len(*changes) >= n || s.state.log.waiting >= finishBytes {
			return true
		}
		s.finish.at = spot{block: at.block, entry: at.entry + 1}
		v := x.entry(at)
		if v.flags&flagSeen != 0 {
			continue
		}
		id := string(v.id)
		if gone := s.absent(at, id, v.object, changes, counts); gone {
			s.finish.at = x.find(id)
		} else if after := x.find(id); after.found { // a block may have been split
			s.finish.at = spot{block: after.block, entry: after.entry + 1}
		}
	}
}

// absent deals with one object that the scan did not see; gone = it was told as deleted, and forgotten.
func (s *HashScan) absent(at spot, id string, o object, changes *[]Change, counts *Counts) (gone bool) {
	decision := s.decided(o)
	switch {
	case o.absent == 0 && !s.rule.broken(OneScanDeletes):
		counts.Missing++
		s.setAbsent(at, id, o, s.number)
		return false
	case !s.twice(o): // noted by this same scan, before a crash
		counts.Missing++
		s.touched = true // its number is spent, or the next scan would be the same one again
		return false
	case decision == Refuse:
		s.setAbsent(at, id, o, 0)
		return false
	case decision != Confirm && s.finish.held:
		return false
	}
	counts.Deleted++
	*changes = append(*changes, s.deleted(id, o, decision))
	s.state.index.remove(at)
	s.state.log.forget(id)
	s.touched = true
	return true
}

func (s *HashScan) setAbsent(at spot, id string, o object, since uint64) {
	o.absent = since
	s.state.index.put(at, id, o, false)
	s.state.log.put(id, o)
	s.touched = true
}

func (s *HashScan) deleted(id string, o object, decision Decision) Change {
	o.gen = max(s.number, o.gen+1)
	s.state.Greatest = max(s.state.Greatest, o.gen)
	c := Change{ObjectID: id, Kind: Deleted, Version: o.version(), Date: s.clock, Why: Why{Rule: RuleAbsent}}
	if decision == Confirm {
		c.Why.Rule = RuleConfirmed
	}
	return c
}

// end closes the scan. Its number is spent only if something is stored: a poll that changes nothing writes nothing.
func (s *HashScan) end() {
	h := s.state
	held := s.finish.tally(s)
	if h.Scan != nil || !h.Baselined || h.Content != s.rule.contentName() || !held.same(h.Held) {
		s.touched = true
	}
	if !s.touched {
		return
	}
	h.Scan, h.Baselined, h.Content, h.Held = nil, true, s.rule.contentName(), held
	h.Generation = max(s.number, h.Greatest)
}

// tally is what the guard holds now.
func (f *finish) tally(s *HashScan) *Held {
	if !f.held {
		return nil
	}
	since := s.clock.UnixMilli()
	if s.state.Held != nil {
		since = s.state.Held.Since
	}
	return &Held{Count: f.weighs, Since: since, Sample: f.sample, Scan: s.number}
}
