package badgerstore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// life is one process that has a folder of Badger's: what it writes lies in a file of the value log of its own. Files are small, so that a life can
// have several.
type life struct {
	*badger.DB
	t   *testing.T
	dir string
}

func live(t *testing.T, cfg Config) life {
	t.Helper()
	cfg.Small = true
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	db, err := openBadger(cfg.options(logger{slog.New(slog.DiscardHandler), func(error) {}}).WithValueLogFileSize(1 << 20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return life{db, t, cfg.Dir}
}

// put writes rows of 10 KB that do not compress, each in a commit of its own. Those with an expiry expire then.
func (l life) put(expires time.Time, keys ...string) {
	l.t.Helper()
	value := make([]byte, 10<<10)
	for _, k := range keys {
		_, _ = rand.NewChaCha8(sha256.Sum256([]byte(k))).Read(value)
		e := badger.NewEntry([]byte(k), bytes.Clone(value))
		if !expires.IsZero() {
			e.ExpiresAt = uint64(expires.Unix())
		}
		if err := l.Update(func(txn *badger.Txn) error { return txn.SetEntry(e) }); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l life) remove(keys ...string) {
	l.t.Helper()
	for _, k := range keys {
		if err := l.Update(func(txn *badger.Txn) error { return txn.Delete([]byte(k)) }); err != nil {
			l.t.Fatal(err)
		}
	}
}

// end closes the folder, so that all is in tables.
func (l life) end() {
	l.t.Helper()
	if err := l.Close(); err != nil {
		l.t.Fatal(err)
	}
}

// left is a copy of the folder as a kill leaves it.
func (l life) left() string {
	l.t.Helper()
	dir := filepath.Join(l.t.TempDir(), "left")
	copyFolder(l.t, l.dir, dir)
	return dir
}

// named are keys of a kind.
func named(kind string, n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("%s/%04d", kind, i))
	}
	return keys
}

// opens runs what a start does before Badger opens a folder, and wants it to refuse the folder for a file, or for none, and to leave it as it is.
func opens(t *testing.T, cfg Config, want ...string) {
	t.Helper()
	before := digests(t, cfg.Dir)
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	err = verify(cfg.Dir, cfg.options(logger{cfg.Logger, func(error) {}}), witness{}, cfg.Logger)
	if len(want) == 0 && err != nil {
		t.Errorf("%v", err)
	}
	for _, text := range want {
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want it damaged and %q", err, text)
		}
	}
	if !maps.Equal(digests(t, cfg.Dir), before) {
		t.Error("the folder was changed")
	}
}

func digests(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	for _, f := range filesOfImage(t, dir) {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = sha256.Sum256(content)
	}
	return all
}

// eachKey runs a test with a folder that is encrypted, and with one in clear.
func eachKey(t *testing.T, run func(t *testing.T, cfg Config)) {
	t.Parallel()
	for name, key := range map[string][]byte{"encrypted": testKey, "clear": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, Config{Dir: t.TempDir(), Key: key})
		})
	}
}

// change writes some bytes over those of a file.
func change(t *testing.T, file string, at int64, with ...byte) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteAt(with, at); err != nil {
		t.Fatal(err)
	}
}

// valueEnds are where the entries of a file of the value log end.
func valueEnds(t *testing.T, file string) (ends []int64) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for at := logHeader; ; {
		n, _ := entryAt(content, at)
		if n == 0 {
			return ends
		}
		at += n
		ends = append(ends, int64(at))
	}
}

