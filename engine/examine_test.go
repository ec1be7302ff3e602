package engine_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine"
)

// examined are the findings of a config without adapters, by name.
func examined(t *testing.T, c engine.Config) (map[string]engine.Finding, bool) {
	t.Helper()
	c.Builtin = nil // they take seconds to compile
	list, inUse, err := engine.Examine(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]engine.Finding{}
	for _, f := range list {
		found[f.Name] = f
		if (f.State == engine.HealthOK) != (f.Do == "") {
			t.Errorf("%+v: what is not ok says what to do, and nothing else does", f)
		}
	}
	return found, inUse
}

// tree lists the files of a folder with their sizes and times.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		files[path] = info.Mode().String() + " " + info.ModTime().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func ownerOf(t *testing.T, w *world) engine.Finding {
	t.Helper()
	found, _ := examined(t, w.config)
	return found["owner"]
}

// Examine finds what would keep a server from starting or working, and changes nothing.
func TestExamine(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if found, inUse := examined(t, w.config); !inUse || found["store"].Found != "a server uses it" || found["master key"].State != engine.HealthOK {
		t.Errorf("beside a server: %v %+v", inUse, found)
	}
	w.stop()
	before := tree(t, w.dir)
	key := w.dir + ".master.key"
	late := time.Now().Add(time.Hour)
	for what, c := range map[string]struct {
		change      func(*engine.Config)
		name, state string
		says        string
	}{
		"in order":             {func(*engine.Config) {}, "store", engine.HealthOK, "its key fits"},
		"no master key":        {func(c *engine.Config) { c.MasterFile = key + "x" }, "master key", engine.HealthFail, "master.keyx: no such file"},
		"another master key":   {func(c *engine.Config) { c.MasterKey = []byte(masterKey(9)) }, "master key", engine.HealthFail, "does not open"},
		"what is no key":       {func(c *engine.Config) { c.MasterKey = []byte("secret") }, "master key", engine.HealthFail, "32 bytes in base64"},
		"a clock that is late": {func(c *engine.Config) { c.Now = func() time.Time { return late.Add(-3 * time.Hour) } }, "clock", engine.HealthFail, "was written at"},
		"a full disk":          {func(c *engine.Config) { c.DiskReserve = 1 << 60 }, "disk", engine.HealthFail, "nothing is polled"},
		"a new folder":         {func(c *engine.Config) { c.Dir, c.MasterFile = t.TempDir(), "" }, "store", engine.HealthOK, "the first start makes it"},
		"below a file":         {func(c *engine.Config) { c.Dir = key + "/data" }, "data folder", engine.HealthFail, "not a"},
		"no adapters":          {func(*engine.Config) {}, "adapters", engine.HealthFail, "there are none"},
		"no adapter folder":    {func(c *engine.Config) { c.PluginDir = w.dir + "/none" }, "adapters", engine.HealthFail, "no such file"},
	} {
		config := w.config
		c.change(&config)
		found, inUse := examined(t, config)
		if f := found[c.name]; inUse || f.State != c.state || !strings.Contains(f.Found, c.says) {
			t.Errorf("%s: %+v, want %s with %q", what, f, c.state, c.says)
		}
	}
	if diff := cmp.Diff(before, tree(t, w.dir)); diff != "" {
		t.Errorf("the folder has changed: %s", diff)
	}
	if err := os.Chmod(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if found, _ := examined(t, w.config); found["data folder"].State != engine.HealthWarn || found["data folder"].Do != "chmod 700 "+w.dir {
		t.Errorf("a folder that is open: %+v", found["data folder"])
	}
	if f := ownerOf(t, w); f.State != engine.HealthOK {
		t.Errorf("a folder of this user: %+v", f)
	}
	if os.Geteuid() == 0 { // nobody else can give a file away
		list := filepath.Join(w.dir, "keyset.json")
		if err := os.Chown(list, 65534, -1); err != nil {
			t.Fatal(err)
		}
		if f := ownerOf(t, w); f.State != engine.HealthWarn || !strings.HasPrefix(f.Found, list+" belongs to nobody, and so do 0 more") || !strings.Contains(f.Do, "chown -R root "+w.dir) {
			t.Errorf("a file of another user: %+v", f)
		}
		if err := os.Chown(list, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
	inside := filepath.Join(w.dir, "key")
	if err := os.Rename(key, inside); err != nil {
		t.Fatal(err)
	}
	w.config.MasterFile = inside
	if found, _ := examined(t, w.config); found["master key"].State != engine.HealthWarn || !strings.Contains(found["master key"].Found, "lies in the data folder") {
		t.Errorf("a key in the folder: %+v", found["master key"])
	}
	if err := os.Remove(filepath.Join(w.dir, "keyset.json")); err != nil {
		t.Fatal(err)
	}
	if found, _ := examined(t, w.config); found["master key"].State != engine.HealthFail || !strings.Contains(found["master key"].Found, "put the file back from a backup") {
		t.Errorf("without the keyset: %+v", found["master key"])
	}
}
