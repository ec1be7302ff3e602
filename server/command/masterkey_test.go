package command

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPrintedKey(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"printf 'canary-key\n'":                        "",
		"echo canary-key; echo canary-err >&2; exit 3": "exit status 3",
		"echo canary-key >&2":                          "printed nothing",
		"yes canary":                                   "more than 4096 bytes",
	} {
		key, err := printedKey(context.Background(), "--master-key-command", command)
		if want == "" {
			if err != nil || string(key) != "canary-key" {
				t.Errorf("%q: %q, %v", command, key, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") || len(key) > 0 {
			t.Errorf("%q: %q, %v, want %q and nothing of the output", command, key, err, want)
		}
	}
}

func TestMasterKeyHasOneSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ environment, command, file, want string }{
		{"key", "", "", "key"}, {"key", "", "file", "key"}, {"", "", "file", ""}, {"", "echo printed", "", "printed"},
	} {
		if got, err := givenMaster(context.Background(), c.environment, c.command, c.file); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
	for _, c := range [][3]string{{"key", "echo", ""}, {"", "echo", "file"}} {
		if _, err := givenMaster(context.Background(), c[0], c[1], c[2]); !errors.As(err, new(usageError)) {
			t.Errorf("%q: %v, want a fault of the command line", c, err)
		}
	}
}
