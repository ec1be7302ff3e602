package command

import (
	"encoding/json"
	"fmt"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Where the value of a setting comes from.
const (
	fromDefault     = "default"
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromFile        = "file"
)

// sourceNote is the annotation of a flag that tells it.
const sourceNote = "source"

// mark notes where the values come from that have come since the last mark.
func mark(c *cobra.Command, source string) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Annotations[sourceNote] == nil {
			_ = c.Flags().SetAnnotation(f.Name, sourceNote, []string{source}) // fails for an unknown flag only
		}
	})
}

// setting is one with its value, as text.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// settings are all of serve's by name.
func settings(c *cobra.Command) (list []setting) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if local[f.Name] {
			return
		}
		s := setting{f.Name, f.Value.String(), fromDefault}
		if note := f.Annotations[sourceNote]; note != nil {
			s.From = note[0]
		}
		if u, err := url.Parse(s.Value); f.Name == "egress-proxy" && err == nil {
			s.Value = u.Redacted()
		}
		list = append(list, s)
	})
	return list
}

// local are flags of commands that take serve's settings which are none.
var local = map[string]bool{"help": true, "json": true, "all": true}

func newConfig() *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "Check the settings of serve", Args: noSubcommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(checkConfig())
	return c
}

func checkConfig() *cobra.Command {
	var o options
	var all, asJSON bool
	c := &cobra.Command{
		Use: "check", Short: "Read the settings as serve would, and show them", Args: noArguments,
		Long: "Read flags, environment and config file as `pollwright serve` would, name all faults, and show each setting that is not at its default, with\n" +
			"where it comes from. Nothing is opened or started; `pollwright doctor` looks at what the settings name. The exit code is 2 after a fault.",
		RunE: func(c *cobra.Command, _ []string) error {
			_, warnings, err := o.settled(c)
			for _, w := range warnings {
				_, _ = fmt.Fprintln(c.ErrOrStderr(), "warning:", w)
			}
			if err != nil {
				return err
			}
			return printSettings(c, settings(c), all, asJSON)
		},
	}
	o.define(c)
	c.Flags().BoolVar(&all, "all", false, "show the settings at their defaults, too")
	c.Flags().BoolVar(&asJSON, "json", false, "print all settings as JSON")
	return c
}

func printSettings(c *cobra.Command, list []setting, all, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(list)
	}
	out := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range list {
		if all || s.From != fromDefault {
			_, _ = fmt.Fprintf(out, "%s\t%s\t%s\n", s.Name, s.Value, s.From)
		}
	}
	_, _ = fmt.Fprintln(out, "The settings are in order.")
	return out.Flush()
}
