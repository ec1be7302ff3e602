package engine_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pollwright/pollwright/engine"
)

// before is what a server of an earlier version held when it was stopped: testdata/before says how it was made.
type before struct {
	Instances []struct {
		ID          int64
		Name, Token string
	}
	Waiting map[string]json.Number // instances by webhook-ids
}

func readBefore(t *testing.T) (b before) {
	t.Helper()
	text, err := os.ReadFile("testdata/before/want.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// unpack puts the files of an archive into a folder.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	packed, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(unzipped); ; {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(head.Name))
		if head.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var content []byte
			if content, err = io.ReadAll(files); err == nil {
				err = os.WriteFile(path, content, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A data folder of layout 1, as a server before the log of events left it, and a backup of format 1 give what they held: instances with their tokens
// and credentials, marks, and what waits, under its webhook-ids.
func TestWhatEarlierVersionsHeld(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(*testing.T, engine.Config){
		"a folder of layout 1": func(t *testing.T, c engine.Config) { unpack(t, "testdata/before/layout1.tar.gz", filepath.Dir(c.Dir)) },
		"a backup of format 1": func(t *testing.T, c engine.Config) {
			file, err := os.Open("testdata/before/backup1")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			key, err := os.ReadFile("testdata/before/master.key")
			if err == nil {
				err = os.WriteFile(c.Dir+".master.key", key, 0o600)
			}
			if err == nil {
				_, err = engine.Restore(context.Background(), c, file)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, func(c *engine.Config) { put(t, *c) })
			w.holds(readBefore(t))
		})
	}
}

// holds holds the engine against what there was.
func (w *world) holds(was before) {
	ctx, s := context.Background(), &sink{}
	url := w.serve(s) + "/events"
	for _, i := range was.Instances {
		in, err := w.engine.Instance(ctx, w.caller, i.ID)
		if err != nil || in.Token != i.Token || in.Name != i.Name {
			w.t.Errorf("instance %d is %+v, %v, want %q with its token", i.ID, in, err, i.Name)
			continue
		}
		records, err := w.engine.PollerRecords(ctx, w.caller, i.ID)
		if err != nil || len(records) == 0 || records[0].Mark.IsZero() {
			w.t.Errorf("%s: its checkpoints are %s, %v", i.Name, show(records), err)
		}
		// The provider is gone, and so is the one that gives tokens, of which the old ones have expired. A credential that does not open would be
		// another fault.
		w.outcome(in, "a provider that is gone", func(o engine.Outcome) bool {
			return o.Error != nil && (o.Error.Kind == "network" || o.Error.Kind == "transient")
		})
		w.patch(i.ID, map[string]any{"event.notification.callback.url": url})
		_ = w.engine.ResumeCallback(ctx, w.caller, i.ID) // by now it may have been in trouble for days
	}
	for id := range was.Waiting {
		await(w.t, "what waited", func() bool { return slices.Contains(s.came(), id) })
	}
}
