package command

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// guest is somebody with a browser's cookies and no script.
type guest struct {
	*journey
	client *http.Client
	proof  string
}

func (j *journey) guest() *guest {
	jar, err := cookiejar.New(nil)
	if err != nil {
		j.t.Fatal(err)
	}
	return &guest{journey: j, client: &http.Client{Jar: jar, Timeout: journeyPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is what a guest got.
type webPage struct {
	*http.Response
	body string
}

func (g *guest) send(method, path string, body io.Reader, headers ...string) webPage {
	g.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, g.program.url+path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := g.client.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return webPage{res, string(text)}
}

func (g *guest) get(path string, headers ...string) webPage {
	g.t.Helper()
	return g.send(http.MethodGet, path, nil, headers...)
}

// post sends a form with the proof of the session.
func (g *guest) post(path string, fields url.Values, headers ...string) webPage {
	g.t.Helper()
	form := url.Values{"proof": {g.proof}}
	for name, values := range fields {
		form[name] = values
	}
	return g.send(http.MethodPost, path, strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

var proofField = regexp.MustCompile(`name="proof" value="([^"]+)"`)

func (g *guest) signsIn(user, organization string) *guest {
	g.t.Helper()
	res := g.post("/console/sign-in", url.Values{"user": {user}, "organization": {organization}})
	if res.StatusCode != http.StatusSeeOther {
		g.t.Fatalf("sign in: %d\n%s", res.StatusCode, res.body)
	}
	found := proofField.FindStringSubmatch(g.get("/console").body)
	if found == nil {
		g.t.Fatal("no form of the page has a proof")
	}
	g.proof = found[1]
	return g
}

func (g *guest) wants(res webPage, status int, says string) {
	g.t.Helper()
	if res.StatusCode != status || !strings.Contains(res.body, says) {
		g.t.Errorf("%s %s: %d, want %d and %q in\n%s", res.Request.Method, res.Request.URL.Path, res.StatusCode, status, says, res.body)
	}
}

func (g *guest) leadsTo(res webPage, to string) {
	g.t.Helper()
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != to {
		g.t.Errorf("%s %s: %d to %q, want %q", res.Request.Method, res.Request.URL.Path, res.StatusCode, res.Header.Get("Location"), to)
	}
}

func (j *journey) shop() string {
	j.t.Helper()
	body := map[string]any{"element": map[string]any{"key": "icontact"}, "name": "Shop", "tags": []string{"a"}, "configuration": map[string]any{
		"AppID": "sim-app", "api.username": "sim-user", "api.password": "sim-password", "base.url": j.icURL, "event.notification.enabled": true,
		"event.notification.callback.url": j.inbox.url, "event.poller.refresh_interval": "60",
	}}
	return fmt.Sprint(int64(j.owner.ok(http.MethodPost, "/instances", body).object()["id"].(float64)))
}

func TestConsoleKeepsStrangersOut(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "--login-failures", "5")
	id := j.shop()
	g := j.guest()
	g.leadsTo(g.get("/"), "/console")
	g.leadsTo(g.get("/console/instances/"+id+"/events?state=waiting"), "/console/sign-in?to="+url.QueryEscape("/console/instances/"+id+"/events?state=waiting"))
	g.wants(g.post("/console/instances/"+id+"/pause", nil), http.StatusForbidden, "your session has ended")
	if res := g.get("/console/instances/" + id + "?live=1"); res.StatusCode != http.StatusNoContent {
		t.Errorf("a live page without a session: %d", res.StatusCode)
	}
	g.wants(g.post("/console/sign-in", url.Values{"user": {"user"}, "organization": {"wrong"}}), http.StatusUnauthorized, "These are not the secrets")
	g.wants(g.post("/console/sign-in", url.Values{"user": {"user"}, "organization": {"org"}}, "Origin", "https://evil.example"), http.StatusForbidden, "not sent from a page of your session")

	res := g.post("/console/sign-in", url.Values{"user": {"user"}, "organization": {"org"}, "to": {"/console/elements"}}, "X-Forwarded-Proto", "https")
	g.leadsTo(res, "/console/elements")
	cookie := res.Header.Get("Set-Cookie")
	for _, flag := range []string{"HttpOnly", "SameSite=Strict", "secure", "path=/console", "max-age="} {
		if !strings.Contains(strings.ToLower(cookie), strings.ToLower(flag)) {
			t.Errorf("the cookie is not %s: %s", flag, cookie)
		}
	}
	for _, to := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "/console/../../x", "/instances", "/console\nx", "javascript:alert(1)"} {
		g.leadsTo(j.guest().post("/console/sign-in", url.Values{"user": {"user"}, "organization": {"org"}, "to": {to}}), "/console")
	}

	g = j.guest().signsIn("user", "org")
	good := g.proof
	for name, try := range map[string]func() webPage{
		"no proof":       func() webPage { g.proof = ""; return g.post("/console/instances/"+id+"/pause", nil) },
		"another proof":  func() webPage { g.proof = "x" + good; return g.post("/console/instances/"+id+"/pause", nil) },
		"another site":   func() webPage { return g.post("/console/instances/"+id+"/pause", nil, "Sec-Fetch-Site", "cross-site") },
		"a sibling":      func() webPage { return g.post("/console/instances/"+id+"/pause", nil, "Sec-Fetch-Site", "same-site") },
		"another origin": func() webPage { return g.post("/console/instances/"+id+"/pause", nil, "Origin", "http://127.0.0.1:1") },
		"a proof of theirs": func() webPage {
			g.proof = j.guest().signsIn("user", "org").proof
			return g.post("/console/instances/"+id+"/pause", nil)
		},
	} {
		if res := try(); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		g.proof = good
	}
	if now := j.owner.ok(http.MethodGet, "/instances/"+id, nil).object(); now["callback"] != nil {
		t.Errorf("one of them was obeyed: %v", now["callback"])
	}
	if res := g.get("/console/instances/" + id + "/pause"); res.StatusCode != http.StatusNotFound {
		t.Errorf("an action by GET: %d", res.StatusCode)
	}

	old := &http.Cookie{}
	u, _ := url.Parse(j.program.url + "/console")
	for _, c := range g.client.Jar.Cookies(u) {
		old = c
	}
	g.leadsTo(g.post("/console/sign-out", nil), "/console/sign-in")
	if res := j.guest().get("/console/instances", "Cookie", old.Name+"="+old.Value); res.StatusCode != http.StatusSeeOther {
		t.Errorf("with the cookie of a session that was signed out: %d", res.StatusCode)
	}

	g = j.guest()
	for range 5 {
		g.post("/console/sign-in", url.Values{"user": {"guess"}, "organization": {"org"}}, "X-Forwarded-For", "10.1.2.3")
	}
	g.wants(g.post("/console/sign-in", url.Values{"user": {"user"}, "organization": {"org"}}, "X-Forwarded-For", "10.1.2.3"), http.StatusTooManyRequests, "too many requests with wrong secrets")
}

// pagesOf are the addresses of all pages that an instance has, and those beside it.
func pagesOf(id string) []string {
	pages := []string{"", "/instances", "/instances/new", "/instances/new/icontact", "/instances/new/acton", "/elements", "/elements/icontact", "/elements/acton"}
	for _, tab := range []string{"", "/polls", "/events", "/objects?objectId=1", "/deadletters", "/checkpoints", "/settings", "/delete"} {
		pages = append(pages, "/instances/"+id+tab)
	}
	return pages
}

// mostPage is the most bytes of a page, its charts aside.
const mostPage = 100_000

var chartPart = regexp.MustCompile(`(?s)<figure class="chart".*?</figure>`)

func TestConsolePages(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	id := j.shop()
	g := j.guest().signsIn("user", "org")
	for _, path := range append(pagesOf(id), "/sign-in", "/return?error=no", "/nothing", "/instances/1", "/instances/x") {
		res := g.get("/console" + path)
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", path, res.Header.Get("Content-Type"))
		}
		if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, res.Header)
		}
		if n := len(chartPart.ReplaceAllString(res.body, "")); n > mostPage {
			t.Errorf("%s has %d bytes", path, n)
		}
		for _, never := range []string{"sim-password", "<script>", " style=", " onclick=", "<no value>", "%!"} {
			if strings.Contains(res.body, never) {
				t.Errorf("%s: %q is in it", path, never)
			}
		}
	}
	for path, want := range map[string]int{"/nothing": 404, "/instances/1": 404, "/instances/x": 404, "/elements/none": 404, "/instances/new/none": 404, "/instances/" + id + "/events/none": 404} {
		g.wants(g.get("/console"+path), want, "Request ")
	}
	asset := regexp.MustCompile(`/console/assets/console\.css\?\w+`).FindString(g.get("/console").body)
	if res := g.get(asset); res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || res.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%s: %d %v", asset, res.StatusCode, res.Header)
	}
	g.wants(g.get("/console/instances", "Cookie", "pollwright-zone=Asia%2FKolkata"), http.StatusOK, "Asia/Kolkata")
	g.leadsTo(g.post("/console/theme", url.Values{"theme": {"dark"}, "to": {"/console/elements"}}), "/console/elements")
	g.wants(g.get("/console/elements"), http.StatusOK, `data-theme="dark"`)
}

