package instance

import (
	"strings"

	"github.com/pollwright/pollwright/engine/template"
	"github.com/pollwright/pollwright/sdk"
)

// standIn is what a {variable} without a value is filled with, so that the rest of a URL can be checked. It is a zone's name, too.
const standIn = "UTC"

// readURL checks the URL and finds the element's resource that it reads; nil if that cannot be told.
func (s settings) readURL(r *Resource) *sdk.Resource {
	path, raw := s.get(keyURL)
	before := len(s.problems)
	if r.URL = s.text(path, raw); strings.TrimSpace(r.URL) == "" {
		if len(s.problems) == before {
			s.fault(path, "is required: the hub URL to read, like %s", s.exampleURL())
		}
		return nil
	}
	url, err := template.Parse(r.URL)
	if err != nil {
		s.fault(path, "%v", err)
		return nil
	}
	for _, warning := range url.Warnings() {
		s.warn(path, "%s", warning)
	}
	expanded, err := url.Expand(template.Values{Since: s.now, Now: s.now, Vars: s.readVars(path, url, r)})
	if err != nil {
		s.fault(path, "%v", err)
		return nil
	}
	return s.readRoute(path, expanded, r)
}

func (s settings) readRoute(path, expanded string, r *Resource) *sdk.Resource {
	route, err := FindRoute(s.element, expanded)
	if err != nil {
		s.fault(path, "%v", err)
		if route.Resource.Name == "" {
			return nil
		}
	}
	if route.Resource.Poll == nil {
		s.fault(path, "%s of %s can be read but not polled, its adapter says", route.Resource.Name, s.element.Name)
	}
	for _, name := range sortedKeys(route.Vars) {
		if strings.ContainsAny(route.Vars[name], "{}<>") {
			s.fault(path, "has a placeholder where {%s} should be replaced with an id: %s", name, quote(route.Vars[name]))
		}
	}
	for _, warning := range route.Warnings {
		s.warn(path, "%s", warning)
	}
	if route.Filter != "" {
		s.warn(path, "the where clause is handed to the adapter as it is: %s", quote(route.Filter))
	}
	r.Reads, r.PageSize = route.Resource.Name, route.PageSize
	return &route.Resource
}

func (s settings) exampleURL() string {
	for _, r := range s.element.Resources {
		if r.Poll != nil {
			return r.Poll.URL
		}
	}
	return "/hubs/" + s.element.Hub + "/contacts"
}

// readVars fills {variables} from the configuration: {listId} from the key listId. What it returns has a value for each.
func (s settings) readVars(path string, url *template.Template, r *Resource) map[string]string {
	all := map[string]string{}
	for _, name := range url.Variables() {
		all[name] = standIn
		if s.withheld(name) {
			s.fault(path, "{%s} may be a secret, which does not belong in a URL: URLs are stored and shown", name)
			continue
		}
		value := s.config(name)
		if p, _ := s.param(name); value == "" {
			value = p.Default
		}
		if value == "" {
			s.fault(path, "{%s} has no value: replace it in the URL with the id, or add %q to the configuration", name, name)
			continue
		}
		if r.Vars == nil {
			r.Vars = map[string]string{}
		}
		all[name], r.Vars[name] = value, value
		s.keep(name, value, false)
	}
	return all
}
