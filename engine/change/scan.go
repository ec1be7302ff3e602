package change

import (
	"encoding/json"
	"time"
)

// sameClock is how far the provider's clock may seem to differ before it counts as another clock: its Date header has whole seconds.
const sameClock = 1500 * time.Millisecond

// Counts says what was made of the records of a scan. Nothing is dropped silently: each record is counted exactly once in Created,
// Updated, Known, Baseline, Before, Later, NoID, Undated or Repeated.
type Counts struct {
	Records  int `json:"records"`
	Created  int `json:"created"`
	Updated  int `json:"updated"`
	Known    int `json:"known"`    // remembered from before, not told again
	Baseline int `json:"baseline"` // there when the watch began
	Before   int `json:"before"`   // dated before the window
	Later    int `json:"later"`    // dated after the poll, left for a later one (filterByCurrentDate)
	NoID     int `json:"noId"`
	Undated  int `json:"undated"`
	Prefixed int `json:"prefixed"` // dates with text behind them that the format does not name
	Fallback int `json:"fallback"` // records judged by the manifest's fields, not the configured ones

	// In hash mode only.
	Deleted   int `json:"deleted"`   // absent from two complete scans
	Missing   int `json:"missing"`   // absent from one so far
	Repeated  int `json:"repeated"`  // came again in the same scan
	Differing int `json:"differing"` // of those, with another content: left for the next scan
}

// Add sums two counts.
func (c Counts) Add(o Counts) Counts {
	return Counts{
		c.Records + o.Records, c.Created + o.Created, c.Updated + o.Updated, c.Known + o.Known, c.Baseline + o.Baseline,
		c.Before + o.Before, c.Later + o.Later, c.NoID + o.NoID, c.Undated + o.Undated, c.Prefixed + o.Prefixed, c.Fallback + o.Fallback,
		c.Deleted + o.Deleted, c.Missing + o.Missing, c.Repeated + o.Repeated, c.Differing + o.Differing,
	}
}

// Scan judges the pages of one scan. Begin it, tell it the clock of the first response, give it each page, and Finish it.
type Scan struct {
	rule     Rule
	cp       *Checkpoint
	since    int64
	clock    int64      // provider's clock at the first response
	ours     int64      // our clock then
	maxSeen  int64      // greatest date newly seen, not clamped
	baseline int64      // records dated before it were there when the watch began; 0 = none
	touched  bool       // the checkpoint must be stored
	rewind   *rewinding // nil = no rewind is open
	hasher   hasher
	fitted   *fitted // the fields that the current page's records have; nil = look at each call of Page
}

// Begin starts a scan, or goes on with one that was committed half-way. The checkpoint belongs to the scan until it has finished; to
// begin again after a fault, load it again.
func Begin(rule Rule, cp *Checkpoint) *Scan {
	s := &Scan{rule: rule, cp: cp}
	s.setRewind()
	if open := cp.Scan; open != nil {
		s.since, s.clock, s.maxSeen = open.Since, open.Clock, open.MaxSeen
	} else {
		s.since = s.from()
	}
	s.setBaseline()
	return s
}

// from is the lower bound of the window.
func (s *Scan) from() int64 {
	mark := s.cp.state.Mark
	if mark == 0 {
		mark = s.cp.Activated
	}
	covered := s.cp.Covered
	if s.cp.Rewind != nil { // see lowest
		covered = 0
	}
	return max(mark-s.rule.Window().Milliseconds(), covered, 0) // no provider is asked for what was before 1970
}

// setBaseline rounds the activation up to the format's unit: a date stands for its whole unit, so one within the activation's own may be
// from before it. A start that the user chose is rounded down instead: better told than kept from them.
func (s *Scan) setBaseline() {
	if s.cp.Baselined || s.cp.state.Mark == 0 {
		return
	}
	unit := max(s.rule.DateUnit().Milliseconds(), 1)
	if s.baseline = floorTo(s.cp.Activation()+unit-1, unit); s.cp.Chosen {
		s.baseline = floorTo(s.cp.Activation(), unit)
	}
}

// Activation is the instant the watch began, on the provider's clock once that is known.
func (c *Checkpoint) Activation() int64 {
	if c.Baselined || c.state.Mark == 0 {
		return c.Activated
	}
	return c.state.Mark
}

// Since is the lower bound to ask for, inclusive.
func (s *Scan) Since() time.Time { return time.UnixMilli(s.since).UTC() }

// Clock is the provider's clock at the scan's first response; zero before it.
func (s *Scan) Clock() time.Time {
	if s.clock == 0 {
		return time.Time{}
	}
	return time.UnixMilli(s.clock).UTC()
}

// Touched reports whether the checkpoint would have to be stored even if the mark does not move.
func (s *Scan) Touched() bool { return s.touched }

