package sim

import (
	"net/http"
	"testing"
)

// The samples are the provider's shapes with values of ours: the simulator, given those values, must answer the
// same bytes.
func TestReadsMatchTheSamples(t *testing.T) {
	w := setup(t, Options{})
	w.three()
	w.set("2026-06-09T14:15:00Z")
	w.sim.CreateMessage(Message{Name: "June News", Subject: "June news", TextBody: "Hello", HTMLBody: "<p>Hello</p>"})
	w.set("2026-01-12T13:00:00Z")
	w.sim.CreateMessage(Message{Type: "welcome", Name: "Welcome", Subject: "Welcome!", TextBody: "Welcome", HTMLBody: "<p>Welcome</p>"})
	w.set("2026-08-13T17:30:19Z")
	for name, path := range map[string]string{
		"accounts":                           "/icp/a",
		"clientfolders":                      "/icp/a/910001/c/",
		"contact_single":                     folder + "/contacts/60000101",
		"contacts_list":                      folder + "/contacts?limit=2",
		"contacts_list_page2":                folder + "/contacts/?limit=2&offset=2",
		"contacts_list_empty":                folder + "/contacts?email=",
		"contacts_list_unknown_term_warning": folder + "/contacts?email=ada*&unlisted=1",
		"message_single":                     folder + "/messages/550001",
		"messages_list":                      folder + "/messages",
		"time":                               "/icp/time",
	} {
		resp, got := w.do(http.MethodGet, path, "")
		if want := sample(t, name); got != want || resp.StatusCode != 200 {
			t.Errorf("%s: %d\n got %s\nwant %s", name, resp.StatusCode, got, want)
		}
		if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s: content type %q, want the recorded text/html", name, got)
		}
	}
}

func TestWritesMatchTheSamples(t *testing.T) {
	w := setup(t, Options{})
	for _, c := range []struct {
		sample, method, path, body string
		status                     int
	}{
		{"contacts_post_response", "POST", "/contacts", `[{"email":"ada@example.com","firstName":"Ada","lastName":"Alpha"}]`, 200},
		{"contacts_post_response", "POST", "/contacts", `[{"email":"ADA@example.com","email":"ada@example.com"}]`, 200}, // upsert by address
		{"contacts_post_invalid_200_warning", "POST", "/contacts", `[{"firstName":"Ada"}]`, 200},
		{"error_400_invalid_status", "POST", "/contacts/60000101", `{"status":"pending"}`, 400},
		{"delete_response", "DELETE", "/contacts/60000101", "", 200},
	} {
		resp, got := w.do(c.method, folder+c.path, c.body)
		if want := sample(t, c.sample); got != want || resp.StatusCode != c.status {
			t.Errorf("%s: %d\n got %s\nwant %s", c.sample, resp.StatusCode, got, want)
		}
	}
	if resp, _ := w.do("DELETE", folder+"/messages/1", ""); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE of a message: %d, want 405: not supported", resp.StatusCode)
	}
	if got := len(w.sim.Ledger.After(0, 0)); got != 3 { // create, upsert, delete
		t.Errorf("ledger has %d entries, want 3", got)
	}
}

func TestAuthentication(t *testing.T) {
	w := setup(t, Options{})
	for _, c := range []struct {
		header []string
		status int
		sample string
	}{
		{[]string{"API-Username", ""}, 401, "error_401_username"},
		{[]string{"API-Username", "other"}, 401, "error_401_username"},
		{[]string{"API-Version", ""}, 401, "error_401_username"},
		{[]string{"API-Password", ""}, 401, "error_401_password"},
		{[]string{"API-Password", "wrong"}, 401, "error_401_password"},
		{[]string{"API-AppId", ""}, 401, "error_401_appid"},
		{[]string{"API-AppId", "wrong"}, 401, "error_401_appid"},
		{[]string{"API-Version", "3.0"}, 501, ""},
		{[]string{"Accept", "text/xml"}, 406, ""},
		{[]string{"api-username", "sim-user", "Api-AppID", "sim-app"}, 200, ""}, // names in any case
		{[]string{"API-Version", "2.0"}, 200, ""},
	} {
		resp, got := w.do("GET", folder+"/contacts", "", c.header...)
		if resp.StatusCode != c.status || c.sample != "" && got != sample(t, c.sample) {
			t.Errorf("%q: %d %s, want %d %s", c.header, resp.StatusCode, got, c.status, c.sample)
		}
		if resp.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%q: WWW-Authenticate is never sent", c.header)
		}
	}
	if resp, _ := w.do("GET", "/icp/time", "", "API-Username", "", "API-Password", ""); resp.StatusCode != 200 {
		t.Errorf("time without credentials: %d, want 200", resp.StatusCode)
	}
}

func TestAddressesThatDoNotExist(t *testing.T) {
	w := setup(t, Options{})
	for _, path := range []string{"/", "/icp", "/icp/b", "/icp/a/910002/c", "/icp/a/910001/c/1/contacts", "/icp/a/910001/x/82001/contacts",
		folder + "/nothing", folder + "/contacts/1", folder + "/contacts/x", folder + "/messages/60000101"} {
		if resp, body := w.do("GET", path, ""); resp.StatusCode != 404 {
			t.Errorf("%s: %d %s, want 404", path, resp.StatusCode, body)
		}
	}
}

func TestDisabledAccount(t *testing.T) {
	w := setup(t, Options{AccountDisabled: true})
	if resp, body := w.do("GET", folder+"/contacts", ""); resp.StatusCode != 403 {
		t.Errorf("folder of a disabled account: %d %s, want 403", resp.StatusCode, body)
	}
	if got, want := w.get("/icp/a"), `"enabled":"0"`; !contains(got, want) {
		t.Errorf("accounts: %s lacks %s", got, want)
	}
}
