package engine

import (
	"context"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// Bounds on one request for analytics: the events it counts, and the buckets it answers with (a week by minutes).
const (
	analyticsRows    = 500_000
	analyticsBuckets = 7*24*60 + 1
	analyticsStep    = 1000
)

// AnalyticsQuery says what to count. It is in the words of a request.
type AnalyticsQuery struct {
	From, To string   // ISO 8601; default: the 24 hours up to now
	Interval string   // of a bucket: "second", "minute", "hour" (default) or "day"
	Accounts []string // ids; none = the caller's
}

// Tally is the events of one bucket. An event that was sent again counts once.
type Tally struct {
	At        time.Time // the beginning of the bucket
	Count     int
	Instances []InstanceTally // those that have any
}

// InstanceTally is the events of an instance in a bucket: all, those delivered, and those that are dead letters now. The rest waits.
type InstanceTally struct {
	Instance               int64
	Count, Success, Failed int
}

// Analytics counts the caller's events by the time when they were stored: a bucket for each interval that From to To touches, so that one
// hour by minutes is 61. ErrForbidden for another's account; an *instance.InvalidError for what is wrong, too long a range among it.
func (e *Engine) Analytics(ctx context.Context, caller Caller, q AnalyticsQuery) ([]Tally, error) {
	from, to, interval, err := q.span(e.config.Now())
	if err != nil {
		return nil, err
	}
	for _, account := range q.Accounts {
		if account != idText(caller.Organization) {
			return nil, ErrForbidden
		}
	}
	buckets := []Tally{}
	for at := from.Truncate(interval); !at.After(to); at = at.Add(interval) {
		buckets = append(buckets, Tally{At: at, Instances: []InstanceTally{}})
	}
	count := tallying{from: from, to: to, interval: interval, buckets: buckets, left: analyticsRows}
	err = e.each(ctx, store.Term{Name: "instance-organization", Value: idText(caller.Organization)}, func(rec store.Record) error {
		id, err := parseID(idOf(rec.Key))
		if err != nil {
			return err
		}
		return count.instance(ctx, e.store, id)
	})
	return buckets, err
}

func (q AnalyticsQuery) span(now time.Time) (from, to time.Time, interval time.Duration, err error) {
	var faults faultList
	from, to = faults.time("from", q.From), faults.time("to", q.To)
	if to.IsZero() {
		to = now.UTC()
	}
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	switch q.Interval {
	case "second":
		interval = time.Second
	case "minute":
		interval = time.Minute
	case "", "hour":
		interval = time.Hour
	case "day":
		interval = 24 * time.Hour
	default:
		faults.add("interval", "should be one of second minute hour day, is %q", short(q.Interval))
	}
	switch {
	case len(faults) > 0:
	case to.Before(from):
		faults.add("to", "is before from")
	case to.Sub(from) >= analyticsBuckets*interval:
		faults.add("interval", "%s is too short for the time from %s to %s: at most %d intervals are answered", q.Interval,
			from.Format(time.RFC3339), to.Format(time.RFC3339), analyticsBuckets)
	}
	return from, to, interval, faults.err()
}

// tallying counts one instance after the other.
type tallying struct {
	from, to time.Time
	interval time.Duration
	buckets  []Tally
	left     int // events that may still be counted
}

func (t *tallying) instance(ctx context.Context, s store.Store, id int64) error {
	dead, err := deadIDs(ctx, s, id)
	if err != nil {
		return err
	}
	first, before := store.SeqAt(t.from), store.SeqAt(t.to)+1
	for {
		rows, err := s.Kept(ctx, idText(id), before, analyticsStep)
		if err != nil {
			return err
		}
		for _, k := range rows {
			if k.Seq < first {
				return nil
			}
			before = k.Seq
			if t.left--; t.left < 0 {
				return &instance.InvalidError{Problems: []instance.Problem{{Path: "from", Message: "there are more than 500,000 events up to \"to\"; ask for less time at once"}}}
			}
			if meta, _ := deliver.ReadMeta(k.Meta); !meta.Redelivery {
				t.add(id, k, dead[k.ID])
			}
		}
		if len(rows) < analyticsStep {
			return nil
		}
	}
}

func (t *tallying) add(id int64, k store.Kept, dead bool) {
	n := int(k.Seq.Time().Sub(t.buckets[0].At) / t.interval)
	if n < 0 || n >= len(t.buckets) {
		return
	}
	b := &t.buckets[n]
	b.Count++
	i := len(b.Instances) - 1
	if i < 0 || b.Instances[i].Instance != id {
		b.Instances, i = append(b.Instances, InstanceTally{Instance: id}), i+1
	}
	of := &b.Instances[i]
	of.Count++
	switch {
	case dead:
		of.Failed++
	case !k.Waiting:
		of.Success++
	}
}

// deadIDs are the events of an instance that are dead letters.
func deadIDs(ctx context.Context, s store.Store, id int64) (map[string]bool, error) {
	dead := map[string]bool{}
	for after := (store.Key{}); ; {
		letters, err := deliver.DeadLetters(ctx, s, idText(id), time.Time{}, after, analyticsStep)
		if err != nil {
			return nil, err
		}
		for _, d := range letters {
			dead[d.Notification], after = true, d.Key
		}
		if len(letters) < analyticsStep {
			return dead, nil
		}
	}
}
