package poll

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// Limits bound one poll. What hits one goes on at the next poll, from the page it had reached.
type Limits struct {
	Pages   int           // default 1,000
	Steps   int           // requests for one page, default 16
	Records int           // of one page, default 100,000
	Bytes   int64         // of the provider's answers, default 1 GiB
	Time    time.Duration // default 10 minutes; looked at between pages
	// Commit: a commit is made when so many changes, or bytes of records, wait. Default 500 and 1 MiB.
	CommitChanges int
	CommitBytes   int
}

// Config of a Poller. Store, Journal and Logger are required.
type Config struct {
	Store     store.Store
	Journal   *Journal
	Committed func([]store.Notification, []store.Seq) // told what a commit emitted; nil seqs = it may have been
	// Admit says whether a page may be read for an instance, with so much found and not yet committed. It is asked before each page but the
	// first of a poll. nil = always.
	Admit func(instance string, found deliver.Load) bool
	// Judge is told each outcome before it is journaled, and may set its Failures. May be nil.
	Judge  func(context.Context, Job, *Outcome)
	Trace  Trace            // nil = nobody is told
	Now    func() time.Time // default time.Now
	Limits Limits
	Logger *slog.Logger
}

// Poller makes polls. It has no state of its own and may be used by many workers.
type Poller struct{ Config }

// New checks a Config.
func New(c Config) (*Poller, error) {
	if c.Store == nil || c.Journal == nil || c.Logger == nil {
		return nil, errors.New("poll: Store, Journal and Logger are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Committed == nil {
		c.Committed = func([]store.Notification, []store.Seq) {}
	}
	if c.Admit == nil {
		c.Admit = func(string, deliver.Load) bool { return true }
	}
	if c.Trace == nil {
		c.Trace = NoTrace
	}
	c.Limits = c.Limits.withDefaults()
	return &Poller{c}, nil
}

func (l Limits) withDefaults() Limits {
	orInt(&l.Pages, 1000)
	orInt(&l.Steps, 16)
	orInt(&l.Records, 100_000)
	orInt(&l.CommitChanges, 500)
	orInt(&l.CommitBytes, 1<<20)
	if l.Time <= 0 {
		l.Time = 10 * time.Minute
	}
	if l.Bytes <= 0 {
		l.Bytes = 1 << 30
	}
	return l
}

func orInt(n *int, otherwise int) {
	if *n <= 0 {
		*n = otherwise
	}
}
