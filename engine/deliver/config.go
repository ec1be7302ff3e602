package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// defaultWorkers is enough that ten hosts which begin to hang at once leave nine workers to the others, until they are known to be in trouble:
// each takes a quarter of what is left. A worker that waits costs its stack, 2 KiB as measured, and no time; busy ones are no slower than with 32.
const defaultWorkers = 128

// Config of a Sender. Store, Targets and Poster are required; the zero value of every other field is its default.
type Config struct {
	Store   store.Store
	Targets Targets
	Poster  Poster
	// Workers is the most requests in flight. Default 128.
	Workers int
	// HostWorkers is the most requests in flight to one callback host, which many instances may share. The more of the
	// workers other hosts hold, the fewer a host gets, but always one. Default: a quarter of Workers, at least 4.
	HostWorkers int
	// HostRate is the most notifications a second to one callback host; 0 means no limit. At most those of one second, and at least one, go
	// at once.
	HostRate float64
	// Timeout of one attempt, from dialling to the end of the answer. Default 15 s.
	Timeout time.Duration
	// Backoff of a callback in trouble, and after trouble with the store or Targets.
	Backoff Backoff
	// Retries are the waits between the attempts of a notification that its callback refuses, unless its Target has others; then it is a
	// dead letter. nil means StandardRetries.
	Retries []time.Duration
	// PauseAfter is how long a callback may take nothing before it is paused. Default 72 h.
	PauseAfter time.Duration
	// OnPause keeps that a callback is paused: from now on Targets must say Paused, until its user resumes it and Sender.Resume is called.
	// After an error the callback is tried again. It is called by one worker. Default: it is kept in memory only.
	OnPause func(context.Context, Pause) error
	// OnDeadLetter is told each notification that was given up, after the commit that keeps it. It must not block.
	OnDeadLetter func(DeadLetter)
	// Recheck is how often a callback that is missing or switched off is asked for, beside Wake and Refresh. Default 1 min to 30 min.
	Recheck Backoff
	// Grace is how long requests in flight may go on after Run's context has ended. Default 5 s; negative: not at all.
	Grace time.Duration
	// History is how long the log of an attempt is kept, unless its count is needed longer. Default 7 days.
	History time.Duration
	// High is how much may wait for one instance before Sender.Admits says no; Low how far that has to sink before it says yes again.
	// Default 100,000 events and 256 MiB, and the half of High.
	High, Low Load
	// OnLow is told each instance whose backlog has sunk to Low after it had reached High. It must not block.
	OnLow func(instance string)
	// CacheBytes bounds the payloads read ahead, all lanes together, beside the one each worker has in hand. Default 32 MiB.
	CacheBytes int
	// UserAgent of the requests. Default "Pollwright".
	UserAgent string
	// Logger defaults to none.
	Logger *slog.Logger
	// OnAttempt is told each attempt that was answered or failed, for metrics. It is called by many workers at once and must not block.
	OnAttempt func(Attempt)
}

func (c Config) defaults() Config {
	fill(&c.Workers, defaultWorkers)
	fill(&c.HostWorkers, max(c.Workers/4, 4))
	fill(&c.Timeout, 15*time.Second)
	fill(&c.PauseAfter, 72*time.Hour)
	fill(&c.Grace, 5*time.Second)
	fill(&c.History, 7*24*time.Hour)
	fill(&c.CacheBytes, 32<<20)
	fill(&c.High.Events, 100_000)
	fill(&c.High.Bytes, 256<<20)
	fill(&c.Low, c.High.half())
	fill(&c.UserAgent, "Pollwright")
	c.Backoff = c.Backoff.defaults(time.Second, 5*time.Minute)
	c.Recheck = c.Recheck.defaults(time.Minute, 30*time.Minute)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Retries == nil {
		c.Retries = StandardRetries()
	}
	if c.OnPause == nil {
		c.OnPause = func(context.Context, Pause) error { return nil }
	}
	if c.OnDeadLetter == nil {
		c.OnDeadLetter = func(DeadLetter) {}
	}
	if c.OnLow == nil {
		c.OnLow = func(string) {}
	}
	if c.OnAttempt == nil {
		c.OnAttempt = func(Attempt) {}
	}
	return c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check reports all faults at once.
func (c Config) check() error {
	var faults []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	require(c.Store != nil, "Store is missing")
	require(c.Targets != nil, "Targets is missing")
	require(c.Poster != nil, "Poster is missing")
	require(c.Workers > 0, "Workers is %d; it must be above 0", c.Workers)
	require(c.HostWorkers > 0, "HostWorkers is %d; it must be above 0", c.HostWorkers)
	require(c.HostRate >= 0 && !math.IsInf(c.HostRate, 0), "HostRate is %v; it must be 0 for none, or a number above 0", c.HostRate)
	require(c.Timeout > 0, "Timeout is %v; it must be above 0", c.Timeout)
	require(c.PauseAfter > 0, "PauseAfter is %v; it must be above 0", c.PauseAfter)
	require(!negative(c.Retries), "Retries are %v; none may be below 0", c.Retries)
	require(c.History > 0, "History is %v; it must be above 0", c.History)
	require(c.High.Events > 0 && c.High.Bytes > 0, "High is %+v; events and bytes must be above 0", c.High)
	require(c.Low.Events >= 0 && c.Low.Bytes >= 0 && c.Low.Events < c.High.Events && c.Low.Bytes < c.High.Bytes,
		"Low is %+v; it must be below High, %+v", c.Low, c.High)
	require(c.CacheBytes > 0, "CacheBytes is %d; it must be above 0", c.CacheBytes)
	return errors.Join(append(faults, c.Backoff.check("Backoff"), c.Recheck.check("Recheck"))...)
}
