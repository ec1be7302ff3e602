package badgerstore

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

const (
	queueLen  = 256
	groupRows = 20_000 // of a group; its bytes are a tenth of the memtable
	reserve   = 4096   // bytes of a transaction that are not given to changes: the store's own row, Badger's end mark
)

// request is one call of Commit. The committer writes outcomes and err, then closes done.
type request struct {
	plans    []plan
	outcomes []store.Outcome
	err      error
	done     chan struct{}
}

func newRequest(changes []store.Change, now time.Time) *request {
	r := &request{plans: make([]plan, len(changes)), outcomes: make([]store.Outcome, len(changes)), done: make(chan struct{})}
	for i, c := range changes {
		r.plans[i] = newPlan(c, now)
	}
	return r
}

// committer is the only writer. run is its goroutine; all fields but queue and done are its own.
type committer struct {
	dir   string
	now   func() time.Time
	db    *badger.DB
	seen  *witness
	fault *fault
	told  func(Commit)
	log   *slog.Logger
	room  room
	pages *pages
	queue chan *request
	done  chan struct{}

	most  bulk // of a transaction
	group bulk // at which a group is full; a larger change goes alone
	last  store.Seq
	blind bool // it was told that the witness cannot be written
	batch *batch
	wait  []*request // answered when the batch is durable
}

func newCommitter(cfg Config, db *badger.DB, seen *witness, f *fault, last store.Seq) *committer {
	return &committer{
		dir: cfg.Dir, now: cfg.Now, db: db, seen: seen, fault: f, told: cfg.OnCommit, log: cfg.Logger, room: newRoom(cfg), pages: newPages(cfg.Dir, cfg.Logger), last: last,
		queue: make(chan *request, queueLen), done: make(chan struct{}),
		most:  bulk{bytes: db.MaxBatchSize() - reserve, rows: db.MaxBatchCount() - 8},
		group: bulk{bytes: db.Opts().MemTableSize / 10, rows: groupRows},
	}
}

// stop ends run. Nobody may use the queue any more.
func (c *committer) stop() {
	close(c.queue)
	<-c.done
}

// run makes groups of what waits until the queue is closed.
func (c *committer) run() {
	defer close(c.done)
	for r := range c.queue {
		c.begin()
		c.take(r)
		c.drain()
		c.flush()
	}
}

// drain takes what already waits; it does not wait for more.
func (c *committer) drain() {
	for c.batch.size.within(c.group) {
		select {
		case r, open := <-c.queue:
			if !open {
				return
			}
			c.take(r)
		default:
			return
		}
	}
}

// take applies a request's changes. A change that does not fit into the group goes into the next.
func (c *committer) take(r *request) {
	if r.err = c.fault.get(); r.err != nil {
		close(r.done)
		return
	}
	for i, p := range r.plans {
		err := c.apply(p, &r.outcomes[i])
		if errors.Is(err, errFull) {
			c.flush()
			c.begin()
			err = c.apply(p, &r.outcomes[i])
		}
		if err != nil {
			r.err = fmt.Errorf("store %s: commit: %w", c.dir, err)
			break
		}
	}
	c.wait = append(c.wait, r)
}

func (c *committer) apply(p plan, o *store.Outcome) error {
	if p.err != nil {
		o.Err = p.err
		return nil
	}
	seqs, err := c.batch.apply(p)
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrTooLarge):
		o.Err = err
		return nil
	case err != nil:
		return err
	}
	o.Seqs = seqs
	return nil
}

func (c *committer) begin() {
	c.batch = newBatch(c.db.NewTransaction(true), c.most, c.group, c.last, c.now())
}

// flush commits the batch, and then answers. It is the only place where a request is told that it is durable.
func (c *committer) flush() {
	c.commit()
	c.pages.advise()
	failed := c.fault.get()
	for _, r := range c.wait {
		if failed != nil {
			r.err = failed
		}
		if r.err != nil {
			r.outcomes = nil
		}
		close(r.done)
	}
	c.wait = c.wait[:0]
}

// commit makes the batch durable or fails the store. Once it has failed, nothing is committed any more. The logger can set the fault,
// too, while Badger says that all is well.
func (c *committer) commit() {
	if c.fault.get() != nil {
		c.batch.txn.Discard()
		return
	}
	if c.batch.size.rows > 0 {
		if err := c.room.check(); err != nil {
			c.fault.set(err)
			c.batch.txn.Discard()
			return
		}
	}
	began := time.Now()
	err := c.batch.commit()
	c.told(Commit{Requests: len(c.wait), Bytes: c.batch.size.bytes, Took: time.Since(began), Err: err})
	if err != nil {
		c.fault.set(fmt.Errorf("store %s: a commit failed, what the store shows may not be on the disk; start again: %w", c.dir, err))
	}
	c.last = c.batch.last
	if err == nil && c.fault.get() == nil && c.batch.size.rows > 0 {
		c.witness()
	}
}

// witness notes how far the store came. It does not matter whether that can be written: what it said before is still true.
func (c *committer) witness() {
	if err := c.seen.saw(durable(c.db)); err != nil && !c.blind {
		c.blind = true
		c.log.Warn("how far the store came is not noted: a log that is cut off would not be noticed at the next start", "err", err)
	}
}

// durable is the version of the last commit.
func durable(db *badger.DB) uint64 {
	txn := db.NewTransaction(false)
	defer txn.Discard()
	return txn.ReadTs()
}
