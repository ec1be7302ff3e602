package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/instance"
)

// compare reports fields of the documented answer that ours lacks or has with another type; more fields are reported too, unless allowed.
func compare(t *testing.T, path string, want, got any, more ...string) {
	t.Helper()
	if w, g := fmt.Sprintf("%T", want), fmt.Sprintf("%T", got); w != g {
		t.Errorf("%s is a %s, documented is a %s", path, g, w)
		return
	}
	wanted, ok := want.(map[string]any)
	if !ok {
		return
	}
	had := got.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		value, ok := had[key]
		if !ok {
			t.Errorf("%s.%s is missing", path, key)
			continue
		}
		compare(t, path+"."+key, wanted[key], value, more...)
	}
	for key := range had {
		if _, ok := wanted[key]; !ok && !slices.Contains(more, path+"."+key) {
			t.Errorf("%s.%s is not documented", path, key)
		}
	}
}

// The documented answer of the platform for iContact; churros, the platform's own test suite, asks for four texts and a number in user.
func TestInstanceIsShapedAsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/instance-response-icontact.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"$.user.emailAddress", "$.user.firstName", "$.user.lastName",
		"$.configuration.api.version", "$.configuration.api.password", "$.configuration.event.notification.enabled",
		"$.configuration.event.notification.format", "$.configuration.event.notification.batch", "$.configuration.event.notification.order",
		"$.configuration.event.notification.lanes", "$.configuration.event.notification.retries",
	}
	w := setup(t)
	created := w.call("POST", "/instances", `{"element":{"key":"icontact"}}`)
	for name, r := range map[string]reply{"POST": created, "GET": w.call("GET", "/instances/1", ""), "prefixed": w.call("GET", platformBase+"/instances/1", "")} {
		if r.status != 200 || r.text != created.text {
			t.Fatalf("%s: %d %s", name, r.status, r.text)
		}
	}
	got := created.object(t)
	compare(t, "$", want, got, allowed...)
	for _, key := range []string{"createdDate", "provisionInteractions", "valid", "maxCacheSize", "cacheTimeToLive", "cachingEnabled", "traceLoggingEnabled", "externalAuthentication", "elementId", "tags"} {
		if fmt.Sprint(got[key]) != fmt.Sprint(want[key]) {
			t.Errorf("%s = %v, want %v", key, got[key], want[key])
		}
	}
	if configuration := got["configuration"].(map[string]any); configuration["api.password"] != "********" || configuration["api.version"] != "2.2" {
		t.Errorf("configuration = %v", configuration)
	}
	user := got["user"].(map[string]any)
	for _, key := range []string{"emailAddress", "firstName", "lastName"} {
		if _, ok := user[key].(string); !ok {
			t.Errorf("user.%s = %v, want a text", key, user[key])
		}
	}
	if user["id"] != 8.0 || got["eventsEnabled"] != true || got["element"].(map[string]any)["authentication"].(map[string]any)["type"] != "custom" {
		t.Errorf("answer = %s", created.text)
	}
}

func TestWarningsAreShownOnlyIfThereAreSome(t *testing.T) {
	t.Parallel()
	in := made(1, owner)
	for _, c := range []struct {
		warnings []instance.Problem
		want     string
	}{
		{nil, ""},
		{[]instance.Problem{{Path: "name", Message: "is <missing>"}}, `"warnings":[{"path":"name","message":"is \u003cmissing\u003e"}]`},
	} {
		in.Warnings = c.warnings
		text, err := json.Marshal(viewInstance(in))
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(text), `"warnings"`); has != (c.want != "") || !strings.Contains(string(text), c.want) {
			t.Errorf("%s, want %s", text, c.want)
		}
	}
}
