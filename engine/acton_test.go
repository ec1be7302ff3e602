package engine_test

import (
	"slices"
	"testing"

	"github.com/pollwright/pollwright/engine"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

// Lists, messages and bounces are dated, programs are compared by content, forms lie in folders: what is made of each is told once, and an older
// gateway, which gives messages other names, changes nothing.
func TestActOnCollectionsArriveAsEvents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.unlimited()
	old, err := w.acton.CreateItem(acton.Messages, acton.Item{Name: "Before"})
	if err != nil {
		t.Fatal(err)
	}
	in := w.create(w.body("acton", polled(map[string]string{
		"lists": "/hubs/marketing/lists", "messages": "/hubs/marketing/messages", "bounces": "/hubs/marketing/lists/hardbounce",
		"forms": "/hubs/marketing/forms", "programs": "/hubs/marketing/programs",
	})))
	all := []string{"bounces", "forms", "lists", "messages", "programs"}
	for _, name := range all {
		w.outcome(in, "a first scan of "+name, func(o engine.Outcome) bool { return o.Resource == name && o.Error == nil && !o.Continues })
	}
	if err := w.acton.AddList(acton.List{ID: "l-00ff", Name: "Second"}); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, kind := range []string{acton.Messages, acton.Forms, acton.Programs} {
		made, err := w.acton.CreateItem(kind, acton.Item{Name: "New"})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, "CREATED "+kind+" "+made.ID)
	}
	if _, err := w.acton.Suppress(acton.HardBounce, "gone@example.net", "User: Orla Owner"); err != nil {
		t.Fatal(err)
	}
	want = append(want, "CREATED bounces gone@example.net", "CREATED lists l-00ff")
	w.receiver.wait(t, len(want))
	if err := w.acton.SetOptions(func(o *acton.Options) { o.Legacy = true }); err != nil {
		t.Fatal(err)
	}
	late, err := w.acton.CreateItem(acton.Messages, acton.Item{Name: "Legacy"})
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, "CREATED messages "+late.ID)
	for range 2 {
		if _, err := w.engine.PollByHand(t.Context(), w.caller, in.ID, "messages"); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, e := range w.receiver.wait(t, len(want)) {
		got = append(got, e.Kind+" "+e.Type+" "+e.ID)
		if e.ID == old.ID {
			t.Errorf("told of %s, which was there before", e.ID)
		}
		if e.Type == "forms" && e.Record["folder"] != "Default Folder" {
			t.Errorf("a form's record: %v", e.Record)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
