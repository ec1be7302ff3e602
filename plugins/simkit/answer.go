package simkit

import (
	"maps"
	"net/http"
	"strconv"
)

// answer collects what a handler writes, so that a fault can still change it and no lock is ever held while
// a slow client reads.
type answer struct {
	header http.Header
	status int
	body   []byte
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

// set replaces the answer.
func (a *answer) set(status int, contentType string, body []byte) {
	a.status, a.body = status, body
	a.header.Set("Content-Type", contentType)
}

// send writes the first n bytes of the body under the length of the whole of it.
func (a *answer) send(w http.ResponseWriter, n int) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(max(a.status, http.StatusOK))
	_, _ = w.Write(a.body[:n]) // a client that left is no fault of ours
}
