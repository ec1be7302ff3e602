package plugin

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Run keeps the catalog in step with the folder until ctx ends, then returns nil. Call it once. What goes wrong is logged and tried again.
func (c *Catalog) Run(ctx context.Context) error {
	if c.folder.dir == "" {
		<-ctx.Done()
		return nil
	}
	log := c.config.Logger
	w, err := newWatch(c.folder.dir)
	if err != nil {
		log.Warn("adapter folder cannot be watched, it is read now and then", "dir", c.folder.dir, "every", c.config.Rescan, "err", err)
	}
	defer w.stop()
	rescan := time.NewTicker(c.config.Rescan)
	defer rescan.Stop()
	calm := newDebounce(c.config.Debounce)
	defer calm.timer.Stop()
	c.rescan(ctx, nil) // what happened between New and the watch
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-w.events:
			if !ok { // the watcher gave up; the ticker goes on
				w.events, w.errors = nil, nil
				continue
			}
			calm.note(filepath.Base(event.Name))
		case err := <-w.errors: // events were lost
			log.Warn("adapter folder watch", "dir", c.folder.dir, "err", err)
			calm.note("")
		case <-calm.timer.C:
			c.rescan(ctx, calm.take())
		case <-rescan.C:
			w.renew(c.folder.dir)
			c.rescan(ctx, calm.take())
		}
	}
}

// watch tells of changes in a folder. Without a watcher, because the system has none left, it is silent.
type watch struct {
	watcher *fsnotify.Watcher
	events  chan fsnotify.Event
	errors  chan error
}

func newWatch(dir string) (watch, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return watch{}, err
	}
	return watch{watcher, watcher.Events, watcher.Errors}, watcher.Add(dir)
}

// renew watches the folder again, should it have been replaced by another. Twice the same does nothing.
func (w watch) renew(dir string) {
	if w.watcher != nil {
		_ = w.watcher.Add(dir) // it is read anyway
	}
}

// stop ends the watcher and waits for its goroutine, which closes events as the last thing it does.
func (w watch) stop() {
	if w.watcher == nil {
		return
	}
	_ = w.watcher.Close()
	for range w.watcher.Events {
	}
}

// debounce collects names until nothing has come for a while, so that a file being written is not read at each of its writes. It waits at
// most ten times that long.
type debounce struct {
	wait  time.Duration
	timer *time.Timer
	names map[string]bool
	first time.Time
}

func newDebounce(wait time.Duration) *debounce {
	d := &debounce{wait: wait, timer: time.NewTimer(wait), names: make(map[string]bool)}
	d.timer.Stop()
	return d
}

func (d *debounce) note(name string) {
	now := time.Now()
	if len(d.names) == 0 {
		d.first = now
	}
	d.names[name] = true
	d.timer.Reset(min(d.wait, d.first.Add(10*d.wait).Sub(now)))
}

// take returns the names and begins anew.
func (d *debounce) take() map[string]bool {
	names := d.names
	d.names = make(map[string]bool)
	d.timer.Stop()
	return names
}
