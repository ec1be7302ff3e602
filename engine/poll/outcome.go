package poll

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// maxLatenesses bounds what one poll keeps for the histogram.
const maxLatenesses = 1000

// maxWarnings bounds what one poll has to say.
const maxWarnings = 20

// Outcome is what became of a poll, for GET /instances/{id}/polls.
type Outcome struct {
	ID        string    `json:"id"` // sorts by time
	Instance  int64     `json:"instanceId"`
	Resource  string    `json:"resource"`
	Time      time.Time `json:"time"`       // start
	Duration  int64     `json:"durationMs"` // milliseconds
	Window    Window    `json:"window"`
	Polls     int       `json:"polls,omitempty"`     // of a row that stands for the idle polls of an hour: how many
	Failures  int       `json:"failures,omitempty"`  // failed polls in a row, this one included
	Recovered bool      `json:"recovered,omitempty"` // the first that did not fail after some that did
	Pages     int       `json:"pages"`
	Requests  int       `json:"requests"`
	Bytes     int64     `json:"bytes"` // of the provider's answers
	change.Counts
	Unstable  bool `json:"unstable,omitempty"`  // pages shifted at every reading; the mark stayed
	Continues bool `json:"continues,omitempty"` // a bound was hit; the next poll goes on from here
	// Backlogged: so much waits for the callback that the scan waits too; it goes on from here when enough has been delivered.
	Backlogged bool `json:"backlogged,omitempty"`
	// Held is what the guard against mass deletes holds back, to be confirmed or refused; nil = nothing.
	// Postponed is when the poll, or the rest of its scan, may go on: the credential's limits are used up, or the adapter cannot be asked. It is
	// no failure.
	Postponed time.Time    `json:"postponed,omitzero"`
	Held      *change.Held `json:"held,omitempty"`
	Oversized int          `json:"oversized,omitempty"` // changes told without their record, which is too large
	Late      Lateness     `json:"late"`
	Mark      Move         `json:"mark"`
	Phases    Phases       `json:"phasesMs"`
	Adapter   string       `json:"adapter,omitempty"` // digest
	Warnings  []string     `json:"warnings,omitempty"`
	Error     *Problem     `json:"error,omitempty"`

	told    change.Counts // already committed
	clock   time.Time     // provider's, at the first response
	ours    time.Time     // ours, at the same moment
	delay   time.Duration
	refused bool                // the page that a former poll had saved
	scrub   func(string) string // may be nil

	latenesses []time.Duration // of the late records, as far as they were kept
	apart      time.Duration   // see Job.Apart
	steady     bool            // the poll before did not fail, as far as is known since the start
}

// Window is the span of record dates that was asked for: From inclusive; To is the provider's clock.
type Window struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Move is the mark before and after a poll; zero = none yet.
type Move struct {
	Before time.Time `json:"before,omitzero"`
	After  time.Time `json:"after,omitzero"`
}

// Phases is where the time of a poll went, in milliseconds; what is left of the duration is detection and waiting for turns.
type Phases struct {
	Adapter  float64 `json:"adapter"`
	Provider float64 `json:"provider"`
	Store    float64 `json:"store"`
}

// Lateness is about records that were dated before the poll before but not visible to it. By is the least time that the latest of them
// must have been invisible, in milliseconds.
type Lateness struct {
	Records int   `json:"records"`
	By      int64 `json:"byMs"`
}

// Problem is why a poll failed.
type Problem struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

func newOutcome(job Job, now time.Time) Outcome {
	return Outcome{ID: NewID(now), Instance: job.Instance.ID, Resource: job.Resource.Name, Adapter: job.Digest, Time: now.UTC().Truncate(time.Millisecond), scrub: job.Scrub, apart: job.Apart()}
}

// NewID makes an id that sorts by time, in microseconds, and does not depend on a counter.
func NewID(now time.Time) string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return fmt.Sprintf("%016x%s", now.UnixMicro(), hex.EncodeToString(random[:]))
}

// Latenesses are how late the late records were at least, for a histogram; of a poll with very many, the first.
func (o *Outcome) Latenesses() []time.Duration { return o.latenesses }

// Failed reports whether the poll ended in an error.
func (o *Outcome) Failed() bool { return o.Error != nil }

// Idle reports whether the poll found nothing worth keeping: nothing changed, warned or failed.
func (o *Outcome) Idle() bool {
	return o.Error == nil && o.Created+o.Updated+o.Deleted+o.Missing+o.Baseline+o.NoID+o.Undated == 0 && len(o.Warnings) == 0 && !o.Continues && !o.Unstable && !o.Recovered &&
		o.Postponed.IsZero()
}

