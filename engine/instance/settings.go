package instance

import (
	"encoding/json"
	"strings"
)

// settings are the fields of one JSON object inside event.poller.configuration. Keys are matched without regard to case: integrators send
// UpdatedDateTimezone too.
type settings struct {
	*maker
	path   string
	fields map[string]json.RawMessage
	names  map[string][]string // keys as spelled, by key in lower case
	used   map[string]bool
}

// settings opens an object; ok is false if it is none, which is a fault already reported.
func (m *maker) settings(path string, raw json.RawMessage) (s settings, ok bool) {
	before := len(m.problems)
	s = settings{m, path, m.object(path, raw), map[string][]string{}, map[string]bool{}}
	for _, name := range sortedKeys(s.fields) {
		folded := strings.ToLower(name)
		s.names[folded] = append(s.names[folded], name)
	}
	return s, len(m.problems) == before
}

// get finds a field: as spelled, else in any case.
func (s settings) get(key string) (path string, raw json.RawMessage) {
	name := key
	if spelled := s.names[strings.ToLower(key)]; len(spelled) > 0 {
		name = find(spelled, key)
	}
	s.used[name] = true
	return at(s.path, name), s.fields[name]
}

func (s settings) str(key string) (path, value string) {
	path, raw := s.get(key)
	return path, strings.TrimSpace(s.text(path, raw))
}

// unread warns of fields that nothing has read.
func (s settings) unread() {
	for _, name := range sortedKeys(s.fields) {
		switch {
		case s.used[name]:
		case len(s.names[strings.ToLower(name)]) > 1:
			s.warn(at(s.path, name), "is ignored: the same key is given in another spelling, too")
		default:
			s.warn(at(s.path, name), "is not a known key and is ignored")
		}
	}
}
