package workshop

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const provider = `{
	"headers": {"X-Key": "k"}, "tokenPath": "/token",
	"collections": [
		{"path": "/rows", "at": "rows", "total": "n", "limit": "limit", "offset": "offset", "most": 2, "since": {"parameter": "from", "field": "at"},
		 "records": [{"id": 1, "at": "2026-01-03T00:00:00Z"}, {"id": 2, "at": "2026-01-01T01:00:00+01:00"}, {"id": 3, "at": "2026-01-02T00:00:00Z"}]},
		{"path": "/cursors", "at": "rows", "cursor": {"parameter": "c", "next": "next"}, "most": 2, "records": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
		{"path": "/pages", "page": "page", "limit": "per", "records": [{"id": "a"}, {"id": "b"}, {"id": "c"}]},
		{"path": "/numbers", "at": "rows", "newestFirst": true, "since": {"parameter": "from", "field": "at"}, "records": [{"id": "a", "at": 9}, {"id": "b", "at": 10}]},
		{"path": "/none", "at": "rows"}
	],
	"changes": [
		{"collection": "/cursors", "create": {"id": "d", "at": "${now}", "s": "${seconds}", "m": "${millis}"}},
		{"collection": "/cursors", "id": "a", "update": {"x": 1}},
		{"collection": "/cursors", "id": "b", "delete": true}
	]
}`

func openText(t *testing.T, text string) (*fake, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), FakeFile)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return openFake(file, func() time.Time { return time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC) })
}

func (f *fake) answer(method, target, key string) (int, string) {
	q := httptest.NewRequest(method, target, nil)
	q.Header.Set("X-Key", key)
	w := httptest.NewRecorder()
	f.ServeHTTP(w, q)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestFake(t *testing.T) {
	t.Parallel()
	f, err := openText(t, provider)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"/rows":                               `{"n":3,"rows":[{"at":"2026-01-01T01:00:00+01:00","id":2},{"at":"2026-01-02T00:00:00Z","id":3}]}`,
		"/rows?limit=1&offset=2":              `{"n":3,"rows":[{"at":"2026-01-03T00:00:00Z","id":1}]}`,
		"/rows?limit=9&offset=9":              `{"n":3,"rows":[]}`,
		"/rows?from=2026-01-02T00:00:00Z":     `{"n":2,"rows":[{"at":"2026-01-02T00:00:00Z","id":3},{"at":"2026-01-03T00:00:00Z","id":1}]}`,
		"/rows?limit=-1&offset=-1&from=never": `{"n":0,"rows":[]}`,
		"/cursors":                            `{"next":"2","rows":[{"id":"a"},{"id":"b"}]}`,
		"/cursors?c=2":                        `{"rows":[{"id":"c"}]}`,
		"/pages?per=2":                        `[{"id":"a"},{"id":"b"}]`,
		"/pages?per=2&page=2":                 `[{"id":"c"}]`,
		"/numbers?from=9":                     `{"rows":[{"at":10,"id":"b"},{"at":9,"id":"a"}]}`,
		"/none":                               `{"rows":[]}`,
	} {
		if status, got := f.answer(http.MethodGet, target, "k"); status != http.StatusOK || got != want {
			t.Errorf("%s: %d\ngot  %s\nwant %s", target, status, got, want)
		}
	}
	if status, body := f.answer(http.MethodGet, "/rows", "wrong"); status != http.StatusUnauthorized || !strings.Contains(body, "unauthorized") {
		t.Errorf("wrong key: %d %s", status, body)
	}
	if status, body := f.answer(http.MethodGet, "/absent", "k"); status != http.StatusNotFound || !strings.Contains(body, "/absent") {
		t.Errorf("unknown path: %d %s", status, body)
	}
	if status, body := f.answer(http.MethodPost, "/token", ""); status != http.StatusOK || !strings.Contains(body, "fake-access-token") {
		t.Errorf("token: %d %s", status, body)
	}
	said, err := f.change()
	if err != nil || len(said) != 3 {
		t.Errorf("change: %q, %v", said, err)
	}
	want := `{"next":"2","rows":[{"id":"a","x":1},{"id":"c"}]}`
	if _, got := f.answer(http.MethodGet, "/cursors", "k"); got != want {
		t.Errorf("after the changes\ngot  %s\nwant %s", got, want)
	}
	want = `{"rows":[{"at":"2026-05-06T07:08:09Z","id":"d","m":1778051289000,"s":1778051289}]}`
	if _, got := f.answer(http.MethodGet, "/cursors?c=2", "k"); got != want {
		t.Errorf("after the changes\ngot  %s\nwant %s", got, want)
	}
	if _, err := f.change(); err == nil || !strings.Contains(err.Error(), "has no record b") {
		t.Errorf("deleting twice: got %v, want an error", err)
	}
}

func TestFakeRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                    "EOF",
		`{"colections": []}`:   "colections",
		`{}`:                   "there are none",
		`{"collections":[{}]}`: "must begin with /",
		`{"collections":[{"path":"/x","total":"n"}]}`:                                            "at is missing",
		`{"collections":[{"path":"/x","records":[{"name":"a"}]}]}`:                               `records[0] has no "id"`,
		`{"collections":[{"path":"/x"}],"changes":[{"collection":"/y","delete":true,"id":"a"}]}`: "path of no collection",
		`{"collections":[{"path":"/x"}],"changes":[{"collection":"/x","id":"a"}]}`:               "exactly one of",
		`{"collections":[{"path":"/x"}],"changes":[{"collection":"/x","delete":true}]}`:          "id is missing",
	} {
		if _, err := openText(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", text, err, want)
		}
	}
}
