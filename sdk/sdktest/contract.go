package sdktest

import (
	"fmt"
	"slices"
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
	t.Run("manifest", func(t *testing.T) { report(t, manifestBreaches(h)) })
	t.Run("nonsense", func(t *testing.T) { report(t, nonsenseBreaches(h)) })
	for _, call := range calls {
		t.Run("stray/"+call.Query.Resource, func(t *testing.T) { report(t, strayBreaches(h, call)) })
	}
}

func report(t *testing.T, breaches []error) {
	for _, err := range breaches {
		t.Error(err)
	}
}

// Breaches is Contract for a tool: everything that h does against it.
func Breaches(h Host, calls ...sdk.Call) []error {
	all := append(manifestBreaches(h), nonsenseBreaches(h)...)
	for _, call := range calls {
		all = append(all, strayBreaches(h, call)...)
	}
	return all
}

func manifestBreaches(h Host) (breaches []error) {
	m, err := h.Manifest()
	if err != nil {
		return []error{err}
	}
	for _, p := range m.Check() {
		breaches = append(breaches, fmt.Errorf("manifest: %v", p))
	}
	return breaches
}

func nonsenseBreaches(h Host) (breaches []error) {
	breach := func(format string, args ...any) { breaches = append(breaches, fmt.Errorf(format, args...)) }
	for _, op := range []int{0, 3, -1} {
		out, err := h(op, nil)
		if err != nil || len(out) == 0 || out[0] != sdk.ReplyError {
			breach("operation %d: got %q, %v, want an error in the reply", op, out, err)
		}
	}
	for _, input := range []string{"", "abc", "\xff\xff\xff\xff{}", "\x02\x00\x00\x00[]", "\x01\x00\x00\x00{"} {
		out, err := h(sdk.OpStep, []byte(input))
		if err != nil || len(out) == 0 || out[0] != sdk.ReplyError {
			breach("step with input %q: got %q, %v, want an error in the reply", input, out, err)
		}
	}
	reply, err := h.Step(sdk.Call{Query: sdk.Query{Resource: "no such resource"}})
	if err != nil || reply.Fault == nil {
		breach("unknown resource: got %+v, %v, want a fault", reply, err)
	}
	return breaches
}

func strayBreaches(h Host, call sdk.Call) (breaches []error) {
	first, err := h.Step(call)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", call.Query.Resource, err)}
	}
	if first.Fetch == nil {
		return []error{fmt.Errorf("%s: first step: got %+v, want a request", call.Query.Resource, first)}
	}
	call.State = first.Fetch.State
	for _, status := range append(slices.Clone(straySuccess), strayFailure...) {
		for _, body := range strayBodies {
			call.Response = &sdk.Response{Status: status, Body: []byte(body)}
			if err := stray(h, call); err != nil {
				breaches = append(breaches, fmt.Errorf("%s: status %d, body %q: %w", call.Query.Resource, status, body, err))
			}
		}
	}
	return breaches
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
