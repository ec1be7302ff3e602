package command

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// keyKills is how often the program is killed while it rotates its keys.
const keyKills = 5

// Killed at any moment of rotations of its keys, the program starts again with what is there, and a copy of its folder gives nothing.
func TestKilledWhileKeysRotate(t *testing.T) {
	t.Parallel()
	const password = "canary-Password-of-the-rotations"
	provider := httptest.NewServer(icontact.New(icontact.Config{Password: password}))
	t.Cleanup(provider.Close)
	dir := t.TempDir()
	var body, made string
	rng := rand.New(rand.NewPCG(20260609, 2))
	for n := range keyKills + 1 {
		p := startWith(t, []string{envOrganizationSecret + "=org-canary-secret", envUserSecret + "=user-canary-secret"}, dir, "--allow-private-egress").listening()
		if n == 0 {
			body = `{"element": {"key": "icontact"}, "name": "Kept", "configuration": {"base.url": "` + provider.URL + `/icp", "AppID": "sim-app",
				"api.username": "sim-user", "api.password": "` + password + `", "event.notification.enabled": false}}`
			made = tokenAndID(t, p.ask(t, http.MethodPost, "/instances", body))
		} else if again := tokenAndID(t, p.ask(t, http.MethodGet, "/instances/"+made[:strings.IndexByte(made, ' ')], "")); again != made {
			t.Fatalf("after %d kills the instance is %s, and was %s", n, again, made)
		}
		if n == keyKills {
			p.signal(syscall.SIGTERM)
			break
		}
		p.ask(t, http.MethodPost, "/keys/rotate", `{"dataKey": true}`)
		rotating := make(chan struct{})
		go func() {
			defer close(rotating)
			for p.try(http.MethodPost, "/keys/rotate", "") {
			}
		}()
		pause := time.Duration(rng.IntN(60)) * time.Millisecond // the moment is the point of the test
		<-time.After(pause)
		p.signal(syscall.SIGKILL).end()
		<-rotating
		folderGivesNothing(t, filepath.Join(dir, "data"), password, "org-canary-secret", "user-canary-secret", made[strings.IndexByte(made, ' ')+1:])
	}
}

// ask sends a request that must succeed.
func (p *program) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	res, err := p.request(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
	}
	return text
}

// try reports whether a request was answered.
func (p *program) try(method, path, body string) bool {
	res, err := p.request(method, path, body)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return err == nil
}

func (p *program) request(method, path, body string) (*http.Response, error) {
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "User user-canary-secret, Organization org-canary-secret")
	req.Header.Set("Content-Type", "application/json")
	return (&http.Client{Timeout: patience}).Do(req)
}

func tokenAndID(t *testing.T, text []byte) string {
	t.Helper()
	var in struct {
		ID    json.Number
		Token string
	}
	if err := json.Unmarshal(text, &in); err != nil || in.Token == "" {
		t.Fatalf("%v in %s", err, text)
	}
	return in.ID.String() + " " + in.Token
}

// folderGivesNothing fails if a copy of a data folder opens without its key, or holds one of the secrets.
func folderGivesNothing(t *testing.T, data string, secrets ...string) {
	t.Helper()
	stolen := filepath.Join(t.TempDir(), "stolen")
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(stolen, rel), 0o700)
		}
		if d.Type()&fs.ModeSymlink != 0 { // machine code of adapters, shared by tests
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %s", rel, secret)
			}
		}
		return os.WriteFile(filepath.Join(stolen, rel), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := engine.OpenOffline(context.Background(), engine.Config{Dir: stolen, Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_ = folder.Close(context.Background())
		t.Error("a copy of the folder opens without its key")
	}
}
