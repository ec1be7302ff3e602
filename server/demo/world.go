package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/server/api"
	"github.com/pollwright/pollwright/server/console"
)

// receiving names the receiver's site beside those of the providers.
const receiving = "receiver"

// firstPoll is how long POST /instances may wait for the first polls, so that there is nothing left to wait for.
const firstPoll = 10 * time.Second

// grace is how long what is under way may go on at the end.
const grace = 2 * time.Second

// world is all that takes part: two simulators, a receiver, and the server between them.
type world struct {
	config    Config
	screen    *screen
	providers []*provider
	sites     map[string]*site // by element, and receiving
	book      *book
	receiver  *receiver
	engine    *engine.Engine
	api       *api.Server
	listener  net.Listener // of the REST API
	server    string       // its URL
	client    *client
	temporary string // a folder to be removed
}

// open makes the world. It must be closed, also after an error.
func open(ctx context.Context, c Config) (*world, error) {
	w := &world{config: c, sites: map[string]*site{}, screen: &screen{out: c.Out, color: c.Color}}
	if c.JSON {
		w.screen.out = c.Err
	}
	w.screen.line("%s", w.screen.paint(dim, "Starting; the adapters are compiled for this machine, which takes a few seconds."))
	for _, step := range []func(context.Context) error{w.openProviders, w.openReceiver, w.openEngine, w.openServer} {
		if err := step(ctx); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *world) openProviders(context.Context) error {
	for _, simulate := range []func(uint64) (*provider, error){newIContact, newActOn} {
		p, err := simulate(w.config.Seed)
		if err != nil {
			return err
		}
		if w.sites[p.key], err = serve(loopback, p.handler, w.config.Logger); err != nil {
			delete(w.sites, p.key)
			return err
		}
		w.providers = append(w.providers, p)
	}
	return nil
}

func (w *world) openReceiver(context.Context) error {
	w.book = newBook(w.screen, w.providers)
	w.receiver = &receiver{keys: map[string]string{}, into: w.book}
	for _, p := range w.providers {
		w.receiver.keys[p.key] = rand.Text()
	}
	site, err := serve(loopback, w.receiver.handler(), w.config.Logger)
	if err == nil {
		w.sites[receiving] = site
	}
	return err
}

// openEngine opens the data folder. Loopback addresses are allowed: everything here has one.
func (w *world) openEngine(ctx context.Context) (err error) {
	dir := w.config.Dir
	if dir == "" {
		if w.temporary, err = os.MkdirTemp("", "pollwright-demo-"); err != nil {
			return err
		}
		dir = filepath.Join(w.temporary, "data")
	}
	w.client = &client{
		http: &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}, organization: rand.Text(), user: rand.Text(),
	}
	w.engine, err = engine.New(ctx, engine.Config{
		Dir: dir, Builtin: w.config.Builtin, AllowPrivateEgress: true, FirstPoll: firstPoll, Grace: grace, Logger: w.config.Logger,
		OrganizationSecret: w.client.organization, UserSecret: w.client.user,
	})
	return err
}

func (w *world) openServer(context.Context) (err error) {
	pages, err := console.New(console.Config{Engine: w.engine, Logger: w.config.Logger, Version: "demo"})
	if err != nil {
		return err
	}
	config := api.Config{Engine: w.engine, Logger: w.config.Logger, Version: "demo", Grace: grace, Console: func(r fiber.Router, d api.Door) { pages.Mount(r, d) }}
	if w.api, err = api.New(config); err != nil {
		return err
	}
	if w.listener, err = net.Listen("tcp", loopback); err != nil {
		return err
	}
	w.server = "http://" + w.listener.Addr().String()
	w.client.url = w.server
	return nil
}

// run works until play returns, or until the server fails.
func (w *world) run(ctx context.Context, play func(context.Context) error) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // an interrupt ends the play, and that ends the work
	defer stop()
	group, work := errgroup.WithContext(work)
	group.Go(func() error { return w.engine.Run(work) })
	group.Go(func() error { return w.api.Serve(work, w.listener) })
	group.Go(func() error {
		defer stop()
		return play(work)
	})
	return group.Wait()
}

// watch makes an instance of each provider through the REST API and waits until it is watched.
func (w *world) watch(ctx context.Context) error {
	if err := w.client.ready(ctx); err != nil {
		return fmt.Errorf("the server did not get ready: %w", err)
	}
	for _, p := range w.providers {
		body, err := p.body(place{
			base: w.sites[p.key].url + p.path, callback: w.sites[receiving].url + "/events/" + p.key, signatureKey: w.receiver.keys[p.key],
		})
		if err != nil {
			return fmt.Errorf("body for %s: %w", p.name, err)
		}
		made, err := w.client.create(ctx, body)
		if err != nil {
			return fmt.Errorf("instance of %s: %w", p.name, err)
		}
		p.id, p.tolerated = made.ID, made.Warnings
		if err := w.client.watched(ctx, p.id, p.resources()); err != nil {
			return fmt.Errorf("first polls of %s: %w", p.name, err)
		}
		p.base = p.kit.Ledger.Last()
	}
	return nil
}

func (p *provider) resources() (names []string) {
	for name := range p.collections {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// close ends what open began, the server first: what it polls and posts to is there as long as it is.
func (w *world) close(ctx context.Context) error {
	var faults []error
	if w.listener != nil {
		_ = w.listener.Close() // usually closed already
	}
	if w.engine != nil {
		faults = append(faults, w.engine.Close(context.WithoutCancel(ctx)))
	}
	for _, s := range w.sites {
		faults = append(faults, s.close())
	}
	if w.temporary != "" {
		faults = append(faults, os.RemoveAll(w.temporary))
	}
	return errors.Join(faults...)
}
