package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
)

func newKey() *cobra.Command {
	var a access
	return group(&a, "key", "Show and rotate the keys that seal the data folder", showKeys(&a), rotateKeys(&a))
}

func showKeys(a *access) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show where the master key comes from, and the ids of the data keys", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				keys, err := all.Keys(ctx)
				if err != nil {
					return err
				}
				return a.print(c, keys, func(out io.Writer) { printKeys(out, keys) })
			})
		},
	}
}

// newMaster says where a new master key comes from.
type newMaster struct{ file, command string }

func rotateKeys(a *access) *cobra.Command {
	var from newMaster
	var dataKey bool
	c := &cobra.Command{
		Use: "rotate", Short: "Put another master key in the place of the present one", Args: noArguments,
		Long: "Put another master key in the place of the present one, while the server goes on. One that lies in a file is replaced there, by a\n" +
			"random one unless one is named. One that the server is given at its start has to be named, and is needed at the next start.\n\n" +
			"A new master key, 32 bytes in base64, comes from a file, from a command, or from " + envNewMasterKey + ".\n\n" + accessHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			master, err := from.read(c.Context())
			if err != nil {
				return err
			}
			return a.with(c, func(ctx context.Context, all accounts) error {
				keys, err := all.RotateKeys(ctx, engine.KeyRotation{MasterKey: master, DataKey: dataKey})
				if err != nil {
					return err
				}
				return a.print(c, keys, func(out io.Writer) {
					_, _ = fmt.Fprintln(out, "The master key is rotated.")
					printKeys(out, keys)
				})
			})
		},
	}
	c.Flags().StringVar(&from.file, "new-key-file", "", "file with the new master key")
	c.Flags().StringVar(&from.command, "new-key-command", "", "command that prints the new master key")
	c.Flags().BoolVar(&dataKey, "data-key", false, "seal with a new data key, too, from now on; the older ones stay for what they have sealed")
	return c
}

// read is the named master key; empty if none is named.
func (n newMaster) read(ctx context.Context) (engine.Secret, error) {
	environment := os.Getenv(envNewMasterKey)
	named := 0
	for _, source := range []string{n.file, n.command, environment} {
		if source != "" {
			named++
		}
	}
	switch {
	case named > 1:
		return "", usageError{errors.New("--new-key-file, --new-key-command and " + envNewMasterKey + " each name the new master key: give one of them")}
	case n.command != "":
		key, err := printedKey(ctx, "--new-key-command", n.command)
		return engine.Secret(key), err
	case n.file != "":
		text, err := os.ReadFile(n.file)
		if err != nil {
			return "", fmt.Errorf("--new-key-file: %w", err)
		}
		if strings.TrimSpace(string(text)) == "" {
			return "", fmt.Errorf("--new-key-file: %s is empty", n.file)
		}
		return engine.Secret(strings.TrimSpace(string(text))), nil
	}
	return engine.Secret(environment), nil
}

func printKeys(out io.Writer, keys engine.Keys) {
	where := "in the server's file"
	if keys.MasterKey == "given" {
		where = "given to the server at its start"
	}
	_, _ = fmt.Fprintf(out, "master key  %s\n", where)
	for _, k := range keys.DataKeys {
		note := ""
		if k.Primary {
			note = "  seals"
		}
		_, _ = fmt.Fprintf(out, "data key    %d%s\n", k.ID, note)
	}
	if keys.Unproven {
		_, _ = fmt.Fprintln(out, "\nGive the server the new master key at its next start. Until then the one before opens the data folder, too.")
	}
	if keys.Outdated {
		_, _ = fmt.Fprintln(out, "\nThis is the master key of before the last rotation: give the server the new one at its next start.")
	}
}