// Again reports whether the next poll should come at once: a scan goes on. One whose saved place was refused waits for its turn.
func (o *Outcome) Again() bool { return o.Continues && !o.refused || !o.Postponed.IsZero() }

// needed is how long the outcome has to be kept for a streak of failures to be counted on, or to have ended, after a restart.
func (o *Outcome) needed() time.Duration {
	if o.steady && !o.Failed() {
		return 0
	}
	return o.apart
}

// RetryAfter is how long the provider asked to be left alone; 0 = it did not say.
func (o *Outcome) RetryAfter() time.Duration { return o.delay }

func (o *Outcome) warn(text string) {
	if len(o.Warnings) < maxWarnings && !slices.Contains(o.Warnings, text) {
		o.Warnings = append(o.Warnings, text)
	}
}

func (o *Outcome) heard(a Answer, now time.Time) {
	o.Requests++
	o.Bytes += int64(len(a.Response.Body))
	if o.clock.IsZero() {
		o.clock, o.ours = a.Date, a.ours(now)
	}
}

// ours is our clock at the moment that Date is of, as near to Date as it can have been: what only took time, on the way or in a busy
// machine, is no difference of clocks.
func (a Answer) ours(now time.Time) time.Time {
	switch {
	case a.Heard.IsZero():
		return now
	case a.Date.Before(a.Sent):
		return a.Sent
	case a.Date.After(a.Heard):
		return a.Heard
	}
	return a.Date
}

func (o *Outcome) count(c change.Counts) { o.Counts = o.Counts.Add(c) }

// late notes a change whose record could have been seen by the poll before, by its date.
func (o *Outcome) late(date, before time.Time) {
	if before.IsZero() || !date.Before(before) {
		return
	}
	if len(o.latenesses) < maxLatenesses {
		o.latenesses = append(o.latenesses, before.Sub(date))
	}
	o.Late.Records++
	o.Late.By = max(o.Late.By, before.Sub(date).Milliseconds())
}

// hold notes what the guard holds back, and warns when that is more or less than before.
func (o *Outcome) hold(before, now *change.Held) {
	if o.Held = now; now != nil && (before == nil || before.Count != now.Count) {
		o.warn(fmt.Sprintf("%d deletions at once are more than deleteGuard allows: they are held back until they are confirmed or refused", now.Count))
	}
}

// restart begins the counts again when the scan is read again. What was told by then stays counted.
func (o *Outcome) restart() {
	o.Counts = change.Counts{Created: o.told.Created, Updated: o.told.Updated, Deleted: o.told.Deleted}
	o.clock, o.ours, o.Late, o.latenesses = time.Time{}, time.Time{}, Lateness{}, nil
}

// end completes the outcome.
func (o *Outcome) end(now time.Time, err error) {
	o.Duration = now.Sub(o.Time).Milliseconds()
	o.explain()
	if err != nil {
		fault := asFault(err)
		if o.delay = fault.RetryAfter; fault.Kind == KindPostponed {
			o.Postponed = now.Add(fault.RetryAfter).UTC().Truncate(time.Millisecond)
			o.warn("postponed: " + fault.Message)
		} else {
			o.Error = &Problem{fault.Kind, fault.Message}
		}
	}
	o.scrubbed()
}

// scrubbed takes secrets out of what the provider or the adapter said: some providers repeat what they were sent.
func (o *Outcome) scrubbed() {
	if o.scrub == nil {
		return
	}
	for i, text := range o.Warnings {
		o.Warnings[i] = o.scrub(text)
	}
	if o.Error != nil {
		o.Error.Message = o.scrub(o.Error.Message)
	}
}

// explain turns what was counted into words, so that nothing is dropped silently.
func (o *Outcome) explain() {
	for _, w := range []struct {
		n    int
		text string
	}{
		{o.NoID, "%d records have no id in the configured field and were not told"},
		{o.Undated, "%d records have no readable date in the configured fields and were not told"},
		{o.Prefixed, "%d dates have text behind what the format names; it was ignored"},
		{o.Differing, "%d records came again in the same scan with another content; the next scan tells which it is"},
		{o.Oversized, "%d changed records are larger than a record may be, and are told without it"},
		{o.Fallback, "%d records have none of the configured id and date fields; the element's own were used"},
	} {
		if w.n > 0 {
			o.warn(fmt.Sprintf(w.text, w.n))
		}
	}
}
