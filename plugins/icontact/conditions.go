package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// searchTypes are iContact's words for comparisons; = needs none.
var searchTypes = map[string]string{"=": "", "LIKE": "", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}

// several are the fields that a comma in a value gives several values for: ids and words, which have no comma of their own.
var several = [...]string{"listId", "contactId", "campaignId", "status", "messageType"}

// conditions turns the where clause into search terms: one parameter per field, its comparison in {field}SearchType.
func (r *reading) conditions() error {
	if f := r.call.Query.Filter; f != "" {
		return fmt.Errorf("iContact cannot search for %q: want conditions joined by AND, such as status='normal' AND email LIKE 'j%%'", f)
	}
	for _, w := range r.call.Query.Where {
		if err := r.condition(w); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) condition(w sdk.Condition) error {
	op := strings.ToUpper(w.Op)
	kind, ok := searchTypes[op]
	name, value := w.Name, w.Value
	if r.Name == contacts && name == wordScope {
		name = "status"
	}
	switch {
	case !ok:
		return fmt.Errorf("iContact cannot search with %s %s: want =, >, >=, <, <= or LIKE", w.Name, w.Op)
	case r.has(name):
		return fmt.Errorf("iContact takes one condition per field, there are two on %s", name)
	case value == "":
		return fmt.Errorf("iContact finds nothing for %s %s '': leave the condition out, or ask for %s IS NULL", w.Name, w.Op, w.Name)
	case w.Name == wordScope && name != w.Name:
		return r.scope(op, value)
	case name == createDate:
		return r.bound(op, value)
	case op == "LIKE":
		value = strings.ReplaceAll(value, "%", "*")
	case op == "=" && strings.Contains(value, ",") && !slices.Contains(several[:], name):
		// iContact might take it for two values. The wildcard finds what is meant, and little else.
		value = strings.ReplaceAll(value, ",", "*")
	}
	r.add(name, value)
	if kind != "" {
		r.add(name+"SearchType", kind)
	}
	return nil
}

// scopes are the words for which contacts are looked at. deleted is a status, too; whether iContact counts deleted contacts in total is not
// known, so that they can be asked for.
var scopes = [...]string{"total", "unlisted", scopeListed, "deleted"}

func (r *reading) scope(op, value string) error {
	if op != "=" || !slices.Contains(scopes[:], value) {
		return fmt.Errorf("%s %s '%s' makes no sense to iContact: want %s = one of %s", wordScope, op, value, wordScope, strings.Join(scopes[:], ", "))
	}
	r.add("status", value)
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
