package badgerstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// TestLogsOfNoLength makes what a kill can leave.
func TestLogsOfNoLength(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"00001.mem"}, {"00002.mem"}, {"00077.mem"}, {"000001.vlog"}, {"000002.vlog"}, {"00001.mem", "00002.mem", "000003.vlog"},
	} {
		t.Run(strings.Join(names, " "), func(t *testing.T) {
			t.Parallel()
			cfg := Config{Dir: t.TempDir()}
			s := setup(t, cfg)
			putOne(t, s, "a", 0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			empty(t, cfg.Dir, names)
			s = setup(t, cfg)
			if got := version(t, s, "a"); got != 1 {
				t.Fatalf("version %d, want 1", got)
			}
			putOne(t, s, "a", 1)
			s = reopen(t, s, cfg)
			if got := version(t, s, "a"); got != 2 {
				t.Fatalf("version %d, want 2", got)
			}
		})
	}
}

// TestSecondTry opens a folder that was not cleaned before. Badger alone refuses it (should a later Badger not, this package has
// something less to do); its error is recognised, and the second attempt succeeds.
func TestSecondTry(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"00077.mem", "000002.vlog"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := Config{Dir: t.TempDir(), Key: testKey, Small: true}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			s := setup(t, cfg)
			putOne(t, s, "a", 0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			empty(t, cfg.Dir, []string{name})
			o := cfg.options(nil)
			if _, err := badger.Open(o); err == nil || !strings.Contains(err.Error(), newFileError) {
				t.Fatalf("Badger alone: %v, want %q", err, newFileError)
			}
			empty(t, cfg.Dir, []string{name})
			db, err := openBadger(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if got := version(t, setup(t, cfg), "a"); got != 1 {
				t.Fatalf("version %d, want 1", got)
			}
		})
	}
}

func TestRepairRemovesNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keep := []string{"MANIFEST", "KEYREGISTRY", "000001.sst", "DISCARD", "other"}
	empty(t, dir, append(keep, "00001.mem", "000001.vlog"))
	if err := os.WriteFile(filepath.Join(dir, "00002.mem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "00003.mem"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := removeEmptyLogs(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(keep, "00002.mem", "00003.mem") {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"00001.mem", "000001.vlog"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}

// empty makes files of no length, in place of what is there.
func empty(t *testing.T, dir string, names []string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
