package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, c VaultConfig) *Vault {
	t.Helper()
	v, err := OpenVault(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func storeKey(t *testing.T, v *Vault) []byte {
	t.Helper()
	key, err := v.StoreKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func dataDir(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }

func TestVaultOpensAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]VaultConfig{
		"master file beside the folder": {Dir: dataDir(t)},
		"master file elsewhere":         {Dir: dataDir(t), MasterFile: filepath.Join(t.TempDir(), "etc", "key")},
		"given master":                  {Dir: dataDir(t), Master: []byte(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, 32)))},
	} {
		v := open(t, c)
		sealed, err := v.Seal([]byte(canary), []byte("x"))
		if err != nil || bytes.Contains(sealed, []byte(canary)) {
			t.Fatalf("%s: %v", name, err)
		}
		key := storeKey(t, v)
		if len(key) != 32 || bytes.Equal(key, make([]byte, 32)) || !bytes.Equal(key, storeKey(t, v)) {
			t.Errorf("%s: store key %x", name, key)
		}
		again := open(t, c)
		plain, err := again.Open(sealed, []byte("x"))
		if err != nil || string(plain) != canary || !bytes.Equal(storeKey(t, again), key) {
			t.Errorf("%s: opened again: %q, %v", name, plain, err)
		}
		if _, err = again.Open(sealed, []byte("y")); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: opened under another name: %v", name, err)
		}
		sealed[len(sealed)-1] ^= 1
		if _, err = again.Open(sealed, []byte("x")); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: changed bytes open: %v", name, err)
		}
	}
}

