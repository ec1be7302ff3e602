package instance

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// resources reads what is polled: event.poller.configuration, an object or a text that holds one; without it the lines of
// event.poller.urls, or the element's default resources. event.objects, and a list of names in event.poller.urls, choose among them.
func (m *maker) resources() {
	raw, path := m.raw(KeyResources), inConfiguration(KeyResources)
	lines := m.legacyLines()
	wanted := m.choice()
	switch given := m.embedded(path, raw); {
	case given != nil:
		if len(lines) > 0 {
			m.warn(inConfiguration(KeyLegacyURLs), "is ignored: %s is given too", KeyResources)
		}
		m.configured(path, given, wanted)
	case !isNull(raw) && !blankText(raw): // a fault was reported
	case len(lines) > 0:
		m.legacy(lines, wanted)
	default:
		m.defaults(path, wanted)
	}
}

// blankText: "" is what a form sends for a field that was left empty.
func blankText(raw json.RawMessage) bool {
	var text string
	return json.Unmarshal(raw, &text) == nil && strings.TrimSpace(text) == ""
}

// embedded takes a configuration out of the text in which the platform's console sent it. It is nil if there is none, or no good one. The
// author's white space is kept for answers.
func (m *maker) embedded(path string, raw json.RawMessage) json.RawMessage {
	if isNull(raw) || blankText(raw) {
		return nil
	}
	if raw[0] != '"' {
		m.made.Instance.Configuration[KeyResources] = string(raw)
		return raw
	}
	inner := m.text(path, raw)
	m.made.Instance.Configuration[KeyResources] = inner
	err := syntaxError([]byte(inner))
	if err == nil {
		m.duplicates(path, []byte(inner))
		return bytes.TrimSpace([]byte(inner))
	}
	reason := err.Error()
	if syntax, ok := err.(*SyntaxError); ok {
		reason = syntax.place()
	}
	m.fault(path, "is a text that should hold JSON: %s", reason)
	return nil
}

// configured reads resources that the user wrote.
func (m *maker) configured(path string, raw json.RawMessage, wanted choice) {
	before := len(m.problems)
	entries := m.object(path, raw)
	names := sortedKeys(entries)
	chosen := m.choose(wanted, names)
	for _, name := range names { // those that were not chosen are checked too: they were written to be polled some day
		if r, ok := m.entry(at(path, name), name, entries[name]); ok && chosen[name] {
			m.made.Instance.Resources = append(m.made.Instance.Resources, r)
		}
	}
	if len(entries) == 0 && len(m.problems) == before && m.made.Instance.Events.Enabled {
		m.warn(path, "names no resource: nothing is polled")
	}
}

// defaults takes the manifest's resources when events are wanted and none are configured.
func (m *maker) defaults(path string, wanted choice) {
	var names []string
	usual := map[string]sdk.Resource{}
	for _, r := range m.element.Resources {
		if r.Poll != nil && (r.Default || !wanted.empty()) {
			names, usual[r.Name] = append(names, r.Name), r
		}
	}
	chosen := m.choose(wanted, names)
	if !m.made.Instance.Events.Enabled {
		return
	}
	if len(names) == 0 {
		m.fault(path, "is missing, and %s has no default resources", m.element.Name)
		return
	}
	shown := map[string]entry{}
	for _, name := range names {
		if chosen[name] {
			shown[name] = defaultEntry(*usual[name].Poll)
		}
	}
	m.show(path, shown)
	if wanted.empty() {
		m.warn(path, "is missing: the default resources of %s are polled: %s", m.element.Name, some(sortedKeys(shown)))
	}
}

// show reads entries that the user did not write in full, and shows them in event.poller.configuration as if they had been.
func (m *maker) show(path string, entries map[string]entry) {
	m.made.Instance.Configuration[KeyResources] = string(encode(entries))
	for _, name := range sortedKeys(entries) {
		if r, ok := m.entry(at(path, name), name, encode(entries[name])); ok {
			m.made.Instance.Resources = append(m.made.Instance.Resources, r)
		}
	}
}

// encode writes JSON without HTML's escapes: a person will read the > of a where clause.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage("{}") // only texts and numbers come here, which always encode
	}
	return bytes.TrimSpace(b.Bytes())
}
