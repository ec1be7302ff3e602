package sdk

import (
	"net/url"
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		" \r\n\x00 ":                     "",
		"  a\n\n b\tc  ":                 "a b c",
		"caf\u00e9 \xff!":                "café \ufffd!",
		strings.Repeat("é", 200):         strings.Repeat("é", 200),
		strings.Repeat("é", 201):         strings.Repeat("é", 200) + "...",
		"a\u202eb":                       "a b",
		strings.Repeat(" ", 500) + "end": "end",
	} {
		if got := Excerpt([]byte(text)); got != want {
			t.Errorf("Excerpt(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPathEscapesAsNetURL(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		segment := "x" + string([]byte{byte(c)})
		if got, want := Path(segment), "/"+url.PathEscape(segment); got != want {
			t.Errorf("Path(%q) = %s, want %s", segment, got, want)
		}
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		segments []string
		want     string
	}{
		{[]string{"a", "910001", "contacts"}, "/a/910001/contacts"},
		{[]string{"list", "l-0001:1f"}, "/list/l-0001:1f"},
		{[]string{"x", "../../admin?y#z", "é %"}, "/x/..%2F..%2Fadmin%3Fy%23z/%C3%A9%20%25"},
		{[]string{"x", "..", "."}, "/x/%2E%2E/%2E"},
	} {
		if got := Path(c.segments...); got != c.want {
			t.Errorf("Path(%q) = %s, want %s", c.segments, got, c.want)
		}
	}
}
