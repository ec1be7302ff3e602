package sdktest

import (
	"fmt"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

// strayBodies are answers that no API promises and every API gives one day.
var strayBodies = []string{
	"", " ", "null", "true", "0", `""`, "[]", "{}", "[{}]", `{"errors":null}`, `{"data":null}`, `{"data":{}}`,
	"<html><body><h1>Service Unavailable</h1></body></html>", "\xff\xfe\x00garbage", `{"unfinished":[{"id":"1"`,
}

// straySuccess and strayFailure are the statuses that stray bodies come with.
var (
	straySuccess = []int{200, 204}
	strayFailure = []int{301, 400, 401, 403, 404, 418, 429, 500, 502, 503}
)

// Contract checks what every adapter must keep, whatever its provider: a manifest in order, an error for what it does not understand, a
// fault for a resource it does not have, the same reply to the same call, and a reply in order to every stray answer. calls are first
// steps, one per resource at least, each of which must lead to a request.
func Contract(t *testing.T, h Host, calls ...sdk.Call) {
	t.Helper()
	t.Run("manifest", func(t *testing.T) { checkManifest(t, h) })
	t.Run("nonsense", func(t *testing.T) { checkNonsense(t, h) })
	for _, call := range calls {
		t.Run("stray/"+call.Query.Resource, func(t *testing.T) { checkStray(t, h, call) })
	}
}

func checkManifest(t *testing.T, h Host) {
	m, err := h.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Check() {
		t.Error(p)
	}
}

func checkNonsense(t *testing.T, h Host) {
	for _, op := range []int{0, 3, -1} {
		out, err := h(op, nil)
		if err != nil || len(out) == 0 || out[0] != sdk.ReplyError {
			t.Errorf("operation %d: got %q, %v, want an error in the reply", op, out, err)
		}
	}
	for _, input := range []string{"", "abc", "\xff\xff\xff\xff{}", "\x02\x00\x00\x00[]", "\x01\x00\x00\x00{"} {
		out, err := h(sdk.OpStep, []byte(input))
		if err != nil || len(out) == 0 || out[0] != sdk.ReplyError {
			t.Errorf("step with input %q: got %q, %v, want an error in the reply", input, out, err)
		}
	}
	reply, err := h.Step(sdk.Call{Query: sdk.Query{Resource: "no such resource"}})
	if err != nil || reply.Fault == nil {
		t.Errorf("unknown resource: got %+v, %v, want a fault", reply, err)
	}
}

func checkStray(t *testing.T, h Host, call sdk.Call) {
	first, err := h.Step(call)
	if err != nil {
		t.Fatal(err)
	}
	if first.Fetch == nil {
		t.Fatalf("first step: got %+v, want a request", first)
	}
	call.State = first.Fetch.State
	for _, status := range append(straySuccess, strayFailure...) {
		for _, body := range strayBodies {
			call.Response = &sdk.Response{Status: status, Body: []byte(body)}
			if err := stray(h, call); err != nil {
				t.Errorf("status %d, body %q: %v", status, body, err)
			}
		}
	}
}

func stray(h Host, call sdk.Call) error {
	reply, err := h.Step(call)
	if err != nil {
		return err
	}
	if reply.Fault == nil {
		return fmt.Errorf("got %+v, want a fault", reply)
	}
	return nil
}
