package change

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A golden file of a released version never changes. -update writes those of a new version.
var update = flag.Bool("update", false, "write the golden files")

const hashesGolden = "testdata/hashes.v2.golden"

// dump is a stored checkpoint as text: the record, then each chunk in hex.
func dump(record []byte, chunks map[string][]byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "record %d %s\n", record[0], record[1:])
	for _, id := range slices.Sorted(maps.Keys(chunks)) {
		fmt.Fprintf(&b, "%s %s\n", id, hex.EncodeToString(chunks[id]))
	}
	return b.String()
}

// undump takes back what dump gave.
func undump(t *testing.T, text string) (record []byte, chunks []Chunk) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	record = append([]byte{hashesFormat}, strings.TrimPrefix(lines[0], "record 2 ")...)
	for _, line := range lines[1:] {
		id, text, _ := strings.Cut(line, " ")
		value, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, Chunk{id, value})
	}
	return record, chunks
}

// everyForm stores a checkpoint that has all there is: blocks, a log with a deletion, absent objects, something held, a scan's place.
func everyForm(t *testing.T) *hashWorld {
	t.Helper()
	w := watchHashes(t, func(r *HashRule) { r.Guard = Guard{Fraction: -1, IDs: 1} })
	w.set("a=1", "b=1", "c=1", "d=1", "é=1", "7=1")
	w.want()
	h := w.load()
	for h.packing = true; h.Tidy(); {
		w.save(h)
	}
	w.del("a")
	w.want()
	w.want("DELETED a")
	w.del("b", "c").set("d=2")
	w.want("UPDATED d")
	w.want()
	w.decide(Confirm)
	h, s := w.begin()
	s.Page(w.pages()[0])
	s.Pause(`{"next":"2"}`, true)
	w.save(h)
	return w
}

func TestGoldenHashes(t *testing.T) {
	t.Parallel()
	w := everyForm(t)
	got := dump(w.record, w.chunks)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(hashesGolden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(hashesGolden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("stored form (-want +got):\n%s", diff)
	}
}

func TestGoldenHashesAreRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(hashesGolden)
	if err != nil {
		t.Fatal(err)
	}
	h, err := LoadHashes(undump(t, string(text)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for at, ok := h.index.next(spot{}); ok; at, ok = h.index.next(spot{block: at.block, entry: at.entry + 1}) {
		v := h.index.entry(at)
		got = append(got, fmt.Sprintf("%s generation %d absent %d seen %t", v.id, v.gen, v.absent, v.flags&flagSeen != 0))
	}
	want := []string{
		"7 generation 1 absent 0 seen true", "b generation 1 absent 4 seen false", "c generation 1 absent 4 seen false",
		"d generation 4 absent 0 seen true", "é generation 1 absent 0 seen true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	held := &Held{Count: 2, Since: epoch.UnixMilli(), Sample: []string{"b", "c"}, Scan: 5, Decision: Confirm}
	if diff := cmp.Diff(held, h.Held); diff != "" || h.Token() != `{"next":"2"}` {
		t.Errorf("token %s, held (-want +got):\n%s", h.Token(), diff)
	}
}

// A checkpoint with a part missing, twice or damaged is refused: with objects forgotten, all of them would be told again.
func TestDamagedHashesAreRefused(t *testing.T) {
	t.Parallel()
	w := everyForm(t)
	load := func(record []byte, chunks map[string][]byte) error {
		var all []Chunk
		for _, id := range slices.Sorted(maps.Keys(chunks)) {
			all = append(all, Chunk{id, slices.Clone(chunks[id])})
		}
		_, err := LoadHashes(record, all)
		return err
	}
	if err := load(w.record, w.chunks); err != nil {
		t.Fatal(err)
	}
	for id := range w.chunks {
		chunks := maps.Clone(w.chunks)
		delete(chunks, id)
		if load(w.record, chunks) == nil {
			t.Errorf("loads without chunk %s", id)
		}
		chunks[id+"0"] = w.chunks[id]
		if load(w.record, chunks) == nil {
			t.Errorf("loads with chunk %s under another name", id)
		}
		if strings.HasPrefix(id, seenPrefix) {
			continue
		}
		chunks = maps.Clone(w.chunks)
		chunks[id] = chunks[id][:len(chunks[id])-1]
		if load(w.record, chunks) == nil {
			t.Errorf("loads with chunk %s cut short", id)
		}
	}
	dates, _, err := NewCheckpoint(millisRule(t), epoch).Save()
	if err != nil {
		t.Fatal(err)
	}
	if err := load(dates, nil); err == nil || !strings.Contains(err.Error(), "by dates") {
		t.Errorf("error %v for a checkpoint of dates", err)
	}
}

func FuzzLoadHashes(f *testing.F) {
	text, err := os.ReadFile(hashesGolden)
	if err != nil {
		f.Fatal(err)
	}
	record, chunks := undump((&testing.T{}), string(text))
	values := map[string][]byte{}
	for _, c := range chunks {
		values[c.ID] = c.Value
	}
	f.Add(record[1:], values[blockName(0)], values[logName(0)], values[seenName(0)])
	f.Fuzz(func(t *testing.T, head, base, log, seen []byte) {
		record := append([]byte{hashesFormat}, head...)
		_, _ = HeldIn(record)
		h, err := LoadHashes(record, []Chunk{{blockName(0), base}, {logName(0), log}, {logName(1), log}, {seenName(0), seen}})
		if err != nil {
			return
		}
		rule := HashRule{ID: Path{"id", []string{"id"}}, Deletes: true}
		s := BeginHash(rule, h, epoch)
		s.SetClock(epoch, epoch)
		s.Page([]json.RawMessage{object1("b", "1"), object1("new", "1")})
		for more := true; more; {
			_, _, more = s.Finish(10)
		}
		n := h.Remembered()
		w := &hashWorld{t: t, rule: rule, chunks: map[string][]byte{blockName(0): base, logName(0): log, logName(1): log, seenName(0): seen}}
		if w.save(h); w.load().Remembered() != n {
			t.Errorf("%d objects became %d", n, w.load().Remembered())
		}
	})
}