func TestVaultFilesArePrivateAndTellNothing(t *testing.T) {
	t.Parallel()
	c := VaultConfig{Dir: dataDir(t)}
	key := storeKey(t, open(t, c))
	paths := []string{DefaultMasterFile(c.Dir), filepath.Join(c.Dir, "keyset.json"), filepath.Join(c.Dir, "store.key")}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%s: mode %v, %v", path, info.Mode(), err)
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.Contains(text, key) || bytes.Contains(text, []byte(hex.EncodeToString(key))) || bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(key))) {
			t.Errorf("%s holds the store key in clear (%v)", path, err)
		}
	}
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	for _, path := range paths {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		v, err := OpenVault(c)
		if err == nil {
			_, err = v.StoreKey()
		}
		if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("%s with mode 0640: %v, want the remedy", path, err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMasterKeyText(t *testing.T) {
	t.Parallel()
	raw := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	c := VaultConfig{Dir: dataDir(t), Master: []byte(base64.StdEncoding.EncodeToString(raw))}
	key := storeKey(t, open(t, c))
	for _, same := range []string{base64.StdEncoding.EncodeToString(raw) + "\n", " " + base64.RawStdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)} {
		if !bytes.Equal(storeKey(t, open(t, VaultConfig{Dir: c.Dir, Master: []byte(same)})), key) {
			t.Errorf("%q is not read as the same key", same)
		}
	}
	for _, bad := range []string{" ", canary, base64.StdEncoding.EncodeToString(raw[:31]), base64.StdEncoding.EncodeToString(append(raw, 1)), string(raw)} {
		_, err := OpenVault(VaultConfig{Dir: c.Dir, Master: []byte(bad)})
		if !errors.Is(err, ErrMasterKey) || strings.Contains(err.Error(), strings.TrimSpace(bad)) && strings.TrimSpace(bad) != "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	other := base64.StdEncoding.EncodeToString(make([]byte, 32))
	if _, err := OpenVault(VaultConfig{Dir: c.Dir, Master: []byte(other)}); !errors.Is(err, ErrMasterKey) || !strings.Contains(err.Error(), "keyset.json") {
		t.Errorf("another master key: %v", err)
	}
	if _, err := OpenVault(VaultConfig{Dir: c.Dir}); !errors.Is(err, ErrMasterKey) || !strings.Contains(err.Error(), "put the file back") {
		t.Errorf("no master key any more: %v", err)
	}
	if exists(DefaultMasterFile(c.Dir)) {
		t.Error("a new master key was made beside an old keyset")
	}
}

// A first start writes three files. Whatever subset of them a crash leaves in that order, with or without the temporary file of the next,
// the next start goes on; what cannot come from a crash is an error that changes nothing.
func TestVaultAfterAHalfMadeFirstStart(t *testing.T) {
	t.Parallel()
	for step, name := range []string{"", "master", "keyset.json", "store.key"} {
		c := VaultConfig{Dir: dataDir(t)}
		files := []string{DefaultMasterFile(c.Dir), filepath.Join(c.Dir, "keyset.json"), filepath.Join(c.Dir, "store.key")}
		first := storeKey(t, open(t, c))
		for i, path := range files {
			leftover := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".1.tmp")
			if err := os.WriteFile(leftover, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			if i >= step {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		v, err := OpenVault(c)
		if err != nil {
			t.Errorf("crash after %q: %v", name, err)
			continue
		}
		key := storeKey(t, v)
		if step == 3 != bytes.Equal(key, first) {
			t.Errorf("crash after %q: same store key %v", name, step != 3)
		}
		if !bytes.Equal(storeKey(t, open(t, c)), key) {
			t.Errorf("crash after %q: the key does not stay", name)
		}
		for _, path := range files {
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*.tmp")); len(left) > 0 {
				t.Errorf("crash after %q: left %v", name, left)
			}
		}
	}
}

func TestVaultNeverMakesKeysBesideSealedData(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lost string
		want       error
	}{
		{"master key", ".master.key", ErrMasterKey},
		{"keyset", "/keyset.json", ErrIncomplete},
		{"store key", "/store.key", ErrIncomplete},
	}
	for _, tt := range tests {
		dir := dataDir(t)
		c := VaultConfig{Dir: dir, Sealed: []string{filepath.Join(dir, "store")}}
		storeKey(t, open(t, c))
		if err := os.MkdirAll(filepath.Join(dir, "store"), 0o700); err != nil {
			t.Fatal(err)
		}
		storeKey(t, open(t, c)) // an empty folder holds nothing sealed
		if err := os.WriteFile(filepath.Join(dir, "store", "MANIFEST"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(dir+tt.lost, dir+".away"); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second try must not find what the first one made
			v, err := OpenVault(c)
			if err == nil {
				_, err = v.StoreKey()
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "put the file back") || !strings.Contains(err.Error(), dir+tt.lost) {
				t.Errorf("%s lost: %v", tt.name, err)
			}
		}
		if err := os.Rename(dir+".away", dir+tt.lost); err != nil {
			t.Fatal(err)
		}
		storeKey(t, open(t, c))
	}
}

func TestVaultWithDamagedFiles(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "{}", "not json", `{"encryptedKeyset":"AAAA"}`} {
		c := VaultConfig{Dir: dataDir(t)}
		storeKey(t, open(t, c))
		if err := os.WriteFile(filepath.Join(c.Dir, "keyset.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenVault(c); !errors.Is(err, ErrIncomplete) && !errors.Is(err, ErrMasterKey) {
			t.Errorf("keyset.json %q: %v", content, err)
		}
	}
	c := VaultConfig{Dir: dataDir(t)}
	v := open(t, c)
	storeKey(t, v)
	for _, content := range []string{"", "short", strings.Repeat("x", 100)} {
		if err := os.WriteFile(filepath.Join(c.Dir, "store.key"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := v.StoreKey(); !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), "store.key") {
			t.Errorf("store.key %q: %v", content, err)
		}
	}
	if _, err := OpenVault(VaultConfig{}); err == nil {
		t.Error("an empty Dir is accepted")
	}
}

func TestFirstStartOfManyAtOnce(t *testing.T) {
	t.Parallel()
	c := VaultConfig{Dir: dataDir(t)}
	keys := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			v, err := OpenVault(c)
			if err != nil {
				t.Error(err)
				return
			}
			if keys[i], err = v.StoreKey(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Errorf("two keys: %x and %x", key, keys[0])
		}
	}
}

// The files in testdata/v1 were written by the first version. Every later one reads them.
func TestPersistedFormatV1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"keyset.json", "store.key", "credential"} {
		data, err := os.ReadFile(filepath.Join("testdata", "v1", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v := open(t, VaultConfig{Dir: dir, Master: []byte("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")})
	want, err := os.ReadFile(filepath.Join("testdata", "v1", "store.key.hex"))
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(storeKey(t, v)); got != strings.TrimSpace(string(want)) {
		t.Errorf("store key %s, want %s", got, want)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, "credential"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := unseal(v, Ref{ID: "i-1", Home: "other"}, 7, sealed)
	if err != nil {
		t.Fatal(err)
	}
	if s.Generation != 3 || s.Version != 7 || s.Base != "https://api.actonsoftware.com" || s.Values["oauth.api.key"].Reveal() != "key-1" ||
		s.Tokens.Access.Reveal() != "access-1" || s.Tokens.Refresh.Reveal() != "refresh-1" ||
		s.Tokens.Obtained.UnixMilli() != 1786642219000 || s.Tokens.Expiry.UnixMilli() != 1786645819000 {
		t.Errorf("read generation %d, version %d, base %s, tokens of %v to %v", s.Generation, s.Version, s.Base, s.Tokens.Obtained, s.Tokens.Expiry)
	}
}
