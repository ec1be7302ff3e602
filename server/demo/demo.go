package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// quiet is how long before its end a run stops changing records, so that a repeat would still show; at most half of the run.
	quiet = 4 * time.Second
	// late and lateInterrupted are how much longer what is owed may take to arrive.
	late            = 20 * time.Second
	lateInterrupted = 5 * time.Second
)

// Run shows the main job until c.For has passed or ctx ends, and then compares what arrived with what happened. The error is not nil if
// anything is missing, repeated, wrong or wrongly signed, or if the demo could not run. An end of ctx is no error.
func Run(ctx context.Context, c Config) (err error) {
	c, err = c.withDefaults()
	if err != nil {
		return err
	}
	w, err := open(ctx, c)
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	if err != nil {
		return err
	}
	return w.run(ctx, func(work context.Context) error { return w.play(ctx, work) })
}

// play is one run. work ends when the server fails; user ends when the user wants no more.
func (w *world) play(user, work context.Context) error {
	asked, cancel := context.WithCancel(work)
	defer cancel()
	defer context.AfterFunc(user, cancel)()

	if err := w.watch(asked); err != nil {
		return err
	}
	return w.show(asked, work)
}

// show lets changes happen and compares.
func (w *world) show(asked, work context.Context) error {
	w.heading(w.config.For)
	began := time.Now()
	if err := w.change(asked, w.config.For); err != nil {
		return err
	}
	findings := w.await(asked, work, began)
	if work.Err() != nil {
		return nil // the server's own error tells more
	}
	return w.summary(findings, time.Since(began))
}

// change lets the providers' records change until asked ends, or until the quiet before the end of the span.
func (w *world) change(asked context.Context, span time.Duration) error {
	pace := 2.0 // an open end is for watching: half as fast
	if span > 0 {
		pace = 1
		var cancel context.CancelFunc
		asked, cancel = context.WithTimeout(asked, span-min(quiet, span/2))
		defer cancel()
	}
	var group errgroup.Group
	for i, p := range w.providers {
		rng := rand.New(rand.NewPCG(w.config.Seed, 2+uint64(i)))
		group.Go(func() error { return p.work(asked, rng, pace) })
	}
	return group.Wait()
}

// await returns what the comparison comes to when the span is over and everything that is owed has arrived, or when it is too late.
func (w *world) await(asked, work context.Context, began time.Time) map[string]*finding {
	patience := late
	if w.config.For == 0 {
		patience = lateInterrupted
	}
	over := time.NewTimer(max(time.Until(began.Add(w.config.For)), 0))
	defer over.Stop()
	tooLate := time.NewTimer(max(time.Until(began.Add(w.config.For)), 0) + patience)
	defer tooLate.Stop()
	interrupted := asked.Done()
	if w.config.For == 0 {
		interrupted = nil // that is how this run ends
	}
	for waiting := true; ; {
		findings, all := w.compare()
		if !waiting && (all.Missing == 0 || all.Refused > 0) { // a refused notification holds up what comes after it
			return findings
		}
		select {
		case <-w.book.news:
		case <-over.C:
			waiting = false
		case <-interrupted:
			waiting, interrupted = false, nil
			tooLate.Reset(lateInterrupted)
		case <-tooLate.C:
			return findings
		case <-work.Done():
			return findings
		}
	}
}

func (w *world) compare() (findings map[string]*finding, all Tally) {
	findings = map[string]*finding{}
	for _, p := range w.providers {
		findings[p.key] = w.book.compare(p)
		all = all.add(findings[p.key].Tally)
	}
	return findings, all
}
