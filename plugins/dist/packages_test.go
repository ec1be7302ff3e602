package dist

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// packages are those of the standard library that the built-in adapters are made of. Each call executes little of a module, but all of it is
// compiled, kept and loaded: encoding/json and net/url with what they bring are half a megabyte, and the former takes most of a call's time.
var packages = strings.Fields(`bytes cmp encoding/binary errors fmt io io/fs iter maps math math/bits os path reflect runtime slices strconv strings structs
	sync sync/atomic syscall time time/tzdata unicode unicode/utf16 unicode/utf8 unsafe`)

func TestPackagesOfTheAdapters(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-deps", "-f", "{{if .Standard}}{{.ImportPath}}{{end}}", "../icontact", "../acton")
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := strings.Fields(string(out))
	if !slices.Contains(found, "fmt") {
		t.Fatalf("go list says only %q", found)
	}
	for _, name := range found {
		if !strings.HasPrefix(name, "internal/") && !strings.Contains(name, "/internal/") && !slices.Contains(packages, name) {
			t.Errorf("an adapter is made of %s, too: it makes the module larger and the calls slower", name)
		}
	}
}
