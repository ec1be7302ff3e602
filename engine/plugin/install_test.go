package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pollwright/pollwright/engine/plugin/meter"
	"github.com/pollwright/pollwright/sdk"
)

// change returns good("a") after f.
func change(f func(*module)) []byte {
	m := good("a")
	f(&m)
	return m.encode()
}

// changeManifest returns good("a") with another manifest.
func changeManifest(f func(*sdk.Manifest)) []byte {
	m := manifest("a")
	f(&m)
	return change(func(w *module) { w.describe = okReply(m) })
}

func TestRefusedAtInstall(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{Limits: Limits{Manifest: 20_000, Module: 600_000}}, nil)
	for _, tt := range []struct {
		name string
		wasm []byte
		want any
		text string
	}{
		{"empty file", nil, new(*ModuleError), "not a WebAssembly 1 binary"},
		{"text file", []byte("#!/bin/sh\necho hello\n"), new(*ModuleError), "not a WebAssembly 1 binary"},
		{"cut off", change(func(*module) {})[:60], new(*ModuleError), "malformed"},
		{"file too large", make([]byte, 600_001), new(*SizeError), "module has 600001 bytes, at most 600000"},
		{"foreign import", change(func(m *module) { m.imports = []imported{{"env", "system", "i:i"}} }), new(*ModuleError), `"env"."system"`},
		{"unknown WASI function", change(func(m *module) { m.imports = []imported{{wasiModule, "fd_steal", "i:i"}} }), new(*ModuleError), "fd_steal"},
		{"WASI function of another type", change(func(m *module) { m.imports = []imported{{wasiModule, "fd_write", "i:i"}} }), new(*PanicError), "signature mismatch"},
		{"imported memory", change(func(m *module) { m.importMemory = true }), new(*ModuleError), `"env"."memory"`},
		{"start section", change(func(m *module) { m.start = true }), new(*ModuleError), "start section"},
		{"huge table", change(func(m *module) { m.table = 1<<20 + 1 }), new(*ModuleError), "table of 1048577 entries"},
		{"table.grow", change(func(m *module) {
			m.table = 1
			m.step = cat(op(0xd0, 0x70), i32(1<<30), op(0xfc, 15, 0, 0x1a), i64(0))
		}), new(*ModuleError), "changes a table"},
		{"huge function", change(func(m *module) { m.step = cat(make([]byte, meter.MaxBody), i64(0)) }), new(*ModuleError), "function 2 has a body"},
		{"more memory than allowed", change(func(m *module) { m.pages = 4000 }), new(*ModuleError), "limit"},
		{"no memory exported", change(func(m *module) { m.without = "memory" }), new(*ModuleError), `"memory"`},
		{"no abi", change(func(m *module) { m.without = exportABI }), new(*ModuleError), "pollwright_abi() -> (i32)"},
		{"no buf", change(func(m *module) { m.without = exportBuf }), new(*ModuleError), "pollwright_buf(i32) -> (i32)"},
		{"no call", change(func(m *module) { m.without = exportCall }), new(*ModuleError), "pollwright_call(i32, i32) -> (i64)"},
		{"call of another type", change(func(m *module) { m.callType = "i:i" }), new(*ModuleError), "has the type (i32) -> (i32), must be (i32, i32) -> (i64)"},
		{"wrong ABI version", change(func(m *module) { m.abi = 2 }), new(*ModuleError), "version 2 of the entry points, this host speaks version 1"},
		{"describe fails", change(func(m *module) { m.describe = errorReply("not today") }), new(*AdapterError), "not today"},
		{"manifest not JSON", change(func(m *module) { m.describe = []byte("\x00nope") }), new(*ReplyError), "not JSON"},
		{"manifest of another type", change(func(m *module) { m.describe = []byte("\x00{\"baseUrls\":\"x\"}") }), new(*ReplyError), "baseUrls"},
		{"manifest too large", changeManifest(func(m *sdk.Manifest) { m.Description = strings.Repeat("x", 20_000) }), new(*SizeError), "at most 20000"},
		{"manifest key", changeManifest(func(m *sdk.Manifest) { m.Key = "No Key" }), new(*ManifestError), "key"},
		{"base URL", changeManifest(func(m *sdk.Manifest) { m.BaseURLs = []string{"ftp://x"} }), new(*ManifestError), "baseUrls[0]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.install(t.Context(), tt.wasm, "a.wasm", false)
			if !errors.As(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want a %T with %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestManifestLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		name   string
		change func(*sdk.Manifest)
		path   string
	}{
		{"long name", func(m *sdk.Manifest) { m.Name = long }, "name"},
		{"control characters", func(m *sdk.Manifest) { m.Hub = "a\x1b[2Jb" }, "hub"},
		{"many parameters", func(m *sdk.Manifest) { m.Config = make([]sdk.Parameter, 201) }, "config"},
		{"long parameter key", func(m *sdk.Manifest) { m.Config = []sdk.Parameter{{Key: long, Label: "x", Type: "string"}} }, "config[0]"},
		{"many base URLs", func(m *sdk.Manifest) { m.BaseURLs = make([]string, 21) }, "baseUrls"},
		{"base URL that climbs", func(m *sdk.Manifest) { m.BaseURLs = []string{"https://example.com/a/%2e%2e/b"} }, "baseUrls[0]"},
		{"base URL without a host", func(m *sdk.Manifest) { m.BaseURLs = []string{"https://:443/a"} }, "baseUrls[0]"},
		{"many rates", func(m *sdk.Manifest) { m.RateLimit = make([]sdk.Rate, 21) }, "rateLimit"},
		{"many resources", func(m *sdk.Manifest) { m.Resources = make([]sdk.Resource, 1001) }, "resources"},
		{"no resources", func(m *sdk.Manifest) { m.Resources = nil }, "resources"},
		{"many since fields", func(m *sdk.Manifest) { m.Resources[0].Since = make([]string, 101) }, "resources[0].since"},
		{"long poll field", func(m *sdk.Manifest) { m.Resources[0].Poll = &sdk.Poll{URL: "/hubs/x/contacts", IDField: long} }, "resources[0].poll"},
		{"paths that cannot be told apart", func(m *sdk.Manifest) {
			m.Resources = []sdk.Resource{{Name: "a", Path: "/lists/{x}"}, {Name: "b", Path: "/lists/{y}"}}
		}, "resources[1].path"},
		{"unknown template parameter", func(m *sdk.Manifest) {
			m.Auth = sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"X-Key": "{api.key}"}}
		}, "auth.headers.X-Key"},
		{"token endpoint that climbs", func(m *sdk.Manifest) {
			m.Auth = sdk.Auth{Type: sdk.AuthOAuth2, OAuth2: &sdk.OAuth2{AuthorizeURL: "/a", TokenURL: "/../t", ClientID: "x", ClientSecret: "y"}}
		}, "auth.oauth2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := manifest("a")
			tt.change(&m)
			var refused *ManifestError
			if err := checkManifest(&m); !errors.As(err, &refused) || refused.Problems[0].Path != tt.path {
				t.Errorf("got %v, want a fault at %s", err, tt.path)
			}
		})
	}
	m := manifest("a")
	if err := checkManifest(&m); err != nil {
		t.Errorf("the manifest they all start from: %v", err)
	}
}

