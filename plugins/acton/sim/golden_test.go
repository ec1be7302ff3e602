package sim

import (
	"net/http"
	"testing"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// The samples are the provider's shapes with values of ours: the simulator, given those values, must answer the
// same bytes.
func TestReadsMatchTheSamples(t *testing.T) {
	w := setup(t, free())
	w.three()
	for _, c := range []struct {
		sample, path string
		status       int
	}{
		{"list_download", "/api/1/list/l-0001", 200},
		{"list_download_datequalifiers", "/api/1/list/l-0001?datequalifiers=true&count=1000", 200},
		{"list_download_empty", "/api/1/list/l-0001?datequalifiers=true&modafter=1780704000789", 200},
		{"list_download_modafter_page1", "/api/1/list/l-0001?datequalifiers=true&modafter=1780531200000&count=1", 200},
		{"record", "/api/1/list/l-0001/record/l-0001:0", 200},
		{"record", "/api/1/list/l-0001/record/l-0001%3A0", 200},
		{"error_400_10004_invalid_list", "/api/1/list/l-9999", 400},
		{"error_400_10004_invalid_list", "/api/1/list/l-9999/record/l-0001:0", 400},
		{"error_400_10008_invalid_contact", "/api/1/list/l-0001/record/l-0001:2", 400},
		{"error_400_10008_invalid_contact", "/api/1/list/l-0001/record/0", 400},
		{"gateway_404", "/api/1/segment", 404},
		{"gateway_404", "/api/1/list/l-0001/schema", 404},
	} {
		status, got := w.get(c.path)
		if want := sample(t, c.sample); got != want || status != c.status {
			t.Errorf("%s: %d\n got %s\nwant %s", c.path, status, got, want)
		}
	}
}

func TestSuppressionListsMatchTheSamples(t *testing.T) {
	w := setup(t, free())
	for kind, c := range map[string]struct {
		at            int64
		email, origin string
	}{
		HardBounce: {1780531200965, "gone@example.net", "User: Orla Owner"},
		OptOut:     {1780531200559, "ben@example.com", "User: Orla Owner via Act-On API"},
	} {
		w.setMillis(c.at)
		if _, err := w.sim.Suppress(kind, c.email, c.origin); err != nil {
			t.Fatal(err)
		}
		if _, got := w.get("/api/1/list/" + kind); got != sample(t, "list_"+kind) {
			t.Errorf("%s: %s, want %s", kind, got, sample(t, "list_"+kind))
		}
	}
	if _, got := w.get("/api/1/list/spamcomplaint"); got != `{"offset":0,"count":0,"totalCount":-1,"result":[]}` {
		t.Errorf("empty list: %s, want the total -1", got)
	}
	if _, got := w.get("/api/1/list/optout?createdafter=1780531200559"); got != `{"offset":0,"count":0,"totalCount":-1,"result":[]}` {
		t.Errorf("filtered: %s, want nothing", got)
	}
}

func shape(t *testing.T, doc string) string {
	t.Helper()
	s, err := simkit.Shape([]byte(doc))
	if err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return s
}

func TestListingMatchesTheSample(t *testing.T) {
	w := setup(t, Config{Lists: []List{{ID: "l-0001", Name: "Sample List"}, {ID: "l-002a"}}, Options: Options{PerSecond: -1}})
	want := shape(t, sample(t, "list_listing"))
	for _, query := range []string{"?listingtype=CONTACT_LIST", "?listingtype=contact_list&count=5000", "", "?type=sent_message"} {
		if status, got := w.get("/api/1/list" + query); status != 200 || shape(t, got) != want {
			t.Errorf("%q: %d %s\nwant the shape %s", query, status, got, want)
		}
	}
	_, got := w.get("/api/1/list?listingtype=contact_list&count=1&offset=1")
	for _, part := range []string{`{"offset":1,"count":1,"totalCount":2,"result":[{"id":"l-002a"`, `"sourceSize":"0"`, `"tsLastModified":1780531200000`, `"sourceTS":"Jun 3 2026 5:00 PM PDT"`} {
		if !contains(got, part) {
			t.Errorf("second page %s lacks %s", got, part)
		}
	}
	if _, got := w.get("/api/1/list?listingtype=sent_message"); got != `{"offset":0,"count":0,"totalCount":0,"result":[]}` {
		t.Errorf("sent messages: %s, want none", got)
	}
	if status, got := w.get("/api/1/list?listingtype=lists"); status != 422 || !contains(got, `"errorCode":10121`) {
		t.Errorf("unknown type: %d %s, want 422", status, got)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.IDlessList = true }); err != nil {
		t.Fatal(err)
	}
	if _, got := w.get("/api/1/list"); !contains(got, `,{"name":"Sample List"`) {
		t.Errorf("listing %s, want a row without id", got)
	}
}

