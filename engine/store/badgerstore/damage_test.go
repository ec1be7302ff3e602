package badgerstore

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/pollwright/pollwright/engine/store"
)

// places is how many damages of each sort TestDamage makes to each kind of file.
var places = flag.Int("damage.places", 3, "how many places of each kind of file TestDamage damages in each way")

// TestDamage flips a byte of a folder that a killed process left, cuts off the end of a file, or empties one, and wants either a refusal or all that
// was committed: never less, in silence.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	image, want := filepath.Join(dir, "image"), makeImage(t, filepath.Join(dir, "store"))
	copyFolder(t, filepath.Join(dir, "store"), image)
	rng := rand.New(rand.NewPCG(20260609, 9))
	kinds := map[string][]string{}
	for _, f := range filesOfImage(t, image) {
		kind := cmp.Or(filepath.Ext(f.Name()), f.Name())
		kinds[kind] = append(kinds[kind], f.Name())
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, how := range []string{"a flipped byte", "a cut", "nothing left"} {
			for range *places {
				file := kinds[kind][rng.IntN(len(kinds[kind]))]
				place := rng.Int64N(contentLength(t, filepath.Join(image, file)))
				t.Run(fmt.Sprintf("%s at %d of %s", how, place, file), func(t *testing.T) {
					t.Parallel()
					copied := filepath.Join(t.TempDir(), "copy")
					copyFolder(t, image, copied)
					damage(t, filepath.Join(copied, file), how, place)
					refusedOrWhole(t, copied, want)
				})
			}
		}
	}
}

// What a killed process left is no damage, encrypted or not.
func TestWhatAKillLeavesIsNotRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := makeImage(t, filepath.Join(dir, "store"))
	copyFolder(t, filepath.Join(dir, "store"), filepath.Join(dir, "copy"))
	if refusedOrWhole(t, filepath.Join(dir, "copy"), want) {
		t.Error("it is refused")
	}
	clear := Config{Dir: filepath.Join(dir, "clear"), Small: true}
	for v := range store.Version(3) {
		s, err := Open(clear)
		if err != nil {
			t.Fatal(err)
		}
		putOne(t, s, "a", v)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkVerifyTable is what a start costs for each byte of the tables.
func BenchmarkVerifyTable(b *testing.B) {
	cfg, noise := Config{Dir: b.TempDir()}, make([]byte, 2<<20)
	s := setup(b, cfg)
	_, _ = rand.NewChaCha8([32]byte{5}).Read(noise)
	for i := range 16 {
		commit(b, s, store.Change{Puts: []store.Put{{Key: store.Key{Name: fmt.Sprint(i)}, Value: noise[i<<18 : (i+1)<<18]}}})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	tables, err := filesOf(cfg.Dir, ".sst")
	if err != nil || len(tables) == 0 {
		b.Fatal(len(tables), err)
	}
	content, err := os.ReadFile(filepath.Join(cfg.Dir, tables[0].Name()))
	if err != nil {
		b.Fatal(err)
	}
	registry, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{Dir: cfg.Dir, ReadOnly: true, EncryptionKey: testKey})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = registry.Close() }()
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, whole := versionOf(content, registry); !whole {
			b.Fatal("not whole")
		}
	}
}

// wanted is what was committed: the values of records, and the payloads of the notifications that wait, under the same names.
type wanted map[string][]byte

// makeImage fills a folder so that it has tables, a log of what was not flushed, and several files of the value log, the first of which were removed after
// what was alive in them had been moved, and leaves it open.
func makeImage(t *testing.T, dir string) wanted {
	t.Helper()
	want := wanted{}
	cfg := Config{Dir: dir}
	s := setup(t, cfg)
	noise := rand.NewChaCha8([32]byte{4})
	for n := range 400 {
		value, name := make([]byte, 2000), fmt.Sprintf("r/%03d", n)
		_, _ = noise.Read(value)
		emit := store.Notification{Lane: store.Lane{Instance: "i"}, ID: name, Payload: value}
		commit(t, s, store.Change{Puts: []store.Put{{Key: store.Key{Name: name}, Value: value}}, Emit: []store.Notification{emit}})
		if n%150 == 3 {
			emit.ID += "+" // large
			emit.Payload = make([]byte, large+100)
			_, _ = noise.Read(emit.Payload)
			commit(t, s, store.Change{Emit: []store.Notification{emit}})
			want[emit.ID] = emit.Payload
		}
		want[name] = value
		if n == 50 {
			emit.ID, emit.Payload = "gone", make([]byte, 2<<20)
			_, _ = noise.Read(emit.Payload)
			gone := commit(t, s, store.Change{Emit: []store.Notification{emit}}).Seqs[0]
			s = reopen(t, s, cfg)
			commit(t, s, store.Change{Drop: []store.Drop{{Lane: emit.Lane, Seq: gone, Erase: true}}})
			if err := s.reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n == 150 || n == 300 {
			s = reopen(t, s, cfg)
		}
	}
	if files := logs(dir, valueExt); slices.Min(files) == 1 || len(files) < 3 {
		t.Fatalf("the value log has files %v, want more, and not the first", files)
	}
	return want
}

// refusedOrWhole opens a folder. A store that opens must have everything.
func refusedOrWhole(t *testing.T, dir string, want wanted) (refused bool) {
	t.Helper()
	s, err := Open(Config{Dir: dir, Key: testKey, Small: true})
	if err != nil {
		if !strings.Contains(err.Error(), dir) {
			t.Errorf("refused with %q, want the folder named", err)
		}
		return true
	}
	defer func() { _ = s.Close() }()
	got := wanted{}
	rows, err := s.Outbox(t.Context(), store.Lane{Instance: "i"}, 0, 1000)
	if err != nil {
		t.Error(err)
	}
	for _, r := range rows {
		got[r.ID] = r.Payload
	}
	if !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("the store opens, with %d of %d notifications, or other ones", len(got), len(want))
	}
	records, err := s.Scan(t.Context(), 0, "r/", store.Key{}, 1000)
	if err != nil {
		t.Error(err)
	}
	for _, r := range records {
		if !bytes.Equal(r.Value, want[r.Key.Name]) {
			t.Errorf("%s has another value", r.Key.Name)
		}
	}
	if len(records) != 400 {
		t.Errorf("the store opens, with %d records", len(records))
	}
	return false
}

func damage(t *testing.T, file, how string, place int64) {
	t.Helper()
	if how == "nothing left" {
		place = 0
	}
	if how != "a flipped byte" {
		if err := os.Truncate(file, place); err != nil {
			t.Fatal(err)
		}
		return
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[place] ^= 0x10
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// contentLength is where the zeros begin that a log is filled up with.
func contentLength(t *testing.T, file string) int64 {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return max(1, int64(len(bytes.TrimRight(content, "\x00"))))
}

func filesOfImage(t *testing.T, dir string) (files []fs.DirEntry) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name() != lockName && f.Name() != "LOCK" {
			files = append(files, f)
		}
	}
	return files
}

// copyFolder copies without the zeros at the end of files, which stay holes.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range filesOfImage(t, from) {
		content, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(to, f.Name())
		if err := os.WriteFile(file, bytes.TrimRight(content, "\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(file, int64(len(content))); err != nil {
			t.Fatal(err)
		}
	}
}
