package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a simulator on a loopback port with a clock that the test sets.
type world struct {
	t   *testing.T
	sim *Sim
	url string

	mu  sync.Mutex
	now time.Time
}

// setup starts at 2026-06-09 15:46:52 Eastern, the second of the sample contacts.
func setup(t *testing.T, o Options) *world {
	t.Helper()
	t.Parallel()
	w := &world{t: t, now: time.Date(2026, 6, 9, 19, 46, 52, 400e6, time.UTC)}
	w.sim = New(Config{Now: w.clock, Seed: 7, Options: o})
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) set(rfc3339 string) {
	w.t.Helper()
	at, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at
}

const folder = "/icp/a/910001/c/82001"

// do sends a request with the right four headers, changed by header pairs; an empty value removes one.
func (w *world) do(method, path, body string, header ...string) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	all := append([]string{"Accept", "application/json", "Content-Type", "application/json", "API-Version", "2.2",
		"API-AppId", "sim-app", "API-Username", "sim-user", "API-Password", "sim-password"}, header...)
	for i := 0; i < len(all); i += 2 {
		if r.Header.Set(all[i], all[i+1]); all[i+1] == "" {
			r.Header.Del(all[i])
		}
	}
	resp, err := http.DefaultClient.Do(r)
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

func (w *world) get(path string, header ...string) string {
	w.t.Helper()
	_, body := w.do(http.MethodGet, path, "", header...)
	return body
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

// contactsPage is what the tests look at in a page of contacts.
type contactsPage struct {
	Contacts []struct {
		ID     string `json:"contactId"`
		Email  string
		Status string
		Date   string `json:"createDate"`
	}
	Limit, Offset, Total int
	Warnings             []string
}

func (w *world) page(query string) (p contactsPage) {
	w.t.Helper()
	body := w.get(folder + "/contacts" + query)
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		w.t.Fatalf("%s: %v in %s", query, err, body)
	}
	return p
}

// names are the e-mail addresses of a page up to the @, joined.
func (p contactsPage) names() string {
	var names []string
	for _, c := range p.Contacts {
		name, _, _ := strings.Cut(c.Email, "@")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// three makes the contacts of the samples.
func (w *world) three() {
	w.sim.CreateContact(Contact{Email: "ada@example.com", FirstName: "Ada", LastName: "Alpha", Lists: []string{"205001"}})
	w.sim.CreateContact(Contact{Email: "ben@example.com", Lists: []string{"205001"}})
	w.set("2026-06-10T04:01:07Z")
	w.sim.CreateContact(Contact{Email: "cai@example.net", FirstName: "Cai", LastName: "Gamma", Status: "bounced", BounceCount: "2", Lists: []string{"205001"}})
}
