package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// desk runs commands, as somebody at a terminal does.
type desk struct {
	t    *testing.T
	args []string // of every command
}

// run runs a command and returns its exit code and what it printed, errors too.
func (d desk) run(args ...string) (int, string) {
	d.t.Helper()
	var out bytes.Buffer
	code := run(context.Background(), append(args, d.args...), &out, &out)
	return code, out.String()
}

// ok runs a command that must succeed; what it prints as JSON goes into a value.
func (d desk) ok(into any, args ...string) string {
	d.t.Helper()
	if into != nil {
		args = append(args, "--json")
	}
	code, text := d.run(args...)
	if code != codeOK {
		d.t.Fatalf("pollwright %s: %d %s", strings.Join(args, " "), code, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			d.t.Fatalf("pollwright %s: %v in %s", strings.Join(args, " "), err, text)
		}
	}
	return text
}

// fails runs a command that must fail, and say so.
func (d desk) fails(code int, says string, args ...string) {
	d.t.Helper()
	if got, text := d.run(args...); got != code || !strings.Contains(text, says) {
		d.t.Errorf("pollwright %s: %d %s, want %d with %q", strings.Join(args, " "), got, text, code, says)
	}
}

// secretFiles are flags that name files with secrets.
func secretFiles(t *testing.T, user, organization string) []string {
	t.Helper()
	dir := t.TempDir()
	flags := []string{}
	for name, secret := range map[string]string{"user": user, "organization": organization} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--"+name+"-secret-file", path)
	}
	return flags
}

type printed struct {
	ID             int64
	OrganizationID int64
	Name, Role     string
	Secret         string
	DataKeys       []any
}

// Organizations, users and keys are managed on the command line: of a running server through its API, of a stopped one in its folder.
func TestAccountsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	p := start(t, dir).listening()
	p.signal(syscall.SIGTERM)
	for range p.lines { // to its end
	}
	p.end()
	organization, user := fieldOf(p.out.String(), "organization secret"), fieldOf(p.out.String(), "user secret")

	// Of the stopped server.
	stopped := desk{t, []string{"--data", data}}
	stopped.ok(nil, "user", "list")
	var acme, ann, keys printed
	stopped.ok(&acme, "organization", "add", "Acme")
	stopped.ok(&ann, "user", "add", "Ann", "--role", "admin", "--organization", fmt.Sprint(acme.ID))
	if ann.Role != "admin" || ann.OrganizationID != acme.ID || ann.Secret == "" {
		t.Errorf("Ann is %+v", ann)
	}
	stopped.ok(&keys, "key", "rotate", "--data-key")
	if len(keys.DataKeys) != 2 {
		t.Errorf("keys %+v", keys)
	}
	stopped.fails(codeError, "last admin", "user", "remove", fmt.Sprint(ann.ID))
	desk{t, []string{"--data", dir}}.fails(codeError, "not the data folder of a server", "user", "list")
	stopped.fails(codeUsage, "give one kind", "user", "list", "--url", "http://127.0.0.1:1")

	// Of the running one.
	p = start(t, dir).listening()
	go func() { // nobody else reads the log
		for range p.lines {
		}
	}()
	running := desk{t, append(secretFiles(t, user, organization), "--url", p.url)}
	stopped.fails(codeError, "a server is using "+data, "user", "list")
	if text := running.ok(nil, "organization", "list"); !strings.Contains(text, "Acme") || !strings.Contains(text, "First organization") {
		t.Errorf("organizations %s", text)
	}
	hers := desk{t, append(secretFiles(t, ann.Secret, acme.Secret), "--url", p.url)}
	var list []printed
	hers.ok(&list, "user", "list")
	if len(list) != 1 || list[0].Name != "Ann" || list[0].Secret != "" {
		t.Errorf("Ann sees %+v", list)
	}
	hers.fails(codeError, "role server", "key", "rotate")
	running.ok(&keys, "key", "rotate")
	running.ok(&keys, "key", "show")
	var made printed
	running.ok(&made, "user", "rotate", fmt.Sprint(ann.ID))
	hers.fails(codeError, "401", "user", "list")
	if text := running.ok(nil, "organization", "rotate", fmt.Sprint(acme.ID), "--overlap", "1h"); !strings.Contains(text, "good until") {
		t.Errorf("a rotation with an overlap prints %s", text)
	}
	running.fails(codeUsage, "go with --data", "user", "list", "--master-key-file", "x")
	running.fails(codeUsage, "should be a number", "user", "remove", "Ann")
	running.ok(nil, "organization", "remove", fmt.Sprint(acme.ID))
	running.fails(codeError, "No user found", "user", "remove", fmt.Sprint(ann.ID))
	p.signal(syscall.SIGTERM)
	p.end()
	running.fails(codeError, "no server answers", "user", "list")

	// The rotated key opens the folder, and it holds what was done.
	if text := stopped.ok(nil, "user", "list"); strings.Contains(text, "Ann") || !strings.Contains(text, "First user") {
		t.Errorf("users in the end: %s", text)
	}
}

// fieldOf is what stands behind a name, on its line.
func fieldOf(text, name string) string {
	_, rest, _ := strings.Cut(text, "  "+name+"  ")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
