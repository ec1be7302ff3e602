package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// maxCount is the most rows that Act-On gives as JSON in one answer.
const maxCount = 1000

// filters are the conditions that Act-On knows on a list, in the order in which they are sent. Values are Unix milliseconds.
var filters = [...]string{"modafter", "modbefore", "createdafter", "createdbefore"}

// reading is one page to read: what a Call's query comes to in Act-On's terms.
type reading struct {
	call     sdk.Call
	list     string
	offset   sdk.Offset
	count    int
	filter   map[string]int64
	warnings []string
}

// newReading translates the query, before anything is sent.
func newReading(c sdk.Call) (reading, error) {
	r := reading{call: c, filter: map[string]int64{}}
	if c.Query.Resource != contacts {
		return r, fmt.Errorf("Act-On has no resource %q here, want %s", c.Query.Resource, contacts)
	}
	var err error
	if r.list, err = listID(c); err != nil {
		return r, err
	}
	if r.offset, err = sdk.ParseOffset(c.Query.Page); err != nil {
		return r, err
	}
	r.count = sdk.PageLimit(c.Query, maxCount, maxCount)
	if c.Query.PageSize > maxCount {
		r.warn("pageSize %d is above what Act-On gives: asking for %d", c.Query.PageSize, maxCount)
	}
	if err := r.conditions(); err != nil {
		return r, err
	}
	if err := r.params(); err != nil {
		return r, err
	}
	r.since()
	return r, nil
}

// listID takes the list from the URL, or from the configuration where the URL still has the placeholder of the documents.
func listID(c sdk.Call) (string, error) {
	id := c.Query.Vars[keyList]
	if id == "" || id == "{"+keyList+"}" {
		id = c.Config[keyList]
	}
	if id == "" {
		return "", fmt.Errorf("which list? Replace {%s} in the URL by its id, such as l-0001, or configure %s", keyList, keyList)
	}
	if strings.ContainsFunc(id, notInID) || strings.Trim(id, ".") == "" {
		return "", fmt.Errorf("%q is no list id: want letters, digits, dots, dashes and underscores, such as l-0001", id)
	}
	return id, nil
}

func notInID(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
}

// conditions takes the where clause. Act-On's filters are names, not fields: modafter='1780531200000' is how the platform writes them, and
// the comparison that the name means may be written as well.
func (r *reading) conditions() error {
	if f := r.call.Query.Filter; f != "" {
		return fmt.Errorf("Act-On cannot filter by %q: want conditions on %s joined by AND", f, known())
	}
	for _, w := range r.call.Query.Where {
		if !slices.Contains(filters[:], w.Name) {
			return fmt.Errorf("Act-On cannot filter a list by %s: it knows %s", w.Name, known())
		}
		ms, err := boundOf(w)
		if err != nil {
			return err
		}
		if err := r.set(w.Name, ms); err != nil {
			return err
		}
	}
	return nil
}

// boundOf is the value to send for a condition on one of the filters.
func boundOf(w sdk.Condition) (int64, error) {
	ms, err := strconv.ParseInt(w.Value, 10, 64)
	if err != nil || ms < 0 {
		return 0, fmt.Errorf("%s is %q: want Unix milliseconds, such as 1780531200000 or ${epoch}", w.Name, w.Value)
	}
	// Whether Act-On's bounds are inclusive is not documented: where the user wants the bound itself, ask a millisecond beyond it.
	after := strings.HasSuffix(w.Name, "after")
	switch {
	case w.Op == "=", w.Op == ">" && after, w.Op == "<" && !after:
	case w.Op == ">=" && after:
		ms = max(ms-1, 0)
	case w.Op == "<=" && !after:
		ms++
	default:
		return 0, fmt.Errorf("%s %s makes no sense to Act-On: want =, or %s", w.Name, w.Op, map[bool]string{true: "> or >=", false: "< or <="}[after])
	}
	return ms, nil
}

// params takes the URL's other parameters. One that is unknown might be meant as a filter, so it is refused and not dropped.
func (r *reading) params() error {
	for _, name := range slices.Sorted(maps.Keys(r.call.Query.Params)) {
		value := r.call.Query.Params[name]
		if slices.Contains(filters[:], name) {
			ms, err := strconv.ParseInt(value, 10, 64)
			if err != nil || ms < 0 {
				return fmt.Errorf("%s is %q: want Unix milliseconds, such as 1780531200000 or ${epoch}", name, value)
			}
			if err := r.set(name, ms); err != nil {
				return err
			}
			continue
		}
		switch strings.ToLower(name) {
		case "count", "offset", "page", "pagesize", "nextpage", "orderby", "responseformat":
			r.warn("the parameter %s of the URL is ignored: the adapter pages by itself", name)
		case "fields", "datequalifiers":
			r.warn("the parameter %s of the URL is ignored: Act-On gives the dates only with all fields", name)
		default:
			return fmt.Errorf("Act-On has no parameter %s on a list: it knows %s", name, known())
		}
	}
	return nil
}

// secondsBelow: a time in milliseconds this small lies before March 1973, a time in seconds this large after it.
const secondsAbove, secondsBelow = 100_000_000, 100_000_000_000

func (r *reading) set(name string, ms int64) error {
	if _, twice := r.filter[name]; twice {
		return fmt.Errorf("there are two conditions on %s: want one", name)
	}
	if ms > secondsAbove && ms < secondsBelow {
		r.warn("%s=%d looks like seconds: Act-On takes milliseconds and reads a day in 1970, as ${epoch:s} would give it", name, ms)
	}
	r.filter[name] = ms
	return nil
}

// since uses the permission to leave out older records, unless the user has a bound of his own. One millisecond is taken off since Act-On's
// bound may be exclusive. There is no modbefore: a contact that is modified while we read would leave the window and shift the rows behind
// it out of our sight; without it, rows can only be added.
func (r *reading) since() {
	s := r.call.Query.Since
	if s == nil || s.Time <= 0 {
		return
	}
	name := ""
	switch s.Field {
	case modified, "modified_date":
		name = "modafter"
	case created, "created_date":
		name = "createdafter"
	default:
		return
	}
	if _, given := r.filter[name]; !given {
		r.filter[name] = s.Time - 1
	}
}

func (r reading) query() []sdk.Param {
	var query []sdk.Param
	for _, name := range filters {
		if ms, ok := r.filter[name]; ok {
			query = append(query, sdk.Param{Name: name, Value: strconv.FormatInt(ms, 10)})
		}
	}
	return append(query,
		sdk.Param{Name: "datequalifiers", Value: "true"},
		sdk.Param{Name: "count", Value: strconv.Itoa(r.count)},
		sdk.Param{Name: "offset", Value: strconv.FormatInt(r.offset.Start, 10)})
}

func (r *reading) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

func known() string { return strings.Join(filters[:], ", ") }