// SetClock tells the provider's clock (zero if its answer had no Date) and ours at the first response; later calls change nothing. It
// reports true if the window has to be asked again from an earlier instant: the very first scan asked by our clock, and the provider's
// runs behind it.
func (s *Scan) SetClock(provider, ours time.Time) (again bool) {
	if s.clock != 0 {
		return false
	}
	if provider.IsZero() {
		provider = ours
	}
	s.clock, s.ours = provider.UnixMilli(), ours.UnixMilli()
	if s.cp.state.Mark != 0 {
		return false
	}
	skew := provider.Sub(ours)
	if skew.Abs() <= sameClock {
		skew = 0
	}
	s.cp.state.Mark = s.cp.Activated + skew.Milliseconds()
	s.setBaseline()
	asked := s.since
	s.since = min(asked, s.from())
	return s.since < asked
}

// Page judges the records of a page and remembers them. SetClock must have been called.
func (s *Scan) Page(records []json.RawMessage) ([]Change, Counts) {
	judged, counts := s.read(records)
	counts.Records = len(records)
	var changes []Change
	for i, r := range judged {
		if kind, rule := s.judge(r, &counts); kind != "" {
			if changes == nil { // mostly all are told, or none
				changes = make([]Change, 0, len(judged)-i)
			}
			changes = append(changes, Change{
				ObjectID: r.id, Kind: kind, Version: r.version, Date: r.told.UTC(), Record: r.raw, Why: Why{r.updatedText, r.createdText, rule},
			})
		}
	}
	return changes, counts
}

// judge decides about one record, and says by which rule; "" = nothing to tell.
func (s *Scan) judge(r reading, counts *Counts) (kind Kind, rule string) {
	date := r.window.UnixMilli()
	switch {
	case date < s.lowest(), date == s.since && s.rule.broken(ExclusiveWindow):
		counts.Before++
		return "", ""
	case s.rule.FilterByCurrent && date > s.clock:
		counts.Later++
		return "", ""
	case s.again(date):
		return s.judgeAgain(r, date, counts)
	}
	id := hash64(r.id)
	known, keep := s.cp.seen.hasID(id), date
	if !known { // as long as the created date lies in a window, the id must be known: else it would be CREATED again
		keep = max(date, r.created.UnixMilli())
	}
	if !s.cp.seen.add(entry{pair{id, hash64(r.version)}, keep}) && !s.rule.broken(NoSeenSet) {
		counts.Known++
		return "", ""
	}
	s.touched = true
	s.maxSeen = max(s.maxSeen, date)
	if s.baseline != 0 && date < s.baseline {
		counts.Baseline++
		return "", ""
	}
	if kind, rule = s.kind(r, known); kind == Updated {
		counts.Updated++
	} else {
		counts.Created++
	}
	return kind, rule
}

// kind tells an update from a creation.
func (s *Scan) kind(r reading, known bool) (Kind, string) {
	together := r.told.Sub(r.created).Abs() <= s.rule.Tolerance
	switch {
	case s.rule.Documented && together:
		return Created, RuleSame
	case s.rule.Documented:
		return Updated, RuleDiffer
	case known:
		return Updated, RuleRemembered
	case r.created.UnixMilli() >= s.createdSince():
		return Created, RuleWindow
	case together:
		return Created, RuleTolerance
	}
	return Updated, RuleOlder
}

// Pause readies the checkpoint for a commit at a page boundary; token is where the scan goes on.
// Invariant 2: the mark stays where it is until the scan's last page is committed.
func (s *Scan) Pause(token string) {
	s.cp.Scan = &scanState{Since: s.since, Clock: s.clock, MaxSeen: s.maxSeen, Token: token}
	s.touched = true
	if s.rule.broken(MarkMovesMidScan) {
		s.cp.state.Mark, s.cp.Scan, s.cp.Baselined = max(s.cp.state.Mark, min(s.maxSeen, s.clock)), nil, true
	}
}

// Abandon ends a scan without moving the mark: what was told stays remembered, and the next scan asks for the same window again.
func (s *Scan) Abandon() {
	s.touched = s.touched || s.cp.Scan != nil
	s.cp.Scan = nil
}

// Finish ends the scan after its last page: the mark moves and what lies behind the next window is forgotten. It reports whether the
// checkpoint has to be stored: a poll that changes nothing writes nothing.
func (s *Scan) Finish() bool {
	cp := s.cp
	touched := s.touched || cp.Scan != nil || !cp.Baselined || cp.Rewind != nil
	cp.Scan, cp.Baselined = nil, true
	cp.state.Mark, cp.Rewind = max(cp.passed(), s.reached()), nil
	if touched {
		cp.seen.forget(s.from() - s.rule.Tolerance.Milliseconds())
	}
	return touched
}

// reached is how far the scan has come: the greatest date it newly saw, never later than the provider's clock.
func (s *Scan) reached() int64 {
	switch {
	case s.rule.broken(MarkOwnClock):
		return s.ours
	case s.rule.broken(NoClamp):
		return s.maxSeen
	}
	return min(s.maxSeen, s.clock)
}
