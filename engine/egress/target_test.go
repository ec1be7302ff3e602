package egress

import (
	"strings"
	"testing"
)

func TestJoin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		base, path string
		query      []Param
		want       string
	}{
		{"https://app.icontact.com/icp", "/a/1/c/2/contacts", []Param{{"status", "total"}, {"limit", "20"}}, "https://app.icontact.com/icp/a/1/c/2/contacts?status=total&limit=20"},
		{"https://app.icontact.com/icp/", "/time", nil, "https://app.icontact.com/icp/time"},
		{"https://api.actonsoftware.com", "/api/1/list/l-0001%3A0", nil, "https://api.actonsoftware.com/api/1/list/l-0001%3A0"},
		{"http://h", "", nil, "http://h"},
		{"http://h/x%2Fy", "/a%2Fb", nil, "http://h/x%2Fy/a%2Fb"},
		{"http://h", "//evil.example/x", nil, "http://h//evil.example/x"},
		{"http://h", "/@evil.example", nil, "http://h/@evil.example"},
		{"http://h:8080/b", "/...", nil, "http://h:8080/b/..."},
		{"http://h", "/x", []Param{{"b", "1 2"}, {"a", "&=+?#"}, {"b", "ü"}}, "http://h/x?b=1%202&a=%26%3D%2B%3F%23&b=%C3%BC"},
	}
	for _, tt := range tests {
		base, err := parseBase(tt.base)
		if err != nil {
			t.Errorf("%s: %v", tt.base, err)
			continue
		}
		u, err := join(base, tt.path, tt.query)
		if err != nil {
			t.Errorf("%s + %s: %v", tt.base, tt.path, err)
			continue
		}
		if u.String() != tt.want {
			t.Errorf("%s + %s = %s, want %s", tt.base, tt.path, u, tt.want)
		}
		if u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil {
			t.Errorf("%s + %s left its host: %s", tt.base, tt.path, u)
		}
	}
}

func TestJoinRefusesPathsThatLeave(t *testing.T) {
	t.Parallel()
	base, err := parseBase("https://h/icp")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/..", "/../x", "/a/../../x", "/a/..", "/./x", "/.", "/%2e%2e/x", "/%2E./x", "/.%2e", "/..%2fx", "/a%2f..%2fx", "/a%5c..%5cx", "/..\\x", "/a%00",
		"x", "@evil.example/", "https://evil.example/", ":80/x", ".evil.example/", "?q=1", "/x?q=1", "/x#f", "/x y", "/x\r\nHost: evil", "/x%0d%0aHost:%20evil",
		"/\t", "/ü", "/%", "/%zz", "/%2", "\\\\evil.example", "/<x>", "/\"", "/{id}",
	} {
		if u, err := join(base, path, nil); err == nil {
			t.Errorf("path %q became %s, want it refused", path, u)
		}
	}
}

func TestCheckURLs(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://h", "http://h:8080/x", "https://h/x/", "http://[::1]:80/x", "HTTPS://H/x"} {
		if err := CheckBase(good); err != nil {
			t.Errorf("base %s: %v", good, err)
		}
		if err := CheckCallback(good + "?token=1"); err != nil {
			t.Errorf("callback %s: %v", good, err)
		}
	}
	const canary = "CANARY"
	for _, bad := range []string{
		"", "h", "/x", "//h/x", "ftp://h", "file:///etc/passwd", "gopher://h", "javascript:alert(1)", "https:h", "https:///x", "https://", "https://:443",
		"https://user@h/", "https://user:" + canary + "@h/", "https://h/#" + canary, "https://h:0", "https://h:99999", "https://h:", "https://h:x/" + canary,
		"https://h/\r\n" + canary, "https://h/%zz" + canary, "https://h /" + canary, "https://[::1/" + canary, "https://h/" + strings.Repeat("a", 9000),
	} {
		for name, check := range map[string]func(string) error{"base": CheckBase, "callback": CheckCallback} {
			err := check(bad)
			if err == nil {
				t.Errorf("%s %.40q is accepted", name, bad)
			} else if strings.Contains(err.Error(), canary) {
				t.Errorf("%s %.40q: the error repeats it: %v", name, bad, err)
			}
		}
	}
	for _, bad := range []string{"https://h/?x=1", "https://h?", "https://h/a/../b", "https://h/%2e%2e"} {
		if err := CheckBase(bad); err == nil {
			t.Errorf("base %q is accepted", bad)
		}
	}
}

// Whatever the path, the joined URL parses again to the same host and stays below the base.
func FuzzJoin(f *testing.F) {
	for _, seed := range []string{"/a", "/..", "/%2e%2e/x", "//evil/x", "/a%2Fb", "/@x", "/a;b=c", "/%C3%BC"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		base, err := parseBase("https://h.example/icp")
		if err != nil {
			t.Fatal(err)
		}
		u, err := join(base, path, nil)
		if err != nil {
			return
		}
		again, err := parseAbsolute(u.String())
		if err != nil || again.Host != "h.example" || again.Scheme != "https" || !strings.HasPrefix(again.JoinPath().Path, "/icp") {
			t.Errorf("%q became %s: %v", path, u, err)
		}
	})
}
