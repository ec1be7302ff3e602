package change

import (
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/javadate"
)

// DefaultOverlap is how far a window reaches back behind the mark, for records that become visible late.
const DefaultOverlap = 120 * time.Second

// DefaultTolerance is how far created and updated may lie apart on a record that was only created. The platform's classic default is
// not known; its successor's is 10 s.
const DefaultTolerance = 10 * time.Second

// Field is a date of a record: where it is and how it is written.
type Field struct {
	Path   Path
	Format *javadate.Format
}

// Fields says where a record keeps its id and its dates. Created may be the zero Field: then the updated date stands for both.
type Fields struct {
	ID      Path
	Updated Field
	Created Field
}

// Rule is how the records of one resource are judged. It is made once, when the instance is made.
type Rule struct {
	Fields
	// Fallback, if set, is used for a page on which *no* record has what Fields names: a configuration copied from another resource.
	Fallback *Fields
	// FilterByCreated takes the created date for the window (filterByUpdatedDate false).
	FilterByCreated bool
	// FilterByCurrent leaves records dated after the poll for a later poll (filterByCurrentDate).
	FilterByCurrent bool
	// HashContent makes the content part of a version. It is fixed when the resource is created.
	HashContent bool
	Overlap     time.Duration
	PollDelay   time.Duration
	Tolerance   time.Duration
	// Unit is the coarsest unit of the dates in the poll's URL; the formats' own units are added by Window.
	Unit time.Duration
	// Documented takes the platform's documented rule for the kind of a change (event.poller.classify): CREATED if updated and created
	// are the same within the tolerance, else UPDATED, whatever is remembered.
	Documented bool
	// Mutant breaks a rule on purpose, in test builds only.
	Mutant Mutant
}

// Check reports what a rule cannot work without.
func (r Rule) Check() error {
	if r.ID.IsZero() {
		return errors.New("a rule needs an id field")
	}
	if r.windowField(r.Fields).Format == nil {
		return errors.New("a rule needs a date field to filter by")
	}
	return nil
}

// Window is how far behind the mark a scan begins. A coarse date lies up to a unit before the instant it stands for, so a record that
// becomes visible as late as the overlap allows is dated up to a unit before that: the unit comes on top. A local day can have 25 hours.
func (r Rule) Window() time.Duration {
	reach, unit := max(r.Overlap, r.PollDelay), r.DateUnit()
	if unit >= 24*time.Hour {
		unit += time.Hour
	}
	if unit > time.Millisecond { // in which marks are kept
		reach += unit
	}
	return max(reach, unit, r.Unit)
}

// DateUnit is the coarsest unit among the date formats: a date may lie that far before the instant it stands for.
func (r Rule) DateUnit() time.Duration {
	unit := unitOf(r.windowField(r.Fields))
	if r.Fallback != nil {
		unit = max(unit, unitOf(r.windowField(*r.Fallback)))
	}
	return unit
}

// CoarseDates reports whether two changes within a second can carry the same date text, so that a version needs the content too.
func (r Rule) CoarseDates() bool { return r.DateUnit() >= time.Second }

// windowField is the date that decides whether a record lies in the window.
func (r Rule) windowField(f Fields) Field {
	if (r.FilterByCreated || f.Updated.Format == nil) && f.Created.Format != nil {
		return f.Created
	}
	return f.Updated
}

func unitOf(f Field) time.Duration {
	if f.Format == nil {
		return 0
	}
	return f.Format.Unit()
}
