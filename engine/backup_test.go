package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

func (w *world) backup() []byte {
	w.t.Helper()
	var file bytes.Buffer
	if err := w.engine.Backup(context.Background(), w.caller, &file); err != nil {
		w.t.Fatal(err)
	}
	return file.Bytes()
}

// elsewhere is the world's config for another folder, with the same master key.
func (w *world) elsewhere() engine.Config {
	c := w.config
	c.Dir, c.MasterFile = filepath.Join(w.t.TempDir(), "other"), w.dir+".master.key"
	return c
}

// A restored folder has the instance with its token and credentials, its checkpoint, what waited and what was told, and goes on from there.
func TestRestoredFolderGoesOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, s := w.quiet()
	s.set(func(string) (int, string) { return http.StatusServiceUnavailable, "" })
	waiting := w.emit(in, change.Created, "1", "2", "3")
	polled := w.create(w.body("icontact", map[string]any{"api.password": "sim-password"}))
	before := w.icontact.CreateContact(icontact.Contact{Email: "before@example.com"})
	w.receiver.wait(t, 1)
	w.delivered(polled, 1)
	if _, err := w.engine.RotateKeys(context.Background(), w.caller, engine.KeyRotation{DataKey: true}); err != nil {
		t.Fatal(err)
	}
	file := w.backup()
	for _, secret := range []string{"sim-password", in.Token, in.WebhookSecret, before.ID, "org-secret"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the backup holds %q in clear", secret)
		}
	}
	was := eventIDs(w.events(in, engine.EventFilter{}, 10))
	w.stop()
	missed := w.icontact.CreateContact(icontact.Contact{Email: "missed@example.com"})

	w.config = w.elsewhere()
	r, err := engine.Restore(context.Background(), w.config, bytes.NewReader(file))
	if err != nil || r.Rows == 0 || r.Made.IsZero() {
		t.Fatalf("%+v, %v", r, err)
	}
	s.set(func(string) (int, string) { return http.StatusOK, "" })
	w.start()
	again, err := w.engine.Instance(context.Background(), w.caller, in.ID)
	if err != nil || again.Token != in.Token {
		t.Errorf("the instance is %+v, %v", again, err)
	}
	w.delivered(in, 3)
	if now := eventIDs(w.events(in, engine.EventFilter{}, 10)); !slices.Equal(now, was) {
		t.Errorf("events %v, and before %v", now, was)
	}
	for _, id := range waiting {
		if !slices.Contains(s.came(), id) {
			t.Errorf("%s waited and is not told", id)
		}
	}
	events := w.receiver.wait(t, 2)
	if events[0].ID != before.ID || events[1].ID != missed.ID {
		t.Errorf("told are %s, want one before the backup and one after, once each", kinds(events))
	}
	if log := actions(w.all(w.caller, engine.AuditQuery{Action: "backup"})); log != "backup.take" {
		t.Errorf("the restored audit log tells of %q", log)
	}
}

// A backup that was changed or cut anywhere, another master key, and a folder that is not empty are refused, and nothing is left.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, _ := w.quiet()
	w.emit(in, change.Created, "1")
	file := w.backup()
	w.stop()
	config := w.elsewhere()
	refuse := func(name string, config engine.Config, file []byte, says string) {
		t.Helper()
		_, err := engine.Restore(context.Background(), config, bytes.NewReader(file))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
		if left, err := os.ReadDir(config.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is left, %v", name, left, err)
		}
		config.Dir = "" // a check makes no folder
		if _, err := engine.CheckBackup(context.Background(), config, bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: a check says %v, want %q", name, err, says)
		}
	}
	head := bytes.IndexByte(file, '{')
	body := head + bytes.IndexByte(file[head:], '\n') + 1
	for _, at := range []int{body, (body + len(file)) / 2, len(file) - 1} {
		other := bytes.Clone(file)
		other[at] ^= 1
		refuse("a changed byte", config, other, "the backup is damaged")
		refuse("a cut", config, file[:at], "the backup is damaged")
	}
	refuse("a byte more", config, append(bytes.Clone(file), 'x'), "the backup is damaged")
	refuse("another time", config, bytes.Replace(bytes.Clone(file), []byte(`"made":"2`), []byte(`"made":"1`), 1), "the backup is damaged")
	refuse("no head", config, file[:head+10], "second line")
	refuse("nothing", config, nil, "this is no backup")
	refuse("something else", config, []byte("PK\x03\x04 a zip file of any length"), "this is no backup")
	refuse("a newer format", config, bytes.Replace(bytes.Clone(file), []byte("backup 1"), []byte("backup 2"), 1), "newer format")
	other := config
	other.MasterKey = []byte(masterKey(4))
	refuse("another master key", other, file, "needs the master key that the server had")
	other.MasterKey, other.MasterFile = nil, filepath.Join(t.TempDir(), "none")
	refuse("no master key", other, file, "none does not exist")

	full := config
	full.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(full.Dir, "letters"), []byte("of mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Restore(context.Background(), full, bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "holds letters") {
		t.Errorf("a folder in use: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	empty := config
	empty.Dir = t.TempDir() // like the root of a volume
	if _, err := engine.Restore(ended, empty, bytes.NewReader(file)); !errors.Is(err, context.Canceled) {
		t.Errorf("a restore that is stopped: %v", err)
	}
	if left, err := os.ReadDir(empty.Dir); err != nil || len(left) > 0 {
		t.Errorf("a restore that is stopped leaves %v, %v", left, err)
	}
	if r, err := engine.Restore(context.Background(), empty, bytes.NewReader(file)); err != nil || r.Rows == 0 {
		t.Errorf("to an empty folder: %+v, %v", r, err)
	}
	if r, err := engine.CheckBackup(context.Background(), config, bytes.NewReader(file)); err != nil || r.Rows == 0 {
		t.Errorf("a check: %+v, %v", r, err)
	}
}

// writerFunc is a writer that a test looks into.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// One backup at a time, by who may; one that cannot be written ends, and makes room for the next.
func TestBackupIsTheServersAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := context.Background()
	admin, _ := w.admin("Acme")
	refusedAs[*engine.ForbiddenError](t, "an organization's admin", w.engine.Backup(ctx, admin, &bytes.Buffer{}), "role server")
	full := errors.New("the disk is full")
	err := w.engine.Backup(ctx, w.caller, writerFunc(func([]byte) (int, error) {
		refusedAs[*engine.ConflictError](t, "a second one", w.engine.Backup(ctx, w.caller, &bytes.Buffer{}), "another backup")
		return 0, full
	}))
	if !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
	w.backup()
}
