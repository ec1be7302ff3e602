package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/schedule"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// limiters bounds how many credentials have a rate limiter in memory, 1 KB each. One that is forgotten and owes nothing is made again as it was.
const limiters = 20_000

// Engine is the whole core: it polls, detects and delivers, and answers the server's use cases. New opens it, Run works until it is told to
// stop, Close closes what New opened.
type Engine struct {
	config       Config
	log          *slog.Logger
	vault        *credential.Vault
	folder       *badgerstore.Store // what is kept, on disk
	store        store.Store        // the same to all that read and write it
	catalog      *plugin.Catalog
	egress       *egress.Client
	limits       *egress.Limits
	credentials  *credential.Credentials
	lives        *lives
	journal      *poll.Journal
	poller       *poll.Poller
	scheduler    *schedule.Scheduler
	sender       *deliver.Sender
	metrics      *metrics
	firsts       *firsts
	streaks      *streaks
	held         *held
	disk         *disk
	running      *running
	reads        *reads
	requests     *requests
	redeliveries *redeliveries
	hands        *hands
	began        time.Time
	backfills    sync.Map     // instance/resource of scans that are cut up, and of rewinds
	sharing      sync.Mutex   // held while a shared credential gets its first user, or loses its last
	owners       sync.RWMutex // held for writing while organizations and users change: what they may not be without is counted and kept
	backing      sync.Mutex   // held while a backup is taken
	made         Secrets
	trials       atomic.Int32 // that are running
	ready        atomic.Bool
}

// New opens the data folder and loads the adapters. Nothing is polled or delivered before Run.
func New(ctx context.Context, config Config) (*Engine, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("engine config: %w", err)
	}
	e := &Engine{began: config.Now(), config: config, log: config.Logger, metrics: newMetrics(), firsts: newFirsts(), streaks: newStreaks(), held: newHeld(), running: newRunning(), reads: newReads(), requests: newRequests(), limits: egress.NewLimits(limiters)}
	e.redeliveries, e.hands = newRedeliveries(e), newHands(config.Polls)
	for _, open := range []func(context.Context) error{e.openStore, e.openAdapters, e.openEgress, e.openWork} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, e.Close(ctx))
		}
	}
	if err := errors.Join(e.restoreLimits(ctx), e.dropTrials(ctx)); err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	e.metrics.watch(e)
	if e.made, err = e.firstOwner(ctx); err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	return e, nil
}

func (e *Engine) openStore(context.Context) (err error) {
	folder := filepath.Join(e.config.Dir, "store")
	if err := os.MkdirAll(e.config.Dir, 0o700); err != nil {
		return err
	}
	e.vault, err = credential.OpenVault(credential.VaultConfig{
		Dir: e.config.Dir, Master: e.config.MasterKey, MasterFile: e.config.MasterFile, Sealed: []string{folder},
	})
	if err != nil {
		return err
	}
	key, err := e.vault.StoreKey()
	if err != nil {
		return err
	}
	c := badgerstore.Config{Dir: folder, Key: key, Small: e.config.SmallMemory, History: e.config.History, Sweep: e.config.sweep(), Now: e.config.Now, Logger: e.log}
	if e.metrics != nil { // without, it is opened for its records only
		c.OnCommit = e.metrics.committed
	}
	e.folder, err = badgerstore.Open(c)
	if err != nil {
		return err
	}
	if e.store = e.folder; e.config.wrap != nil {
		e.store = e.config.wrap(e.folder)
	}
	if err := e.vault.Settle(); err != nil { // not before the folder is this process's alone
		return err
	}
	if e.vault.State().Outdated {
		e.log.Warn("this start had the master key of before the last rotation: give it the new one; the first start with that ends this one's use")
	}
	return nil
}

func (e *Engine) openAdapters(context.Context) (err error) {
	e.catalog, err = plugin.New(plugin.Config{
		Builtin: e.config.Builtin, Dir: e.config.PluginDir, CacheDir: e.config.CompileCache, Logger: e.log,
		Child: e.config.PrepareAdapter, Judge: e.judgeAdapter, Witness: e.config.witness,
	})
	return err
}

