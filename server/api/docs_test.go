package api

import (
	"regexp"
	"strings"
	"testing"
)

func TestDocsPageHoldsEveryRouteAndShape(t *testing.T) {
	t.Parallel()
	c, err := described()
	if err != nil {
		t.Fatal(err)
	}
	w := setup(t)
	r := w.call("GET", "/docs", "", "Authorization:")
	if r.status != 200 || r.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %d, %s", r.status, r.header.Get("Content-Type"))
	}
	for _, op := range c.Operations() {
		if !strings.Contains(r.text, "<b>"+op.Method+"</b> <code>"+op.Path+"</code>") {
			t.Errorf("%s %s is not on the page", op.Method, op.Path)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(r.text, -1) {
		if ids[m[1]] {
			t.Errorf("two things on the page are called %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(r.text, -1) {
		if !ids[m[1]] {
			t.Errorf("a link leads to %q, which is not there", m[1])
		}
	}
}

// The page is one answer: it loads nothing, from here or elsewhere, and its policy would not let it.
func TestDocsPageLoadsNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.call("GET", "/docs", "", "Authorization:")
	for _, sign := range []string{"<script", "<link", "<img", "@import", "url("} {
		if strings.Contains(r.text, sign) {
			t.Errorf("the page has %q", sign)
		}
	}
	if policy := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy %q", policy)
	}
}

func TestProseIsEscaped(t *testing.T) {
	t.Parallel()
	if got := prose("a `<b>` & <i>\n\nmore"); got != "<p>a <code>&lt;b&gt;</code> &amp; &lt;i&gt;</p><p>more</p>" {
		t.Errorf("got %s", got)
	}
}
