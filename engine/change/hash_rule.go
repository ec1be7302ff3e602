package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// The default guard against mass deletes.
const (
	DefaultGuardFraction = 0.2
	DefaultGuardIDs      = 10
)

// The rules that decide about the kind of a change in hash mode.
const (
	RuleNewID     = "the id was not there before: CREATED"
	RuleContent   = "the content changed: UPDATED"
	RuleAbsent    = "absent from two complete scans: DELETED"
	RuleConfirmed = "absent from two complete scans, held by the guard and confirmed: DELETED"
)

// HashRule is how the records of one resource are judged by their content (detect "hash"): each scan reads all of them.
type HashRule struct {
	ID Path
	// Fallback, if set, names the id where *no* record of a page has one at ID: a configuration copied from another resource.
	Fallback Path
	// Exclude are fields that do not count as content: they change although nothing happened (a time of last access, a score). A path
	// leads through arrays: "items.price" is left out of every item.
	Exclude []Path
	// Deletes tells objects that are gone as DELETED. Without it they stay remembered: one that comes back as it was is not told.
	Deletes bool
	// Guard holds back what looks like an accident.
	Guard Guard
	// Dates, if they have a format, only give the date that is told with an event; a record without one has the date of the scan.
	Dates Fields
	// Tell tells the records of the first complete scan as CREATED (start: beginning). Otherwise they are the baseline.
	Tell bool
	// Mutant breaks a rule on purpose, in test builds only.
	Mutant Mutant
}

// Guard holds DELETED back when one scan would tell more than max(Fraction of the ids remembered, IDs) of them. What is held is told
// when somebody confirms it; see Held.
type Guard struct {
	Fraction float64 // 0 = DefaultGuardFraction; negative = no part of them; from 1 on, the guard holds nothing
	IDs      int     // 0 = DefaultGuardIDs; negative = none
}

// allows reports whether n of all remembered ids may be told as deleted at once.
func (g Guard) allows(n, all int) bool {
	fraction, ids := g.Fraction, g.IDs
	if fraction == 0 {
		fraction = DefaultGuardFraction
	}
	if ids == 0 {
		ids = DefaultGuardIDs
	}
	return float64(n) <= max(fraction*float64(all), float64(ids), 0)
}

// Check reports what a rule cannot work without.
func (r HashRule) Check() error {
	if r.ID.IsZero() {
		return errors.New("a hash rule needs an id field")
	}
	if slices.ContainsFunc(r.Exclude, func(p Path) bool { return p.IsZero() }) {
		return errors.New("a hash rule excludes a field without a name")
	}
	if f := r.Guard.Fraction; f != f {
		return fmt.Errorf("the guard's fraction is %v, want a number", f)
	}
	return nil
}

// ObjectID is a record's id by the configured field, else by the fallback's; "" if it has neither.
func (r HashRule) ObjectID(record json.RawMessage) string {
	members := jsoncut.View(record).Members(nil)
	if id := r.ID.in(members).Text(); id != "" {
		return id
	}
	return r.Fallback.in(members).Text()
}

// contentName names what counts as content, so that a change of it is noticed: every hash of before means something else then.
func (r HashRule) contentName() string {
	names := []string{"content/1"}
	for _, p := range r.Exclude {
		names = append(names, p.String())
	}
	slices.Sort(names[1:])
	return Hash(slices.Compact(names)...)
}
