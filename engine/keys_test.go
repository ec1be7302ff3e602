package engine_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

func masterKey(fill byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32))
}

// A server that is given its master key goes over to another one: both open the folder until the new one has, and a copy of the folder gives
// nothing to who has neither.
func TestGivenMasterKeyIsRotated(t *testing.T) {
	t.Parallel()
	w, ctx := setup(t, func(c *engine.Config) { c.MasterKey = []byte(masterKey(1)) }), context.Background()
	in := w.create(w.body("icontact", map[string]any{"api.password": passwordCanary}))
	_, err := w.engine.RotateKeys(ctx, w.caller, engine.KeyRotation{})
	refusedAs[*instance.InvalidError](t, "without a key", err, "is required")
	_, err = w.engine.RotateKeys(ctx, w.caller, engine.KeyRotation{MasterKey: engine.Secret(masterKey(1))})
	refusedAs[*instance.InvalidError](t, "with the same key", err, "is the present master key")
	keys, err := w.engine.RotateKeys(ctx, w.caller, engine.KeyRotation{MasterKey: engine.Secret(masterKey(2)), DataKey: true})
	if err != nil || !keys.Unproven || keys.MasterKey != "given" || len(keys.DataKeys) != 2 || !keys.DataKeys[1].Primary {
		t.Fatalf("%+v, %v", keys, err)
	}
	_, err = w.engine.RotateKeys(ctx, w.caller, engine.KeyRotation{MasterKey: engine.Secret(masterKey(3))})
	refusedAs[*engine.ConflictError](t, "again", err, "start the server with it first")
	w.stop()

	stolen := w.config
	stolen.Dir = filepath.Join(t.TempDir(), "stolen")
	if err := os.CopyFS(stolen.Dir, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{masterKey(3), ""} {
		stolen.MasterKey = []byte(key)
		if e, err := engine.New(ctx, stolen); err == nil {
			_ = e.Close(ctx)
			t.Errorf("a copy opens with the key %q", key)
		}
	}
	places := map[string][]byte{}
	w.readFolder(places)
	for place, content := range places {
		for _, secret := range []string{passwordCanary, in.Token, in.WebhookSecret, masterKey(1), masterKey(2), "org-secret", "user-secret"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %s", place, secret)
			}
		}
	}

	for _, key := range []byte{1, 2} { // the service manager still has the old one
		w.config.MasterKey = []byte(masterKey(key))
		w.start()
		if again, err := w.engine.Instance(ctx, w.caller, in.ID); err != nil || again.Token != in.Token {
			t.Errorf("with key %d: %v", key, err)
		}
		if keys, err := w.engine.Keys(ctx, w.caller); err != nil || keys.Outdated != (key == 1) {
			t.Errorf("with key %d: %+v, %v", key, keys, err)
		}
		w.stop()
	}
	if !strings.Contains(w.logs.text(), "master key of before the last rotation") {
		t.Error("the log does not warn of the old key")
	}
	w.config.MasterKey = []byte(masterKey(1))
	if e, err := engine.New(ctx, w.config); err == nil {
		_ = e.Close(ctx)
		t.Error("the old key opens the folder after a start with the new one")
	}
}
