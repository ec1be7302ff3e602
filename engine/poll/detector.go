package poll

import (
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// detector decides which records of a scan are changes, and remembers. There are two: dates and contents. It belongs to one scan.
type detector interface {
	// since is the lower bound of the dates to ask for, inclusive; zero = all records.
	since() time.Time
	// clock is the provider's at the scan's first response.
	clock() time.Time
	setClock(provider, ours time.Time) (again bool)
	// mark is how far the resource was watched; zero where there are no dates to tell.
	mark() time.Time
	objectID(rec record) string
	// token is the saved place of a scan that was committed half-way; restart gives it up.
	token() string
	restart()
	// fit looks at a whole page, which then comes in portions.
	fit(records []record)
	page(records []record) ([]change.Change, change.Counts)
	// full reports that so much was detected that a commit should be made even if no change waits.
	full() bool
	// pause readies a commit at a place; must = the place is to be saved, not only what was detected.
	pause(token string, must bool)
	// abandon ends a scan that did not see everything.
	abandon()
	// finish ends a complete scan: up to n changes, and again after a commit if there are more.
	finish(n int) (changes []change.Change, counts change.Counts, more bool)
	// touched reports whether there is something to store.
	touched() bool
	save() ([]byte, []change.Chunk, error)
	// tidy readies work that is left over for after the scan; false if there is none.
	tidy() bool
	held() *change.Held
	// rewound: the scan tells again what was told before.
	rewound() bool
	// warnings are for the outcome.
	warnings() []string
}

// dates detects by the dates of records, in a window.
type dates struct {
	scan *change.Scan
	cp   *change.Checkpoint
	rule change.Rule
	done bool // the checkpoint has to be stored because the scan ended
}

func newDates(rule change.Rule, cp *change.Checkpoint) *dates {
	return &dates{scan: change.Begin(rule, cp), cp: cp, rule: rule}
}

func (d *dates) since() time.Time                                    { return d.scan.Since() }
func (d *dates) clock() time.Time                                    { return d.scan.Clock() }
func (d *dates) setClock(provider, ours time.Time) bool              { return d.scan.SetClock(provider, ours) }
func (d *dates) mark() time.Time                                     { return d.cp.Mark() }
func (d *dates) objectID(rec record) string                          { return d.rule.ObjectID(rec) }
func (d *dates) token() string                                       { return d.cp.Token() }
func (d *dates) restart()                                            {} // what was told is remembered, and the window stays
func (d *dates) page(recs []record) ([]change.Change, change.Counts) { return d.scan.Page(recs) }
func (d *dates) fit(recs []record)                                   { d.scan.Fit(recs) }
func (d *dates) full() bool                                          { return d.cp.Fresh() >= mostFresh }
func (d *dates) pause(token string, _ bool)                          { d.scan.Pause(token) }
func (d *dates) abandon()                                            { d.scan.Abandon() }
func (d *dates) touched() bool                                       { return d.done || d.scan.Touched() }
func (d *dates) save() ([]byte, []change.Chunk, error)               { return d.cp.Save() }
func (d *dates) tidy() bool                                          { return false }
func (d *dates) held() *change.Held                                  { return nil }
func (d *dates) warnings() []string                                  { return nil }

func (d *dates) rewound() bool {
	to, _ := d.cp.Rewound()
	return !to.IsZero()
}

func (d *dates) finish(int) ([]change.Change, change.Counts, bool) {
	d.done = d.scan.Finish()
	return nil, change.Counts{}, false
}

// mostFresh is how many records are remembered between two commits, told or not: each may cost a chunk of the next one.
const mostFresh = 500

// fullBytes is how much of what was detected waits for a commit at most.
const fullBytes = 256 << 10

// contents detects by a hash of each record's content, in a scan of all records.
type contents struct {
	scan  *change.HashScan
	state *change.Hashes
	rule  change.HashRule
}

func newContents(rule change.HashRule, state *change.Hashes, now time.Time) *contents {
	return &contents{change.BeginHash(rule, state, now), state, rule}
}

func (c *contents) since() time.Time                                    { return time.Time{} }
func (c *contents) clock() time.Time                                    { return c.scan.Clock() }
func (c *contents) mark() time.Time                                     { return time.Time{} }
func (c *contents) objectID(rec record) string                          { return c.rule.ObjectID(rec) }
func (c *contents) token() string                                       { return c.state.Token() }
func (c *contents) restart()                                            { c.scan.Restart() }
func (c *contents) page(recs []record) ([]change.Change, change.Counts) { return c.scan.Page(recs) }
func (c *contents) fit(recs []record)                                   { c.scan.Fit(recs) }
func (c *contents) full() bool                                          { return c.state.Waiting() >= fullBytes }
func (c *contents) pause(token string, must bool)                       { c.scan.Pause(token, must) }
func (c *contents) abandon()                                            { c.scan.Abandon() }
func (c *contents) touched() bool                                       { return c.scan.Touched() }
func (c *contents) save() ([]byte, []change.Chunk, error)               { return c.state.Save() }
func (c *contents) tidy() bool                                          { return c.state.Tidy() }
func (c *contents) held() *change.Held                                  { return c.state.Held }
func (c *contents) rewound() bool                                       { return false }

func (c *contents) setClock(provider, ours time.Time) bool {
	c.scan.SetClock(provider, ours)
	return false
}

func (c *contents) finish(n int) ([]change.Change, change.Counts, bool) { return c.scan.Finish(n) }

func (c *contents) warnings() []string {
	if !c.scan.Adopting() {
		return nil
	}
	return []string{"the fields that count as content were changed: this scan takes all contents as they are and tells no updates"}
}
