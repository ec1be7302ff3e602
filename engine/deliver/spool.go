package deliver

import (
	"sync"

	"github.com/pollwright/pollwright/engine/store"
)

// Load is how much waits for a callback: the events, and the bytes of the payloads that tell them.
type Load struct {
	Events int   `json:"events"`
	Bytes  int64 `json:"bytes"`
}

func (l Load) plus(o Load) Load { return Load{l.Events + o.Events, l.Bytes + o.Bytes} }

// less never goes below nothing: a commit of unknown outcome may have been counted too little.
func (l Load) less(o Load) Load { return Load{max(l.Events-o.Events, 0), max(l.Bytes-o.Bytes, 0)} }

func (l Load) reaches(mark Load) bool { return l.Events >= mark.Events || l.Bytes >= mark.Bytes }

func (l Load) within(mark Load) bool { return l.Events <= mark.Events && l.Bytes <= mark.Bytes }

// half is where the tide has turned, unless it is said otherwise.
func (l Load) half() Load { return Load{l.Events / 2, l.Bytes / 2} }

func loadOf(n store.Notification) Load { return Load{n.Events, int64(len(n.Payload))} }

// spool keeps the account of what waits, by instance, and who is told to wait for it. An instance that has reached the high water stays full
// until it has sunk to the low water, so that polling does not stutter around one mark.
//
// Until the rows of an earlier process are counted nothing is admitted: what is admitted later is counted by take, what was there before by
// fill, and nothing by both.
type spool struct {
	high, low Load
	sunk      func(instance string)

	filled chan struct{} // closed by fill

	mu       sync.Mutex
	accounts map[string]account // of instances for which something waits
}

type account struct {
	load Load
	full bool
	held bool // refused while it was not full: told when it has sunk to half
	half Load // of what it was then
}

func newSpool(high, low Load, sunk func(string)) *spool {
	return &spool{high: high, low: low, sunk: sunk, filled: make(chan struct{}), accounts: map[string]account{}}
}

// fill counts what an earlier process left.
func (s *spool) fill(backlogs []store.Backlog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range backlogs {
		s.add(b.Lane.Instance, Load{b.Events, b.Bytes})
	}
	close(s.filled)
}

func (s *spool) take(instance string, l Load) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(instance, l)
}

func (s *spool) add(instance string, l Load) {
	a := s.accounts[instance]
	a.load = a.load.plus(l)
	a.full = a.full || a.load.reaches(s.high)
	s.accounts[instance] = a
}

// drain counts what was delivered or given up.
func (s *spool) drain(instance string, l Load) {
	s.mu.Lock()
	a, known := s.accounts[instance]
	if !known {
		s.mu.Unlock()
		return
	}
	a.load = a.load.less(l)
	sunk := a.full && a.load.within(s.low)
	a.full = a.full && !sunk
	if a.held && a.load.within(a.half) {
		a.held, sunk = false, true
	}
	if s.accounts[instance] = a; a.load == (Load{}) && !a.full {
		delete(s.accounts, instance)
	}
	s.mu.Unlock()
	if sunk {
		s.sunk(instance)
	}
}

// empty corrects the account of an instance for which nothing waits.
func (s *spool) empty(instance string) {
	s.mu.Lock()
	a, known := s.accounts[instance]
	delete(s.accounts, instance)
	s.mu.Unlock()
	if known && (a.full || a.held) {
		s.sunk(instance)
	}
}

// admits also refuses an instance for which something waits while memory is crowded with it: more would only be written to be read again. Half of
// what waits has to go first. It is not full by that: whoever asks again, and finds that memory is not crowded, is admitted.
func (s *spool) admits(instance string, more Load, crowded bool) bool {
	select {
	case <-s.filled:
	default:
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[instance]
	if more != (Load{}) && a.load.plus(more).reaches(s.high) {
		return false
	}
	if crowded && !a.full && a.load != (Load{}) {
		a.held, a.half = true, a.load.half()
		s.accounts[instance] = a
		return false
	}
	return !a.full
}

func (s *spool) state(instance string) (Load, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[instance]
	return a.load, a.full
}

// Take counts what a commit emitted, and hands it over: the rows may be sent from memory, so nobody may change their bytes any more. Without
// seqs (a commit whose outcome is unknown) it only makes the sender look. Like Wake it never waits, and wants the order of the commits.
func (s *Sender) Take(emitted []store.Notification, seqs []store.Seq) {
	if len(seqs) != len(emitted) {
		Hand(emitted, nil, s.Wake)
		return
	}
	for i := 0; i < len(emitted); {
		end := i
		for end < len(emitted) && emitted[end].Lane == emitted[i].Lane {
			s.spool.take(emitted[end].Lane.Instance, loadOf(emitted[end]))
			end++
		}
		s.queue.hand(emitted[i:end], seqs[i:end])
		i = end
	}
}

// Counted is closed when Run has counted what waits. Admits says no until then.
func (s *Sender) Counted() <-chan struct{} { return s.spool.filled }

// Admits says whether more may be emitted for an instance, when there is also `more` that is formed and not yet committed. A page of changes
// is asked for once, before it is read, and then goes in whole: so any page fits an empty spool. Whoever is refused waits for Config.OnLow.
func (s *Sender) Admits(instance string, more Load) bool {
	return s.spool.admits(instance, more, s.queue.crowded(instance))
}

// Backlog is what waits for the callback of an instance, and whether polling waits until it has been delivered.
func (s *Sender) Backlog(instance string) (waiting Load, full bool) { return s.spool.state(instance) }
