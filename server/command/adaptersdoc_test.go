//go:build unix

package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// commandBlocks are the commands of a page that its reader is to type.
var commandBlocks = regexp.MustCompile("(?s)\n```sh\n(.*?)```")

// The page that leads an author from nothing to an adapter in a server: its commands are run as they stand there, one after the other, only with
// other ports.
func TestAdaptersPage(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the page's commands need %s, which is not here", tool)
		}
	}
	page, err := os.ReadFile("../../docs/adapters.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := commandBlocks.FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 5 {
		t.Fatalf("the page has %d blocks of commands, want those from a new project to the server", len(blocks))
	}
	inbox := newInbox()
	site := httptest.NewServer(inbox)
	t.Cleanup(site.Close)
	server, provider := beside.Address(t), beside.Address(t)
	ports := strings.NewReplacer("127.0.0.1:8080", server, "127.0.0.1:8090", provider, "http://127.0.0.1:8091", site.URL)

	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, b := range blocks {
		script.WriteString(ports.Replace(b[1]))
		if strings.Contains(b[1], " &\n") { // what a reader sees: that they listen
			fmt.Fprintf(&script, "until curl -s -o /dev/null http://%s/readyz && curl -s -o /dev/null http://%s/; do sleep 0.1; done\n", server, provider)
		}
	}
	script.WriteString("\necho ALL DONE\nsleep 600\n")
	out := runPage(t, script.String(), server)

	v := pageVisitor{t, "http://" + server}
	v.await("the commands have run", func() bool { return strings.Contains(out.String(), "ALL DONE") }, out)
	for _, want := range []string{"23 of 23 golden cases pass", "-> CREATED items i-4", "-> UPDATED items i-2", "element         acme (Acme)", `"key": "acme"`, "/v1/items: i-4 is created"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in what the commands printed:\n%s", want, out)
		}
	}
	// The page's instance is polled every minute; that is too long for a test.
	v.poll(out)
	v.await("the callback has the record that was created", func() bool { return len(inbox.events("i-4")) > 0 }, out)
}

// runPage runs a script in an empty folder with pollwright on its path, until the test ends, and all that it started with it. If the
// test fails, it shows the logs of the folder.
func runPage(t *testing.T, script, server string) *pageOutput {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "pollwright")); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	shareCode(t, filepath.Join(work, "data"))
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = work
	cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+bin+":"+os.Getenv("PATH"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"),
		"POLLWRIGHT_ADDR="+server, envUserSecret+"=my-user-secret", envOrganizationSecret+"=my-organization-secret")
	if built, err := exec.Command("go", "env", "GOCACHE").Output(); err == nil { // in the cache folder of the page all of Go would be compiled again
		cmd.Env = append(cmd.Env, "GOCACHE="+strings.TrimSpace(string(built)))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	out := new(pageOutput)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		defer stop()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			logs, _ := filepath.Glob(filepath.Join(work, "*.log"))
			for _, name := range logs {
				said, err := os.ReadFile(name)
				t.Logf("%s, %v:\n%s", filepath.Base(name), err, said)
			}
		}
	})
	return out
}

// pageOutput can be read while it is written.
type pageOutput struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *pageOutput) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *pageOutput) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// pageVisitor asks the server of the page.
type pageVisitor struct {
	t   *testing.T
	url string
}

func (v pageVisitor) await(what string, holds func() bool, out *pageOutput) {
	v.t.Helper()
	late := time.Now().Add(2 * journeyPatience)
	for tick := time.NewTicker(50 * time.Millisecond); !holds(); <-tick.C {
		if time.Now().After(late) {
			v.t.Fatalf("not in time: %s\n%s", what, out)
		}
	}
}

// poll polls the page's instance.
func (v pageVisitor) poll(out *pageOutput) {
	v.t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(v.ask(http.MethodGet, "/instances"), &list); err != nil || len(list) != 1 {
		v.t.Fatalf("instances: %v, %v\n%s", list, err, out)
	}
	v.ask(http.MethodPost, path(list[0], "/resources/items/poll"))
}

func (v pageVisitor) ask(method, path string) []byte {
	v.t.Helper()
	q, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	q.Header.Set("Authorization", "User my-user-secret, Organization my-organization-secret")
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s %s: %d, %v: %s", method, path, res.StatusCode, err, body)
	}
	return bytes.Clone(body)
}