// TestConsoleShowsNothingOfOthers: another organization's user sees and does nothing with an instance.
func TestConsoleShowsNothingOfOthers(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	id := j.shop()
	org := j.owner.ok(http.MethodPost, "/organizations", map[string]any{"name": "Acme"}).object()
	user := j.owner.ok(http.MethodPost, "/users", map[string]any{"name": "Ann", "organizationId": org["id"]}).object()
	g := j.guest().signsIn(fmt.Sprint(user["secret"]), fmt.Sprint(org["secret"]))
	for _, path := range pagesOf(id)[8:] {
		g.wants(g.get("/console"+path), http.StatusNotFound, "Not found")
	}
	for _, path := range []string{"/poll", "/pause", "/resume", "/enable", "/disable", "/reauthorize", "/test", "/delete", "/events/x/redeliver", "/redeliver", "/jobs/x/cancel", "/deadletters/x/redeliver",
		"/rewind", "/dryrun", "/held", "/settings", "/settings/preview", "/secret"} {
		if res := g.post("/console/instances/"+id+path, url.Values{"name": {"Shop"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, res.StatusCode)
		}
	}
	g.wants(g.get("/console/instances"), http.StatusOK, "No instance yet")
	g.wants(g.post("/console/instances/bulk", url.Values{"id": {id}, "do": {"disable"}}), http.StatusOK, "There is no such thing")
	g.wants(g.get("/console/elements"), http.StatusOK, "Only a user with the role")
	res := g.uploads("larder", []byte("\x00asm"))
	g.wants(res, http.StatusForbidden, "role server")
	j.owner.ok(http.MethodPost, fmt.Sprintf("/users/%d/secret/rotate", int64(user["id"].(float64))), nil)
	g.leadsTo(g.get("/console"), "/console/sign-in")
}

func (g *guest) uploads(key string, module []byte) webPage {
	g.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("proof", g.proof)
	_ = form.WriteField("key", key)
	file, err := form.CreateFormFile("module", key+".wasm")
	if err != nil {
		g.t.Fatal(err)
	}
	_, _ = file.Write(module)
	_ = form.Close()
	return g.send(http.MethodPost, "/console/elements/upload", &body, "Content-Type", form.FormDataContentType())
}

func TestConsoleInstallsAnAdapter(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "--plugins", t.TempDir())
	g := j.guest().signsIn("user", "org")
	g.wants(g.uploads("larder", []byte("no module")), http.StatusBadRequest, "Not installed.")
	module, err := os.ReadFile("../../sdk/examples/c/adapter.wasm")
	if err != nil {
		t.Fatal(err)
	}
	g.leadsTo(g.uploads("larder", module), "/console/elements/larder?done=installed")
	g.wants(g.get("/console/elements/larder?done=installed"), http.StatusOK, "The adapter was installed")
	g.wants(g.get("/console/instances/new/larder"), http.StatusOK, "New ")
	g.leadsTo(g.post("/console/elements/larder/remove", nil), "/console/elements?done=removed")
	g.wants(g.get("/console/elements/larder"), http.StatusNotFound, "")
	g.wants(g.post("/console/elements/icontact/remove", nil), http.StatusConflict, "")
}

