package workshop

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
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

// play is what a run shows.
func (b *bench) play(ctx context.Context) error {
	in, err := b.create(ctx)
	if err != nil {
		return explain(err)
	}
	for _, w := range in.Warnings {
		b.screen.note("note: %s %s", w.Path, w.Message)
	}
	outcomes, err := b.first(ctx, in)
	if err != nil {
		return err
	}
	if err := b.show(ctx, "first poll", outcomes); err != nil {
		return err
	}
	if b.fake != nil {
		if err := b.second(ctx, in); err != nil {
			return err
		}
	}
	if b.run.Follow {
		b.screen.note("polling every minute; an interrupt ends it")
		<-ctx.Done()
	}
	return nil
}

// create makes the instance, as a user would.
func (b *bench) create(ctx context.Context) (*engine.Instance, error) {
	if b.fake == nil {
		b.screen.note("%s %s, against %s", b.manifest.Name, b.manifest.Version, b.base())
	} else {
		b.screen.note("%s %s, against the fake provider", b.manifest.Name, b.manifest.Version)
	}
	configuration := map[string]any{}
	for key, value := range b.settings {
		configuration[key] = value
	}
	if b.provider != nil {
		configuration[baseURL] = b.provider.url + pathOf(b.manifest.BaseURLs[0])
	}
	since := b.run.Since
	if since == "" && b.fake == nil {
		since = "beginning"
	}
	for key, value := range map[string]string{
		"event.notification.enabled": "true", "event.notification.callback.url": b.receiver.url, "event.notification.batch": "1",
		"event.poller.refresh_interval": "1", "event.poller.start": since, "event.objects": strings.Join(b.run.Resources, ","),
	} {
		if value != "" {
			configuration[key] = value
		}
	}
	if len(b.run.Polling) > 0 {
		configuration["event.poller.configuration"] = b.run.Polling
	}
	body := map[string]any{"element": map[string]string{"key": b.manifest.Key}, "name": "plugin run", "configuration": configuration}
	if b.manifest.Auth.Type == sdk.AuthOAuth2 {
		if err := b.grant(ctx, body, configuration); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return b.engine.CreateInstance(ctx, b.caller, text)
}

// grant puts into the body what an OAuth2 provider's tokens are asked for with: a code or a refresh token of the environment, or a code that
// the user gets on the provider's page.
func (b *bench) grant(ctx context.Context, body, configuration map[string]any) error {
	const refreshToken = "oauth.user.refresh_token"
	if b.fake != nil {
		body["providerData"] = map[string]string{"code": "fake-code"}
		return nil
	}
	if token, ok := b.shop.Environment(Variable(b.manifest.Key, refreshToken)); ok {
		configuration[refreshToken], body["externalAuthentication"] = token, "initial"
		b.screen.note("note: a provider that replaces its refresh tokens has replaced this one after the run")
		return nil
	}
	code, ok := b.shop.Environment(Variable(b.manifest.Key, "code"))
	state := ""
	if !ok {
		var err error
		if code, state, err = b.consent(ctx); err != nil {
			return err
		}
	}
	body["providerData"] = map[string]string{"code": code, "state": state}
	return nil
}

// consent has the user sign in at the provider and paste the address that the provider sent the browser to.
func (b *bench) consent(ctx context.Context) (code, state string, err error) {
	address, err := b.engine.OAuthURL(ctx, b.caller, b.manifest.Key, engine.ConsentRequest{
		APIKey: b.settings["oauth.api.key"], CallbackURL: b.settings["oauth.callback.url"], BaseURL: b.settings[baseURL],
	})
	if err != nil {
		return "", "", err
	}
	fmt.Fprintf(b.shop.Err, "Sign in here:\n  %s\nThen paste the address that your browser was sent to, and press Enter: ", address.OAuthURL)
	if b.run.In == nil {
		return "", "", fmt.Errorf("an authorization code is missing: give it in the environment as %s", Variable(b.manifest.Key, "code"))
	}
	line, err := readLine(ctx, b.run.In)
	if err != nil {
		return "", "", fmt.Errorf("no address was given: %w", err)
	}
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil || u.Query().Get("code") == "" {
		return "", "", errors.New("the address has no parameter code: it should be the one that the provider's page sent the browser to, whole")
	}
	return u.Query().Get("code"), u.Query().Get("state"), nil
}

// readLine reads a line, or gives up when ctx ends; whoever reads then is left behind with the terminal.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		if line != "" {
			err = nil
		}
		got <- answer{line, err}
	}()
	select {
	case a := <-got:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// first waits for the first poll of each resource.
func (b *bench) first(ctx context.Context, in *engine.Instance) ([]engine.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, firstPolls)
	defer cancel()
	for {
		outcomes, err := b.engine.Polls(ctx, b.caller, in.ID, "", 100)
		if err != nil {
			return nil, err
		}
		slices.Reverse(outcomes)
		seen := map[string]bool{}
		var firsts []engine.Outcome
		for _, o := range outcomes {
			if !seen[o.Resource] {
				seen[o.Resource], firsts = true, append(firsts, o)
			}
		}
		if len(firsts) == len(in.Resources) {
			return firsts, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("the first polls did not end: %w", ctx.Err())
		}
	}
}

// second lets the fake provider's records change and polls again.
func (b *bench) second(ctx context.Context, in *engine.Instance) error {
	said, err := b.fake.change()
	if err != nil {
		return err
	}
	for _, line := range said {
		b.screen.note("the fake provider: %s", line)
	}
	var outcomes []engine.Outcome
	for _, r := range in.Resources {
		polled, err := b.engine.PollByHand(ctx, b.caller, in.ID, r.Name)
		if err != nil {
			return err
		}
		if polled.Outcome != nil {
			outcomes = append(outcomes, *polled.Outcome)
		}
	}
	return b.show(ctx, "second poll", outcomes)
}

// show prints outcomes, and waits until their events have arrived.
func (b *bench) show(ctx context.Context, name string, outcomes []engine.Outcome) error {
	var failed []string
	for _, o := range outcomes {
		b.screen.outcome(name, o)
		if o.Failed() {
			failed = append(failed, o.Resource)
		}
		if err := b.inbox.await(ctx, o.Resource, o.Created+o.Updated+o.Deleted, arriving); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s of %s failed", name, strings.Join(failed, ", "))
	}
	return nil
}

// explain puts a refusal of the instance into lines.
func explain(err error) error {
	var invalid *instance.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	lines := []string{"the instance cannot be made:"}
	for _, p := range invalid.Problems {
		lines = append(lines, "  "+p.Path+" "+p.Message)
	}
	return errors.New(strings.Join(lines, "\n"))
}

func (b *bench) base() string {
	if given := b.settings[baseURL]; given != "" {
		return given
	}
	return b.manifest.BaseURLs[0]
}

// pathOf is the path of a base URL.
func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
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
