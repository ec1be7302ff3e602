package command

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/pollwright/pollwright/engine/beside"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// traceSink is a collector of traces.
type traceSink struct {
	t     *testing.T
	mu    sync.Mutex
	spans []*tracepb.Span
	raw   strings.Builder
}

func (s *traceSink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var request collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil || r.URL.Path != "/v1/traces" {
		s.t.Errorf("%s: %v", r.URL.Path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(body)
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			s.spans = append(s.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// find returns the first span that is wanted.
func (s *traceSink) find(wanted func(*tracepb.Span) bool) *tracepb.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range s.spans {
		if wanted(span) {
			return span
		}
	}
	return nil
}

// says reports whether an attribute of a span is, or has, a text.
func says(span *tracepb.Span, key, text string) bool {
	for _, a := range span.Attributes {
		if a.Key == key && (a.Value.GetStringValue() == text || strings.Contains(a.Value.GetArrayValue().String(), `"`+text+`"`)) {
			return true
		}
	}
	return false
}

// TestTraces follows an event from the attempt that delivered it to the poll that saw it.
func TestTraces(t *testing.T) {
	t.Parallel()
	sink := &traceSink{t: t}
	server := httptest.NewServer(sink)
	t.Cleanup(server.Close)
	j := newJourney(t, "--otlp-endpoint", server.URL)
	id := j.shop()
	contact := j.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	j.owner.ok(http.MethodPost, "/instances/"+id+"/resources/contacts/poll", nil)
	j.await("the event comes", func() bool { return len(j.inbox.events(contact.ID)) > 0 })
	event := j.inbox.letters()[0].Header.Get("Webhook-Id")
	j.program.signal(syscall.SIGTERM) // which sends what waits
	if code := j.program.end(); code != 0 {
		t.Fatalf("the program ended with %d", code)
	}
	if deliver := sink.find(func(s *tracepb.Span) bool { return s.Name == "deliver" && says(s, "event", event) }); deliver == nil || deliver.EndTimeUnixNano < deliver.StartTimeUnixNano {
		t.Fatalf("the attempt of %s: %v", event, deliver)
	}
	commit := sink.find(func(s *tracepb.Span) bool { return s.Name == "commit" && says(s, "events", event) })
	if commit == nil {
		t.Fatalf("no commit tells of %s", event)
	}
	poll := sink.find(func(s *tracepb.Span) bool { return s.Name == "poll" && string(s.TraceId) == string(commit.TraceId) })
	if poll == nil || len(poll.ParentSpanId) != 0 || !says(poll, "element", "icontact") || !says(poll, "resource", "contacts") {
		t.Fatalf("the poll of the commit: %v", poll)
	}
	for _, name := range []string{"step", "fetch", "detect"} {
		piece := sink.find(func(s *tracepb.Span) bool { return s.Name == name && string(s.TraceId) == string(poll.TraceId) })
		if piece == nil || string(piece.ParentSpanId) != string(poll.SpanId) {
			t.Errorf("%s of the poll %s: %v", name, hex.EncodeToString(poll.SpanId), piece)
		}
	}
	for _, secret := range []string{"sim-password", "ada@example.com"} {
		if strings.Contains(sink.raw.String(), secret) {
			t.Errorf("%s is in the traces", secret)
		}
	}
}

// TestTracesThatNobodyTakes: a collector that is gone is told of once, and nothing else suffers.
func TestTracesThatNobodyTakes(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "--otlp-endpoint", "http://"+beside.Address(t))
	id := j.shop()
	contact := j.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	j.owner.ok(http.MethodPost, "/instances/"+id+"/resources/contacts/poll", nil)
	j.await("the event comes", func() bool { return len(j.inbox.events(contact.ID)) > 0 })
	j.program.signal(syscall.SIGTERM)
	if code := j.program.end(); code != 0 {
		t.Errorf("the program ended with %d", code)
	}
	if n := strings.Count(j.program.log.String(), "traces not sent"); n != 1 {
		t.Errorf("the log tells it %d times", n)
	}
}
