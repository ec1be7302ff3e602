package model

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pollwright/pollwright/engine/poll"
)

// order is how the provider sorts its rows.
type order int

const (
	byID order = iota // which is in no order of time
	byInsertion
	newestFirst
	oldestFirst
	orders
)

func (o order) String() string {
	return [...]string{"by id", "by insertion", "newest first", "oldest first"}[o]
}

// paging is how it cuts them into pages.
type paging int

const (
	offsets      paging = iota // row numbers; each page repeats the last row of the page before
	countOffsets               // and tells the number of all rows
	cursors                    // the page after a given row
	pagings
)

func (p paging) String() string {
	return [...]string{"by offset", "by offset with total", "by cursor"}[p]
}

// filtering is what it makes of the lower bound.
type filtering int

const (
	unfiltered   filtering = iota
	filtered               // leaves out what was written before the bound
	filteredText           // leaves out what is dated before it
	filterings
)

func (f filtering) String() string {
	return [...]string{"no filter", "filters by time", "filters by text"}[f]
}

// settings are what a provider and a configuration are like.
type settings struct {
	clockwork
	start      time.Time // of the watch, our clock
	pace       time.Duration
	skew       time.Duration // provider's clock minus ours
	dateHeader bool
	latency    time.Duration // the most that one request takes
	order      order
	paging     paging
	filtering  filtering
	pageSize   int
	overlap    time.Duration
	tolerance  time.Duration
	limits     poll.Limits
	lanes      int
}

func (s settings) String() string {
	return fmt.Sprintf("%v, watch from %s, skew %v, date header %t, rows %v, paged %v, %v, pages of %d, overlap %v, tolerance %v, limits of %d pages, %d changes",
		s.clockwork, s.start.Format(time.RFC3339Nano), s.skew, s.dateHeader, s.order, s.paging, s.filtering, s.pageSize, s.overlap, s.tolerance,
		s.limits.Pages, s.limits.CommitChanges)
}

// latest is how late a state may become visible and must still be told.
func (s settings) latest() time.Duration {
	most := s.overlap - s.latency - 2*time.Second
	if !s.dateHeader {
		most += min(s.skew, 0)
	}
	return most
}

// activation is the begin of the watch on the clock that the detection can know, Unix milliseconds; it lies within `gray` of it.
func (s settings) activation() (at, gray int64) {
	if !s.dateHeader {
		return s.start.UnixMilli(), 0
	}
	return s.start.Add(s.skew).UnixMilli(), 3000
}

func oneOf[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// span is a random duration up to most.
func span(r *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most/time.Millisecond)+1)) * time.Millisecond
}

func newSettings(r *rand.Rand) settings {
	s := settings{
		clockwork: oneOf(r, styles()...).clockwork(),
		order:     order(r.IntN(int(orders))), paging: paging(r.IntN(int(pagings))), filtering: filtering(r.IntN(int(filterings))),
		pageSize: oneOf(r, 2, 3, 5, 10, 25, 100), overlap: oneOf[time.Duration](r, 30, 90, 120, 120, 120, 300) * time.Second,
		tolerance: oneOf[time.Duration](r, 0, 10, 10, 60) * time.Second, latency: oneOf[time.Duration](r, 20, 200, 2000) * time.Millisecond, dateHeader: chance(r, 70),
	}
	s.lanes = oneOf(r, 1, 4)
	s.limits = poll.Limits{Pages: oneOf(r, 0, 0, 1, 2, 3, 7), CommitChanges: oneOf(r, 0, 0, 1, 3, 10, 40), CommitBytes: oneOf(r, 0, 0, 300, 3000)}
	if s.filtering == unfiltered || s.limits.Pages > 0 {
		s.pageSize = max(s.pageSize, oneOf(r, 10, 25, 100))
	}
	s.skew = oneOf(r, 0, 0, span(r, time.Minute), -span(r, time.Minute), time.Minute, -time.Minute)
	if !s.dateHeader {
		s.skew = max(s.skew, -s.overlap/2)
	}
	s.start, s.pace = when(r, s.unit)
	return s
}

// when chooses the time and the pace of polls: often at a border that the dates can trip over.
func when(r *rand.Rand, unit time.Duration) (start time.Time, pace time.Duration) {
	pace = oneOf(r, 10*time.Second, time.Minute, 5*time.Minute)
	before := span(r, 30*pace)
	if unit >= 24*time.Hour {
		pace = oneOf(r, 5*time.Minute, time.Hour, 5*time.Hour)
		before = oneOf(r, span(r, 10*pace), span(r, time.Minute))
	}
	border := oneOf(r,
		time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC), // 01:00 Eastern, for the first time
		time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), // and for the second
		time.Date(2026, 11, 2, 5, 0, 0, 0, time.UTC), // the end of that day of 25 hours
		time.Date(2027, 3, 14, 7, 0, 0, 0, time.UTC), // 03:00 follows 01:59
		time.Date(2026, 6, 1+r.IntN(60), 0, 0, 0, 0, time.UTC),
		time.Date(2026, 6, 1+r.IntN(60), 4, 0, 0, 0, time.UTC), // Eastern midnight
	)
	return border.Add(-before).Add(time.Duration(r.IntN(1000)) * time.Millisecond), pace
}
