package api

import (
	"slices"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", `{}`)
	if r := w.call("GET", "/instances?tags[]=a%20b&tags[]=c&tags=d,e&searchText=x", ""); r.status != 200 || !slices.Equal(w.engine.query.Tags, []string{"a b", "c", "d", "e"}) || w.engine.query.Search != "x" {
		t.Errorf("got %d, asked for %+v", r.status, w.engine.query)
	}
	if r := w.call("GET", "/instances?searchText=nothing", ""); r.status != 404 || !strings.Contains(r.text, `\"nothing\" in their name`) {
		t.Errorf("a search that finds nothing: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/instances?hydrate=false", ""); r.status != 200 || strings.Contains(r.text, "configuration") || !strings.Contains(r.text, `"tags"`) {
		t.Errorf("brief: %d %s", r.status, r.text)
	}
	if r := w.call("GET", "/instances?hydrate=perhaps", ""); r.status != 400 {
		t.Errorf("hydrate=perhaps: %d", r.status)
	}
}

func TestIdempotencyKeyHeader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		status int
		key    string
	}{
		"abc": {200, "abc"}, `"abc"`: {200, "abc"}, `a b"`: {200, `a b"`}, `""`: {400, ""}, strings.Repeat("x", 255): {200, strings.Repeat("x", 255)},
		strings.Repeat("x", 256): {400, ""}, "ü": {400, ""},
	} {
		w := setup(t)
		r := w.call("POST", "/instances", `{}`, "Authorization: "+authorized, "Idempotency-Key: "+header)
		if r.status != want.status || w.engine.creation.IdempotencyKey != want.key {
			t.Errorf("%q: %d, key %q; want %d, %q: %s", header, r.status, w.engine.creation.IdempotencyKey, want.status, want.key, r.text)
		}
	}
	w := setup(t)
	if r := w.call("POST", "/instances", `{}`); r.status != 200 || w.engine.creation.IdempotencyKey != "" {
		t.Errorf("without a key: %d, %q", r.status, w.engine.creation.IdempotencyKey)
	}
}
