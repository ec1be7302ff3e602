package plugin

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pollwright/pollwright/engine/plugin/meter"
	"github.com/pollwright/pollwright/sdk"
)

// Attack is something that an adapter, or whoever brings a module, may try. It is here for the tests that reach beyond this package, too.
type Attack struct {
	Name string
	Wasm []byte // nil: the probe
	Ask  string // the resource that the probe is asked for
	// Want is a pointer to the typed error that it ends as, Text a part of its words; nil = it does no harm, and ends well.
	Want    any
	Text    string
	Install bool // it is stopped before there is an adapter
	Poll    bool // it is of what an adapter wants of the host that polls
	Slow    bool // it ends by a deadline
	Probe   bool
	Sides   int // how many make it at once; 0 = one
}

// As is what errors.As may write to.
func (a Attack) As() any { return reflect.New(reflect.TypeOf(a.Want).Elem()).Interface() }

// Attacks is the list of all. The key of their modules is "attacker".
func Attacks() []Attack {
	return slices.Concat(callAttacks(), goAttacks(), replyAttacks(), installAttacks(), fetchAttacks())
}

// attacker is a good adapter to begin with.
func attacker() module { return good("attacker") }

// callAttacks are those of TestAttacksAreContained, and storms.
func callAttacks() (list []Attack) {
	for _, a := range attacks {
		m := a.module
		m.describe = okReply(manifest("attacker"))
		_, slow := a.want.(**DeadlineError)
		text := a.text
		if slow {
			text = "no answer within" // as long as the deadline is here
		}
		list = append(list, Attack{Name: a.name, Wasm: m.encode(), Want: a.want, Text: text, Slow: slow})
	}
	m := attacker()
	grow := m.with(loop(i32(1), op(0x40, 0), i32(-1), op(0x47, 0x0d, 0)), replyOf(&m))
	storm := func(name string, body ...[]byte) Attack {
		return Attack{Name: name, Wasm: m.with(loop(cat(body...), op(0x0c, 0)), i64(0)).encode(), Want: new(*DeadlineError), Slow: true}
	}
	// It writes on itself, and then traps: what it wrote is gone at the next call, or that one would answer otherwise.
	dirty := m.with(
		i32(8), op(0x28, 2, 0), op(0x04, 0x40), packed(0, 0xffffffff), op(0x0f, 0x0b), // not clean? then another error
		i32(8), i32(1), op(0x36, 2, 0), op(0x00))
	return append(list,
		storm("copy storm", i32(0), i32(1<<17), i32(1<<17), op(0xfc, 10, 0, 0)),
		Attack{Name: "grow storm", Wasm: m.with(loop(i32(1), op(0x40, 0, 0x1a, 0x0c, 0)), i64(0)).encode(), Want: new(*FuelError)}, // growing costs much
		hostStorm("clock storm", "clock_time_get", "iIi:i", i32(0), i64(0), i32(16)),
		hostStorm("chance storm", "random_get", "ii:i", i32(0), i32(4<<16)),
		hostStorm("write storm", "fd_write", "iiii:i", i32(4), i32(4<<16), op(0x36, 2, 0), i32(2), i32(0), i32(1), i32(16)),
		Attack{Name: "endless loop from all sides", Wasm: m.with(loop(op(0x0c, 0)), i64(0)).encode(), Want: new(*DeadlineError), Slow: true, Sides: 8},
		Attack{Name: "grow bomb", Wasm: grow.encode()},
		Attack{Name: "an instance after its trap", Wasm: dirty.encode(), Want: new(*PanicError), Text: "unreachable"},
	)
}

// hostStorm asks a function of the host again and again.
func hostStorm(name, function, signature string, arguments ...[]byte) Attack {
	m := wasi(attacker(), function, signature).with(loop(cat(arguments...), callFunc(0), op(0x1a, 0x0c, 0)), i64(0))
	return Attack{Name: name, Wasm: m.encode(), Want: new(*DeadlineError), Slow: true}
}

