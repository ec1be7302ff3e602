package console

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

func TestFigures(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"999": count(999), "9999": count(9999), "10 000": strings.ReplaceAll(count(10_000), "\u202f", " "), "1 234 567": strings.ReplaceAll(count(1234567), "\u202f", " "),
		"1 page": plural(1, "page"), "0 pages": plural(0, "page"),
		"0 B": byteSize(0), "1023 B": byteSize(1023), "1.0 KiB": byteSize(1024), "1.5 MiB": byteSize(3 << 19), "2048.0 GiB": byteSize(2 << 40),
		"0 ms": millis(0), "2.5 ms": millis(2.5), "250 ms": millis(250), "1 min 30 s": millis(90_000),
		"0.5 s": span(500 * time.Millisecond), "15 min": span(15 * time.Minute), "1 d 1 h": span(25 * time.Hour), "1 d": span(24 * time.Hour), "0 s": span(-time.Second),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/console": true, "/console/instances?q=a": true, "/console?done=x": true, "/consoles": false, "//console": false, "https://a/console": false, "/console/../x": false, "/console\\x": false,
		"/console/\r\nx": false, "": false, "console": false,
	} {
		if got := local(path) != ""; got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

func TestSplitPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]string{
		"name":                               {"name", ""},
		"configuration.AppID":                {"AppID", ""},
		"configuration['api.password']":      {"api.password", ""},
		"instance.configuration['base.url']": {"base.url", ""},
		"configuration['event.poller.configuration'].contacts.url":                           {"event.poller.configuration", ".contacts.url"},
		"configuration['event.poller.configuration']['a b'].idField":                         {"event.poller.configuration", "['a b'].idField"},
		"configuration['event.poller.configuration'].a.datesConfiguration.updatedDateFormat": {"event.poller.configuration", ".a.datesConfiguration.updatedDateFormat"},
	} {
		if key, rest := splitPath(path); key != want[0] || rest != want[1] {
			t.Errorf("%s: %q %q", path, key, rest)
		}
	}
}

// stored is an instance whose entry says more than the form shows.
func stored() *engine.Instance {
	return &engine.Instance{Instance: &instance.Instance{
		ID: 7, Name: "Shop", Configuration: map[string]string{
			instance.KeyResources: `{"contacts": {"url": "/hubs/x/contacts", "idField": "id", "pollDelay": 30, "datesConfiguration": {"UpdatedDateField": "u", "updatedDateFormat": "yyyy", "custom": [1]}}, "own": {"url": "/hubs/x/lists"}}`,
			"api.password":        instance.Mask,
		}, Masked: []string{"api.password"}, Resources: []instance.Resource{{Name: "contacts"}, {Name: "own"}},
	}}
}

func element() engine.Element {
	return engine.Element{Manifest: sdk.Manifest{
		Key: "x", Name: "X", BaseURLs: []string{"https://x.example"}, Config: []sdk.Parameter{{Key: "api.password", Label: "Password", Required: true, Secret: true}},
		Resources: []sdk.Resource{{Name: "contacts", Poll: &sdk.Poll{URL: "/hubs/x/contacts", IDField: "id", UpdatedDateField: "updated"}, Default: true}, {Name: "lists", Poll: &sdk.Poll{URL: "/hubs/x/lists"}}, {Name: "single"}},
	}}
}

