package plugin

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// version is good(key) with a version, told by the manifest and by step's warning.
func version(key, v string) []byte {
	m := good(key)
	described := manifest(key)
	described.Version = v
	m.describe = okReply(described)
	m.reply = okReply(sdk.Reply{Page: &sdk.Page{Warnings: []string{v}}})
	return m.encode()
}

// place writes a file beside the folder's files and renames it into place, as careful tools do.
func place(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	hidden := filepath.Join(dir, "."+name+".tmp")
	if err := os.WriteFile(hidden, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(hidden, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// versions tells what is current: "acme 1".
func versions(c *Catalog) string {
	var list []string
	for _, e := range c.Elements() {
		list = append(list, e.Manifest.Key+" "+e.Manifest.Version)
	}
	return strings.Join(list, ", ")
}

// reasons tells what is refused, one line each.
func reasons(c *Catalog) string {
	var list []string
	for _, r := range c.Refusals() {
		list = append(list, r.File+": "+r.Reason)
	}
	return strings.Join(list, "\n")
}

// TestFolder goes through the life of a folder, one look at it after the other.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place(t, dir, "acme.wasm", version("acme", "1"))
	place(t, dir, "junk.wasm", []byte("not wasm"))
	place(t, dir, "notes.txt", []byte("no adapter"))
	c := newCatalog(t, Config{Dir: dir, Builtin: fstest.MapFS{"built.wasm": {Data: version("built", "1")}}}, nil)

	look := func(what, want string, refused ...string) {
		t.Helper()
		c.rescan(t.Context(), nil)
		if got := versions(c); got != want {
			t.Errorf("%s: elements %q, want %q", what, got, want)
		}
		got := c.Refusals()
		if len(got) != len(refused) {
			t.Errorf("%s: refusals %q, want %q", what, reasons(c), refused)
			return
		}
		for i, r := range got {
			if !strings.Contains(r.File+": "+r.Reason, refused[i]) || r.Time.IsZero() {
				t.Errorf("%s: refusal %+v, want %q", what, r, refused[i])
			}
		}
	}
	const junk = "module refused: not a WebAssembly 1 binary"
	look("at start", "acme 1, built 1", junk)
	since := c.Refusals()[0].Time

	place(t, dir, "acme.wasm", version("acme", "2"))
	look("a new version", "acme 2, built 1", junk)
	place(t, dir, "acme.wasm", version("acme", "3")[:200])
	look("a partial write leaves the old one", "acme 2, built 1", "acme.wasm: module refused", junk)
	place(t, dir, "acme.wasm", version("acme", "3"))
	look("the write completed", "acme 3, built 1", junk)
	if got := c.Refusals()[0].Time; !got.Equal(since) {
		t.Errorf("the refusal of junk.wasm is dated %v, want %v", got, since)
	}

	place(t, dir, "other.wasm", version("acme", "9"))
	look("two files for one element", "acme 3, built 1", junk, "other.wasm: the element acme already has the adapter acme.wasm")
	place(t, dir, "z.wasm", version("built", "9"))
	look("a file for a built-in element", "acme 3, built 1", junk, "other.wasm", "z.wasm: the element built has a built-in adapter")
	if err := os.Remove(filepath.Join(dir, "acme.wasm")); err != nil {
		t.Fatal(err)
	}
	look("the other one's turn", "acme 9, built 1", junk, "z.wasm")
	place(t, dir, "other.wasm", version("umbrella", "1"))
	place(t, dir, "junk.wasm", version("junk", "1"))
	look("another element in the same file", "built 1, junk 1, umbrella 1", "z.wasm")

	if err := os.Mkdir(filepath.Join(dir, "sub.wasm"), 0o700); err != nil {
		t.Fatal(err)
	}
	look("a folder", "built 1, junk 1, umbrella 1", "sub.wasm is not a file", "z.wasm")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	look("an unreadable folder changes nothing", "built 1, junk 1, umbrella 1", "sub.wasm", "z.wasm")
}

func TestOverride(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place(t, dir, "mine.wasm", version("built", "9"))
	c := newCatalog(t, Config{Dir: dir, AllowOverride: true, Builtin: fstest.MapFS{"built.wasm": {Data: version("built", "1")}}}, nil)
	if e, ok := c.Element("built"); !ok || e.Builtin || e.Source != "mine.wasm" || e.Manifest.Version != "9" {
		t.Errorf("got %+v, want the file", e)
	}
	if err := os.Remove(filepath.Join(dir, "mine.wasm")); err != nil {
		t.Fatal(err)
	}
	c.rescan(t.Context(), nil)
	if e, ok := c.Element("built"); !ok || !e.Builtin || len(e.Digest) != 64 {
		t.Errorf("got %+v, want the built-in one back", e)
	}
}

func TestElementIDs(t *testing.T) {
	t.Parallel()
	numbered := func(key string, id int64) []byte {
		m, d := good(key), manifest(key)
		d.ID = id
		m.describe = okReply(d)
		return m.encode()
	}
	dir := t.TempDir()
	place(t, dir, "thief.wasm", numbered("thief", 42))
	c := newCatalog(t, Config{Dir: dir, Builtin: fstest.MapFS{"built.wasm": {Data: numbered("built", 42)}}}, nil)
	if e, ok := c.Element("42"); !ok || e.Manifest.Key != "built" {
		t.Errorf("42 is %+v, want built", e)
	}
	for _, none := range []string{"0", "-42", "43", "thief", ""} {
		if e, ok := c.Element(none); ok {
			t.Errorf("%q is %+v, want none", none, e)
		}
	}
	if got := reasons(c); !strings.Contains(got, "thief.wasm: the element id 42 already belongs to built") {
		t.Errorf("refusals %q", got)
	}
}

// TestTouchedFileIsTriedAgain: a notification about a refused file with the same size and time, but other bytes, is not overlooked.
func TestTouchedFileIsTriedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	goodBytes := version("acme", "1")
	path := filepath.Join(dir, "acme.wasm")
	then := time.Unix(1_700_000_000, 0)
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	write(make([]byte, len(goodBytes)))
	c := newCatalog(t, Config{Dir: dir}, nil)
	write(goodBytes)
	c.rescan(t.Context(), map[string]bool{"acme.wasm": true})
	if got := versions(c); got != "acme 1" {
		t.Errorf("elements %q, refusals %q, want acme 1", got, reasons(c))
	}
}

// heard is a slog.Handler that passes messages on.
type heard chan string

func (h heard) Enabled(context.Context, slog.Level) bool { return true }
func (h heard) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h heard) WithGroup(string) slog.Handler            { return h }
func (h heard) Handle(_ context.Context, r slog.Record) error {
	h <- r.Message
	return nil
}

