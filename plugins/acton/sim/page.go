package sim

import (
	"net/http"
	"net/url"
	"strconv"
)

// maxCount is the documented cap of `count`.
const maxCount = 1000

// parameterError is the text of a 422.
type parameterError string

func (e parameterError) Error() string { return string(e) }

// page is which rows are asked for.
type page struct{ offset, count int }

func cut[T any](rows []T, p page) []T {
	from := min(p.offset, len(rows))
	return rows[from:min(from+p.count, len(rows))]
}

// pageOf reads the query with its count, clamped, and offset.
func (s *Sim) pageOf(r *http.Request, standard int) (url.Values, page, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, page{}, parameterError("query: it must be percent-encoded, semicolons too")
	}
	if s.options.DefaultCount > 0 {
		standard = s.options.DefaultCount
	}
	count, err := integer(q, "count", int64(standard))
	if err == nil && count < 1 {
		err = parameterError("count: want 1 to 1000")
	}
	if err != nil {
		return q, page{}, err
	}
	offset, err := integer(q, "offset", 0)
	if err == nil && offset < 0 {
		err = parameterError("offset: want 0 or more")
	}
	return q, page{int(offset), int(min(count, maxCount))}, err
}

func integer(q url.Values, name string, absent int64) (int64, error) {
	text := q.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, parameterError(name + ": want a number")
	}
	return n, nil
}
