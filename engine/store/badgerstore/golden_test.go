package badgerstore

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/store"
)

// update writes the golden file of the present version. Never for a version that was released: its rows lie in users' folders.
var update = flag.Bool("update", false, "write testdata/v2.json")

// Golden files, by the version of the layout.
var (
	goldenFile1 = filepath.Join("testdata", "v1.json")
	goldenFile  = filepath.Join("testdata", "v2.json")
)

// golden is one persisted row in hexadecimal.
type golden struct {
	Name  string `json:"name"`
	Key   string `json:"key"`
	Value string `json:"value"`
}

var (
	goldenKey     = store.Key{Partition: 0x0102, Name: "instance/i-1"}
	goldenLane    = store.Lane{Instance: "i-1", Number: 0x0304}
	goldenTerms   = []store.Term{{Name: "owner", Value: "17"}, {Name: "tag", Value: ""}}
	goldenExpires = time.Date(2026, 3, 29, 1, 30, 0, 250e6, time.UTC)
	goldenLong    = []byte(`{"id":"1","id":"2","id":"3","id":"4","id":"5","id":"6","id":"7","id":"8","id":"9"}`)
)

const goldenSeq = store.Seq(0x0005000400030002)

func goldenNote(payload []byte) store.Notification {
	return store.Notification{Lane: goldenLane, Seq: goldenSeq, ID: "msg_1", Events: 300, Meta: []byte("meta"), Payload: payload}
}

// rowsNow are the rows as this program writes them.
func rowsNow() []golden {
	row := func(name string, key, value []byte) golden {
		return golden{Name: name, Key: hex.EncodeToString(key), Value: hex.EncodeToString(value)}
	}
	return []golden{
		row("record", recordKey(goldenKey), record{version: 300, terms: goldenTerms, body: []byte("value")}.row()),
		row("record, empty", recordKey(goldenKey), record{version: 1}.row()),
		row("chunk", chunkKey(goldenKey, "2026-03"), plainRow([]byte("chunk"))),
		row("entry", entryKey(goldenKey, "2026-03-29T01"), entryRow(goldenExpires, []byte("entry"))),
		row("entry for ever", entryKey(goldenKey, "2026-03-29T02"), entryRow(time.Time{}, []byte("entry"))),
		row("term", termKey(goldenTerms[0], goldenKey), plainRow(nil)),
		row("pointer", laneKey(kindPointer, goldenLane, goldenSeq), pointerOf(goldenNote([]byte("payload"))).row()),
		row("kept", keptKey(goldenLane.Instance, goldenSeq), keptRow(goldenNote([]byte("payload")))),
		row("kept, compressed", keptKey(goldenLane.Instance, goldenSeq), keptRow(goldenNote(goldenLong))),
		row("own format", ownKey(formatRow), numberRow(layoutVersion)),
		row("own seq", ownKey(seqRow), numberRow(uint64(goldenSeq))),
	}
}