// TestConsoleTellsWhatIsNew: a live page answers when something has changed, and at once what was missed.
func TestConsoleTellsWhatIsNew(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	id := j.shop()
	g := j.guest().signsIn("user", "org")
	page := g.get("/console/instances/" + id)
	seen := regexp.MustCompile(`data-seen="(\w+)"`).FindStringSubmatch(page.body)[1]
	told := make(chan webPage, 1)
	go func() { told <- g.get("/console/instances/"+id+"?live=1&seen="+seen, "Accept", "text/event-stream") }()
	select {
	case res := <-told:
		t.Errorf("it answered before anything was new: %.300s", res.body)
	case <-time.After(1500 * time.Millisecond): // longer than it waits between two looks
	}
	j.owner.ok(http.MethodPut, "/instances/"+id+"/callback/paused", nil)
	res := <-told
	if res.Header.Get("Content-Type") != "text/event-stream" || !strings.Contains(res.body, "\ndata: ") || !strings.Contains(res.body, "paused") {
		t.Errorf("%v %.500s", res.Header, res.body)
	}
	mark := regexp.MustCompile(`(?m)^id: (\w+)$`).FindStringSubmatch(res.body)[1]
	j.owner.ok(http.MethodDelete, "/instances/"+id+"/callback/paused", nil)
	if res := g.get("/console/instances/"+id+"?live=1&seen="+seen, "Last-Event-ID", mark); !strings.Contains(res.body, "\ndata: ") {
		t.Errorf("what was missed is not told: %.300s", res.body)
	}
}

