package badgerstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/pollwright/pollwright/engine/store"
)

// A file that is not there is missing if a row that can be read lies in it, wherever its key and what has taken its place are: in logs or tables.
func TestMissingValueFile(t *testing.T) {
	eachKey(t, func(t *testing.T, cfg Config) {
		first := live(t, cfg)
		first.put(time.Time{}, named("a", 10)...)
		first.put(time.Time{}, named("b", 10)...)
		first.put(time.Now().Add(-time.Hour), named("old", 10)...)
		first.put(time.Now().Add(time.Hour), named("young", 10)...)
		first.end()
		second := live(t, cfg)
		second.put(time.Time{}, named("a", 10)...)
		second.remove(named("b", 9)...)
		const gone = "000001.vlog"
		check := func(when, file, dir string, want ...string) {
			t.Helper()
			t.Log(when)
			copied := cfg
			copied.Dir = filepath.Join(t.TempDir(), "copy")
			copyFolder(t, dir, copied.Dir)
			opens(t, copied)
			must(t, os.Remove(filepath.Join(copied.Dir, file)))
			opens(t, copied, want...)
			must(t, os.WriteFile(filepath.Join(copied.Dir, file), nil, 0o600))
			opens(t, copied, want...)
		}
		check("a row is left, and those that expire", gone, second.left(), gone+":", "11 rows")
		second.remove("b/0009")
		check("those that expire are left", gone, second.left(), gone+":", "10 rows")
		forward := second.left() // what expired before the clock was set back
		must(t, os.Chtimes(forward, time.Time{}, time.Now().Add(2*time.Hour)))
		copied := cfg
		copied.Dir = forward
		must(t, os.Remove(filepath.Join(forward, gone)))
		must(t, os.Chtimes(forward, time.Time{}, time.Now().Add(2*time.Hour)))
		opens(t, copied)
		second.remove(named("young", 10)...)
		check("none is left, by the log", gone, second.left())
		second.end()
		check("none is left, by tables", gone, second.dir)
		third := live(t, cfg)
		third.put(time.Time{}, named("a", 10)...)
		check("a younger file", "000002.vlog", third.left())
		third.remove(named("a", 10)...)
		check("the last file", "000003.vlog", third.left(), "000003.vlog:", "10 rows") // its number would be another's
	})
}

// TestLostRows has what is known of one key, whose files 3 and 7 are missing, in any order.
func TestLostRows(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(version uint64, file uint32) cell {
		value := binary.NativeEndian.AppendUint32(nil, file)
		value = binary.NativeEndian.AppendUint32(value, 100)
		return cell{key: y.KeyWithTs([]byte("key"), version), flags: isPointer, value: binary.NativeEndian.AppendUint32(value, logHeader)}
	}
	plain := func(version uint64) cell { return cell{key: y.KeyWithTs([]byte("key"), version)} }
	expiring := func(c cell, in time.Duration) cell {
		c.expires = uint64(now.Add(in).Unix())
		return c
	}
	for what, test := range map[string]struct {
		cells []cell
		want  bool
	}{
		"alone":                        {[]cell{at(5, 3)}, true},
		"moved":                        {[]cell{at(5, 3), at(5, 4)}, false},
		"moved, and moved on":          {[]cell{at(5, 3), at(5, 7), at(5, 8)}, false},
		"moved to a file that is lost": {[]cell{at(5, 4), at(5, 7)}, true},
		"moved into the tree":          {[]cell{at(5, 3), plain(5)}, false},
		"deleted or written again":     {[]cell{at(5, 3), plain(6)}, false},
		"written again, apart":         {[]cell{at(5, 3), at(6, 4)}, false},
		"older ones are there":         {[]cell{at(5, 3), at(4, 4), plain(3)}, true},
		"expired":                      {[]cell{expiring(at(5, 3), -time.Minute)}, false},
		"will expire":                  {[]cell{expiring(at(5, 3), time.Minute)}, true},
		"an expired one is younger":    {[]cell{at(5, 3), expiring(at(6, 7), -time.Minute)}, false},
	} {
		for range 2 {
			l := &values{now: now, seed: maphash.MakeSeed(), files: map[uint32]*valueFile{4: {}, 8: {}}, last: 8, lost: map[uint64]bool{}}
			rows := newLostRows(l)
			for _, to := range []cells{l, rows} {
				for _, c := range test.cells {
					if to.wants(c.flags) {
						to.take(c)
					}
				}
			}
			if err := rows.verify(); (err != nil) != test.want {
				t.Errorf("%s: %v", what, err)
			}
			slices.Reverse(test.cells)
		}
	}
}

