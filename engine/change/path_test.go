package change

import (
	"testing"

	"github.com/tidwall/gjson"
)

func TestPath(t *testing.T) {
	t.Parallel()
	record := gjson.Parse(`{"id":"1","a":{"b":{"c":"deep"}},"Modified Time":"now","x.y":"whole","x":{"y":"parts"},"a|b":"pipe","@this":"at","n":{"Modified Time":"in"}}`)
	cases := []struct{ path, want string }{
		{"id", "1"}, {" id ", "1"}, {"a.b.c", "deep"}, {"['Modified Time']", "now"}, {`["Modified Time"]`, "now"}, {"n['Modified Time']", "in"},
		{"n.['Modified Time']", "in"}, {"x.y", "whole"}, {"a|b", "pipe"}, {"@this", "at"}, {"a.*.c", ""}, {"missing", ""}, {"id.deeper", ""}, {"", ""},
	}
	for _, c := range cases {
		p, err := ParsePath(c.path)
		if err != nil {
			if c.want != "" {
				t.Errorf("%q: %v", c.path, err)
			}
			continue
		}
		if got := p.Find(record).String(); got != c.want {
			t.Errorf("%q: got %q, want %q", c.path, got, c.want)
		}
	}
	for _, bad := range []string{"a.", ".a", "a..b", "['x", "[x]", "['']"} {
		if _, err := ParsePath(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
