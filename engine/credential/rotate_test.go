package credential

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var errKilled = errors.New("killed")

func givenKey(fill byte) []byte {
	return []byte(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, masterSize)))
}

// opens fails the test unless the folder opens, and gives back what was sealed and the store's key.
func opens(t *testing.T, what string, c VaultConfig, sealed, key []byte) *Vault {
	t.Helper()
	c.stop = nil
	v, err := OpenVault(c)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	plain, err := v.Open(sealed, []byte("x"))
	if err != nil || string(plain) != canary {
		t.Fatalf("%s: opened %q, %v", what, plain, err)
	}
	if got, err := v.StoreKey(); err != nil || !bytes.Equal(got, key) {
		t.Fatalf("%s: the store's key: %v", what, err)
	}
	return v
}

// givesNothing fails unless a copy of the folder opens with none of the keys, and holds none of the texts.
func givesNothing(t *testing.T, what, dir string, keys [][]byte, texts ...[]byte) {
	t.Helper()
	stolen := filepath.Join(t.TempDir(), "stolen")
	if err := os.CopyFS(stolen, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	chmod(t, stolen)
	if _, err := OpenVault(VaultConfig{Dir: stolen}); !errors.Is(err, ErrMasterKey) {
		t.Errorf("%s: a copy without a key: %v, want ErrMasterKey", what, err)
	}
	for _, key := range keys {
		if _, err := OpenVault(VaultConfig{Dir: stolen, Master: key}); !errors.Is(err, ErrMasterKey) {
			t.Errorf("%s: a copy with another key: %v, want ErrMasterKey", what, err)
		}
	}
	err := filepath.WalkDir(stolen, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, text := range texts {
			raw, _ := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
			if bytes.Contains(content, bytes.TrimSpace(text)) || len(raw) > 0 && bytes.Contains(content, raw) {
				t.Errorf("%s: %s holds a secret", what, d.Name())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// chmod gives copied files the mode that they had.
func chmod(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Chmod(f, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A rotation that ends before any of its steps leaves a folder that opens, and that gives nothing to who has only the folder.
func TestRotationKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for given, steps := range map[bool][]string{
		false: {"next master key", "keyset", "master key", "none"},
		true:  {"older keyset", "keyset", "none"},
	} {
		for _, step := range steps {
			c := VaultConfig{Dir: dataDir(t)}
			if given {
				c.Master = givenKey(1)
			}
			c.stop = func(at string) error {
				if at == step {
					return errKilled
				}
				return nil
			}
			v := open(t, c)
			sealed, err := v.Seal([]byte(canary), []byte("x"))
			if err != nil {
				t.Fatal(err)
			}
			key := storeKey(t, v)
			old := givenKey(1)
			if !given {
				if old, err = os.ReadFile(DefaultMasterFile(c.Dir)); err != nil {
					t.Fatal(err)
				}
			}
			if err := v.Rotate(Rotation{Master: givenKey(2), DataKey: true}); (step == "none") != (err == nil) || err != nil && !errors.Is(err, errKilled) {
				t.Fatalf("killed before %q: %v", step, err)
			}
			later, err := v.Seal([]byte(canary), []byte("x")) // a process that was not killed goes on
			if err != nil {
				t.Fatal(err)
			}
			what := "killed before the step " + step
			givesNothing(t, what, c.Dir, [][]byte{givenKey(3)}, []byte(canary), givenKey(2), old, key)
			again := opens(t, what, c, sealed, key)
			opens(t, what, c, later, key)
			if given {
				afterGiven(t, what, c, step, sealed, key)
				continue
			}
			if err := again.Settle(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			changed := step == "master key" || step == "none"
			now, _ := os.ReadFile(DefaultMasterFile(c.Dir))
			if bytes.Equal(now, append(givenKey(2), '\n')) != changed || bytes.Equal(now, old) == changed {
				t.Errorf("%s: the master key's file is %q", what, now)
			}
			if exists(c.nextMasterFile()) || exists(DefaultMasterFile(c.Dir)+".next") {
				t.Errorf("%s: the next key is still there", what)
			}
			opens(t, what+", settled", c, sealed, key)
			if _, err := OpenVault(VaultConfig{Dir: c.Dir, Master: old}); changed != errors.Is(err, ErrMasterKey) {
				t.Errorf("%s: the old key: %v", what, err)
			}
		}
	}
}

// afterGiven: both keys open a rotated folder, until the new one has.
func afterGiven(t *testing.T, what string, c VaultConfig, step string, sealed, key []byte) {
	t.Helper()
	fresh := VaultConfig{Dir: c.Dir, Master: givenKey(2)}
	if step != "none" {
		if err := opens(t, what, c, sealed, key).Settle(); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenVault(fresh); !errors.Is(err, ErrMasterKey) || exists(c.olderKeysetFile()) {
			t.Errorf("%s: the new key opens it: %v", what, err)
		}
		return
	}
	v := opens(t, "the old key after the rotation", c, sealed, key)
	if err := v.Settle(); err != nil || !v.State().Outdated {
		t.Errorf("the old key: %+v, %v", v.State(), err)
	}
	v = opens(t, "the new key", fresh, sealed, key)
	if err := v.Settle(); err != nil || v.State().Outdated {
		t.Errorf("the new key: %+v, %v", v.State(), err)
	}
	c.stop = nil
	if _, err := OpenVault(c); !errors.Is(err, ErrMasterKey) {
		t.Errorf("the old key after a start with the new one: %v", err)
	}
}

func TestRotationsThatAreRefused(t *testing.T) {
	t.Parallel()
	given := open(t, VaultConfig{Dir: dataDir(t), Master: givenKey(1)})
	file := open(t, VaultConfig{Dir: dataDir(t)})
	for what, c := range map[string]struct {
		vault *Vault
		key   []byte
		want  error
	}{
		"no key for a vault that was given one": {given, nil, ErrMasterNeeded},
		"the same key":                          {given, givenKey(1), ErrSameMaster},
		"half a key":                            {file, givenKey(1)[:20], ErrBadMaster},
	} {
		if err := c.vault.Rotate(Rotation{Master: c.key}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if err := given.Rotate(Rotation{Master: givenKey(2)}); err != nil {
		t.Fatal(err)
	}
	if err := given.Rotate(Rotation{Master: givenKey(3)}); !errors.Is(err, ErrUnproven) {
		t.Errorf("a second one before a start with the new key: %v, want ErrUnproven", err)
	}
}

// A vault is used while its keys are rotated, again and again.
func TestRotationWhileInUse(t *testing.T) {
	t.Parallel()
	c := VaultConfig{Dir: dataDir(t)}
	v := open(t, c)
	key := storeKey(t, v)
	var group sync.WaitGroup
	done := make(chan struct{})
	first, err := v.Seal([]byte(canary), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		group.Go(func() {
			for {
				sealed, err := v.Seal([]byte(canary), []byte("x"))
				if err == nil {
					_, err = v.Open(sealed, []byte("x"))
				}
				if err == nil {
					_, err = v.Open(first, []byte("x"))
				}
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 5 {
		if err := v.Rotate(Rotation{DataKey: true}); err != nil {
			t.Error(err)
		}
	}
	close(done)
	group.Wait()
	if s := v.State(); len(s.DataKeys) != 6 || s.Primary != s.DataKeys[5] || s.Given || s.Outdated {
		t.Errorf("keys %+v", s)
	}
	opens(t, "after five rotations", c, first, key)
}

// While a process has the key in memory, a rotation puts back a file that was lost.
func TestRotationWithoutTheOldFile(t *testing.T) {
	t.Parallel()
	c := VaultConfig{Dir: dataDir(t)}
	v := open(t, c)
	sealed, err := v.Seal([]byte(canary), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	key := storeKey(t, v)
	if err := os.Remove(DefaultMasterFile(c.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := v.Rotate(Rotation{}); err != nil {
		t.Fatal(err)
	}
	opens(t, "after the rotation", c, sealed, key)
}

// A master key's file that is a link stays one: what it points at is replaced.
func TestRotationBehindALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := VaultConfig{Dir: filepath.Join(dir, "data"), MasterFile: filepath.Join(dir, "link")}
	real := filepath.Join(dir, "keys", "real")
	if err := errors.Join(os.Mkdir(filepath.Dir(real), 0o700), os.WriteFile(real, givenKey(1), 0o600), os.Symlink(real, c.MasterFile)); err != nil {
		t.Fatal(err)
	}
	v := open(t, c)
	sealed, err := v.Seal([]byte(canary), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	key := storeKey(t, v)
	if err := v.Rotate(Rotation{}); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(c.MasterFile); err != nil || target != real {
		t.Errorf("the link is %q, %v", target, err)
	}
	opens(t, "after the rotation", c, sealed, key)
}
