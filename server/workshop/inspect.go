package workshop

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
)

// samples is how often a call is measured.
const samples = 200

// inspection is what there is to know of a module before it is installed.
type inspection struct {
	File     string       `json:"file"`
	Bytes    int          `json:"bytes"`
	Digest   string       `json:"digest"` // SHA-256, as `serve --plugin-digests` takes it
	Hosts    []string     `json:"hosts"`
	Methods  []string     `json:"methods"`
	Imports  []string     `json:"imports"`
	Calls    []callCost   `json:"calls"`
	Manifest sdk.Manifest `json:"manifest"`
}

// callCost is what one call needs: the median of some.
type callCost struct {
	Call         string  `json:"call"`
	Microseconds float64 `json:"microseconds"`
	Fuel         int64   `json:"fuel"`
	Memory       int64   `json:"memory"` // bytes
	Answer       string  `json:"answer"` // what it says
}

// Inspect shows what a module is, where its requests go, what it wants and what its calls cost. It runs the module in the sandbox. Errors:
// *engine.AdapterError with the reason for which an installation would refuse it.
func (s Shop) Inspect(ctx context.Context, file string, asJSON bool) error {
	w, wasm, err := s.open(ctx, file)
	if err != nil {
		return err
	}
	defer func() { _ = w.Close(ctx) }() // nothing runs
	i := inspection{
		File: file, Bytes: len(wasm), Digest: w.Adapter.Digest, Hosts: w.Adapter.Hosts, Methods: w.Adapter.Methods, Imports: w.Imports, Manifest: w.Manifest,
	}
	if i.Calls, err = measure(ctx, w); err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(s.Out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(i)
	}
	return i.print(s)
}

// measure asks the adapter to describe itself, and the first question of each resource.
func measure(ctx context.Context, w *engine.Workbench) ([]callCost, error) {
	now := time.Now()
	describe, err := cost(ctx, w, "describe", sdk.OpDescribe, nil, now)
	if err != nil {
		return nil, err
	}
	describe.Answer = "its manifest"
	all := []callCost{describe}
	for _, r := range w.Manifest.Resources {
		input, err := sdk.EncodeCall(sdk.Call{Query: sdk.Query{Resource: r.Name}, Config: map[string]string{}, Now: now.UnixMilli()})
		if err != nil {
			return nil, err
		}
		c, err := cost(ctx, w, "step "+r.Name, sdk.OpStep, input, now)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func cost(ctx context.Context, w *engine.Workbench, name string, op int, input []byte, now time.Time) (callCost, error) {
	var took []time.Duration
	c := callCost{Call: name}
	for range samples {
		out, used, err := w.Call(ctx, op, input, now)
		if err != nil {
			return c, err
		}
		took = append(took, used.Duration)
		c.Fuel, c.Memory, c.Answer = used.Fuel, used.Memory, answerOf(out)
	}
	slices.Sort(took)
	c.Microseconds = float64(took[len(took)/2].Nanoseconds()) / 1000
	return c, nil
}

// answerOf says what a reply to a step is.
func answerOf(out []byte) string {
	reply, err := sdk.DecodeReply(out)
	switch {
	case err != nil:
		return err.Error()
	case reply.Fetch != nil:
		return strings.TrimSpace("asks " + method(*reply.Fetch) + " " + reply.Fetch.Path)
	case reply.Fault != nil:
		return "fault: " + reply.Fault.Message
	}
	return "a page"
}

func method(f sdk.Fetch) string {
	if f.Method == "" {
		return "GET"
	}
	return f.Method
}

func (i inspection) print(s Shop) error {
	m := i.Manifest
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("element", "%s (%s), version %s, hub %s", m.Key, m.Name, m.Version, m.Hub)
	row("file", "%s, %s", i.File, size(int64(i.Bytes)))
	row("sha256", "%s", i.Digest)
	row("hosts", "%s", strings.Join(i.Hosts, ", "))
	row("methods", "%s", strings.Join(i.Methods, ", "))
	row("authentication", "%s", m.Auth.Type)
	for _, p := range m.Config {
		row("", "%s", parameter(p))
	}
	for _, r := range m.RateLimit {
		row("rate limit", "%d requests in %d s", r.Requests, r.PerSeconds)
	}
	row("body", "%s", orDefault(m.Body, "whole"))
	if c := m.Call; c != nil {
		row("a call may take", "%d fuel, %d ms (0 = the host's limits)", c.Fuel, c.Milliseconds)
	}
	row("imports", "%s", imported(i.Imports))
	if err := t.Flush(); err != nil {
		return err
	}
	s.say("\nresources")
	for _, r := range m.Resources {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", r.Name, r.Path, polled(r))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	s.say("\ncost of a call (median of %d)", samples)
	for _, c := range i.Calls {
		fmt.Fprintf(t, "  %s\t%.0f µs\t%d fuel\t%s of memory\t%s\n", c.Call, c.Microseconds, c.Fuel, size(c.Memory), c.Answer)
	}
	return t.Flush()
}

// imported sums up what a module wants from the host; --json has the names.
func imported(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	modules := map[string]int{}
	for _, name := range names {
		module, _, _ := strings.Cut(name, ".")
		modules[module]++
	}
	var parts []string
	for _, module := range slices.Sorted(maps.Keys(modules)) {
		parts = append(parts, count(modules[module], "function")+" of "+module)
	}
	return strings.Join(parts, ", ")
}

func parameter(p sdk.Parameter) string {
	words := []string{p.Type}
	for _, w := range []struct {
		is   bool
		word string
	}{{p.Required, "required"}, {p.Secret, "secret, never shown to the adapter"}, {p.Default != "", "default " + p.Default}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	return p.Key + ": " + strings.Join(words, ", ")
}

// polled says how changes of a resource are found.
func polled(r sdk.Resource) string {
	switch {
	case r.Poll == nil:
		return "read only on demand"
	case r.Poll.UpdatedDateField == "" && r.Poll.CreatedDateField == "":
		return "polled by content"
	case r.Poll.UpdatedDateField == "":
		return "polled by " + r.Poll.CreatedDateField
	}
	return "polled by " + r.Poll.UpdatedDateField
}

func orDefault(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
