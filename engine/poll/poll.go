package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// rereads is how often a scan whose pages shifted is read again before the poll gives up on moving the mark.
const rereads = 3

// saveEvery is how often a scan of all records saves how far it has come, for a crash or a stop. Without either it is wasted.
const saveEvery = time.Minute

// Poll polls a resource once and journals the outcome. It returns an outcome also when it failed; only a stop by ctx leaves none, for
// stopping is not a failed attempt.
func (p *Poller) Poll(ctx context.Context, job Job) (Outcome, error) {
	bounded, cancel := context.WithTimeout(ctx, 2*p.Limits.Time) // for a single page that does not end
	defer cancel()
	r := &run{Poller: p, job: job, out: newOutcome(job, p.Now()), before: p.Journal.clock(job)}
	r.out.steady = p.Journal.isSteady(job)
	err := r.poll(bounded)
	if ctx.Err() != nil {
		return Outcome{}, ctx.Err() // Invariant 5
	}
	if errors.Is(err, ErrGone) {
		return Outcome{}, err
	}
	r.out.end(p.Now(), err)
	p.Journal.setSteady(job, !r.out.Failed())
	if err == nil && !r.out.Continues { // the records of one scan are not late to its later polls
		p.Journal.setClock(job, r.det.clock())
	}
	if p.Judge != nil {
		p.Judge(ctx, job, &r.out)
	}
	if !r.logged {
		p.Journal.Record(ctx, r.out)
	}
	return r.out, nil
}

// run is one poll under way.
type run struct {
	*Poller
	job     Job
	out     Outcome
	version store.Version // of the checkpoint
	det     detector
	place   place     // where the scan is
	before  time.Time // the provider's clock at the poll before; zero = not known
	saved   time.Time // when the place of a scan of all records was saved
	pages   int
	pending []change.Change
	bytes   int
	memo    memo
	rows    int       // of the change log, written by this poll
	logged  bool      // the outcome went into a commit
	found   *findings // of a dry run; nil in any other
}

// poll reads the pages, again while they shift under it.
func (r *run) poll(ctx context.Context) error {
	for range rereads {
		err := r.once(ctx, true)
		if !errors.Is(err, errShifted) {
			return err
		}
		if r.found != nil {
			r.out.told = change.Counts{} // nothing was stored
		}
		r.out.restart()
	}
	return r.once(ctx, false)
}

// once is one scan: load, page after page, finish. When strict, shifted pages end it with errShifted; otherwise what they hold is told
// and the mark stays.
func (r *run) once(ctx context.Context, strict bool) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	r.place.Unstable = r.place.Unstable || !strict
	r.out.Window.From, r.out.Mark.Before, r.out.Held = r.det.since(), r.det.mark(), r.det.held()
	for _, text := range r.det.warnings() {
		r.out.warn(text)
	}
	for {
		page, err := r.readPage(ctx)
		if postponed(err) && r.pages > 0 { // what was read is kept, and the scan goes on from here
			r.out.Continues, r.out.Unstable = true, r.place.Unstable
			return errors.Join(r.commit(ctx, false), err)
		}
		if err != nil {
			return r.keep(ctx, err)
		}
		if page.again { // the provider's clock runs behind ours: ask from earlier
			r.place, r.out.Window.From = place{Unstable: r.place.Unstable, Size: r.place.Size}, r.det.since()
			continue
		}
		if strict && r.place.shifted(page, r.whole()) {
			return errShifted
		}
		if err := r.detect(ctx, page); err != nil {
			return err
		}
		next, more := r.place.after(page)
		if !more {
			return r.finish(ctx)
		}
		r.place = next
		if r.pages >= r.Limits.Pages && !r.out.refused || r.out.Bytes >= r.Limits.Bytes || r.Now().Sub(r.out.Time) >= r.Limits.Time {
			r.out.Continues, r.out.Unstable = true, r.place.Unstable
			return r.commit(ctx, true)
		}
		if !r.Admit(strconv.FormatInt(r.job.Instance.ID, 10), deliver.Load{Events: len(r.pending), Bytes: int64(r.bytes)}) {
			r.out.Continues, r.out.Backlogged, r.out.Unstable = true, true, r.place.Unstable
			return r.commit(ctx, true)
		}
		if r.whole() && r.Now().Sub(r.saved) >= saveEvery {
			if err := r.savePlace(ctx); err != nil {
				return err
			}
		}
	}
}

