package api

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// ReadHub answers with what it was asked, unless the test has the engine fail.
func (f *fakeEngine) ReadHub(ctx context.Context, caller engine.Caller, id int64, path, query string) (engine.HubAnswer, error) {
	if f.hubErr != nil {
		return engine.HubAnswer{}, f.hubErr
	}
	if _, err := f.Instance(ctx, caller, id); err != nil {
		return engine.HubAnswer{}, err
	}
	record, err := json.Marshal(map[string]string{"path": path, "query": query})
	a := engine.HubAnswer{Instance: id, Records: []json.RawMessage{record}, One: strings.HasSuffix(path, "one")}
	if strings.Contains(query, "more") {
		total := int64(12)
		a.Records = append(a.Records, json.RawMessage(`{"name":"<&>","n":1e2}`))
		a.Next, a.Total, a.FilteredByHost, a.OrderedByHost, a.Warnings = "token", &total, "name = 'Jörg\r\nX: y'", "name desc", []string{"a", "b"}
	}
	if strings.Contains(query, "none") {
		a.Records = nil
	}
	return a, err
}

func TestHub(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.engine.instances = append(w.engine.instances, made(1, owner))
	token := "Authorization: User " + userSecret + ", Element " + w.engine.instances[0].Token
	r := w.call("GET", "/hubs/any%20hub/lists/a%2Fb%20c/contacts/?where=a%3D1+AND+b%3D2&more", "", token)
	if r.status != 200 || r.text != `[{"path":"lists/a%2Fb%20c/contacts","query":"where=a%3D1+AND+b%3D2\u0026more"},{"name":"<&>","n":1e2}]` {
		t.Errorf("%d %s", r.status, r.text)
	}
	for name, want := range map[string]string{
		"Elements-Returned-Count": "2", "Elements-Total-Count": "12", "Elements-Next-Page-Token": "token", "Elements-Element-Instance-Id": "1",
		"Elements-Filtered-By-Host": "name = 'J%C3%B6rg%0D%0AX: y'", "Elements-Ordered-By-Host": "name desc", "Elements-Warnings": "a; b", "X": "",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r := w.call("GET", platformBase+"/hubs/x/one", "", token); r.text != `{"path":"one","query":""}` {
		t.Errorf("one record: %s", r.text)
	}
	if r := w.call("GET", "/hubs/x/y?none", "", token); r.text != `[]` || r.header.Get("Elements-Total-Count") != "" {
		t.Errorf("no records: %s", r.text)
	}
	for header, want := range map[string]string{
		"Authorization:":                                    "the Authorization header is missing; a hub request should have: User",
		"Authorization: " + authorized:                      "lacks the Element token",
		"Authorization: Organization " + orgSecret:          "lacks the user secret and the Element token",
		"Authorization: Element abc":                        "lacks the user secret",
		"Authorization: User " + userSecret + ", Element x": "the user secret or the Element token is not valid",
	} {
		wantError(t, header, w.call("GET", "/hubs/x/contacts", "", header), 401, want)
	}
}

func TestHubErrors(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.engine.instances = append(w.engine.instances, made(1, owner))
	token := "Authorization: User " + userSecret + ", Element " + w.engine.instances[0].Token
	read := func(kind string, wait time.Duration) error {
		return &engine.ReadError{Element: "iContact", Kind: kind, Message: "its words", RetryAfter: wait}
	}
	for _, c := range []struct {
		err         error
		status      int
		says, retry string
	}{
		{read("auth", 0), 401, "iContact did not accept the instance's credentials", ""},
		{read("not_found", 0), 404, "iContact did not find it", ""},
		{read("rate_limited", 90*time.Second), 429, "wants fewer requests", "90"},
		{read("rate_limited", 0), 429, "wants fewer requests", "30"},
		{read("invalid", 0), 400, "did not accept the request", ""},
		{read("transient", 0), 502, "is in trouble", ""},
		{read("transient", 7*time.Second), 503, "is in trouble", "7"},
		{read("network", 0), 502, "cannot be reached", ""},
		{read("adapter", 0), 502, "no answer that could be used", ""},
		{read("timeout", 0), 504, "took too long", ""},
		{read("store", 0), 503, "what is stored", "5"},
		{engine.ErrDisabled, 403, "disabled", ""},
		{&engine.BusyError{Message: "too many"}, 429, "too many", "1"},
		{&engine.UnknownResourceError{Path: "/x", Element: "iContact", Known: []string{"/hubs/y/z"}}, 404, "/x is no resource of iContact; it has /hubs/y/z", ""},
		{&engine.MissingRecordError{Resource: "contacts", ID: "5"}, 404, "No contacts found with ID 5", ""},
		{&engine.WhereError{Cause: errors.New("column 3: no")}, 400, "Error parsing query: column 3: no", ""},
		{&instance.InvalidError{Problems: []instance.Problem{{Path: "page", Message: "is bad"}}}, 400, "page is bad", ""},
		{engine.ErrNotFound, 404, "No instance found with ID 1", ""},
	} {
		w.engine.hubErr = c.err
		r := w.call("GET", "/hubs/x/contacts", "", token)
		wantError(t, c.err.Error(), r, c.status, c.says)
		if got := r.header.Get("Retry-After"); got != c.retry {
			t.Errorf("%v: Retry-After %q, want %q", c.err, got, c.retry)
		}
		words := errors.As(c.err, new(*engine.ReadError)) && c.says != "what is stored"
		if words != strings.Contains(r.text, `"providerMessage":"its words"`) {
			t.Errorf("%v: %s", c.err, r.text)
		}
	}
}
