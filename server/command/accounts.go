package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
)

// pageOfAccounts is how many organizations or users are asked for at a time.
const pageOfAccounts = 200

// group is a command that has others below it.
func group(a *access, name, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: short, Long: short + ".\n\n" + accessHelp,
		Args: noSubcommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	a.define(c)
	c.AddCommand(below...)
	return c
}

func newOrganization() *cobra.Command {
	var a access
	return group(&a, "organization", "Add, list, rotate and remove organizations", addOrganization(&a), listOrganizations(&a),
		rotateSecret(&a, "organization", accounts.RotateOrganizationSecret), removeAccount(&a, "organization", accounts.RemoveOrganization))
}

func newUser() *cobra.Command {
	var a access
	return group(&a, "user", "Add, list, rotate and remove users", addUser(&a), listUsers(&a),
		rotateSecret(&a, "user", accounts.RotateUserSecret), removeAccount(&a, "user", accounts.RemoveUser))
}

func addOrganization(a *access) *cobra.Command {
	return &cobra.Command{
		Use: "add NAME", Short: "Make an organization, and print its secret, this once", Args: one("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				made, err := all.CreateOrganization(ctx, args[0])
				if err != nil {
					return err
				}
				return a.print(c, made, func(out io.Writer) {
					_, _ = fmt.Fprintf(out, "organization  %d  %s\nsecret        %s\n\nKeep the secret; it is not shown again.\n", made.ID, made.Name, made.Secret)
				})
			})
		},
	}
}

func addUser(a *access) *cobra.Command {
	var role string
	var organization int64
	c := &cobra.Command{
		Use: "add NAME", Short: "Make a user, and print its secret, this once", Args: one("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				made, err := all.CreateUser(ctx, engine.UserDraft{Name: args[0], Role: engine.Role(role), Organization: organization})
				if err != nil {
					return err
				}
				return a.print(c, made, func(out io.Writer) {
					_, _ = fmt.Fprintf(out, "user    %d  %s\nrole    %s\nof      organization %d\nsecret  %s\n\nKeep the secret; it is not shown again.\n",
						made.ID, made.Name, made.Role, made.Organization, made.Secret)
				})
			})
		},
	}
	c.Flags().StringVar(&role, "role", "user", "user, admin (of its organization) or server (of all)")
	c.Flags().Int64Var(&organization, "organization", 0, "id of its organization (default: one's own, with --data the first)")
	return c
}

func listOrganizations(a *access) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List organizations", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				list, err := allOf(func(cursor string) ([]engine.Organization, string, error) {
					return all.Organizations(ctx, cursor, pageOfAccounts)
				})
				if err != nil {
					return err
				}
				return a.print(c, list, func(out io.Writer) {
					_, _ = fmt.Fprintln(out, "ID\tNAME\tCREATED")
					for _, o := range list {
						_, _ = fmt.Fprintf(out, "%d\t%s\t%s\n", o.ID, o.Name, day(o.Created))
					}
				})
			})
		},
	}
}

func listUsers(a *access) *cobra.Command {
	var organization int64
	c := &cobra.Command{
		Use: "list", Short: "List users", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				list, err := allOf(func(cursor string) ([]engine.User, string, error) {
					return all.Users(ctx, organization, cursor, pageOfAccounts)
				})
				if err != nil {
					return err
				}
				return a.print(c, list, func(out io.Writer) {
					_, _ = fmt.Fprintln(out, "ID\tNAME\tROLE\tORGANIZATION\tCREATED")
					for _, u := range list {
						_, _ = fmt.Fprintf(out, "%d\t%s\t%s\t%d\t%s\n", u.ID, u.Name, u.Role, u.Organization, day(u.Created))
					}
				})
			})
		},
	}
	c.Flags().Int64Var(&organization, "organization", 0, "id of the organization (default: all)")
	return c
}

func rotateSecret(a *access, what string, rotate func(accounts, context.Context, int64, string) (engine.RotatedSecret, error)) *cobra.Command {
	var overlap time.Duration
	c := &cobra.Command{
		Use: "rotate ID", Short: "Make a new secret, and print it, this once", Args: oneID,
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				made, err := rotate(all, ctx, idArgument(args[0]), overlap.String())
				if err != nil {
					return err
				}
				return a.print(c, made, func(out io.Writer) {
					_, _ = fmt.Fprintf(out, "secret  %s\n\nKeep the secret; it is not shown again. ", made.Secret)
					if made.Until.IsZero() {
						_, _ = fmt.Fprintln(out, "The one before is dead.")
					} else {
						_, _ = fmt.Fprintf(out, "The one before is good until %s.\n", made.Until.Format(time.RFC3339))
					}
				})
			})
		},
	}
	c.Flags().DurationVar(&overlap, "overlap", 0, "how long the secret before is good, too, like 1h; at most 720h")
	c.Long = "Make a new secret of " + article(what) + ", and print it, this once. The one before is dead at once, unless --overlap is given."
	return c
}

func removeAccount(a *access, what string, remove func(accounts, context.Context, int64) error) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "Remove " + article(what), Args: oneID,
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				if err := remove(all, ctx, idArgument(args[0])); err != nil {
					return err
				}
				return a.print(c, map[string]any{}, func(out io.Writer) { _, _ = fmt.Fprintf(out, "%s %s is removed.\n", what, args[0]) })
			})
		},
	}
}

// allOf reads all pages of a list.
func allOf[T any](page func(cursor string) ([]T, string, error)) ([]T, error) {
	all := []T{}
	for cursor := ""; ; {
		list, next, err := page(cursor)
		all = append(all, list...)
		if err != nil || next == "" {
			return all, err
		}
		cursor = next
	}
}

// print prints JSON if it is wanted, else text, in columns where it has tabs.
func (a *access) print(c *cobra.Command, value any, text func(io.Writer)) error {
	if a.json {
		encoder := json.NewEncoder(c.OutOrStdout())
		encoder.SetEscapeHTML(false)
		return encoder.Encode(value)
	}
	out := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	text(out)
	return out.Flush()
}

func one(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes one argument, the %s", c.CommandPath(), name)}
		}
		return nil
	}
}

func oneID(c *cobra.Command, args []string) error {
	if err := one("ID")(c, args); err != nil {
		return err
	}
	if idArgument(args[0]) < 1 {
		return usageError{fmt.Errorf("%s: the ID should be a number, as `list` shows it, is %q", c.CommandPath(), args[0])}
	}
	return nil
}

// idArgument is 0 for what is no id.
func idArgument(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func article(what string) string {
	if what == "organization" {
		return "an " + what
	}
	return "a " + what
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}
