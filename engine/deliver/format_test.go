package deliver

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// formatCase is a format with a batch, the name of its schema and its content type.
type formatCase struct {
	schema, contentType string
	format              Format
	batch               int
}

func formatted() []formatCase {
	return []formatCase{
		{"elements", "application/json", FormatElements, 0},
		{"cloudevents", "application/cloudevents+json", FormatCloudEvents, 0},
		{"cloudevents-batch", "application/cloudevents-batch+json", FormatCloudEvents, 100},
		{"standard", "application/json", FormatStandard, 0},
		{"standard-batch", "application/json", FormatStandard, 100},
	}
}

// rows tell a created, an updated and a deleted object, one without a date among them.
func (c formatCase) rows(t *testing.T) []store.Notification {
	t.Helper()
	src := source()
	src.Format, src.Batch = c.format, c.batch
	changes := contacts(3)
	changes[0].Date = time.Date(2026, 6, 9, 21, 46, 52, 123456789, time.FixedZone("", 7200))
	changes[1].Kind, changes[1].Date = change.Updated, time.Time{}
	changes[1].Record = json.RawMessage("{ \"n\":12345678901234567890.10,\n \"html\":\"<a>&amp;\" }")
	changes[2].Kind, changes[2].ObjectID = change.Deleted, "né\"e<1>"
	rows := Form(src, changes)
	if len(rows) == 0 {
		t.Fatal("no notifications")
	}
	return rows
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range formatted() {
		rows := c.rows(t)
		want := 1
		if c.batch == 0 && c.format != FormatElements {
			want = 3
		}
		if len(rows) != want {
			t.Errorf("%s: %d notifications, want %d", c.schema, len(rows), want)
		}
		all := ""
		for _, row := range rows {
			meta, err := ReadMeta(row.Meta)
			if err != nil || meta.ContentType != c.contentType || meta.Events != 3/want || meta.Resource != "contacts" {
				t.Errorf("%s: meta %+v, %v", c.schema, meta, err)
			}
			all += string(row.Payload) + "\n"
		}
		golden(t, c.schema+".format.golden", all)
		// The bytes of a record are the provider's own, in every format.
		if !strings.Contains(all, "{ \"n\":12345678901234567890.10,\n \"html\":\"<a>&amp;\" }") {
			t.Errorf("%s changed a record", c.schema)
		}
	}
}

// The attributes that CloudEvents 1.0 requires, and its rules for those we set: the source is a URI reference, extension names are lower
// case letters and digits, and each event of one source has its own id.
func TestCloudEventsAttributes(t *testing.T) {
	t.Parallel()
	src := source()
	src.Format, src.Batch, src.Resource = FormatCloudEvents, 100, "my list/1"
	var events []map[string]any
	if err := json.Unmarshal(Form(src, contacts(2))[0].Payload, &events); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"specversion": "1.0", "source": "/elements/icontact/instances/42/my%20list%2F1", "type": "pollwright.record.created", "subject": "1000",
		"id": change.EventID("42", "my list/1", contacts(1)[0]), "time": "2026-06-09T20:46:01.25Z", "polltime": "2026-06-09T20:47:01.25Z",
		"element": "icontact", "instance": "42", "resource": "my list/1", "datacontenttype": "application/json", "data": map[string]any{"contactId": "1000"},
	}
	if diff := cmp.Diff(want, events[0]); diff != "" {
		t.Error(diff)
	}
	if events[0]["id"] == events[1]["id"] {
		t.Error("two events have one id")
	}
	for name := range events[0] {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || len(name) > 20 {
			t.Errorf("attribute name %q", name)
		}
	}
}

func TestBatchesOfFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format Format
		batch  int
		want   int // notifications for 250 events
	}{
		{"", 0, 25}, {FormatElements, 100, 25}, {FormatElements, 5, 50}, {FormatCloudEvents, 0, 250}, {FormatCloudEvents, 100, 3},
		{FormatCloudEvents, 101, 3}, {FormatStandard, -1, 250}, {FormatStandard, 50, 5},
	} {
		src := source()
		src.Format, src.Batch = c.format, c.batch
		if got := len(Form(src, contacts(250))); got != c.want || !c.format.Known() {
			t.Errorf("%s by %d: %d notifications, want %d", c.format, c.batch, got, c.want)
		}
	}
	if Format("xml").Known() {
		t.Error("xml is known")
	}
}

func TestPayloadIsBoundedInEveryFormat(t *testing.T) {
	t.Parallel()
	changes := contacts(100)
	for i := range changes {
		changes[i].Record = json.RawMessage(`"` + strings.Repeat("x", 50<<10) + `"`)
	}
	for _, c := range formatted() {
		src := source()
		src.Format, src.Batch = c.format, c.batch
		for _, row := range Form(src, changes) {
			if len(row.Payload) > MaxPayload {
				t.Errorf("%s: a payload of %d bytes", c.schema, len(row.Payload))
			}
		}
	}
}

// What is in the outbox keeps its form: an instance that changes its format sends the old rows as they were stored.
func TestStoredRowsKeepTheirFormat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		want := []string{}
		for _, c := range formatted() {
			src := source()
			src.Format, src.Batch = c.format, c.batch
			want = append(want, c.contentType)
			w.tell(nil, src, contacts(1)...)
		}
		stop := w.run(w.sender(nil))
		synctest.Wait()
		stop()
		got := []string{}
		for _, p := range w.posts {
			got = append(got, p.header.Get("Content-Type"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestGoldenMetaOfOtherTypes(t *testing.T) {
	t.Parallel()
	meta := Meta{Events: 7, Resource: "contacts", Formed: source().PollDate, ContentType: cloudEventsBatchType}
	golden(t, "cloudevents.row.v2.golden", "meta "+hex.EncodeToString(meta.encode())+"\n")
	for n := range len(meta.encode()) - len("contacts") {
		if got, err := ReadMeta(meta.encode()[:n]); err == nil {
			t.Errorf("%d bytes of meta are read as %+v", n, got)
		}
	}
	if got, err := ReadMeta(meta.encode()); err != nil || got != meta {
		t.Errorf("%+v became %+v, %v", meta, got, err)
	}
	if !bytes.HasPrefix(Meta{ContentType: jsonType}.encode(), []byte{1}) {
		t.Error("JSON is not of version 1")
	}
}

func FuzzFormatsAreJSON(f *testing.F) {
	f.Add("na\"me\\\x00\u2028<&>", "con{tacts", "id\n", 1)
	f.Add("", "", "", 5)
	f.Fuzz(func(t *testing.T, name, resource, id string, batch int) {
		for _, c := range formatted() {
			src := source()
			src.Format, src.Batch, src.Resource, src.InstanceName, src.ElementKey = c.format, batch, resource, name, name
			for _, row := range Form(src, []change.Change{{ObjectID: id, Kind: change.Kind(name), Record: json.RawMessage("{ }")}, {ObjectID: "2", Kind: change.Deleted}}) {
				if !json.Valid(row.Payload) {
					t.Errorf("%s: %s", c.schema, row.Payload)
				}
			}
		}
	})
}