// await waits for a message; it fails the test after ten seconds.
func (h heard) await(t *testing.T, want string) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case got := <-h:
			if got == want {
				return
			}
		case <-limit:
			t.Fatalf("%q was not logged", want)
		}
	}
}

// TestRunTakesUpChanges watches a real folder while calls run: none fails, each ends on one version as a whole.
func TestRunTakesUpChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config Config
	}{
		{"notified", Config{Debounce: 5 * time.Millisecond, Rescan: time.Hour}},
		{"rescanned", Config{Debounce: time.Hour, Rescan: 10 * time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			place(t, dir, "acme.wasm", version("acme", "1"))
			logged := make(heard, 100)
			tt.config.Dir, tt.config.Logger = dir, slog.New(logged)
			c := newCatalog(t, tt.config, nil)
			logged.await(t, "adapter loaded")

			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := c.Run(ctx); err != nil {
					t.Errorf("Run: %v", err)
				}
			})
			var seen []string
			wg.Go(func() {
				for ctx.Err() == nil {
					reply, _, err := c.Step(t.Context(), "acme", sdk.Call{})
					if err != nil {
						t.Errorf("a call failed during a swap: %v", err)
						return
					}
					if v := reply.Page.Warnings[0]; len(seen) == 0 || seen[len(seen)-1] != v {
						seen = append(seen, v)
					}
				}
			})
			for _, v := range []string{"2", "3"} {
				place(t, dir, "acme.wasm", version("acme", v))
				logged.await(t, "adapter loaded")
			}
			place(t, dir, "bad.wasm", []byte("bad"))
			logged.await(t, "adapter refused")
			if _, _, err := c.Step(t.Context(), "acme", sdk.Call{}); err != nil {
				t.Error(err)
			}
			cancel()
			wg.Wait()
			if !slices.IsSorted(seen) || versions(c) != "acme 3" {
				t.Errorf("calls saw %v, the catalog has %q", seen, versions(c))
			}
			if err := os.Remove(filepath.Join(dir, "acme.wasm")); err != nil {
				t.Fatal(err)
			}
			c.rescan(t.Context(), nil)
			if got := versions(c); got != "" {
				t.Errorf("elements %q after the file is gone", got)
			}
		})
	}
}

// TestSwapLetsRunningCallsEnd: the code of a replaced adapter lives until its last call has ended.
func TestSwapLetsRunningCallsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place(t, dir, "acme.wasm", version("acme", "1"))
	c := newCatalog(t, Config{Dir: dir}, nil)
	old, err := c.acquire("acme") // a call that has begun
	if err != nil {
		t.Fatal(err)
	}
	place(t, dir, "acme.wasm", version("acme", "2"))
	c.rescan(t.Context(), nil)
	reply, _, err := c.sandbox.step(t.Context(), old, sdk.Call{})
	if err != nil || reply.Page.Warnings[0] != "1" {
		t.Errorf("%+v, %v, want the answer of version 1", reply, err)
	}
	if old.users != 1 {
		t.Errorf("%d users, want the call alone", old.users)
	}
	old.release()
	if reply, _, err = c.Step(t.Context(), "acme", sdk.Call{}); err != nil || reply.Page.Warnings[0] != "2" {
		t.Errorf("%+v, %v, want the answer of version 2", reply, err)
	}
}

func TestRunWithoutFolder(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": good("a")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Run(ctx); err != nil {
		t.Error(err)
	}
}
