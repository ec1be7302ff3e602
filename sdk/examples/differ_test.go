package examples

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// TestLanguagesAgree asks the example in all languages the same questions. What is right is said by the golden cases; this looks for what nobody
// thought of.
func TestLanguagesAgree(t *testing.T) {
	t.Parallel()
	hosts := map[string]sdktest.Host{}
	for name, wasm := range modules(t) {
		hosts[name] = sandboxed(t, wasm, "larder")
	}
	rapid.Check(t, func(t *rapid.T) {
		call := question(t)
		want, err := hosts["go"].Step(call)
		if err != nil {
			t.Fatalf("go: %+v: %v", call, err)
		}
		for name, h := range hosts {
			got, err := h.Step(call)
			if err != nil {
				t.Fatalf("%s: %+v: %v", name, call, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s answers otherwise than go to %+v, %+v (- go, + %s):\n%s", name, call, call.Response, name, diff)
			}
		}
	})
}

// often draws one of the values that mean something, or any text.
func often(t *rapid.T, name string, values ...string) string {
	return rapid.OneOf(rapid.SampledFrom(values), rapid.SampledFrom(values), rapid.SampledFrom(values), rapid.String()).Draw(t, name)
}

func question(t *rapid.T) sdk.Call {
	q := sdk.Query{
		Resource: often(t, "resource", "items", "items", "shelves", "jars"),
		Page:     often(t, "page", "", "0", "5", "499+1", "-1", "1+2"),
		PageSize: rapid.SampledFrom([]int{0, 0, 1, 2, 3, 10, 100, 600}).Draw(t, "pageSize"),
		Filter:   often(t, "filter", "", "", "", "", "", "a = 'b' OR c"),
	}
	if rapid.Bool().Draw(t, "since") {
		q.Since = &sdk.Since{Field: often(t, "field", "updated_at", "created_at"), Time: times.Draw(t, "time")}
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "conditions") {
		at := time.UnixMilli(years.Draw(t, "date")).UTC()
		q.Where = append(q.Where, sdk.Condition{
			Name: often(t, "name", "updated_at", "updated_at", "updated_at", "name"), Op: often(t, "op", ">=", ">=", ">=", "<"),
			Value: often(t, "value", at.Format(time.RFC3339), at.Format(time.RFC3339), at.Format(time.DateOnly), at.Format(time.RFC3339Nano)),
		})
	}
	if rapid.IntRange(0, 9).Draw(t, "parameters") == 0 {
		q.Params = rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "params")
	}
	c := sdk.Call{Query: q, Now: years.Draw(t, "now"), Config: rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "config")}
	if rapid.IntRange(0, 3).Draw(t, "answered") > 0 {
		c.Response = answer(t)
	}
	return c
}

func answer(t *rapid.T) *sdk.Response {
	r := &sdk.Response{
		Status:  rapid.SampledFrom([]int{200, 200, 200, 200, 204, 301, 400, 401, 403, 404, 408, 410, 418, 425, 429, 429, 500, 501, 502, 503, 503, 505}).Draw(t, "status"),
		Headers: map[string]string{"content-type": "application/json"},
		Body:    []byte(body(t)),
	}
	if rapid.Bool().Draw(t, "wait") {
		r.Headers["retry-after"] = often(t, "retry-after", "17", "-1", httpDate(t, "until"), httpDate(t, "until"), "soon")
		r.Headers["date"] = often(t, "date", httpDate(t, "date"), "")
	}
	return r
}

// body draws an answer of Larder, whole, damaged, or of something in front of it.
func body(t *rapid.T) string {
	switch rapid.IntRange(0, 3).Draw(t, "body") {
	case 0:
		message := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "message"), "")
		return fmt.Sprintf(`{"error":{"code":"x","message":"%s"}}`, message)
	case 1:
		return strings.Join(rapid.SliceOf(rapid.SampledFrom(append(tokens, pieces...))).Draw(t, "tokens"), "")
	}
	rows := rapid.IntRange(0, 30).Draw(t, "rows")
	records := make([]map[string]any, rows)
	for i := range records {
		records[i] = map[string]any{"id": fmt.Sprint("i-", i), "tags": make([]int, i%12)}
	}
	list, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	total := rapid.SampledFrom([]string{"0", "3", "30", "31", "-1", "1e2", "3.0", `"30"`, `" 3"`, "null", "true", "[]", "99999999999999999999"}).Draw(t, "total")
	name := rapid.SampledFrom([]string{"items", "items", "shelves", `it\u0065ms`, "things"}).Draw(t, "list")
	return damaged(t, fmt.Sprintf(`{"%s": %s, "total": %s, "items": []}`, name, list, total))
}
