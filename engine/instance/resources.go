package instance

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// maxResourceName keeps store keys and topics within bounds, bytes.
const maxResourceName = 128

// resources reads event.poller.configuration, an object or a text that holds one; without it, the element's default resources.
func (m *maker) resources() {
	raw, path := m.configuration[KeyResources], at("configuration", KeyResources)
	m.used[KeyResources] = true
	if isNull(raw) || string(raw) == `""` {
		m.defaultResources()
		return
	}
	if raw[0] == '"' {
		if raw = m.embedded(path, raw); raw == nil {
			return
		}
	}
	m.made.Instance.Configuration[KeyResources] = string(raw)
	entries := m.object(path, raw)
	for _, name := range sortedKeys(entries) {
		m.resource(at(path, name), name, entries[name])
	}
	if len(entries) == 0 && len(m.problems) == 0 && m.made.Instance.Events.Enabled {
		m.warn(path, "names no resource: nothing is polled")
	}
}

// embedded reads a configuration that is JSON inside a text, as the platform's console sent it.
func (m *maker) embedded(path string, raw json.RawMessage) json.RawMessage {
	inner := []byte(m.text(path, raw))
	if err := syntaxError(inner); err != nil {
		m.fault(path, "is a text that should hold JSON: %s", strings.TrimPrefix(err.Error(), "the body is not JSON: "))
		return nil
	}
	return bytes.TrimSpace(inner)
}

// defaultResources takes the manifest's when events are wanted and no resource is configured.
func (m *maker) defaultResources() {
	if !m.made.Instance.Events.Enabled {
		return
	}
	path := at("configuration", KeyResources)
	shown := map[string]entry{}
	for _, r := range m.element.Resources {
		if !r.Default || r.Poll == nil {
			continue
		}
		e := defaultEntry(*r.Poll)
		shown[r.Name] = e
		raw, err := json.Marshal(e)
		if err != nil {
			m.fault(path, "the element's defaults for %s: %v", r.Name, err)
			continue
		}
		m.resource(at(path, r.Name), r.Name, raw)
	}
	if len(shown) == 0 {
		m.fault(path, "is missing, and %s has no default resources", m.element.Name)
		return
	}
	if text, err := json.Marshal(shown); err == nil {
		m.made.Instance.Configuration[KeyResources] = string(text)
	}
	m.warn(path, "is missing: the default resources of %s are polled: %s", m.element.Name, strings.Join(sortedKeys(shown), ", "))
}

// entry is a resource as event.poller.configuration writes it.
type entry struct {
	URL     string            `json:"url"`
	IDField string            `json:"idField"`
	Dates   map[string]string `json:"datesConfiguration,omitempty"`
	Size    int               `json:"pageSize,omitempty"`
}

func defaultEntry(p sdk.Poll) entry {
	dates := map[string]string{
		keyUpdatedField: p.UpdatedDateField, keyUpdatedFormat: p.UpdatedDateFormat, keyUpdatedTimezone: p.UpdatedDateTimezone,
		keyCreatedField: p.CreatedDateField, keyCreatedFormat: p.CreatedDateFormat, keyCreatedTimezone: p.CreatedDateTimezone,
	}
	for key, value := range dates {
		if value == "" {
			delete(dates, key)
		}
	}
	return entry{URL: p.URL, IDField: p.IDField, Dates: dates, Size: p.PageSize}
}

// settings are the fields of one resource. Keys are matched without regard to case: integrators send UpdatedDateTimezone too.
type settings struct {
	*maker
	path   string
	fields map[string]json.RawMessage
	used   map[string]bool
}

func (m *maker) settings(path string, raw json.RawMessage) settings {
	return settings{m, path, m.object(path, raw), map[string]bool{}}
}

// get finds a field: as spelled, else in any case.
func (s settings) get(key string) (path string, raw json.RawMessage) {
	for _, name := range sortedKeys(s.fields) {
		if strings.EqualFold(name, key) {
			s.used[name] = true
			path, raw = at(s.path, name), s.fields[name]
			if name == key {
				return path, raw
			}
		}
	}
	if path == "" {
		path = at(s.path, key)
	}
	return path, raw
}

func (s settings) str(key string) (path, value string) {
	path, raw := s.get(key)
	return path, strings.TrimSpace(s.text(path, raw))
}

func (s settings) unread() {
	for _, name := range sortedKeys(s.fields) {
		if !s.used[name] {
			s.warn(at(s.path, name), "is not a known key and is ignored")
		}
	}
}

// resource reads one entry of event.poller.configuration.
func (m *maker) resource(path, name string, raw json.RawMessage) {
	before := len(m.problems)
	if strings.TrimSpace(name) == "" || len(name) > maxResourceName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		m.fault(path, "should have a name of 1 to %d characters without control characters", maxResourceName)
		return
	}
	s := m.settings(path, raw)
	r := Resource{Name: name}
	reads, ok := s.readURL(&r)
	if !ok {
		return
	}
	r.Reads = reads.Name
	s.readFields(&r, reads)
	s.readRules(&r)
	s.unread()
	if len(m.problems) > before {
		return
	}
	plan, err := r.Compile()
	if err != nil {
		m.fault(path, "%v", err)
		return
	}
	r.HashContent = plan.Rule.CoarseDates()
	m.made.Instance.Resources = append(m.made.Instance.Resources, r)
}

// readRules reads how the records are judged.
func (s settings) readRules(r *Resource) {
	path, raw := s.get(keyFilterByUpdated)
	if isNull(raw) {
		path, raw = s.get(keyFilterByUpdate)
	}
	r.FilterByCreated = !s.boolean(path, raw, true)
	path, raw = s.get(keyFilterByCurrent)
	r.FilterByCurrent = s.boolean(path, raw, false)
	path, raw = s.get(keyPollDelay)
	r.PollDelay = s.seconds(path, raw, 0)
	path, raw = s.get(keyPageSize)
	if size := s.count(path, raw, maxPageSize); size > 0 {
		r.PageSize = size
	}
	path, raw = s.get(keyTolerance)
	if isNull(raw) { // some documents put it beside the dates
		_, dates := s.get(keyDates)
		path, raw = s.maker.settings(at(s.path, keyDates), objectOrNil(dates)).get(keyTolerance)
	}
	r.Tolerance = s.seconds(path, raw, defaultTolerance)
	r.Overlap = defaultOverlap
}

func objectOrNil(raw json.RawMessage) json.RawMessage {
	if isNull(raw) || raw[0] != '{' {
		return nil
	}
	return raw
}
