package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// maxLimit is the most rows to ask for. iContact publishes no limit; an early client library kept to 500 at the request of its staff.
const maxLimit = 500

// reading is one page to read: what a Call's query comes to in iContact's terms.
type reading struct {
	call     sdk.Call
	name     string // contacts or messages
	offset   sdk.Offset
	limit    int
	query    []sdk.Param
	warnings []string
}

// reading translates the query. It is done on every step, before anything is sent, so that a bad query costs no request.
func (a adapter) reading(c sdk.Call) (reading, error) {
	r := reading{call: c, name: c.Query.Resource}
	usual := 0
	switch r.name {
	case contacts:
		usual = maxLimit
	case messages:
		usual = 50
	default:
		return r, fmt.Errorf("iContact has no resource %q here, want %s or %s", r.name, contacts, messages)
	}
	var err error
	if r.offset, err = sdk.ParseOffset(c.Query.Page); err != nil {
		return r, err
	}
	r.limit = sdk.PageLimit(c.Query, usual, maxLimit)
	if c.Query.PageSize > maxLimit {
		r.warn("pageSize %d is above what iContact is known to give: asking for %d", c.Query.PageSize, maxLimit)
	}
	if err := r.conditions(); err != nil {
		return r, err
	}
	r.params()
	if r.name == contacts {
		if status := c.Config[keyStatus]; status != "" && !r.has("status") {
			r.add("status", status)
		}
		if s := c.Query.Since; s != nil && s.Field == createDate && s.Time > 0 && !r.has(createDate) {
			r.add(createDate, a.lowerBound(s.Time))
			r.add(createDate+"SearchType", "gte")
		}
	}
	// Rows that are created while we read come at the end, where they disturb nothing.
	r.add("orderby", createDate+":asc")
	r.add("limit", strconv.Itoa(r.limit))
	r.add("offset", strconv.FormatInt(r.offset.Start, 10))
	return r, nil
}

// conditions turns the where clause into search terms: one parameter per field, its comparison in {field}SearchType.
func (r *reading) conditions() error {
	if f := r.call.Query.Filter; f != "" {
		return fmt.Errorf("iContact cannot search for %q: want conditions joined by AND, such as status='normal' AND email LIKE 'j%%'", f)
	}
	for _, w := range r.call.Query.Where {
		if r.has(w.Name) {
			return fmt.Errorf("iContact takes one condition per field, there are two on %s", w.Name)
		}
		kind, value := "", w.Value
		switch strings.ToUpper(w.Op) {
		case "=":
		case "LIKE":
			value = strings.ReplaceAll(value, "%", "*")
		case ">":
			kind = "gt"
		case ">=":
			kind = "gte"
		case "<":
			kind = "lt"
		case "<=":
			kind = "lte"
		default:
			return fmt.Errorf("iContact cannot search with %s %s: want =, >, >=, <, <= or LIKE", w.Name, w.Op)
		}
		r.add(w.Name, value)
		if kind != "" {
			r.add(w.Name+"SearchType", kind)
		}
	}
	return nil
}

// params hands the hub URL's other parameters on: iContact itself warns of those it does not know. Its own paging, order and the platform's
// words for them are the adapter's business.
func (r *reading) params() {
	for _, name := range slices.Sorted(maps.Keys(r.call.Query.Params)) {
		switch strings.ToLower(name) {
		case "limit", "offset", "orderby", "page", "pagesize", "nextpage", "fields":
			r.warn("the parameter %s of the URL is ignored: the adapter pages by itself", name)
			continue
		}
		if r.has(name) {
			r.warn("the parameter %s of the URL is ignored: the where clause has it too", name)
			continue
		}
		r.add(name, r.call.Query.Params[name])
	}
}

// lowerBound gives a time as iContact wants it, in whole seconds of its own zone. In the hour that runs twice in autumn the bound is the
// beginning of its first run: iContact keeps local times without an offset, and however it compares them, nothing is left out then.
func (a adapter) lowerBound(ms int64) string {
	t := time.UnixMilli(ms).In(a.eastern).Truncate(time.Second)
	if _, before := t.Add(-time.Hour).Zone(); before > offsetOf(t) {
		t = t.Add(-time.Hour)
	}
	if offsetOf(t.Add(time.Hour)) < offsetOf(t) {
		t = t.Truncate(time.Hour) // the zone's offset is whole hours
	}
	return t.Format("2006-01-02T15:04:05-07:00")
}

func offsetOf(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}

// page judges the rows that came.
func (r reading) page(body sdk.Outline, s state) sdk.Reply {
	rows, ok := body.Len(r.name)
	if !ok {
		return misshapen(body, r.name, fmt.Errorf("want a list"))
	}
	if at, ok := body.Int("offset"); ok && at != r.offset.Start {
		return sdk.Faultf(sdk.FaultInvalid, "iContact was asked for rows from %d and answered with rows from %d", r.offset.Start, at)
	}
	limit, total := r.limit, int64(-1)
	if echoed, ok := body.Int("limit"); ok && echoed > 0 {
		limit = int(min(echoed, maxLimit)) // may be lower than asked for
	}
	if n, ok := body.Int("total"); ok && n >= 0 {
		total = n
	}
	page := &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/" + r.name}}}
	r.offset.Fill(page, rows, limit, total)
	if s.Found {
		page.Memo = memo(r.call, s.Place)
	}
	page.Warnings = s.Warnings
	if r.call.Query.Page == "" {
		page.Warnings = append(page.Warnings, r.warnings...)
	}
	page.Warnings = append(page.Warnings, texts(body, "warnings")...)
	return sdk.Reply{Page: page}
}

func (r *reading) add(name, value string) {
	r.query = append(r.query, sdk.Param{Name: name, Value: value})
}

func (r *reading) has(name string) bool {
	return slices.ContainsFunc(r.query, func(p sdk.Param) bool { return p.Name == name })
}

func (r *reading) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}
