package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// Health of what a Finding is about.
const (
	HealthOK   = "ok"
	HealthWarn = "warn" // works, and somebody should look at it
	HealthFail = "fail" // does not work, or will not for long
)

// Finding is what was found out about one thing.
type Finding struct {
	Name  string `json:"name"` // "data folder"
	State string `json:"state"`
	Found string `json:"found"`
	Do    string `json:"do,omitempty"` // what mends it
}

func fine(name, format string, args ...any) Finding {
	return Finding{Name: name, State: HealthOK, Found: fmt.Sprintf(format, args...)}
}

// Examine looks at what a start on this config would meet, and starts nothing; a server may run on the folder. inUse reports whether one does.
func Examine(ctx context.Context, config Config) (list []Finding, inUse bool, err error) {
	if config, err = config.withDefaults(); err != nil {
		return nil, false, fmt.Errorf("engine config: %w", err)
	}
	keys, key := examineKeys(config)
	use, inUse := examineStore(config, keys)
	list = append(list, examineFolder(config), examineOwner(config), examineDisk(config), key, use, examineClock(config))
	return append(list, examineAdapters(ctx, config)...), inUse, nil
}

// nearestFolder is the data folder, or the one that it would be made in.
func nearestFolder(dir string) (path string, there bool) {
	for path = filepath.Clean(dir); ; path = filepath.Dir(path) {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path {
			return path, path == filepath.Clean(dir)
		}
	}
}

func examineFolder(c Config) Finding {
	const name = "data folder"
	path, there := nearestFolder(c.Dir)
	info, err := os.Stat(path)
	if err != nil {
		return Finding{name, HealthFail, err.Error(), "name another folder, or let this user look at it"}
	}
	if !info.IsDir() {
		return Finding{name, HealthFail, path + " is not a folder", "name another one"}
	}
	trial, err := os.MkdirTemp(path, ".pollwright-trial")
	if err != nil {
		return Finding{name, HealthFail, fmt.Sprintf("nothing can be made in it: %v", err), "run this as the user that the server runs as; let that one write to " + path}
	}
	if err := os.Remove(trial); err != nil {
		return Finding{name, HealthFail, err.Error(), "let this user remove what it has made in " + path}
	}
	switch open := info.Mode().Perm() & 0o077; {
	case !there:
		return fine(name, "%s is not there; the first start makes it", c.Dir)
	case open != 0:
		return Finding{name, HealthWarn, fmt.Sprintf("%s has mode %04o: others can look into it", c.Dir, info.Mode().Perm()), "chmod 700 " + c.Dir}
	}
	return fine(name, "%s", c.Dir)
}

func examineDisk(c Config) Finding {
	const name = "disk"
	path, _ := nearestFolder(c.Dir)
	free, err := badgerstore.Free(path)
	reserve := max(c.DiskReserve, 0)
	switch {
	case err != nil:
		return Finding{name, HealthWarn, err.Error(), "look at how much of the disk is free by other means"}
	case free < reserve:
		return Finding{name, HealthFail, fmt.Sprintf("%s free, where %s must stay: nothing is polled", bytesText(free), bytesText(reserve)), "make room, or lower the reserve"}
	case free < 4*reserve:
		return Finding{name, HealthWarn, fmt.Sprintf("%s free; at %s polling stops", bytesText(free), bytesText(reserve)), "make room"}
	}
	return fine(name, "%s free", bytesText(free))
}

func examineKeys(c Config) (credential.KeysFound, Finding) {
	const name = "master key"
	keys, err := credential.Examine(credential.VaultConfig{
		Dir: c.Dir, Master: c.MasterKey, MasterFile: c.MasterFile, Sealed: []string{filepath.Join(c.Dir, "store")},
	})
	switch {
	case err != nil:
		return keys, Finding{name, HealthFail, err.Error(), "as it says; without the master key nothing in the data folder can be read"}
	case keys.Outdated:
		return keys, Finding{name, HealthWarn, "it is the one of before the last rotation", "give the next start the new one"}
	case keys.Inside:
		return keys, Finding{name, HealthWarn, "its file lies in the data folder: a copy of the folder has all secrets", "move it out, and name it with --master-key-file"}
	case keys.New:
		return keys, fine(name, "there are no keys yet; the first start makes them")
	}
	return keys, fine(name, "opens the data folder")
}

func examineStore(c Config, keys credential.KeysFound) (f Finding, inUse bool) {
	const name = "store"
	switch {
	case keys.New:
		return fine(name, "the first start makes it"), false
	case keys.StoreKey == nil:
		return Finding{name, HealthWarn, "not looked at, without its key", "mend the master key first"}, false
	}
	err := badgerstore.Examine(filepath.Join(c.Dir, "store"), keys.StoreKey)
	switch {
	case errors.Is(err, ErrInUse):
		return fine(name, "a server uses it"), true
	case err != nil:
		return Finding{name, HealthFail, err.Error(), "put back the folder, its key files and the master key of one time, or restore a backup"}, false
	}
	return fine(name, "its key fits, and no server uses it"), false
}

// clockSlack is how far files may be ahead of the clock: those of network file systems have another machine's.
const clockSlack = time.Minute

// examineClock: the numbers and dates of what is stored follow the clock.
func examineClock(c Config) Finding {
	const name = "clock"
	var newest time.Time
	for _, folder := range []string{c.Dir, filepath.Join(c.Dir, "store")} {
		entries, _ := os.ReadDir(folder) // none: nothing to compare with
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
	}
	now := c.Now()
	if newest.After(now.Add(clockSlack)) {
		return Finding{name, HealthFail, fmt.Sprintf("it says %s, and the data folder was written at %s", now.UTC().Format(time.DateTime), newest.UTC().Format(time.DateTime)),
			"set the clock: tokens are taken for good, and schedules wait, until it has caught up"}
	}
	return fine(name, "%s UTC", now.UTC().Format(time.DateTime))
}

// examineAdapters loads all adapters as a start would, without the data folder's compiled ones and its list of agreed hosts.
func examineAdapters(ctx context.Context, c Config) (list []Finding) {
	const name = "adapters"
	scratch, err := os.MkdirTemp("", "pollwright-doctor")
	if err != nil {
		return []Finding{{name, HealthFail, err.Error(), "let this user make temporary files"}}
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	e := &Engine{config: c}
	e.catalog, err = plugin.New(plugin.Config{Builtin: c.Builtin, Dir: c.PluginDir, CacheDir: scratch, Child: c.PrepareAdapter, Judge: func(el plugin.Element) error {
		if len(c.AdapterDigests) > 0 && !slices.Contains(c.AdapterDigests, el.Digest) {
			return fmt.Errorf("its digest %s is not on the list of those that are allowed", el.Digest)
		}
		return nil
	}})
	if err != nil {
		return []Finding{{name, HealthFail, err.Error(), "name a folder of adapters that is there; built-in ones come with the program"}}
	}
	defer func() { _ = e.catalog.Close(ctx) }()
	var loaded []string
	for _, a := range e.Adapters() {
		if a.State == AdapterRefused {
			list = append(list, Finding{"adapter " + a.File, HealthFail, a.Reason, "ask its author for one that is in order, or take it out of " + c.PluginDir})
			continue
		}
		loaded = append(loaded, a.Key+" "+a.Version)
	}
	if len(loaded) == 0 {
		return append(list, Finding{name, HealthFail, "there are none: nothing can be polled", "build the program with `make`, which puts its adapters in, or name a folder with --plugins"})
	}
	return append([]Finding{fine(name, "%s", strings.Join(loaded, ", "))}, list...)
}
