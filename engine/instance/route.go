package instance

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/sdk"
)

// platformBase is where the platform's own documents put the hub paths.
const platformBase = "/elements/api-v2"

// Route is a hub URL taken apart: which resource of the element it reads, and what it asks of it.
type Route struct {
	Resource sdk.Resource
	Vars     map[string]string
	Where    []sdk.Condition
	Filter   string // the where clause when it is not a plain list of conditions
	Params   map[string]string
	PageSize int
}

// FindRoute matches an expanded hub URL with the element's resources. The hub segment does not matter, as on the platform.
func FindRoute(element sdk.Manifest, hubURL string) (Route, error) {
	path, query, _ := strings.Cut(strings.TrimSpace(hubURL), "?")
	segments := hubPath(path)
	for _, resource := range element.Resources {
		if vars, ok := match(segments, resource.Path); ok {
			route := Route{Resource: resource, Vars: vars, Params: map[string]string{}}
			return route, route.readQuery(query)
		}
	}
	return Route{}, fmt.Errorf("%q is not a resource of %s; it can read %s", path, element.Name, paths(element))
}

// hubPath strips what stands before the resource: a host, the platform's base, /hubs/<hub>.
func hubPath(path string) []string {
	if scheme, rest, ok := strings.Cut(path, "://"); ok && (scheme == "http" || scheme == "https") {
		_, path, _ = strings.Cut(rest, "/")
	}
	path = "/" + strings.Trim(path, "/ ")
	path = strings.TrimPrefix(path, platformBase)
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if segments[0] == "hubs" && len(segments) > 2 {
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
		switch {
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") && segments[i] != "":
			value, err := url.PathUnescape(segments[i])
			if err != nil {
				value = segments[i]
			}
			vars[part[1:len(part)-1]] = value
		case part != segments[i]:
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
	return strings.Join(all, ", ")
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
			if err != nil || n < 1 {
				return fmt.Errorf("pageSize should be a whole number above 0, is %q", value)
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
	expr, err := ceql.Parse(where)
	if err == nil {
		if conditions, plain := ceql.Conjunction(expr); plain {
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
