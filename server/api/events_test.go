package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine"
)

const sampleEvent = "uvyqjhKuwFmJKkCz9WfT"

func withToken(w *world) string {
	return "Authorization: " + authorized + ", Element " + w.engine.instances[0].Token
}

// The platform's rules for an event: id, eventDate, status and providerData are required, all texts, the status one of five words, and
// notifiedData is a list.
func TestEventsAreShapedAsDocumented(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", `{}`)
	check := func(at string, e map[string]any) {
		t.Helper()
		for _, name := range []string{"id", "eventDate", "status", "providerData"} {
			if text, ok := e[name].(string); !ok || text == "" {
				t.Errorf("%s: %s is %v", at, name, e[name])
			}
		}
		if !slices.Contains([]string{"NEW", "RECEIVED", "DISPATCHED", "CONSUMED", "NOTIFIED"}, e["status"].(string)) {
			t.Errorf("%s: status %v", at, e["status"])
		}
		if list, ok := e["notifiedData"].([]any); !ok || len(list) != 1 {
			t.Errorf("%s: notifiedData %v", at, e["notifiedData"])
		}
	}
	for _, path := range []string{"/instances/1/events", "/instances/events", platformBase + "/instances/events"} {
		r := w.call("GET", path+"?pageSize=1", "", withToken(w))
		var list []map[string]any
		if err := json.Unmarshal([]byte(r.text), &list); err != nil || r.status != 200 || len(list) != 1 {
			t.Fatalf("%s: %d %s", path, r.status, r.text)
		}
		check(path, list[0])
		if r.header.Get("Elements-Returned-Count") != "1" || r.header.Get("Elements-Next-Page-Token") != "2" {
			t.Errorf("%s: headers %v", path, r.header)
		}
		check(path, w.call("GET", path+"/"+sampleEvent, "", withToken(w)).object(t))
		wantError(t, path, w.call("GET", path+"/none", "", withToken(w)), 404, "No event found with ID none")
		if r := w.call("GET", path+"?nextPage=2", "", withToken(w)); r.text != "[]\n" || r.header.Get("Elements-Next-Page-Token") != "" {
			t.Errorf("%s: the last page: %s", path, r.text)
		}
	}
}

func TestEventQueries(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", `{}`)
	const query = "?status=NOTIFIED&state=delivered&type=CREATED&resource=my%20contacts&objectId=a%2Fb&from=2026-06-09T00:00:00%2B02:00&to=2026-06-10&pageSize=7&nextPage=5"
	filter := engine.EventFilter{
		Status: "NOTIFIED", State: "delivered", Type: "CREATED", Resource: "my contacts", ObjectID: "a/b", From: "2026-06-09T00:00:00+02:00", To: "2026-06-10",
	}
	w.call("GET", "/instances/1/events"+query, "")
	w.call("GET", "/instances/1/changes"+query, "")
	want := asked{events: engine.EventsQuery{EventFilter: filter, Page: "5", Size: 7, Hydrate: true}, changes: engine.ChangesQuery{EventFilter: filter, Page: "5", Size: 7}}
	if diff := cmp.Diff(want, w.engine.asked, cmp.AllowUnexported(asked{})); diff != "" {
		t.Error(diff)
	}
	w.call("GET", "/instances/1/events?hydrate=false", "")
	if q := w.engine.asked.events; q.Hydrate || q.Size != pageLimit {
		t.Errorf("%+v", q)
	}
	r := w.call("GET", "/instances/1/changes", "")
	wantParts(t, "changes", r.text, `"eventId":"c"`, `"objectId":"7"`, `"eventType":"CREATED"`, `"id":"`+sampleEvent+`"`, `"resource":"contacts"`, `"state":"waiting"`)
	if r.header.Get("Elements-Next-Page-Token") != "9.1" {
		t.Errorf("headers %v", r.header)
	}
	for path, word := range map[string]string{
		"/instances/1/events?pageSize=0": "pageSize", "/instances/1/events?hydrate=maybe": "hydrate", "/instances/1/events?status=SENT": "status",
		"/instances/1/changes?pageSize=x": "pageSize", "/instances/events/dispositions?pageSize=-1": "pageSize",
	} {
		wantError(t, path, w.call("GET", path, "", withToken(w)), 400, word)
	}
	for _, path := range []string{"/instances/events", "/instances/events/" + sampleEvent, "/instances/events/dispositions"} {
		wantError(t, path, w.call("GET", path, ""), 401, "no Element token")
		wantError(t, path, w.call("GET", path, "", "Authorization: "+authorized+", Element x"), 401, "not that of an instance of yours")
	}
	for _, path := range []string{"/instances/12/events", "/instances/12/changes", "/instances/12/jobs", "/instances/x/events"} {
		wantError(t, path, w.call("GET", path, ""), 404, "No instance found with ID")
	}
}

