package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// form is the form of a new instance, or of the settings of one: what its fields hold, and what is wrong with them.
type form struct {
	Element   engine.Element
	ID        int64 // 0 = a new instance
	Name      input
	Tags      input
	Required  []input
	Optional  []input
	Enabled   bool
	Callback  input
	Signature input
	Interval  input
	Delivery  []input
	Resources []resourceInput
	RawShown  bool // the resources are edited as JSON
	Raw       input
	Consents  bool
	Key       string // that makes sending the form twice make one instance
	General   []string
	Warnings  []instance.Problem
	Checked   bool // it was, and nothing is wrong
	configured
}

// configured is what the instance has now; nil maps for a new one.
type configured struct {
	view  map[string]string
	given map[string]json.RawMessage // entries of event.poller.configuration
}

// input is a field of the form.
type input struct {
	Name, ID, Label, Help, Type, Value string
	Required, Secret, Kept             bool // Kept: a secret that is there and stays if the field is empty
	Options                            []string
	Placeholder                        string
	Errors                             []string
}

// key prefixes the names of fields that are configuration keys.
const keyPrefix = "c."

func newInput(name, label, kind string) input {
	return input{Name: name, ID: idOf(name), Label: label, Type: kind}
}

// idOf makes a name that can be an id in a page.
func idOf(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
}

// blank is the form of an element, with the instance's values if there is one.
func (v *visit) blank(el engine.Element, in *engine.Instance) form {
	f := form{Element: el, Consents: el.Consents()}
	if in != nil {
		f.ID, f.view, f.given = in.ID, written(in), map[string]json.RawMessage{}
		_ = json.Unmarshal([]byte(f.view[instance.KeyResources]), &f.given) // stored, so it can be read
	}
	f.Name, f.Tags = newInput("name", "Name", "text"), newInput("tags", "Tags", "text")
	f.Name.Help, f.Tags.Help = "Without one it is "+el.Name+".", "Words to find it by, separated by commas."
	for _, p := range el.Config {
		field := f.parameter(p)
		if p.Key == instance.KeyOAuthCallback && field.Value == "" && in == nil {
			field.Value = v.origin() + "/oauth/callback"
			field.Help += " Register this address with the provider, too."
		}
		if p.Required {
			f.Required = append(f.Required, field)
		} else {
			f.Optional = append(f.Optional, field)
		}
	}
	f.fixedFields(in)
	f.resourceInputs(in)
	return f
}

// written is an instance's configuration as an answer shows it, but for the defaults that are filled in there: a form that sent them back would
// make settings of them.
func written(in *engine.Instance) map[string]string {
	view := in.View()
	for key := range view {
		if _, ok := in.Configuration[key]; !ok && !in.HasSecret(key) {
			delete(view, key)
		}
	}
	return view
}

func (f *form) parameter(p sdk.Parameter) input {
	field := f.keyed(p.Key, p.Label, "text")
	field.Help, field.Required, field.Secret, field.Placeholder = p.Description, p.Required, p.Secret, p.Default
	switch {
	case p.Secret:
		field.secret()
	case p.Type == "integer":
		field.Type = "number"
	case p.Type == "boolean":
		field.Options = []string{"", "true", "false"}
	}
	if f.view == nil {
		field.Value = p.Default
	}
	if p.Masked && field.Value == instance.Mask {
		field.secret()
	}
	return field
}

// keyed is the field of a configuration key.
func (f *form) keyed(key, label, kind string) input {
	field := newInput(keyPrefix+key, label, kind)
	field.Value = f.view[key]
	return field
}

// secret hides a field: what is kept is not shown, and stays if nothing is typed.
func (i *input) secret() {
	i.Type, i.Secret, i.Kept = "password", true, i.Value != ""
	if i.Value = ""; i.Kept {
		i.Placeholder, i.Required = "kept; type to replace it", false
	}
}

