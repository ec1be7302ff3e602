package hub

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// place is what a path leads to.
type place struct {
	resource sdk.Resource
	vars     map[string]string
	id       string // of one record of the resource, a list; "" = the resource itself
}

// find matches a percent-encoded path, without the hub ("lists/l-0001/contacts"), with the element's resources. Of two that fit, the one with
// fewer variables wins. A path that goes on below a list by one segment is a record of it, if the list's records are known to have an id.
func find(element sdk.Manifest, path string) (place, error) {
	var wrong faults
	path = strings.Trim(path, "/")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment) // once: what is encoded twice stays encoded
		if err != nil {
			wrong.add("path", "has %q, where %% should be followed by two hexadecimal digits", clip(segment))
		}
		segments[i] = plain
	}
	if len(wrong) > 0 {
		return place{}, wrong.err()
	}
	found, ok := match(element, segments)
	if !ok && len(segments) > 1 {
		last := len(segments) - 1
		if found, ok = match(element, segments[:last]); ok {
			ok = !found.resource.Single && found.resource.Poll != nil && found.resource.Poll.IDField != "" && segments[last] != ""
			found.id = segments[last]
		}
	}
	if !ok {
		return place{}, &UnknownError{Path: "/" + path, Element: element.Name, Known: paths(element)}
	}
	for name, value := range found.vars {
		if !isName(value) {
			wrong.add("path", "has %q for {%s}, which is no name: it must not hold any of / \\ ? # %% or control characters", clip(value), name)
		}
	}
	return found, wrong.err()
}

// isName reports whether a text may stand for a path variable. Adapters put it into a provider's path: nothing that could end the segment,
// or leave it, may get there, whether the adapter encodes it or not.
func isName(text string) bool {
	return text != "." && text != ".." && !strings.ContainsAny(text, `/\?#%`) && !strings.ContainsFunc(text, unicode.IsControl)
}

func match(element sdk.Manifest, segments []string) (best place, found bool) {
	for _, resource := range element.Resources {
		vars, ok := matchPath(segments, resource.Path)
		if ok && (!found || len(vars) < len(best.vars)) {
			best, found = place{resource: resource, vars: vars}, true
		}
	}
	return best, found
}

func matchPath(segments []string, pattern string) (map[string]string, bool) {
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	if len(parts) != len(segments) {
		return nil, false
	}
	vars := map[string]string{}
	for i, part := range parts {
		switch {
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") && segments[i] != "":
			vars[part[1:len(part)-1]] = segments[i]
		case part != segments[i]:
			return nil, false
		}
	}
	return vars, true
}

func paths(element sdk.Manifest) (all []string) {
	for _, r := range element.Resources {
		all = append(all, "/hubs/"+element.Hub+r.Path)
	}
	return all
}

// dateFields are the dates of a resource's records, as its manifest has them.
func dateFields(r sdk.Resource) (all []instance.DateField) {
	if p := r.Poll; p != nil {
		all = append(all,
			instance.DateField{Field: p.UpdatedDateField, Format: p.UpdatedDateFormat, Zone: p.UpdatedDateTimezone},
			instance.DateField{Field: p.CreatedDateField, Format: p.CreatedDateFormat, Zone: p.CreatedDateTimezone})
	}
	return all
}
