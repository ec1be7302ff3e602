package model

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

func (w *world) visit(v visit) {
	w.advance(w.start.Add(v.at))
	if v.restart {
		if err := w.open(); err != nil {
			w.fault("restart: %v", err)
		}
	}
	w.patch = nil
	if p := v.patch; p != nil && p.meanwhile {
		w.patch = p
	} else if p != nil {
		w.change(*p)
	}
	w.provider.trouble, w.store.trouble, w.requests, w.store.commits = v.trouble, v.trouble, 0, 0
	w.poll()
}

func (w *world) change(p patch) {
	if err := w.patched(p); err != nil {
		w.fault("patch: %v", err)
	}
	w.rested = -1 // the next scan may begin anew, and store that
}

// rival makes a whole poll in the midst of another.
func (w *world) rival() {
	if w.nested {
		return
	}
	if p := w.patch; p != nil {
		w.patch = nil
		w.change(*p)
		return
	}
	p, s := *w.provider, *w.store
	w.begun(false, false)
	w.provider.trouble, w.store.trouble, w.nested = nil, nil, true
	w.poll()
	w.provider.trouble, w.store.trouble, w.nested = p.trouble, s.trouble, false
	w.query, w.page, w.since, w.from, w.to, w.requests, w.stop = p.query, p.page, p.since, p.from, p.to, p.requests, p.stop
	w.rested = -1
}

// poll polls once and judges what came of it.
func (w *world) poll() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.stop = cancel
	writes, told, rested := w.store.writes, w.stats.told, w.rested
	w.rested, w.from = -1, reading{}
	out, err := w.poller.Poll(ctx, w.job)
	complete := err == nil && out.Error == nil && !out.Continues && !out.Unstable
	w.collect()
	if !w.broken {
		w.checkMark(complete)
	}
	w.polls++
	if out.Unstable {
		w.stats.unstable++
	}
	if err != nil || out.Error != nil {
		w.faults++
	}
	if w.store.unknown {
		w.unsure, w.last, w.store.unknown = true, w.moment, false
	}
	w.begun(complete, err == nil && out.Error == nil)
	if !complete {
		return
	}
	w.stats.scans++
	w.scanned(w.from.moment, w.to.moment, w.since)
	if w.to.shows == rested && (w.store.writes != writes || w.stats.told != told) {
		w.fault("a poll that found nothing new wrote %d times and told %d events", w.store.writes-writes, w.stats.told-told)
	}
	if w.from.shows == w.to.shows {
		w.rested = w.to.shows
	}
}

// begun finds the moment when the scan began, and leaves it in from. A poll that asked for a first page began the scan there; another
// went on with what a poll before had saved. Which one that was is not known after a fault: then the earliest counts.
func (w *world) begun(complete, ended bool) {
	switch own := w.from.moment; {
	case complete && own == 0:
		w.from = reading{moment: w.saved, shows: -1}
		w.saved = 0
	case complete:
		w.saved = 0
	case own != 0 && (ended || w.saved == 0):
		w.saved = own
	}
}

// refused notes the events of a commit that was not applied.
func (w *world) refused(changes []store.Change) {
	for _, c := range changes {
		for _, n := range c.Emit {
			for _, e := range w.events(n) {
				w.attempt(e)
			}
		}
	}
}

// collect takes the events out of the outbox.
func (w *world) collect() {
	lanes, err := w.kept.Backlogs(context.Background())
	if err != nil {
		w.fault("outbox: %v", err)
	}
	for _, waiting := range lanes {
		w.drain(waiting)
	}
}

func (w *world) drain(waiting store.Backlog) {
	rows, err := w.kept.Outbox(context.Background(), waiting.Lane, 0, waiting.Count)
	if err != nil || len(rows) != waiting.Count {
		w.fault("outbox: %d rows of %d, %v", len(rows), waiting.Count, err)
	}
	for len(rows) > 0 && w.ledger.err == nil {
		some := rows[:min(len(rows), 1000)]
		rows = rows[len(some):]
		var drop []store.Drop
		for _, n := range some {
			for _, e := range w.events(n) {
				w.tell(e, w.since)
			}
			drop = append(drop, store.Drop{Lane: n.Lane, Seq: n.Seq})
		}
		if _, err := store.One(w.kept.Commit(context.Background(), store.Change{Drop: drop})); err != nil {
			w.fault("drop: %v", err)
		}
	}
}

