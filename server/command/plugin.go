package command

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/server/workshop"
)

func newPlugin() *cobra.Command {
	c := &cobra.Command{
		Use:   "plugin",
		Short: "Write, test, inspect and try adapters",
		Long: "Write, test, inspect and try adapters, from nothing to one that a server takes up: docs/adapters.md. No server is needed, and\n" +
			"none is touched.",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPluginNew(), newPluginBuild(), newPluginTest(), newPluginInspect(), newPluginRun(), newPluginFake(), newPluginPrepare())
	return c
}

func newPluginNew() *cobra.Command {
	creation := workshop.Creation{Version: version()}
	c := &cobra.Command{
		Use:   "new KEY",
		Short: "Make the project of a new adapter, which builds and runs at once",
		Long: "Make a folder with an adapter for a made-up provider, golden cases, a fake provider and the SDK: it builds, passes its tests\n" +
			"and runs as it is, without a network. KEY is that of the element, like acme.",
		Args: oneArgument("the key of the element, like acme"),
	}
	c.Flags().StringVar(&creation.Language, "lang", "go", "language: "+workshop.Languages())
	c.Flags().StringVar(&creation.Dir, "dir", "", "folder to make (default: the key)")
	c.Flags().StringVar(&creation.Name, "name", "", "name for people (default: made of the key)")
	c.RunE = func(c *cobra.Command, args []string) error {
		creation.Key = args[0]
		return shop(c).Create(creation)
	}
	return c
}

func newPluginBuild() *cobra.Command {
	return &cobra.Command{
		Use:   "build [FOLDER]",
		Short: "Compile a project to adapter.wasm and check that a server would take it",
		Args:  atMostOne("the folder of a project"),
		RunE:  func(c *cobra.Command, args []string) error { return shop(c).Build(c.Context(), place(args)) },
	}
}

func newPluginTest() *cobra.Command {
	var test workshop.Test
	c := &cobra.Command{
		Use:   "test [FOLDER]",
		Short: "Build a project and run its golden cases, natively and in the sandbox",
		Args:  atMostOne("the folder of a project"),
	}
	c.Flags().BoolVar(&test.Update, "update", false, "write what the adapter does into its cases; read the difference before you believe it")
	c.Flags().BoolVar(&test.SandboxOnly, "no-build", false, "test the adapter.wasm that is there, in the sandbox only")
	c.RunE = func(c *cobra.Command, args []string) error {
		test.Dir = place(args)
		return shop(c).Test(c.Context(), test)
	}
	return c
}

func newPluginInspect() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "inspect FILE.wasm",
		Short: "Show what a module is: hosts, configuration, resources, imports, the cost of a call",
		Args:  oneArgument("a module, like adapter.wasm"),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the whole manifest")
	c.RunE = func(c *cobra.Command, args []string) error { return shop(c).Inspect(c.Context(), args[0], asJSON) }
	return c
}

func newPluginRun() *cobra.Command {
	var run workshop.Run
	var set []string
	var polling, logLevel string
	c := &cobra.Command{
		Use:   "run [FOLDER|FILE.wasm]",
		Short: "Poll the provider, or a fake one, and show requests, records and events",
		Long: "Poll with an adapter through a real engine, in a folder that is removed at the end, and print each request with its secrets starred,\n" +
			"what became of each poll, and the events that were delivered. Credentials come from the environment: api.key of the element acme is\n" +
			"ACME_API_KEY. With OAuth2, ACME_CODE or ACME_OAUTH_USER_REFRESH_TOKEN; without them you are asked to sign in.",
		Args: atMostOne("a project's folder or a module"),
	}
	f := c.Flags()
	f.BoolVar(&run.Fake, "fake", false, "poll the fake provider of fake.json, let its records change, and poll again")
	f.StringArrayVar(&set, "set", nil, "configuration value that is no secret, like base.url=https://eu.acme.example; repeatable")
	f.StringSliceVar(&run.Resources, "resource", nil, "resource to poll; repeatable (default: those that the manifest names as default)")
	f.StringVar(&polling, "polling", "", "file with an event.poller.configuration to use in place of the manifest's")
	f.StringVar(&run.Since, "since", "", "from where on records are told: now, beginning, or a date (default: beginning; with --fake now)")
	f.IntVar(&run.Pages, "pages", 5, "most pages of a poll")
	f.BoolVar(&run.Follow, "follow", false, "go on polling every minute until an interrupt")
	f.BoolVar(&run.JSON, "json", false, "print a line of JSON for each request, poll and event")
	f.BoolVar(&run.Private, "allow-private-egress", false, "let the provider have a private or loopback address")
	f.StringVar(&logLevel, "log-level", "error", "what the engine logs: debug, info, warn or error")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		run.Path, run.In = place(args), c.InOrStdin()
		if run.Set, err = pairs(set); err != nil {
			return usageError{err}
		}
		if run.LogLevel, err = level(logLevel); err != nil {
			return usageError{err}
		}
		if run.Pages < 1 {
			return usageError{fmt.Errorf("--pages should be 1 or more, is %d", run.Pages)}
		}
		if polling != "" {
			if run.Polling, err = readPolling(polling); err != nil {
				return usageError{err}
			}
		}
		return shop(c).Run(c.Context(), run)
	}
	return c
}

func newPluginFake() *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "fake [FOLDER]",
		Short: "Serve the fake provider of a project, for instances of a server",
		Args:  atMostOne("the folder of a project"),
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8090", "address to listen on, host:port")
	c.RunE = func(c *cobra.Command, args []string) error { return shop(c).ServeFake(c.Context(), place(args), addr) }
	return c
}

// newPluginPrepare is what preparing runs.
func newPluginPrepare() *cobra.Command {
	return &cobra.Command{
		Use:    "prepare",
		Short:  "Prepare one module for the server, which runs this command itself",
		Hidden: true,
		Args:   noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return engine.PrepareAdapter(c.Context(), c.InOrStdin(), c.OutOrStdout())
		},
	}
}

// shop is what the commands of an author work with. What was compiled is kept in the user's cache folder, if there is one.
func shop(c *cobra.Command) workshop.Shop {
	s := workshop.Shop{Out: c.OutOrStdout(), Err: c.ErrOrStderr(), Child: preparing(), Environment: os.LookupEnv}
	if dir, err := os.UserCacheDir(); err == nil {
		if dir = filepath.Join(dir, "pollwright", "compiled"); os.MkdirAll(dir, 0o700) == nil {
			s.Cache = dir
		}
	}
	return s
}

// place is the argument of a command, or the current folder.
func place(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func oneArgument(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes one argument, %s; got %d", c.Name(), what, len(args))}
		}
		return nil
	}
}

func atMostOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("%s takes at most one argument, %s; got %d", c.Name(), what, len(args))}
		}
		return nil
	}
}

// pairs reads key=value.
func pairs(list []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range list {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--set should be key=value, like base.url=https://eu.acme.example, is %q", text)
		}
		values[key] = value
	}
	return values, nil
}

func level(text string) (l slog.Level, err error) {
	if err = checkLevel(text); err == nil {
		err = l.UnmarshalText([]byte(text))
	}
	return l, err
}

func readPolling(file string) (json.RawMessage, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--polling: %w", err)
	}
	if !json.Valid(text) {
		return nil, fmt.Errorf("--polling: %s is not JSON", file)
	}
	return text, nil
}

// preparing makes the process in which a new adapter is prepared: this program again, which gets nothing of this one's environment. nil if it
// cannot tell where it lies.
func preparing() func(context.Context) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self, "plugin", "prepare")
		cmd.Env = []string{} // nil would be this process's
		return cmd
	}
}
