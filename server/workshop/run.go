package workshop

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
)

const (
	// firstPolls is how long the first polls of a run are waited for.
	firstPolls = 5 * time.Minute
	// arriving is how long the events that a poll found may take to arrive.
	arriving = 30 * time.Second
)

// Run says what is polled and against what.
type Run struct {
	Path      string            // of a module or of a project
	Fake      bool              // against the fake provider of the project
	Set       map[string]string // configuration values that are no secrets
	Resources []string          // none = the element's default ones
	Polling   json.RawMessage   // event.poller.configuration; nil = the element's own
	Since     string            // as event.poller.start; "" = beginning, and now with Fake
	Pages     int               // most pages of a poll; 0 = 5
	Follow    bool              // go on polling every minute until ctx ends
	JSON      bool              // lines of JSON
	Private   bool              // the provider may have a private address
	In        io.Reader         // where a user answers; nil = nowhere
	LogLevel  slog.Level        // of the engine's own log, to Err
}

// Run makes an instance of the adapter in an engine of its own, in a folder that is removed at the end, polls, and prints each request, the polls'
// outcomes and the events, which are delivered to a receiver in this process. With a fake provider it polls, lets the provider's records
// change, and polls again. The error is not nil if a poll failed.
func (s Shop) Run(ctx context.Context, r Run) (err error) {
	b := &bench{shop: s, run: r, screen: screen{out: s.Out, json: r.JSON}}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	for _, step := range []func(context.Context) error{b.read, b.openSites, b.openEngine} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // an interrupt ends the play, and that ends the work
	defer stop()
	group, work := errgroup.WithContext(work)
	group.Go(func() error { return b.engine.Run(work) })
	group.Go(func() error {
		defer stop()
		play, cancel := context.WithCancel(work)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		err := b.play(play)
		if ctx.Err() != nil {
			return nil // the user has seen enough
		}
		return err
	})
	return group.Wait()
}

// bench is one run.
type bench struct {
	shop     Shop
	run      Run
	screen   screen
	manifest sdk.Manifest
	wasm     []byte
	fake     *fake
	settings map[string]string
	provider *site // nil without a fake
	receiver *site
	inbox    *inbox
	engine   *engine.Engine
	caller   engine.Caller
	folder   string // to be removed
}
