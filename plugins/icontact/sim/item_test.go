package sim

import (
	"net/http"
	"strings"
	"testing"
)

func (w *world) item(resource string, f Fields) string {
	w.t.Helper()
	e, err := w.sim.CreateItem(resource, f)
	if err != nil {
		w.t.Fatal(err)
	}
	return e.ID
}

func (w *world) matches(name, path string) {
	w.t.Helper()
	resp, got := w.do(http.MethodGet, path, "")
	if want := sample(w.t, name); got != want || resp.StatusCode != 200 {
		w.t.Errorf("%s: %d\n got %s\nwant %s", name, resp.StatusCode, got, want)
	}
}

func TestListsAndMailingsMatchTheSamples(t *testing.T) {
	w := setup(t, Options{})
	if _, err := w.sim.UpdateItem("lists", "205001", Fields{"welcomeMessageId": "550002", "description": "Sample list"}); err != nil {
		t.Fatal(err)
	}
	w.item("segments", Fields{"listId": "205001", "name": "Named Ada", "description": "first name is Ada"})
	w.item("criteria", Fields{"segmentId": "8801", "fieldName": "firstName", "values": "Ada"})
	w.item("customfields", Fields{"privateName": "region", "publicName": "Region"})
	w.item("sends", Fields{"messageId": "550001", "includeListIds": "205001", "scheduledTime": "2026-06-09T16:00:00Z", "status": "complete"})
	for name, path := range map[string]string{
		"lists_list": "/lists", "campaigns_list": "/campaigns/", "segments_list": "/segments", "segment_criteria": "/segments/8801/criteria",
		"customfields_list": "/customfields", "sends_list": "/sends?orderby=sendId:asc",
	} {
		w.matches(name, folder+path)
	}
	for path, want := range map[string]string{
		"/lists/205001": `{"list":{"listId":"205001"`, "/campaigns/7001": `{"campaign":{"campaignId":"7001"`, "/segments/8801": `{"segment":{"segmentId":"8801"`,
		"/customfields/region": `{"customfield":{"privateName":"region"`, "/sends/330001": `{"send":{"sendId":"330001"`,
		"/lists?name=x": `so were ignored (name)`,
	} {
		if got := w.get(folder + path); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for _, path := range []string{"/lists/1", "/segments/1/criteria", "/lists/205001/criteria", "/criteria", "/opens", "/subscriptions/1", "/lists/205001/x/y"} {
		if resp, body := w.do("GET", folder+path, ""); resp.StatusCode != 404 {
			t.Errorf("%s: %d %s, want 404", path, resp.StatusCode, body)
		}
	}
	if resp, _ := w.do("DELETE", folder+"/lists/205001", ""); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE of a list: %d, want 405", resp.StatusCode)
	}
}

func TestWhatBecameOfAMessageMatchesTheSamples(t *testing.T) {
	w := setup(t, Options{})
	w.sim.CreateMessage(Message{Delivered: 26, Forwards: 2})
	for _, name := range []string{"opens", "bounces", "unsubscribes"} {
		date := strings.TrimSuffix(name, "s") + "Time"
		w.item(name, Fields{"messageId": "550001", "contactId": "60000101", date: "2026-06-09T16:05:00Z"})
		w.item(name, Fields{"messageId": "550001", "contactId": "60000102", date: "2026-06-09T17:10:00Z"})
		w.matches("message_"+name, folder+"/messages/550001/"+name+"?limit=100&orderby="+date+":asc")
	}
	w.set("2026-06-09T16:07:00Z")
	if _, err := w.sim.Click("550001", "60000101", "https://www.example.com"); err != nil {
		t.Fatal(err)
	}
	w.matches("message_clicks", folder+"/messages/550001/clicks?limit=100")
	if got := w.get(folder + "/messages/550002/clicks"); !strings.Contains(got, "errors") {
		t.Errorf("clicks of no message: %s, want a refusal", got)
	}
	// The numbers of the sample: 14 contacts open 17 times, 3 bounces, 3 clicks, and none unsubscribes.
	w.sim.CreateMessage(Message{Delivered: 26, Forwards: 2})
	for i := range 17 {
		if _, err := w.sim.Open("550002", []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"}[i%14]); err != nil {
			t.Fatal(err)
		}
	}
	for _, contact := range []string{"1", "2", "3"} {
		w.item("bounces", Fields{"messageId": "550002", "contactId": contact})
		w.item("clicks", Fields{"messageId": "550002", "contactId": contact})
	}
	w.matches("message_statistics", folder+"/messages/550002/statistics")
}

