package engine

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// What the schedule knows of an instance is what the whole record says, whatever else has the same names in it.
func TestTimetable(t *testing.T) {
	t.Parallel()
	nested := map[string]string{"id": "7", "name": "x", "disabled": "true", "resources": `[{"name":"y"}]`, `"quoted"`: `{"events":1}`}
	events := instance.Events{Enabled: true, CallbackURL: "https://x/?a=\"{[", Interval: 90 * time.Second}
	for name, in := range map[string]instance.Instance{
		"one":      {ID: 42, Name: `{"id":1}`, Configuration: nested, Events: events, Resources: []instance.Resource{{Name: "contacts", Reads: "x", Vars: nested}}},
		"disabled": {ID: 42, Disabled: true, Events: events, Resources: []instance.Resource{{Name: "a"}, {Name: "ü\"\\ \u2028 b", Vars: nested}, {Name: "c"}}},
		"silent":   {ID: 42, Events: instance.Events{CallbackURL: "https://x/"}, Resources: []instance.Resource{{Name: "contacts"}}},
		"bare":     {ID: 42},
	} {
		value, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var whole instance.Instance
		if err := json.Unmarshal(value, &whole); err != nil {
			t.Fatal(err)
		}
		got, err := readTimetable(store.Record{Key: instanceKey(42), Value: value})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		clear(value) // nothing of it is borrowed
		want := instance.Instance{ID: whole.ID, Disabled: whole.Disabled, Events: whole.Events}
		for _, r := range whole.Resources {
			want.Resources = append(want.Resources, instance.Resource{Name: r.Name})
		}
		if diff := cmp.Diff(want, got); diff != "" || got.Polled() != whole.Polled() {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, damaged := range []string{"", "{", `{"id":7}`, `{"id":"42"}`, `{"id":42,"events":{"interval":"x"}}`, `{"id":42,"events":`} {
		if _, err := readTimetable(store.Record{Key: instanceKey(42), Value: []byte(damaged)}); err == nil {
			t.Errorf("%q is a timetable", damaged)
		}
	}
}
