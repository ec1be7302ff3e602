package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/server/demo"
)

func newSimulate() *cobra.Command {
	s := demo.Simulation{Addr: "127.0.0.1:9090", Seed: 1}
	c := &cobra.Command{
		Use:   "simulate " + strings.Join(demo.Simulated(), "|"),
		Short: "Run a simulated provider, to try a server on without an account",
		Long: "Run a simulated provider. It says what an instance has to have to poll it, and how its records are changed, and then tells each\n" +
			"request. docs/quickstart.md uses it.",
		ValidArgs: demo.Simulated(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("name one provider: %s", strings.Join(demo.Simulated(), " or "))}
			}
			return nil
		},
	}
	c.Flags().StringVar(&s.Addr, "addr", s.Addr, "address to listen on, one of loopback")
	c.Flags().DurationVar(&s.Every, "every", 0, "time between changes that it makes by itself, like 2s; 0 = none")
	c.Flags().Uint64Var(&s.Seed, "seed", s.Seed, "what its records are made of; the same seed makes the same ones")
	c.RunE = func(c *cobra.Command, args []string) error {
		s.Provider, s.Out = args[0], c.OutOrStdout()
		s.Color, s.Logger = coloured(s.Out), newLogger(c.ErrOrStderr(), "warn", "text")
		err := demo.Simulate(c.Context(), s)
		if errors.Is(err, demo.ErrSimulation) {
			return usageError{err}
		}
		return err
	}
	return c
}