// TestRowsAreWrittenAsBefore leaves out the compressed bytes: another release of s2 may choose others for the same body.
func TestRowsAreWrittenAsBefore(t *testing.T) {
	t.Parallel()
	if *update {
		text, err := json.MarshalIndent(rowsNow(), "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, got := goldens(t, goldenFile), rowsNow()
	for i := range got {
		if got[i].Name == "kept, compressed" {
			got[i].Value = want[i].Value
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("rows differ from %s (-want +got):\n%s", goldenFile, diff)
	}
}

// TestRowsOfBeforeAreRead reads the golden bytes.
func TestRowsOfBeforeAreRead(t *testing.T) {
	t.Parallel()
	keys, rows := goldenRows(t, goldenFile)
	r, err := readRecord(rows["record"])
	read(t, "record", record{version: 300, terms: goldenTerms, body: []byte("value")}, r, err)
	r, err = readRecord(rows["record, empty"])
	read(t, "record, empty", record{version: 1, body: []byte{}}, r, err)
	r, err = readHead(rows["record"])
	read(t, "head of a record", record{version: 300, terms: goldenTerms}, r, err)
	body, err := readPlain(rows["chunk"])
	read(t, "chunk", "chunk", string(body), err)
	at, body, err := readEntry(rows["entry"])
	read(t, "entry", "entry", string(body), err)
	read(t, "its end", goldenExpires, at, nil)
	at, _, err = readEntry(rows["entry for ever"])
	read(t, "no end", time.Time{}, at, err)
	p, err := readPointer(rows["pointer"])
	read(t, "pointer", pointer{events: 300, bytes: 7}, p, err)
	want := kept{lane: goldenLane.Number, id: "msg_1", events: 300, bytes: 7, meta: []byte("meta")}
	k, body, err := readKept(rows["kept"])
	read(t, "kept", want, k, err)
	read(t, "payload", "payload", string(body), err)
	k, err = readKeptHead(rows["kept"])
	read(t, "head of a kept row", want, k, err)
	_, body, err = readKept(rows["kept, compressed"])
	read(t, "kept, compressed", string(goldenLong), string(body), err)
	n, err := readNumber(rows["own seq"])
	read(t, "own seq", uint64(goldenSeq), n, err)

	l, seq, ok := laneOf(keys["pointer"])
	read(t, "lane", goldenLane, l, nil)
	read(t, "seq", goldenSeq, seq, nil)
	read(t, "is a pointer", true, ok, nil)
	instance, seq, ok := keptOf(keys["kept"])
	read(t, "instance", goldenLane.Instance, instance, nil)
	read(t, "seq of a kept row", goldenSeq, seq, nil)
	read(t, "is a kept row", true, ok, nil)
	read(t, "record of a term", goldenKey, keyOfTerm(keys["term"][len(termPrefix(goldenTerms[0], 0)):]), nil)
}

// TestDamagedRows cuts every golden row short and flips its bytes: an error or a value, never a panic; no version but ours is read.
func TestDamagedRows(t *testing.T) {
	t.Parallel()
	readers := map[string]func([]byte) error{
		"record":          func(b []byte) error { _, err := readRecord(b); return err },
		"entry":           func(b []byte) error { _, _, err := readEntry(b); return err },
		"pointer":         func(b []byte) error { _, err := readPointer(b); return err },
		"kept":            func(b []byte) error { _, _, err := readKept(b); return err },
		"head of a kept":  func(b []byte) error { _, err := readKeptHead(b); return err },
		"pointer, before": func(b []byte) error { _, _, err := readPointer1(b); return err },
		"plain":           func(b []byte) error { _, err := readPlain(b); return err },
		"number":          func(b []byte) error { _, err := readNumber(b); return err },
	}
	for _, g := range append(goldens(t, goldenFile1), goldens(t, goldenFile)...) {
		whole := unhex(t, g.Value)
		for name, read := range readers {
			for n := range rowHead {
				if read(whole[:n]) == nil {
					t.Errorf("%s read %d bytes of %s", name, n, g.Name)
				}
			}
			for i := range whole {
				_ = read(whole[:i])
				for _, flip := range []byte{0x01, 0x80, 0xff} {
					bad := append([]byte{}, whole...)
					bad[i] ^= flip
					if err := read(bad); i == 0 && err == nil {
						t.Errorf("%s read version %d of %s", name, bad[0], g.Name)
					}
				}
			}
		}
	}
}

func read[T any](t *testing.T, what string, want, got T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{}, pointer{}, kept{})); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// goldenRows are keys and values by their names.
func goldenRows(t *testing.T, file string) (keys, rows map[string][]byte) {
	t.Helper()
	keys, rows = map[string][]byte{}, map[string][]byte{}
	for _, g := range goldens(t, file) {
		keys[g.Name], rows[g.Name] = unhex(t, g.Key), unhex(t, g.Value)
	}
	return keys, rows
}

func goldens(t *testing.T, file string) []golden {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []golden
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