func (w *world) events(n store.Notification) (events []event) {
	var body struct {
		Message struct {
			Raw    struct{ Records []json.RawMessage }
			Events []struct {
				EventID, EventType, ObjectID, ObjectType string
				Date                                     time.Time
			}
		}
	}
	if err := json.Unmarshal(n.Payload, &body); err != nil {
		w.fault("notification %s: %v", n.ID, err)
		return nil
	}
	records := body.Message.Raw.Records
	if len(records) != len(body.Message.Events) {
		w.fault("notification %s has %d records for %d events", n.ID, len(records), len(body.Message.Events))
		return nil
	}
	for i, e := range body.Message.Events {
		var record struct{ N int }
		if err := json.Unmarshal(records[i], &record); err != nil {
			w.fault("record of event %s: %v", e.EventID, err)
		}
		events = append(events, event{e.EventID, e.EventType, e.ObjectID, e.Date, record.N, records[i]})
	}
	return events
}

// checkMark reads the stored checkpoint.
func (w *world) checkMark(complete bool) {
	mark, err := w.storedMark()
	if err != nil {
		w.fault("checkpoint: %v", err)
		return
	}
	clock := w.now.UnixMilli()
	if w.dateHeader {
		clock = w.clock() + 1500
	}
	switch {
	case mark > clock:
		w.fault("the mark %v passed the provider's clock %v", time.UnixMilli(mark).UTC(), time.UnixMilli(clock).UTC())
	case mark < w.mark:
		w.fault("the mark fell from %v to %v", time.UnixMilli(w.mark).UTC(), time.UnixMilli(mark).UTC())
	case mark != w.mark && w.mark != 0 && !complete && !w.applied():
		w.fault("the mark moved from %v to %v in a poll whose scan is not complete", time.UnixMilli(w.mark).UTC(), time.UnixMilli(mark).UTC())
	}
	w.mark = mark
}

// applied: a commit that went through although the poll believes that it failed may have been a scan's last.
func (w *world) applied() bool {
	for t := range maps.Values(w.store.trouble) {
		if t == commitApplied || t == rival {
			return true
		}
	}
	return w.nested
}

// storedMark is 0 as long as there is none.
func (w *world) storedMark() (int64, error) {
	ctx, key := context.Background(), poll.CheckpointKey(w.job.Instance.ID, w.job.Resource)
	records, err := w.kept.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	stored, err := w.kept.Chunks(ctx, key, "", 100_000)
	if err != nil {
		return 0, err
	}
	var chunks []change.Chunk
	for _, c := range stored {
		chunks = append(chunks, change.Chunk{ID: c.ID, Value: c.Value})
	}
	cp, err := change.Load(w.job.Plan.Rule, records[0].Value, chunks)
	if err != nil || cp.Mark().IsZero() {
		return 0, err
	}
	return cp.Mark().UnixMilli(), nil
}

// settle polls after the last mutation until two scans have found nothing.
func (w *world) settle() {
	w.advance(later(w.now, w.script.end()))
	most := 20
	if w.limits.Pages > 0 {
		most += 4 * len(w.all)
	}
	for quiet, told := 0, -1; quiet < 2; most-- {
		if w.ledger.err != nil {
			return
		}
		if most == 0 {
			w.fault("the polls after the last mutation do not come to rest")
			return
		}
		scans := w.scans
		w.visit(visit{at: w.now.Add(time.Minute).Sub(w.start)})
		switch {
		case w.stats.told != told:
			quiet, told = 0, w.stats.told
		case w.scans > scans:
			quiet++
		}
	}
}

// count sums up what the provider wrote.
func (w *world) count() {
	w.states = w.written
	for _, o := range w.all {
		for _, s := range o.states {
			if s.told == 0 && !s.never {
				w.stats.open++
			}
		}
	}
}
