package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/plugins/dist"
	"github.com/pollwright/pollwright/server/demo"
)

func newDemo() *cobra.Command {
	var config demo.Config
	logLevel := "warn"
	c := &cobra.Command{
		Use:   "demo",
		Short: "Watch records of two simulated providers arrive as events",
		Long: "Run the server with simulated providers and a receiver, all on loopback ports, let records be created and changed, and\n" +
			"show the events as they arrive. Nothing of it stays. It fails if anything is missing or repeated.",
		Args: noArguments,
	}
	c.Flags().DurationVar(&config.For, "for", 0, "how long to run, like 20s; 0 = until an interrupt")
	c.Flags().BoolVar(&config.JSON, "json", false, "print one line of JSON at the end, and everything else on standard error")
	c.Flags().StringVar(&logLevel, "log-level", logLevel, "what the server logs: debug, info, warn or error")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if config.For != 0 && config.For < demo.Least || config.For > 24*time.Hour {
			return usageError{fmt.Errorf("--for should be from %v to 24h, or 0 for no end, is %v", demo.Least, config.For)}
		}
		if err := checkLevel(logLevel); err != nil {
			return usageError{err}
		}
		config.Out, config.Err = c.OutOrStdout(), c.ErrOrStderr()
		config.Color = coloured(config.Out)
		if config.JSON {
			config.Color = coloured(config.Err)
		}
		config.Builtin = dist.Files()
		config.Logger = newLogger(config.Err, logLevel, "text")
		return demo.Run(c.Context(), config)
	}
	return c
}
