package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// maxLimit is the most rows to ask for. iContact publishes no limit; an early client library kept to 500 at the request of its staff.
const maxLimit = 500

// reading is one page to read: what a Call's query comes to in iContact's terms.
type reading struct {
	*collection
	adapter  adapter
	call     sdk.Call
	path     []string // below the client folder
	offset   sdk.Offset
	limit    int
	query    []sdk.Param
	warnings []string
}

// reading translates the query. It is done on every step, before anything is sent, so that a bad query costs no request.
func (a adapter) reading(c sdk.Call) (reading, error) {
	r := reading{adapter: a, call: c, collection: a.find(c.Query.Resource), query: make([]sdk.Param, 0, 8)}
	if r.collection == nil {
		return r, fmt.Errorf("iContact has no resource %q here, want one of %s", c.Query.Resource, a.names())
	}
	var err error
	if r.path, err = r.fill(); err != nil {
		return r, err
	}
	if r.Single {
		return r, r.one()
	}
	if r.offset, err = sdk.ParseOffset(c.Query.Page); err != nil {
		return r, err
	}
	r.limit = sdk.PageLimit(c.Query, r.usual, maxLimit)
	if c.Query.PageSize > maxLimit {
		r.warn("pageSize %d is above what iContact is known to give: asking for %d", c.Query.PageSize, maxLimit)
	}
	if err := r.conditions(); err != nil {
		return r, err
	}
	r.params()
	return r, nil
}

// complete adds what nobody asked for and cannot be wrong: only the step that sends the request needs it.
func (r *reading) complete() {
	if r.Single {
		return
	}
	r.population()
	r.sort()
	r.add("limit", strconv.Itoa(r.limit))
	r.add("offset", strconv.FormatInt(r.offset.Start, 10))
}

// one is the reading of a single record: nothing can be asked of it.
func (r *reading) one() error {
	q := r.call.Query
	if len(q.Where) > 0 || q.Filter != "" {
		return fmt.Errorf("%s is one record, and takes no where clause", r.Path)
	}
	if q.Page != "" {
		return fmt.Errorf("%s is one record, and has no page %q", r.Path, q.Page)
	}
	r.params()
	return nil
}

// fill puts the variables into the resource's path.
func (r *reading) fill() ([]string, error) {
	segments := strings.Split(strings.TrimPrefix(r.Path, "/"), "/")
	for i, segment := range segments {
		name, isVar := strings.CutPrefix(segment, "{")
		if name = strings.TrimSuffix(name, "}"); !isVar {
			continue
		}
		value := r.call.Query.Vars[name]
		if err := checkVar(name, value); err != nil {
			return nil, err
		}
		segments[i] = value
	}
	return segments, nil
}

func checkVar(name, value string) error {
	ok, want := isID(value), "a number, such as 60000101"
	switch name {
	case "subscriptionId":
		list, contact, _ := strings.Cut(value, "_")
		ok, want = isID(list) && isID(contact), "the ids of the list and the contact, such as 205001_60000101"
	case "customFieldId":
		ok, want = value != "" && !strings.HasPrefix(value, "{"), "the field's private name"
	}
	if ok {
		return nil
	}
	return fmt.Errorf("%s is %q in the path: want %s", name, value, want)
}

// population says which contacts, and from when on.
func (r *reading) population() {
	if r.Name != contacts {
		return
	}
	if status := r.call.Config[keyStatus]; status != "" && !r.has("status") {
		r.add("status", status)
	}
	if r.param("status") == scopeListed {
		r.query = slices.DeleteFunc(r.query, func(p sdk.Param) bool { return p.Name == "status" }) // what iContact does without the word
	}
	if s := r.call.Query.Since; s != nil && s.Field == createDate && s.Time > 0 && !r.has(createDate) {
		r.add(createDate, r.adapter.lowerBound(s.Time))
		r.add(createDate+"SearchType", "gte")
	}
}

// sort asks for the user's order, or else for the one in which pages are safe to read.
func (r *reading) sort() {
	var keys []string
	for _, o := range r.call.Query.OrderBy {
		keys = append(keys, o.Field+map[bool]string{true: ":desc", false: ":asc"}[o.Descending])
	}
	if len(keys) == 0 && r.order != "" {
		keys = []string{r.order + ":asc"}
	}
	if len(keys) > 0 {
		r.add("orderby", strings.Join(keys, ","))
	}
}

func (a adapter) names() string {
	names := make([]string, len(a.catalog))
	for i, c := range a.catalog {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func (r *reading) add(name, value string) {
	r.query = append(r.query, sdk.Param{Name: name, Value: value})
}

func (r *reading) has(name string) bool {
	return slices.ContainsFunc(r.query, func(p sdk.Param) bool { return p.Name == name })
}

// param is the value of a parameter, "" if there is none.
func (r *reading) param(name string) string {
	for _, p := range r.query {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

func (r *reading) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}
