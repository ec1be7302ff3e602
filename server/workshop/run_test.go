package workshop

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(d *desk, dir string, r *Run)
		want   string
	}{
		"no credentials":   {func(*desk, string, *Run) {}, "give it in the environment as LARDER_API_KEY"},
		"a secret given":   {func(_ *desk, _ string, r *Run) { r.Set = map[string]string{"api.key": "x"} }, "is a secret"},
		"unknown setting":  {func(_ *desk, _ string, r *Run) { r.Set = map[string]string{"api.kye": "x"} }, "it has api.key, base.url"},
		"unknown resource": {func(d *desk, _ string, r *Run) { d.env["LARDER_API_KEY"], r.Resources = "x", []string{"boxes"} }, "it has items, shelves"},
		"a bad time":       {func(d *desk, _ string, r *Run) { d.env["LARDER_API_KEY"], r.Since = "x", "yesterday" }, "event.poller.start"},
		"bad polling": {func(d *desk, _ string, r *Run) {
			d.env["LARDER_API_KEY"], r.Polling = "x", json.RawMessage(`{"items": {"url": 3}}`)
		}, "url"},
		"no fake": {func(d *desk, dir string, r *Run) {
			r.Fake = true
			if err := os.Remove(filepath.Join(dir, FakeFile)); err != nil {
				d.t.Fatal(err)
			}
		}, "there is no"},
		"a private address": {func(d *desk, _ string, r *Run) {
			d.env["LARDER_API_KEY"], r.Set = "x", map[string]string{"base.url": "http://10.1.2.3"}
		}, "10.1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			dir := d.ready()
			r := Run{Path: dir, LogLevel: slog.LevelError + 1}
			c.change(d, dir, &r)
			if err := d.Run(t.Context(), r); err == nil || !strings.Contains(err.Error(), c.want) && !strings.Contains(d.out.String(), c.want) {
				t.Errorf("got %v, want %q in it or in\n%s", err, c.want, d.out)
			}
		})
	}
}

// Against a provider of one's own: everything from the beginning is told, and refused credentials are a failure that shows none.
func TestRunAgainstAProvider(t *testing.T) {
	t.Parallel()
	d := setup(t)
	dir := d.ready()
	f, err := openFake(filepath.Join(dir, FakeFile), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(f)
	t.Cleanup(site.Close)
	run := Run{
		Path: filepath.Join(dir, ModuleFile), Set: map[string]string{"base.url": site.URL}, Resources: []string{"items", "shelves"}, JSON: true,
		LogLevel: slog.LevelError + 1, Private: true,
	}
	d.env["LARDER_API_KEY"] = "fake-key"
	if err := d.Run(t.Context(), run); err != nil {
		t.Fatalf("%v\n%s%s", err, d.out, d.err)
	}
	kinds := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(d.out.String()), "\n") {
		var one map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &one); err != nil || len(one) != 1 {
			t.Fatalf("a line is not an object with one key: %q", line)
		}
		for kind := range one {
			kinds[kind]++
		}
	}
	if kinds["event"] != 5 || kinds["poll"] != 2 || kinds["request"] != 2 {
		t.Errorf("got %v, want 5 events, 2 polls and 2 requests in\n%s", kinds, d.out)
	}
	d.env["LARDER_API_KEY"] = "a-wrong-key"
	if err := d.Run(t.Context(), run); err == nil || !strings.Contains(err.Error(), "failed") || !strings.Contains(d.out.String(), "the API key is unknown") {
		t.Errorf("with a wrong key: got %v and\n%s", err, d.out)
	}
	if all := d.out.String() + d.err.String(); strings.Contains(all, "fake-key") || strings.Contains(all, "a-wrong-key") {
		t.Errorf("a secret was printed:\n%s", all)
	}
}

// A provider with OAuth2: by a code of the environment, and by the page that the user is sent to.
func TestRunWithOAuth(t *testing.T) {
	t.Parallel()
	module, err := filepath.Abs("../../plugins/dist/acton.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(module); err != nil {
		t.Skipf("the built-in adapters are not built: run make plugins (%v)", err)
	}
	sim := acton.New(acton.Config{Seed: 7, Options: acton.Options{PerSecond: -1, AuthPerHour: -1, ConsentPage: true}})
	site := httptest.NewServer(sim)
	t.Cleanup(site.Close)
	const callback = "https://mycoolapp.com"
	run := func(d *desk, in io.Reader) error {
		d.env["ACTON_OAUTH_API_KEY"], d.env["ACTON_OAUTH_API_SECRET"], d.env["ACTON_OAUTH_CALLBACK_URL"] = "sim-client", "sim-secret", callback
		return d.Run(t.Context(), Run{
			Path: module, Set: map[string]string{"base.url": site.URL}, Resources: []string{"lists"}, In: in, Private: true, LogLevel: slog.LevelError + 1,
			Polling: json.RawMessage(`{"lists": {"url": "/hubs/marketing/lists", "idField": "id"}}`),
		})
	}
	t.Run("code", func(t *testing.T) {
		t.Parallel()
		d := setup(t)
		if d.env["ACTON_CODE"], err = sim.IssueCode("", callback); err != nil {
			t.Fatal(err)
		}
		if err := run(d, nil); err != nil || !strings.Contains(d.out.String(), "-> CREATED lists") {
			t.Errorf("%v\n%s%s", err, d.out, d.err)
		}
	})
	t.Run("page", func(t *testing.T) {
		t.Parallel()
		d := setup(t)
		if err := run(d, &signIn{t: t, said: d.err}); err != nil || !strings.Contains(d.out.String(), "-> CREATED lists") {
			t.Errorf("%v\n%s%s", err, d.out, d.err)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		d := setup(t)
		if err := run(d, strings.NewReader("")); err == nil || !strings.Contains(err.Error(), "no address was given") {
			t.Errorf("got %v, want to be told that no address was given", err)
		}
		if err := run(d, strings.NewReader("https://mycoolapp.com/?error=x\n")); err == nil || !strings.Contains(err.Error(), "no parameter code") {
			t.Errorf("got %v, want to be told that there is no code", err)
		}
	})
}

// signIn is a user who follows the address that was printed, consents, and pastes the address that the browser was sent to.
type signIn struct {
	t      *testing.T
	said   *output
	answer *bytes.Reader
}

var pageForm = regexp.MustCompile(`https?://\S+`)

func (s *signIn) Read(b []byte) (int, error) {
	if s.answer == nil {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.PostForm(pageForm.FindString(s.said.String()), url.Values{"decision": {"allow"}}) // what the form of the page sends
		if err != nil {
			return 0, err
		}
		_ = res.Body.Close()
		s.answer = bytes.NewReader([]byte(res.Header.Get("Location") + "\n"))
	}
	return s.answer.Read(b)
}
