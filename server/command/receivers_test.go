package command

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// TestReceivers runs the receivers of docs/receivers, each where its language is on the machine, as the callback of a server, and then has
// others knock at them.
func TestReceivers(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"go":     {"go", "run", "./docs/receivers/go"},
		"node":   {"node", "docs/receivers/node/receiver.mjs"},
		"python": {"python3", "docs/receivers/python/receiver.py"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("there is no %s on this machine", command[0])
			}
			testReceiver(t, command)
		})
	}
}

func testReceiver(t *testing.T, command []string) {
	j := newJourney(t)
	address := beside.Address(t)
	j.inbox.url = "http://" + address + "/events"
	made := j.owner.ok(http.MethodPost, "/instances", map[string]any{"element": map[string]any{"key": "icontact"}, "configuration": map[string]any{
		"AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password", "base.url": j.icURL, "event.notification.enabled": true,
		"event.notification.callback.url": j.inbox.url, "event.poller.refresh_interval": "0.0167",
	}}).object()
	secret := fmt.Sprint(made["webhookSecret"])
	out := startReceiver(t, command, address, secret)
	contact := j.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	j.await("the receiver tells the event", func() bool { return strings.Contains(out.String(), "CREATED contacts "+contact.ID) })

	body := `{"message": {"events": [{"eventType": "UPDATED", "objectType": "contacts", "objectId": "7", "date": "d", "eventId": "e"}]}}`
	now := time.Now()
	for name, c := range map[string]struct {
		id, body, secret string
		at               time.Time
		status           int
	}{
		"good":              {"m1", body, secret, now, http.StatusNoContent},
		"the same again":    {"m1", body, secret, now, http.StatusNoContent},
		"another secret":    {"m2", body, "whsec_" + base64.StdEncoding.EncodeToString([]byte("another")), now, http.StatusUnauthorized},
		"an old copy":       {"m3", body, secret, now.Add(-time.Hour), http.StatusUnauthorized},
		"from the future":   {"m4", body, secret, now.Add(time.Hour), http.StatusUnauthorized},
		"without signature": {"m5", body, "", now, http.StatusUnauthorized},
	} {
		if got := knock(t, j.inbox.url, c.id, c.body, c.secret, c.at); got != c.status {
			t.Errorf("%s: %d, want %d", name, got, c.status)
		}
	}
	j.await("the good one is told", func() bool { return strings.Contains(out.String(), "UPDATED contacts 7 d e") })
	if n := strings.Count(out.String(), "UPDATED contacts 7"); n != 1 {
		t.Errorf("it was told %d times:\n%s", n, out)
	}
	second := j.icontact.CreateContact(icontact.Contact{Email: "ben@example.com"})
	j.owner.ok(http.MethodPost, fmt.Sprintf("/instances/%d/webhook/secret/rotate", int64(made["id"].(float64))), map[string]any{"overlap": "1h"})
	third := j.icontact.CreateContact(icontact.Contact{Email: "cai@example.com"})
	j.await("what is signed by two secrets is told", func() bool {
		return strings.Contains(out.String(), "CREATED contacts "+second.ID) && strings.Contains(out.String(), "CREATED contacts "+third.ID)
	})
}

func startReceiver(t *testing.T, command []string, address, secret string) *pageOutput {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if command[0] == "go" { // not by `go run`, whose child would outlive it
		program := filepath.Join(t.TempDir(), "receiver")
		build := exec.Command("go", "build", "-o", program, command[2])
		build.Dir = root
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		command = []string{program}
	}
	out := &pageOutput{}
	run := exec.Command(command[0], command[1:]...)
	run.Dir, run.Stdout, run.Stderr = root, out, out
	run.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret, "ADDR="+address)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
	})
	return out
}

// knock sends a notification by the standard's own rule. It waits for a receiver that is still starting.
func knock(t *testing.T, to, id, body, secret string, at time.Time) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", fmt.Sprint(at.Unix()))
	if secret != "" {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
		req.Header.Set("Webhook-Signature", "v1,AAAA v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
