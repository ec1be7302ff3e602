package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

const (
	// killSeed makes the moments of the kills repeatable, as far as a process can be.
	killSeed = 20260609
	// killPatience is how long the last run may take to deliver what is left.
	killPatience = 3 * time.Minute
)

// kills is how often the program is killed; `make kill` has it many times.
var kills = flag.Int("kill.times", 24, "how often TestKilledAtAnyMomentLosesNothing kills the program")

// TestKilledAtAnyMomentLosesNothing kills the real program with SIGKILL while it polls, commits and posts, starts it again on the same
// folder. The receiver answers late, refuses some notifications and is in trouble at times, so that kills fall into requests, acknowledgements
// and retries. The test holds the simulators' ledgers against what a receiver got: every version of every object arrives; what arrives twice has
// the same webhook-id, and its first delivery was open at a kill: not answered yet, or answered so lately that the answer was under way.
func TestKilledAtAnyMomentLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a program for about a minute")
	}
	t.Parallel()
	k := newKillWorld(t)
	rng := rand.New(rand.NewPCG(killSeed, 1))
	k.start()
	k.createInstances()
	work, stopWork := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { k.change(work) })
	for range *kills {
		pause(time.Duration(rng.IntN(1800)) * time.Millisecond) // the moment is the point of the test
		k.kill()
		k.start()
	}
	stopWork()
	working.Wait()
	k.drain()
	k.verdict()
}

// pause waits: the time to a kill is the test's input, not a wait for something.
func pause(d time.Duration) { <-time.After(d) }

type killWorld struct {
	t        *testing.T
	binary   string
	args     []string
	env      []string
	api      string
	client   *http.Client
	icontact *icontact.Sim
	acton    *acton.Sim
	urls     [3]string // iContact, Act-On, sink
	sink     *killSink
	process  *exec.Cmd
	output   bytes.Buffer
}

func newKillWorld(t *testing.T) *killWorld {
	t.Helper()
	dir := t.TempDir()
	k := &killWorld{t: t, binary: filepath.Join(dir, "pollwright"), client: &http.Client{Timeout: 30 * time.Second}, sink: newKillSink()}
	build(t, nil, "-o", k.binary, "../..")
	for _, name := range []string{"icontact", "acton"} {
		build(t, []string{"GOOS=wasip1", "GOARCH=wasm"}, "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "plugins", name+".wasm"), "../../plugins/"+name)
	}
	k.icontact = icontact.New(icontact.Config{Seed: killSeed})
	k.acton = acton.New(acton.Config{Seed: killSeed, Options: acton.Options{PerSecond: -1, AuthPerHour: -1}})
	for i, h := range []http.Handler{k.icontact, k.acton, k.sink} {
		s := httptest.NewUnstartedServer(h)
		if h == k.sink {
			s.Config.ConnContext = k.sink.mark
		}
		s.Start()
		t.Cleanup(s.Close)
		k.urls[i] = s.URL
	}
	addr := freeAddress(t)
	k.api = "http://" + addr
	k.args = []string{"serve", "--addr", addr, "--data", filepath.Join(dir, "data"), "--plugins", filepath.Join(dir, "plugins"), "--allow-private-egress"}
	k.env = append(os.Environ(), "POLLWRIGHT_ORGANIZATION_SECRET=org", "POLLWRIGHT_USER_SECRET=user")
	t.Cleanup(k.kill)
	return k
}

func build(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %v: %v\n%s", args, err, out)
	}
}

// freeAddress is a loopback port that was free a moment ago; a program that is killed needs the same one at every start.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (k *killWorld) start() {
	k.t.Helper()
	pause(20 * time.Millisecond) // for connections that a killed run opened last
	k.sink.next()
	k.process = exec.Command(k.binary, k.args...)
	k.process.Env = k.env
	k.process.Stdout, k.process.Stderr = &k.output, &k.output
	if err := k.process.Start(); err != nil {
		k.t.Fatal(err)
	}
}

// kill ends the program at once. That it was still running is part of the test: it must not have ended by itself.
func (k *killWorld) kill() {
	if k.process == nil {
		return
	}
	_ = k.process.Process.Signal(syscall.SIGKILL)
	k.sink.end()
	err := k.process.Wait()
	if status, ok := k.process.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		k.t.Errorf("the program ended by itself: %v\n%s", err, k.output.String())
	}
	k.process = nil
}

