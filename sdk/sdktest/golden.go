package sdktest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

var update = flag.Bool("sdktest.update", false, "write what the adapters do into their golden cases")

// golden is a case file.
type golden struct {
	About     string     `json:"about"`
	Call      sdk.Call   `json:"call"`
	Exchanges []exchange `json:"exchanges"`
	Pages     []seenPage `json:"pages,omitempty"`
	Fault     *sdk.Fault `json:"fault,omitempty"`
}

// exchange is one request that the adapter should want and the answer it gets.
type exchange struct {
	Fetch   sdk.Fetch         `json:"fetch"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"` // a file in the folder of bodies
	Text    string            `json:"text,omitempty"` // or the body itself
}

type seenPage struct {
	Page sdk.Page `json:"page"`
	Rows int      `json:"rows"`
}

// Run runs every case of the folder cases (*.json) through h, each as a parallel subtest; bodies is the folder that "body" is looked up in.
func Run(t *testing.T, h Host, cases, bodies string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cases, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s (%v)", cases, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			diff, err := Compare(h, file, bodies, *update)
			if err != nil {
				t.Fatal(err)
			}
			if diff == "" {
				return
			}
			if *update {
				t.Logf("%s is now:\n%s", file, diff)
				return
			}
			t.Errorf("%s (- want, + got):\n%s", file, diff)
		})
	}
}

// Compare runs one case file through h and gives the difference line by line: "-" what the file expects, "+" what the adapter does; "" if
// there is none. With write, what the adapter does is then written into the file. The error is of a file that is no case, or of a call that broke.
func Compare(h Host, file, bodies string, write bool) (diff string, err error) {
	want, text, err := readCase(file)
	if err != nil {
		return "", err
	}
	got, err := play(h, want, bodies)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	wantText, gotText := format(want), format(got)
	if write && !bytes.Equal(text, gotText) {
		if err := os.WriteFile(file, gotText, 0o644); err != nil {
			return "", err
		}
	}
	return lineDiff(string(wantText), string(gotText)), nil
}

// FirstCalls gives the call that each case of the folder begins with, one per resource: what Contract and Breaches are asked with.
func FirstCalls(cases string) ([]sdk.Call, error) {
	files, err := filepath.Glob(filepath.Join(cases, "*.json"))
	if err != nil {
		return nil, err
	}
	var calls []sdk.Call
	seen := map[string]bool{}
	for _, file := range files {
		c, _, err := readCase(file)
		if err != nil {
			return nil, err
		}
		if len(c.Exchanges) > 0 && !seen[c.Call.Query.Resource] { // one without a request is about a refusal
			seen[c.Call.Query.Resource] = true
			calls = append(calls, c.Call)
		}
	}
	return calls, nil
}

// readCase reads a case file.
func readCase(file string) (golden, []byte, error) {
	var want golden
	text, err := os.ReadFile(file)
	if err != nil {
		return want, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&want); err != nil {
		return want, nil, fmt.Errorf("%s: %w", file, err)
	}
	return want, text, nil
}

// play runs the scan of a case and gives the case as it should have been for this adapter.
func play(h Host, want golden, bodies string) (golden, error) {
	got := golden{About: want.About, Call: want.Call, Exchanges: []exchange{}}
	result, err := Scan(h, want.Call, func(f sdk.Fetch) (sdk.Response, error) {
		n := len(got.Exchanges)
		f.State = nil
		if n == len(want.Exchanges) {
			got.Exchanges = append(got.Exchanges, exchange{Fetch: f, Text: "the case has no answer for this request"})
			return sdk.Response{}, ErrEnough
		}
		x := want.Exchanges[n]
		body, err := x.body(bodies)
		x.Fetch = f
		got.Exchanges = append(got.Exchanges, x)
		return sdk.Response{Status: x.Status, Headers: x.Headers, Body: body}, err
	})
	if err != nil {
		return got, err
	}
	for i, page := range result.Pages {
		records, err := page.Records()
		if err != nil {
			return got, fmt.Errorf("page %d: %w", i, err)
		}
		got.Pages = append(got.Pages, seenPage{Page: page.Page, Rows: len(records)})
	}
	got.Fault = result.Fault
	return got, nil
}

func (x exchange) body(folder string) ([]byte, error) {
	if x.Body == "" {
		return []byte(x.Text), nil
	}
	if x.Text != "" {
		return nil, fmt.Errorf("an exchange has both body %s and text; want one", x.Body)
	}
	return os.ReadFile(filepath.Join(folder, x.Body))
}

// format gives the one spelling of a case, so that only meaning makes a difference. Raw parts are laid out anew by the indentation.
func format(g golden) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(g); err != nil {
		panic(err) // parts that are no JSON were refused when the reply was checked
	}
	return out.Bytes()
}
