package crash

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// moment is when a kill comes. wait returns when it is there.
type moment struct {
	name string
	wait func(c *crash) error
}

// moments are taken in turns, each time in another order.
var moments = []moment{
	{"start", func(c *crash) error { return c.within(350 * time.Millisecond) }},
	{"recovery", (*crash).recovery},
	{"page", (*crash).page},
	{"scan", (*crash).scan},
	{"commit", (*crash).commit},
	{"post", (*crash).post},
	{"acknowledgement", (*crash).acknowledgement},
	{"deletion", (*crash).deletion},
	{"refresh", (*crash).refresh},
	{"compaction", (*crash).compaction},
	{"change", (*crash).change},
	{"stop", (*crash).stop},
	{"any", func(c *crash) error { return c.within(4 * time.Second) }},
}

// crash waits for the moments of one world.
type crash struct {
	*world
	rng  *rand.Rand
	user *user
}

// within waits for a part of d.
func (c *crash) within(d time.Duration) error {
	return c.first(nil, time.Duration(c.rng.Int64N(int64(d))))
}

// first waits for what comes first: a part that reports, d, if it is not 0, or the end of the program, which is none of ours.
func (c *crash) first(reached chan error, d time.Duration) error {
	late := time.After(patience)
	if d > 0 {
		late = time.After(d)
	}
	select {
	case err := <-reached:
		return err
	case <-c.program.ended:
		return errors.New("the program ended before the moment came")
	case <-late:
		if d == 0 {
			return fmt.Errorf("the moment did not come within %v", patience)
		}
		return nil
	}
}

// recovery is between the opening of the folder and the first polls and deliveries.
func (c *crash) recovery() error {
	if err := c.listening(); err != nil {
		return err
	}
	return c.within(60 * time.Millisecond)
}

func (c *crash) listening() error {
	select {
	case <-c.program.listens:
		return nil
	case <-c.program.ended:
		return errors.New("the program ended before it listened")
	case <-time.After(patience):
		return fmt.Errorf("the program does not listen after %v", patience)
	}
}

// works waits until the program has worked for a while.
func (c *crash) works() error { return errors.Join(c.listening(), c.within(700*time.Millisecond)) }

// page is in the midst of an answer of a provider, or before one.
func (c *crash) page() error {
	return c.at(pick(c, "icontact", "acton"), pick(c, "page asked", "page done", "page half"), 0)
}

// scan is in the midst of reading all records of a resource that is compared by content: pages were judged, and others are to come.
func (c *crash) scan() error {
	point := pick(c, "asked", "done", "half", "answered")
	longer := 12 * time.Millisecond
	if point != "answered" {
		longer = 0
	}
	return c.at(pick(c, "icontact", "acton"), "later page "+point, longer)
}

// commit is when a page has been answered: what it tells is being stored.
func (c *crash) commit() error {
	return c.at(pick(c, "icontact", "acton"), "page answered", 12*time.Millisecond)
}

// post is when the receiver has a notification, and has not answered.
func (c *crash) post() error { return c.at("sink", "post received", 0) }

// acknowledgement is when it has answered: that is being stored.
func (c *crash) acknowledgement() error { return c.at("sink", "post answered", 8*time.Millisecond) }

// deletion is when a notification that tells one is at the receiver, or was just answered.
func (c *crash) deletion() error {
	if point := pick(c, "received", "answered"); point == "answered" {
		return c.at("sink", "deletion answered", 8*time.Millisecond)
	}
	return c.at("sink", "deletion received", 0)
}

// at waits for a request at a point, and a little longer.
func (c *crash) at(part, point string, longer time.Duration) error {
	if err := c.works(); err != nil {
		return err
	}
	return c.reach(part, point, longer)
}

func (c *crash) reach(part, point string, longer time.Duration) error {
	if err := c.first(c.arm(part, point), 0); err != nil || longer == 0 {
		return err
	}
	return c.within(longer)
}

// refresh is before the provider has a refresh token, when it has answered with another, when that is first used, or in between, which costs the
// authorization.
func (c *crash) refresh() error {
	if err := c.works(); err != nil {
		return err
	}
	c.control(http.MethodPost, "acton", "tokens/expire", nil, &struct{}{})
	switch c.rng.IntN(5) {
	case 0:
		return c.reach("acton", "token asked", 0)
	case 1:
		return c.reach("acton", "first page asked", 0)
	case 2:
		return c.reach("acton", "token done", 0)
	}
	return c.reach("acton", "token answered", 15*time.Millisecond)
}

// compaction is when Badger writes a table: as it flushes the log of the run before, or merges tables, or else as it flushes its memory at a stop.
func (c *crash) compaction() error {
	before := c.tables()
	written := func(within time.Duration) bool {
		for deadline := time.Now().Add(within); time.Now().Before(deadline) && c.first(nil, time.Millisecond) == nil; {
			if !slices.Equal(c.tables(), before) {
				return true
			}
		}
		return false
	}
	if !written(time.Duration(100+c.rng.IntN(900))*time.Millisecond) && c.asksToStop() {
		written(patience)
		return nil
	}
	return c.within(8 * time.Millisecond)
}

// asksToStop reports that the program was asked to stop, and so may end by itself.
func (c *crash) asksToStop() bool {
	c.program.stopped = true
	return c.program.cmd.Process.Signal(syscall.SIGTERM) == nil
}

func (c *crash) tables() []string {
	names, _ := filepath.Glob(filepath.Join(c.data(), "store", "*.sst"))
	return names
}

// change is when the user has asked for a change of the instance.
func (c *crash) change() error {
	if err := c.works(); err != nil {
		return err
	}
	asked := make(chan error, 1)
	go func() {
		<-c.user.asks
		asked <- nil
	}()
	if err := c.first(asked, 0); err != nil {
		return err
	}
	return c.within(8 * time.Millisecond)
}

// stop is in the midst of a stop: what is under way has its grace.
func (c *crash) stop() error {
	if err := c.works(); err != nil {
		return err
	}
	c.asksToStop()
	select {
	case <-c.program.ended:
	case <-time.After(time.Duration(c.rng.Int64N(int64(300 * time.Millisecond)))):
	}
	return nil
}

func pick(c *crash, from ...string) string { return from[c.rng.IntN(len(from))] }
