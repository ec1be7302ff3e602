package command

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// TestBackupUnderLoad takes backups of a server that polls and delivers, kills it, and starts another on what was restored. One callback takes
// nothing until then. All that was detected by the backup and not delivered arrives, under the ids it had; what the first server did not tell, or the
// backup is too old to know of, is found again.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	closed := newInbox()
	closed.answer(http.StatusServiceUnavailable)
	server := httptest.NewServer(closed)
	t.Cleanup(server.Close)
	code, err := j.acton.IssueCode("owner@example.com", "https://mycoolapp.com")
	if err != nil {
		t.Fatal(err)
	}
	shop := j.owner.shop("Shop", map[string]any{"event.poller.configuration": nil})
	body := j.owner.crmBody("CRM", map[string]any{"event.notification.callback.url": server.URL, "event.notification.retries": "1s, 1s, 1s, 1s, 1s, 1s"})
	body["providerData"] = map[string]any{"code": code}
	crm := j.owner.ok(http.MethodPost, "/instances", body).object()

	work, stopWork := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { j.load(work) })
	data := j.program.cmd.Args[3]
	at := desk{t, append(secretFiles(t, "user", "org"), "--url", j.program.url)}
	file := ""
	var waiting []string
	for n := range 3 {
		j.await("notifications wait, and others are delivered", func() bool {
			waiting = j.waiting(crm)
			return len(waiting) > 10*(n+1) && len(j.inbox.letters()) > 3*(n+1)
		})
		file = filepath.Join(t.TempDir(), fmt.Sprint(n, ".backup"))
		at.ok(nil, "backup", file)
		desk{t, nil}.ok(nil, "restore", file, "--check", "--master-key-file", data+".master.key")
	}
	j.program.signal(syscall.SIGKILL)
	stopWork()
	working.Wait()
	j.program.end()

	dir := t.TempDir()
	desk{t, nil}.ok(nil, "restore", file, "--data", filepath.Join(dir, "data"), "--master-key-file", data+".master.key")
	closed.answer(http.StatusOK)
	j.program = startWith(t, []string{envOrganizationSecret + "=org", envUserSecret + "=user"}, dir, "--allow-private-egress",
		"--trusted-proxies", "127.0.0.1", "--master-key-file", data+".master.key").listening()
	go func() { // nobody else reads the log
		for range j.program.lines {
		}
	}()
	for _, in := range []map[string]any{shop, crm} {
		j.owner.ok(http.MethodGet, path(in, ""), nil).says(tokenOf(in))
	}
	j.await("all that the providers have is told", func() bool { return len(j.untold(closed)) == 0 })
	told := map[string]bool{}
	for _, l := range closed.letters() {
		told[l.Header.Get("Webhook-Id")] = true
	}
	for _, id := range waiting {
		if !told[id] {
			t.Errorf("notification %s waited when the backup was taken, and did not come", id)
		}
	}
	j.oneIDEach(closed)
	t.Logf("%d records, %d notifications waited", len(j.icontact.Ledger.After(0, 1_000_000))+len(j.acton.Ledger.After(0, 1_000_000)), len(waiting))
}

// load creates records at both providers.
func (j *journey) load(ctx context.Context) {
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		j.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("load%d@example.com", n)})
		if _, err := j.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": fmt.Sprint(n)}}); err != nil {
			j.t.Error(err)
		}
	}
}

// waiting are the ids of an instance's notifications that wait.
func (j *journey) waiting(in map[string]any) (ids []string) {
	for _, e := range j.owner.ok(http.MethodGet, path(in, "/events?state=waiting&pageSize=1000"), nil).list() {
		ids = append(ids, fmt.Sprint(e["id"]))
	}
	return ids
}

// untold are the objects of both providers that no letter tells of.
func (j *journey) untold(crm *inbox) (objects []string) {
	told := map[string]bool{}
	for _, l := range slices.Concat(j.inbox.letters(), crm.letters()) {
		for _, e := range l.Message.Events {
			told[e.ObjectID] = true
		}
	}
	for _, e := range slices.Concat(j.icontact.Ledger.After(0, 1_000_000), j.acton.Ledger.After(0, 1_000_000)) {
		if !told[e.ID] {
			objects = append(objects, e.ID)
		}
	}
	return objects
}

// oneIDEach: what is told twice is told under one id, as nothing was changed.
func (j *journey) oneIDEach(crm *inbox) {
	ids := map[string]string{}
	for _, l := range slices.Concat(j.inbox.letters(), crm.letters()) {
		for _, e := range l.Message.Events {
			key := e.ObjectType + " " + e.ObjectID
			if was, ok := ids[key]; ok && was != e.EventID {
				j.t.Errorf("%s is told as %s and as %s", key, was, e.EventID)
			}
			ids[key] = e.EventID
		}
	}
}

// Of a stopped server, too; and what a command refuses leaves no file.
func TestBackupOnTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	p := start(t, dir).listening()
	file := filepath.Join(dir, "one.backup")
	wrong := desk{t, append(secretFiles(t, "wrong", "wrong"), "--url", p.url)}
	wrong.fails(codeError, "401", "backup", file)
	p.signal(syscall.SIGTERM)
	for range p.lines { // to its end
	}
	p.end()
	stopped := desk{t, []string{"--data", data}}
	var made struct{ Bytes int64 }
	stopped.ok(&made, "backup", file)
	if info, err := os.Stat(file); err != nil || info.Size() != made.Bytes || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v, want %d bytes for the owner only", info, err, made.Bytes)
	}
	stopped.fails(codeError, "is there already", "backup", file)
	stopped.fails(codeError, "is not empty", "restore", file)
	stopped.ok(nil, "restore", "--check", file)
	plain := desk{t: t}
	plain.fails(codeUsage, "--data", "restore", file)
	plain.fails(codeUsage, "needs the master key", "restore", "--check", file)
	other := filepath.Join(dir, "other")
	plain.fails(codeError, "other.master.key does not exist", "restore", file, "--data", other)
	plain.ok(nil, "restore", file, "--data", other, "--master-key-file", data+".master.key")
	if text := (desk{t, []string{"--data", other, "--master-key-file", data + ".master.key"}}).ok(nil, "user", "list"); !strings.Contains(text, "First user") {
		t.Errorf("users of the restored folder: %s", text)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"data", "data.master.key", "one.backup", "other"}; !slices.Equal(names, want) {
		t.Errorf("the folder holds %v, want %v", names, want)
	}
}
