package workshop

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// mostRecord bounds what is shown of a record, in bytes.
const mostRecord = 2 << 10

// screen prints what happens, for people or as lines of JSON.
type screen struct {
	out  io.Writer
	json bool
	mu   sync.Mutex
}

// line prints a thing: as JSON under its kind, or as the text.
func (s *screen) line(kind string, thing any, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.json {
		fmt.Fprintln(s.out, text)
		return
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]any{kind: thing}) // a pipe that was closed
}

func (s *screen) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.line("note", text, text)
}

// exchange prints a request and what came of it.
func (s *screen) exchange(x engine.Exchange) {
	var text strings.Builder
	fmt.Fprintf(&text, "  %s %s%s", x.Method, x.Base, x.Fetch.Path)
	for i, q := range x.Fetch.Query {
		fmt.Fprintf(&text, "%c%s=%s", "?&"[min(i, 1)], q.Name, q.Value)
	}
	for _, name := range x.Credentials {
		fmt.Fprintf(&text, "\n    %s: ********", name)
	}
	for name, value := range x.Fetch.Headers {
		fmt.Fprintf(&text, "\n    %s: %s", name, value)
	}
	if x.Err != nil {
		fmt.Fprintf(&text, "\n    no answer: %v", x.Err)
	} else {
		fmt.Fprintf(&text, "\n    %d, %s, %v", x.Status, size(int64(x.Bytes)), x.Duration.Round(100*time.Microsecond))
	}
	shown := map[string]any{
		"method": x.Method, "url": x.Base + x.Fetch.Path, "query": x.Fetch.Query, "credentials": x.Credentials, "status": x.Status, "bytes": x.Bytes,
		"durationMs": float64(x.Duration.Microseconds()) / 1000,
	}
	if x.Err != nil {
		shown["error"] = x.Err.Error()
	}
	s.line("request", shown, text.String())
}

// outcome prints what became of a poll.
func (s *screen) outcome(name string, o engine.Outcome) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s of %s: %s on %s; %d created, %d updated, %d deleted", name, o.Resource, count(o.Records, "record"), count(o.Pages, "page"), o.Created, o.Updated, o.Deleted)
	if o.Baseline > 0 {
		fmt.Fprintf(&text, "; %d were there before, which is not told", o.Baseline)
	}
	for _, odd := range []struct {
		n    int
		what string
	}{{o.NoID, "have no id"}, {o.Undated, "have no date that can be read"}, {o.Before, "are dated before the window"}} {
		if odd.n > 0 {
			fmt.Fprintf(&text, "; %d %s", odd.n, odd.what)
		}
	}
	if o.Continues {
		text.WriteString("; there are more pages (--pages)")
	}
	fmt.Fprintf(&text, "; adapter %.1f ms, provider %.1f ms", o.Phases.Adapter, o.Phases.Provider)
	for _, w := range o.Warnings {
		text.WriteString("\n  warning: " + w)
	}
	if o.Error != nil {
		fmt.Fprintf(&text, "\n  FAILED, %s: %s", o.Error.Kind, o.Error.Message)
	}
	s.line("poll", o, text.String())
}

// count writes a number of things: "1 page", "2 pages".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// event prints an event with its record.
func (s *screen) event(e told) {
	record := string(e.Record)
	if len(record) > mostRecord {
		record = record[:mostRecord] + fmt.Sprintf("... (%s)", size(int64(len(record))))
	}
	s.line("event", e, fmt.Sprintf("  -> %s %s %s, dated %s\n     %s", e.Kind, e.ObjectType, e.ObjectID, e.Date, record))
}
