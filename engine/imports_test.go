package engine_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pollwright/pollwright"

// allowed is the import table: which packages of the project a package may import, by the place in the tree. "*" stands for one path
// element. Imports go one way, from the server to the leaves. Change it in a commit of its own that gives the reason.
var allowed = map[string][]string{
	".": {"server/command"},

	"sdk":         {},
	"sdk/sdktest": {"sdk", "engine/plugin"},

	"sdk/examples":   {}, // tests only
	"sdk/examples/*": {"sdk"},

	"plugins/*":      {"sdk"},
	"plugins/*/sim":  {"plugins/simkit"},
	"plugins/simkit": {},
	"plugins/dist":   {},

	"engine/javadate":          {},
	"engine/template":          {"engine/javadate"},
	"engine/ceql":              {},
	"engine/jsoncut":           {}, // pure
	"engine/egress":            {},
	"engine/schedule":          {},
	"engine/header":            {}, // pure rules
	"engine/store":             {},
	"engine/store/memstore":    {"engine/store"},
	"engine/store/badgerstore": {"engine/store"},
	"engine/store/storetest":   {"engine/store"},
	"engine/store/faultstore":  {"engine/store"},  // tests only
	"engine/model":             {},                // tests only
	"engine/deliver/benchmark": {},                // tests only
	"engine/beside":            {"engine/plugin"}, // tests only

	"engine/change":       {"engine/javadate", "engine/jsoncut"},
	"engine/instance":     {"engine/change", "engine/javadate", "engine/template", "engine/ceql", "engine/header", "sdk"},
	"engine/credential":   {"engine/egress", "engine/store", "sdk"},
	"engine/plugin":       {"engine/plugin/meter", "engine/plugin/box", "engine/plugin/code", "engine/instance", "engine/jsoncut", "sdk"},
	"engine/plugin/wasm":  {},
	"engine/plugin/meter": {"engine/plugin/wasm"},
	"engine/plugin/box":   {"engine/plugin/wasm"},
	"engine/plugin/code":  {},

	"engine/hub":     {"engine/instance", "engine/change", "engine/ceql", "engine/javadate", "sdk"}, // whoever asks for pages gives it a function
	"engine/deliver": {"engine/change", "engine/egress", "engine/store"},
	"engine/poll": {"engine/instance", "engine/change", "engine/plugin", "engine/credential", "engine/egress", "engine/deliver", "engine/store",
		"engine/template", "engine/ceql", "engine/javadate", "sdk"},
	"engine": {"engine/instance", "engine/change", "engine/plugin", "engine/credential", "engine/egress", "engine/deliver", "engine/store",
		"engine/store/memstore", "engine/store/badgerstore", "engine/template", "engine/ceql", "engine/javadate", "engine/jsoncut", "engine/poll", "engine/hub", "engine/schedule",
		"sdk"}, // jsoncut: a start reads four fields of each of a million instances

	"docs/receivers/go": {}, // to be copied: the standard library only

	"server/api":          {"engine", "engine/instance", "sdk"}, // the platform's words for configuration, and the faults of a body, are in instance
	"server/api/contract": {},                                   // tests only
	"server/benchmark":    {},                                   // tests only
	"server/crash":        {},                                   // tests only
	"server/console":      {"engine", "engine/instance", "sdk"},
	"server/workshop":     {"engine", "engine/instance", "sdk", "sdk/sdktest"}, // an author's tests are run by the program
	"server/demo":         {"engine", "sdk", "server/api", "server/console", "plugins/dist", "plugins/*/sim", "plugins/simkit"},
	"server/command":      {"engine", "sdk", "server/api", "server/console", "server/demo", "server/workshop", "plugins/dist"},
}

// allowedInTests is what test files may import besides what their package may. "..." stands for any number of path elements.
var allowedInTests = map[string][]string{
	".":       {"..."},
	"sdk/...": {"sdk/..."},

	"sdk/examples/...": {"engine/plugin"},

	"plugins/...": {"sdk/...", "engine/plugin", "plugins/..."},
	"engine/...":  {"engine/...", "sdk/...", "plugins/..."},
	"server/...":  {"..."},
}

