package workshop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// read finds the module, what it says of itself and how it is configured.
func (b *bench) read(ctx context.Context) error {
	module, dir := b.run.Path, b.run.Path
	if isModule(module) {
		dir = filepath.Dir(module)
	} else {
		p, err := openProject(dir)
		if err != nil {
			return err
		}
		if module = p.module(); !exists(module) {
			return fmt.Errorf("%s is not there: run `pollwright plugin build` first", module)
		}
	}
	w, wasm, err := b.shop.open(ctx, module)
	if err != nil {
		return err
	}
	b.manifest, b.wasm = w.Manifest, wasm
	if err := w.Close(ctx); err != nil {
		return err
	}
	var config map[string]string
	if b.run.Fake {
		if b.fake, err = openFake(filepath.Join(dir, FakeFile), time.Now); err != nil {
			return err
		}
		if n := len(b.manifest.BaseURLs); n != 1 {
			return fmt.Errorf("the fake provider stands for one base URL, and %s has %d", b.manifest.Name, n)
		}
		if config = b.fake.Config; config == nil {
			config = map[string]string{}
		}
	}
	b.settings, err = b.shop.settings(b.manifest, b.run.Set, config)
	return errors.Join(err, b.choose())
}

// choose finds the resources to poll.
func (b *bench) choose() error {
	var polled, usual []string
	for _, r := range b.manifest.Resources {
		if r.Poll != nil {
			polled = append(polled, r.Name)
		}
		if r.Poll != nil && r.Default {
			usual = append(usual, r.Name)
		}
	}
	if len(b.run.Polling) > 0 {
		return nil // the engine says what is wrong with it
	}
	for _, name := range b.run.Resources {
		if !slices.Contains(polled, name) {
			return fmt.Errorf("%s has no resource %q that can be polled; it has %s", b.manifest.Name, name, strings.Join(polled, ", "))
		}
	}
	if len(b.run.Resources) == 0 {
		b.run.Resources = usual
	}
	if len(b.run.Resources) == 0 {
		return fmt.Errorf("%s has no default resource: name one with --resource: %s", b.manifest.Name, strings.Join(polled, ", "))
	}
	return nil
}

func (b *bench) openSites(context.Context) (err error) {
	complaints := log.New(io.Discard, "", 0)
	b.inbox = newInbox(&b.screen)
	if b.receiver, err = openSite(b.inbox, complaints); err != nil || b.fake == nil {
		return err
	}
	b.provider, err = openSite(http.HandlerFunc(b.fake.ServeHTTP), complaints)
	return err
}

// openEngine lays the module into the plugin folder of a new engine.
func (b *bench) openEngine(ctx context.Context) (err error) {
	if b.folder, err = os.MkdirTemp("", "pollwright-run-"); err != nil {
		return err
	}
	plugins := filepath.Join(b.folder, "plugins")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(plugins, b.manifest.Key+".wasm"), b.wasm, 0o600); err != nil {
		return err
	}
	allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} // the receiver, and the fake provider
	config := engine.Config{
		Dir: filepath.Join(b.folder, "data"), PluginDir: plugins, CompileCache: b.shop.Cache, PrepareAdapter: b.shop.Child, AllowEgress: allow,
		AllowPrivateEgress: b.run.Private, FirstPoll: firstPolls, HandWait: firstPolls, SmallMemory: true,
		Exchanges: b.screen.exchange, Logger: slog.New(slog.NewTextHandler(b.shop.Err, &slog.HandlerOptions{Level: b.run.LogLevel})), Grace: time.Second,
	}
	if config.PollLimits.Pages = b.run.Pages; b.run.Pages == 0 {
		config.PollLimits.Pages = 5
	}
	if b.engine, err = engine.New(ctx, config); err != nil {
		return err
	}
	b.caller, err = b.engine.Authenticate(ctx, b.engine.Made())
	return err
}

// close ends what was opened, the engine first: what it polls and posts to is there as long as it is.
func (b *bench) close(ctx context.Context) error {
	var faults []error
	if b.engine != nil {
		faults = append(faults, b.engine.Close(ctx))
	}
	for _, s := range []*site{b.provider, b.receiver} {
		if s != nil {
			faults = append(faults, s.close())
		}
	}
	if b.folder != "" {
		faults = append(faults, os.RemoveAll(b.folder))
	}
	return errors.Join(faults...)
}