func TestDispositionsAndAnalytics(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", `{}`)
	for path, want := range map[string]string{
		"/instances/events/dispositions": `[{"eventId":"` + sampleEvent + `","elementInstanceId":1,"notificationData":[{"message":"Error delivering event"}]}]`,
		"/instances/events/analytics":    `[{"count":5,"timestamp":"2026-06-09T20:00:00Z"},{"count":0,"timestamp":"2026-06-09T21:00:00Z"}]`,
		"/instances/events/analytics/instances": `[{"total":5,"timestamp":"2026-06-09T20:00:00Z","records":[{"count":3,"success":2,"failed":1,"instanceId":1},` +
			`{"count":2,"success":0,"failed":0,"instanceId":2}]},{"total":0,"timestamp":"2026-06-09T21:00:00Z","records":[]}]`,
		"/instances/events/analytics/accounts": `[{"total":5,"timestamp":"2026-06-09T20:00:00Z","records":[{"count":5,"success":2,"failed":1,"accountId":7}]},` +
			`{"total":0,"timestamp":"2026-06-09T21:00:00Z","records":[]}]`,
	} {
		if r := w.call("GET", path, "", withToken(w)); r.status != 200 || strings.TrimSpace(r.text) != want {
			t.Errorf("%s: %d %s", path, r.status, r.text)
		}
	}
	w.call("GET", "/instances/events/analytics?from=2026-06-09&to=2026-06-10&interval=minute&accountIds[]=7&accountIds=8,9", "")
	want := engine.AnalyticsQuery{From: "2026-06-09", To: "2026-06-10", Interval: "minute", Accounts: []string{"8", "9", "7"}}
	if diff := cmp.Diff(want, w.engine.asked.analytics); diff != "" {
		t.Error(diff)
	}
	wantError(t, "another's", w.call("GET", "/instances/events/analytics?accountIds[]=99", ""), 403, "account")
}

func TestRedelivery(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", `{}`)
	if r := w.call("POST", "/instances/1/events/"+sampleEvent+"/redeliver", ""); r.status != 200 || r.object(t)["id"] != sampleEvent {
		t.Errorf("one: %d %s", r.status, r.text)
	}
	wantError(t, "one that waits", w.call("POST", "/instances/1/events/waits/redeliver", ""), 409, "waits to be delivered")
	wantError(t, "none", w.call("POST", "/instances/1/events/x/redeliver", ""), 404, "No event found with ID x")

	r := w.call("POST", "/instances/1/events/redeliver", `{"state": "deadletter", "from": "2026-06-09"}`)
	if o := r.object(t); r.status != 202 || o["id"] != "j1" || o["state"] != "running" || o["sent"] != 3.0 {
		t.Errorf("many: %d %s", r.status, r.text)
	}
	if diff := cmp.Diff(engine.EventFilter{State: "deadletter", From: "2026-06-09"}, w.engine.asked.filter); diff != "" {
		t.Error(diff)
	}
	for body, word := range map[string]string{
		`{"stat": "deadletter"}`: "stat", `{"state": 1}`: "state", `[]`: "object", `{"state": "x"} {}`: "follows", `{`: "object", `{"from": null, "to": 5}`: "to",
	} {
		wantError(t, body, w.call("POST", "/instances/1/events/redeliver", body), 400, word)
	}
	wantError(t, "a second", w.call("POST", "/instances/1/events/redeliver", `{"state":"resent"}`), 409, "is running")
	wantError(t, "XML", w.call("POST", "/instances/1/events/redeliver", `<x/>`, "Content-Type: text/xml"), 415, "")

	if r := w.call("GET", "/instances/1/jobs", ""); r.status != 200 || !strings.Contains(r.text, `"id":"j1"`) || r.header.Get("Elements-Returned-Count") != "1" {
		t.Errorf("jobs: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/instances/1/jobs/j1", ""); r.object(t)["state"] != "running" {
		t.Errorf("job: %s", r.text)
	}
	if r := w.call("DELETE", "/instances/1/jobs/j1", ""); r.status != 200 || r.object(t)["state"] != "cancelled" {
		t.Errorf("cancelled: %d %s", r.status, r.text)
	}
	wantError(t, "no job", w.call("GET", "/instances/1/jobs/j2", ""), 404, "No job found with ID j2")
	wantError(t, "no job", w.call("DELETE", "/instances/1/jobs/j2", ""), 404, "No job found with ID j2")
}