// TestConsoleLetsTheServerStop: who watches a page does not hold up a stop, which is then no failure.
func TestConsoleLetsTheServerStop(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	g := j.guest().signsIn("user", "org")
	page := g.get("/console/elements")
	seen := regexp.MustCompile(`data-seen="(\w+)"`).FindStringSubmatch(page.body)[1]
	answered := make(chan webPage, 1)
	go func() { answered <- g.get("/console/elements?live=1&seen=" + seen) }()
	select {
	case res := <-answered:
		t.Fatalf("it answered before anything was new: %.300s", res.body)
	case <-time.After(500 * time.Millisecond): // by now it is watched
	}
	j.program.signal(syscall.SIGTERM)
	if res := <-answered; !strings.Contains(res.body, "nothing new") {
		t.Errorf("the watcher got %.300s", res.body)
	}
	if code := j.program.end(); code != 0 {
		t.Errorf("the program ended with %d", code)
	}
}

// TestConsoleMakesOneOfTwo: a form that is sent twice makes one instance, and what is wrong with it is told beside the field and nothing is lost.
func TestConsoleMakesOneOfTwo(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	g := j.guest().signsIn("user", "org")
	form := url.Values{"do": {"create"}, "key": {"form-key-0001"}, "name": {"Twice"}, "c.AppID": {"sim-app"}, "c.api.username": {"sim-user"}, "c.api.password": {"sim-password"}, "c.base.url": {j.icURL},
		"enabled": {"on"}, "c.event.notification.callback.url": {j.inbox.url}, "c.event.poller.refresh_interval": {"often"}, "raw-shown": {"on"}, "raw": {`{"contacts": {"url": "/hubs/general/contacts?x=${date:bb}"}}`}}
	res := g.post("/console/instances/new/icontact", form)
	g.wants(res, http.StatusBadRequest, "should be a number of minutes")
	g.wants(res, http.StatusBadRequest, "poll URL, column")
	g.wants(res, http.StatusBadRequest, `value="sim-user"`)
	form.Set("raw", "{")
	g.wants(g.post("/console/instances/new/icontact", form), http.StatusBadRequest, "is not JSON")
	form.Set("raw", `{"contacts": {"url": "/hubs/general/contacts"}}`)
	form.Set("c.event.poller.refresh_interval", "60")
	g.wants(g.post("/console/instances/new/icontact", form), http.StatusOK, "is connected")
	g.wants(g.post("/console/instances/new/icontact", form), http.StatusOK, "nothing was made twice")
	if n := len(j.owner.ok(http.MethodGet, "/instances", nil).list()); n != 1 {
		t.Errorf("%d instances", n)
	}
	answer := g.post("/console/instances/new/icontact/preview", form)
	g.wants(answer, http.StatusOK, `"curl":"curl -X POST`)
	if strings.Contains(answer.body, "sim-password") {
		t.Error("the password is in the preview")
	}
}