// detect judges a page's records and commits whenever enough changes wait. A commit in the middle of a page resumes at the page's start:
// what was told is remembered and not told again.
func (r *run) detect(ctx context.Context, page page) (err error) {
	ctx, end := r.Trace(ctx, "detect", time.Time{}, slog.Int("records", len(page.fresh)))
	defer func() { end(err) }()
	records := page.fresh
	r.det.fit(records)
	for len(records) > 0 {
		n := r.portion(records)
		changes, counts := r.det.page(records[:n])
		records = records[n:]
		r.take(changes, counts)
		if len(r.pending) >= r.Limits.CommitChanges || r.bytes >= r.Limits.CommitBytes || r.det.full() {
			if err := r.commit(ctx, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) take(changes []change.Change, counts change.Counts) {
	r.out.count(counts)
	r.pending = append(r.pending, changes...)
	added := r.pending[len(r.pending)-len(changes):]
	instanceID := strconv.FormatInt(r.job.Instance.ID, 10)
	for i := range added {
		c := &added[i]
		c.Event = change.EventID(instanceID, r.job.Resource.Name, *c)
		if len(c.Record) > maxRecord {
			c.Record = nil
			r.out.Oversized++
		}
		r.bytes += len(c.Record)
		if !r.whole() && !r.det.rewound() { // what is told again was not late
			r.out.late(c.Date, r.before)
		}
	}
}

// maxRecord is the largest record that is handed on, bytes: any store can keep it and any callback be sent it. A change of a larger one is
// told without the record.
const maxRecord = 1 << 20

// whole reports whether all records are read, whatever their date.
func (r *run) whole() bool { return r.job.Plan.Hash != nil }

// portion is how many records to judge before the next look at what waits: no commit grows far over its bound.
func (r *run) portion(records []record) int {
	room := r.Limits.CommitBytes - r.bytes
	for n, rec := range records {
		if room -= len(rec); room <= 0 || n+1 >= r.Limits.CommitChanges-len(r.pending) || n+1 >= mostFresh {
			return n + 1
		}
	}
	return len(records)
}

// finish ends the scan. After unstable readings what was told is kept, but the mark does not move, and nothing counts as deleted.
func (r *run) finish(ctx context.Context) error {
	r.out.Window.To = r.det.clock()
	defer func() { r.out.Mark.After = r.det.mark() }()
	if r.out.Late.By > r.job.Resource.Overlap.Milliseconds() {
		r.out.warn(fmt.Sprintf("records appear at least %v after their date, later than the overlap of %v covers: raise event.poller.overlap",
			time.Duration(r.out.Late.By)*time.Millisecond, r.job.Resource.Overlap))
	}
	if r.place.Unstable {
		r.out.Unstable = true
		r.out.warn(unstable)
		r.det.abandon()
	} else if err := r.complete(ctx); err != nil {
		return err
	}
	if !r.det.touched() {
		r.keepMemo(ctx) // a poll that changes nothing writes nothing
		return nil
	}
	if err := r.store(ctx, true); err != nil {
		return err
	}
	r.tidy(ctx)
	return nil
}

const unstable = "rows moved between pages at every reading: what was read is told, the mark stays, and the next poll reads the same again"

// complete has the detector end a scan that saw everything, in as many commits as it takes.
func (r *run) complete(ctx context.Context) error {
	before := r.det.held()
	for {
		changes, counts, more := r.det.finish(max(1, r.Limits.CommitChanges-len(r.pending)))
		if r.take(changes, counts); !more {
			break
		}
		if err := r.commit(ctx, false); err != nil {
			return err
		}
	}
	r.out.hold(before, r.det.held())
	return nil
}

// tidy does what is left over. Everything is stored by then: if it cannot be done, it is tried again after the next scan.
func (r *run) tidy(ctx context.Context) {
	for r.det.tidy() {
		if err := r.store(ctx, false); err != nil {
			r.Logger.Warn("detection state not tidied", "instance", r.job.Instance.ID, "resource", r.job.Resource.Name, "err", err)
			return
		}
	}
}

// commit stores what waits, with the scan left open at the current place.
func (r *run) commit(ctx context.Context, last bool) error {
	r.det.pause(r.place.token(), last)
	return r.store(ctx, last)
}

// keep saves how far a scan of all records has come when the provider, and not the page, ends it: a large one that is cut at every poll
// would never be complete.
func (r *run) keep(ctx context.Context, err error) error {
	var fault *FaultError
	if !r.whole() || r.pages == 0 || !errors.As(err, &fault) || fault.ofPage() {
		return err
	}
	return errors.Join(err, r.savePlace(ctx))
}

func (r *run) savePlace(ctx context.Context) error {
	r.saved = r.Now()
	r.det.pause(r.place.token(), true)
	return r.store(ctx, false)
}

func (r *run) load(ctx context.Context) error {
	resuming := r.version == 0
	rec, det, err := loadDetector(ctx, r.Store, r.job, r.Now())
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	r.version, r.det, r.saved = rec.Version, det, r.Now()
	r.pending, r.bytes, r.pages, r.place = nil, 0, 0, place{}
	r.found.begin()
	if resuming {
		r.place = parsePlace(det.token())
		if r.place.Size != r.job.Resource.PageSize {
			r.place = place{}
		}
	}
	if r.place.Next == "" {
		r.restart()
	}
	if r.memo.loaded {
		return nil
	}
	r.memo, err = loadMemo(ctx, r.Store, r.job.Instance.ID)
	return err
}

// restart begins the scan at its first page again.
func (r *run) restart() {
	r.place = place{Size: r.job.Resource.PageSize}
	r.det.restart()
}
