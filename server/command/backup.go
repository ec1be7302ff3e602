package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

func newBackup() *cobra.Command {
	var a access
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write a sealed copy of all that a server holds to a file", Args: one("FILE"),
		Long: "Write a copy of all that a server holds to a new file, or with - to standard output. A running server polls and delivers on meanwhile; the copy\n" +
			"is of one moment. Only the master key that the server has then opens it (`pollwright restore`): keep the two apart.\n\n" + accessHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c, func(ctx context.Context, all accounts) error {
				if args[0] == "-" {
					return all.Backup(ctx, c.OutOrStdout())
				}
				size, err := writeBackup(ctx, all, args[0])
				if err != nil {
					return err
				}
				return a.print(c, map[string]any{"file": args[0], "bytes": size}, func(out io.Writer) {
					_, _ = fmt.Fprintf(out, "The backup is in %s, %d bytes. `pollwright restore --check %s` reads it to its end.\n", args[0], size, args[0])
				})
			})
		},
	}
	a.define(c)
	return c
}

// writeBackup writes a new file. It has its name when it is whole and on the disk, and not before.
func writeBackup(ctx context.Context, from accounts, path string) (size int64, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return 0, errors.Join(err, fmt.Errorf("%s is there already: name a new file", path))
	}
	part, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("%s.part is there: another backup is written there, or was cut short: remove it if none is", path)
	}
	if err != nil {
		return 0, err
	}
	err = from.Backup(ctx, part)
	if err == nil {
		err = part.Sync()
	}
	if info, statErr := part.Stat(); statErr == nil {
		size = info.Size()
	}
	err = errors.Join(err, part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(part.Name()))
	}
	return size, nil
}
