package deliver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// envelope is how a receiver reads a notification.
type envelope struct {
	ID      string `json:"id"`
	Message struct {
		EventID string                     `json:"eventId"`
		Raw     map[string]json.RawMessage `json:"raw"`
		Events  []struct {
			Date, PollDate, EventType, ObjectID, ObjectType, EventID string
		} `json:"events"`
	} `json:"message"`
}

func read(t *testing.T, n store.Notification) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal(n.Payload, &e); err != nil {
		t.Fatalf("the body is not JSON: %v\n%s", err, n.Payload)
	}
	return e
}

func (e envelope) records(t *testing.T, resource string) []json.RawMessage {
	t.Helper()
	var records []json.RawMessage
	if err := json.Unmarshal(e.Message.Raw[resource], &records); err != nil {
		t.Fatal(err)
	}
	return records
}

func source() Source {
	return Source{
		InstanceID: 42, InstanceName: "Shop", Tags: []string{"a", "b"}, ElementKey: "icontact", Hub: "general", Resource: "contacts",
		AccountID: 1, CompanyID: 2, UserID: 3, PollDate: time.Date(2026, 6, 9, 20, 47, 1, 250e6, time.UTC),
	}
}

func contacts(n int) []change.Change {
	changes := make([]change.Change, n)
	for i := range changes {
		changes[i] = change.Change{
			ObjectID: fmt.Sprint(1000 + i), Kind: change.Created, Version: "v", Date: source().PollDate.Add(-time.Minute),
			Record: fmt.Appendf(nil, `{"contactId":"%d"}`, 1000+i),
		}
	}
	return changes
}

func TestBatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		changes, batch int
		want           []int
	}{
		{0, 0, nil}, {1, 0, []int{1}}, {10, 0, []int{10}}, {11, 0, []int{10, 1}}, {25, 10, []int{10, 10, 5}},
		{7, 3, []int{3, 3, 1}}, {2, 1, []int{1, 1}}, {11, 99, []int{10, 1}}, {11, -1, []int{10, 1}},
	} {
		src := source()
		src.Batch = c.batch
		rows := Form(src, contacts(c.changes))
		var sizes []int
		next := 1000
		for _, row := range rows {
			e := read(t, row)
			sizes = append(sizes, len(e.Message.Events))
			if len(e.records(t, "contacts")) != len(e.Message.Events) {
				t.Errorf("%d records for %d events", len(e.records(t, "contacts")), len(e.Message.Events))
			}
			for i, event := range e.Message.Events {
				if event.ObjectID != fmt.Sprint(next) || string(e.records(t, "contacts")[i]) != fmt.Sprintf(`{"contactId":"%d"}`, next) {
					t.Errorf("event %d is of object %s", next, event.ObjectID)
				}
				next++
			}
			meta, err := ReadMeta(row.Meta)
			told, toldErr := meta.Told()
			if len(told) != len(e.Message.Events) || toldErr != nil || row.Events != len(told) {
				t.Errorf("%d events are told, %v; the row counts %d, want %d", len(told), toldErr, row.Events, len(e.Message.Events))
			}
			meta.told = ""
			if want := (Meta{Events: len(e.Message.Events), Resource: "contacts", Formed: src.PollDate, ContentType: jsonType}); err != nil || meta != want {
				t.Errorf("meta %+v, %v, want %+v", meta, err, want)
			}
			if row.Lane != (store.Lane{Instance: "42"}) || e.Message.EventID != row.ID {
				t.Errorf("lane %v, id %s, eventId %s", row.Lane, row.ID, e.Message.EventID)
			}
		}
		if diff := cmp.Diff(c.want, sizes); diff != "" {
			t.Errorf("%d changes by %d: %s", c.changes, c.batch, diff)
		}
	}
}

func TestPayloadIsBounded(t *testing.T) {
	t.Parallel()
	// filled is n contacts that would make one notification of exactly `size` bytes.
	filled := func(n, size int) []change.Change {
		changes := contacts(n)
		last := changes[n-1].ObjectID
		missing := size - len(Form(source(), changes)[0].Payload)
		changes[n-1].Record = json.RawMessage(`{"contactId":"` + strings.Repeat("x", len(last)+missing) + `"}`)
		return changes
	}
	sizes := func(rows []store.Notification) (events []int) {
		for _, row := range rows {
			events = append(events, len(read(t, row).Message.Events))
		}
		return events
	}
	for _, c := range []struct {
		size int
		want []int
	}{{MaxPayload - 10, []int{3}}, {MaxPayload + 1, []int{2, 1}}} {
		if diff := cmp.Diff(c.want, sizes(Form(source(), filled(3, c.size)))); diff != "" {
			t.Errorf("a body of %d bytes: %s", c.size, diff)
		}
	}
	if got := len(Form(source(), filled(3, MaxPayload-10))[0].Payload); got != MaxPayload-10 {
		t.Errorf("the test's own arithmetic: %d bytes", got)
	}
	big := contacts(5)
	big[2].Record = json.RawMessage(`"` + strings.Repeat("x", 3<<20) + `"`)
	if diff := cmp.Diff([]int{2, 1, 2}, sizes(Form(source(), big))); diff != "" {
		t.Errorf("a large record in the middle: %s", diff)
	}
	half := contacts(10)
	for i := range half {
		half[i].Record = json.RawMessage(`"` + strings.Repeat("x", 400<<10) + `"`)
	}
	for _, row := range Form(source(), half) {
		if len(row.Payload) > MaxPayload {
			t.Errorf("a payload of %d bytes", len(row.Payload))
		}
	}
}

func TestIDsAreStable(t *testing.T) {
	t.Parallel()
	first := Form(source(), contacts(2))[0]
	later := source()
	later.PollDate, later.InstanceName = later.PollDate.Add(time.Hour), "renamed"
	if again := Form(later, contacts(2))[0]; again.ID != first.ID {
		t.Errorf("the same events have ids %s and %s", first.ID, again.ID)
	}
	if again := Form(source(), contacts(2))[0]; !bytes.Equal(again.Payload, first.Payload) || !bytes.Equal(again.Meta, first.Meta) {
		t.Error("the same input has two bodies")
	}
	e := read(t, first)
	for i, c := range contacts(2) {
		if got, want := e.Message.Events[i].EventID, change.EventID("42", "contacts", c); got != want {
			t.Errorf("event id %s, want %s", got, want)
		}
	}
	if n, err := strconv.ParseUint(e.ID, 10, 64); err != nil || n >= 1<<53 {
		t.Errorf("id %q is not a number that a double can hold", e.ID)
	}
	seen := map[string]bool{first.ID: true}
	other := contacts(2)
	other[0], other[1] = other[1], other[0]
	for _, row := range append(Form(source(), contacts(1)), append(Form(source(), contacts(3)), Form(source(), other)...)...) {
		if seen[row.ID] {
			t.Errorf("id %s names other events too", row.ID)
		}
		seen[row.ID] = true
	}
}
