package beside

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/pollwright/pollwright/engine/plugin"
)

// Compile compiles the adapters of a folder into another, dir, as a server does at its first start: seconds of processor that many tests can share
// with ShareCode.
func Compile(adapters fs.FS, dir string) error {
	catalog, err := plugin.New(plugin.Config{Builtin: adapters, CacheDir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return catalog.Close(context.Background())
}

// ShareCode has a data folder use what Compile made, unless it has machine code of its own. The folder is made if it is not there.
func ShareCode(dir, data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	if err := os.Symlink(dir, filepath.Join(data, "compiled")); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