func (k *killWorld) createInstances() {
	k.t.Helper()
	code, err := k.acton.IssueCode("owner@example.com", "https://mycoolapp.com")
	if err != nil {
		k.t.Fatal(err)
	}
	common := func(url string, more map[string]any) map[string]any {
		c := map[string]any{
			"base.url": url, "event.notification.enabled": true, "event.notification.callback.url": k.urls[2] + "/events", "event.poller.refresh_interval": "0.0167",
			"event.notification.retries": "1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s",
		}
		for key, value := range more {
			c[key] = value
		}
		return c
	}
	k.post(map[string]any{"element": map[string]any{"key": "icontact"}, "name": "iContact", "configuration": common(k.urls[0]+"/icp", map[string]any{
		"api.version": "2.2", "AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password"})})
	k.post(map[string]any{"element": map[string]any{"key": "acton"}, "name": "Act-On", "providerData": map[string]any{"code": code}, "configuration": common(k.urls[1], map[string]any{
		"oauth.api.key": "sim-client", "oauth.api.secret": "sim-secret", "oauth.callback.url": "https://mycoolapp.com", "listId": "l-0001"})})
}

func (k *killWorld) post(body any) {
	k.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	deadline := time.Now().Add(killPatience)
	for { // the program may still be starting
		req, err := http.NewRequestWithContext(k.t.Context(), http.MethodPost, k.api+"/elements/api-v2/instances", bytes.NewReader(text))
		if err != nil {
			k.t.Fatal(err)
		}
		req.Header.Set("Authorization", "User user, Organization org")
		req.Header.Set("Content-Type", "application/json")
		res, err := k.client.Do(req)
		if err != nil {
			if time.Now().After(deadline) {
				k.t.Fatal(err)
			}
			pause(50 * time.Millisecond)
			continue
		}
		answer, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			k.t.Fatalf("POST /instances: %d %s", res.StatusCode, answer)
		}
		return
	}
}

// change creates records at both providers, and updates an Act-On row once its last version has arrived, so that every version must.
func (k *killWorld) change(ctx context.Context) {
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	versions := map[string]string{} // of Act-On rows
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch n % 4 {
		case 0:
			k.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", n)})
		case 1:
			k.icontact.CreateMessage(icontact.Message{Subject: fmt.Sprint("message ", n)})
		case 2:
			if e, err := k.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": fmt.Sprint(n)}}); err == nil {
				versions[e.ID] = e.Version
			}
		case 3:
			for id, version := range versions {
				if !k.sink.has("acton", "contacts", id, version) {
					continue
				}
				if e, err := k.acton.UpdateContact(id, acton.Contact{Fields: map[string]string{"First Name": fmt.Sprint(n)}}); err == nil {
					versions[id] = e.Version
				}
				break
			}
		}
	}
}

// wanted lists every version of every object that the providers have shown.
func (k *killWorld) wanted() (all []killKey) {
	for _, e := range k.icontact.Ledger.After(0, 1_000_000) {
		all = append(all, killKey{"icontact", e.Resource, e.ID, e.Version})
	}
	for _, e := range k.acton.Ledger.After(0, 1_000_000) {
		all = append(all, killKey{"acton", e.Resource, e.ID, e.Version})
	}
	return all
}

// drain lets the last run deliver what is left.
func (k *killWorld) drain() {
	deadline := time.Now().Add(killPatience)
	for len(k.missing()) > 0 && time.Now().Before(deadline) {
		pause(50 * time.Millisecond)
	}
}

func (k *killWorld) missing() (lost []killKey) {
	for _, key := range k.wanted() {
		if !k.sink.has(key.element, key.resource, key.id, key.version) {
			lost = append(lost, key)
		}
	}
	return lost
}

func (k *killWorld) verdict() {
	lost := k.missing()
	repeats, wrong := k.sink.repeats()
	k.t.Logf("%d kills: %d versions of objects, %d notifications, %d others refused, lost %d, repeated %d (of these not open at a kill, or under another id: %d)",
		*kills, len(k.wanted()), k.sink.notifications(), k.sink.refused(), len(lost), repeats, len(wrong))
	if len(k.wanted()) < 100 {
		k.t.Errorf("only %d versions: the test saw too little", len(k.wanted()))
	}
	if len(lost) > 0 {
		k.t.Errorf("lost: %v\n%s", lost[:min(len(lost), 10)], tail(k.output.String()))
	}
	for _, w := range wrong {
		k.t.Error(w)
	}
	for key := range k.sink.unknown(k.wanted()) {
		k.t.Errorf("told what never was: %v", key)
	}
}

func tail(s string) string { return s[max(0, len(s)-4000):] }
