package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// row is a record of either collection.
type row interface {
	// value is the text of a field as the API shows it, "" for one that it does not have.
	value(field string) string
	number() int64
	when() time.Time
	onList(Options) []byte
	single(Options) []byte
}

// list answers GET of a collection.
func (s *Sim) list(w http.ResponseWriter, r *http.Request, resource string, all []row) {
	q, err := s.parseSearch(resource, r.URL.RawQuery)
	if err != nil {
		s.refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	rows := s.find(resource, q, all)
	total := len(rows)
	if s.options.StaleTotal && resource == Contacts && q.scope != deleted {
		total += len(s.choose(asRows(s.deleted), q))
	}
	s.sort(rows, q.order)
	from := min(q.offset, len(rows))
	to := min(from+q.limit, len(rows))
	if s.options.ShortPages > 0 {
		to = min(to, from+s.options.ShortPages)
	}
	s.answer(w, s.envelope(resource, rows[from:to], q, total))
}

// find returns the rows that q asks for, by id; of all, where that is neither contacts nor messages.
func (s *Sim) find(resource string, q search, all []row) []row {
	switch {
	case resource != Contacts && resource != Messages:
		return s.choose(all, q)
	case resource == Messages:
		return s.choose(asRows(s.messages), q)
	case q.scope == deleted:
		return s.choose(asRows(asDeleted(s.deleted)), q)
	}
	return s.choose(asRows(s.contacts), q)
}

// choose keeps the rows that are in q's scope and meet its terms.
func (s *Sim) choose(rows []row, q search) []row {
	return slices.DeleteFunc(rows, func(r row) bool {
		if c, ok := r.(*Contact); ok && (q.scope == listed && len(c.Lists) == 0 || q.scope == unlisted && len(c.Lists) > 0) {
			return true
		}
		return !s.matches(r, q.terms)
	})
}

// sort orders the rows, which come by id, by the keys and then by id.
func (s *Sim) sort(rows []row, keys []sortKey) {
	switch {
	case len(keys) > 0:
		slices.SortStableFunc(rows, func(a, b row) int { return s.compareRows(a, b, keys) })
	case s.options.Order == OrderNewest:
		slices.Reverse(rows)
	case s.options.Order == OrderShuffled:
		s.rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
}

func (s *Sim) compareRows(a, b row, keys []sortKey) int {
	for _, k := range keys {
		var c int
		if isDate(k.field) {
			c = s.compareDates(a.when(), b.when())
		} else {
			c = compareText(a.value(k.field), b.value(k.field))
		}
		if k.descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (s *Sim) envelope(resource string, page []row, q search, total int) []byte {
	items := simkit.AppendArray(nil, len(page), func(b []byte, i int) []byte { return append(b, page[i].onList(s.options)...) })
	o := new(simkit.Object).Raw(resource, items)
	k := s.kind(resource)
	if k == nil || !k.bare && !k.total {
		o.Int("limit", int64(q.limit)).Int("offset", int64(q.offset))
	}
	if k == nil || !k.bare {
		o.Int("total", int64(total))
	}
	if len(q.unknown) > 0 {
		o.Raw("warnings", simkit.AppendStrings(nil, []string{unknownTerms(q.unknown)}))
	}
	return o.Bytes()
}

// unknownTerms is the recorded warning.
func unknownTerms(terms []string) string {
	return "The data you received may not be what you expected. This happened because your request contained terms " +
		"which could not be recognized and so were ignored (" + strings.Join(terms, ", ") + ").\nYou can do either of the " +
		"following: ignore this warning and continue, or make a new request using terms listed in the API documentation."
}

func asRows[R row](records []R) []row {
	rows := make([]row, len(records))
	for i, r := range records {
		rows[i] = r
	}
	return rows
}

// asDeleted shows deleted contacts under their new status.
func asDeleted(contacts []*Contact) []*Contact {
	shown := make([]*Contact, len(contacts))
	for i, c := range contacts {
		gone := *c
		gone.Status = "deleted"
		shown[i] = &gone
	}
	return shown
}
