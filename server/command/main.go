package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes. A usage error is one that only another command line, environment or file can mend.
const (
	codeOK    = 0
	codeError = 1
	codeUsage = 2
)

// stopTime is how long a command may take to end after a signal. A second signal ends it at once, unless it comes within sameSignal of the
// first: timeout(1) and process managers that signal both a process and its group mean one stop by two signals.
const (
	stopTime   = 15 * time.Second
	sameSignal = 250 * time.Millisecond
)

// usageError is a fault of the command line, the environment or the config file.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Main runs the command that the arguments name and returns the exit code of the process.
func Main() int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan int, 1)
	go func() { done <- run(ctx, os.Args[1:], os.Stdout, os.Stderr) }()
	select {
	case code := <-done:
		return code
	case <-signals:
		stop()
	}
	first, late := time.Now(), time.After(stopTime)
	for {
		select {
		case code := <-done:
			return code
		case <-signals:
			if time.Since(first) < sameSignal {
				continue
			}
			fmt.Fprintln(os.Stderr, "pollwright: stopped at once by a second signal; nothing that was stored is lost")
		case <-late:
			fmt.Fprintf(os.Stderr, "pollwright: did not end within %v and is cut off; nothing that was stored is lost\n", stopTime)
		}
		return codeError
	}
}

// run runs a command until it is done or ctx ends.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return codeOK
	}
	fmt.Fprintln(errOut, "pollwright:", err)
	if errors.As(err, new(usageError)) {
		fmt.Fprintln(errOut, "Run `pollwright help` for the commands, and `pollwright help COMMAND` for the flags of one.")
		return codeUsage
	}
	return codeError
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "pollwright",
		Short: "Turn APIs that cannot notify into APIs that do",
		Long: "Pollwright polls APIs that cannot notify, through sandboxed adapters, and delivers what was created, updated or\n" +
			"deleted there as signed events to a callback URL.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q%s", args[0], meant(args[0], names(c.Commands())))}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
			err = fmt.Errorf("%w%s", err, meant(name, flags(c)))
		}
		return usageError{err}
	})
	root.AddCommand(newServe(), newOrganization(), newUser(), newKey(), newBackup(), newRestore(), newConfig(), newDoctor(), newDemo(), newSimulate(), newPlugin(), newVersion())
	return root
}

// noSubcommand refuses a name that none of a group's commands has.
func noSubcommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s has no command %q%s", c.Name(), args[0], meant(args[0], names(c.Commands())))}
	}
	return nil
}

// noArguments refuses what is not a flag.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no argument, only flags: %q", c.Name(), args[0])}
	}
	return nil
}
