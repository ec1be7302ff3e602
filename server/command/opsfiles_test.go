package command

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// namedVariable is a variable of ours that a file names.
var namedVariable = regexp.MustCompile(`\bPOLLWRIGHT_[A-Z_]+\b`)

// namedCommand is a command that a unit runs.
var namedCommand = regexp.MustCompile(`(?m)^Exec\w+=.*/pollwright ([a-z]+)`)

// The files that servers are run with name settings and commands that there are.
func TestOpsFiles(t *testing.T) {
	t.Parallel()
	c := &cobra.Command{}
	new(options).define(c)
	secret := []string{envMasterKey, envOrganizationSecret, envUserSecret}
	commands := names(newRoot().Commands())
	files, err := filepath.Glob("../../docs/ops/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range namedVariable.FindAllString(string(content), -1) {
			if !known(c, flagOf(name)) && !slices.Contains(secret, name) {
				t.Errorf("%s names %s, which nothing reads%s", file, name, meantVariable(name, c))
			}
		}
		for _, m := range namedCommand.FindAllStringSubmatch(string(content), -1) {
			if !slices.Contains(commands, m[1]) {
				t.Errorf("%s runs %q, which is no command%s", file, m[1], meant(m[1], commands))
			}
		}
	}
}
