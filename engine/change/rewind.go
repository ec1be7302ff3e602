package change

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/javadate"
)

// Errors of Rewind.
var (
	// ErrNoMark: the resource is watched by content, there is no date to go back to.
	ErrNoMark = errors.New("the resource is watched by the content of its records and has no mark")
	// ErrNotBaselined: the first scan has not ended, so that there is no mark yet.
	ErrNotBaselined = errors.New("the first scan has not ended")
)

// AheadError: the time is later than what was passed, so that records in between would never be told.
type AheadError struct{ Passed time.Time }

func (e *AheadError) Error() string {
	return "the time is later than the mark, " + e.Passed.Format(time.RFC3339Nano)
}

// rewindState is a rewind that no complete scan has ended yet. The mark is To meanwhile, and everything dated up to Passed was passed before.
//
// Nothing is taken out of the seen-set for it: what is told again is remembered a second time, under names that belong to this rewind. So a
// rewind writes the small record only, however much was remembered, and what is told again is told once, however often the scan is
// interrupted.
type rewindState struct {
	ID     string `json:"id"` // unlike that of any other rewind
	To     int64  `json:"to"`
	Passed int64  `json:"passed"` // the mark before
}

// Recall tells what was told before of an object: of its state with a version (by any kind of change; "" = nothing), and whether anything at
// all. It knows as much as is kept.
type Recall func(objectID, version string) (kind Kind, any bool)

// Rewind writes into a stored checkpoint that records dated at an instant or later are to be told again, also those that are not yet told.
// It returns the new record, to be put in the place of the old one under its version, and the mark that it had; the chunks stay. A rewind that
// is still open is replaced, by a later time, too, up to where the mark was before it. id must be unlike those of other rewinds. Errors:
// ErrNoMark, ErrNotBaselined, *AheadError.
func Rewind(record []byte, to time.Time, id string) (next []byte, from time.Time, err error) {
	if len(record) > 0 && record[0] == hashesFormat {
		return nil, from, ErrNoMark
	}
	if len(record) == 0 || record[0] != checkpointFormat {
		return nil, from, errors.New("checkpoint has an unknown format")
	}
	var s state
	inline, err := s.read(record)
	if err != nil {
		return nil, from, err
	}
	if !s.Baselined {
		return nil, from, ErrNotBaselined
	}
	mark := max(to.UnixMilli(), 1) // 0 would mean that there is none
	if mark > s.passed() {
		return nil, from, &AheadError{time.UnixMilli(s.passed()).UTC()}
	}
	from = time.UnixMilli(s.Mark).UTC()
	s.Rewind = &rewindState{ID: id, To: mark, Passed: s.passed()}
	s.Mark, s.Scan = mark, nil
	head, err := json.Marshal(s)
	if err != nil {
		return nil, from, fmt.Errorf("encode checkpoint: %w", err)
	}
	next = binary.AppendUvarint([]byte{checkpointFormat}, uint64(len(head)))
	return append(append(next, head...), inline...), from, nil
}

// passed is the date up to which everything was passed, the mark or where it was before a rewind.
func (s *state) passed() int64 {
	if s.Rewind != nil {
		return s.Rewind.Passed
	}
	return s.Mark
}

// Rewound is the rewind that is still open: its time, and where the mark was before it. Zero = there is none.
func (c *Checkpoint) Rewound() (to, passed time.Time) {
	if c.Rewind == nil {
		return to, passed
	}
	return time.UnixMilli(c.Rewind.To).UTC(), time.UnixMilli(c.Rewind.Passed).UTC()
}

// Span is where a checkpoint is in time; zero what is not known yet.
type Span struct {
	From    time.Time // lower bound that the next scan asks for
	Covered time.Time // what is dated from here on is remembered record by record, up to the mark, or to where it was before a rewind
	To      time.Time // the time of a rewind that is open
	Passed  time.Time // the mark before it
}

// Span tells where the checkpoint is.
func (c *Checkpoint) Span(rule Rule) (s Span) {
	scan := Begin(rule, c)
	s.From = scan.Since()
	s.To, s.Passed = c.Rewound()
	if c.Baselined {
		s.Covered = time.UnixMilli(max(scan.createdSince()-rule.Tolerance.Milliseconds(), 0)).UTC()
	}
	return s
}

// rewinding is what a scan needs of an open rewind.
type rewinding struct {
	salt   string
	floor  int64 // records dated at it or later are told again
	old    int64 // lower bound of the window that would be asked if there were no rewind
	recall Recall
}

func (s *Scan) setRewind() {
	r := s.cp.Rewind
	if r == nil {
		return
	}
	old := max(r.Passed-s.rule.Window().Milliseconds(), s.cp.Covered, 0)
	s.rewind = &rewinding{salt: r.ID, floor: s.rule.floor(r.To), old: old, recall: func(string, string) (Kind, bool) { return "", false }}
}

// Recall gives the scan a memory of what was told, by which a change that is told again is told as what it was. Without one the dates decide.
func (s *Scan) Recall(recall Recall) {
	if s.rewind != nil {
		s.rewind.recall = recall
	}
}

// floor is the earliest date that a record of that instant can carry: a date stands for its whole unit.
func (r Rule) floor(at int64) int64 {
	floor := at
	fields := []Field{r.windowField(r.Fields)}
	if r.Fallback != nil {
		fields = append(fields, r.windowField(*r.Fallback))
	}
	for _, f := range fields {
		if f.Format == nil {
			continue
		}
		if begin, ok := beginOf(f.Format, at); ok {
			floor = min(floor, begin)
		}
	}
	return floor
}

// beginOf is the instant that a format's text for another instant stands for.
func beginOf(f *javadate.Format, at int64) (int64, bool) {
	parsed, err := f.Parse(f.Format(time.UnixMilli(at).UTC()))
	if err != nil {
		return 0, false
	}
	return parsed.Time.UnixMilli(), true
}

// lowest is the least date that is looked at. A rewind asks from a little before its time, as every scan does, but what is dated before it and
// not in the window of before was told long ago.
func (s *Scan) lowest() int64 {
	if s.rewind == nil {
		return s.since
	}
	return max(s.since, min(s.rewind.floor, s.rewind.old))
}

// createdSince is from when on a record that was created there is one that nobody was told of.
func (s *Scan) createdSince() int64 {
	if s.rewind == nil {
		return s.since
	}
	return s.rewind.old
}

// again reports whether records of a date are told again.
func (s *Scan) again(date int64) bool { return s.rewind != nil && date >= s.rewind.floor }

// judgeAgain decides about a record that a rewind wants told again, whether it was told before or not.
func (s *Scan) judgeAgain(r reading, date int64, counts *Counts) (kind Kind, rule string) {
	id, version := hash64(r.id), hash64(r.version)
	mine := hash64(s.rewind.salt + "\x00" + r.id)
	known := s.cp.seen.hasID(mine) // in another version, by this rewind
	keep := max(date, r.created.UnixMilli())
	if keep >= s.rewind.old-s.rule.Tolerance.Milliseconds() { // the windows after the rewind have it
		s.cp.seen.add(entry{pair{id, version}, keep})
	}
	if !s.cp.seen.add(entry{pair{mine, version}, keep}) {
		counts.Known++
		return "", ""
	}
	s.touched = true
	s.maxSeen = max(s.maxSeen, date)
	before, any := s.rewind.recall(r.id, r.version)
	if kind, rule = before, RuleAgain; kind == "" {
		kind, rule = s.kind(r, known || any)
	}
	if kind == Updated {
		counts.Updated++
	} else {
		counts.Created++
	}
	return kind, rule
}