func (e *Engine) openEgress(context.Context) (err error) {
	outgoing := e.config.egress()
	outgoing.OnWait = e.metrics.waited
	if e.egress, err = egress.New(outgoing); err != nil {
		return err
	}
	e.credentials, err = credential.New(credential.Config{
		Vault: e.vault, Store: e.store, HTTP: e.egress.HTTP(), Now: e.config.Now, Logger: e.log, OnRefresh: e.metrics.refreshed,
	})
	return err
}

func (e *Engine) openWork(context.Context) (err error) {
	e.disk = &disk{budget: e.config.DiskBudget, reserve: max(e.config.DiskReserve, 0), used: e.folder.Size, free: e.folder.Free, changed: e.letAllGo, log: e.log}
	e.lives, e.journal = newLives(e.store, liveInstances), poll.NewJournal(e.store, e.config.kept(), e.log)
	e.sender, err = deliver.New(deliver.Config{
		Store: e.store, Targets: targets{e}, Poster: poster{e.egress}, Workers: e.config.Deliveries,
		HostWorkers: e.config.HostDeliveries, HostRate: e.config.HostRate, Grace: e.config.Grace,
		Logger: e.log, OnAttempt: e.attempted, OnDeadLetter: e.metrics.givenUp, OnPause: e.pauseCallback,
		High: e.config.BacklogHigh, Low: e.config.BacklogLow, OnLow: e.letGo,
		History: e.config.kept(),
	})
	if err != nil {
		return err
	}
	e.poller, err = poll.New(poll.Config{
		Store: e.store, Journal: e.journal, Committed: e.sender.Take, Admit: e.admits, Judge: e.judge, Trace: e.config.Trace, Now: e.config.Now, Limits: e.config.PollLimits, Logger: e.log,
	})
	if err != nil {
		return err
	}
	e.scheduler, err = schedule.New(schedule.Config{Run: e.pollItem, Workers: e.config.Polls, Started: e.metrics.started, Logger: e.log})
	return err
}

// Made are the secrets of the first organization and user if this start made them; otherwise they are empty.
func (e *Engine) Made() Secrets { return e.made }

// Ready reports whether the engine works: it is running and every stored instance is on the schedule.
func (e *Engine) Ready() error {
	if !e.ready.Load() {
		return ErrStopping
	}
	return nil
}

// Halted is why nothing is polled for any instance: the disk has no room. "" = polling goes on. Deliveries do in either case.
func (e *Engine) Halted() string { return e.disk.Full() }

// Run polls and delivers until ctx ends or the store fails, and returns when all that it started has ended. A failed store ends it with an
// error: what the store shows then may not be durable, so nothing more may be delivered.
func (e *Engine) Run(ctx context.Context) error {
	defer e.ready.Store(false)
	if err := e.resume(ctx); err != nil {
		if ctx.Err() != nil { // stopped at once
			return nil
		}
		return fmt.Errorf("read instances: %w", err)
	}
	debug.FreeOSMemory() // adapters and instances were read: what is left of that would stay until the heap has doubled
	e.disk.look()        // before the first poll
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return e.sender.Run(ctx) })
	group.Go(func() error {
		select {
		case <-e.sender.Counted(): // until then no poll would be admitted
			return e.scheduler.Run(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	group.Go(func() error { return e.catalog.Run(ctx) })
	group.Go(func() error { return e.redeliveries.run(ctx) })
	group.Go(func() error { return e.hands.run(ctx) })
	group.Go(func() error { return e.folder.Run(ctx) })
	group.Go(func() error { return e.disk.run(ctx) })
	group.Go(func() error { return e.keep(ctx) })
	group.Go(func() error {
		select {
		case <-e.folder.Failed():
			return fmt.Errorf("the store failed: %w", e.folder.Err())
		case <-ctx.Done():
			return nil
		}
	})
	e.ready.Store(true)
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Close closes what New opened, after Run has returned.
func (e *Engine) Close(ctx context.Context) error {
	var faults []error
	if e.store != nil && e.limits != nil { // without, it was opened for its records only
		faults = append(faults, e.saveLimits(ctx))
	}
	if e.credentials != nil {
		faults = append(faults, e.credentials.Close(ctx))
	}
	if e.catalog != nil {
		faults = append(faults, e.catalog.Close(ctx))
	}
	if e.egress != nil {
		e.egress.Close()
	}
	if e.folder != nil {
		faults = append(faults, e.folder.Close())
	}
	return errors.Join(faults...)
}
