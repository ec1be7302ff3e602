package api

import (
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
)

func TestPollByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const at = "/instances/12/resources/my%20contacts/poll"
	if r := w.call("POST", at, ""); r.status != 200 || !strings.Contains(r.text, `"resource":"my contacts"`) || !strings.Contains(r.text, `"stopped":{`) {
		t.Errorf("poll: %d %s", r.status, r.text)
	}
	if r := w.call("POST", at+"?dryRun=true", ""); r.status != 200 || !strings.Contains(r.text, `"dryRun":true`) || !strings.Contains(r.text, `"changes":[{"eventId":"e"`) {
		t.Errorf("dry run: %d %s", r.status, r.text)
	}
	wantError(t, "a flag that is none", w.call("POST", at+"?dryRun=yes", ""), 400, "true or false")
	wantError(t, "a flag without value", w.call("POST", at+"?dryRun", ""), 400, "true or false")
	wantError(t, "another resource", w.call("POST", "/instances/12/resources/nothing/poll", ""), 404, "12/nothing")
	w.engine.byHand.running = true
	if r := w.call("POST", at, ""); r.status != 202 || !strings.Contains(r.text, `"running":true`) || strings.Contains(r.text, `"durationMs"`) {
		t.Errorf("a poll that goes on: %d %s", r.status, r.text)
	}
	w.engine.err = engine.ErrDisabled
	wantError(t, "disabled", w.call("POST", at, ""), 403, "enabled")
	w.engine.err = &engine.ConflictError{Message: "too much waits"}
	wantError(t, "backlog", w.call("POST", at, ""), 409, "too much waits")
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const at = "/instances/12/resources/contacts/checkpoint"
	if r := w.call("GET", at, ""); r.status != 200 || r.header.Get(headerNextPage) != "" || !strings.Contains(r.text, `"by":"user"`) {
		t.Errorf("checkpoint: %d %s", r.status, r.text)
	}
	if r := w.call("GET", at+"?pageSize=1", ""); r.header.Get(headerNextPage) == "" {
		t.Errorf("a long history has no next page: %v", r.header)
	}
	for body, mark := range map[string]string{
		`{"mark": "2026-06-09T20:47:01Z"}`: "2026-06-09T20:47:01Z", `{"mark": 1781038021000}`: "1781038021000", `{"mark": ""}`: "",
	} {
		if r := w.call("PUT", at, body); r.status != 200 || w.engine.byHand.mark != mark || w.engine.byHand.preview {
			t.Errorf("%s: %d %s, asked for %+v", body, r.status, r.text, w.engine.byHand)
		}
		if r := w.call("PUT", at+"?preview=true", body); r.status != 200 || !w.engine.byHand.preview || !strings.Contains(r.text, `"byType":{"CREATED":1}`) {
			t.Errorf("preview of %s: %d %s", body, r.status, r.text)
		}
	}
	for _, body := range []string{"", "{}", `{"mark": null}`, `{"mark": {}}`, `{"mark": true}`, `{"Mark2": "2026-06-09"}`, `[`, `{"mark": "a"} {}`} {
		wantError(t, body, w.call("PUT", at, body), 400, "mark should be a time")
	}
	wantError(t, "a misspelt preview", w.call("PUT", at+"?preview", `{"mark": "2026-06-09"}`), 400, "true or false")
}
