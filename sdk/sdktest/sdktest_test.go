package sdktest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

// toy reads one list of rows, page by page.
type toy struct{}

func (toy) Describe() sdk.Manifest { return sdk.Manifest{Key: "toy"} }

func (toy) Step(c sdk.Call) sdk.Reply {
	offset, err := sdk.ParseOffset(c.Query.Page)
	switch {
	case err != nil || c.Query.Resource != "rows":
		return sdk.Faultf(sdk.FaultNotFound, "no %s", c.Query.Resource)
	case c.Response == nil:
		return sdk.Reply{Fetch: &sdk.Fetch{Path: sdk.Path("rows", c.Query.Page), State: []byte(`"asked"`)}}
	case string(c.State) != `"asked"`:
		return sdk.Faultf(sdk.FaultInvalid, "state %q", c.State)
	case c.Response.Status != 200:
		return sdk.FaultFromStatus(c, "")
	}
	body, err := sdk.ReadOutline(c.Response.Body)
	rows, ok := body.Len("rows")
	if err != nil || !ok {
		return sdk.Faultf(sdk.FaultInvalid, "no rows")
	}
	page := &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/rows"}}}
	offset.Fill(page, rows, 2, -1)
	return sdk.Reply{Page: page}
}

const (
	body = `{"rows":[{"id":1},{"id":2}]}`
	good = `{"about":"two pages","call":{"query":{"resource":"rows"},"now":0},"exchanges":[
		{"fetch":{"path":"/rows/"},"status":200,"body":"b.json"},
		{"fetch":{"path":"/rows/1+1"},"status":200,"text":"{\"rows\":[{\"id\":2}]}"}],
		"pages":[{"page":{"records":{"select":{"at":"/rows"}},"next":"1+1","overlap":1},"rows":2},
		{"page":{"records":{"select":{"at":"/rows"}}},"rows":1}]}`
)

func setup(t *testing.T, text string) (file, bodies string) {
	t.Helper()
	bodies = t.TempDir()
	file = filepath.Join(t.TempDir(), "case.json")
	for name, text := range map[string]string{file: text, filepath.Join(bodies, "b.json"): body} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file, bodies
}

func TestCase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change []string // old, new
		diff   string   // a line of the difference, "" for none
		err    string
	}{
		"right":        {},
		"path":         {change: []string{"/rows/1+1", "/rows/2"}, diff: `-         "path": "/rows/2"`},
		"rows":         {change: []string{`"rows":1}`, `"rows":3}`}, diff: `-       "rows": 3`},
		"pointer":      {change: []string{`"b.json"`, `"absent.json"`}, err: "absent.json"},
		"unknown key":  {change: []string{`"about"`, `"abuot"`}, err: "abuot"},
		"fault":        {change: []string{`"status":200,"text"`, `"status":404,"text"`}, diff: `+     "kind": "not_found",`},
		"no JSON":      {change: []string{`"pages"`, `pages`}, err: "case.json"},
		"body or text": {change: []string{`"body":"b.json"`, `"body":"b.json","text":"x"`}, err: "both body b.json and text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, bodies := setup(t, strings.NewReplacer(append(c.change, "\x00", "")...).Replace(good))
			diff, err := Compare(Native(toy{}), file, bodies, false)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got %v, want an error with %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.diff == "" && diff != "" || !strings.Contains(diff, c.diff) {
				t.Errorf("got the difference\n%s\nwant the line %q", diff, c.diff)
			}
		})
	}
}

func TestCaseWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	start := strings.Index(good, `,
		{"fetch":{"path":"/rows/1+1"}`)
	end := strings.Index(good, `],
		"pages"`)
	file, bodies := setup(t, good[:start]+good[end:])
	diff, err := Compare(Native(toy{}), file, bodies, false)
	if err != nil || !strings.Contains(diff, `+       "text": "the case has no answer for this request"`) {
		t.Errorf("got %v and the difference\n%s\nwant the request shown", err, diff)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	file, bodies := setup(t, strings.ReplaceAll(good, "/rows/1+1", "/wrong"))
	if diff, err := Compare(Native(toy{}), file, bodies, true); err != nil || diff == "" {
		t.Fatalf("got %q, %v, want a difference", diff, err)
	}
	if diff, err := Compare(Native(toy{}), file, bodies, false); err != nil || diff != "" {
		t.Errorf("after the update: %v\n%s", err, diff)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	file, bodies := setup(t, good)
	Run(t, Native(toy{}), filepath.Dir(file), bodies)
}

func TestStray(t *testing.T) {
	t.Parallel()
	call := sdk.Call{Query: sdk.Query{Resource: "rows"}, State: []byte(`"asked"`), Response: &sdk.Response{Status: 200}}
	if err := stray(Native(toy{}), call); err != nil {
		t.Errorf("an empty body: %v, want a fault and so no error", err)
	}
	call.Response.Body = []byte(body)
	if err := stray(Native(toy{}), call); err == nil || !strings.Contains(err.Error(), "want a fault") {
		t.Errorf("a page for a stray body: %v, want an error", err)
	}
	n := 0
	moody := Host(func(int, []byte) ([]byte, error) {
		n++
		return fmt.Appendf(nil, "\x00{\"fault\":{\"kind\":\"auth\",\"message\":\"%d\"}}", n), nil
	})
	if err := stray(moody, call); err == nil || !strings.Contains(err.Error(), "the same call") {
		t.Errorf("an adapter that remembers: %v, want an error", err)
	}
}

func TestStepRefusesAReplyOutOfOrder(t *testing.T) {
	t.Parallel()
	host := Host(func(int, []byte) ([]byte, error) { return []byte("\x00{}"), nil })
	if _, err := host.Step(sdk.Call{}); err == nil || !strings.Contains(err.Error(), "exactly one") {
		t.Errorf("got %v, want the problem of an empty reply", err)
	}
	host = func(int, []byte) ([]byte, error) { return nil, errors.New("trap") }
	if _, err := host.Step(sdk.Call{}); err == nil || !strings.Contains(err.Error(), "trap") {
		t.Errorf("got %v, want the trap", err)
	}
}

func TestScanEnds(t *testing.T) {
	t.Parallel()
	host := Host(func(int, []byte) ([]byte, error) { return []byte("\x00" + `{"page":{"records":{},"next":"x"}}`), nil })
	if _, err := Scan(host, sdk.Call{}, nil); err == nil || !strings.Contains(err.Error(), "did not end") {
		t.Errorf("got %v, want the end of patience", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	page := Page{Body: []byte(`{"h":["a","b"],"d":{"x":[["1",2.50]]}}`)}
	page.Page.Records.Table = &sdk.Table{Columns: "/h", Rows: "/d/x", Rename: map[string]string{"b": "c"}}
	got, err := page.Records()
	if err != nil || len(got) != 1 || got[0]["a"] != "1" || got[0]["b"] != nil {
		t.Errorf("got %v, %v", got, err)
	}
	page.Body = []byte(`{"h":["a","b"],"d":{"x":[["1"]]}}`)
	if got, err := page.Records(); err == nil {
		t.Errorf("a row of one cell under two columns gave %v, want an error", got)
	}
}

func TestLineDiff(t *testing.T) {
	t.Parallel()
	if got := lineDiff("a\n", "a\n"); got != "" {
		t.Errorf("equal texts differ: %q", got)
	}
	got := lineDiff("1\n2\n3\n4\n5\nold\n7\n", "1\n2\n3\n4\n5\nnew\nmore\n7\n")
	want := "  ...\n  3\n  4\n  5\n- old\n+ new\n+ more\n  7\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
