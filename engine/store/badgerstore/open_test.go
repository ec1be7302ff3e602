package badgerstore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

func TestOpenRefusesBadConfig(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]Config{
		"Dir is empty":              {},
		"Key has 16 bytes, want 32": {Dir: "x", Key: make([]byte, 16)},
		"Key has 0 bytes, want 32":  {Dir: "x", Key: []byte{}},
		"want neither below 0":      {Dir: "x", History: -1},
	} {
		if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestOpenKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	for name, key := range map[string][]byte{"encrypted": testKey, "clear": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Dir: filepath.Join(t.TempDir(), "made", "here"), Key: key, Small: true}
			for v := range store.Version(3) {
				s, err := Open(cfg)
				if err != nil {
					t.Fatal(err)
				}
				if got := version(t, s, "a"); got != v {
					t.Fatalf("version %d, want %d", got, v)
				}
				putOne(t, s, "a", v)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestFolderIsForTheOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	setup(t, Config{Dir: dir})
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v, want 0700", info.Mode(), err)
	}
}

func TestNothingIsReadableOnTheDisk(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	const secret = "kept-from-the-disk"
	commit(t, s, store.Change{
		Puts: []store.Put{{Key: store.Key{Name: "n/" + secret}, Value: []byte(secret), Index: []store.Term{{Name: "t", Value: secret}}}},
		Emit: []store.Notification{{Lane: store.Lane{Instance: secret}, ID: secret, Payload: []byte(secret)}},
	})
	look := func(when string) {
		for name, content := range files(t, cfg.Dir) {
			if strings.Contains(content, secret) {
				t.Errorf("%s: %s holds the secret", when, name)
			}
		}
	}
	look("in the log")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look("in the tables")
}

func TestOnlyOneProcess(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	putOne(t, s, "a", 0)
	_, err := Open(Config{Dir: cfg.Dir, Key: testKey, Small: true})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), cfg.Dir) {
		t.Fatalf("%v, want ErrInUse and the folder's name", err)
	}
	putOne(t, s, "a", 1) // the first goes on
	s = reopen(t, s, cfg)
	if got := version(t, s, "a"); got != 2 {
		t.Fatalf("version %d, want 2", got)
	}
}

func TestWrongKeyChangesNothing(t *testing.T) {
	t.Parallel()
	other := append([]byte{8}, testKey[1:]...)
	for name, test := range map[string]struct{ first, then []byte }{
		"another key":                {testKey, other},
		"no key":                     {testKey, nil},
		"a key for what is in clear": {nil, testKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Dir: t.TempDir(), Key: test.first, Small: true}
			s, err := Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			putOne(t, s, "a", 0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(cfg.Dir, "00009.mem"), nil, 0o600); err != nil { // even this stays
				t.Fatal(err)
			}
			before := files(t, cfg.Dir)
			_, err = Open(Config{Dir: cfg.Dir, Key: test.then, Small: true})
			if !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), cfg.Dir) {
				t.Fatalf("%v, want ErrWrongKey and the folder's name", err)
			}
			if diff := cmp.Diff(sums(before), sums(files(t, cfg.Dir))); diff != "" {
				t.Fatalf("the folder was changed:\n%s", diff)
			}
			if s, err = Open(cfg); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got := version(t, s, "a"); got != 1 {
				t.Fatalf("version %d, want 1", got)
			}
		})
	}
}

func TestLostKeyRegistryIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Key: testKey, Small: true}
	s := setup(t, cfg)
	putOne(t, s, "a", 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(cfg.Dir, "KEYREGISTRY")); err != nil {
		t.Fatal(err)
	}
	before := files(t, cfg.Dir)
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "KEYREGISTRY is missing") {
		t.Fatalf("%v, want that KEYREGISTRY is missing", err)
	}
	if diff := cmp.Diff(sums(before), sums(files(t, cfg.Dir))); diff != "" {
		t.Fatalf("the folder was changed:\n%s", diff)
	}
}

func TestLayoutOfALaterProgram(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Key: testKey, Small: true}
	s := setup(t, cfg)
	txn := s.db.NewTransaction(true)
	if err := errors.Join(txn.Set(ownKey(formatRow), numberRow(layoutVersion+1)), txn.Commit(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "layout of version 3") {
		t.Fatalf("%v, want layout of version 3", err)
	}
}

// files reads a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sums(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, content := range files {
		out[name] = fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	}
	return out
}
