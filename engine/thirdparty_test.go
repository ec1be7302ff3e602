package engine_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

func TestThirdPartyAdapterDroppedIntoTheFolder(t *testing.T) {
	t.Parallel()
	plugins := t.TempDir()
	w := setup(t, func(c *engine.Config) { c.PluginDir = plugins })
	if _, err := w.engine.Element("acme"); err == nil {
		t.Fatal("acme is known before it was installed")
	}
	ready := filepath.Join(t.TempDir(), "acme.wasm")
	if err := compile("./testdata/acme", ready); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(ready, filepath.Join(plugins, "acme.wasm")); err != nil {
		t.Fatal(err)
	}
	await(t, "acme in the catalog", func() bool { _, err := w.engine.Element("acme"); return err == nil })

	var thing atomic.Value
	thing.Store("")
	w.urls["acme"] = w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Acme-Token") != "t0ken" {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = fmt.Fprintf(rw, `{"things":[%s]}`, thing.Load())
	}))
	in := w.create(w.body("acme", map[string]any{"acme.token": "t0ken"}))
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	thing.Store(fmt.Sprintf(`{"id":"thing-1","made":%q,"changed":%q,"size":7}`, now, now))
	e := w.receiver.wait(t, 1)[0]
	if e.Kind != "CREATED" || e.Type != "things" || e.ID != "thing-1" || e.Record["size"] != 7.0 {
		t.Errorf("event %+v", e)
	}
	if in.Element.Digest == "" {
		t.Error("the adapter's digest is not shown")
	}
}

// await waits for a condition.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
