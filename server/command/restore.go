package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
)

// restoring is where a backup goes, and what opens it. Its output is as that of other commands.
type restoring struct {
	access
	check bool
}

func newRestore() *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use: "restore FILE", Short: "Make a data folder of a backup", Args: one("FILE"),
		Long: "Make a data folder, which must be empty or not there, of a backup (- = standard input). The backup opens with the master key that the server had\n" +
			"when it was made; it comes from the flags and variables of `pollwright serve`. A backup that was changed or cut short is refused, and nothing\n" +
			"is left of it. With --check it is read to its end, and nothing is stored.\n\n" +
			"Stop the server that the backup is of before one is started on the new folder: both would poll and deliver. docs/operations.md says what\n" +
			"a restored server sends again.",
		RunE: func(c *cobra.Command, args []string) error { return r.run(c, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&r.data, "data", "", "the data folder to make")
	f.StringVar(&r.masterKeyFile, "master-key-file", "", "file with the master key (default: the data folder's name + .master.key)")
	f.StringVar(&r.keyCommand, "master-key-command", "", "command that prints the master key")
	f.BoolVar(&r.check, "check", false, "only read the backup to its end; no folder is made")
	f.BoolVar(&r.json, "json", false, "print JSON")
	return c
}

func (r *restoring) run(c *cobra.Command, path string) error {
	config, err := r.config(c)
	if err != nil {
		return err
	}
	from := c.InOrStdin()
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	do := engine.Restore
	if r.check {
		do = engine.CheckBackup
	}
	made, err := do(c.Context(), config, from)
	if errors.Is(err, context.Canceled) {
		return errors.New("stopped; nothing of the backup is left")
	}
	if err != nil {
		return err
	}
	return r.print(c, made, func(out io.Writer) {
		if r.check {
			_, _ = fmt.Fprintf(out, "The backup of %s is whole: %d rows.\n", made.Made.Format("2006-01-02 15:04:05 MST"), made.Rows)
			return
		}
		_, _ = fmt.Fprintf(out, "%s is as the server was on %s, %d rows. Start the server on it with the same master key.\n",
			r.data, made.Made.Format("2006-01-02 at 15:04:05 MST"), made.Rows)
	})
}

func (r *restoring) config(c *cobra.Command) (engine.Config, error) {
	data := cmp.Or(r.data, os.Getenv(prefix+"DATA"))
	if r.data = data; data == "" && !r.check {
		return engine.Config{}, usageError{errors.New("name the data folder to make with --data")}
	}
	command, file := cmp.Or(r.keyCommand, os.Getenv(prefix+"MASTER_KEY_COMMAND")), cmp.Or(r.masterKeyFile, os.Getenv(prefix+"MASTER_KEY_FILE"))
	master, err := givenMaster(c.Context(), os.Getenv(envMasterKey), command, file)
	if err != nil {
		return engine.Config{}, err
	}
	if master == "" && file == "" && data == "" {
		return engine.Config{}, usageError{errors.New("--check needs the master key: name its file with --master-key-file, or the data folder beside it with --data")}
	}
	return engine.Config{Dir: data, MasterFile: file, MasterKey: []byte(master), SmallMemory: true, Logger: newLogger(c.ErrOrStderr(), "warn", "text")}, nil
}