func TestBadBuiltinIsAnError(t *testing.T) {
	t.Parallel()
	twin := good("b")
	twin.describe = okReply(manifest("a"))
	for _, tt := range []struct {
		name string
		fs   fstest.MapFS
		text string
	}{
		{"bad module", fstest.MapFS{"a.wasm": {Data: []byte("x")}}, "built-in adapter a.wasm"},
		{"same key", fstest.MapFS{"a.wasm": {Data: good("a").encode()}, "b.wasm": {Data: twin.encode()}}, "a.wasm and b.wasm both speak for the element a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(Config{Builtin: tt.fs}); err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want an error with %q", err, tt.text)
			}
		})
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		config Config
		text   string
	}{
		{Config{Dir: filepath.Join(t.TempDir(), "none")}, "Dir"},
		{Config{Parallel: -1}, "Parallel is -1"},
		{Config{Limits: Limits{Memory: 5 << 30}}, "Limits.Memory"},
		{Config{Limits: Limits{Deadline: -1}}, "Limits.Deadline"},
	} {
		if _, err := New(tt.config); err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("got %v, want an error with %q", err, tt.text)
		}
	}
}

// TestDamagedCacheIsMadeAgain: a cut-off cache entry must not keep the program from starting.
func TestDamagedCacheIsMadeAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	start := func() {
		c, err := New(Config{Builtin: fstest.MapFS{"a.wasm": {Data: good("a").encode()}}, CacheDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Step(t.Context(), "a", sdk.Call{}); err != nil {
			t.Error(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	start()
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("cache folder: %v, %v, want mode 0700", info, err)
	}
	entries, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(entries) == 0 {
		t.Fatalf("cache entries %v, %v, want some", entries, err)
	}
	for _, size := range []int64{0, 3, 40, 200} {
		for _, e := range entries {
			if err := os.Truncate(e, size); err != nil {
				t.Fatal(err)
			}
		}
		start()
	}
}

func FuzzShape(f *testing.F) {
	f.Add(good("a").encode())
	f.Add(change(func(m *module) { m.imports = []imported{{wasiModule, "fd_write", "iiii:i"}}; m.table = 3 }))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		err := checkShape(wasm) // must end without a panic, whatever comes
		var refused *ModuleError
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("got %T, want a ModuleError", err)
		}
	})
}

// FuzzManifest: whatever an adapter says that it is, reading it ends without a panic; and what is accepted can be told, and is accepted again.
func FuzzManifest(f *testing.F) {
	m := manifest("a")
	f.Add(okReply(m)[1:])
	m.Auth = sdk.Auth{Type: sdk.AuthOAuth2, OAuth2: &sdk.OAuth2{AuthorizeURL: "/a", TokenURL: "/t", ClientID: "{k}", ClientSecret: "{k}", RedirectURL: "{k}"}}
	m.Config = []sdk.Parameter{{Key: "k", Label: "K", Type: "string", Secret: true, Required: true}}
	m.RateLimit, m.Methods, m.Body = []sdk.Rate{{}}, []string{"GET", "POST"}, sdk.BodyOutline
	m.Resources[0].Poll = &sdk.Poll{URL: "/hubs/general/contacts", IDField: "id", UpdatedDateField: "u", UpdatedDateFormat: "milliseconds"}
	f.Add(okReply(m)[1:])
	f.Add([]byte(`{"key":"a","baseUrls":["https://[::1]:0/%2e%2e/"],"resources":[{"name":"x","path":"/{}/{a}"}],"auth":{"type":"headers","headers":{"A":"{"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m sdk.Manifest
		if decodeJSON(data, &m) != nil || checkManifest(&m) != nil {
			return
		}
		var again sdk.Manifest
		if err := decodeJSON(okReply(m)[1:], &again); err != nil {
			t.Fatalf("an accepted manifest cannot be read again: %v", err)
		}
		if err := checkManifest(&again); err != nil {
			t.Fatalf("an accepted manifest is refused: %v", err)
		}
	})
}
