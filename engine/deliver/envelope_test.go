package deliver

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
)

// The platform's own polling notification, and ours for the same record: equal but for what each sender chooses itself.
func TestFormIsThePlatformsEnvelope(t *testing.T) {
	t.Parallel()
	sample, err := os.ReadFile("testdata/callback-polling-netsuite-2018.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw envelope
	if err := json.Unmarshal(sample, &raw); err != nil {
		t.Fatal(err)
	}
	src := Source{
		InstanceID: 7950647, InstanceName: "Local netsuite", Tags: []string{"Local netsuite"}, ElementKey: "netsuiteerpv2", Hub: "erp",
		Resource: "invoices", AccountID: 874, CompanyID: 291, UserID: 2749, PollDate: time.UnixMilli(1534778974827),
	}
	rows := Form(src, []change.Change{{
		ObjectID: "14682", Kind: change.Created, Date: time.Date(2018, 8, 20, 17, 29, 6, 0, time.FixedZone("", 7200)),
		Record: raw.records(t, "invoices")[0],
	}})
	if len(rows) != 1 {
		t.Fatalf("%d notifications", len(rows))
	}
	got, want := decode(t, rows[0].Payload), decode(t, sample)
	ours := map[string]string{"createdDate": "Mon Aug 20 15:29:34 UTC 2018", "user": User, "id": number(rows[0].ID)}
	for key, value := range ours {
		want[key] = value
	}
	message := want["message"].(map[string]any)
	message["eventId"] = rows[0].ID
	message["events"].([]any)[0].(map[string]any)["eventId"] = change.EventID("7950647", "invoices", change.Change{ObjectID: "14682", Kind: change.Created})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	order := keys(t, sample)
	last := len(order) - 1
	order = append(order[:last:last], "eventId", order[last]) // our one addition, at the end of an event
	if diff := cmp.Diff(order, keys(t, rows[0].Payload)); diff != "" {
		t.Errorf("order of the keys: %s", diff)
	}
	if len(rows[0].ID) != len("AWVX9OTIhdQRdI1F7Q7v") {
		t.Errorf("id %q is not as long as the platform's", rows[0].ID)
	}
}

func decode(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// keys lists the keys of a document in the order they are written.
func keys(t *testing.T, body []byte) (found []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	var value func()
	value = func() {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		delim, _ := token.(json.Delim)
		for (delim == '{' || delim == '[') && d.More() {
			if delim == '{' {
				key, _ := d.Token()
				found = append(found, key.(string))
			}
			value()
		}
		if delim != 0 {
			_, _ = d.Token()
		}
	}
	value()
	return found
}

// createdDate is java.util.Date.toString: the platform's sample, and a day that shows the padding (the JDK: "dd is the day of the month
// (01 through 31), as two decimal digits").
func TestCreatedDate(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]string{
		time.Date(2018, 8, 20, 15, 30, 7, 999, time.UTC):                   "Mon Aug 20 15:30:07 UTC 2018",
		time.Date(2020, 2, 1, 23, 3, 4, 0, time.FixedZone("EST", -5*3600)): "Sun Feb 02 04:03:04 UTC 2020",
	} {
		src := source()
		src.PollDate = at
		if got := decode(t, Form(src, contacts(1))[0].Payload)["createdDate"]; got != want {
			t.Errorf("createdDate of %v = %v, want %s", at, got, want)
		}
	}
}

func TestRecordsKeepTheirBytes(t *testing.T) {
	t.Parallel()
	records := []string{
		"{\"a\" :\t1 ,\r\n \"b\": [ ] }",
		`{"html":"<a href='x'>&amp;</a>","u":"\u003c\u00e9\/é😀\u2028` + "\u2028" + `"}`,
		`{"n":12345678901234567890123456789,"f":1.10,"e":1E+2,"z":-0}`,
		`{"twice":1,"twice":2}`,
		`"text"`, `null`, `[1, 2]`, `3.0`,
	}
	var changes []change.Change
	for i, r := range records {
		changes = append(changes, change.Change{ObjectID: strconv.Itoa(i), Kind: change.Updated, Record: json.RawMessage(r)})
	}
	got := []string{}
	for _, r := range read(t, Form(source(), changes)[0]).records(t, "contacts") {
		got = append(got, string(r))
	}
	if diff := cmp.Diff(records, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeletedAndUndated(t *testing.T) {
	t.Parallel()
	changes := contacts(3)
	changes[1] = change.Change{ObjectID: "gone", Kind: change.Deleted, Record: json.RawMessage(`{"last":"seen"}`)}
	e := read(t, Form(source(), changes)[0])
	if got := e.records(t, "contacts"); len(got) != 2 || len(e.Message.Events) != 3 {
		t.Errorf("%d records, %d events", len(got), len(e.Message.Events))
	}
	if got := e.Message.Events[1]; got.EventType != "DELETED" || got.Date != "2026-06-09T20:47:01Z" {
		t.Errorf("deleted: %+v", got)
	}
	only := read(t, Form(source(), changes[1:2])[0])
	if got := string(only.Message.Raw["contacts"]); got != "[]" {
		t.Errorf("raw of nothing but deletions: %s", got)
	}
}

func TestResourceNamedLikeAFactOfRaw(t *testing.T) {
	t.Parallel()
	for resource, other := range map[string]string{"pollDate": "objectType", "objectType": "pollDate"} {
		src := source()
		src.Resource = resource
		row := Form(src, contacts(1))[0]
		e := read(t, row)
		if len(e.records(t, resource)) != 1 || e.Message.Raw[other] == nil || len(e.Message.Raw) != 2 {
			t.Errorf("raw: %v", e.Message.Raw)
		}
		if bytes.Count(row.Payload, []byte(`"`+resource+`":[`)) != 1 || e.Message.Events[0].ObjectType != resource {
			t.Errorf("body: %s", row.Payload)
		}
	}
}

func FuzzFormIsJSON(f *testing.F) {
	f.Add("na\"me\\\x00\u2028<&>", "tag\xff", "con{tacts", "id\n", int64(-1))
	f.Fuzz(func(t *testing.T, name, tag, resource, id string, number int64) {
		src := source()
		src.InstanceName, src.Tags, src.Resource, src.ElementKey, src.Hub = name, []string{tag}, resource, tag, name
		src.InstanceID, src.UserID = number, number
		row := Form(src, []change.Change{{ObjectID: id, Kind: change.Kind(tag), Record: json.RawMessage("{ }")}})[0]
		e := read(t, row)
		if want := strings.ToValidUTF8(id, "\uFFFD"); len(e.Message.Events) != 1 || len(e.Message.Events[0].ObjectID) != len(want) && !strings.Contains(want, "\uFFFD") {
			t.Errorf("object id %q became %q", id, e.Message.Events[0].ObjectID)
		}
	})
}
