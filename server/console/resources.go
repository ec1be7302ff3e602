package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// resourceInput is a resource to poll: whether it is, and how.
type resourceInput struct {
	Index       int
	Name        string
	Own         bool // it is none of the element's: its name can be typed
	Description string
	On          bool
	Fields      []input // URL and id field
	Advanced    []input
	Sample      input
	Errors      []string
	Preview     resourcePreview
	given       map[string]json.RawMessage // what the entry holds that the form does not show
}

// Names of an entry's fields, as in event.poller.configuration.
var (
	entryFields = []struct{ name, label, help string }{
		{"url", "URL", "Of the hub, with placeholders like ${date:yyyy-MM-dd} for since when."},
		{"idField", "ID field", "Where a record has its id."},
	}
	dateFields = []struct{ name, label string }{
		{"updatedDateField", "Updated date field"}, {"updatedDateFormat", "Updated date format"}, {"updatedDateTimezone", "Updated date time zone"},
		{"createdDateField", "Created date field"}, {"createdDateFormat", "Created date format"}, {"createdDateTimezone", "Created date time zone"},
	}
)

const keyDates = "datesConfiguration"

// formats and zones are proposed for the date fields; any other may be typed.
var (
	Formats = []string{"yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ss.SSSZ", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd", "milliseconds", "seconds"}
	Zones   = []string{"UTC", "GMT", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"}
)

// resourceInputs lists the element's resources that can be polled and those that the instance has of its own, then a place for one more.
func (f *form) resourceInputs(in *engine.Instance) {
	names := map[string]bool{}
	for _, r := range f.Element.Resources {
		if r.Poll != nil {
			names[r.Name] = true
			f.addResource(r.Name, r.Description, false, f.chosen(r, in), entryOf(r.Poll))
		}
	}
	var own []string
	for name := range f.given {
		if !names[name] {
			own = append(own, name)
		}
	}
	slices.Sort(own)
	for _, name := range own {
		f.addResource(name, "", true, true, nil)
	}
	f.addResource("", "", true, false, nil)
	f.Raw = newInput("raw", "Event poller resources configuration", "text")
	f.Raw.Value = indented(f.entries())
}

// chosen is whether a resource is polled: by the instance, or by default.
func (f *form) chosen(r sdk.Resource, in *engine.Instance) bool {
	if in == nil {
		return r.Default
	}
	_, ok := f.given[r.Name]
	if len(f.given) == 0 {
		_, ok = in.Resource(r.Name)
	}
	return ok
}

// addResource takes the entry of the instance if there is one, else the element's. What the first leaves out is not for the form to say.
func (f *form) addResource(name, description string, own, on bool, usual map[string]any) {
	r := resourceInput{Index: len(f.Resources), Name: name, Own: own, Description: description, On: on, given: map[string]json.RawMessage{}}
	raw, written := f.given[name]
	if written {
		_ = json.Unmarshal(raw, &r.given) // stored, so it can be read
		var inner map[string]json.RawMessage
		_ = json.Unmarshal(r.given[keyDates], &inner)
		for key, value := range inner {
			r.given[keyDates+"."+key] = value
		}
	}
	value := func(key string) string {
		for given, raw := range r.given {
			if strings.EqualFold(given, key) {
				var text string
				if json.Unmarshal(raw, &text) != nil {
					text = string(raw)
				}
				return text
			}
		}
		if written {
			return ""
		}
		text, _ := usual[key].(string)
		return text
	}
	r.fields(value)
	f.Resources = append(f.Resources, r)
}

// fields makes the inputs of a resource with the values that a function gives for the entry's fields.
func (r *resourceInput) fields(value func(key string) string) {
	for _, e := range entryFields {
		field := newInput(r.field(e.name), e.label, "text")
		field.Help, field.Value = e.help, value(e.name)
		r.Fields = append(r.Fields, field)
	}
	detect := newInput(r.field("detect"), "Detection", "text")
	detect.Options, detect.Value = []string{"", instance.DetectAuto, instance.DetectDates, instance.DetectHash}, strings.ToLower(strings.TrimSpace(value("detect"))) // in any case, as the API
	detect.Help = "dates: by the fields below. hash: all records are read and their content is compared; finds deletions, too."
	r.Advanced = append(r.Advanced, detect)
	for _, d := range dateFields {
		field := newInput(r.field(d.name), d.label, "text")
		field.Value = value(keyDates + "." + d.name)
		switch {
		case strings.HasSuffix(d.name, "Format"):
			field.Type = "format"
			field.Help = "A pattern of java.text.SimpleDateFormat, or milliseconds or seconds."
		case strings.HasSuffix(d.name, "Timezone"):
			field.Type = "zone"
		}
		r.Advanced = append(r.Advanced, field)
	}
	r.Sample = newInput(r.field("sample"), "Try the format on a date", "text")
	r.Sample.Help = "Paste a date as a record has it. It is not stored."
}

func (r resourceInput) field(name string) string { return fmt.Sprintf("r.%d.%s", r.Index, name) }

// NameField, OnField and OwnField are names of inputs.
func (r resourceInput) NameField() string { return r.field("name") }
func (r resourceInput) OnField() string   { return r.field("on") }
func (r resourceInput) ID() string        { return idOf(fmt.Sprintf("r.%d", r.Index)) }

// entryOf is the element's own entry of a resource, with flat names of its dates.
func entryOf(p *sdk.Poll) map[string]any {
	return map[string]any{
		"url": p.URL, "idField": p.IDField, keyDates + ".updatedDateField": p.UpdatedDateField, keyDates + ".updatedDateFormat": p.UpdatedDateFormat,
		keyDates + ".updatedDateTimezone": p.UpdatedDateTimezone, keyDates + ".createdDateField": p.CreatedDateField, keyDates + ".createdDateFormat": p.CreatedDateFormat,
		keyDates + ".createdDateTimezone": p.CreatedDateTimezone,
	}
}

// resourceInput takes what a visitor has typed for the resource with an index.
func (v *visit) resourceInput(index int, known []resourceInput) resourceInput {
	r := resourceInput{Index: index, Own: true, given: map[string]json.RawMessage{}}
	r.Name = v.field(r.NameField())
	for _, k := range known {
		if k.Name == r.Name && r.Name != "" {
			r.Own, r.Description, r.given = k.Own, k.Description, k.given
		}
	}
	r.On = v.field(r.OnField()) != ""
	r.fields(func(key string) string { return v.field(r.field(strings.TrimPrefix(key, keyDates+"."))) })
	r.Sample.Value = v.field(r.Sample.Name)
	return r
}

// value is what a field of the resource holds.
func (r resourceInput) value(name string) string {
	for _, list := range [][]input{r.Fields, r.Advanced} {
		for _, field := range list {
			if field.Name == r.field(name) {
				return field.Value
			}
		}
	}
	return ""
}

// entries are those that are chosen, as event.poller.configuration has them. What the form does not show of an entry stays in it.
func (f *form) entries() map[string]any {
	all := map[string]any{}
	for i := range f.Resources {
		if r := &f.Resources[i]; r.On {
			all[r.Name] = r.entry()
		}
	}
	return all
}

func (r *resourceInput) entry() map[string]any {
	entry, dates := map[string]any{}, map[string]any{}
	for key, raw := range r.given {
		if inner, ok := strings.CutPrefix(key, keyDates+"."); ok {
			dates[inner] = raw
		} else if key != keyDates {
			entry[key] = raw
		}
	}
	set := func(to map[string]any, name string) {
		for key := range to {
			if strings.EqualFold(key, name) {
				delete(to, key)
			}
		}
		if value := r.value(name); value != "" {
			to[name] = value
		}
	}
	for _, e := range entryFields {
		set(entry, e.name)
	}
	set(entry, "detect")
	for _, d := range dateFields {
		set(dates, d.name)
	}
	if len(dates) > 0 {
		entry[keyDates] = dates
	}
	return entry
}

// resourceProblem puts a problem beside a field of a resource; rest is the path below event.poller.configuration.
func (f *form) resourceProblem(rest, message string) bool {
	for i := range f.Resources {
		r := &f.Resources[i]
		below, ok := strings.CutPrefix(rest, "."+r.Name)
		if !ok {
			below, ok = strings.CutPrefix(rest, "['"+r.Name+"']")
		}
		if !ok || !r.On || below != "" && below[0] != '.' && below[0] != '[' {
			continue
		}
		name := below[strings.LastIndexByte(below, '.')+1:]
		for _, list := range [][]input{r.Fields, r.Advanced} {
			for n := range list {
				if list[n].Name == r.field(name) {
					list[n].Errors = append(list[n].Errors, message)
					return true
				}
			}
		}
		r.Errors = append(r.Errors, strings.TrimPrefix(below+" ", ".")+message)
		return true
	}
	return false
}

func (r resourceInput) faults() int {
	n := len(r.Errors)
	for _, list := range [][]input{r.Fields, r.Advanced} {
		for _, field := range list {
			n += len(field.Errors)
		}
	}
	return n
}

// Faulty reports whether something of the resource is wrong: then it is shown open.
func (r resourceInput) Faulty() bool { return r.faults() > 0 }

// body is the POST body that the form stands for, or the PATCH body of the settings: of a secret that stays nothing is in it.
func (f *form) body() (map[string]any, error) {
	configuration := map[string]any{}
	for _, field := range f.inputs() {
		key, ok := strings.CutPrefix(field.Name, keyPrefix)
		switch {
		case !ok || field.Secret && field.Value == "":
		case field.Value != "":
			configuration[key] = field.Value
		case f.ID != 0 && f.view[key] != "":
			configuration[key] = nil // it was emptied
		}
	}
	configuration[instance.KeyEventsEnabled] = f.Enabled
	if f.RawShown {
		if !json.Valid([]byte(f.Raw.Value)) {
			return nil, &instance.InvalidError{Problems: []instance.Problem{{Path: "configuration['" + instance.KeyResources + "']", Message: "is not JSON" + jsonFault(f.Raw.Value)}}}
		}
		configuration[instance.KeyResources] = json.RawMessage(f.Raw.Value)
	} else if entries := f.entries(); f.ID == 0 || len(entries)+len(f.given) > 0 { // an instance that names none has the element's when its events are enabled
		configuration[instance.KeyResources] = entries
	}
	body := map[string]any{"name": f.Name.Value, "tags": append([]string{}, splitTags(f.Tags.Value)...), "configuration": configuration}
	if f.ID == 0 {
		body["element"] = map[string]string{"key": f.Element.Key}
	}
	return body, nil
}

func jsonFault(text string) string {
	var any any
	if err := json.Unmarshal([]byte(text), &any); err != nil {
		return ": " + err.Error()
	}
	return ""
}
