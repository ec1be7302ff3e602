package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestOAuthURL(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const want = "https://acton.example.com/authorize?client_id=k&redirect_uri=https://a.example.comhttps://b.example.com&state=st"
	query := "/elements/acton/oauth/url?apiKey=k&apiSecret=s&callbackUrl=https://a.example.com&base.url=https://b.example.com&state=s&scope=t&siteAddress=x"
	body := `{"apiKey": "k", "apiSecret": "s", "callbackUrl": "https://a.example.com", "base.url": "https://b.example.com", "state": "s", "scope": "t"}`
	for name, r := range map[string]reply{"GET": w.call("GET", query, ""), "POST": w.call("POST", "/elements/acton/oauth/url", body)} {
		if o := r.object(t); r.status != 200 || o["element"] != "acton" || o["oauthUrl"] != want {
			t.Errorf("%s: %d %s", name, r.status, r.text)
		}
	}
	for _, c := range []struct {
		method, path, body, want string
		status                   int
	}{
		{"GET", "/elements/acton/oauth/url", "", "apiKey", 400},
		{"GET", "/elements/other/oauth/url?apiKey=k", "", "No element found with ID other", 404},
		{"POST", "/elements/acton/oauth/url", "[]", "should be a JSON object", 400},
		{"POST", "/elements/acton/oauth/url", `{"apiKey": 7}`, "should be a text", 400},
		{"POST", "/elements/acton/oauth/url", `{"instanceId": "seven"}`, "whole number", 400},
		{"POST", "/elements/acton/oauth/url", `{"instanceId": 7}`, "oauthUrl", 200},
		{"POST", "/elements/acton/oauth/url", `{"instanceId": 7, "calbackUrl": "x"}`, `"warnings":[{"path":"calbackUrl"`, 200},
	} {
		if r := w.call(c.method, c.path, c.body); r.status != c.status || !strings.Contains(r.text, c.want) {
			t.Errorf("%s %s %s: %d %s, want %d with %q", c.method, c.path, c.body, r.status, r.text, c.status, c.want)
		}
	}
	if r := w.call("GET", query, "", "Authorization:"); r.status != http.StatusUnauthorized {
		t.Errorf("without credentials: %d", r.status)
	}
}

func TestOAuthCallback(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const page, program = "Accept: text/html,application/xhtml+xml", "Accept: application/json"
	for _, c := range []struct {
		query, accept, want string
		status              int
	}{
		{"state=makes&code=c", program, `"instanceId":7,"created":true`, 200},
		{"state=makes&code=c", page, "Instance 7 was made", 200},
		{"state=code&code=c", program, `"code":"<code>"`, 200},
		{"state=code&code=c", page, "&lt;code&gt;", 200},
		{"state=other&code=c", program, "is not known here", 400},
		{"state=other&code=c", page, "is not known here", 400},
		{"state=denied&error=access_denied&error_description=%3Cscript%3E", program, "gave no authorization: access_denied", 400},
		{"state=denied&error=%3Cb%3E&error_description=%3Cscript%3E", page, "&lt;script&gt;", 400},
	} {
		r := w.call("GET", "/oauth/callback?"+c.query, "", "Authorization:", c.accept)
		html := strings.HasPrefix(r.header.Get("Content-Type"), "text/html")
		if r.status != c.status || !strings.Contains(r.text, c.want) || html != (c.accept == page) {
			t.Errorf("%s, %s: %d %s, want %d with %q", c.query, c.accept, r.status, r.text, c.status, c.want)
		}
		if csp := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || r.header.Get("Cache-Control") != "no-store" || r.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", c.query, r.header)
		}
		if html && (strings.Contains(r.text, "<script") || strings.Contains(r.text, "<b>")) {
			t.Errorf("%s: markup of the query in the page: %s", c.query, r.text)
		}
	}
	req, err := http.NewRequest("GET", w.url+"/oauth/callback?state=returns&code=c", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows nothing
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusFound || res.Header.Get("Location") != "https://app.example.com/done?instanceId=7" {
		t.Errorf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if strings.Contains(w.log.String(), "code=c") {
		t.Error("a code is in the log")
	}
}

// A page has the headers of its status, as the JSON answer has.
func TestConsentInTroubleSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, accept := range []string{"text/html", "application/json"} {
		r := w.call("GET", "/oauth/callback?state=trouble&code=x", "", "Authorization:", "Accept: "+accept)
		if r.status != 503 || r.header.Get("Retry-After") == "" || !strings.HasPrefix(r.header.Get("Content-Type"), accept) {
			t.Errorf("%s: %d %v", accept, r.status, r.header)
		}
	}
}

func TestConsentReportsEveryWrongField(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.call("POST", "/elements/acton/oauth/url", `{"scope": 1, "apiKey": [], "instanceId": "x"}`)
	body := wantError(t, "three wrong fields", r, 400, "apiKey should be a text; instanceId should be the id of an instance, a whole number; scope should be a text")
	if len(body["errors"].([]any)) != 3 {
		t.Errorf("errors %v", body["errors"])
	}
}
