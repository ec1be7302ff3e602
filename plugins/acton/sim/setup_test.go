package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a simulator on a loopback port with a clock that the test moves.
type world struct {
	t      *testing.T
	sim    *Sim
	url    string
	access string
	client *http.Client // follows no redirects

	mu  sync.Mutex
	now time.Time
}

// setup starts at 2026-06-04T00:00:00Z = 1780531200000, with a token of the first user.
func setup(t *testing.T, c Config) *world {
	t.Helper()
	t.Parallel()
	w := &world{t: t, now: time.UnixMilli(1780531200000)}
	c.Now, c.Seed = w.clock, 7
	w.sim = New(c)
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.url = server.URL
	w.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	access, _, err := w.sim.IssueToken("")
	if err != nil {
		t.Fatal(err)
	}
	w.access = access
	return w
}

// free is a configuration without limits on calls.
func free() Config { return Config{Options: Options{PerSecond: -1}} }

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) setMillis(ms int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = time.UnixMilli(ms)
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) do(method, path, body string, header ...string) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(got)
}

// get reads an address of the API with the token.
func (w *world) get(path string) (int, string) {
	w.t.Helper()
	resp, body := w.do("GET", path, "", "Authorization", "Bearer "+w.access)
	return resp.StatusCode, body
}

// token posts a form to the token endpoint; pairs are added to the right client credentials.
func (w *world) token(pairs ...string) (int, string) {
	w.t.Helper()
	form := url.Values{"client_id": {"sim-client"}, "client_secret": {"sim-secret"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, body := w.do("POST", "/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	return resp.StatusCode, body
}

// granted is the answer of the token endpoint; it fails the test when there is none.
func (w *world) granted(pairs ...string) (g struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int    `json:"expires_in"`
}) {
	w.t.Helper()
	status, body := w.token(pairs...)
	if err := json.Unmarshal([]byte(body), &g); status != 200 || err != nil {
		w.t.Fatalf("token %q: %d %s", pairs, status, body)
	}
	return g
}

// sample is a provider's sample without its white space.
func sample(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out.String()
}

type download struct {
	Offset, Count int
	TotalCount    int `json:"totalCount"`
	EmailColumn   int `json:"emailColumn"`
	Headers       []string
	Data          [][]any
}

func (w *world) download(query string) (d download) {
	w.t.Helper()
	status, body := w.get("/api/1/list/l-0001" + query)
	if err := json.Unmarshal([]byte(body), &d); err != nil || status != 200 {
		w.t.Fatalf("%s: %d %v in %s", query, status, err, body)
	}
	return d
}

// ids are the hex parts of the row ids, joined.
func (d download) ids() string {
	var ids []string
	for _, row := range d.Data {
		ids = append(ids, strings.TrimPrefix(row[0].(string), "l-0001:"))
	}
	return strings.Join(ids, " ")
}

// three makes the rows 0, 1 and a of the samples with their dates.
func (w *world) three() {
	w.t.Helper()
	create := func(first, last, company, email, source string) string {
		e, err := w.sim.CreateContact(Contact{Fields: map[string]string{
			"First Name": first, "Last Name": last, "Company": company, "E-mail Address": email, "Lead Source": source}})
		if err != nil {
			w.t.Fatal(err)
		}
		return e.ID
	}
	create("Ada", "Alpha", "Example Co", "ada@example.com", "Webinar")
	ben := create("Ben", "x", "", "ben@example.com", "")
	w.setMillis(1780617600123)
	if _, err := w.sim.UpdateContact(ben, Contact{Fields: map[string]string{"Last Name": ""}}); err != nil {
		w.t.Fatal(err)
	}
	w.setMillis(1780617600456)
	for range 8 { // 2 to 9
		if _, err := w.sim.DeleteContact(create("", "", "", "", "")); err != nil {
			w.t.Fatal(err)
		}
	}
	cai := create("Cai", "Gamma", "", "cai@example.net", "")
	w.setMillis(1780704000789)
	if _, err := w.sim.UpdateContact(cai, Contact{Fields: map[string]string{"Company": "Example Co"}}); err != nil {
		w.t.Fatal(err)
	}
	w.access, _, _ = w.sim.IssueToken("") // days have passed
}
