package sim

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// provider serves /icp. It runs under the simulator's lock: what it writes to is a buffer.
type provider struct{ s *Sim }

func (p provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(path) == 2 && path[0] == "icp" && path[1] == "time" {
		s.time(w)
		return
	}
	if path[0] != "icp" {
		s.refuse(w, http.StatusNotFound, "There is nothing at this address.")
		return
	}
	if status, text := s.authenticate(r); status != 0 {
		s.refuse(w, status, text)
		return
	}
	if !acceptsJSON(r.Header.Values("Accept")) {
		s.refuse(w, http.StatusNotAcceptable, "This simulator answers application/json only.")
		return
	}
	s.route(w, r, path[1:])
}

func (s *Sim) route(w http.ResponseWriter, r *http.Request, path []string) {
	own := len(path) < 2 || path[1] == s.config.AccountID
	if len(path) > 2 && path[2] == "users" && path[0] == "a" && own && r.Method == http.MethodGet {
		s.users(w, path[3:])
		return
	}
	own = own && (len(path) < 4 || path[3] == s.config.FolderID)
	switch {
	case len(path) == 0 || path[0] != "a" || len(path) > 2 && path[2] != "c" || !own || len(path) > 7:
		s.refuse(w, http.StatusNotFound, "There is nothing at this address.")
	case len(path) <= 4 && r.Method != http.MethodGet:
		s.refuse(w, http.StatusMethodNotAllowed, "This address can only be read.")
	case len(path) == 1:
		s.answer(w, accountsBody(s.account()))
	case len(path) == 2:
		s.answer(w, new(simkit.Object).Raw("account", s.account()).Bytes())
	case s.options.AccountDisabled:
		s.refuse(w, http.StatusForbidden, "Your account has been disabled.")
	case len(path) == 3:
		s.answer(w, foldersBody(s.folder()))
	case len(path) == 4:
		s.answer(w, new(simkit.Object).Raw("clientfolder", s.folder()).Bytes())
	default:
		s.folderResource(w, r, path[4], path[5:])
	}
}

// authenticate returns the status and text of a refusal, 0 when the four headers are right.
func (s *Sim) authenticate(r *http.Request) (int, string) {
	h := r.Header
	switch {
	case h.Get("API-Username") != s.config.Username || h.Get("API-Version") == "":
		return http.StatusUnauthorized, "Api username invalid"
	case h.Get("API-Password") != s.config.Password:
		return http.StatusUnauthorized, "The password you provided was not recognized."
	case h.Get("API-AppId") != s.config.AppID:
		return http.StatusUnauthorized, "The application was not recognized.  Possible reasons are: the Api-AppId " +
			"was entered incorrectly; the application is not registered for that user."
	case !slices.Contains([]string{"2.0", "2.1", "2.2"}, h.Get("API-Version")):
		return http.StatusNotImplemented, "The Api-Version is not supported."
	}
	return 0, ""
}

// acceptsJSON tells whether Accept allows JSON; without the header everything is allowed.
func acceptsJSON(accept []string) bool {
	all := strings.ToLower(strings.Join(accept, ","))
	return all == "" || strings.Contains(all, "application/json") || strings.Contains(all, "*/*") || strings.Contains(all, "application/*")
}

func (s *Sim) answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", s.contentType())
	_, _ = w.Write(body) // into a buffer
}

func (s *Sim) refuse(w http.ResponseWriter, status int, text string) {
	contentType, body := s.errorsBody(text)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // into a buffer
}

func (s *Sim) contentType() string {
	if s.options.JSONContentType {
		return "application/json"
	}
	return "text/html; charset=utf-8"
}

// errorBody is the body of an injected fault.
func (s *Sim) errorBody(status int) (string, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errorsBody(http.StatusText(status))
}

// errorsBody is the envelope of a refusal, in JSON or in XML.
func (s *Sim) errorsBody(text string) (contentType string, body []byte) {
	if s.options.XMLErrors {
		var b bytes.Buffer
		b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><errors><error>")
		_ = xml.EscapeText(&b, []byte(text)) // into a buffer
		b.WriteString("</error></errors></response>\n")
		return "text/xml; charset=utf-8", b.Bytes()
	}
	return s.contentType(), new(simkit.Object).Raw("errors", simkit.AppendStrings(nil, []string{text})).Bytes()
}