// TestConsoleSavesWhatIsTolerated: the form that shows what to look at again says that it was saved, too.
func TestConsoleSavesWhatIsTolerated(t *testing.T) {
	t.Parallel()
	j := newJourney(t)
	id := j.shop()
	g := j.guest().signsIn("user", "org")
	form := url.Values{"name": {"Shop"}, "c.AppID": {"sim-app"}, "c.api.username": {"sim-user"}, "c.base.url": {j.icURL}, "enabled": {"on"}, "c.event.notification.callback.url": {j.inbox.url},
		"c.event.poller.refresh_interval": {"60"}, "raw-shown": {"on"}, "raw": {`{"contacts": {"url": "/hubs/general/contacts?where=a>'1'"}}`}}
	res := g.post("/console/instances/"+id+"/settings", form)
	g.wants(res, http.StatusOK, "look again")
	g.leadsTo(g.get("/console/sign-in?to="+url.QueryEscape("/console/instances/"+id)), "/console/instances/"+id)
	g.leadsTo(g.get("/console/sign-in?to=//elsewhere.example"), "/console")
	g.wants(res, http.StatusOK, "The changes are saved.")
	if now := j.owner.ok(http.MethodGet, "/instances/"+id, nil).object(); !strings.Contains(fmt.Sprint(now["configuration"]), "where=a>'1'") {
		t.Errorf("got %v", now)
	}
	g.wants(g.post("/console/instances/"+id+"/poll", url.Values{"resource": {"nothing"}}), http.StatusNotFound, "There is no such thing")
}

// TestConsoleShowsAdaptersAsText: what an adapter says of itself could be markup.
func TestConsoleShowsAdaptersAsText(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "--plugins", t.TempDir())
	g := j.guest().signsIn("user", "org")
	module, err := os.ReadFile("../../sdk/examples/c/adapter.wasm")
	if err != nil {
		t.Fatal(err)
	}
	const said, instead = "Items of a pantry", "<b>owned</b>pantr"
	if !bytes.Contains(module, []byte(said)) {
		t.Fatalf("the example's description has no %q any more", said)
	}
	g.leadsTo(g.uploads("larder", bytes.Replace(module, []byte(said), []byte(instead), 1)), "/console/elements/larder?done=installed")
	for _, path := range []string{"/console/elements", "/console/elements/larder", "/console/instances/new"} {
		res := g.get(path)
		g.wants(res, http.StatusOK, "&lt;b&gt;owned&lt;/b&gt;")
		if strings.Contains(res.body, instead) {
			t.Errorf("%s: what the adapter says is markup", path)
		}
	}
}

var consoleFigures = flag.Int("console.figures", 0, "measure the console's pages with so many instances")

// TestConsoleFigures measures what each page takes over HTTP, among many instances.
func TestConsoleFigures(t *testing.T) {
	if *consoleFigures == 0 {
		t.Skip("make bench-console measures the console")
	}
	j := newJourney(t)
	id := j.shop()
	for range *consoleFigures - 1 {
		j.shop()
	}
	for i := range 40 {
		j.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("%d@example.com", i)})
	}
	j.owner.ok(http.MethodPost, "/instances/"+id+"/resources/contacts/poll", nil)
	g := j.guest().signsIn("user", "org")
	t.Logf("%-28s %8s %8s %8s %10s", "page", "first", "p50", "p99", "bytes")
	for _, path := range pagesOf(id) {
		var took []time.Duration
		size := 0
		for range 50 {
			began := time.Now()
			res := g.get("/console" + path)
			took, size = append(took, time.Since(began)), len(res.body)
		}
		first := took[0]
		slices.Sort(took)
		t.Logf("%-28s %8s %8s %8s %10d", strings.ReplaceAll(path, id, "{id}"), first.Round(100*time.Microsecond), took[25].Round(100*time.Microsecond), took[49].Round(100*time.Microsecond), size)
	}
}
