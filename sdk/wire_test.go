//go:build !wasip1

package sdk

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestCallRoundTrip(t *testing.T) {
	t.Parallel()
	call := Call{
		Query:    Query{Resource: "contacts", Where: []Condition{{"modafter", "=", "1"}}, Since: &Since{"createDate", 5}, Page: "499+1"},
		Config:   map[string]string{"status": "total"},
		Memo:     Raw(`{"account":"1"}`),
		State:    Raw(`"x"`),
		Response: &Response{Status: 200, Headers: map[string]string{"date": "now"}, Body: []byte("\x00\xff{raw}")},
		Now:      1780704000000,
	}
	input, err := EncodeCall(call)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeCall(input)
	if err != nil || !reflect.DeepEqual(got, call) {
		t.Errorf("got %+v, %v, want %+v", got, err, call)
	}
	if !bytes.HasSuffix(input, call.Response.Body) || bytes.Contains(input[4:len(input)-7], []byte("raw")) {
		t.Errorf("the body must travel once and raw, behind the document: %q", input)
	}
}

// The layout is the ABI that adapters in other languages are written to: it must not drift.
func TestCallLayout(t *testing.T) {
	t.Parallel()
	input, err := EncodeCall(Call{Query: Query{Resource: "r"}, Response: &Response{Status: 200, Body: []byte("B")}, Now: 7})
	want := "\x3b\x00\x00\x00" + `{"query":{"resource":"r"},"response":{"status":200},"now":7}`
	want = string(rune(len(want)-4)) + want[1:] + "B"
	if err != nil || string(input) != want {
		t.Errorf("got %q, %v, want %q", input, err, want)
	}
}

func TestDecodeCallErrors(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"":                       "0 bytes of input",
		"\x05\x00\x00\x00{}":     "a document of 5 bytes is announced, 2 follow",
		"\xff\xff\xff\xff{}":     "a document of 4294967295 bytes is announced",
		"\x02\x00\x00\x00[]":     "found '[', want an object",
		"\x03\x00\x00\x00{\"a{}": "JSON ends at byte 3, want the end of a string",
	} {
		if _, err := DecodeCall([]byte(input)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("DecodeCall(%q) = %v, want %q", input, err, want)
		}
	}
}

func TestDecodeReply(t *testing.T) {
	t.Parallel()
	if r, err := DecodeReply([]byte("\x00" + `{"fault":{"kind":"auth","message":"no"}}`)); err != nil || r.Fault == nil || r.Fault.Kind != FaultAuth {
		t.Errorf("got %+v, %v, want the fault", r, err)
	}
	for out, want := range map[string]string{
		"":             "no bytes",
		"\x01bad call": "the adapter says: bad call",
		"\x00{":        "unexpected end",
		"\x07{}":       "begins with byte 7",
	} {
		if _, err := DecodeReply([]byte(out)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("DecodeReply(%q) = %v, want %q", out, err, want)
		}
		if _, err := DecodeManifest([]byte(out)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("DecodeManifest(%q) = %v, want %q", out, err, want)
		}
	}
}

type echo struct{}

func (echo) Describe() Manifest { return Manifest{Key: "echo"} }
func (echo) Step(c Call) Reply  { return Faultf(FaultInvalid, "%s", c.Query.Resource) }

func TestAnswer(t *testing.T) {
	t.Parallel()
	input, err := EncodeCall(Call{Query: Query{Resource: "r"}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := DecodeReply(Answer(echo{}, OpStep, input)); err != nil || r.Fault == nil || r.Fault.Message != "r" {
		t.Errorf("step: %+v, %v", r, err)
	}
	if m, err := DecodeManifest(Answer(echo{}, OpDescribe, nil)); err != nil || m.Key != "echo" {
		t.Errorf("describe: %+v, %v", m, err)
	}
	for _, out := range [][]byte{Answer(echo{}, 9, nil), Answer(echo{}, OpStep, nil), Answer(nil, OpDescribe, nil)} {
		if out[0] != ReplyError || len(out) < 10 {
			t.Errorf("got %q, want an error with a message", out)
		}
	}
}

// TestRegister is the only test that touches the program's adapter.
func TestRegister(t *testing.T) {
	t.Cleanup(func() { registered = nil })
	if out := Handle(OpDescribe, nil); out[0] != ReplyError || !strings.Contains(string(out), "sdk.Register") {
		t.Errorf("without an adapter: %q, want an error that names sdk.Register", out)
	}
	Register(echo{})
	if m, err := DecodeManifest(Handle(OpDescribe, nil)); err != nil || m.Key != "echo" {
		t.Errorf("describe: %+v, %v", m, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a second Register did not panic")
		}
	}()
	Register(echo{})
}
