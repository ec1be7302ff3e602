package command

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// visit asks the admin address.
func visit(t *testing.T, method, url, body, host string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// The admin address shows profiles and changes the level of the log while the program runs; the API's address does neither.
func TestAdminAddress(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "--admin-addr", "127.0.0.1:0", "--egress-proxy", "http://u:CANARY@127.0.0.1:9").listening()
	found := regexp.MustCompile(`url=(\S+)`).FindStringSubmatch(p.wait("admin address"))
	if found == nil {
		t.Fatal("the log does not tell the admin address")
	}
	admin := found[1]
	for path, want := range map[string]string{"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "goroutine profile", "/debug/pprof/heap?debug=1": "heap profile"} {
		if status, text := visit(t, http.MethodGet, admin+path, "", ""); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %.200s", path, status, text)
		}
		if status, _ := visit(t, http.MethodGet, p.url+path, "", ""); status != http.StatusNotFound {
			t.Errorf("the API's %s: %d", path, status)
		}
	}
	if status, text := visit(t, http.MethodGet, admin+"/debug/pprof/cmdline", "", ""); status != http.StatusNotFound || strings.Contains(text, "CANARY") {
		t.Errorf("the command line: %d %s", status, text)
	}
	if status, _ := visit(t, http.MethodGet, admin+"/debug/pprof/", "", "rebound.example.com"); status != http.StatusForbidden {
		t.Errorf("by another name: %d", status)
	}
	if status, text := visit(t, http.MethodPut, admin+"/log/level", "loud", ""); status != http.StatusBadRequest || !strings.Contains(text, "should be debug, info, warn or error") {
		t.Errorf("a level that is none: %d %s", status, text)
	}
	if _, text := visit(t, http.MethodGet, admin+"/log/level", "", ""); text != "info\n" {
		t.Errorf("the level is %q", text)
	}
	if status, text := visit(t, http.MethodPut, admin+"/log/level", "debug\n", ""); status != http.StatusOK || text != "debug\n" {
		t.Errorf("another level: %d %q", status, text)
	}
	p.wait("log level changed")
	_ = p.get("User x, Organization y")
	p.wait("path=/instances") // which is said at debug only
	p.signal(syscall.SIGTERM)
	for range p.lines { // to its end
	}
	if code := p.end(); code != codeOK || strings.Contains(p.log.String(), "CANARY") {
		t.Errorf("code %d; the log: %s", code, p.log.String())
	}
}
