package instance

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/sdk"
)

// Route is a hub URL taken apart: which resource of the element it reads, and what it asks of it.
type Route struct {
	Resource sdk.Resource
	Vars     map[string]string
	Where    []sdk.Condition
	Filter   string // the where clause when it is not a plain list of conditions
	Params   map[string]string
	PageSize int
	Warnings []string // what was repaired in the where clause
}

// FindRoute matches an expanded hub URL with the element's resources. The hub segment does not matter, as on the platform, nor what
// stands before it; a path without variables wins over one with. With an error about the query, Route.Resource is set all the same.
func FindRoute(element sdk.Manifest, hubURL string) (Route, error) {
	path, query, _ := strings.Cut(strings.TrimSpace(hubURL), "?")
	segments := hubPath(path)
	var best Route
	for _, resource := range element.Resources {
		vars, ok := match(segments, resource.Path)
		if ok && (best.Resource.Name == "" || len(vars) < len(best.Vars)) {
			best = Route{Resource: resource, Vars: vars, Params: map[string]string{}}
		}
	}
	if best.Resource.Name == "" {
		return Route{}, fmt.Errorf("%s is not a resource of %s; it can read %s", quote(path), element.Name, paths(element))
	}
	for name, value := range best.Vars {
		if value == "." || value == ".." || strings.ContainsAny(value, `/\`) || strings.ContainsFunc(value, unicode.IsControl) {
			return best, fmt.Errorf("the path has %s for {%s}, which is no name", quote(value), name)
		}
	}
	return best, best.readQuery(query)
}

// hubPath strips what stands before the resource: a host, the platform's base /elements/api-v2, /hubs/<hub>.
func hubPath(path string) []string {
	if scheme, rest, ok := strings.Cut(path, "://"); ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
		_, path, _ = strings.Cut(rest, "/")
	}
	segments := strings.Split(strings.Trim(path, "/ "), "/")
	if len(segments) > 2 && segments[0] == "elements" && segments[1] == "api-v2" {
		segments = segments[2:]
	}
	if len(segments) > 2 && segments[0] == "hubs" {
		segments = segments[2:]
	}
	return segments
}

func match(segments []string, pattern string) (map[string]string, bool) {
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	if len(parts) != len(segments) {
		return nil, false
	}
	vars := map[string]string{}
	for i, part := range parts {
		segment := unescape(segments[i])
		switch {
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") && segment != "":
			vars[part[1:len(part)-1]] = segment
		case part != segment:
			return nil, false
		}
	}
	return vars, true
}

func paths(element sdk.Manifest) string {
	var all []string
	for _, r := range element.Resources {
		all = append(all, "/hubs/"+element.Hub+r.Path)
	}
	return some(all)
}

// readQuery takes the query apart. Hub URLs are written by hand: a + is a plus (it stands in dates), an & inside quotes is text.
func (r *Route) readQuery(query string) error {
	for _, pair := range splitOutsideQuotes(query) {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(strings.TrimSpace(name)), unescape(value)
		switch name {
		case "":
		case "where":
			r.readWhere(strings.TrimSpace(value))
		case keyPageSize:
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil || n < 1 || n > maxPageSize {
				return fmt.Errorf("pageSize in the URL should be a whole number from 1 to %d, is %s", maxPageSize, quote(value))
			}
			r.PageSize = n
		default:
			r.Params[name] = value
		}
	}
	return nil
}

// readWhere keeps as text what it cannot take apart: the adapter may know better.
func (r *Route) readWhere(where string) {
	if where == "" {
		return
	}
	expr, warnings, err := ceql.ParseWarn(where)
	if err == nil {
		if conditions, plain := ceql.Conjunction(expr); plain {
			r.Warnings = append(r.Warnings, warnings...)
			for _, c := range conditions {
				r.Where = append(r.Where, sdk.Condition{Name: c.Name, Op: c.Op, Value: c.Value})
			}
			return
		}
	}
	r.Filter = where
}

func splitOutsideQuotes(query string) (pairs []string) {
	start, quoted := 0, false
	for i := range len(query) {
		switch {
		case query[i] == '\'':
			quoted = !quoted
		case query[i] == '&' && !quoted:
			pairs, start = append(pairs, query[start:i]), i+1
		}
	}
	return append(pairs, query[start:])
}

// unescape decodes %41 where it is well formed and leaves everything else as it is.
func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
