package deliver

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

func TestEventsAreKeptBesideThePayload(t *testing.T) {
	t.Parallel()
	src := source()
	src.Format, src.Batch = FormatCloudEvents, 100
	changes := []change.Change{
		{ObjectID: "1", Kind: change.Created, Date: time.UnixMilli(1700000000123)},
		{ObjectID: "", Kind: change.Updated, Date: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
		{ObjectID: strings.Repeat("é", 400), Kind: change.Deleted}, // without a date
	}
	row := Form(src, changes)[0]
	meta, err := ReadMeta(row.Meta)
	if err != nil || meta.ContentType != cloudEventsBatchType || meta.Resource != "contacts" || meta.Events != 3 || row.Events != 3 || meta.Redelivery {
		t.Fatalf("meta %+v, %v; events %d", meta, err, row.Events)
	}
	var want []Told
	for _, c := range changes {
		want = append(want, Told{change.EventID("42", "contacts", c), c.Kind, ShortObjectID(c.ObjectID), src.eventDate(c).Truncate(time.Millisecond)})
	}
	told, err := meta.Told()
	if diff := cmp.Diff(want, told); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if short := told[2].ObjectID; len(short) > maxObjectID || !utf8.ValidString(short) || !strings.HasSuffix(short, "é…") {
		t.Errorf("cut object id: %q", short)
	}
	again := again(row)
	repeated, err := ReadMeta(again.Meta)
	meta.Redelivery = true
	if err != nil || repeated != meta || again.ID != row.ID || string(again.Payload) != string(row.Payload) {
		t.Errorf("sent again: %+v, %v", repeated, err)
	}
	for n := range len(row.Meta) {
		if cut, err := ReadMeta(row.Meta[:n]); err == nil {
			if told, err := cut.Told(); err == nil && len(told) == 3 {
				t.Errorf("%d bytes tell three events", n)
			}
		}
	}
}

// A Meta must fit whatever a provider calls its records.
func TestMetaIsBounded(t *testing.T) {
	t.Parallel()
	src := source()
	src.Format, src.Batch, src.Resource = FormatStandard, MaxBatch, strings.Repeat("r", 512)
	var changes []change.Change
	for range MaxBatch {
		changes = append(changes, change.Change{ObjectID: strings.Repeat("x", 8<<10), Kind: change.Updated, Record: []byte("{}")})
	}
	for _, row := range Form(src, changes) {
		if len(row.Meta) > store.MaxValue/8 {
			t.Errorf("%d bytes of meta", len(row.Meta))
		}
	}
}

func TestAnswersAreKeptAsText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1024)
	for name, c := range map[string]struct {
		answer Answer
		want   string
	}{
		"none":              {Answer{Status: 500}, ""},
		"failure":           {Answer{Status: 500, Body: []byte(long)}, long[:1024]},
		"success":           {Answer{Status: 204, Body: []byte(long)}, long[:256]},
		"half a character":  {Answer{Status: 400, Body: []byte("a" + long)}, "a" + long[:1022]},
		"whole":             {Answer{Status: 400, Body: []byte(`{"error":"é"}`)}, `{"error":"é"}`},
		"not UTF-8":         {Answer{Status: 400, Body: []byte("a\xffb")}, "a\uFFFDb"},
		"not UTF-8 and cut": {Answer{Status: 200, Body: []byte(strings.Repeat("\x80", 300))}, "\uFFFD"},
	} {
		if got := said(c.answer); got != c.want {
			t.Errorf("%s: %d bytes, %q, want %d bytes", name, len(got), got[max(0, len(got)-8):], len(c.want))
		}
	}
}

// Logs of attempts that a former version wrote are read.
func TestAttemptOfVersion1IsRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Logged{
		"attempt.v1.golden": {Number: 2, At: time.UnixMilli(1781034421250).UTC(), Duration: 1500 * time.Millisecond, Status: 204},
		"refusal.v1.golden": {Number: 9, At: time.UnixMilli(1781038021250).UTC(), Duration: 1500 * time.Millisecond, Status: 422, Fault: FaultStatus, seq: 7, lane: 258},
	} {
		_, value, _ := strings.Cut(fixture(t, name), "value ")
		if got, err := readAttempt([]byte(value)); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	if _, err := readAttempt([]byte(`{"v":3}`)); err == nil || !strings.Contains(err.Error(), "version 3") {
		t.Errorf("an unknown version: %v", err)
	}
}
