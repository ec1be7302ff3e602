package badgerstore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
)

// logEnds are where the transactions of a log end.
func logEnds(content []byte) (ends []int) {
	content = bytes.TrimRight(content, "\x00")
	for at := logHeader; ; {
		n, flags := entryAt(content, at)
		if n == 0 {
			return ends
		}
		if at += n; flags&endsTxn != 0 {
			ends = append(ends, at)
		}
	}
}

// A log that was cut exactly between two commits, emptied or removed is noticed: by itself it looks like one that never had more.
func TestCutBetweenCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	image, want := filepath.Join(dir, "image"), makeImage(t, filepath.Join(dir, "store"))
	copyFolder(t, filepath.Join(dir, "store"), image)
	logs, err := filesOf(image, logExt)
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	name := logs[0].Name()
	content, err := os.ReadFile(filepath.Join(image, name))
	if err != nil {
		t.Fatal(err)
	}
	ends := logEnds(content)
	if len(ends) < 50 {
		t.Fatalf("the log has %d transactions, want more", len(ends))
	}
	cut := func(at int) func(string) error {
		return func(file string) error { return os.Truncate(file, int64(at)) }
	}
	zeros := func(file string) error { // what Badger makes of a log it has opened
		return errors.Join(os.Truncate(file, int64(ends[len(ends)-2])), os.Truncate(file, int64(len(content))))
	}
	for how, do := range map[string]func(file string) error{
		"the last commit": cut(ends[len(ends)-2]), "half of them": cut(ends[len(ends)/2]), "all": cut(logHeader), "everything": cut(0), "the file": os.Remove, "zeros": zeros,
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			copied := filepath.Join(t.TempDir(), "copy")
			copyFolder(t, image, copied)
			if err := do(filepath.Join(copied, name)); err != nil {
				t.Fatal(err)
			}
			before := names(t, copied)
			_, err := Open(Config{Dir: copied, Key: testKey, Small: true})
			if !errors.Is(err, ErrDamaged) || how != "the file" && !strings.Contains(err.Error(), name) {
				t.Errorf("opening says %v, want that %s is damaged", err, name)
			}
			if after := names(t, copied); after != before {
				t.Errorf("a refusal has changed the folder from %s to %s", before, after)
			}
		})
	}
	whole := filepath.Join(dir, "whole")
	copyFolder(t, image, whole)
	if refusedOrWhole(t, whole, want) {
		t.Error("without a cut it is refused")
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	for _, f := range filesOfImage(t, dir) {
		all = append(all, f.Name())
	}
	return strings.Join(all, " ")
}

// What a loss of power leaves of the witness is an older one, or none. That is no damage of the folder.
func TestOlderWitness(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	putOne(t, s, "a", 0)
	file := filepath.Join(cfg.Dir, witnessName)
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	putOne(t, s, "a", 1)
	for v, row := range [][]byte{old, {}, nil} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if row == nil {
			err = os.Remove(file)
		} else {
			err = os.WriteFile(file, row, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		s = setup(t, cfg)
		if got, want := version(t, s, "a"), store.Version(2+v); got != want {
			t.Fatalf("version %d, want %d", got, want)
		}
		putOne(t, s, "a", store.Version(2+v))
	}
}

// The witness stays true when the commits that it has seen have been compacted away: deletions leave nothing, and yet there were commits.
func TestWitnessOfDeletions(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir()}
	s := setup(t, cfg)
	for range 3 {
		putOne(t, s, "a", 0)
		commit(t, s, store.Change{Puts: []store.Put{{Key: store.Key{Name: "a"}, Expect: 1}}})
		s = reopen(t, s, cfg)
		if err := s.db.Flatten(1); err != nil {
			t.Fatal(err)
		}
	}
	reopen(t, s, cfg)
}

func TestWitnessCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		witness
		newest uint64
		logs   []logRange
		whole  bool
	}{
		"nothing known":                        {witness{}, 3, []logRange{{"1", 9, 9}}, true},
		"all in tables":                        {witness{since: 1, last: 9}, 9, nil, true},
		"all in tables but one":                {witness{since: 1, last: 9}, 8, nil, false},
		"more than was seen":                   {witness{since: 1, last: 9}, 8, []logRange{{"1", 9, 11}}, true},
		"tables have part of the log":          {witness{since: 1, last: 9}, 6, []logRange{{"1", 4, 9}}, true},
		"logs that follow":                     {witness{since: 1, last: 9}, 3, []logRange{{"1", 4, 6}, {"2", 0, 0}, {"3", 7, 9}}, true},
		"a log missing before the last":        {witness{since: 1, last: 9}, 3, []logRange{{"1", 0, 0}, {"2", 7, 9}}, false},
		"the end of a log before the last":     {witness{since: 1, last: 9}, 3, []logRange{{"1", 4, 5}, {"2", 7, 9}}, false},
		"the last log":                         {witness{since: 1, last: 9}, 3, []logRange{{"1", 4, 6}, {"2", 0, 0}}, false},
		"compacted away before anything known": {witness{since: 6, last: 9}, 3, []logRange{{"1", 7, 9}}, true},
	} {
		if err := c.check(c.newest, c.logs); (err == nil) != c.whole {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The bytes of version 1.
func TestWitnessFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const golden = "0100000000000000070000000000000102b0f0592c"
	w, err := openWitness(dir, witness{since: 7}, 0x102)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, witnessName)
	row, err := os.ReadFile(file)
	if got := hex.EncodeToString(row); err != nil || got != golden {
		t.Errorf("%s, %v, want %s", got, err, golden)
	}
	if w, err := readWitness(dir); err != nil || w.since != 7 || w.last != 0x102 {
		t.Errorf("read as %+v, %v", w, err)
	}
	for i := range row {
		row[i] ^= 4
		if err := os.WriteFile(file, row, 0o600); err != nil {
			t.Fatal(err)
		}
		if w, err := readWitness(dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("with byte %d changed it is read as %+v, %v", i, w, err)
		}
		row[i] ^= 4
	}
}