func goAttacks() (list []Attack) {
	for _, a := range []struct {
		ask, name string
		want      any
		text      string
	}{
		{"panic", "Go panic", new(*PanicError), `panic: adapter bug: bad field "x"`},
		{"nil", "Go nil dereference", new(*PanicError), "nil pointer dereference"},
		{"index", "Go index out of range", new(*PanicError), "index out of range"},
		{"exit", "Go os.Exit", new(*ExitError), "exited with code 3"},
		{"deadlock", "Go deadlock", new(*PanicError), "all goroutines are asleep"},
		{"hoard", "Go allocation bomb", new(*PanicError), "out of memory"},
		{"recurse", "Go stack overflow", new(*PanicError), "fatal error: "},
		{"spin", "Go endless loop", new(*DeadlineError), ""},
		{"flood", "Go stderr flood", nil, ""},
		{"sleep", "Go long sleep", nil, ""},
		{"reach", "Go files, env, args, network", nil, "opened=0 env=0 args=0"},
	} {
		_, slow := a.want.(**DeadlineError)
		list = append(list, Attack{Name: a.name, Ask: a.ask, Want: a.want, Text: a.text, Slow: slow, Probe: true})
	}
	return list
}

// replyAttacks answer with too much.
func replyAttacks() []Attack {
	long := sdk.Raw(`"` + strings.Repeat("x", maxMemo) + `"`)
	answer := func(r sdk.Reply) []byte { return roomy(okReply(r)).encode() }
	return []Attack{
		{Name: "state too large", Wasm: answer(sdk.Reply{Fetch: &sdk.Fetch{Path: "/a", State: long}}), Want: new(*ReplyError), Text: "fetch.state"},
		{Name: "memo too large", Wasm: answer(sdk.Reply{Page: &sdk.Page{Memo: long}}), Want: new(*ReplyError), Text: "page.memo"},
		{Name: "deep JSON", Wasm: roomy([]byte("\x00" + strings.Repeat(`{"page":`, 12_000))).encode(), Want: new(*ReplyError), Text: "JSON"},
	}
}

// roomy is an attacker that answers with up to 256 KiB.
func roomy(reply []byte) module {
	m := attacker()
	m.pages, m.buf, m.reply = 8, 480<<10, reply
	return m
}

// installAttacks never become adapters.
func installAttacks() []Attack {
	refused := func(name, text string, change func(*module)) Attack {
		m := attacker()
		change(&m)
		return Attack{Name: name, Wasm: m.encode(), Want: new(*ModuleError), Text: text, Install: true}
	}
	block := cat(op(0x02, 0x40), op(0x0b))
	return []Attack{
		refused("forged fuel: a global that is not there", "global", func(m *module) { m.step = cat(i64(1<<60), op(0x24, 1), i64(0)) }),
		refused("forged fuel: an export of its name", meter.FuelExport, func(m *module) { m.global = meter.FuelExport }),
		refused("forged fuel: our import", "may be imported", func(m *module) {
			m.imports = []imported{{meter.TickModule, meter.TickName, "I:I"}}
		}),
		refused("imported memory", "env", func(m *module) { m.importMemory = true }),
		refused("start section", "start section", func(m *module) { m.start = true }),
		refused("compile bomb: a huge function", "has a body", func(m *module) { m.step = cat(make([]byte, meter.MaxBody), i64(0)) }),
		refused("compile bomb: deep nesting", "nest", func(m *module) {
			n := meter.MaxNested + 10
			m.step = cat(repeated(op(0x02, 0x40), n), repeated(op(0x0b), n), i64(0))
		}),
		refused("compile bomb: many blocks", "blocks", func(m *module) { m.step = cat(repeated(block, meter.MaxBlocks+10), i64(0)) }),
		{Name: "compile bomb: in shape, but too much", Wasm: compileBomb(), Want: new(*ModuleError), Text: "not prepared and compiled within", Install: true, Slow: true},
	}
}

func repeated(code []byte, n int) []byte { return []byte(strings.Repeat(string(code), n)) }

// compileBomb keeps to the shape that is allowed, and takes minutes.
func compileBomb() []byte {
	// A value that is used across all the blocks, in each of very many functions.
	part := cat(local(1), op(0x04, 0x40), local(2), local(3), op(0x6a, 0x21, 2), op(0x0b))
	m := attacker()
	m.more = 400
	m.filler = repeated(part, meter.MaxBlocks-50)
	return m.encode()
}

