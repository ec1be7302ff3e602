package instance

import (
	"strings"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/javadate"
	"github.com/pollwright/pollwright/engine/template"
	"github.com/pollwright/pollwright/sdk"
)

const (
	defaultTolerance = change.DefaultTolerance
	defaultOverlap   = change.DefaultOverlap
	// maxPageSize is the largest that real configurations have, tenfold.
	maxPageSize = 100_000
)

// readURL checks the URL and finds the element's resource that it reads.
func (s settings) readURL(r *Resource) (reads sdk.Resource, ok bool) {
	path, raw := s.get(keyURL)
	if r.URL = s.text(path, raw); strings.TrimSpace(r.URL) == "" {
		s.fault(path, "is required: the hub URL to read, like %s", s.exampleURL())
		return reads, false
	}
	url, err := template.Parse(r.URL)
	if err != nil {
		s.fault(path, "%v", err)
		return reads, false
	}
	for _, warning := range url.Warnings() {
		s.warn(path, "%s", warning)
	}
	if !s.readVars(path, url, r) {
		return reads, false
	}
	expanded, err := url.Expand(template.Values{Since: s.now, Now: s.now, Vars: r.Vars})
	if err != nil {
		s.fault(path, "%v", err)
		return reads, false
	}
	route, err := FindRoute(s.element, expanded)
	if err != nil {
		s.fault(path, "%v", err)
		return reads, false
	}
	if route.Filter != "" {
		s.warn(path, "the where clause is handed to the adapter as it is: %q", route.Filter)
	}
	r.PageSize = route.PageSize
	return route.Resource, true
}

func (s settings) exampleURL() string {
	for _, r := range s.element.Resources {
		if r.Poll != nil {
			return r.Poll.URL
		}
	}
	return "/hubs/" + s.element.Hub + "/contacts"
}

// readVars fills {placeholders} from the configuration: {listId} from the key listId.
func (s settings) readVars(path string, url *template.Template, r *Resource) bool {
	for _, name := range url.Variables() {
		value := s.config(name)
		if value == "" {
			value = s.parameterDefault(name)
		}
		if value == "" {
			s.fault(path, "{%s} has no value: replace it in the URL with the id, or add %q to the configuration", name, name)
			return false
		}
		if r.Vars == nil {
			r.Vars = map[string]string{}
		}
		r.Vars[name] = value
		s.keep(name, value, false, false)
	}
	return true
}

func (s settings) parameterDefault(key string) string {
	for _, p := range s.element.Config {
		if p.Key == key {
			return p.Default
		}
	}
	return ""
}

// readFields reads where the id and the dates are; what is left out comes from the manifest.
func (s settings) readFields(r *Resource, reads sdk.Resource) {
	usual := usualFields(reads)
	path, id := s.str(keyIDField)
	if r.Fields.ID = id; id == "" {
		if r.Fields.ID = usual.ID; usual.ID == "" {
			s.fault(path, "is required: the field that holds a record's id")
		} else {
			s.warn(path, "is missing; %q is used", usual.ID)
		}
	} else if _, err := change.ParsePath(id); err != nil {
		s.fault(path, "%v", err)
	}
	path, raw := s.get(keyDates)
	dates := s.settings(path, raw)
	_, zone := s.str(keyUpdatedTimezone) // one document has it beside datesConfiguration
	r.Fields.Updated = dates.readDate(usual.Updated, keyUpdatedField, keyUpdatedFormat, keyUpdatedTimezone, zone)
	r.Fields.Created = dates.readDate(usual.Created, keyCreatedField, keyCreatedFormat, keyCreatedTimezone, "")
	dates.used[keyTolerance] = true
	dates.unread()
	s.completeDates(path, r, usual)
	if usual.ID != "" && r.Fields != usual {
		r.Fallback = &usual
		s.compare(r, usual)
	}
}

func usualFields(reads sdk.Resource) Fields {
	p := reads.Poll
	if p == nil {
		return Fields{}
	}
	return Fields{
		ID:      p.IDField,
		Updated: DateField{p.UpdatedDateField, p.UpdatedDateFormat, p.UpdatedDateTimezone},
		Created: DateField{p.CreatedDateField, p.CreatedDateFormat, p.CreatedDateTimezone},
	}
}

// readDate reads one date field. The manifest's zone and format hold for the manifest's own field when none are given.
func (s settings) readDate(usual DateField, fieldKey, formatKey, zoneKey, otherZone string) (d DateField) {
	fieldPath, field := s.str(fieldKey)
	formatPath, format := s.str(formatKey)
	zonePath, zone := s.str(zoneKey)
	if field == "" {
		return d
	}
	if _, err := change.ParsePath(field); err != nil {
		s.fault(fieldPath, "%v", err)
	}
	if zone == "" {
		zone = otherZone
	}
	d = DateField{field, format, zone}
	if field == usual.Field {
		if d.Format == "" {
			d.Format = usual.Format
		}
		if d.Zone == "" {
			d.Zone = usual.Zone
		}
	}
	if d.Format == "" {
		s.fault(formatPath, "is required beside %s: how the date is written, like yyyy-MM-dd'T'HH:mm:ssXXX or milliseconds", fieldKey)
		return d
	}
	s.checkDate(d, formatPath, zonePath)
	return d
}

func (s settings) checkDate(d DateField, formatPath, zonePath string) {
	zone, err := javadate.Zone(d.Zone)
	if err != nil {
		s.fault(zonePath, "%v", err)
	}
	format, err := javadate.Compile(d.Format, zone)
	if err != nil {
		s.fault(formatPath, "%v", err)
		return
	}
	for _, warning := range format.Warnings() {
		s.warn(formatPath, "%s", warning)
	}
}

// completeDates: without any date field the manifest's are used; without those there is nothing to detect by.
func (s settings) completeDates(path string, r *Resource, usual Fields) {
	if r.Fields.Updated.Field != "" || r.Fields.Created.Field != "" {
		return
	}
	if usual.Updated.Field == "" && usual.Created.Field == "" {
		s.fault(path, "names no date field, and %s has none by default: %s or %s is needed to see changes", r.Name, keyUpdatedField, keyCreatedField)
		return
	}
	r.Fields.Updated, r.Fields.Created = usual.Updated, usual.Created
	s.warn(path, "names no date field; %q is used", usual.Updated.Field)
}

// compare warns where a configuration differs from how the element's records are known to look: it may be copied from elsewhere.
func (s settings) compare(r *Resource, usual Fields) {
	if r.Fields.ID != usual.ID {
		s.warn(at(s.path, keyIDField), "records of %s usually have their id in %q; that is used where no record of a page has %q", r.Reads, usual.ID, r.Fields.ID)
	}
	updated, path := r.Fields.Updated, at(s.path, keyDates)
	switch {
	case updated.Field != usual.Updated.Field && usual.Updated.Field != "":
		s.warn(path, "records of %s usually have their date in %q; that is used where no record of a page has a readable %q", r.Reads, usual.Updated.Field, updated.Field)
	case updated.Format != usual.Updated.Format:
		s.warn(path, "dates of %s are usually written %q; that is used where no record of a page fits %q", r.Reads, usual.Updated.Format, updated.Format)
	}
}
