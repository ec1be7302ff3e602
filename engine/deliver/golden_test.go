package deliver

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// A golden file of a released version never changes. -update writes those of a new version.
var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

// Two records as the providers give them: iContact's, and a row of Act-On's list download made into an object.
func formatCases() map[string][]store.Notification {
	icontact := Source{
		InstanceID: 42, InstanceName: "Shop <North>", Tags: []string{"Shop", "né\"e"}, ElementKey: "icontact", Hub: "general",
		Resource: "contacts", AccountID: 1, CompanyID: 2, UserID: 3, PollDate: time.Date(2026, 6, 9, 20, 47, 1, 250e6, time.UTC),
	}
	acton := Source{
		InstanceID: 9007199254740991, InstanceName: "Campaigns", ElementKey: "acton", Hub: "marketing",
		Resource: "contacts", AccountID: 4, CompanyID: 5, UserID: 6, PollDate: time.Date(2026, 6, 5, 0, 0, 0, 0, time.UTC),
	}
	return map[string][]store.Notification{
		"icontact": Form(icontact, []change.Change{
			{
				ObjectID: "60000101", Kind: change.Created, Version: "2026-06-09 15:46:52", Date: time.Date(2026, 6, 9, 19, 46, 52, 0, time.UTC),
				Record: json.RawMessage("{ \"email\":\"ada@example.com\", \"prefix\":null,\n  \"createDate\":\"2026-06-09 15:46:52\", \"contactId\":\"60000101\" }"),
			},
			{ObjectID: "60000102", Kind: change.Deleted, Version: "1"},
		}),
		"acton": Form(acton, []change.Change{{
			ObjectID: "l-0001:1", Kind: change.Updated, Version: "1780617600123", Date: time.UnixMilli(1780617600123),
			Record: json.RawMessage(`{"_contact_id_":"l-0001:1","First Name":"Ben","E-mail Address":"ben@example.com","__modified_date":"1780617600123"}`),
		}}),
	}
}

func TestGoldenNotification(t *testing.T) {
	t.Parallel()
	for name, rows := range formatCases() {
		if len(rows) != 1 {
			t.Fatalf("%s: %d rows", name, len(rows))
		}
		golden(t, name+".body.golden", string(rows[0].Payload))
		golden(t, name+".row.v3.golden", "lane "+rows[0].Lane.Instance+"/0\nid "+rows[0].ID+"\nmeta "+hex.EncodeToString(rows[0].Meta)+"\n")
	}
}

func TestGoldenAttempt(t *testing.T) {
	t.Parallel()
	a := Attempt{
		Instance: "42", Resource: "contacts", Notification: "AWVX9OTIhdQRdI1F7Q7v", Events: 3, Number: 2,
		At: time.Date(2026, 6, 9, 20, 47, 1, 250000001, time.FixedZone("", 3600)), Duration: 1500 * time.Millisecond, Status: 204, Said: `{"ok": true}`,
	}
	e := a.entry(store.Lane{Instance: "42"}, 7, time.Hour)
	golden(t, "attempt.v2.golden", "key "+e.Key.Name+"\nid "+e.ID+"\nvalue "+string(e.Value)+"\n")
	if e.Key.Partition != store.PartitionOf("42") || !e.Expires.Equal(a.At.Add(time.Hour)) {
		t.Errorf("entry %+v", e)
	}
}

// fixture reads a golden file of a former version.
func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
