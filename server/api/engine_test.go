package api

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	actonsim "github.com/pollwright/pollwright/plugins/acton/sim"
	"github.com/pollwright/pollwright/plugins/dist"
	icontactsim "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// The users' own documents, posted to the real engine over HTTP, with simulated providers behind it.
func TestDocumentedBodies(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"icontact.wasm", "acton.wasm"} {
		if _, err := fs.Stat(dist.Files(), name); err != nil {
			t.Skipf("%s was not compiled: `make plugins` does it, and `make test` before it tests", name)
		}
	}
	w := setupEngine(t)
	t.Run("iContact", w.iContactEvents)
	t.Run("iContact cURL", w.iContactCURL)
	t.Run("Act-On", w.actOnEvents)
	t.Run("Act-On as printed", w.actOnAsPrinted)
}

// realWorld is a server over a real engine and two simulated providers.
type realWorld struct {
	world
	authorization   string
	icontact, acton string // base URLs
	actonSim        *actonsim.Sim
}

func setupEngine(t *testing.T) *realWorld {
	t.Helper()
	w := &realWorld{world: world{t: t, log: &logBuffer{}}, actonSim: actonsim.New(actonsim.Config{Options: actonsim.Options{PerSecond: -1}})}
	icontact, acton := httptest.NewServer(icontactsim.New(icontactsim.Config{})), httptest.NewServer(w.actonSim)
	t.Cleanup(icontact.Close)
	t.Cleanup(acton.Close)
	w.icontact, w.acton = icontact.URL+"/icp", acton.URL

	e, err := engine.New(t.Context(), engine.Config{
		Dir: t.TempDir() + "/data", Builtin: dist.Files(), AllowPrivateEgress: true, SmallMemory: true, Logger: w.log.logger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx) }()
	var stopServer func() error
	w.url, stopServer = serve(t, Config{Engine: e, Logger: w.log.logger()})
	t.Cleanup(func() {
		for what, err := range map[string]error{"Serve": stopServer(), "Run": func() error { stop(); return <-ran }(), "Close": e.Close(context.Background())} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	secrets := e.Made()
	w.authorization = "Authorization: organization " + secrets.Organization + ", USER " + secrets.User
	return w
}

// document reads a body of testdata; set replaces or adds keys of its configuration.
func document(t *testing.T, name string, set map[string]string) (body map[string]any, text string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for key, value := range set {
		body["configuration"].(map[string]any)[key] = value
	}
	raw, err = json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return body, string(raw)
}

// paths are where an answer's warnings or errors point to.
func paths(answer map[string]any, list string) string {
	var all []string
	problems, _ := answer[list].([]any)
	for _, p := range problems {
		all = append(all, p.(map[string]any)["path"].(string)+": "+p.(map[string]any)["message"].(string))
	}
	return strings.Join(all, "\n")
}

func wantParts(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lack %q:\n%s", what, part, text)
		}
	}
}

// The first body with its quirks: accepted, shown, polled, deleted.
func (w *realWorld) iContactEvents(t *testing.T) {
	_, text := document(t, "icontact-events.json", map[string]string{"base.url": w.icontact})
	r := w.call("POST", platformBase+"/instances", text, w.authorization)
	if r.status != 200 {
		t.Fatalf("POST: %d %s", r.status, r.text)
	}
	made := r.object(t)
	wantParts(t, "warnings", paths(made, "warnings"), "providerData.code", "contacts.url", "message.url")
	configuration := made["configuration"].(map[string]any)
	if configuration["api.password"] != "********" || configuration["event.poller.refresh_interval"] != "15" || configuration["event.notification.enabled"] != "true" {
		t.Errorf("configuration: %v", configuration)
	}
	for key, value := range configuration {
		if _, ok := value.(string); !ok {
			t.Errorf("configuration: %s is a %T", key, value)
		}
	}
	if element := made["element"].(map[string]any); element["key"] != "icontact" || element["id"] != 13766.0 || made["elementId"] != 13766.0 || made["eventsEnabled"] != true {
		t.Errorf("answer: %s", r.text)
	}
	id := json.Number(strings.Split(strings.SplitAfter(r.text, `"id":`)[1], ",")[0]).String()
	shown := w.call("GET", "/instances/"+id, "", w.authorization)
	if one := shown.object(t); shown.status != 200 || one["token"] != made["token"] || one["warnings"] != nil {
		t.Errorf("GET: %d %s", shown.status, shown.text)
	}
	if list := w.call("GET", "/instances", "", w.authorization); list.status != 200 || list.text != "["+strings.TrimSuffix(shown.text, "\n")+"]\n" {
		t.Errorf("list: %d %s", list.status, list.text)
	}
	polls := w.call("GET", "/instances/"+id+"/polls", "", w.authorization)
	wantParts(t, "polls", polls.text, `"resource":"contacts"`, `"resource":"message"`, `"window":`, `"pages":`, `"records":`)
	if strings.Contains(polls.text, `"error"`) {
		t.Errorf("polls: %s", polls.text)
	}
	wantError(t, "another's", w.call("GET", "/instances/"+id, "", "Authorization: User x, Organization y"), 401, "not valid")
	if gone := w.call("DELETE", "/instances/"+id, "", w.authorization); gone.status != 200 {
		t.Errorf("DELETE: %d %s", gone.status, gone.text)
	}
	wantError(t, "deleted", w.call("GET", "/instances/"+id, "", w.authorization), 404, "No instance found with ID "+id)
	wantError(t, "deleted twice", w.call("DELETE", "/instances/"+id, "", w.authorization), 404, id)
	if log := w.log.String(); strings.Contains(log, "sim-password") || strings.Contains(log, "canary") {
		t.Error("the log holds a secret")
	}
}