// places says for each third-party module where it may be used, by the place in the tree.
var places = map[string][]string{
	"github.com/tetratelabs/wazero":       {"engine/plugin/..."},
	"github.com/fsnotify/fsnotify":        {"engine/plugin"},
	"github.com/dgraph-io/badger/v4":      {"engine/store/badgerstore"},
	"github.com/klauspost/compress":       {"engine/store/badgerstore"},
	"github.com/tink-crypto/tink-go/v2":   {"engine/credential"},
	"golang.org/x/oauth2":                 {"engine/credential"},
	"code.dny.dev/ssrf":                   {"engine/egress"},
	"golang.org/x/time":                   {"engine/egress"},
	"github.com/tidwall/gjson":            {"engine/plugin", "engine/jsoncut", "engine/change", "engine/poll", "engine/hub", "server/benchmark"}, // in the last, the yardstick's
	"github.com/tidwall/pretty":           {"engine/change", "server/demo", "server/command"},
	"github.com/gofiber/fiber/v2":         {"server/..."},
	"github.com/valyala/fasthttp":         {"server/api", "server/console"}, // what fiber stands on: the size of a body by its route, and copies of queries
	"github.com/prometheus/client_golang": {"engine", "server/..."},
	"github.com/spf13/cobra":              {"server/command"},
	"github.com/spf13/pflag":              {"server/command"}, // what cobra's flags are made of: their names, values and defaults
	"github.com/knadh/koanf":              {"server/command"},
	"github.com/lmittmann/tint":           {"server/command", "server/demo"},
	"github.com/mattn/go-isatty":          {"server/command", "server/demo"},
	"go.opentelemetry.io/otel":            {"server/command"}, // the engine tells a function
	"go.yaml.in/yaml/v3":                  {"server/api/..."}, // reads the API's own description
	"golang.org/x/sync":                   {"engine/...", "server/..."},
	"golang.org/x/sys":                    {"engine/plugin/...", "engine/store/badgerstore", "server/command"},

	// Receivers verify with it, and so do the tests of the signing and of the rotation of secrets.
	"github.com/standard-webhooks/standard-webhooks/libraries": {"engine", "engine/deliver"},
}

// testModules may be used by every test file, and by the packages that are made of tests.
var (
	testModules = []string{"pgregory.net/rapid", "github.com/google/go-cmp", "go.uber.org/goleak", "github.com/rogpeppe/go-internal",
		"github.com/santhosh-tekuri/jsonschema/v6", "github.com/chromedp/chromedp", "github.com/chromedp/cdproto", "go.opentelemetry.io/proto/otlp", "google.golang.org/protobuf"}
	testPackages = []string{"engine/store/storetest", "sdk/sdktest", "server/api/contract"}
)

// edge is one import of one file.
type edge struct {
	file   string // slash-separated, from the root: "engine/poll/poll.go"
	target string // import path
}

// check explains why an edge is against the rules; "" if it is not.
func (e edge) check() string {
	from := path.Dir(e.file)
	isTest := strings.HasSuffix(e.file, "_test.go")
	row, ok := ruleFor(from)
	if !ok {
		return fmt.Sprintf("%s: package %s has no rule. Give it a line in the table of engine/imports_test.go, or put the file into a package that has one", e.file, from)
	}
	if first, _, _ := strings.Cut(e.target, "/"); !strings.Contains(first, ".") {
		return "" // the standard library is free to all
	}
	if inside, ok := within(e.target, module); ok {
		if anyMatch(row, inside) || inside == from || isTest && testMayImport(from, inside) {
			return ""
		}
		return fmt.Sprintf("%s: %s must not import %s; %s. Declare an interface where it is used and let a package above wire the two, or move the code",
			e.file, name(from, isTest), inside, mayImport(row))
	}
	return e.checkThirdParty(from, isTest)
}

func (e edge) checkThirdParty(from string, isTest bool) string {
	for _, m := range testModules {
		if _, ok := within(e.target, m); ok {
			if isTest || slices.Contains(testPackages, from) {
				return ""
			}
			return fmt.Sprintf("%s: %s is for tests; it must not be part of the program", e.file, m)
		}
	}
	for m, where := range places {
		if _, ok := within(e.target, m); !ok {
			continue
		}
		if anyMatch(where, from) {
			return ""
		}
		return fmt.Sprintf("%s: %s must not import %s, whose place is %s. Call that package instead, so that the module can be replaced in one place",
			e.file, name(from, isTest), m, strings.Join(where, ", "))
	}
	return fmt.Sprintf("%s: %s has no place. A new dependency is a commit of its own that says why and gives it a line in engine/imports_test.go; "+
		"else use the standard library", e.file, e.target)
}