func (f *form) fixedFields(in *engine.Instance) {
	f.Enabled = in == nil || in.Events.Enabled
	f.Callback = f.keyed(instance.KeyCallbackURL, "Event notification callback URL", "url")
	f.Callback.Help, f.Callback.Placeholder = "Where events are sent to, as POST requests.", "https://example.com/events"
	f.Signature = f.keyed(instance.KeySignatureKey, "Callback notification signature key", "text")
	f.Signature.secret()
	f.Signature.Help = "Signs each notification as Elements-Webhook-Signature. Every notification is signed by Standard Webhooks, too, with a secret that is shown when the instance is made."
	f.Interval = f.keyed(instance.KeyInterval, "Event poller refresh interval (minutes)", "number")
	f.Interval.Help = "How often the provider is asked; one second is 0.0167, a day 1440."
	if f.Interval.Value == "" {
		f.Interval.Value = "15"
	}
	if in != nil {
		f.Name.Value, f.Tags.Value = in.Name, strings.Join(in.Tags, ", ")
	}
	for _, d := range []struct {
		key, label, help, placeholder string
		options                       []string
	}{
		{instance.KeyFormat, "Format", "The form of a notification's body.", "", []string{"", "elements", "cloudevents", "standard"}},
		{instance.KeyBatch, "Events in a notification", "At most so many, 1 to 100. By default 10 in the format elements, else 1.", "", nil},
		{instance.KeyOrder, "Order", "object: events of one object wait for each other. strict: a dead letter stops what follows. none: nothing waits.", "", []string{"", "object", "strict", "none"}},
		{instance.KeyLanes, "Lanes", "Notifications that may be on their way at once, 1 to 64.", "4", nil},
		{instance.KeyRetries, "Retries", "standard, elements, none, or a list of waits like 10s, 1m, 1h.", "standard", nil},
		{instance.KeyRate, "Rate", "The most notifications a second.", "no limit", nil},
		{instance.KeyOverlap, "Overlap", "Seconds that a poll asks again before what it knows.", "120", nil},
		{instance.KeyStart, "Start", "now, beginning, or a date: what is dated from then on is told at the first poll.", "now", nil},
		{instance.KeyBaseURL, "Base URL", "In place of the element's own, for a sandbox or a region of the provider.", firstOf(f.Element.BaseURLs), nil},
	} {
		field := f.keyed(d.key, d.label, "text")
		field.Help, field.Placeholder, field.Options = d.help, d.placeholder, d.options
		f.Delivery = append(f.Delivery, field)
	}
	if f.view[instance.KeyObjects] != "" {
		field := f.keyed(instance.KeyObjects, "Objects", "text")
		field.Value = strings.Join(strings.FieldsFunc(field.Value, func(r rune) bool { return r == '\n' || r == '\r' }), ",") // of one line
		field.Help = "Names of resources, separated by commas. Of those that are chosen below only these are polled; without any, all are."
		f.Delivery = append(f.Delivery, field)
	}
}

func firstOf(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// inputs are all fields that hold a text.
func (f *form) inputs() (all []*input) {
	all = append(all, &f.Name, &f.Tags, &f.Callback, &f.Signature, &f.Interval)
	for _, list := range [][]input{f.Required, f.Optional, f.Delivery} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// fill takes what a visitor has typed.
func (v *visit) fill(f *form) {
	for _, field := range f.inputs() {
		if field.Value = v.field(field.Name); field.Secret {
			field.Value = v.FormValue(field.Name) // blanks may belong to it
		}
	}
	f.Enabled = v.field("enabled") != ""
	f.RawShown = v.field("raw-shown") != ""
	f.Raw = newInput("raw", "Event poller resources configuration", "text")
	f.Raw.Value = v.field("raw")
	f.Key = v.field("key")
	n, _ := strconv.Atoi(v.field("resources"))
	known := f.Resources
	f.Resources = nil
	for i := range min(n, 200) {
		f.Resources = append(f.Resources, v.resourceInput(i, known))
	}
	if !f.RawShown {
		f.Raw.Value = indented(f.entries())
	}
}

// problems puts what is wrong beside the fields that it is about; the rest is general. Nothing of it is lost.
func (f *form) problems(problems []instance.Problem) {
	for _, p := range problems {
		key, rest := splitPath(p.Path)
		if key == instance.KeyResources && !f.RawShown && f.resourceProblem(rest, p.Message) {
			continue
		}
		if key == instance.KeyResources && f.RawShown {
			f.Raw.Errors = append(f.Raw.Errors, strings.TrimPrefix(rest+" ", ".")+p.Message)
			continue
		}
		fields := f.inputs()
		i := slices.IndexFunc(fields, func(field *input) bool { return field.Name == keyPrefix+key || field.Name == key })
		if i < 0 {
			f.General = append(f.General, p.Path+" "+p.Message)
			continue
		}
		fields[i].Errors = append(fields[i].Errors, p.Message)
	}
}

// splitPath takes a JSON path of the API apart: the configuration key, or another field of the body, and what is below it.
func splitPath(path string) (key, rest string) {
	path = strings.TrimPrefix(path, "instance.")
	inner, ok := strings.CutPrefix(path, "configuration")
	if !ok {
		return path, ""
	}
	if quoted, ok := strings.CutPrefix(inner, "['"); ok {
		key, rest, _ = strings.Cut(quoted, "']")
		return key, rest
	}
	return strings.TrimPrefix(inner, "."), ""
}

func (f form) Faults() int {
	n := len(f.General) + len(f.Raw.Errors)
	for _, field := range f.inputs() {
		n += len(field.Errors)
	}
	for _, r := range f.Resources {
		n += r.faults()
	}
	return n
}

// Count is how many resources the form has; a field tells it when the form is sent.
func (f form) Count() int { return len(f.Resources) }

func (f form) action() string {
	if f.ID != 0 {
		return Path + instancePath(f.ID, "/settings")
	}
	return fmt.Sprintf("%s/instances/new/%s", Path, f.Element.Key)
}

// Action is where the form is sent to.
func (f form) Action() string { return f.action() }
