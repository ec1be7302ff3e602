package plugin

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pollwright/pollwright/sdk"
)

// module describes a small WebAssembly module; encode writes it. Its zero value, with goodReplies, is a good adapter.
type module struct {
	imports      []imported
	importMemory bool
	start        bool // adds a start section that names pollwright_buf's neighbour
	pages        uint32
	table        uint32 // entries; 0 = no table
	abi          int32
	describe     []byte // whole reply, with its first byte
	reply        []byte // whole reply of step
	step         []byte // body of step instead of giving reply; must leave an i64
	initialize   []byte // body of _initialize; nil = none
	buf          int32  // what pollwright_buf answers
	without      string // export to leave out
	callType     string // "" = ii:I
	global       string // exports global 0 by this name
	more         int    // further functions, each with filler as its body
	filler       []byte
}

type imported struct{ module, name, signature string }

const (
	describeAt = 1 << 10
	replyAt    = 96 << 10
	bufferAt   = 128 << 10
)

// good is an adapter with the given key whose step answers with an empty page.
func good(key string) module {
	return module{pages: 4, abi: 1, buf: bufferAt, describe: okReply(manifest(key)), reply: okReply(sdk.Reply{Page: &sdk.Page{}})}
}

func manifest(key string) sdk.Manifest {
	return sdk.Manifest{
		Key: key, Name: key, Hub: "general", Version: "1", Auth: sdk.Auth{Type: sdk.AuthNone},
		BaseURLs: []string{"https://example.com/api"}, Resources: []sdk.Resource{{Name: "contacts", Path: "/contacts"}},
	}
}

func okReply(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append([]byte{0}, b...)
}

// errorReply is a reply of the adapter's own error.
func errorReply(text string) []byte { return append([]byte{1}, text...) }

// Code.
func cat(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
func i32(v int32) []byte                    { return append([]byte{0x41}, sleb(int64(v))...) }
func i64(v int64) []byte                    { return append([]byte{0x42}, sleb(v)...) }
func op(b ...byte) []byte                   { return b }
func local(n byte) []byte                   { return []byte{0x20, n} }
func callFunc(n uint32) []byte              { return append([]byte{0x10}, uleb(n)...) }
func packed(ptr, size uint32) []byte        { return i64(int64(uint64(ptr)<<32 | uint64(size))) }
func replyOf(m *module) []byte              { return packed(replyAt, uint32(len(m.reply))) }
func loop(body ...[]byte) []byte            { return cat(op(0x03, 0x40), cat(body...), op(0x0b)) }
func (m module) with(step ...[]byte) module { m.step = cat(step...); return m }

func (m module) encode() []byte {
	var types, imports, funcs, exports, bodies, data [][]byte
	addType := func(signature string) []byte {
		params, results, _ := strings.Cut(signature, ":")
		types = append(types, cat([]byte{0x60}, valTypes(params), valTypes(results)))
		return uleb(uint32(len(types) - 1))
	}
	for _, im := range m.imports {
		imports = append(imports, cat(str(im.module), str(im.name), op(0), addType(im.signature)))
	}
	if m.importMemory {
		imports = append(imports, cat(str("env"), str("memory"), op(2, 0, 1)))
	}
	add := func(name, signature string, body []byte) {
		index := uint32(len(funcs) + len(m.imports))
		funcs = append(funcs, addType(signature))
		code := cat(op(1), uleb(4), op(0x7f), body, op(0x0b)) // four i32 locals
		bodies = append(bodies, cat(uleb(uint32(len(code))), code))
		if name != m.without {
			exports = append(exports, cat(str(name), op(0), uleb(index)))
		}
	}
	if m.step == nil {
		m.step = replyOf(&m)
	}
	callType := m.callType
	if callType == "" {
		callType = "ii:I"
	}
	add("pollwright_abi", ":i", i32(m.abi))
	add("pollwright_buf", "i:i", i32(m.buf))
	if callType == "ii:I" {
		add("pollwright_call", callType, cat(local(0), i32(1), op(0x46, 0x04, 0x7e), packed(describeAt, uint32(len(m.describe))), op(0x05), m.step, op(0x0b)))
	} else {
		add("pollwright_call", callType, i32(0))
	}
	add("nothing", ":", nil)
	if m.initialize != nil {
		add("_initialize", ":", m.initialize)
	}
	for n := range m.more {
		add(fmt.Sprint("more ", n), "ii:", m.filler)
	}
	if m.global != "" {
		exports = append(exports, cat(str(m.global), op(3, 0)))
	}
	if m.without != "memory" && !m.importMemory {
		exports = append(exports, cat(str("memory"), op(2, 0)))
	}
	data = append(data, cat(op(0), i32(describeAt), op(0x0b), bytesOf(m.describe)), cat(op(0), i32(replyAt), op(0x0b), bytesOf(m.reply)))

	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, items [][]byte) {
		if len(items) > 0 {
			body := cat(uleb(uint32(len(items))), cat(items...))
			out = cat(out, op(id), bytesOf(body))
		}
	}
	section(1, types)
	section(2, imports)
	section(3, funcs)
	if m.table > 0 {
		section(4, [][]byte{cat(op(0x70, 0), uleb(m.table))})
	}
	if !m.importMemory {
		section(5, [][]byte{cat(op(0), uleb(m.pages))})
	}
	section(6, [][]byte{cat(op(0x7f, 1), i32(0), op(0x0b))}) // global 0: a counter
	section(7, exports)
	if m.start {
		out = cat(out, op(8), bytesOf(uleb(uint32(len(m.imports)+3))))
	}
	section(10, bodies)
	section(11, data)
	return out
}

func valTypes(s string) []byte {
	b := uleb(uint32(len(s)))
	for _, c := range s {
		b = append(b, map[rune]byte{'i': 0x7f, 'I': 0x7e}[c])
	}
	return b
}

func str(s string) []byte     { return bytesOf([]byte(s)) }
func bytesOf(b []byte) []byte { return cat(uleb(uint32(len(b))), b) }

func uleb(v uint32) []byte { return binary.AppendUvarint(nil, uint64(v)) }

func sleb(v int64) (b []byte) {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// TestEncoderMakesModules guards the other tests: a refusal must come from what they changed, not from a bad encoder.
func TestEncoderMakesModules(t *testing.T) {
	t.Parallel()
	c := newCatalog(t, Config{}, map[string]module{"a.wasm": good("acme")})
	if got := c.Elements(); len(got) != 1 || got[0].Manifest.Key != "acme" {
		t.Fatalf("elements %v, want acme alone", got)
	}
	reply, _, err := c.Step(t.Context(), "acme", sdk.Call{})
	if err != nil || reply.Page == nil {
		t.Fatalf("step: %+v, %v, want an empty page", reply, err)
	}
}

// newCatalog makes a catalog with the modules built in.
func newCatalog(t testing.TB, config Config, modules map[string]module) *Catalog {
	t.Helper()
	if config.Builtin == nil {
		files := make(fstest.MapFS)
		for name, m := range modules {
			files[name] = &fstest.MapFile{Data: m.encode()}
		}
		config.Builtin = files
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}
