package examples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// TestReadmes: the smallest adapter in the introduction to each language builds and works.
func TestReadmes(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			if missing := l.missing(); missing != "" {
				t.Skipf("not built: missing %s", missing)
			}
			source := filepath.Join(t.TempDir(), filepath.Base(l.sources[1]))
			if err := os.WriteFile(source, []byte(program(t, filepath.Dir(l.sources[0])+"/README.md")), 0o600); err != nil {
				t.Fatal(err)
			}
			works(t, sandboxed(t, compile(t, []string{l.sources[0], source}, l.command, module), "acme"))
		})
	}
}

// program is the one piece of source in a text.
func program(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```")
	if len(parts) != 3 {
		t.Fatalf("%s has %d marks of source, want 2", file, len(parts)-1)
	}
	_, source, _ := strings.Cut(parts[1], "\n")
	return source
}

func works(t *testing.T, host sdktest.Host) {
	t.Helper()
	m, err := host.Manifest()
	if err != nil || m.Check() != nil {
		t.Fatalf("manifest: %v, %v", err, m.Check())
	}
	call := sdk.Call{Query: sdk.Query{Resource: "people"}}
	got, err := sdktest.Scan(host, call, func(sdk.Fetch) (sdk.Response, error) {
		return sdk.Response{Status: 200, Body: []byte(`{"people":[{"id":"1"},{"id":"2"}]}`)}, nil
	})
	if err != nil || len(got.Fetches) != 1 || got.Fetches[0].Path != "/people" || len(got.Pages) != 1 {
		t.Fatalf("got %+v, %v, want a request for /people and a page", got, err)
	}
	if rows, err := got.Pages[0].Records(); err != nil || len(rows) != 2 {
		t.Errorf("got %v, %v, want two people", rows, err)
	}
	call.Response = &sdk.Response{Status: 200, Body: []byte("<html>")}
	if reply, err := host.Step(call); err != nil || reply.Fault == nil || reply.Fault.Kind != sdk.FaultTransient {
		t.Errorf("a maintenance page gives %+v, %v, want a transient fault", reply, err)
	}
}