// ruleFor finds the row of a package: its own, else one with a "*".
func ruleFor(pkg string) ([]string, bool) {
	if row, ok := allowed[pkg]; ok {
		return row, true
	}
	for pattern, row := range allowed {
		if ok, _ := path.Match(pattern, pkg); ok && pattern != "." {
			return row, true
		}
	}
	return nil, false
}

func testMayImport(from, target string) bool {
	for pattern, row := range allowedInTests {
		if match(pattern, from) && anyMatch(row, target) {
			return true
		}
	}
	return false
}

func anyMatch(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}

// match knows "*" for one path element, "x/..." for x and all below it, and "..." for all.
func match(pattern, pkg string) bool {
	if top, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(pkg+"/", top)
	}
	ok, _ := path.Match(pattern, pkg)
	return ok
}

// within reports whether an import path lies in a module, and where in it.
func within(target, mod string) (string, bool) {
	if target == mod {
		return ".", true
	}
	return strings.CutPrefix(target, mod+"/")
}

func name(pkg string, isTest bool) string {
	if isTest {
		return "a test of " + pkg
	}
	return pkg
}

func mayImport(row []string) string {
	if len(row) == 0 {
		return "it may import no package of the project"
	}
	return "of the project it may import only " + strings.Join(row, ", ")
}

// edges reads the imports of every Go file below root, whatever its build tags. Folders named testdata, and those that begin with a dot
// or an underscore, hold no packages.
func edges(root string) ([]edge, error) {
	var all []edge
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if file != root && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		found, err := fileEdges(root, file)
		all = append(all, found...)
		return err
	})
	return all, err
}

func fileEdges(root, file string) ([]edge, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	found := []edge{{rel, "fmt"}} // a file without imports needs a rule for its package as well
	for _, spec := range parsed.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", rel, spec.Path.Value, err)
		}
		found = append(found, edge{rel, target})
	}
	return found, nil
}

func violations(root string) (found []string, files int, err error) {
	all, err := edges(root)
	seen := map[string]bool{}
	for _, e := range all {
		if msg := e.check(); msg != "" && !slices.Contains(found, msg) {
			found = append(found, msg)
		}
		seen[e.file] = true
	}
	return found, len(seen), err
}

func TestImports(t *testing.T) {
	t.Parallel()
	found, files, err := violations("..")
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d files were read; is this still the engine folder?", files)
	}
	for _, msg := range found {
		t.Error(msg)
	}
}