// Rows of an older program, which had all but the largest in the tree, lie in tables, and those of this one beside them.
func TestRowsOfAnOlderProgram(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Key: testKey, Small: true}
	cfg, err := cfg.withDefaults()
	must(t, err)
	db, err := openBadger(cfg.options(logger{cfg.Logger, func(error) {}}).WithValueThreshold(large))
	must(t, err)
	old := life{db, t, cfg.Dir}
	old.put(time.Time{}, named("a", 50)...)
	must(t, db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("large"), make([]byte, large+1)) }))
	old.end()
	opens(t, cfg)
	l := live(t, cfg)
	l.put(time.Time{}, named("a", 20)...)
	l.put(time.Time{}, named("b", 20)...)
	cfg.Dir = l.left()
	opens(t, cfg)
	must(t, os.Truncate(filepath.Join(cfg.Dir, "000001.vlog"), large))
	opens(t, cfg, "000001.vlog:")
}

// TestMovedRows has rows moved out of a file of the value log that is then removed.
func TestMovedRows(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Key: testKey}
	s := setup(t, cfg)
	noise := make([]byte, 2<<20)
	_, _ = rand.NewChaCha8([32]byte{6}).Read(noise)
	l := store.Lane{Instance: "i"}
	gone := commit(t, s, store.Change{Emit: []store.Notification{{Lane: l, ID: "gone", Payload: noise}}}).Seqs[0]
	for i := range 20 {
		commit(t, s, store.Change{Puts: []store.Put{{Key: store.Key{Name: fmt.Sprintf("r/%d", i)}, Value: noise[i*1000 : i*1000+10_000]}}})
	}
	s = reopen(t, s, cfg)
	commit(t, s, store.Change{Drop: []store.Drop{{Lane: l, Seq: gone, Erase: true}}})
	must(t, s.reclaim(t.Context()))
	if got := logs(cfg.Dir, valueExt); slices.Contains(got, 1) {
		t.Fatalf("the value log has files %v, want the first gone", got)
	}
	all := func() []string {
		names := []string{}
		records, err := s.Scan(t.Context(), 0, "r/", store.Key{}, 1000)
		must(t, err)
		for _, r := range records {
			names = append(names, r.Key.Name)
		}
		return names
	}
	want := all()
	if len(want) != 20 {
		t.Fatal(want)
	}
	name := fmt.Sprintf(numbered[logExt], newestLog(cfg.Dir, logExt))
	content, err := os.ReadFile(filepath.Join(cfg.Dir, name))
	must(t, err)
	parts, err := verifyLog(content)
	must(t, err)
	if parts.end <= parts.ends[1].at+parts.ends[1].n+20*20 {
		t.Fatalf("the log ends at %d, want it to end with the rows that were moved, behind %v", parts.end, parts.ends[1])
	}
	for what, test := range map[string]struct {
		do   func(log string) error
		want []string
	}{
		"as it is":              {func(string) error { return nil }, nil},
		"killed twice":          {func(log string) error { return os.Truncate(log, int64(parts.end)) }, nil}, // Badger cuts off what it has read
		"cut behind the commit": {func(log string) error { return os.Truncate(log, int64(parts.ends[1].at+parts.ends[1].n)) }, []string{"000001.vlog:", "20 rows"}},
		"cut in a moved row":    {func(log string) error { return os.Truncate(log, int64(parts.end-10)) }, []string{name + ":", "cut off"}},
		"a moved row is wrong": {func(log string) error {
			wrong := bytes.Clone(content)
			wrong[parts.end-10] ^= 1
			return os.WriteFile(log, wrong, 0o600)
		}, []string{"000001.vlog:", "1 rows"}},
	} {
		copied := cfg
		copied.Dir = filepath.Join(t.TempDir(), "copy")
		copyFolder(t, cfg.Dir, copied.Dir)
		must(t, test.do(filepath.Join(copied.Dir, name)))
		t.Log(what)
		opens(t, copied, test.want...)
	}
	for range 2 { // once the old places have been compacted away, and all is in tables
		must(t, s.reclaim(t.Context()))
		s = reopen(t, s, cfg)
		if got := all(); !slices.Equal(got, want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
	}
}