// The cURL lacks what iContact needs: refused with all of it, and with its warnings; with them added, accepted.
func (w *realWorld) iContactCURL(t *testing.T) {
	_, text := document(t, "icontact-curl.json", map[string]string{"base.url": w.icontact})
	body := wantError(t, "as printed", w.call("POST", "/instances", text, w.authorization), 400, "configuration.AppID")
	wantParts(t, "errors", paths(body, "errors"), "configuration.AppID: is required", "configuration['api.username']: is required", "configuration['api.password']: is required")
	wantParts(t, "warnings", paths(body, "warnings"), "configuration['oauth.api.key']", "configuration['oauth.api.secret']", "providerData.code")
	_, text = document(t, "icontact-curl.json", map[string]string{
		"base.url": w.icontact, "AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password",
	})
	if r := w.call("POST", "/instances", text, w.authorization); r.status != 200 {
		t.Errorf("with the parameters: %d %s", r.status, r.text)
	}
}

// {listId} has no value in the document; a code that Act-On did not give is refused with Act-On's words.
func (w *realWorld) actOnEvents(t *testing.T) {
	_, text := document(t, "acton-events.json", map[string]string{"base.url": w.acton})
	body := wantError(t, "without a list", w.call("POST", "/instances", text, w.authorization), 400, "listId")
	wantParts(t, "errors", paths(body, "errors"), "configuration['event.poller.configuration'].contacts.url")

	_, text = document(t, "acton-events.json", map[string]string{"base.url": w.acton, "listId": "l-0001"})
	body = wantError(t, "with a code of nobody", w.call("POST", "/instances", text, w.authorization), 400, "Act-On did not accept the credentials")
	if words, _ := body["providerMessage"].(string); words == "" || strings.Contains(words, "sim-secret") {
		t.Errorf("providerMessage %q", words)
	}
	code, err := w.actonSim.IssueCode("", "https://mycoolapp.com/callback")
	if err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, "xxxxxxxxxxxxxxxxxxxxxx", code, 1)
	r := w.call("POST", "/instances", text, w.authorization)
	if r.status != 200 {
		t.Fatalf("with a good code: %d %s", r.status, r.text)
	}
	made := r.object(t)
	if configuration := made["configuration"].(map[string]any); configuration["oauth.api.secret"] != "********" || made["providerData"] != nil || strings.Contains(r.text, code) {
		t.Errorf("answer: %s", r.text)
	}
	if element := made["element"].(map[string]any); element["typeOauth"] != true || element["authentication"].(map[string]any)["type"] != "oauth2" {
		t.Errorf("element: %v", element)
	}
}

// The quote that the document lacks is at the end of its line 15.
func (w *realWorld) actOnAsPrinted(t *testing.T) {
	raw, err := os.ReadFile("testdata/acton-events-as-printed.txt")
	if err != nil {
		t.Fatal(err)
	}
	body := wantError(t, "as printed", w.call("POST", "/instances", string(raw), w.authorization), 400, "line 15, column ")
	line := strings.Split(string(raw), "\n")[14]
	if body["line"] != 15.0 || body["column"] != float64(len(line)+1) || !strings.Contains(body["message"].(string), "closing quote is missing") {
		t.Errorf("answer: %v, want line 15, column %d", body, len(line)+1)
	}
}