// The rules themselves: what they must refuse, and what not.
func TestImportRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, target, want string }{
		{"main.go", module + "/server/command", ""},
		{"main.go", module + "/engine", "must not import engine"},
		{"engine/poll/poll.go", "net/http", ""},
		{"engine/poll/poll.go", module + "/engine/change", ""},
		{"engine/poll/poll.go", module + "/engine/schedule", "engine/poll must not import engine/schedule; of the project it may import only engine/instance"},
		{"engine/poll/poll.go", module + "/engine", "must not import engine"},
		{"engine/change/rule.go", module + "/engine/store", "engine/change/rule.go: engine/change must not import engine/store"},
		{"engine/javadate/parse.go", module + "/engine/template", "it may import no package of the project"},
		{"engine/egress/client.go", module + "/engine/credential", "must not import engine/credential"},
		{"engine/store/store.go", module + "/engine/store/badgerstore", "must not import engine/store/badgerstore"},
		{"engine/engine.go", module + "/engine/poll", ""},
		{"engine/engine.go", module + "/server/api", "must not import server/api"},
		{"engine/engine.go", module + "/engine/store/storetest", "must not import engine/store/storetest"},
		{"server/api/api.go", module + "/engine", ""},
		{"server/api/api.go", module + "/engine/store", "must not import engine/store"},
		{"server/command/serve.go", module + "/plugins/dist", ""},
		{"server/command/serve.go", module + "/plugins/icontact", "must not import plugins/icontact"},
		{"server/demo/demo.go", module + "/plugins/acton/sim", ""},
		{"plugins/icontact/main.go", module + "/sdk", ""},
		{"plugins/icontact/main.go", module + "/engine/change", "must not import engine/change"},
		{"plugins/icontact/main.go", module + "/plugins/icontact/sim", "must not import plugins/icontact/sim"},
		{"plugins/icontact/main.go", "github.com/tidwall/gjson", "must not import github.com/tidwall/gjson, whose place is engine/plugin"},
		{"plugins/acton/sim/sim.go", module + "/plugins/simkit", ""},
		{"plugins/acton/sim/sim.go", module + "/sdk", "must not import sdk"},
		{"sdk/call.go", module + "/sdk/sdktest", "must not import sdk/sdktest"},

		{"engine/util/util.go", "fmt", "package engine/util has no rule"},
		{"helpers/helpers.go", "fmt", "package helpers has no rule"},
		{"plugins/acton/mapping/mapping.go", "fmt", "package plugins/acton/mapping has no rule"},
		{"engine/util/util_test.go", "fmt", "package engine/util has no rule"},

		{"engine/plugin/host.go", "github.com/tetratelabs/wazero/api", ""},
		{"engine/poll/poll.go", "github.com/tetratelabs/wazero", "whose place is engine/plugin"},
		{"engine/poll/poll_test.go", "github.com/tetratelabs/wazero", "a test of engine/poll must not import github.com/tetratelabs/wazero"},
		{"engine/store/badgerstore/open.go", "github.com/dgraph-io/badger/v4/options", ""},
		{"engine/engine.go", "github.com/dgraph-io/badger/v4", "whose place is engine/store/badgerstore"},
		{"engine/engine.go", "github.com/gofiber/fiber/v2", "whose place is server/..."},
		{"server/console/console.go", "github.com/gofiber/fiber/v2/middleware/cors", ""},
		{"server/api/api.go", "github.com/spf13/cobra", "whose place is server/command"},
		{"server/command/config.go", "github.com/knadh/koanf/v2", ""},
		{"engine/egress/limit.go", "golang.org/x/time/rate", ""},
		{"engine/deliver/lane.go", "golang.org/x/time/rate", "whose place is engine/egress"},
		{"engine/deliver/lane.go", "github.com/sirupsen/logrus", "github.com/sirupsen/logrus has no place"},
		{"engine/deliver/lane.go", "github.com/tetratelabs/wazero2", "has no place"},
		{"engine/deliver/lane_test.go", "github.com/stretchr/testify/require", "has no place"},

		{"engine/deliver/lane_test.go", "go.uber.org/goleak", ""},
		{"engine/deliver/lane.go", "go.uber.org/goleak", "is for tests"},
		{"engine/store/storetest/run.go", "pgregory.net/rapid", ""},
		{"engine/deliver/lane_test.go", module + "/engine/deliver", ""},
		{"engine/deliver/lane_test.go", module + "/engine/store/memstore", ""},
		{"engine/deliver/lane_test.go", module + "/server/api", "a test of engine/deliver must not import server/api"},
		{"plugins/icontact/main_test.go", module + "/engine/plugin", ""},
		{"plugins/icontact/main_test.go", module + "/plugins/icontact/sim", ""},
		{"plugins/icontact/main_test.go", module + "/sdk/sdktest", ""},
		{"plugins/icontact/main_test.go", module + "/engine/poll", "must not import engine/poll"},
		{"sdk/call_test.go", module + "/engine/plugin", "must not import engine/plugin"},
		{"server/command/serve_test.go", module + "/plugins/icontact/sim", ""},
		{"main_test.go", module + "/server/demo", ""},
	} {
		got := edge{c.file, c.target}.check()
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s: %q, want %q", c.file, c.target, got, c.want)
		}
	}
}

// The walk finds what is wrong in a tree, build tags or not, and leaves out what is no package.
func TestImportsAreFoundInATree(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for file, text := range map[string]string{
		"engine/schedule/bad.go":           "package schedule\nimport _ \"" + module + "/engine/poll\"\n",
		"plugins/icontact/wasm.go":         "//go:build wasip1\n\npackage main\nimport x \"" + module + "/engine\"\nvar _ = x.New\n",
		"engine/misc/empty.go":             "package misc\n",
		"engine/plugin/testdata/a/main.go": "package main\nimport _ \"example.com/anything\"\n",
		".git/hook.go":                     "not even Go",
		"sdk/good.go":                      "package sdk\nimport \"fmt\"\n",
	} {
		file = filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, files, err := violations(root)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	want := []string{"engine/misc/empty.go: ", "engine/schedule/bad.go: ", "plugins/icontact/wasm.go: "}
	if len(found) != len(want) || files != 4 {
		t.Fatalf("%d files, found %q; want 4 and one for each of %q", files, found, want)
	}
	for i := range want {
		if !strings.HasPrefix(found[i], want[i]) {
			t.Errorf("found %q, want something about %s", found[i], want[i])
		}
	}
}
