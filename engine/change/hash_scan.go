package change

import (
	"encoding/json"
	"time"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

const (
	// oldPlace is how long the place of an open scan is good for: what was seen so long ago may be gone.
	oldPlace = 72 * time.Hour
	// freePlace is how many bytes of seen bits are written with any commit; more only beside as much that is written anyway.
	freePlace = 16 << 10
)

// HashScan judges the pages of one full scan by their content. Begin it, tell it the clock of the first response, give it each page, and
// call Finish after the last one until nothing is left. A commit may come after every page and every part of Finish.
//
// An object is told at most once in a scan. One that comes twice, as rows move between pages, counts as it came first; if it came with
// another content later, the next scan tells it.
type HashScan struct {
	rule    HashRule
	state   *Hashes
	without *excluded
	hasher  hasher
	dates   *Scan  // reads dates
	number  uint64 // of this scan, if it will be complete
	silent  bool   // the baseline: nothing is told
	adopt   bool   // what counts as content is not what it was: contents are taken as they are
	clock   time.Time
	now     time.Time
	touched bool
	finish  *finish
	fitted  *fitted // the id field that the current page's records have; nil = look at each call of Page
}

// BeginHash starts a scan, or goes on with one that was committed half-way; see Hashes.Token and Restart. The state belongs to the scan
// until it has finished; to begin again after a fault, load it again.
func BeginHash(rule HashRule, state *Hashes, now time.Time) *HashScan {
	s := &HashScan{
		rule: rule, state: state, without: exclude(rule.Exclude), dates: &Scan{rule: Rule{Fields: rule.Dates}}, number: state.Generation + 1,
		silent: !state.Baselined && !rule.Tell, adopt: state.Baselined && state.Content != rule.contentName(), now: now,
	}
	if state.Scan != nil && now.Sub(time.UnixMilli(state.Scan.At)) > oldPlace {
		s.Restart()
	}
	return s
}

// Restart begins the scan at its first page again: what it had seen does not count. What it has told stays told.
func (s *HashScan) Restart() {
	if s.state.Scan != nil {
		s.state.Scan, s.touched = nil, true
	}
	_ = s.state.index.setSeen(nil) // cannot fail
	s.finish = nil
}

// SetClock tells the provider's clock (zero if its answer had no Date) and ours at the first response; later calls change nothing.
func (s *HashScan) SetClock(provider, ours time.Time) {
	switch {
	case !s.clock.IsZero():
	case provider.IsZero():
		s.clock = ours.UTC()
	default:
		s.clock = provider.UTC()
	}
}

// Clock is the provider's clock at the scan's first response; zero before it.
func (s *HashScan) Clock() time.Time { return s.clock }

// Adopting reports whether what counts as content is not what it was, so that this scan cannot tell updates.
func (s *HashScan) Adopting() bool { return s.adopt }

// Touched reports whether there is something to store.
func (s *HashScan) Touched() bool { return s.touched }

// Page judges the records of a page and remembers them.
func (s *HashScan) Page(records []json.RawMessage) ([]Change, Counts) {
	counts := Counts{Records: len(records)}
	path, fellBack := s.choose(records)
	var changes []Change
	for i := range records {
		record := jsoncut.View(records[i])
		s.hasher.read(record)
		id := path.in(s.hasher.members).Text()
		if id == "" || len(id) > maxHashID {
			counts.NoID++
			continue
		}
		if fellBack {
			counts.Fallback++
		}
		c := Change{ObjectID: id, Record: records[i]}
		if s.judge(record, &c, &counts) {
			changes = append(changes, c)
		}
	}
	return changes, counts
}

// Fit chooses the id field for a whole page, which may then be given to Page in portions.
func (s *HashScan) Fit(records []json.RawMessage) {
	path, fellBack := s.fit(records)
	s.fitted = &fitted{Fields{ID: path}, fellBack}
}

func (s *HashScan) choose(records []json.RawMessage) (Path, bool) {
	if s.fitted != nil {
		return s.fitted.ID, s.fitted.fellBack
	}
	return s.fit(records)
}

// fit chooses between the configured id field and the fallback's.
func (s *HashScan) fit(records []json.RawMessage) (path Path, fellBack bool) {
	if s.rule.Fallback.IsZero() || len(records) == 0 {
		return s.rule.ID, false
	}
	for _, record := range records {
		if s.rule.ID.in(jsoncut.View(record).Members(nil)).Text() != "" {
			return s.rule.ID, false
		}
	}
	return s.rule.Fallback, true
}

// judge decides about one record; true = to be told.
func (s *HashScan) judge(record jsoncut.Value, c *Change, counts *Counts) bool {
	sum := s.hasher.content(record, s.without)
	content, at := digest(sum[:len(digest{})]), s.state.index.find(c.ObjectID)
	if !at.found {
		o := object{gen: s.number, content: content}
		s.remember(at, c.ObjectID, o)
		c.Kind, c.Version, c.Why.Rule = Created, o.version(), RuleNewID
		return s.tell(s.silent, c, counts)
	}
	old := s.state.index.entry(at)
	switch {
	case old.flags&flagSeen != 0:
		counts.Repeated++
		if old.content != content {
			counts.Differing++
		}
		return false
	case old.content == content && old.absent == 0:
		s.state.index.blocks[at.block].setSeen(at.entry, true)
		counts.Known++
		return false
	case old.content == content:
		s.remember(at, c.ObjectID, object{gen: old.gen, content: content})
		counts.Known++
		return false
	}
	o := object{gen: max(s.number, old.gen+1), content: content}
	s.remember(at, c.ObjectID, o)
	c.Kind, c.Version, c.Why.Rule = Updated, o.version(), RuleContent
	return s.tell(s.silent || s.adopt, c, counts)
}

// remember stores what was seen of an object in the index and in the log.
func (s *HashScan) remember(at spot, id string, o object) {
	s.state.index.put(at, id, o, true)
	s.state.log.put(id, o)
	s.state.Greatest = max(s.state.Greatest, o.gen)
	s.touched = true
}

// tell completes a change, unless the scan only takes note.
func (s *HashScan) tell(silent bool, c *Change, counts *Counts) bool {
	if silent {
		counts.Baseline++
		return false
	}
	if c.Kind == Updated {
		counts.Updated++
	} else {
		counts.Created++
	}
	d := s.dates.readDates(s.rule.Dates, s.hasher.members)
	c.Date, c.Why.Updated, c.Why.Created = s.clock, d.updatedText, d.createdText
	if d.ok {
		c.Date = d.told.UTC()
	}
	return true
}

// Pause readies the state for a commit at a page boundary; token is where the scan goes on. The bits that say what was seen are saved
// with it if that is asked for, or if they are few: else the place that was saved last stays, and a scan that is resumed there reads a
// few pages twice.
func (s *HashScan) Pause(token string, save bool) {
	s.touched = true
	if !save && s.state.index.n/8 > max(freePlace, s.state.log.waiting) {
		return
	}
	s.state.Scan = &hashPlace{Token: token, At: s.now.UnixMilli()}
	s.state.bits = s.state.index.seen()
}

// Abandon ends a scan that was not complete: what was told stays told, and nothing counts as absent.
func (s *HashScan) Abandon() { s.Restart() }