// fetchAttacks want of the host what it does not do. All of them are good modules to their sandbox, and what they want is well-formed.
func fetchAttacks() []Attack {
	fetch := func(f sdk.Fetch) []byte {
		if f.Path == "" {
			f.Path = "/contacts"
		}
		return roomy(okReply(sdk.Reply{Fetch: &f})).encode()
	}
	header := func(name, value string) []byte { return fetch(sdk.Fetch{Headers: map[string]string{name: value}}) }
	bad := func(name, text string, wasm []byte) Attack {
		return Attack{Name: name, Wasm: wasm, Text: text, Poll: true}
	}
	list := []Attack{
		bad("fetch: foreign host", "fetch.base", fetch(sdk.Fetch{Base: "https://evil.example"})),
		bad("fetch: foreign host of a like name", "fetch.base", fetch(sdk.Fetch{Base: "https://example.com.evil.example/api"})),
		bad("fetch: forbidden method", "fetch.method", fetch(sdk.Fetch{Method: "DELETE"})),
		bad("fetch: method with a line break", "fetch.method", fetch(sdk.Fetch{Method: "GET / HTTP/1.1\r\nX: y"})),
		bad("fetch: line break in a header", "fetch.headers.X-A", header("X-A", "b\r\nAuthorization: c")),
		bad("fetch: line break in a header's name", "fetch.headers.", header("X-A: b\r\nX-B", "c")),
		bad("fetch: line break in the path", "fetch.path", fetch(sdk.Fetch{Path: "/a\r\nHost: evil.example"})),
		bad("fetch: encoded line break in the path", "line break", fetch(sdk.Fetch{Path: "/a%0d%0aX:%20y"})),
		bad("fetch: query in the path", "fetch.path", fetch(sdk.Fetch{Path: "/a?b=c"})),
		bad("fetch: /../", "fetch.path", fetch(sdk.Fetch{Path: "/../../etc"})),
		bad("fetch: /%2e%2e/", "fetch.path", fetch(sdk.Fetch{Path: "/a/%2e%2E/b"})),
		bad("fetch: backslashes", "fetch.path", fetch(sdk.Fetch{Path: `/..\..\etc`})),
		bad("fetch: an absolute URL as path", "fetch.path", fetch(sdk.Fetch{Path: "https://evil.example/"})),
		bad("fetch: @evil as path", "fetch.path", fetch(sdk.Fetch{Path: "@evil.example/"})),
		bad("fetch: //evil as path", "", fetch(sdk.Fetch{Path: "//evil.example/x"})),
		bad("fetch: /@evil as path", "", fetch(sdk.Fetch{Path: "/@evil.example/x"})),
		bad("fetch for ever", "more than 16 requests for one page", fetch(sdk.Fetch{})),
		bad("pages for ever", "continues", roomy(okReply(sdk.Reply{Page: &sdk.Page{Next: "again"}})).encode()),
	}
	for _, name := range []string{"Authorization", "cookie", "Host", "Connection", "Transfer-Encoding", "Content-Length", "Proxy-Authorization", "TE"} {
		list = append(list, bad("fetch: header "+name, "fetch.headers."+name, header(name, "x")))
	}
	return list
}

// NewCatalog makes a catalog that never suspends.
func NewCatalog(t testing.TB, config Config, modules map[string][]byte) *Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for name, wasm := range modules {
		files[name] = &fstest.MapFile{Data: wasm}
	}
	config.Builtin, config.Limits.Failures = files, 1<<30
	return newCatalog(t, config, nil)
}

// Bystander is a good adapter of few bytes.
func Bystander() []byte { return good("bystander").encode() }

// Probe is an adapter of the Go toolchain with the key "probe", and the folder where it is compiled already.
func Probe(t testing.TB) (wasm []byte, cache string) {
	t.Helper()
	if testing.Short() || raceDetector {
		t.Skip("builds and compiles a Go adapter")
	}
	wasm, err := probeWasm()
	if err != nil {
		t.Fatal(err)
	}
	return wasm, filepath.Join(scratch, "cache")
}

// InChild has modules prepared by another process, for so long at most.
func InChild(c *Catalog, dir string, most time.Duration) {
	c.sandbox.child, c.sandbox.cacheDir, c.sandbox.childTime = testChild, dir, most
}

// Page is a provider's body of n contacts.
func Page(n int) []byte { return page(n) }

// Install is what a new file of the folder goes through.
func (c *Catalog) Install(ctx context.Context, wasm []byte) error {
	_, err := c.Inspect(ctx, wasm, "attacker.wasm")
	return err
}
