package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	stdlog "log"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/plugins/dist"
	"github.com/pollwright/pollwright/server/api"
	"github.com/pollwright/pollwright/server/console"
)

// closeTime is how long closing the data folder may take.
const closeTime = 10 * time.Second

func newServe() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server: the REST API, the polls and the deliveries",
		Long: "Run the server until SIGTERM or an interrupt.\n\n" +
			"Each flag is also read from the environment, --log-level as POLLWRIGHT_LOG_LEVEL, and from the YAML file of --config. A flag\n" +
			"comes before the environment, and that before the file. Secrets are read from the environment only:\n" +
			"  POLLWRIGHT_MASTER_KEY           32 bytes in base64 that seal the data folder, in place of the key file;\n" +
			"                                  --master-key-command can print them, too\n" +
			"  POLLWRIGHT_ORGANIZATION_SECRET  secrets of the first organization and user; without them the first start makes\n" +
			"  POLLWRIGHT_USER_SECRET          them and shows them once on standard output",
		Args: noArguments,
	}
	o.define(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, warnings, err := o.settled(c)
		if err != nil {
			return err
		}
		if s.masterKey, err = givenMaster(c.Context(), s.masterKey, o.keyCommand, o.masterKeyFile); err != nil {
			return err
		}
		level := levelOf(o.logLevel)
		log := newLeveled(c.ErrOrStderr(), level, o.logFormat)
		stdlog.SetOutput(io.Discard) // what net/http says past our logger quotes bytes of the other side
		for _, w := range warnings {
			log.Warn(w)
		}
		a, err := openAdmin(o.adminAddr, level, log)
		if err != nil {
			return err
		}
		defer a.close()
		return serve(c.Context(), o, s, a, c.OutOrStdout())
	}
	return c
}

// serve runs the server until ctx ends or the store fails. The port is taken first: a start that fails there has changed nothing.
func serve(ctx context.Context, o options, s secrets, a *admin, out io.Writer) (err error) {
	log := a.log
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // usually closed by then
	// A stop does not cut off the opening: the secrets of a first start could be stored by then, and would never be shown.
	configured := engineConfig(o, s, log)
	if o.otlpEndpoint != "" {
		traces, err := openTracing(ctx, o.otlpEndpoint, o.otlpSample, log)
		if err != nil {
			return err
		}
		configured.Trace = traces.begin
		defer traces.close(ctx) // after the engine
	}
	e, err := engine.New(context.WithoutCancel(ctx), configured)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		err = errors.Join(err, e.Close(ctx))
	}()
	if err := showSecrets(out, e.Made(), listener.Addr()); err != nil {
		return err
	}
	config := apiConfig(o, e, log)
	if config.Console, err = consoleFor(e, log); err != nil {
		return err
	}
	server, err := api.New(config)
	if err != nil {
		return err
	}
	welcome(log, o, e.Elements(), listener.Addr())
	return work(ctx, e, server, listener, a, o.memoryLimit)
}

// work runs engine, API and admin address until ctx ends or one of them fails, with a bound for memory. The engine goes on until the API's last
// request is answered.
func work(ctx context.Context, e *engine.Engine, server *api.Server, listener net.Listener, a *admin, memory int64) error {
	log := a.log
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { log.Info("stopping") })()
	group, failed := errgroup.WithContext(ctx)
	group.Go(func() error { return e.Run(running) })
	group.Go(func() error {
		defer stop()
		return server.Serve(failed, listener)
	})
	group.Go(func() error { return a.run(failed) })
	group.Go(func() error { return lighten(failed, log) })
	group.Go(func() error { return keepWithin(failed, memory) })
	err := group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // stopped before it had quite begun
		err = nil
	}
	if err == nil {
		log.Info("stopped")
	}
	return err
}

func apiConfig(o options, e *engine.Engine, log *slog.Logger) api.Config {
	if o.loginFailures == 0 {
		o.loginFailures = -1 // to the API, 0 is its default
	}
	config := api.Config{Engine: e, Logger: log, Version: version(), Origins: o.corsOrigins, LoginFailures: o.loginFailures}
	config.Proxies, _ = api.ParseProxies(o.proxies...) // checked
	return config
}

func engineConfig(o options, s secrets, log *slog.Logger) engine.Config {
	if o.firstPollWait == 0 {
		o.firstPollWait = -1 // to the engine, 0 is its default
	}
	config := engine.Config{
		Dir: o.data, MasterFile: o.masterKeyFile, MasterKey: []byte(s.masterKey), Builtin: dist.Files(), PluginDir: o.plugins,
		AdapterDigests: o.pluginDigests, PrepareAdapter: preparing(),
		AllowPrivateEgress: o.privateEgress, OrganizationSecret: s.organization, UserSecret: s.user, Polls: o.workers,
		Deliveries: o.deliveries, HostDeliveries: o.hostParallel, HostRate: o.hostRate, FirstPoll: o.firstPollWait, SmallMemory: o.smallMemory,
		AuthFailures: o.authFailures, PollFailures: o.pollFailures, History: o.history, Logger: log,
	}
	config.AllowEgress, _ = engine.EgressRanges(o.allowEgress...) // checked
	if o.egressProxy != "" {
		config.EgressProxy, _ = engine.EgressProxy(o.egressProxy)
	}
	config.HTTPSCallbacks = o.httpsOnly
	config.BacklogHigh = engine.Load{Events: o.backlogEvents, Bytes: o.backlogBytes}
	if config.DiskBudget, config.DiskReserve = o.diskBudget, o.diskReserve; o.diskReserve == 0 {
		config.DiskReserve = -1 // to the engine, 0 is its default
	}
	config.PollLimits.Pages, config.PollLimits.Bytes, config.PollLimits.Time = o.pollPages, o.pollBytes, o.pollTime
	return config
}

// showSecrets prints the secrets that this start made: the only place where they are ever seen. The log never gets them.
func showSecrets(out io.Writer, made engine.Secrets, addr net.Addr) error {
	if made.User == "" {
		return nil
	}
	_, err := fmt.Fprintf(out, `First start: these are the secrets of the first organization and user. Keep them; they are not shown again.

  organization secret  %[1]s
  user secret          %[2]s

Send both with every request:

  Authorization: User %[2]s, Organization %[1]s

Try it:

  curl http://%[3]s/instances -H 'Authorization: User %[2]s, Organization %[1]s'

`, made.Organization, made.User, addr)
	if err != nil {
		return fmt.Errorf("show the new secrets: %w (set %s and %s to have others)", err, envOrganizationSecret, envUserSecret)
	}
	return nil
}

// welcome says what is there, and what a user would wonder about.
func welcome(log *slog.Logger, o options, elements []engine.Element, addr net.Addr) {
	names := make([]string, len(elements))
	for i, el := range elements {
		names[i] = el.Key
	}
	if found, err := fs.Glob(dist.Files(), "*.wasm"); err == nil && len(found) == 0 {
		log.Warn("this program was built without its adapters; run `make`, which compiles them and builds bin/pollwright with them")
	}
	if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		log.Warn("other machines can connect, and secrets travel unencrypted: put a reverse proxy with TLS in front", "addr", addr.String())
	}
	log.Info("listening", "url", "http://"+addr.String(), "console", "http://"+addr.String()+console.Path, "elements", strings.Join(names, ", "), "data", o.data, "version", version())
}
