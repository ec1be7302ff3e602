package sim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultLimit is the documented number of rows of a page; standardCap is what the provider's technical staff
// once asked clients to stay below.
const (
	defaultLimit = 20
	standardCap  = 500
)

// search is a collection request, understood.
type search struct {
	limit, offset int
	order         []sortKey
	terms         []term
	scope         scope
	unknown       []string // terms that the provider ignores with a warning
}

// scope is which contacts are looked at.
type scope int

const (
	listed scope = iota // on at least one list
	unlisted
	total
	deleted
)

// term is one condition.
type term struct{ field, value, kind string }

type sortKey struct {
	field      string
	descending bool
}

// searchFields are the fields that a collection is searched by. The names are case-sensitive.
func searchFields(resource string, o Options) []string {
	fields := []string{"listId", "firstName", "lastName", "street", "city", "state", "postalCode", "email", "contactId", "status", "createDate"}
	switch {
	case resource == subscriptions.name:
		fields = slices.Clone(subscriptions.search)
	case resource == actions.name:
		fields = slices.Clone(actions.search)
	case resource != Contacts && resource != Messages:
		fields = nil
	case resource == Messages:
		fields = []string{"messageType", "campaignId", "subject"}
		if o.SearchMessageDates {
			fields = append(fields, "createDate")
		}
	}
	return slices.DeleteFunc(fields, func(f string) bool { return slices.Contains(o.IgnoreTerms, f) })
}

// parseSearch reads the query of a collection request. An error is the text of a 400.
func (s *Sim) parseSearch(resource, query string) (search, error) {
	q, err := url.ParseQuery(query)
	if err != nil {
		return search{}, refusal(fmt.Sprintf("The query could not be read: %v", err))
	}
	out := search{limit: defaultLimit}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if err := s.readParameter(&out, resource, name, q.Get(name), q); err != nil {
			return search{}, err
		}
	}
	if out.limit, err = s.capped(out.limit); err != nil {
		return search{}, err
	}
	return out, nil
}

func (s *Sim) readParameter(out *search, resource, name, value string, q url.Values) (err error) {
	fields := searchFields(resource, s.options)
	switch field, isType := strings.CutSuffix(name, "SearchType"); {
	case name == "limit":
		out.limit, err = count(name, value)
	case name == "offset":
		out.offset, err = count(name, value)
	case name == "orderby":
		out.orderBy(s.orderKeys(resource), value)
	case isType && slices.Contains(fields, field):
		err = checkKind(name, value)
	case name == "status" && resource == Contacts && slices.Contains(fields, name):
		out.status(value)
	case slices.Contains(fields, name):
		kind := q.Get(name + "SearchType")
		if kind == "" {
			kind = "eq"
		}
		out.terms = append(out.terms, term{name, value, kind})
		if isDate(name) && value != "" {
			_, err = s.readDates(value, kind)
		}
	default:
		out.unknown = append(out.unknown, name)
	}
	return err
}

// status is both a filter and the scope of the search.
func (q *search) status(value string) {
	var wanted []string
	for _, v := range strings.Split(value, ",") {
		switch v {
		case "total":
			q.scope = total
		case "unlisted":
			q.scope = unlisted
		case "deleted":
			q.scope = deleted
		default:
			wanted = append(wanted, v)
		}
	}
	if wanted != nil {
		q.terms = append(q.terms, term{"status", strings.Join(wanted, ","), "eq"})
	}
}

// orderKeys are the fields that a collection is sorted by.
func (s *Sim) orderKeys(resource string) []string {
	switch k := s.kind(resource); {
	case resource == Contacts:
		return slices.Concat(listKeys[:], []string{"business"})
	case resource == Messages:
		return messageKeys[:]
	case resource == subscriptions.name:
		return subscriptions.keys
	case resource == actions.name:
		return actions.keys
	default:
		return k.keys
	}
}

func (q *search) orderBy(known []string, value string) {
	for _, part := range strings.Split(value, ",") {
		field, direction, _ := strings.Cut(part, ":")
		if !slices.Contains(known, field) || !slices.Contains([]string{"", "asc", "desc"}, direction) {
			q.unknown = append(q.unknown, part)
			continue
		}
		q.order = append(q.order, sortKey{field, direction == "desc"})
	}
}

func (s *Sim) capped(limit int) (int, error) {
	if limit < 1 {
		return 0, refusal("The limit value you provided was not valid. Please provide a number of 1 or more")
	}
	greatest := s.options.LimitCap
	if greatest == 0 {
		greatest = standardCap
	}
	if greatest > 0 && limit > greatest {
		return greatest, nil
	}
	return limit, nil
}

func count(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, refusal(fmt.Sprintf("The %s value you provided was not valid. Please provide a number", name))
	}
	return n, nil
}

func checkKind(name, value string) error {
	if !slices.Contains([]string{"eq", "gt", "gte", "lt", "lte", "bet"}, value) {
		return refusal(fmt.Sprintf("The %s value you provided was not valid. It can be eq, gt, gte, lt, lte or bet", name))
	}
	return nil
}

// refusal is the provider's prose in a 400.
type refusal string

func (r refusal) Error() string { return string(r) }
