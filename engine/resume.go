package engine

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
)

// firstPollEvery is what the first polls after a start come apart at least, on average. A machine that can do more has little to do meanwhile.
const firstPollEvery = 5 * time.Millisecond

// resume puts every stored instance on the schedule, but for those whose polling was stopped. Of each it keeps no more than the schedule's
// entries: it is read again when it is due.
func (e *Engine) resume(ctx context.Context) error {
	began, stopped := time.Now(), map[string]bool{}
	err := e.each(ctx, store.Term{Name: "stopped", Value: "all"}, func(rec store.Record) error {
		stopped[idOf(rec.Key)] = true
		return nil
	})
	if err != nil {
		return err
	}
	var n atomic.Int64
	err = e.eachInstance(ctx, func(rec store.Record) {
		if n.Add(1); !stopped[idOf(rec.Key)] {
			e.resumeOne(rec)
		}
	})
	e.scheduler.Begin(time.Duration(e.scheduler.Len()) * firstPollEvery)
	e.log.Info("instances scheduled", "count", n.Load(), "stopped", len(stopped), "duration", time.Since(began))
	return err
}

// resumeOne schedules one instance. One that cannot be read does not keep the others from being polled.
func (e *Engine) resumeOne(rec store.Record) {
	in, err := readTimetable(rec)
	if err != nil {
		e.log.Error("instance cannot be read and is not polled", "instance", idOf(rec.Key), "err", err)
		return
	}
	e.schedule(&in, schedule.Start)
}

// fewInstances is up to how many instances are found by their index and read one by one. More are read in the order
// in which they lie there, which takes a look at every partition.
const fewInstances = 1000

// eachInstance calls do with the record of every instance, in no order, from as many goroutines as there are processors.
func (e *Engine) eachInstance(ctx context.Context, do func(store.Record)) error {
	keys, err := e.store.Find(ctx, store.Term{Name: "instance", Value: "all"}, store.Key{}, fewInstances)
	if err != nil {
		return err
	}
	if len(keys) < fewInstances {
		records, err := e.store.Get(ctx, keys...)
		for _, rec := range records {
			if rec.Version > 0 { // else it was deleted meanwhile
				do(rec)
			}
		}
		return err
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for p := next.Add(1) - 1; p < store.Partitions; p = next.Add(1) - 1 {
				if err := e.scanInstances(ctx, store.Partition(p), do); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (e *Engine) scanInstances(ctx context.Context, p store.Partition, do func(store.Record)) error {
	for after := (store.Key{}); ; {
		records, err := e.store.Scan(ctx, p, instancePrefix, after, 500)
		if err != nil {
			return err
		}
		for _, rec := range records {
			do(rec)
		}
		if len(records) < 500 {
			return nil
		}
		after = records[len(records)-1].Key
	}
}