func (f form) bodyText(t *testing.T) map[string]any {
	t.Helper()
	body, err := f.body()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAFormKeepsWhatItDoesNotShow: keys of an entry that have no field, and secrets that are not typed anew.
func TestAFormKeepsWhatItDoesNotShow(t *testing.T) {
	t.Parallel()
	v := &visit{Console: &Console{}}
	f := v.blank(element(), stored())
	var names []string
	for _, r := range f.Resources {
		names = append(names, r.Name)
	}
	if diff := cmp.Diff([]string{"contacts", "lists", "own", ""}, names); diff != "" {
		t.Error(diff)
	}
	if f.Resources[1].On || !f.Resources[2].On || !f.Resources[2].Own {
		t.Errorf("chosen: %+v", f.Resources)
	}
	body := f.bodyText(t)
	configuration := body["configuration"].(map[string]any)
	want := map[string]any{
		"contacts": map[string]any{"url": "/hubs/x/contacts", "idField": "id", "pollDelay": 30.0, "datesConfiguration": map[string]any{"updatedDateField": "u", "updatedDateFormat": "yyyy", "custom": []any{1.0}}},
		"own":      map[string]any{"url": "/hubs/x/lists"},
	}
	if diff := cmp.Diff(want, configuration[instance.KeyResources]); diff != "" {
		t.Error(diff)
	}
	if _, ok := configuration["api.password"]; ok {
		t.Error("a secret that was not typed is in the body")
	}
	if !f.Required[0].Kept || f.Required[0].Value != "" {
		t.Errorf("the field of the secret: %+v", f.Required[0])
	}
}

// TestAFormAddsNothing: a form that is sent back as it was shown makes no settings of defaults, and loses none.
func TestAFormAddsNothing(t *testing.T) {
	t.Parallel()
	el := element()
	el.Config = append(el.Config, sdk.Parameter{Key: instance.KeyOAuthCallback, Label: "Callback"})
	in := &engine.Instance{Instance: &instance.Instance{ID: 7, Name: "Shop", Configuration: map[string]string{
		instance.KeyInterval: "15", instance.KeyFormat: "standard", instance.KeyObjects: "contacts\nlists",
		instance.KeyResources: `{"contacts": {"url": "/hubs/x/lists", "detect": "HASH"}, "lists": {"url": "/hubs/x/lists", "detect": "auto"}}`,
	}}}
	v := &visit{Console: &Console{}}
	f := v.blank(el, in)
	for _, r := range f.Resources {
		for _, field := range r.Advanced {
			if len(field.Options) > 0 && !slices.Contains(field.Options, field.Value) {
				t.Errorf("%s: a browser would not send %q, of %q", field.Name, field.Value, field.Options)
			}
		}
	}
	want := map[string]any{
		instance.KeyEventsEnabled: false, instance.KeyInterval: "15", instance.KeyFormat: "standard", instance.KeyObjects: "contacts,lists",
		instance.KeyResources: map[string]any{"contacts": map[string]any{"url": "/hubs/x/lists", "detect": "hash"}, "lists": map[string]any{"url": "/hubs/x/lists", "detect": "auto"}},
	}
	if diff := cmp.Diff(want, f.bodyText(t)["configuration"]); diff != "" {
		t.Error(diff)
	}
	delete(in.Configuration, instance.KeyResources)
	delete(want, instance.KeyResources)
	f = v.blank(el, in)
	if diff := cmp.Diff(want, f.bodyText(t)["configuration"]); diff != "" {
		t.Errorf("without resources: %s", diff)
	}
}

func TestProblemsComeBesideTheirFields(t *testing.T) {
	t.Parallel()
	v := &visit{Console: &Console{}}
	f := v.blank(element(), stored())
	f.problems([]instance.Problem{
		{Path: "configuration['api.password']", Message: "1"}, {Path: "configuration['event.poller.configuration'].contacts.datesConfiguration.updatedDateFormat", Message: "2"},
		{Path: "configuration['event.poller.configuration'].own", Message: "3"}, {Path: "configuration.unheard", Message: "4"}, {Path: "name", Message: "5"},
	})
	if got := f.Required[0].Errors; len(got) != 1 || got[0] != "1" {
		t.Errorf("of the parameter: %v", got)
	}
	if !f.Resources[0].Faulty() || !f.Resources[2].Faulty() || f.Resources[1].Faulty() {
		t.Error("of the resources")
	}
	if len(f.General) != 1 || !strings.Contains(f.General[0], "configuration.unheard") || len(f.Name.Errors) != 1 || f.Faults() != 5 {
		t.Errorf("general %v, name %v, %d in all", f.General, f.Name.Errors, f.Faults())
	}
	f.RawShown, f.Raw.Value = true, "{"
	if _, err := f.body(); err == nil || !strings.Contains(err.Error(), "is not JSON") {
		t.Errorf("raw: %v", err)
	}
}

// TestIndented: what is shown is what is there, be it markup or the escape of it.
func TestIndented(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{`{"a":"<&>"}`: "{\n  \"a\": \"<&>\"\n}", `"\\u003c"`: `"\\u003c"`, ``: ``} {
		if got := indented(json.RawMessage(given)); got != want {
			t.Errorf("%s: got %s, want %s", given, got, want)
		}
	}
}

func TestQuotedForAShell(t *testing.T) {
	t.Parallel()
	if got, want := quoted(`it's $HOME "x"`), `'it'\''s $HOME "x"'`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	c := newChart("x", "X", []string{"a", "b"}, []column{{At: moment{Text: "2026-06-09 10:00:00"}, Values: []float64{3, 1}}, {At: moment{Text: "2026-06-09 11:00:00"}, Values: []float64{0, 0}}}, whole)
	if c.Empty || len(c.Bars) != 2 || c.Labels[0].Text != "10:00" || len(c.Lines) != 3 || c.Lines[2].Text != "4" || c.Bars[0].Text != "2026-06-09 10:00:00, a: 3" {
		t.Errorf("%+v", c)
	}
	if c := newChart("x", "X", []string{"a"}, []column{{Values: []float64{0}}}, whole); !c.Empty || len(c.Lines) != 2 {
		t.Errorf("of nothing: %+v", c)
	}
	for f, want := range map[float64]float64{0: 1, 1: 1, 3: 4, 11: 20, 99: 100, 450: 500} {
		if got := roundUp(f); got != want {
			t.Errorf("roundUp(%v) is %v", f, got)
		}
	}
}
