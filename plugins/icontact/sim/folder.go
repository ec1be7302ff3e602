package sim

import (
	"net/http"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// folderResource serves a collection of the client folder, one member of it, or a collection below a member.
func (s *Sim) folderResource(w http.ResponseWriter, r *http.Request, name string, rest []string) {
	if name == Contacts && r.Method != http.MethodGet {
		s.write(w, r, rest)
		return
	}
	rows, known := s.collection(name, rest)
	one, single := s.singleRow(name, rest)
	switch {
	case !known && !single:
		s.refuse(w, http.StatusNotFound, "There is nothing at this address.")
	case r.Method != http.MethodGet:
		s.refuse(w, http.StatusMethodNotAllowed, "The method is not supported here.")
	case known:
		if len(rest) > 0 {
			name = rest[1]
		}
		s.list(w, r, name, rows)
	case one == nil:
		s.refuse(w, http.StatusNotFound, "There is no such record.")
	default:
		s.answer(w, one)
	}
}

// collection finds a collection by its address; false if there is none. The rows of contacts and messages are found by the search.
func (s *Sim) collection(name string, rest []string) (rows []row, known bool) {
	switch {
	case len(rest) == 0 && (name == Contacts || name == Messages):
		return nil, true
	case len(rest) == 0 && name == subscriptions.name:
		return s.allSubscriptions(), true
	case len(rest) == 0:
		k := s.kind(name)
		if k == nil || k.parent != "" {
			return nil, false
		}
		return s.rows(k, ""), true
	case len(rest) == 2 && name == Contacts && rest[1] == actions.name:
		at, err := s.findContact(rest[0])
		if err != nil {
			return nil, false
		}
		return s.contacts[at].actions(), true
	case len(rest) == 2:
		k := s.kind(rest[1])
		if k == nil || parents[name] != k.parent || k.parent == "" || !s.exists(k.parent, rest[0]) {
			return nil, false
		}
		return s.rows(k, rest[0]), true
	}
	return nil, false
}

// parents are the members that name a record of the collection. Read only.
var parents = map[string]string{Messages: "messageId", "segments": "segmentId"}

// singleRow answers for one record; nil if there is none, false if there are no such addresses.
func (s *Sim) singleRow(name string, rest []string) (body []byte, known bool) {
	if len(rest) == 2 && name == Messages && rest[1] == "statistics" {
		if at, found := locate(s.messages, rest[0]); found {
			return new(simkit.Object).Raw("statistics", s.statistics(s.messages[at])).Bytes(), true
		}
		return nil, true
	}
	if len(rest) != 1 {
		return nil, false
	}
	one, r := s.member(name, rest[0])
	if r == nil {
		return nil, one != ""
	}
	return new(simkit.Object).Raw(one, r.single(s.options)).Bytes(), true
}

// member finds a record, and how an answer calls it.
func (s *Sim) member(name, id string) (one string, found row) {
	k := s.kind(name)
	switch {
	case name == Contacts:
		if at, ok := locate(s.contacts, id); ok {
			return "contact", s.contacts[at]
		}
		return "contact", nil
	case name == Messages:
		if at, ok := locate(s.messages, id); ok {
			return "message", s.messages[at]
		}
		return "message", nil
	case name == subscriptions.name:
		for _, r := range s.allSubscriptions() {
			if r.value(subscriptions.id) == id {
				return subscriptions.one, r
			}
		}
		return subscriptions.one, nil
	case k == nil || k.one == "":
		return "", nil
	}
	if at, err := s.findItem(name, id); err == nil {
		return k.one, s.items[name][at]
	}
	return k.one, nil
}