func TestTokenAnswersMatchTheSamples(t *testing.T) {
	w := setup(t, Config{Options: Options{AuthPerHour: -1}})
	password := []string{"grant_type", "password", "username", "owner@example.com", "password", "sim-password"}
	for style, name := range map[string]string{"": "token_ok", TokenScopeDefault: "token_ok", TokenPre2019: "token_ok_pre2019_variant"} {
		if err := w.sim.SetOptions(func(o *Options) { o.TokenStyle = style }); err != nil {
			t.Fatal(err)
		}
		status, got := w.token(password...)
		if want := shape(t, sample(t, name)); status != 200 || shape(t, got) != want || !contains(got, `"expires_in":3600`) {
			t.Errorf("style %q: %d %s, want the shape %s", style, status, got, want)
		}
	}
	for _, c := range []struct {
		sample string
		status int
		pairs  []string
	}{
		{"token_401_bad_client", 401, append(password[:6:6], "client_secret", "wrong")},
		{"token_401_bad_client", 401, append(password[:6:6], "client_id", "wrong")},
		{"token_403_bad_user", 403, append(password[:4:4], "password", "wrong")},
		{"token_403_bad_user", 403, append(password[:2:2], "username", "x", "password", "sim-password")},
		{"token_403_bad_refresh", 403, []string{"grant_type", "refresh_token", "refresh_token", "wrong"}},
		{"token_403_bad_refresh", 403, []string{"grant_type", "refresh_token"}},
	} {
		status, got := w.token(c.pairs...)
		if want := sample(t, c.sample); status != c.status || got != want {
			t.Errorf("%q: %d %s, want %d %s", c.pairs, status, got, c.status, want)
		}
	}
	if status, got := w.token("grant_type", "magic"); status != 400 || !contains(got, "unsupported_grant_type") {
		t.Errorf("unknown grant: %d %s", status, got)
	}
	// The published path carries the grant type in the query; credentials in a Basic header are not read.
	resp, got := w.do("POST", "/token?grant_type=password", "client_id=sim-client&client_secret=sim-secret&username=owner@example.com&password=sim-password",
		"Content-Type", "application/x-www-form-urlencoded")
	if resp.StatusCode != 200 {
		t.Errorf("grant type in the query: %d %s", resp.StatusCode, got)
	}
	resp, got = w.do("POST", "/token", "grant_type=password&username=owner@example.com&password=sim-password",
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic c2ltLWNsaWVudDpzaW0tc2VjcmV0")
	if resp.StatusCode != http.StatusUnauthorized || got != sample(t, "token_401_bad_client") {
		t.Errorf("Basic: %d %s, want 401", resp.StatusCode, got)
	}
	if resp, _ := w.do("GET", "/token", ""); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET /token: %d, want 405", resp.StatusCode)
	}
}

func TestGatewayEnvelopes(t *testing.T) {
	w := setup(t, free())
	old := w.access
	w.access, _, _ = w.sim.IssueToken("")
	for _, c := range []struct {
		name, header string
		legacy       string
	}{
		{"missing", "", "900902"},
		{"not bearer", "Basic " + w.access, "900902"},
		{"unknown", "Bearer 1", "900901"},
		{"superseded", "Bearer " + old, "900904"},
	} {
		for _, legacy := range []bool{false, true} {
			if err := w.sim.SetOptions(func(o *Options) { o.Legacy = legacy }); err != nil {
				t.Fatal(err)
			}
			resp, got := w.do("GET", "/api/1/list", "", "Authorization", c.header)
			modern := got == sample(t, "gateway_401") && resp.Header.Get("X-Request-Id") != "" && resp.Header.Get("X-Global-Transaction-Id") != ""
			wso2 := shape(t, got) == shape(t, sample(t, "legacy_wso2_401_900904_INFERRED")) && contains(got, `"code":`+c.legacy)
			if resp.StatusCode != 401 || legacy != wso2 || legacy == modern {
				t.Errorf("%s, legacy %v: %d %s", c.name, legacy, resp.StatusCode, got)
			}
			if c.name == "superseded" && legacy && got != sample(t, "legacy_wso2_401_900904_INFERRED") {
				t.Errorf("superseded: %s, want the sample", got)
			}
		}
	}
	w.sim.ExpireTokens()
	if _, got := w.get("/api/1/list"); !contains(got, `"code":900903`) {
		t.Errorf("expired: %s, want 900903", got)
	}
}

func TestFaultsWearTheGatewaysEnvelope(t *testing.T) {
	w := setup(t, free())
	for _, c := range []struct {
		legacy bool
		status int
		want   string
	}{
		{false, 429, sample(t, "gateway_429_INFERRED")},
		{true, 429, sample(t, "legacy_wso2_429_900800_INFERRED")},
		{false, 503, `{"httpCode":"503","httpMessage":"Service Unavailable","moreInformation":""}`},
	} {
		if err := w.sim.SetOptions(func(o *Options) { o.Legacy = c.legacy }); err != nil {
			t.Fatal(err)
		}
		if err := w.sim.Faults.Add(simkit.Fault{Prefix: "/api/1/list", Status: c.status, Header: map[string]string{"Retry-After": "3"}}); err != nil {
			t.Fatal(err)
		}
		resp, got := w.do("GET", "/api/1/list", "", "Authorization", "Bearer "+w.access)
		if resp.StatusCode != c.status || got != c.want || resp.Header.Get("Retry-After") != "3" {
			t.Errorf("legacy %v: %d %s, want %d %s", c.legacy, resp.StatusCode, got, c.status, c.want)
		}
	}
}
