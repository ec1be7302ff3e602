package deliver

import "testing"

func TestHostOf(t *testing.T) {
	t.Parallel()
	for callback, want := range map[string]string{
		"https://hooks.example/a":               "hooks.example",
		"https://HOOKS.Example:443/b?c=d":       "hooks.example",
		"http://hooks.example:80":               "hooks.example",
		"HTTP://hooks.example:80/":              "hooks.example",
		"https://hooks.example.:443/":           "hooks.example",
		"https://hooks.example:80/":             "hooks.example:80",
		"http://hooks.example:443/":             "hooks.example:443",
		"https://hooks.example:8443/":           "hooks.example:8443",
		"https://user:secret@hooks.example/":    "hooks.example",
		"http://127.0.0.1:9000/x":               "127.0.0.1:9000",
		"https://[2001:DB8::1]/":                "[2001:db8::1]",
		"https://[2001:db8::1]:443/":            "[2001:db8::1]",
		"https://[2001:db8::1]:444/":            "[2001:db8::1]:444",
		"https://hooks.example:/":               "hooks.example",
		"https://hooks.example/%zz":             "",
		"://":                                   "",
		"https://evil.example/?https://b:443/#": "evil.example",
	} {
		if got := hostOf(callback); got != want {
			t.Errorf("hostOf(%q) = %q, want %q", callback, got, want)
		}
	}
}
