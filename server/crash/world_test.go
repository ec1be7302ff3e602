package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// world is the program's folder and all that is around it.
type world struct {
	t         *testing.T
	dir       string // of the data folder and its key
	addr      string
	args      []string
	through   []string          // a command that runs the program; none = it is run as it is
	urls      map[string]string // of the parts
	client    *http.Client
	program   *program
	runs      int // of the program
	account   *account
	instances map[string]int64 // by element
	contents  []*contents      // resources that are compared by content, beside the usual ones
}

func newWorld(t *testing.T, args ...string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), addr: beside.Address(t), urls: map[string]string{}, client: &http.Client{Timeout: 30 * time.Second}, instances: map[string]int64{}}
	for _, role := range []string{"icontact", "acton", "sink"} {
		w.urls[role] = beside.Start(t, role, "", fmt.Sprintf("-crash.seed=%d", *seed)).Line()
	}
	w.args = append([]string{"serve", "--addr", w.addr, "--data", w.data(), "--allow-private-egress", "--small-memory", "--auth-failures", "1", "--poll-failures", "1000000"}, args...)
	w.account = newAccount(w)
	binary(t)
	return w
}

func (w *world) data() string { return filepath.Join(w.dir, "data") }

// command is the program with arguments of its own.
func (w *world) command(args ...string) *exec.Cmd {
	line := append(append(slices.Clone(w.through), binary(w.t)), args...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), "POLLWRIGHT_ORGANIZATION_SECRET=org", "POLLWRIGHT_USER_SECRET=user")
	return cmd
}

// start begins a run. What the one before opened at the sink was accepted before the sink hears of it.
func (w *world) start() {
	w.t.Helper()
	once := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if res, err := once.Post(w.urls["sink"]+"/_run", "", nil); err != nil {
		w.t.Fatal(err)
	} else {
		_ = res.Body.Close()
	}
	if err := beside.ShareCode(code(), w.data()); err != nil {
		w.t.Fatal(err)
	}
	w.runs++
	w.program = run(w.t, w.command(w.args...), w.addr)
}

// kill ends the run, and reports whether it had not ended already.
func (w *world) kill() (killed bool) {
	w.t.Helper()
	w.account.end(w.runs)
	return w.program.kill()
}

// ask makes a request of the API and decodes the answer. An error means that nobody knows what became of it.
func (w *world) ask(ctx context.Context, method, path string, body, into any) (status int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+w.addr+path, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "User user, Organization org")
	req.Header.Set("Content-Type", "application/json")
	res, err := w.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	return res.StatusCode, json.Unmarshal(answer, into)
}

// must asks again and again while the program starts.
func (w *world) must(method, path string, body, into any) {
	w.t.Helper()
	var err error
	var status int
	await(w.t, func() bool {
		status, err = w.ask(w.t.Context(), method, path, body, into)
		return err == nil || status != 0 && status != http.StatusServiceUnavailable
	}, func() string { return err.Error() })
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.program.said())
	}
}

// create makes an instance of each element.
func (w *world) create() {
	w.t.Helper()
	var code struct{ Code string }
	w.control(http.MethodPost, "acton", "codes", map[string]any{"username": "", "redirectURI": "https://mycoolapp.com"}, &code)
	w.instance("icontact", nil, map[string]any{
		"base.url": w.urls["icontact"] + "/icp", "api.version": "2.2", "AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password"})
	w.instance("acton", map[string]any{"code": code.Code}, map[string]any{
		"base.url": w.urls["acton"], "oauth.api.key": "sim-client", "oauth.api.secret": "sim-secret", "oauth.callback.url": "https://mycoolapp.com", "listId": "l-0001"})
}

func (w *world) instance(element string, provided any, configuration map[string]any) {
	w.t.Helper()
	for key, value := range map[string]any{
		"event.notification.enabled": true, "event.notification.callback.url": w.urls["sink"] + "/events", "event.poller.refresh_interval": "0.0167",
		"event.notification.retries": "2s, 2s, 2s, 2s, 2s, 2s, 2s, 2s, 2s, 2s, 2s, 2s", // the receiver refuses some on purpose
	} {
		configuration[key] = value
	}
	if len(w.contents) > 0 {
		resources := maps.Clone(byDates[element])
		for _, c := range w.contents {
			if c.element == element {
				resources[c.name] = c.entry
			}
		}
		configuration["event.poller.configuration"] = resources
	}
	var made struct{ ID int64 }
	w.must(http.MethodPost, "/instances", map[string]any{
		"element": map[string]any{"key": element}, "name": nameOf(0), "providerData": provided, "configuration": configuration}, &made)
	w.instances[element] = made.ID
}

// control asks a simulator's control API.
func (w *world) control(method, element, path string, body, into any) {
	w.t.Helper()
	if err := w.tryControl(w.t.Context(), method, element, path, body, into); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryControl(ctx context.Context, method, element, path string, body, into any) error {
	return w.try(ctx, method, w.urls[element]+"/_sim/"+path, body, into)
}

func (w *world) try(ctx context.Context, method, address string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	res, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s %w", method, address, res.StatusCode, answer, err)
	}
	return json.Unmarshal(answer, into)
}

// arm has a part stop the next request that comes to a point; the channel is closed when one has.
func (w *world) arm(part, point string) (reached chan error) {
	reached = make(chan error, 1)
	go func() {
		res, err := http.Post(w.urls[part]+"/_gate?point="+url.QueryEscape(point), "", nil)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				err = fmt.Errorf("no request came to %s of %s within %v", point, part, patience)
			}
		}
		reached <- err
	}()
	return reached
}
