package instance

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

// Every published configuration is accepted by an element that has the paths; resources without any date are compared by content.
func TestRealConfigurations(t *testing.T) {
	t.Parallel()
	var files map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(read(t, "real-configurations.json")), &files); err != nil {
		t.Fatal(err)
	}
	accepted, undated := 0, 0
	for file, resources := range files {
		for name, raw := range resources {
			body := `{"element":{"key":"any"},"name":"n","configuration":{"event.notification.enabled":true,"event.notification.callback.url":"https://example.com",
				"objectName":"table","id":"17","updateKey":"UPDATE-1","event.poller.configuration":{` + text(name) + `:` + string(raw) + `}}}`
			made, err := make1(body, anyElement(t, raw))
			switch {
			case err == nil:
				accepted++
				r := only(t, made)
				plan, err := r.Compile()
				if err != nil || r.Name != name {
					t.Errorf("%s: resource %+v: %v", file, r, err)
				} else if plan.Hash != nil {
					undated++
				}
			default:
				t.Errorf("%s: %s: %v", file, name, err)
			}
			if err != nil && strings.Contains(err.Error(), "; configuration") {
				t.Errorf("%s: %s: more than one fault: %v", file, name, err)
			}
		}
	}
	t.Logf("%d accepted, %d of them without any date and compared by content", accepted, undated)
	if accepted != 67 || undated != 9 {
		t.Errorf("%d accepted, %d undated; want 67, 9 of them", accepted, undated)
	}
}

// anyElement has the resource that a configuration reads.
func anyElement(t *testing.T, raw json.RawMessage) sdk.Manifest {
	t.Helper()
	var e struct{ URL string }
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(strings.TrimSpace(e.URL), "?")
	if rest, ok := strings.CutPrefix(path, "/hubs/"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	path = "/" + strings.Trim(path, "/")
	if strings.Contains(path, "${") {
		path = path[:strings.LastIndex(path, "/")] + "/{start}"
	}
	return sdk.Manifest{Key: "any", Name: "Any", Hub: "any", BaseURLs: []string{"https://example.com"}, Auth: sdk.Auth{Type: sdk.AuthNone},
		Resources: []sdk.Resource{{Name: "read", Path: path, Poll: &sdk.Poll{}}}}
}