func TestSubscriptionsAndHistoryMatchTheSamples(t *testing.T) {
	w := setup(t, Options{})
	w.set("2026-06-09T20:00:30Z")
	w.sim.CreateContact(Contact{Email: "ad@example.com"})
	w.set("2026-06-09T20:00:31Z")
	if _, err := w.sim.Subscribe("60000101", "205001"); err != nil {
		t.Fatal(err)
	}
	w.set("2026-06-09T20:02:44Z")
	if _, err := w.sim.UpdateContact("60000101", func(c *Contact) { c.Email = "ada@example.com" }); err != nil {
		t.Fatal(err)
	}
	w.matches("contact_actions", folder+"/contacts/60000101/actions?limit=50")
	for query, total := range map[string]string{
		"?actionType=EditFields": "1", "?actor=400001": "3", "?actionTime=2026-06-09T16:00:31-04:00&actionTimeSearchType=gte": "2", "?actor=system": "0",
	} {
		if got := w.get(folder + "/contacts/60000101/actions" + query); !strings.HasSuffix(got, `"total":`+total+"}") {
			t.Errorf("%s: %s, want %s", query, got, total)
		}
	}
	w.set("2026-06-09T20:25:50Z")
	w.sim.CreateContact(Contact{Email: "ben@example.com", Lists: []string{"205001"}})
	want := strings.ReplaceAll(sample(t, "subscriptions_list"), "60000101", "60000102")
	if got := w.get(folder + "/subscriptions?contactId=60000102"); got != want {
		t.Errorf("subscriptions\n got %s\nwant %s", got, want)
	}
	if _, err := w.sim.UpdateContact("60000102", func(c *Contact) { c.Lists = nil }); err != nil {
		t.Fatal(err)
	}
	if got := w.get(folder + "/subscriptions/205001_60000102"); !strings.Contains(got, `{"subscription":{"addDate":"2026-06-09T16:25:50-04:00"`) ||
		!strings.Contains(got, `"status":"unsubscribed"`) {
		t.Errorf("subscription after the contact left the list: %s", got)
	}
}

func TestUsers(t *testing.T) {
	w := setup(t, Options{})
	if got := w.get("/icp/a/910001/users"); !strings.Contains(got, `{"users":[{"userId":"400001"`) {
		t.Errorf("users: %s", got)
	}
	if got := w.get("/icp/a/910001/users/400001/permissions"); !strings.Contains(got, `"clientFolderId":"82001","analytic":1,"creative":1,"subscriber":1`) {
		t.Errorf("permissions: %s", got)
	}
	if resp, _ := w.do("GET", "/icp/a/910001/users/1", ""); resp.StatusCode != 404 {
		t.Errorf("another user: %d, want 404", resp.StatusCode)
	}
}

func TestRefusalsInXML(t *testing.T) {
	w := setup(t, Options{XMLErrors: true})
	resp, got := w.do("GET", folder+"/contacts", "", "API-Password", "wrong")
	if want := "<errors><error>The password you provided was not recognized.</error></errors>"; resp.StatusCode != 401 || !strings.Contains(got, want) {
		t.Errorf("%d %s, want 401 %s", resp.StatusCode, got, want)
	}
}

func TestControlOfItems(t *testing.T) {
	w := setup(t, Options{})
	w.sim.CreateContact(Contact{})
	w.sim.CreateMessage(Message{})
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "lists", `{"name":"Second"}`, 200, `"op":"create","resource":"lists","id":"205002"`},
		{"PATCH", "lists/205002", `{"name":"Third"}`, 200, `"op":"update"`},
		{"PATCH", "lists/205002", `{"listId":"1"}`, 400, `\"listId\" cannot be set`},
		{"PATCH", "lists/1", `{"name":"Third"}`, 404, `list \"1\": not found`},
		{"DELETE", "lists/205002", ``, 200, `"op":"delete"`},
		{"POST", "subscriptions", `{"contactId":"60000101","listId":"205001"}`, 200, `"id":"205001_60000101","version":"2026-06-09T15:46:52-04:00"`},
		{"POST", "subscriptions", `{"contactId":"60000101","listId":"205001"}`, 400, `on list 205001 already`},
		{"POST", "opens", `{"messageId":"550001","contactId":"60000101"}`, 200, `"resource":"opens","id":"60000101"`},
		{"POST", "opens", `{"messageId":"550001","opened":"60000101"}`, 400, `\"opened\" cannot be set`},
		{"POST", "opens", `{"messageId":"1","contactId":"60000101"}`, 404, `messageId \"1\"`},
		{"POST", "opens", `{"messageId":"550001","openTime":"x"}`, 400, `openTime`},
		{"DELETE", "opens/60000101", ``, 404, `where it can be done`},
	} {
		resp, got := w.do(c.method, "/_sim/records/"+c.path, c.body)
		if resp.StatusCode != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, resp.StatusCode, got, c.status, c.want)
		}
	}
}
