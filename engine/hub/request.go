package hub

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/sdk"
)

// MaxSize is the default and the greatest number of records of an answer, as on the platform.
const MaxSize = 200

// maxPage bounds page: a greater one is a slip, and is not to overflow.
const maxPage = 1_000_000

// Words of the query. All other parameters are the provider's.
const (
	wordWhere    = "where"
	wordFields   = "fields"
	wordOrderBy  = "orderBy"
	wordPage     = "page"
	wordPageSize = "pageSize"
	wordNextPage = "nextPage"
)

// Request is a hub URL taken apart.
type Request struct {
	Element  string // its name, for messages
	Resource sdk.Resource
	Vars     map[string]string // of the path
	ID       string            // of the one record of the list that is wanted; "" = all
	Where    ceql.Expr
	Fields   Fields
	OrderBy  []sdk.Order
	Page     int               // from 1; 0 = not given
	Size     int               // most records of the answer
	Next     string            // of the answer before; "" = from the first
	Params   map[string]string // all other parameters
	Warnings []string          // what was repaired in the where clause
}

// One reports whether the answer is one record and not a list.
func (r Request) One() bool { return r.ID != "" || r.Resource.Single }

// Parse reads a path below /hubs/{hub}/ and a query, both percent-encoded. Errors: *UnknownError, *WhereError, *instance.InvalidError.
func Parse(element sdk.Manifest, path, query string) (Request, error) {
	at, err := find(element, path)
	if err != nil {
		return Request{}, err
	}
	r := Request{Element: element.Name, Resource: at.resource, Vars: at.vars, ID: at.id, Where: ceql.And{}, Size: MaxSize, Params: map[string]string{}}
	var wrong faults
	values := readQuery(query, &wrong)
	if text := values[wordWhere]; text != "" {
		if r.Where, r.Warnings, err = ceql.ParseWarn(text); err != nil {
			return Request{}, &WhereError{err}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		r.read(name, values[name], &wrong)
	}
	if r.Page > 0 && r.Next != "" {
		wrong.add(wordPage, "and %s exclude each other: the token tells where to go on", wordNextPage)
	}
	if r.One() {
		r.noList(values, &wrong)
	}
	return r, wrong.err()
}

// readQuery takes a query apart as forms are written: a + is a blank.
func readQuery(query string, wrong *faults) map[string]string {
	values := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		switch _, twice := values[name]; {
		case err != nil || err2 != nil:
			wrong.add(clip(rawName), "is not well encoded: %% should be followed by two hexadecimal digits, and %%25 stands for itself")
		case twice:
			wrong.add(clip(name), "is given twice")
		default:
			values[name] = value
		}
	}
	return values
}

func (r *Request) read(name, text string, wrong *faults) {
	switch name {
	case wordWhere:
	case wordFields:
		r.Fields = readFields(text, wrong)
	case wordOrderBy:
		r.OrderBy = readOrder(text, wrong)
	case wordPage:
		r.Page = number(name, text, maxPage, wrong)
	case wordPageSize:
		if text != "" {
			r.Size = number(name, text, MaxSize, wrong)
		}
	case wordNextPage:
		r.Next = text
	default:
		r.Params[name] = text
	}
}

// noList refuses what makes sense for lists only.
func (r *Request) noList(values map[string]string, wrong *faults) {
	for _, name := range []string{wordWhere, wordOrderBy, wordPage, wordNextPage} {
		if values[name] != "" {
			wrong.add(name, "is for lists; this path is one record")
		}
	}
}

func number(name, text string, most int, wrong *faults) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		wrong.add(name, "should be a whole number from 1 to %d, is %q", most, clip(text))
		return 1
	}
	return n
}

// splitNames gives the parts between commas outside of backquotes, without blanks around them. Empty text has none.
func splitNames(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if strings.TrimSpace(text) == "" {
			return
		}
		start, quoted := 0, false
		for i := range len(text) {
			switch {
			case text[i] == '`':
				quoted = !quoted
			case text[i] == ',' && !quoted:
				if !yield(strings.TrimSpace(text[start:i])) {
					return
				}
				start = i + 1
			}
		}
		yield(strings.TrimSpace(text[start:]))
	}
}