// Files of the value log that were finished by a table's life, by a kill, or are being written: each is damaged in each way, and refused by its name.
func TestDamagedValueLog(t *testing.T) {
	eachKey(t, func(t *testing.T, cfg Config) {
		first := live(t, cfg)
		first.put(time.Time{}, named("a", 150)...) // a file and a half
		first.end()
		second := live(t, cfg)
		second.put(time.Time{}, named("b", 20)...)
		cfg.Dir = second.left()
		opens(t, cfg)
		image := second.left()
		for _, name := range []string{"000001.vlog", "000002.vlog", "000003.vlog"} {
			ends := valueEnds(t, filepath.Join(image, name))
			if len(ends) < 20 {
				t.Fatalf("%s has %d rows, want more", name, len(ends))
			}
			last, half := ends[len(ends)-1], ends[len(ends)/2]
			cut := func(at int64) func(*testing.T, string) {
				return func(t *testing.T, file string) {
					if err := os.Truncate(file, at); err != nil {
						t.Fatal(err)
					}
				}
			}
			over := func(at int64, with ...byte) func(*testing.T, string) {
				return func(t *testing.T, file string) { change(t, file, at, with...) }
			}
			for how, do := range map[string]func(t *testing.T, file string){
				"the last byte":        cut(last - 1),
				"the last row":         cut(ends[len(ends)-2]),
				"half the rows":        cut(half),
				"all rows":             cut(logHeader),
				"cut in the header":    cut(5),
				"emptied":              cut(0),
				"removed":              func(t *testing.T, file string) { must(t, os.Remove(file)) },
				"zeros":                over(half, make([]byte, last-half)...),
				"all zeros":            over(0, make([]byte, last)...),
				"a byte of a row":      over(half-100, '!', '?'),
				"a byte of the last":   over(last-100, '!', '?'),
				"the last checksum":    over(last-4, '!', '?', '!', '?'),
				"a length":             over(half+3, 0xff, 0xff, 0xff, 0xff, 0x7),
				"another key id":       over(7, 9),
				"a file of another":    func(t *testing.T, file string) { another(t, file) },
				"an entry taken out":   func(t *testing.T, file string) { takeOut(t, file, ends[3], ends[4]) },
				"the first row of two": func(t *testing.T, file string) { takeOut(t, file, logHeader, ends[0]) },
			} {
				t.Run(name+" "+how, func(t *testing.T) {
					t.Parallel()
					copied := cfg
					copied.Dir = filepath.Join(t.TempDir(), "copy")
					copyFolder(t, image, copied.Dir)
					do(t, filepath.Join(copied.Dir, name))
					opens(t, copied, name+":")
				})
			}
			if cfg.Key == nil {
				continue
			}
			for how, do := range map[string]func(t *testing.T, file string){
				"the initialization vector": over(12, '!', '?'),
				"taken for clear text":      over(7, 0),
			} {
				t.Run(name+" "+how, func(t *testing.T) {
					t.Parallel()
					copied := cfg
					copied.Dir = filepath.Join(t.TempDir(), "copy")
					copyFolder(t, image, copied.Dir)
					do(t, filepath.Join(copied.Dir, name))
					opens(t, copied, name+":", "is not the one")
				})
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// another puts the content of another file of the value log in place of a file's.
func another(t *testing.T, file string) {
	t.Helper()
	from := "000001.vlog"
	if filepath.Base(file) == from {
		from = "000002.vlog"
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(file), from))
	must(t, err)
	must(t, os.WriteFile(file, content, 0o600))
}

// takeOut removes some bytes of a file.
func takeOut(t *testing.T, file string, from, to int64) {
	t.Helper()
	content, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, append(content[:from:from], content[to:]...), 0o600))
}

// What no row lies in any more, or never did, may be anything: a kill leaves it behind the last commit.
func TestTornEndOfAValueLog(t *testing.T) {
	eachKey(t, func(t *testing.T, cfg Config) {
		l := live(t, cfg)
		l.put(time.Time{}, named("a", 20)...)
		image := l.left()
		file := filepath.Join(image, "000001.vlog")
		ends := valueEnds(t, file)
		cfg.Dir = image
		for _, torn := range [][]byte{{2, 0, 50, 200, 100}, bytes.Repeat([]byte{'!'}, 5000), make([]byte, 50000)} {
			change(t, file, ends[len(ends)-1], torn...)
			opens(t, cfg)
		}
		must(t, os.WriteFile(filepath.Join(image, "000002.vlog"), nil, 0o600)) // a kill while it is made
		opens(t, cfg)
		must(t, os.WriteFile(filepath.Join(image, "000002.vlog"), make([]byte, 2<<20), 0o600)) // a loss of power then
		opens(t, cfg)
		must(t, os.Remove(filepath.Join(image, "000002.vlog")))
		again := live(t, cfg)
		again.put(time.Time{}, named("b", 20)...)
		cfg.Dir = again.left()
		opens(t, cfg)
	})
}
