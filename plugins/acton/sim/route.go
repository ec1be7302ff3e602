package sim

import (
	"net/http"
	"slices"
	"strings"
)

// serve routes a request. The caller holds s.mu.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request) {
	if !s.options.Legacy {
		w.Header().Set("X-Request-Id", s.uuid())
		w.Header().Set("X-Global-Transaction-Id", strings.ReplaceAll(s.uuid(), "-", ""))
	}
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(path) == 1 && path[0] == "token":
		s.only(w, r, s.token, http.MethodPost)
	case len(path) == 1 && path[0] == "authorize":
		s.only(w, r, s.authorize, http.MethodGet, http.MethodPost)
	case len(path) < 3 || path[0] != "api" || path[1] != "1":
		s.refuseGate(w, http.StatusNotFound, http.StatusNotFound)
	case s.admitted(w, r):
		s.api(w, r, path[2:])
	}
}

// api serves what lies under /api/1.
func (s *Sim) api(w http.ResponseWriter, r *http.Request, path []string) {
	get := func(h func(http.ResponseWriter, *http.Request)) { s.only(w, r, h, http.MethodGet) }
	switch {
	case len(path) == 1 && path[0] == "message":
		get(s.messages)
	case len(path) == 1 && (path[0] == "form" || path[0] == "page"):
		get(func(w http.ResponseWriter, _ *http.Request) { s.foldered(w, path[0]+"s") })
	case len(path) == 1 && path[0] == "program":
		get(s.programs)
	case path[0] != "list":
		s.refuseGate(w, http.StatusNotFound, http.StatusNotFound)
	case len(path) == 1:
		get(s.listing)
	case len(path) == 2 && isSuppression(path[1]):
		get(func(w http.ResponseWriter, r *http.Request) { s.suppressions(w, r, path[1]) })
	case len(path) == 2:
		get(func(w http.ResponseWriter, r *http.Request) { s.download(w, r, path[1]) })
	case len(path) == 4 && path[2] == "record":
		get(func(w http.ResponseWriter, _ *http.Request) { s.record(w, path[1], path[3]) })
	default:
		s.refuseGate(w, http.StatusNotFound, http.StatusNotFound)
	}
}

func (s *Sim) only(w http.ResponseWriter, r *http.Request, h func(http.ResponseWriter, *http.Request), methods ...string) {
	if !slices.Contains(methods, r.Method) {
		s.refuseGate(w, http.StatusMethodNotAllowed, http.StatusMethodNotAllowed)
		return
	}
	h(w, r)
}
