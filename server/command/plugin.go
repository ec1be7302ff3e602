package command

import (
	"context"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
)

func newPlugin() *cobra.Command {
	c := &cobra.Command{
		Use:    "plugin",
		Short:  "Write, check and install adapters",
		Hidden: true,
		Args:   noArguments,
		RunE:   func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPluginPrepare())
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
